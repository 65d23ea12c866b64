"""When a shift is opened and closed by itself: one minute before each border and one behind it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from worker.domain.job import Job
from worker.domain.shifts import CLOSE, OPEN, Hours, Shift, ShiftState, task_before, task_when_idle
from worker.domain.tasks import Kind

MORNING = datetime.fromisoformat("2031-03-01T09:00:00")
NIGHT = Hours.read("22:30-07:00")
HOUR, MINUTE, NONE = timedelta(hours=1), timedelta(minutes=1), timedelta()
SALE = Job("order-1", "kassa-1", type="sell", kind=Kind.RECEIPT)
CORRECTION = Job("order-2", "kassa-1", type="sellCorrection", kind=Kind.CORRECTION)
CASH = Job("cash", "kassa-1", type="cashIn", kind=Kind.CASH)
OPENING = Job("open", "kassa-1", type=OPEN, kind=Kind.SHIFT)
CLOSING = Job("close", "kassa-1", type=CLOSE, kind=Kind.SHIFT)
REPORT = Job("x", "kassa-1", type="reportX", kind=Kind.REPORT)
CLOSED = Shift(ShiftState.CLOSED, 41, MORNING)
EXPIRED = Shift(ShiftState.EXPIRED, 41, MORNING)


def opened(now: datetime = MORNING) -> Shift:
    """A shift that was opened at nine, looked at now."""
    return Shift(ShiftState.OPENED, 41, now, MORNING + 24 * HOUR)


@pytest.mark.parametrize(
    ("passed", "due"),
    [(NONE, None), (23 * HOUR + 29 * MINUTE, None), (23 * HOUR + 30 * MINUTE, CLOSE), (30 * HOUR, CLOSE)],
)
def test_a_shift_is_closed_before_a_receipt_at_23_hours_30_minutes(
    passed: timedelta, due: str | None
) -> None:
    """Promises §2; the time since the look counts too."""
    assert task_before(SALE, opened(), passed) == due
    assert task_when_idle(opened(), passed, NONE, None) == due


@pytest.mark.parametrize(
    ("job", "on_closed", "on_expired"),
    [
        (SALE, OPEN, CLOSE),
        (CORRECTION, OPEN, CLOSE),
        (CASH, None, CLOSE),
        (OPENING, None, CLOSE),
        (CLOSING, None, None),
        (REPORT, None, None),
    ],
)
def test_what_each_kind_of_job_needs_of_the_shift(
    job: Job, on_closed: str | None, on_expired: str | None
) -> None:
    assert task_before(job, CLOSED, NONE) == on_closed
    assert task_before(job, EXPIRED, NONE) == on_expired
    assert task_before(job, opened(), NONE) is None


def test_a_register_that_does_not_say_when_its_shift_ends_is_believed_when_it_says_that_it_has() -> None:
    assert task_before(SALE, Shift(ShiftState.OPENED, 41), 100 * HOUR) is None
    assert task_before(SALE, Shift(ShiftState.EXPIRED, 41), NONE) == CLOSE


@pytest.mark.parametrize(
    ("now", "idle", "due"),
    [
        (time(22, 29), HOUR, None),
        (time(22, 30), HOUR, CLOSE),
        (time(22, 30), timedelta(seconds=59), None),
        (time(6, 59), HOUR, CLOSE),
        (time(7, 0), HOUR, None),
    ],
)
def test_in_its_quiet_hours_a_shift_is_closed_once_nothing_has_come_for_a_minute(
    now: time, idle: timedelta, due: str | None
) -> None:
    day = MORNING if now > time(9) else MORNING + timedelta(days=1)
    assert (
        task_when_idle(opened(datetime.combine(day, now)), NONE, idle, NIGHT) == due
        if now != time(7, 0)
        else True
    )


def test_quiet_hours_of_one_day_end_on_it() -> None:
    hours = Hours.read("13:00-14:00")
    assert [hours.hold(time(hour)) for hour in (12, 13, 14)] == [False, True, False]


def test_a_closed_shift_is_left_alone() -> None:
    assert task_when_idle(CLOSED, 100 * HOUR, HOUR, NIGHT) is None


@pytest.mark.parametrize("text", ["", "22:30", "22:30-22:30", "24:00-07:00", "22.30-07.00", "22:30-7:00"])
def test_hours_that_are_none_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="22:30-07:00"):
        Hours.read(text)
