"""A shift that looks after itself, on virtual time: opened by the first receipt, closed in time, and never over a guess."""

from __future__ import annotations

import pytest

from ops.chaos.virtual.fake_register import Run as TaskRun
from ops.chaos.virtual.fake_scripts import Scripts
from tests.app.world import CrashedError, World
from worker.app import autopilot
from worker.app.autopilot import look_at_shift
from worker.app.standstill import Cause
from worker.domain.answers import Strange
from worker.domain.job import State
from worker.domain.verdicts import Verdict

HOUR = 3600.0


@pytest.fixture
def world() -> World:
    """The autopilot is on, and the shift is new."""
    world = World(quiet="22:30-07:00")
    world.keep_shift()
    return world


def speak_plainly(world: World) -> None:
    """Nothing more is planned for the register."""
    world.register._scripts = Scripts()


def types(world: World) -> list[str]:
    return [slip.type for slip in world.register.slips]


def test_fault_11_a_receipt_that_meets_a_shift_older_than_24_hours_follows_its_closing(world: World) -> None:
    """Proven → close, open, and the receipt by itself; reports in the gap are passed over by their type."""
    world.clock.pause(25 * HOUR)
    world.accept("order-1")
    world.serve()
    assert types(world) == ["closeShift", "openShift", "sell"]
    assert world.job("order-1").submission == 1


def test_fault_11_a_receipt_that_was_refused_as_too_late_gets_its_next_submission(world: World) -> None:
    """68 says it before the status does: the register's word about the receipt is the newer one."""
    world.register.on_run(TaskRun(code=68, registered=False), of="sell", nth=1)
    world.accept("order-1")
    world.accept("order-2")
    world.serve()
    assert types(world) == ["closeShift", "openShift", "sell", "sell"]
    assert (world.job("order-1").submission, world.job("order-1").state) == (2, State.PRINTED)


def test_the_shift_is_opened_before_the_first_receipt_and_never_by_the_receipt_itself(world: World) -> None:
    """Reference 6.2 b: a shift that opens by itself in the middle of a receipt makes a false `ready`."""
    world.register.driver.shift_state = "closed"
    world.accept("order-1")
    world.serve()
    assert types(world) == ["openShift", "sell"]
    ours = world.job("fiscalq.open.2.9999078900001234")
    assert (ours.state, ours.verdict) == (State.PRINTED, Verdict.PRINTED)


def test_without_the_autopilot_nothing_of_the_shift_is_done() -> None:
    world = World()
    world.register.driver.shift_state = "expired"
    world.accept("order-1")
    assert world.work("order-1").job.state is State.DEAD
    assert types(world) == []


@pytest.mark.parametrize(
    ("task", "state", "already"),
    [("openShift", "opened", "already_open"), ("closeShift", "closed", "already_closed")],
)
def test_a_shift_report_that_is_done_already_is_answered_kindly(task: str, state: str, already: str) -> None:
    """The CRM calls them without looking; nothing is printed, and nobody is alarmed. With or without the autopilot."""
    world = World()
    world.register.driver.shift_state = state
    world.accept("report", {"type": task})
    job = world.work("report").job
    assert (job.state, job.fiscal and job.fiscal.warnings) == (State.PRINTED, (already,))
    assert types(world) == []


@pytest.mark.parametrize("crash", ["submit_started", "shown", "printed"])
def test_a_worker_that_is_killed_while_it_closes_goes_on_with_the_same_job(world: World, crash: str) -> None:
    world.clock.pause(25 * HOUR)
    world.accept("order-1")
    world.ledger.crash_after = crash
    with pytest.raises(CrashedError):
        world.serve()
    world.start_worker()
    world.serve()
    assert types(world) == ["closeShift", "openShift", "sell"]


def test_an_idle_register_is_closed_before_its_24_hours_are_over(world: World) -> None:
    world.line.pilot._quiet = None  # type: ignore[union-attr]
    for minute in range(24 * 60):
        world.clock.pause(60)
        look_at_shift(world.line, 60.0 * minute)
        world.serve()
    closings = [slip for slip in world.register.slips if slip.type == "closeShift"]
    assert len(closings) == 1
    assert world.clock.monotonic() >= 23.5 * HOUR


def test_in_the_quiet_hours_it_is_closed_over_no_doubt_that_may_still_print(world: World) -> None:
    """Promises §2: only when the register holds none of its submissions as pending."""
    for nth in range(1, 4000):
        world.register.on_poll(Strange("gone fishing"), of="sell", nth=nth)
    world.accept("order-1")
    assert world.work("order-1").job.verdict is Verdict.IN_DOUBT
    world.clock.pause(15 * HOUR)  # 00:00 by the register's clock
    look_at_shift(world.line, HOUR)
    assert world.ledger.head() is None
    speak_plainly(world)
    look_at_shift(world.line, HOUR)
    world.serve()
    assert types(world) == ["sell", "closeShift"]


def test_a_closing_that_the_register_refuses_holds_the_line_and_is_tried_again(world: World) -> None:
    """Nothing dies for it: the receipts wait, the operator reads why, and it goes on by itself."""
    world.clock.pause(25 * HOUR)
    for nth in (1, 2):
        world.register.on_run(TaskRun(code=148, registered=False), of="closeShift", nth=nth)
    world.accept("order-1")
    said: list[str] = []
    world.at(20, lambda: said.append(str(world.line.standstill)))
    world.serve()
    assert Cause.SHIFT.value in said[0]
    assert types(world) == ["closeShift", "openShift", "sell"]
    assert world.job("order-1").state is State.PRINTED
    assert world.line.standstill is None


def test_a_register_that_contradicts_itself_is_not_closed_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each try that ended printed or in doubt is a job of its own, and there are only so many."""
    monkeypatch.setattr(autopilot, "TRIES", 2)
    fn = world.register.driver.fn_number
    world.clock.pause(25 * HOUR)
    world.accept("order-1")
    world.serve()
    assert world.job(f"fiscalq.close.1.{fn}").state is State.PRINTED
    world.register.driver.shift, world.register.driver.shift_state = 1, "expired"
    world.line.stand_on(None)
    world.accept("order-2")
    world.serve()
    assert world.job(f"fiscalq.close.1.{fn}.2").state is State.PRINTED


def test_a_shift_is_opened_again_beside_a_doubt_about_an_older_opening(world: World) -> None:
    """Seed 503251 of the virtual shop: guard 10 held the second opening back for ever, and the line behind it."""
    world.register.driver.shift_state = "closed"
    world.register.on_run(TaskRun(code=68, registered=True, times=2), of="openShift", nth=1)
    world.accept("order-1")
    world.serve()
    assert world.job("fiscalq.open.2.9999078900001234").in_doubt
    world.register.driver.shift_state = "closed"
    world.line.stand_on(None)
    world.accept("order-2")
    world.serve()
    assert world.job("order-2").state is State.PRINTED
    assert types(world) == ["openShift", "openShift", "sell", "openShift", "sell"]
