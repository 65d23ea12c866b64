"""After a start, and after each reconnect, the register is looked at while nothing prints (promises §2, guard 7; P5)."""

from __future__ import annotations

import json
from typing import Any

from tests.app.world import World
from worker.app.standstill import Cause
from worker.app.surveying import LOOK_AGAIN_SECONDS, look_at_register
from worker.domain.answers import Turned
from worker.domain.events import Evidence
from worker.domain.verdicts import UNFORESEEN, Verdict


def printed() -> World:
    """One receipt, and a worker that has just been started again."""
    world = World()
    world.accept("order-1")
    world.work("order-1")
    world.start_worker()
    return world


def test_another_fn_is_told_before_anybody_sells_and_forgotten_once_it_is_accepted() -> None:
    world = printed()
    bound = world.register.driver.fn_number
    world.register.swap_fn("9999078900009999")
    look_at_register(world.line)
    assert world.line.standstill is not None
    assert world.line.standstill.cause is Cause.REGISTER_CHANGED
    world.register.swap_fn(bound)
    world.clock.pause(world.limits.backoff_max_seconds)
    look_at_register(world.line)
    assert world.line.standstill is None


def test_a_register_that_is_off_while_nobody_sells_is_nothing_to_tell() -> None:
    """A shop that is closed: the register is knocked at now and then, and looked at when it is back."""
    world = printed()
    world.register.reachable = False
    look_at_register(world.line)
    assert (world.line.standstill, world.line.identified) == (None, False)
    world.register.reachable = True
    look_at_register(world.line)
    assert not world.line.identified
    world.clock.pause(world.limits.backoff_max_seconds)
    look_at_register(world.line)
    assert world.line.identified


def test_the_register_that_a_line_is_bound_to_is_told_and_so_is_a_long_reading_of_its_documents() -> None:
    """A wrong address would bind it as well: whoever reads the log at the first start sees which register it is."""
    world = World()
    for _ in range(9):
        world.register.print_foreign()
    look_at_register(world.line)
    told = [note.strip() for note in world.notes]
    assert told[0].startswith("line.bound for good: FN 9999")
    assert told[1:] == ["fn.accounting documents 1 to 9 are read before anything is sent"]
    world.start_worker()
    look_at_register(world.line)
    assert len([note for note in world.notes if "line.bound" in note]) == 1


def test_it_is_looked_at_once() -> None:
    """While it stays in reach nobody asks it again before there is something to print."""
    world = printed()
    look_at_register(world.line)
    asked = len(world.register.carried)
    world.clock.pause(world.limits.backoff_max_seconds)
    look_at_register(world.line)
    assert len(world.register.carried) == asked > 0


def test_another_fn_is_told_while_nobody_sells_although_nobody_missed_the_register() -> None:
    """The register was off for a few minutes of a quiet hour, and its server on the computer was not."""
    world = printed()
    look_at_register(world.line)
    world.register.swap_fn("9999078900009999")
    world.clock.pause(LOOK_AGAIN_SECONDS)
    world.line.stand_on(
        world.line.evidence or Evidence(fn_number="9999078900001234", document=1)
    )  # a moment ago
    look_at_register(world.line)
    assert world.line.standstill is not None
    assert world.line.standstill.cause is Cause.REGISTER_CHANGED
    world.accept("order-2")
    assert world.line.footing(world.job("order-2")).evidence is None  # so nothing is sent to it


def test_where_nobody_keeps_the_shift_it_is_told_as_the_register_last_said() -> None:
    """Again after each report of it, as soon as nothing prints."""
    world = printed()
    look_at_register(world.line)
    assert shift_of(world)["state"] == "opened"
    world.accept("closing", {"type": "closeShift"})
    world.work("closing")
    look_at_register(world.line)
    assert shift_of(world)["state"] == "closed"


def shift_of(world: World) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(world.ledger.recall()["shift"])
    assert told["seen"] == world.clock.now()
    return told


def test_a_ledger_that_was_set_back_tells_what_the_register_printed_before_the_next_job_comes() -> None:
    """The CRM has seen it printed and sends it no more (virtual seed 1017926)."""
    stale = World()
    stale.register.on_post(Turned(413, "too large"), of="sell")
    stale.accept("order-1")
    stale.work("order-1")
    fresh = World()
    fresh.register, fresh.clock = stale.register, stale.clock
    fresh.start_worker()
    fresh.accept("order-1")
    assert fresh.work("order-1").job.verdict is Verdict.PRINTED
    stale.start_worker()
    look_at_register(stale.line)
    job = stale.job("order-1")
    assert job.fiscal is not None
    assert (job.verdict, job.fiscal.warnings) == (Verdict.PRINTED, (UNFORESEEN,))
