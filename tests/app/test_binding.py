"""The register that a line is bound to, and what it says of itself while it stands still (promises P5, fault 18)."""

from __future__ import annotations

import pytest

from ops.chaos.virtual.fake_register import Run as TaskRun
from tests.app.world import World
from worker.app.binding import Binding
from worker.app.line import Stopped
from worker.app.operating import accept_fn
from worker.app.standstill import Cause, Standstill
from worker.domain.errors import OperatorError
from worker.domain.job import State
from worker.domain.verdicts import Verdict

OLD, NEW = "9999078900001234", "9999078900009999"


@pytest.fixture
def world() -> World:
    """A register that works, and a line that has printed on it."""
    world = World()
    world.accept("order-0")
    world.work("order-0")
    return world


def held(world: World, job: str = "order-1") -> str:
    """Let the worker try for an hour: the job stays queued. Returns what the line says of itself."""
    world.accept(job)
    world.at(3600, lambda: setattr(world.clock, "stopped", True))
    with pytest.raises(Stopped):
        world.work(job)
    world.clock.stopped = False
    assert world.job(job).state is State.QUEUED
    assert world.line.standstill is not None
    assert world.line.standstill.cause is Cause.REGISTER_CHANGED
    return world.line.standstill.text


def test_what_is_known_of_the_fn_is_asked_for_afresh_after_a_gap(world: World) -> None:
    """An FN is changed within minutes: what was true before a quiet hour is no ground for a receipt."""
    world.clock.pause(3600)
    world.register.swap_fn(NEW)
    assert f"FN changed from {OLD} to {NEW}" in held(world)


def test_an_fn_swapped_between_two_receipts_holds_the_line_behind_the_one_that_printed(world: World) -> None:
    """The document with our marker is ours on whatever FN it stands; the next receipt waits for a named person."""
    world.register.swap_fn(NEW)
    world.accept("order-a")
    run = world.work("order-a").job
    assert (run.verdict, run.fiscal and run.fiscal.fn_number) == (Verdict.PRINTED, NEW)
    assert f"FN changed from {OLD} to {NEW}" in held(world)
    accept_fn(world.ledger, world.clock, NEW, "Ivanova")
    world.work("order-1")
    assert world.job("order-1").state is State.PRINTED
    assert world.line.standstill is None


def test_an_fn_that_has_nothing_of_ours_proves_nothing_about_the_one_before(world: World) -> None:
    """What was printed on the FN that was taken out cannot be read any more: in doubt, never `not_printed`."""
    world.accept("order-1")
    world.register.run_seconds = 1
    world.register.on_run(TaskRun(code=2, registered=False))
    world.at(0.5, lambda: world.register.swap_fn(NEW))
    assert world.work("order-1").job.verdict is Verdict.IN_DOUBT


@pytest.mark.parametrize(("part", "said"), [("serial", "serial number"), ("inn", "tax id")])
def test_another_register_with_the_same_fn_is_another_register(world: World, part: str, said: str) -> None:
    """At start and after every reconnect: serial, FN number and tax id."""
    setattr(world.register.driver, part, "00000000000042")
    world.start_worker()
    assert f"{said} changed from" in held(world)
    accept_fn(world.ledger, world.clock, OLD, "Ivanova")
    world.work("order-1")
    assert world.job("order-1").state is State.PRINTED
    assert world.ledger.recall()[part] == "00000000000042"


def test_a_register_that_was_out_of_reach_shows_again_who_it_is(world: World) -> None:
    """Whoever comes back at the address may be another one."""
    world.register.reachable = False

    def another_one() -> None:
        world.register.reachable = True
        world.register.driver.serial = "00000000000042"

    world.at(600, another_one)
    assert "serial number changed" in held(world)


def test_the_settings_go_before_any_word(world: World) -> None:
    """What the settings name is never passed over: not by the first register at the address, not by an operator."""
    world.start_worker().settled = Binding(serial="00000000000007")
    assert "from the settings" in held(world)
    with pytest.raises(OperatorError, match="fn_bound"):
        accept_fn(world.ledger, world.clock, OLD, "Ivanova")


def test_a_mistyped_number_is_told(world: World) -> None:
    """The number that the worker has seen is known: another one would leave the line held."""
    world.register.swap_fn(NEW)
    world.start_worker()
    held(world)
    with pytest.raises(OperatorError, match=f"fn_differs: .*seen {NEW}, number 9999078900009998"):
        accept_fn(world.ledger, world.clock, "9999078900009998", "Ivanova")


def test_a_line_says_why_it_stands_still_until_it_goes_on(world: World) -> None:
    """Kept in the ledger with its time, since who asks is another process; written once for each cause."""
    world.register.reachable = False
    world.accept("order-1")
    told = []
    for seconds in (60, 1200):
        world.at(seconds, lambda: told.append(world.ledger.recall().get("standstill")))
    world.at(1800, lambda: setattr(world.register, "reachable", True))
    world.work("order-1")
    assert told[0] == told[1]
    assert told[0] is not None
    assert Standstill.model_validate_json(told[0]).cause is Cause.REGISTER_UNREACHABLE
    assert "standstill" not in world.ledger.recall()


def test_a_register_without_paper_says_so_until_it_prints(world: World) -> None:
    """An error that passes is no end: the operator reads what the register said, and the receipt follows."""
    for nth in range(1, 6):
        world.register.on_run(TaskRun(code=44, registered=False), of="sell", nth=nth)
    world.accept("order-1")
    told = []
    world.at(2, lambda: told.append(world.line.standstill))
    assert world.work("order-1").job.verdict is Verdict.PRINTED
    assert told[0] is not None
    assert (told[0].cause, told[0].text[:2]) == (Cause.REFUSED_FOR_NOW, "44")
    assert world.line.standstill is None
