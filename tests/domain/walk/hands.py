"""The worker in the small world: the loop of `worker/app/printing.py` in single steps, driven by the real core."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tests.domain.walk.book import DOOR, SUBMISSIONS, kept
from tests.domain.walk.readings import Readings
from tests.domain.walk.world import FENCE, Entry, Hands, Happening, Uuid, World, change, name, poll, put
from worker.domain import lifecycle
from worker.domain.actions import (
    Action,
    Ask,
    Elapsed,
    Entomb,
    Fence,
    Footing,
    LookBack,
    Probe,
    Prove,
    Record,
    Submit,
    Survey,
    Withdraw,
)
from worker.domain.answers import (
    Answer,
    Final,
    Known,
    Missing,
    NeverSent,
    NotNow,
    Pending,
    Removed,
    Silent,
    Strange,
    Taken,
    TooLate,
    Turned,
    Unanswered,
)
from worker.domain.events import (
    Entombed,
    EvidenceVoided,
    FencePassed,
    Probed,
    SubmitStarted,
)
from worker.domain.job import Job, State
from worker.domain.policy import Limits
from worker.domain.proof import Document
from worker.domain.verdicts import Fiscal, Verdict

LIMITS = Limits(submissions_max=SUBMISSIONS)
LONG = Elapsed(waiting=1e9, withdrawing=1e9, printing=1e9, proving=1e9)
STILL = Elapsed(surveying=1e9)


class Broken(AssertionError):
    """A promise was broken on the way."""


class Worker(Readings):
    """Every step that a worker may take in a world."""

    def __init__(self, accepted: Sequence[Job]) -> None:
        """`accepted`: the jobs as they are before the first step; one letter each."""
        super().__init__(accepted)
        self._decided: dict[tuple[object, ...], list[tuple[str, Action]]] = {}

    def steps(self, world: World) -> Iterator[Happening]:
        """All that the worker that holds the register may do next, and a frozen one that wakes up."""
        yield from self._steps(world)
        if world.zombie is not None:
            yield from self._wakes(world, world.zombie)
        if world.hands.job >= 0:
            if (after_crash := world.spend("crash")) is not None:
                yield "the worker is killed", True, after_crash._replace(hands=Hands())
            if world.hands.call and (frozen := world.spend("freeze")) is not None:
                taken_over = frozen._replace(zombie=world.hands, hands=Hands())
                yield "the worker freezes, another one takes over", True, taken_over
        if (forgotten := world.spend("wipe")) is not None:
            yield "Redis is wiped, the CRM sends again", True, self._wiped(forgotten)

    def _wiped(self, world: World) -> World:
        """What the CRM has seen as not printed it does not send again."""
        again = [
            number if self.jobs[number].verdict is Verdict.NOT_PRINTED else accepted
            for number, accepted in zip(world.jobs, self.accepted, strict=True)
        ]
        return world._replace(jobs=tuple(again), hands=Hands(), accounted=None, blind=True)

    def _wakes(self, world: World, zombie: Hands) -> Iterator[Happening]:
        """What it was about to send goes out; what it would write is refused."""
        for told, fault, after in self._calls(world._replace(hands=zombie, zombie=None)):
            if not fault:
                apart = after._replace(jobs=world.jobs, hands=world.hands, accounted=world.accounted)
                yield f"the frozen worker wakes up: {told}", False, apart

    def _steps(self, world: World) -> Iterator[Happening]:
        hands = world.hands
        if hands.job < 0:
            yield from self._begins(world)
            return
        job = self.jobs[hands.view]
        if job.in_doubt:
            yield f"{job.id} is left in doubt for now", False, world._replace(hands=self.idle(hands))
        if hands.call:
            yield from self._calls(world)
            return
        for kind, action in self._decide(hands):
            base = world.spend("still") if kind == "still" else world
            if base is not None:
                yield from self._act(base, action)

    def _begins(self, world: World) -> Iterator[Happening]:
        """Doubts are looked at first, or have held the line for long enough; then comes the head of the line."""
        head = True
        for place, number in enumerate(world.jobs):
            job = self.jobs[number]
            if job.in_doubt or (head and not job.is_final):
                posts = 1 if job.state is State.SUBMITTING else 0
                hands = self.idle(world.hands)._replace(job=place, view=number, posts=posts)
                yield f"the worker takes up {job.id}", False, world._replace(hands=hands)
            head = head and job.is_final

    def _decide(self, hands: Hands) -> list[tuple[str, Action]]:
        key = (hands.view, hands.seen, hands.evidence, hands.marked, hands.unknown)
        if key not in self._decided:
            job = self.jobs[hands.view]
            numbers = [number for place, number in hands.marked if place == hands.job]
            recorded = [Document(number, "sell", fiscal=Fiscal(document_number=number)) for number in numbers]
            footing = Footing(hands.evidence, recorded=recorded)
            found: list[tuple[str, Action]] = []
            for kind, elapsed in (("", Elapsed()), ("long", LONG), ("still", STILL)):
                told = replace(elapsed, unknown=hands.unknown)
                action = lifecycle.decide(job, hands.seen, footing, told, LIMITS)
                if action not in [other for _, other in found]:
                    found.append((kind, action))
            self._decided[key] = found
        return self._decided[key]

    def _act(self, world: World, action: Action) -> Iterator[Happening]:
        job, hands = self.jobs[world.hands.view], world.hands
        uuid = (job.id, job.submission)
        match action:
            case Submit(submission, evidence):
                self._look_at_number(world, job, submission)
                event = SubmitStarted(at="", submission=submission, evidence=evidence, door=DOOR)
                after = self.append(world, event)
                about = after.hands._replace(seen=None, posts=0, call="post")
                yield (
                    f"{job.id}: submission {submission} is written ahead",
                    False,
                    after._replace(hands=about),
                )
            case Ask():
                yield from self._asks(world, uuid)
            case Survey():
                yield from self.surveys(world)
            case LookBack(submission):
                yield from self._looks_back(world, job, submission)
            case Withdraw() | Fence() | Entomb():
                call = {Withdraw: "delete", Fence: "fence", Entomb: "entomb"}[type(action)]
                yield f"{job.id}: next is {call}", False, world._replace(hands=hands._replace(call=call))
            case Probe():
                event_of_probe = Probed(at="", fence=self.spare(world))
                yield f"{job.id} is probed", False, self.append(world, event_of_probe)
            case Prove():
                yield from self.proves(world, job)
            case Record(event, facts):
                made = event.model_validate({"at": "", **facts})
                yield f"{job.id} {made.name}", False, self.append(world, made)

    def _looks_back(self, world: World, job: Job, submission: int) -> Iterator[Happening]:
        """Before the first POST of a number: what the register knows already belongs to a history that was lost."""
        held = [entry.uuid[1] for entry in world.store if entry.uuid[0] == job.id]
        newest = max([submission - 1, *held])
        if newest < submission:
            unknown = world.hands._replace(unknown=True)
            yield f"GET {job.id}{submission}: not known", False, world._replace(hands=unknown)
        else:
            after = self.append(world, SubmitStarted(at="", submission=newest, evidence=None, door=DOOR))
            yield f"GET {job.id}{newest}: known", False, self.hear(after, poll(after, (job.id, newest)))
        if (fault := world.spend("wire")) is not None:
            lost = fault.hands._replace(evidence=None)
            yield f"GET {job.id}{submission}: nothing heard", True, fault._replace(hands=lost)

    def _look_at_number(self, world: World, job: Job, submission: int) -> None:
        """A new number only when the last one is final at the register, left nothing and can leave nothing more."""
        if job.submission in {submission, 0}:
            return
        last = world.held((job.id, job.submission))
        flying = any(entry.uuid == (job.id, job.submission) for entry in world.air)
        # What the number itself has printed already, unknown to a wiped ledger, is met by a 409.
        printed = [slip for slip in world.documents(job.id) if slip.rstrip("+") != f"{job.id}{submission}"]
        if (last is None and flying) or (last is not None and last.queued) or printed:
            raise Broken(f"{job.id} takes number {submission} while number {job.submission} may have printed")

    # calls: what goes to the register

    def _calls(self, world: World) -> Iterator[Happening]:
        hands = world.hands
        job = self.jobs[hands.view]
        uuid, rest = (job.id, job.submission), world._replace(hands=hands._replace(call=""))
        match hands.call:
            case "post":
                yield from self._posts(rest, uuid, reading=False)
            case "entomb":
                yield from self._posts(rest, uuid, reading=True)
            case "known":
                answer = poll(rest, uuid)
                heard = NotNow(409, "") if isinstance(answer, Missing) else answer
                yield f"{name(uuid)} is known", False, self.hear(rest, heard)
            case "delete":
                yield from self._deletes(rest, uuid)
            case _:
                yield from self._fences(rest, job)

    def _posts(self, world: World, uuid: Uuid, *, reading: bool) -> Iterator[Happening]:
        """A POST of the job, or of the tombstone under its uuid."""
        told = f"{'tombstone' if reading else 'POST'} {name(uuid)}"
        entry = Entry(uuid, reading=reading)
        world = world._replace(hands=world.hands._replace(posts=min(world.hands.posts + 1, 2)))
        is_known = world.held(uuid) is not None
        answer: Answer = Known() if is_known else Taken()
        stored = put(world, entry)
        yield f"{told}: {type(answer).__name__}", False, self._answered(stored, answer, reading=reading)
        if (killed := stored.spend("crash")) is not None:
            yield f"{told}, and the worker is killed", True, killed._replace(hands=Hands())
        if (fault := world.spend("wire")) is None:
            return
        yield (
            f"{told}: unanswered, stored",
            True,
            self._answered(put(fault, entry), Unanswered(""), reading=reading),
        )
        if not is_known:
            flying = fault._replace(air=tuple(sorted({*fault.air, entry._replace(late=True)})))
            yield f"{told}: unanswered, late", True, self._answered(flying, Unanswered(""), reading=reading)
            for refusal in (NeverSent(""), NotNow(403, ""), Turned(413, "")):
                refused = self._answered(fault, refusal, reading=reading)
                yield f"{told}: {type(refusal).__name__}", True, refused

    def _answered(self, world: World, answer: Answer, *, reading: bool) -> World:
        job = self.jobs[world.hands.view]
        if reading:
            heard = world._replace(hands=world.hands._replace(seen=kept(answer)))
            return self.append(heard, Entombed(at="")) if isinstance(answer, Taken) else heard
        if not isinstance(answer, Known):
            return self.hear(world, answer)
        voided = lifecycle.learn(job, answer, "", "")
        if isinstance(voided, EvidenceVoided):
            held = [entry.uuid[1] for entry in world.store if entry.uuid[0] == job.id]
            newest = max([job.submission, *held])
            world = self.append(world, voided.model_copy(update={"submission": newest}))
        return world._replace(hands=world.hands._replace(call="known"))

    def _asks(self, world: World, uuid: Uuid) -> Iterator[Happening]:
        answer = poll(world, uuid)
        heard = self.hear(world, answer)
        yield f"GET {name(uuid)}: {_word(answer)}", False, heard
        if (fault := world.spend("wire")) is not None:
            yield f"GET {name(uuid)}: nothing heard", True, self.hear(fault, Silent(""))
        if (fault := world.spend("run")) is not None:
            yield f"GET {name(uuid)}: a strange word", True, self.hear(fault, Strange("odd"))

    def _deletes(self, world: World, uuid: Uuid) -> Iterator[Happening]:
        entry = world.held(uuid)
        if entry is None:
            yield f"DELETE {name(uuid)}: 404", False, self.hear(world, Missing())
        elif entry.stage != "wait":
            yield f"DELETE {name(uuid)}: too late", False, self.hear(world, TooLate())
        else:
            removed = change(world, uuid, stage="canceled", queued=False)
            yield f"DELETE {name(uuid)}: 200", False, self.hear(removed, Removed())
            if (killed := removed.spend("crash")) is not None:
                yield f"DELETE {name(uuid)}: 200, the worker is killed", True, killed._replace(hands=Hands())
            if (fault := world.spend("wire")) is not None:
                cut = change(fault, uuid, stage="canceled", queued=False)
                yield f"DELETE {name(uuid)}: done, not heard", True, self.hear(cut, Silent(""))
            if (fault := world.spend("run")) is not None:
                raced = change(fault, uuid, stage="canceled")
                yield f"DELETE {name(uuid)}: 200, though it is taken", True, self.hear(raced, Removed())

    def _fences(self, world: World, job: Job) -> Iterator[Happening]:
        uuid = (FENCE, int(job.fence or 0))
        answer = poll(world, uuid)
        if isinstance(answer, Missing):
            yield f"POST {name(uuid)}", False, put(world, Entry(uuid, reading=True))
            if (fault := world.spend("wire")) is not None:
                yield f"POST {name(uuid)}: lost", True, fault
        elif isinstance(answer, Final):
            yield f"{name(uuid)} is final", False, self.append(world, FencePassed(at=""))
        else:
            yield f"{name(uuid)} is not final", False, world


def _word(answer: Answer) -> str:
    match answer:
        case Pending(stage):
            return stage.value
        case Final(outcome):
            return outcome.value
        case _:
            return type(answer).__name__.lower()
