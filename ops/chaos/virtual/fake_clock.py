"""A clock that only moves when somebody waits: an hour of patience takes no time, and no test sleeps."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2031, 3, 1, 6, 0, tzinfo=UTC)


class FakeClock:
    """Implements `ports.Clock`. `at` plans what happens while others wait; `stopped` tells the worker to stop."""

    def __init__(self) -> None:
        self.stopped = False
        self._seconds = 0.0
        self._plans: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def now(self) -> str:
        """Wall clock, as the real one writes it."""
        return (
            (BEGIN + timedelta(seconds=self._seconds))
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z")
        )

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self._seconds

    def pause(self, seconds: float) -> bool:
        """Let time pass, and do what was planned for it, in order."""
        end = self._seconds + max(seconds, 0.0)
        while self._plans and self._plans[0][0] <= end and not self.stopped:
            self._seconds, _, action = heapq.heappop(self._plans)
            action()
        if not self.stopped:
            self._seconds = end
        return self.stopped

    def at(self, seconds: float, action: Callable[[], None]) -> None:
        """Plan an action for a moment, in seconds since the clock was made."""
        heapq.heappush(self._plans, (max(seconds, self._seconds), next(self._numbers), action))
