"""Withdrawal against a worker that sends, on real processes: a job is taken back or printed, never both and never neither."""

from __future__ import annotations

import pytest

from ops.chaos.shop import REGISTER, sale, until
from tests.faults.scene import Scene
from worker.app.clock import RealClock
from worker.app.operating import Word, withdraw
from worker.app.settings import load_settings
from worker.app.wiring import make_ledger, make_register
from worker.domain.errors import OperatorError

WORD = Word("Ivanova", "the buyer has left")
ORDERS = 30
STEP_SECONDS = 0.004  # earlier or later than the last time: so the very moment of the submission is met


@pytest.mark.parametrize("scene", ["v2"], indirect=True)
def test_what_is_taken_back_while_the_worker_sends_is_printed_or_withdrawn(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker that loses goes on with the next job, in the same process; paper and answers agree on every job."""
    monkeypatch.setenv("FISCALQ_REDIS_URL", scene.redis_url)
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", f"http://127.0.0.1:{scene.port}")
    ledger, clock = make_ledger(load_settings(), REGISTER), RealClock()
    register = make_register(load_settings(), REGISTER)
    withdrawn, printed = [], []
    refusals: set[str] = set()
    seconds = 0.0
    for number in range(ORDERS):
        job = f"order-{number}"
        scene.enqueue(job, sale(f"{number + 1}.00"))
        until(lambda job=job: ledger.load(scene.id(job)), 20, f"{job} taken in")  # type: ignore[misc]
        clock.pause(seconds)
        try:
            withdraw(ledger, clock, scene.id(job), WORD, register)
            withdrawn.append(job)
            seconds += STEP_SECONDS
        except OperatorError as refused:
            refusals.add(refused.code)
            printed.append(job)
            seconds = max(0.0, seconds - STEP_SECONDS)
    assert [scene.end_of(job)["verdict"] for job in printed] == ["printed"] * len(printed)
    assert {scene.end_of(job)["reason"]["code"] for job in withdrawn} <= {"withdrawn"}
    assert sorted(scene.receipts()) == sorted(f"{int(job[6:]) + 1}.00" for job in printed)
    assert refusals <= {"moved_on", "at_the_register", "at_its_end"}
    assert withdrawn, "the moment before the submission was never met"
    assert printed, "the moment behind it was never met"
    scene.enqueue("last", sale("99.00"))
    assert scene.end_of("last")["verdict"] == "printed"
    assert "worker.restarted" not in scene.log_of()
    assert scene.findings() == []
