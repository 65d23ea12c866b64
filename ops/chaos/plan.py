"""
What is to happen in a run, drawn from its seed alone: which jobs, in which order, and which fault before which job.

The same numbers give the same plan. When within a job a fault strikes is left to real processes, and is not repeatable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ops.chaos.catalogue import KINDS, Family, Kind

RECEIPTS = frozenset({"sell", "sellReturn"})
OTHERS = ("cashIn", "cashIn", "cashOut", "reportX")
OTHER_SHARE = 0.05  # of the jobs are one of these
SEQUENCE_SHARE = 0.3  # of the sales belong to an order …
RETURN_SHARE = 0.4  # … and of those so many come back …
RETURN_WITHIN = 12  # … so many jobs later
PRICES = (1, 1.5, 19.9, 49.99, 1200.5)  # roubles; few, so that neighbours of equal content are common
POSITIONS = (1, 1, 2, 3)
CASH_SUM = 10  # roubles
QUIET_JOBS = 3  # at the beginning nothing is thrown
AFTER_CALM = 3  # jobs are on their way again when a fault strikes for which there had to be a calm


@dataclass(frozen=True)
class Send:
    """A job that the CRM hands in."""

    job: str
    task: Mapping[str, Any]
    sequence: str | None = None


@dataclass(frozen=True)
class Throw:
    """
    A fault.

    Args:
        number: counted from 1.
        kind: out of the catalogue.
        job: that comes next, for the faults that strike one job.
        seconds: how long.
        variant: drawn for the kinds that have several.

    """

    number: int
    kind: str
    job: str
    seconds: float
    variant: int


@dataclass(frozen=True)
class Calm:
    """Everything is mended, and every job that was accepted comes to its end."""


Step = Send | Throw | Calm


def draw(receipts: int, faults: int, seed: int, api: str) -> list[Step]:
    """
    Draw a run.

    Args:
        receipts: jobs, the last of which is sent when everything is calm again: it is the one at which a worker finds
            out what the register has printed by itself.
        faults: spread over the jobs; each kind comes up once before any comes twice.
        seed: of everything.
        api: the register's generation; some faults exist in one alone.

    """
    chance = Random(seed)
    jobs = list(_jobs(chance, receipts))
    places = sorted(chance.randrange(QUIET_JOBS, max(receipts - 1, QUIET_JOBS + 1)) for _ in range(faults))
    drawn = [
        (place, kind, round(chance.uniform(kind.shortest, kind.longest), 2), chance.randrange(1000))
        for place, kind in zip(places, _deck(chance, api), strict=False)
    ]
    row = _Row(jobs[:-1])
    for number, (place, kind, seconds, variant) in enumerate(drawn, 1):
        row.send_up_to(max(place, row.target))
        row.make_room_for(kind)
        row.steps.append(Throw(number, kind.name, row.next_receipt(), seconds, variant))
    row.send_up_to(receipts)
    return [*row.steps, Calm(), jobs[-1], Calm()]


class _Row:
    """Jobs and faults as they come, with a calm before each fault that must not meet one since the last calm."""

    def __init__(self, jobs: Sequence[Send]) -> None:
        self.steps: list[Step] = []
        self.target = 0  # behind the job of the last fault, which may wait for it
        self._jobs = jobs
        self._sent = 0
        self._since: set[Family] = set()

    def send_up_to(self, place: int) -> None:
        place = min(place, len(self._jobs))
        self.steps += self._jobs[self._sent : place]
        self._sent = max(self._sent, place)

    def make_room_for(self, kind: Kind) -> None:
        """The calm ends with one more job, at which what the register did by itself comes to light."""
        if kind.family is None:
            return
        if self._since & kind.family.not_with:
            self.steps.append(Calm())
            self.send_up_to(self._sent + 1)
            self.steps.append(Calm())
            self.send_up_to(self._sent + AFTER_CALM)
            self._since.clear()
        self._since.add(kind.family)

    def next_receipt(self) -> str:
        """The job for the next fault."""
        ahead = range(self._sent, len(self._jobs))
        place = next((place for place in ahead if self._jobs[place].task["type"] in RECEIPTS), -1)
        self.target = place + 1
        return self._jobs[place].job


def _jobs(chance: Random, receipts: int) -> Iterator[Send]:
    returns: dict[int, Send] = {}
    for number in range(1, receipts + 1):
        name = f"job-{number:05d}"
        if number in returns:
            yield returns.pop(number)
        elif QUIET_JOBS < number < receipts and chance.random() < OTHER_SHARE:
            kind = chance.choice(OTHERS)
            yield Send(name, {"type": kind} | ({} if kind == "reportX" else {"cashSum": CASH_SUM}))
        else:
            body = _receipt(chance)
            sequence = f"order-{number:05d}" if chance.random() < SEQUENCE_SHARE else None
            yield Send(name, {"type": "sell", **body}, sequence)
            back = number + chance.randint(1, RETURN_WITHIN)
            if sequence and back < receipts and chance.random() < RETURN_SHARE and back not in returns:
                returns[back] = Send(f"job-{back:05d}", {"type": "sellReturn", **body}, sequence)


def _receipt(chance: Random) -> dict[str, Any]:
    items = [
        {"name": f"Товар {place}", "price": chance.choice(PRICES), "quantity": chance.randint(1, 3)}
        for place in range(1, chance.choice(POSITIONS) + 1)
    ]
    return {"items": items, "payments": chance.choice(("cash", "electronically"))}


def _deck(chance: Random, api: str) -> Iterator[Kind]:
    """All kinds, shuffled, again and again."""
    kinds = [kind for kind in KINDS.values() if kind.api in {None, api}]
    while True:
        yield from chance.sample(kinds, len(kinds))
