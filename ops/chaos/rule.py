"""What a test has the proxy do to one exchange, or to several."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from threading import Event
from typing import Literal

Deed = Literal["delay", "hold", "cut", "double"]
Side = Literal["request", "answer"]

HOLD_MAX_SECONDS = 60.0  # a test that has ended badly must not leave a thread behind


@dataclass
class Rule:
    """
    What is done to an exchange whose request matches.

    Args:
        pattern: searched in the bytes of the request.
        deed: `delay` by `seconds`; `hold` until `release` or `drop`; `cut` the connection after `after` bytes;
            `double`: the request arrives twice, and only the second one's answer comes back.
        side: the direction that is struck.
        count: how many exchanges; None for all.
        behind: pattern of a request that must have been seen before; None: it strikes from the start.

    """

    pattern: re.Pattern[bytes]
    deed: Deed
    side: Side = "answer"
    count: int | None = 1
    behind: re.Pattern[bytes] | None = None
    after: int = 0
    seconds: float = 0.0
    caught: Event = field(default_factory=Event)
    passed: Event = field(default_factory=Event)
    dropped: bool = False
    _go: Event = field(default_factory=Event)

    def wait(self) -> bool:
        """Hold or delay; says whether the bytes may pass."""
        self._go.wait(HOLD_MAX_SECONDS if self.deed == "hold" else self.seconds)
        return not self.dropped

    def release(self) -> None:
        """Let what is held back pass, however late."""
        self._go.set()

    def drop(self) -> None:
        """Let it never arrive."""
        self.dropped = True
        self._go.set()
