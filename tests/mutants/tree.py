"""A copy of the checkout that may be changed, and pytest in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "dist", "build", "*.egg-info")
TEST_SECONDS = 300.0  # a mutant may make a loop endless: that is a death too


class NotFound(AssertionError):
    """The text of a mutant does not stand exactly once in its file: the code has moved on, and the mutant must too."""


@dataclass(frozen=True)
class Outcome:
    """How pytest ended: its exit code, 1 for failing tests; -1 when it had to be stopped."""

    code: int
    output: str

    @property
    def is_killed(self) -> bool:
        """Whether a test has seen the mutant."""
        return self.code in {1, -1}


class Tree:
    """The copy. One mutant at a time."""

    def __init__(self, place: Path) -> None:
        """Copy the checkout to a place that is not there yet."""
        self.root = place
        shutil.copytree(CHECKOUT, place, ignore=LEFT_OUT)

    @contextmanager
    def replaced(self, file: str, old: str, new: str) -> Iterator[None]:
        """Have one text stand in place of another. Raises NotFound."""
        before = (self.root / file).read_text()
        if (count := before.count(old)) != 1:
            raise NotFound(f"{file} holds this text {count} times, not once; mend its mutant:\n{old}")
        with self.written(file, before.replace(old, new)):
            yield

    @contextmanager
    def written(self, file: str, text: str) -> Iterator[None]:
        """Have a file say something else."""
        path = self.root / file
        before = path.read_text()
        path.write_text(text)
        try:
            yield
        finally:
            path.write_text(before)

    def test(self, tests: Sequence[str], seconds: float = TEST_SECONDS) -> Outcome:
        """Run tests in the copy, to the first failure."""
        # No bytecode: two mutants of the same length within one second would look alike to Python.
        environment = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("FISCALQ_TEST_ALL", None)
        options = ["-x", "-q", "--no-header", "--tb=line", "-p", "no:cacheprovider"]
        command = [sys.executable, "-m", "pytest", *options, *tests]
        try:
            done = subprocess.run(
                command,
                cwd=self.root,
                env=environment,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Outcome(-1, f"stopped after {seconds:.0f} s")
        return Outcome(done.returncode, done.stdout + done.stderr)
