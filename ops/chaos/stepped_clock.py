"""
The worker with a wall clock that can be stepped: `python -m ops.chaos.stepped_clock FILE worker kassa-1`.

A step of the machine's own clock needs rights that nobody should give to a test, so both of Python's wall clocks are
moved instead, by the seconds that stand in FILE. The monotonic clock is left alone, as a step leaves it.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from pathlib import Path

_true_time = time.time


class SteppedDate(dt.datetime):
    """A datetime whose `now` follows the stepped clock."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> SteppedDate:
        """The stepped time."""
        return cls.fromtimestamp(time.time(), tz)


def follow(path: Path) -> None:
    """From now on `time.time` and `datetime.now` are moved by what the file says; no file, no step."""

    def stepped() -> float:
        try:
            return _true_time() + float(path.read_text("utf-8"))
        except (OSError, ValueError):
            return _true_time()

    time.time = stepped
    dt.datetime = SteppedDate  # type: ignore[misc]


def main() -> None:
    """Follow the file, then run the command."""
    follow(Path(sys.argv[1]))
    sys.argv = ["fiscalq", *sys.argv[2:]]
    from ops.cli.main import app  # noqa: PLC0415 - behind the change of clocks

    app()


if __name__ == "__main__":
    main()
