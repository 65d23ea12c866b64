"""
`fiscalq`, which ends itself at a step: `python -m tests.crash.launcher worker kassa-1`.

CRASH_NOTES names a file to which every step that the process comes to is added, a line each. CRASH_ORDER
holds an `Order` as JSON; it is carried out once, and the file beside the notes that says so outlives the process.
"""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Literal

from worker.domain import steps

Way = Literal["kill", "term", "raise"]


class NobodyKnowsError(Exception):
    """What no `except` of the worker names."""


@dataclass(frozen=True)
class Order:
    """End the process at a step's `nth` coming, counted from one, on this side of it."""

    label: str
    side: steps.Side
    nth: int
    way: Way

    def __str__(self) -> str:
        return f"{self.way} {self.side} {self.label} #{self.nth}"


class Crash:
    """The hook."""

    def __init__(self, notes: Path, order: Order | None) -> None:
        self.struck = notes.with_suffix(".struck")
        self._notes, self._order = notes, order
        self._comings: Counter[tuple[str, steps.Side]] = Counter()
        self._lock = Lock()

    def __call__(self, label: str, side: steps.Side) -> None:
        with self._lock:
            self._comings[label, side] += 1
            with self._notes.open("a", encoding="ascii") as notes:
                notes.write(f"{label} {side}\n")
            order, come = self._order, self._comings[label, side]
            if order is None or (order.label, order.side, order.nth) != (label, side, come):
                return
            self._order = None
            self.struck.touch()
        if order.way == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif order.way == "term":
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            raise NobodyKnowsError(str(order))


def main() -> None:
    """Set the hook and become `fiscalq`."""
    text = os.environ.get("CRASH_ORDER")
    crash = Crash(Path(os.environ["CRASH_NOTES"]), Order(**json.loads(text)) if text else None)
    if crash.struck.exists():  # this process has begun anew since: once is enough
        crash = Crash(Path(os.environ["CRASH_NOTES"]), None)
    steps.hook = crash
    from ops.cli.main import app  # noqa: PLC0415 - Celery's app is made while this is imported

    app(prog_name="fiscalq")


if __name__ == "__main__":
    main()
