"""
A small world around the core: register, network and FN as far as they matter to a receipt's fate.

It is nondeterministic: `happenings` lists everything that may happen next without the worker. Whatever is no ordinary
course of things costs one of the faults that are `left`, so that the world stays finite. Two assumptions, both beside
the named limits of promises §2: no POST outlives the store that it was sent to (a reinstalled PC has lost its
connections), and no store is lost that holds a POST which came late (nothing but paper would know of it).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from worker.domain.answers import Answer, Fault, Final, Missing, Outcome, Pending, Stage
from worker.domain.events import Evidence
from worker.domain.job import Job
from worker.domain.proof import Document

TOTAL = Decimal("1.10")
ODD_TOTAL = Decimal("1.00")  # the register's own figure, rounded: the marker tells all the same
FOREIGN = "?"

Uuid = tuple[str, int]  # ("a", 1): job a, submission 1; (FENCE, 0): a reading behind a DELETE
FENCE = "fence"


class Left(NamedTuple):
    """How many faults of each kind may still happen."""

    crash: int = 0  # the worker is killed
    freeze: int = 0  # it is frozen, another one takes over, and it wakes up
    wire: int = 0  # an answer is lost, a POST is late, a reading fails
    run: int = 0  # the register refuses, errs or tells nonsense
    hang: int = 0  # a task is done, and its status says inProgress for ever
    twice: int = 0  # the register's own server repeats a task
    still: int = 0  # the register's queue stands still for longer than anybody waits
    loss: int = 0  # the register's store is lost
    wipe: int = 0  # Redis is wiped, and the CRM sends again
    foreign: int = 0  # somebody else prints at the register
    swap: int = 0  # another FN is put in


class Entry(NamedTuple):
    """A task in the register's store. `queued`: its worker will still come to it, whatever the status says."""

    uuid: Uuid
    stage: str = "wait"
    document: int = 0
    reading: bool = False
    queued: bool = True
    late: bool = False


class Hands(NamedTuple):
    """A worker's process: what is lost when it dies. `view` is the job as it knows it, `call` what it is about to send."""

    job: int = -1
    view: int = 0
    seen: Answer | None = None
    posts: int = 0
    evidence: Evidence | None = None
    marked: tuple[tuple[int, int], ...] = ()
    unknown: bool = False
    call: str = ""


class World(NamedTuple):
    """Everything, at one moment. Jobs stand as the numbers that the walk gave them."""

    jobs: tuple[int, ...]
    left: Left
    hands: Hands = Hands()
    zombie: Hands | None = None
    store: tuple[Entry, ...] = ()
    air: tuple[Entry, ...] = ()  # POSTs that may land yet
    fn: tuple[
        str, ...
    ] = ()  # documents: the submission that left each, say a1; `+` when the server repeated it
    serial: int = 0
    gone: tuple[str, ...] = ()  # documents of an FN that was taken out
    accounted: int | None = None
    blind: bool = (
        False  # Redis was wiped, or a document is not readable: the server's own second print may go unseen
    )

    def held(self, uuid: Uuid) -> Entry | None:
        """What the store holds under a uuid."""
        return next((entry for entry in self.store if entry.uuid == uuid), None)

    @property
    def is_busy(self) -> bool:
        """Whether a reading would have to wait behind something."""
        return any(entry.queued for entry in self.store)

    def spend(self, kind: str) -> World | None:
        """The same with one fault of the kind less; None when there is none left."""
        count: int = getattr(self.left, kind)
        return self._replace(left=self.left._replace(**{kind: count - 1})) if count else None

    def documents(self, name: str) -> list[str]:
        """All that was ever registered for a job."""
        return [slip for slip in (*self.gone, *self.fn) if slip[0] == name]


def put(world: World, entry: Entry) -> World:
    """A POST arrives: stored, unless the uuid is there."""
    return world if world.held(entry.uuid) else world._replace(store=(*world.store, entry))


def change(world: World, uuid: Uuid, **fields: object) -> World:
    """An entry of the store moves on; those that are final and not queued have no order."""
    store = [entry._replace(**fields) if entry.uuid == uuid else entry for entry in world.store]  # type: ignore[arg-type]
    done = sorted(entry for entry in store if not entry.queued)
    return world._replace(store=(*done, *(entry for entry in store if entry.queued)))


FINALS = {  # how a run ends: what the status says afterwards, and how many documents it left
    "bare": 1,  # ready, and no data
    "odd": 1,  # ready, with another total than was sent
    "recovered": 0,  # a false ready after a lost link (reference 6.2), with the document before
    "error": 0,  # refused before registration, passes
    "error!": 1,  # the server repeated the task and reports the second run
    "refused": 0,  # refused before registration, for good
    "refused!": 1,
    "unsure": 0,  # a code that leaves it open, and nothing came
    "unsure!": 1,
    "interrupted": 0,
}
HANGS = {"lost": 0, "lost!": 1}
DOUBLES = {"twice": 2}


ANSWERS: dict[str, Answer] = {
    "wait": Pending(Stage.WAITING),
    "run": Pending(Stage.RUNNING),
    "lost": Pending(Stage.RUNNING),
    "block": Pending(Stage.BLOCKED),
    "bare": Final(Outcome.READY),
    "error": Final(Outcome.ERROR, 1, fault=Fault.TRANSIENT),
    "refused": Final(Outcome.ERROR, 2, fault=Fault.PAYLOAD),
    "unsure": Final(Outcome.ERROR, 3, fault=Fault.PERSON, doubtful=True),
    "interrupted": Final(Outcome.INTERRUPTED),
    "canceled": Final(Outcome.CANCELED),
}


def poll(world: World, uuid: Uuid) -> Answer:
    """What the register answers when it is asked."""
    entry = world.held(uuid)
    if entry is None:
        return Missing()
    if entry.reading and entry.stage == "ready":
        return Final(Outcome.READY, result={"fnStatus": {"fiscalDocumentNumber": len(world.fn)}})
    if entry.stage in {"ready", "odd", "recovered", "twice"}:
        return Final(Outcome.READY, result=_result(entry, world.serial))
    return ANSWERS[entry.stage.rstrip("!")]


def _result(entry: Entry, serial: int) -> dict[str, object]:
    total = ODD_TOTAL if entry.stage == "odd" else TOTAL
    params = {"fiscalDocumentNumber": entry.document, "fiscalDocumentSign": "1", "total": str(total)}
    recovered = {"recovered": True} if entry.stage == "recovered" else {}
    return {"fiscalParams": {**params, "fnNumber": f"fn{serial}"}, "warnings": recovered}


def read(world: World, number: int, names: str, jobs: tuple[Job, ...]) -> Document:
    """A document as it is read back."""
    slip = world.fn[number - 1]
    if slip == FOREIGN:
        return Document(number, "sell", Decimal("7.00"))
    marker = jobs[names.index(slip[0])].marker
    return Document(number, "sell", TOTAL, frozenset({marker} if marker else ()))


Happening = tuple[str, bool, World]  # what happened, whether it is a fault, and the world after it


def happenings(world: World) -> Iterator[Happening]:
    """All that may happen without the worker."""
    for entry in world.air:
        rest = world._replace(air=tuple(other for other in world.air if other != entry))
        yield f"the POST of {name(entry.uuid)} lands late", False, put(rest, entry)
        yield f"the POST of {name(entry.uuid)} is lost for good", False, rest
    yield from _queue(world)
    if (
        not any(entry.late for entry in (*world.air, *world.store))
        and (after := world.spend("loss")) is not None
    ):
        bare = {"store": (), "air": (), "zombie": None}
        yield "the register loses its store", True, after._replace(**bare)  # type: ignore[arg-type]
        running = next((entry for entry in world.store if _is_running(entry)), None)
        if running is not None:
            printed = _print(after, running.uuid, 1)
            yield "the register prints, then loses its store", True, printed._replace(**bare)  # type: ignore[arg-type]
    if (after := world.spend("foreign")) is not None:
        yield "somebody prints a document at the register", True, after._replace(fn=(*world.fn, FOREIGN))
    if (after := world.spend("swap")) is not None:
        gone, serial = (*world.gone, *world.fn), world.serial + 1
        swapped = after._replace(fn=(), gone=gone, serial=serial, blind=True)
        yield "the FN is taken out and another one put in", True, swapped


def _queue(world: World) -> Iterator[Happening]:
    """The register's worker: one task at a time, in the order of the queue."""
    head = next((entry for entry in world.store if entry.queued), None)
    if head is None:
        return
    uuid, told = head.uuid, name(head.uuid)
    if head.stage == "wait":
        if head.reading:
            yield f"the reading {told} is done", False, change(world, uuid, stage="ready", queued=False)
        else:
            yield f"the register begins {told}", False, change(world, uuid, stage="run")
        return
    if head.stage == "canceled":  # taken before the DELETE, which was answered with 200 all the same
        yield f"{told} prints although it was withdrawn", False, _end(world, uuid, "canceled", 1)
        return
    yield f"the register prints {told}", False, _end(world, uuid, "ready", 1)
    if head.stage == "block":
        yield f"the register settles {told}: nothing printed", False, _end(world, uuid, "unsure", 0)
        return
    if (after := world.spend("run")) is not None:
        yield f"{told} is blocked", True, change(after, uuid, stage="block")
    for kind, endings in (("run", FINALS), ("hang", HANGS), ("twice", DOUBLES)):
        if (after := world.spend(kind)) is None:
            continue
        for stage, documents in endings.items():
            ended = _end(after, uuid, stage, documents)
            yield f"{told} ends as {stage.rstrip('!')}, {documents} documents", True, ended


def _is_running(entry: Entry) -> bool:
    return entry.queued and entry.stage in {"run", "block", "canceled"}


def _end(world: World, uuid: Uuid, stage: str, documents: int) -> World:
    printed = _print(world, uuid, documents)
    return change(printed, uuid, stage=stage, queued=False, document=len(printed.fn))


def _print(world: World, uuid: Uuid, documents: int) -> World:
    slips = (name(uuid), name(uuid) + "+")[:documents]
    return world._replace(fn=(*world.fn, *slips))


def name(uuid: Uuid) -> str:
    """Short, for the way: a1, fence0."""
    return f"{uuid[0]}{uuid[1]}"
