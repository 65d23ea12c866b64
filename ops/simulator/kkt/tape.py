"""
Two files that only grow: the paper that came out, and the oracle of what was fiscalised.

Both are synced line by line, so that a SIGKILL or a power cut of this machine takes nothing back.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from pathlib import Path

from ops.simulator import jsontext
from ops.simulator.jsontext import Fields


class Lines:
    """A text file that is appended to and remembered whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._lines: list[str] = []
        if path.exists():
            text = path.read_bytes()
            whole = text[: text.rfind(b"\n") + 1]
            if whole != text:  # killed inside a line: it was never there
                with path.open("r+b") as file:
                    file.truncate(len(whole))
            self._lines = whole.decode().split("\n")[:-1]
        self._file = path.open("ab")

    def __len__(self) -> int:
        return len(self._lines)

    def append(self, lines: Iterable[str]) -> None:
        """Add lines; they are on the disk when this returns."""
        added = [line.replace("\n", " ") for line in lines]
        with self._lock:
            self._file.write("".join(f"{line}\n" for line in added).encode())
            self._file.flush()
            os.fsync(self._file.fileno())
            self._lines += added

    def after(self, number: int) -> tuple[int, list[str]]:
        """Give the lines behind the first `number`, and the number to ask with next time."""
        with self._lock:
            return len(self._lines), self._lines[max(0, number) :]

    def clear(self) -> None:
        """Tear everything off."""
        with self._lock:
            self._file.truncate(0)
            self._lines = []


class Slips(Lines):
    """`slips.jsonl`: one JSON object per fiscal document, the oracle of the tests."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._documents: list[Fields] = [jsontext.read(line) for line in self._lines]

    def add(self, slip: Fields) -> None:
        """Append one document."""
        self.append([jsontext.write(slip)])
        self._documents.append(slip)

    def documents(self, after: int) -> list[Fields]:
        """Give the slips whose document number is above `after`, oldest first."""
        return [slip for slip in self._documents if slip["fd"] > after]

    def clear(self) -> None:
        """Forget every document."""
        super().clear()
        self._documents = []
