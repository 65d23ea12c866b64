"""The roll of the simulated register, read as it grows."""

from __future__ import annotations

from pathlib import Path


class Paper:
    """Gives the lines that have come out since it was last asked."""

    def __init__(self, tape: Path) -> None:
        """Begin at the start of the roll."""
        self._tape = tape
        self._read = 0

    def new(self) -> list[str]:
        """Give the new lines; one that is half written comes with the next call."""
        if not self._tape.exists():
            return []
        with self._tape.open("rb") as file:
            file.seek(self._read)
            grown = file.read()
        whole = grown[: grown.rfind(b"\n") + 1]
        self._read += len(whole)
        return whole.decode("utf-8", "replace").splitlines()
