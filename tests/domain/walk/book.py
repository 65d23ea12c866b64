"""
What a worker of the small world knows, and how it learns: the loop's `_hear` and `_append` around the product's core.

`decide`, `learn`, `evolve` and `judge` are called through their module, so that a test may take a guard out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.domain.walk.world import FENCE, Hands, World
from worker.domain import lifecycle, proof
from worker.domain.answers import (
    Answer,
    Missing,
    NotNow,
    Pending,
    Silent,
)
from worker.domain.events import (
    Event,
    GaveUp,
    Printed,
    SubmitStarted,
)
from worker.domain.job import Job
from worker.domain.verdicts import Verdict

SUBMISSIONS = 2
DOOR = "v1"


class Book:
    """Jobs by their numbers, and the ledger's and the loop's memory of them."""

    def __init__(self, accepted: Sequence[Job]) -> None:
        """`accepted`: the jobs as they are before the first step; one letter each."""
        self.names = "".join(job.id for job in accepted)
        self.jobs: list[Job] = []
        self._numbers: dict[Job, int] = {}
        self._evolved: dict[tuple[int, Event], int] = {}
        self.accepted = tuple(self.number(job) for job in accepted)

    def number(self, job: Job) -> int:
        """The job's number; what grows without end and decides nothing is left out."""
        job = replace(
            job, place=1, waited=0.0, refusals=min(job.refusals, 1), rounds=min(job.rounds, SUBMISSIONS)
        )
        job = replace(job, reason=None)
        if job not in self._numbers:
            self._numbers[job] = len(self.jobs)
            self.jobs.append(job)
        return self._numbers[job]

    def idle(self, hands: Hands) -> Hands:
        return Hands(evidence=hands.evidence, marked=hands.marked)

    def hear(self, world: World, answer: Answer) -> World:
        hands = world.hands
        event = lifecycle.learn(
            self.jobs[hands.view], answer, "", self.spare(world), posts=hands.posts, door=DOOR
        )
        hindered = isinstance(answer, NotNow) or (event is not None and event.name == "not_sent")
        evidence = None if hindered else hands.evidence
        world = world._replace(hands=hands._replace(seen=kept(answer), evidence=evidence))
        return world if event is None else self.append(world, event)

    def spare(self, world: World) -> str:
        """The uuid of a reading that nothing speaks of."""
        taken = {entry.uuid[1] for entry in world.store if entry.uuid[0] == FENCE}
        views = [*world.jobs, world.hands.view, *([world.zombie.view] if world.zombie else [])]
        taken |= {int(fence) for view in views if (fence := self.jobs[view].fence)}
        return str(next(number for number in range(9) if number not in taken))

    def append(self, world: World, event: Event) -> World:
        """Write it to the ledger, and know what the loop then knows."""
        hands = world.hands
        key = (hands.view, event)
        if key not in self._evolved:
            self._evolved[key] = self.number(lifecycle.evolve(self.jobs[hands.view], event))
        moved = self._evolved[key]
        job, evidence = self.jobs[moved], hands.evidence
        match event:
            case Printed(fiscal=fiscal) if fiscal is not None and fiscal.document_number is not None:
                evidence = proof.grown(evidence, fiscal, event.doubled)
            case GaveUp(verdict=Verdict.IN_DOUBT):
                evidence = None
            case _:
                pass
        jobs = tuple(moved if place == hands.job else other for place, other in enumerate(world.jobs))
        accounted = (
            evidence.document if isinstance(event, Printed) and evidence is not None else world.accounted
        )
        hands = hands._replace(view=moved, evidence=evidence, call="")
        settled = job.is_final and not (job.in_doubt and self.jobs[world.hands.view].in_doubt)
        if isinstance(event, SubmitStarted):
            hands = hands._replace(seen=None, posts=0, unknown=False)
        return world._replace(jobs=jobs, hands=self.idle(hands) if settled else hands, accounted=accounted)


def kept(answer: Answer) -> Answer:
    """What the next decision looks at."""
    return answer if isinstance(answer, Pending | Missing) else Silent("")
