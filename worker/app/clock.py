"""The real clock: wall clock for display, monotonic clock for fates, and pauses that end when the worker is to stop."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Event as Signal


class RealClock:
    """Implements `ports.Clock`. `stop` is set by the signal that ends the worker."""

    def __init__(self) -> None:
        """Nobody has asked to stop."""
        self.stop = Signal()

    def now(self) -> str:
        """ISO 8601 UTC with milliseconds."""
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def monotonic(self) -> float:
        """Seconds since some point; never stepped."""
        return time.monotonic()

    def pause(self, seconds: float) -> bool:
        """Wait; True at once when the worker is to stop."""
        return self.stop.wait(max(seconds, 0.0))
