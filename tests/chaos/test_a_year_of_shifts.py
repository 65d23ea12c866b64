"""A year of shifts on virtual time: the autopilot lets none grow older than 24 hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from tests.app.world import LIMITS, World
from worker.app.autopilot import look_at_shift
from worker.domain.job import State

HOUR = 3600.0
DAY = 24 * HOUR


def types(world: World) -> list[str]:
    return [slip.type for slip in world.register.slips]


@pytest.mark.parametrize(
    ("quiet", "days"),
    [("23:00-06:00", 365), (None, 90)],
    ids=["a year of quiet nights", "a shop without nights"],
)
def test_a_year_of_shifts_has_none_older_than_24_hours(quiet: str | None, days: int) -> None:
    """Busy days, days off and receipts at any time; without quiet hours the margin alone closes a shift in time."""
    random = Random(20311)
    world = World(LIMITS, quiet=quiet)
    world.keep_shift()
    closed_late: list[str] = []
    oldest = 0.0
    order = 0
    while world.clock.monotonic() < days * DAY:
        gap = random.choice([5.0, 60.0, 900.0, 3 * HOUR, 9 * HOUR, 30 * HOUR])
        quiet_until = world.clock.monotonic() + gap
        began = world.clock.monotonic()
        while world.clock.monotonic() < quiet_until:
            world.clock.pause(min(600.0, max(1.0, quiet_until - world.clock.monotonic())))
            look_at_shift(world.line, world.clock.monotonic() - began)
            world.serve()
            driver = world.register.driver
            if driver.shift_state != "closed":
                oldest = max(oldest, world.clock.monotonic() - driver.opened_at)
        for _ in range(random.randint(1, 3)):
            order += 1
            world.accept(f"order-{order}")
            world.serve()
            assert world.job(f"order-{order}").state is State.PRINTED, order
    opened: datetime | None = datetime.fromisoformat("2031-03-01T09:00:00+03:00")
    for slip in world.register.slips:
        at = datetime.fromisoformat(slip.at)
        if slip.type == "openShift":
            opened = at
        elif slip.type == "closeShift":
            assert opened is not None
            if at - opened > timedelta(days=1):
                closed_late.append(slip.at)
            opened = None
        else:
            assert opened is not None, "a receipt without a shift"
    assert closed_late == []
    assert oldest <= DAY
    assert types(world).count("closeShift") >= days * 0.7
