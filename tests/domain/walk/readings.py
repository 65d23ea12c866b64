"""Readings of the FN in the small world: they bring an answer only when nothing is queued before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.domain.walk.book import Book
from tests.domain.walk.world import Happening, World, read
from worker.domain import lifecycle, proof
from worker.domain.answers import (
    Outcome,
    Silent,
)
from worker.domain.events import (
    Disproved,
    Doubled,
    Evidence,
    GaveUp,
    Printed,
)
from worker.domain.job import Job
from worker.domain.proof import Document, Expected, Reading
from worker.domain.verdicts import Fiscal, Reason, ReasonCode, Verdict


class Readings(Book):
    """The survey before a submission, and the proof behind it, as `worker/app/reading.py` makes them."""

    def surveys(self, world: World) -> Iterator[Happening]:
        """The FN is read, and every document since the last one that is accounted for."""
        if world.is_busy:
            yield "the reading waits in the queue", False, world
            return
        last = len(world.fn)
        since = min(world.accounted or 0, last)
        jobs = tuple(self.jobs[number] for number in world.jobs)
        marked = set(world.hands.marked)
        for number in range(since + 1, last + 1):
            document = read(world, number, self.names, jobs)
            world = self._heed(world, document)
            marked |= {(place, number) for place, job in enumerate(jobs) if job.marker in document.markers}
        evidence = Evidence(fn_number=f"fn{world.serial}", document=last)
        hands = world.hands._replace(evidence=evidence, marked=tuple(sorted(marked)), unknown=False)
        yield f"the FN has {last} documents", False, world._replace(hands=hands, accounted=last)

    def _heed(self, world: World, document: Document) -> World:
        """A further document of a job on record is told."""
        jobs = list(world.jobs)
        for place, number in enumerate(jobs):
            job = self.jobs[number]
            if job.marker not in document.markers:
                continue
            if job.verdict is Verdict.NOT_PRINTED:
                fiscal = Fiscal(document_number=document.number, fn_number=f"fn{world.serial}")
                jobs[place] = self.number(lifecycle.evolve(job, Printed(at="", fiscal=fiscal)))
            elif job.fiscal is not None and document.number not in (job.fiscal.document_number, *job.doubled):
                jobs[place] = self.number(lifecycle.evolve(job, Doubled(at="", document=document.number)))
        return world._replace(jobs=tuple(jobs))

    def proves(self, world: World, job: Job) -> Iterator[Happening]:
        if (fault := world.spend("wire")) is not None:
            yield (
                "the FN is not readable now",
                True,
                fault._replace(hands=fault.hands._replace(seen=Silent(""))),
            )
        if world.is_busy:
            yield "the reading waits in the queue", False, world
            return
        before = Evidence(fn_number=f"fn{world.serial}", document=len(world.fn))
        jobs = tuple(self.jobs[number] for number in world.jobs)
        gap = [read(world, number, self.names, jobs) for number in _numbers(job, before)]
        for document in gap:
            world = self._heed(world, document)
        if job.marker is None:
            taken = {other.fiscal.document_number for other in jobs if other.fiscal and other.id != job.id}
            gap = [Document(one.number, None) if one.number in taken else one for one in gap]
        yield self._judged(world, job, before, gap)
        if gap and (fault := world.spend("wire")) is not None:
            told, _, after = self._judged(fault._replace(blind=True), job, before, [None, *gap[1:]])
            yield f"a document is not readable; {told}", True, after

    def _judged(self, world: World, job: Job, before: Evidence, gap: Sequence[Document | None]) -> Happening:
        expected = Expected(
            job.type, job.total, job.marker, told=job.found is not None and job.found.outcome is Outcome.READY
        )
        named = job.found.document if job.found is not None else None
        reading = Reading(before.fn_number, before.document or 0, gap, named)
        found = proof.judge(expected, job.evidence, reading)
        hands = world.hands._replace(seen=None)
        if found.verdict is not Verdict.IN_DOUBT and not proof.is_other_fn(job.evidence, before.fn_number):
            hands = hands._replace(evidence=before)
        world = world._replace(hands=hands)
        told = f"the FN says {found.verdict.value}"
        match found.verdict:
            case Verdict.PRINTED:
                number = found.document.number if found.document else None
                fiscal = Fiscal(document_number=number, fn_number=before.fn_number)
                return (
                    told,
                    False,
                    self.append(world, Printed(at="", fiscal=fiscal, **proof.repeated(found.doubled))),
                )
            case Verdict.NOT_PRINTED:
                return told, False, self.append(world, Disproved(at=""))
            case _ if job.in_doubt:
                return told, False, world
            case _:
                reason = Reason(code=found.reason or ReasonCode.PROOF_AMBIGUOUS)
                doubt = GaveUp(at="", verdict=Verdict.IN_DOUBT, reason=reason)
                return told, False, self.append(world, doubt)


def _numbers(job: Job, fn: Evidence) -> Sequence[int]:
    last = fn.document or 0
    known = None if proof.is_other_fn(job.evidence, fn.fn_number) else job.evidence
    if known is not None and known.document is not None:
        return range(known.document + 1, last + 1)
    if job.found is not None and job.found.document is not None and 0 < job.found.document <= last:
        return [job.found.document]
    return range(1, last + 1)
