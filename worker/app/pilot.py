"""What the autopilot knows of the shift, between two looks at the register."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from worker.domain import shifts
from worker.domain.job import Job, State
from worker.domain.ports import Clock
from worker.domain.shifts import Hours, Shift, ShiftState


class Plan(StrEnum):
    """What becomes of the shift next. Each has a text in both languages (`ops/cli/texts`, `shift`)."""

    OFF = "off"  # nobody looks after it but people
    UNSEEN = "unseen"  # the register is asked before the first receipt
    OPEN = "open_next"  # it is opened before the next receipt
    CLOSE = "close_next"  # it is closed before its 24 hours are over
    CLOSE_QUIET = "close_quiet"  # likewise, or in quiet hours before that
    CLOSE_NOW = "close_now"  # it is older than 24 hours: nothing prints before it is closed


@dataclass(frozen=True)
class View:
    """
    The shift for whoever looks.

    Args:
        state: as `shifts.ShiftState`, None where nothing is known.
        number: of the present one, or of the last; None where the register told none.
        ends: when its 24 hours are over, ISO 8601 by the register's clock; None where that is not known.
        closes_by: when the autopilot closes it at the latest, likewise.
        quiet_hours: as in the settings.
        next: what the autopilot does next.
        seen: when the register said so, ISO 8601 UTC; None where the autopilot knows how it stands now.
        since: when it was opened, by the register's clock; None where that is not known, and of a closed one.

    """

    state: str | None
    number: int | None
    ends: str | None
    closes_by: str | None
    quiet_hours: str | None
    next: Plan
    seen: str | None = None
    since: str | None = None


def view(told: Mapping[str, Any] | None, *, keeps: bool, quiet_hours: str | None) -> View:
    """
    The shift out of what the worker keeps of it.

    Args:
        told: as `told_of` wrote it, read; None where there is none.
        keeps: the autopilot is switched on; what it told before it was switched off is old.
        quiet_hours: as in the settings.

    """
    seen = told if told is not None and (keeps or "seen" in told) else {}
    state = seen.get("state")
    match state:
        case _ if not keeps:
            plan = Plan.OFF
        case None:
            plan = Plan.UNSEEN
        case ShiftState.CLOSED:
            plan = Plan.OPEN
        case ShiftState.EXPIRED:
            plan = Plan.CLOSE_NOW
        case _:
            plan = Plan.CLOSE_QUIET if quiet_hours else Plan.CLOSE
    at = None if keeps else seen.get("seen")
    ends = seen.get("ends")
    since = None
    if ends is not None and state != ShiftState.CLOSED:
        since = (datetime.fromisoformat(ends) - shifts.LONGEST).isoformat()
    return View(state, seen.get("number") or None, ends, seen.get("closes_by"), quiet_hours, plan, at, since)


def told_of(shift: Shift | None, *, seen: str | None = None) -> str:
    """The shift as the ledger keeps it for whoever looks, JSON text; `seen` is when, where no autopilot keeps it up to date."""
    ends = shift.ends if shift is not None else None
    said = {
        "state": shift.state.value if shift is not None else None,
        "number": shift.number if shift is not None else None,
        "ends": ends.isoformat() if ends is not None else None,
        "closes_by": (ends - shifts.MARGIN).isoformat() if ends is not None and seen is None else None,
    }
    return json.dumps(said if seen is None else {**said, "seen": seen})


class Pilot:
    """
    The shift of one line as the register last showed it; its age goes on by the monotonic clock.

    Args:
        clock: the line's.
        quiet: hours in which the shift is closed when nothing is to be printed; None: only before its 24 hours are over.

    """

    def __init__(self, clock: Clock, quiet: Hours | None = None) -> None:
        self._clock, self._quiet = clock, quiet
        self._seen_at = float("-inf")
        self._refused_as_over = False
        self.shift: Shift | None = None

    @property
    def age_seconds(self) -> float:
        """Seconds since the register was asked."""
        return self._clock.monotonic() - self._seen_at if self.shift is not None else float("inf")

    @property
    def is_over(self) -> bool:
        """Whether the shift must be closed now."""
        return self.shift is not None and self.shift.is_over(self._passed)

    @property
    def told(self) -> str:
        """As the ledger keeps it for whoever looks."""
        return told_of(self.shift)

    def see(self, shift: Shift) -> None:
        """The register has shown its shift; a receipt that was refused as too late knows better than its status."""
        if self._refused_as_over and shift.state is ShiftState.OPENED:
            shift = Shift(ShiftState.EXPIRED, shift.number, shift.now, shift.ends)
        self.shift, self._seen_at = shift, self._clock.monotonic()

    def note_refusal(self, code: int) -> None:
        """A job was refused for the shift's sake."""
        self._refused_as_over = self._refused_as_over or code in shifts.EXPIRED_CODES

    def note_end(self, job: Job) -> None:
        """A report of the shift has come to its end."""
        if job.type == shifts.CLOSE and job.state is State.PRINTED:
            self._refused_as_over = False

    def task_before(self, job: Job) -> str | None:
        """The task that must be done before this job is sent."""
        return shifts.task_before(job, self.shift, self._passed) if self.shift is not None else None

    def task_when_idle(self, idle: timedelta) -> str | None:
        """The task that is due while nothing prints."""
        if self.shift is None:
            return None
        return shifts.task_when_idle(self.shift, self._passed, idle, self._quiet)

    @property
    def _passed(self) -> timedelta:
        return timedelta(seconds=self._clock.monotonic() - self._seen_at)
