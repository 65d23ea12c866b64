"""
The exhaustive walk of the core's states: no promise is broken in any of them, and each has a way out.

Ordinarily small settings; all of them under FISCALQ_TEST_ALL=1. `-s` shows the number of states.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.domain.walk.walk import Walk, walk
from tests.domain.walk.world import TOTAL, Left, World
from worker.domain import lifecycle, proof
from worker.domain.actions import Action, Record
from worker.domain.answers import Outcome
from worker.domain.events import Deleted, Disproved, Event, Found, SubmitStarted
from worker.domain.job import Job
from worker.domain.proof import Expected, Proof, Reading
from worker.domain.tasks import Kind
from worker.domain.verdicts import Verdict

ALL = os.environ.get("FISCALQ_TEST_ALL") == "1"

SMALL = {
    "two workers and a bad wire": Left(crash=1, freeze=1, wire=1),
    "a register that refuses twice": Left(run=2),
    "a refusal and a bad wire": Left(run=1, wire=1),
    "the register loses its store": Left(loss=1, run=1, crash=1),
    "somebody else prints": Left(foreign=1, run=1),
    "another FN is put in": Left(swap=1, run=1),
    "Redis is wiped": Left(wipe=1, run=1),
    "the register's queue stands still": Left(still=1, run=1),
    "a status that is lost for ever": Left(hang=1, wire=1),
    "a late POST that the register's server repeats": Left(twice=1, wire=1, crash=1),
    "Redis is wiped while the register's queue stands still": Left(wipe=1, still=1),
    "Redis is wiped, and the next worker dies": Left(wipe=1, crash=1),
    "Redis is wiped, and an answer is lost": Left(wipe=1, wire=1),
    "Redis is wiped, and the FN taken out": Left(wipe=1, swap=1),
}
LARGE = {
    "one fault of each kind at once": Left(crash=1, freeze=1, wire=1, run=1),
    "two refusals and a bad wire": Left(run=2, wire=1, crash=1),
    "a lost store and a bad wire": Left(loss=1, wire=1, run=1, crash=1),
    "another FN and a bad wire": Left(swap=1, run=1, wire=1),
    # Not with a bad wire as well: a POST that is on its way when Redis loses all memory of it is a limit (promises §1).
    "Redis is wiped, and the register refuses": Left(wipe=1, run=1, crash=1),
    "Redis is wiped, two workers": Left(wipe=1, crash=1, freeze=1),
}
TWO_JOBS_LARGE = {
    "two workers": Left(crash=1, freeze=1),
    "a refusal and a crash": Left(run=1, crash=1),
    "a bad wire and a crash": Left(wire=1, crash=1),
}


def receipt(letter: str, *, marked: bool = True) -> Job:
    marker = f"fq{letter * 14}" if marked else None
    return Job(letter, "kassa-1", place=1, type="sell", kind=Kind.RECEIPT, total=TOTAL, marker=marker)


def show(found: Walk) -> None:
    print(found.told())  # noqa: T201 - the number of states is what the reader wants to know


def holds(found: Walk) -> None:
    show(found)
    assert found.broken is None, found.told()
    assert not found.stuck, found.told()


@pytest.mark.parametrize("left", SMALL.values(), ids=SMALL)
def test_no_state_of_one_job_breaks_a_promise_and_each_has_a_way_out(left: Left) -> None:
    """Promises P1 to P3 in every reachable state; with faults off, printed or dead and proven can be reached."""
    holds(walk([receipt("a")], left))


def test_no_state_of_a_job_without_a_marker_breaks_a_promise() -> None:
    """Corrections and reports are told by their content and by what was on the FN before the first POST."""
    holds(walk([receipt("a", marked=False)], Left(run=1, wire=1)))


def test_no_state_of_two_jobs_breaks_a_promise_and_each_has_a_way_out() -> None:
    """One document proves one job, and a doubt never stops the line for ever."""
    holds(walk([receipt("a"), receipt("b")], Left(wire=1)))


@pytest.mark.skipif(not ALL, reason="minutes: FISCALQ_TEST_ALL=1 walks it")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("left", LARGE.values(), ids=LARGE)
def test_no_state_of_one_job_with_many_faults_breaks_a_promise(left: Left) -> None:
    holds(walk([receipt("a")], left))


@pytest.mark.skipif(not ALL, reason="minutes: FISCALQ_TEST_ALL=1 walks it")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("left", TWO_JOBS_LARGE.values(), ids=TWO_JOBS_LARGE)
def test_no_state_of_two_jobs_with_many_faults_breaks_a_promise(left: Left) -> None:
    holds(walk([receipt("a"), receipt("b")], left))


# The walk can fail: with a guard taken out it finds the shortest way to a broken promise.


def walked_without(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    instead: Callable[..., object],
    left: Left,
    *,
    marked: bool = True,
) -> Walk:
    module = proof if name == "judge" else lifecycle
    monkeypatch.setattr(module, name, instead)
    found = walk([receipt("a", marked=marked)], left)
    show(found)
    assert found.broken is not None, "the guard is out, and the walk has not seen it"
    assert found.way
    return found


def evolving(change: Callable[[Job, Job, Event], Job]) -> Callable[[Job, Event], Job]:
    """The core's own fold, with something changed after it."""
    evolve = lifecycle.evolve
    return lambda job, event: change(job, evolve(job, event), event)


def test_without_the_registers_own_word_for_a_new_number_the_walk_finds_a_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = walked_without(monkeypatch, "next_submission", lambda job: job.submission + 1, Left(wire=1))
    assert "takes number 2" in (found.broken or "")


def test_without_the_fence_and_with_the_fn_read_beside_the_queue_the_walk_finds_a_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For what leaves a document either of the two would do: both are readings behind the submission in its queue."""

    def change(_: Job, after: Job, event: Event) -> Job:
        return replace(after, fence_passed=True) if isinstance(event, Deleted) else after

    monkeypatch.setattr(World, "is_busy", property(lambda _: False))
    walked_without(monkeypatch, "evolve", evolving(change), Left(run=1))


def test_without_the_tombstone_the_walk_finds_a_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def believed(job: Job, at: str, door: str) -> Event:
        return Found(at=at, outcome=Outcome.MISSING)

    found = walked_without(monkeypatch, "_learn_missing", believed, Left(wire=2))
    assert any("late" in step for step in found.way)


def test_without_the_fns_word_behind_a_refusal_the_walk_finds_a_way(monkeypatch: pytest.MonkeyPatch) -> None:
    decide_found = lifecycle._decide_found

    def believed(job: Job, found: Found, *others: object) -> Action:
        if found.outcome is Outcome.ERROR and not found.doubtful:
            return Record(Disproved, {})
        return decide_found(job, found, *others)  # type: ignore[arg-type]

    walked_without(monkeypatch, "_decide_found", believed, Left(run=1))


def test_without_the_evidence_from_before_the_first_post_the_walk_finds_a_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def change(_: Job, after: Job, event: Event) -> Job:
        return replace(after, evidence=event.evidence) if isinstance(event, SubmitStarted) else after

    walked_without(monkeypatch, "evolve", evolving(change), Left(wire=2, crash=1), marked=False)


def test_with_the_documents_only_counted_the_walk_finds_a_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The difference alone means little: somebody else may have printed."""

    def counted(expected: Expected, evidence: object, reading: Reading) -> Proof:
        return Proof(Verdict.PRINTED, None, reading.gap[0]) if reading.gap else Proof(Verdict.NOT_PRINTED)

    walked_without(monkeypatch, "judge", counted, Left(foreign=1, run=1))
