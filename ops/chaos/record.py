"""
What a run remembers of itself, line by line in `run.jsonl`, so that it goes on behind the death of its own command.

The operating system has each line before the next thing happens: what kills the command takes none of them back.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from threading import Lock
from typing import Any

if sys.platform != "win32":
    import fcntl

FILE = "run.jsonl"

Status = dict[str, Any]


class InUse(RuntimeError):
    """The directory is another command's."""


class Record:
    """The memory of one run."""

    def __init__(self, directory: Path) -> None:
        """Read what is there."""
        self.options: dict[str, Any] = {}
        self.steps = 0  # of the plan, that are done
        self.accepted: dict[str, None] = {}  # in their order
        self.seen: dict[str, list[Status]] = defaultdict(list)
        self.left_place: set[str] = set()
        self.sent_again: set[str] = set()
        self.replayed: set[str] = set()
        self.missed: list[str] = []
        self.register_starts: list[int] = []
        self.foreign = 0
        self.seconds = 0.0
        self._marked = time.monotonic()
        self._path = directory / FILE
        self._lock = Lock()
        self._file = self._path.open("a", encoding="utf-8", buffering=1)
        self._hold()
        self._read()
        if self._path.stat().st_size:
            self._file.write("\n")  # the last line may have been cut off

    def begun(self, **options: Any) -> None:
        """Seed, size and generation of the run."""
        self._write("options", options)

    def step_done(self) -> None:
        """One more step of the plan, and how long it took."""
        self._write("step", self._since_last())

    def was_accepted(self, job: str) -> None:
        """The door has answered."""
        if job not in self.accepted:
            self._write("accepted", job)

    def was_told(self, job: str, status: Status) -> None:
        """Another answer than the one before."""
        self._write("told", [job, status])

    def has_left(self, job: str) -> None:
        """It is or was dead or in doubt."""
        if job not in self.left_place:
            self._write("left", job)

    def was_sent_again(self, job: str) -> None:
        """After a wipe."""
        if job not in self.sent_again:
            self._write("again", job)

    def was_replayed(self, job: str) -> None:
        """A person is about to do it again."""
        if job not in self.replayed:
            self._write("replayed", job)

    def has_missed(self, what: str) -> None:
        """A fault that met nobody."""
        self._write("missed", what)

    def register_started(self, printed: int) -> None:
        """The register's server starts with so many documents on the FN."""
        self._write("register", printed)

    def foreign_printed(self) -> None:
        """Somebody else has been told to print."""
        self._write("foreign", None)

    def ended(self) -> None:
        """Nothing more to do; what the end took counts as well."""
        self._write("ended", self._since_last())

    def close(self) -> None:
        """Nothing more to remember."""
        self._file.close()

    def _since_last(self) -> float:
        """Seconds since the last step of this command, by the monotonic clock; what a kill took is not counted."""
        before, self._marked = self._marked, time.monotonic()
        return round(self._marked - before, 3)

    def _write(self, what: str, value: Any) -> None:
        with self._lock:
            self._take(what, value)
            self._file.write(json.dumps([what, value], ensure_ascii=False) + "\n")

    def _hold(self) -> None:
        """One command a directory: two would throw faults at each other's processes."""
        if sys.platform != "win32":
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as held:
                self._file.close()
                raise InUse(f"another command is at work in {self._path.parent}") from held

    def _read(self) -> None:
        for line in self._path.read_text("utf-8").splitlines():
            try:
                what, value = json.loads(line)
            except ValueError:  # empty, or cut off
                continue
            self._take(what, value)

    def _take(self, what: str, value: Any) -> None:
        """One row for each kind of line."""
        match what:
            case "options":
                self.options = value
            case "step":
                self.steps += 1
                self.seconds += value
            case "told":
                self.seen[value[0]].append(value[1])
            case "accepted":
                self.accepted[value] = None
            case "foreign":
                self.foreign += 1
            case "ended":
                self.seconds += value
            case _:
                self._take_member(what, value)

    def _take_member(self, what: str, value: Any) -> None:
        match what:
            case "left":
                self.left_place.add(value)
            case "again":
                self.sent_again.add(value)
            case "replayed":
                self.replayed.add(value)
            case "missed":
                self.missed.append(value)
            case "register":
                self.register_starts.append(value)
            case _:
                raise ValueError(f"no line of a run begins with {what}")
