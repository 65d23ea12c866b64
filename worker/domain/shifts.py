"""
When a shift is opened and closed by itself. Pure: what the register has shown goes in, the task that is due comes out.

A shift must not grow older than 24 hours (reference §10: 68, 141; the law on cash registers, 54-FZ, article 4.3), and
its age is told by the register's own clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from worker.domain.job import Job
from worker.domain.tasks import Kind

OPEN, CLOSE = "openShift", "closeShift"
LONGEST = timedelta(hours=24)
MARGIN = timedelta(minutes=30)  # before the 24 hours are over: a long receipt, and a register that is slow
QUIET = timedelta(minutes=1)  # without a job, before a shift is closed in its quiet hours
EXPIRED_CODES = frozenset({68, 141})  # the shift is older than 24 hours (reference §10)
CLOSED_CODE, OPENED_CODE = 73, 83  # there is none open, there is one already
SHIFT_CODES = EXPIRED_CODES | {
    CLOSED_CODE
}  # of a receipt: nothing was registered, and the shift is the cause
ALREADY = {(OPEN, OPENED_CODE): "already_open", (CLOSE, CLOSED_CODE): "already_closed"}
HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class ShiftState(StrEnum):
    """As the register says it (reference 8.5)."""

    CLOSED = "closed"
    OPENED = "opened"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Shift:
    """
    A shift as the register has shown it.

    Args:
        state: closed, opened, or older than 24 hours.
        number: of the present one, or of the last.
        now: the register's clock when it was asked.
        ends: when its 24 hours are over, by the same clock; None where the register did not say.

    """

    state: ShiftState
    number: int = 0
    now: datetime | None = None
    ends: datetime | None = None

    def is_over(self, passed: timedelta) -> bool:
        """Whether it must be closed, so long after the register was asked."""
        if self.state is ShiftState.OPENED and self.ends is not None and self.now is not None:
            return self.ends - self.now - passed <= MARGIN
        return self.state is ShiftState.EXPIRED


@dataclass(frozen=True)
class Hours:
    """Hours of a day by the register's clock in which a shop is quiet; they may go past midnight."""

    begin: time
    end: time

    @classmethod
    def read(cls, text: str) -> Hours:
        """Read `22:30-07:00`. Raises ValueError."""
        match = HOURS.fullmatch(text)
        if match is None or match[1] + match[2] == match[3] + match[4]:
            raise ValueError("write the quiet hours like 22:30-07:00")
        first, second, third, fourth = map(int, match.groups())
        return cls(time(first, second), time(third, fourth))

    def hold(self, now: time) -> bool:
        """Whether this moment lies in them."""
        if self.begin < self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end


def task_before(job: Job, shift: Shift, passed: timedelta) -> str | None:
    """The task that must be done before this job is sent, if any; `passed` since the register was asked."""
    if job.type == OPEN or job.kind in {Kind.RECEIPT, Kind.CORRECTION, Kind.CASH}:
        if shift.is_over(passed):
            return CLOSE
        if shift.state is ShiftState.CLOSED and job.kind in {Kind.RECEIPT, Kind.CORRECTION}:
            return OPEN
    return None


def task_when_idle(shift: Shift, passed: timedelta, idle: timedelta, quiet: Hours | None) -> str | None:
    """The task that is due while nothing prints, if any."""
    if shift.state is ShiftState.CLOSED:
        return None
    is_quiet = (
        quiet is not None
        and shift.now is not None
        and idle >= QUIET
        and quiet.hold((shift.now + passed).time())
    )
    return CLOSE if shift.is_over(passed) or is_quiet else None
