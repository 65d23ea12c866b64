"""A worker that sends and an operator who withdraws write at one place of a history: of the two, one wins."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from ops.chaos.virtual.fake_clock import FakeClock
from ops.chaos.virtual.fake_register import FakeRegister
from tests.adapters.ledger.bench import AT, RedisBench, accept, worker
from worker.app.clock import RealClock
from worker.app.operating import Word, withdraw
from worker.domain.errors import OperatorError, PlaceTaken
from worker.domain.events import GaveUp, SubmitStarted
from worker.domain.job import State
from worker.domain.verdicts import Reason, ReasonCode, Verdict

pytestmark = pytest.mark.server

ROUNDS = 100
STARTED = SubmitStarted(at=AT, submission=1, evidence=None, door="v2")
UNANSWERED = Reason(code=ReasonCode.POST_UNANSWERED)


def test_of_a_submission_and_a_withdrawal_at_the_same_moment_one_is_written(redis_bench: RedisBench) -> None:
    """Never both, and never neither: who writes second is told, before the worker has sent anything."""
    working, looking = worker(redis_bench), redis_bench.ledger()
    meet, refusals, idle = Barrier(2), set[str](), FakeRegister(FakeClock())

    def submit(job: str, seconds: float) -> bool:
        loaded = working.load(job)
        assert loaded is not None
        meet.wait(10)
        Event().wait(seconds)  # whoever comes first is drawn again in each round
        try:
            working.append(loaded, STARTED)
        except PlaceTaken:
            return False
        return True

    def take_back(job: str) -> bool:
        meet.wait(10)
        try:
            withdraw(looking, RealClock(), job, Word("Ivanova", "the buyer has left"), idle)
        except OperatorError as refused:
            refusals.add(refused.code)
            return False
        return True

    won = {"worker": 0, "operator": 0}
    with ThreadPoolExecutor(2) as both:
        for nth in range(ROUNDS):
            job = f"job-{nth}"
            accept(redis_bench, working, job)
            sent, taken = both.submit(submit, job, nth % 5 / 1000), both.submit(take_back, job)
            assert sent.result(20) != taken.result(20), job
            won["worker" if sent.result() else "operator"] += 1
            end = working.load(job)
            assert end is not None
            assert (end.state, end.place) == (State.SUBMITTING if sent.result() else State.DEAD, 2)
            if sent.result():
                working.append(end, GaveUp(at=AT, verdict=Verdict.IN_DOUBT, reason=UNANSWERED))
    assert refusals <= {"moved_on", "at_the_register"}
    assert all(won.values()), won
    assert len(looking.acts(2 * ROUNDS)) == won["operator"]
