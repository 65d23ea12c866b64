"""The stage as the demonstration sees it: starts the keeper, knows where everything is, and ends it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.demo.agreement import LOCK, NOTE, READY_SECONDS, STOP_SECONDS, NotStarted

if sys.platform != "win32":
    import fcntl

LOOK_SECONDS = 0.02  # between two looks at the keeper's note
END_SECONDS = 3 * STOP_SECONDS  # worker, register and Redis end one after the other
LOG_LINES = 20  # of a log, when something went wrong: a traceback's end fits


@dataclass
class Stage:
    """Redis, a register and a worker that run for the demonstration, kept by a process of their own."""

    folder: Path
    keeper: subprocess.Popen[bytes]
    facts: dict[str, Any] = field(default_factory=dict)  # the keeper's note, once it is there

    @property
    def config(self) -> Path:
        """The settings file by which `fiscalq` finds this stage."""
        return self.folder / "fiscalq.toml"

    @property
    def slips(self) -> Path:
        """The register's own list of its fiscal documents, a line each."""
        return self.folder / "simulator" / "slips.jsonl"

    @property
    def tape(self) -> Path:
        """The register's paper, a line each."""
        return self.folder / "simulator" / "tape.txt"

    def ready(self) -> None:
        """Return once everything on it is ready. Raises NotStarted."""
        deadline = time.monotonic() + 2 * READY_SECONDS
        while not (self.folder / NOTE).exists():
            self.must_run()
            if time.monotonic() > deadline:
                log = str(self.folder / "keeper.log")
                raise NotStarted("demo.not_ready", what="keeper", seconds=f"{2 * READY_SECONDS:g}", log=log)
            time.sleep(LOOK_SECONDS)
        self.facts = json.loads((self.folder / NOTE).read_text(encoding="utf-8"))
        if "failed" in self.facts:
            raise _reason(self.folder, 1)

    def must_run(self) -> None:
        """Raise NotStarted when a part of it has ended by itself."""
        if self.keeper.poll() is not None:
            raise _reason(self.folder, self.keeper.returncode)

    def end(self) -> None:
        """End everything in order."""
        if self.keeper.stdin is not None:
            self.keeper.stdin.close()
        elif self.keeper.poll() is None:
            self.keeper.terminate()
        try:
            self.keeper.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.keeper.kill()  # Redis has a guard of its own
            self.keeper.wait()


def launch(folder: Path, *, keep: bool) -> Stage:
    """
    Begin to build a stage in an empty folder; `ready` says when it stands.

    Args:
        folder: takes logs, settings and data.
        keep: it outlives this process; otherwise it ends with it, whatever ends it.

    """
    with (folder / "keeper.log").open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-P", "-m", "ops.demo.keeper", str(folder), *(["--keep"] if keep else [])],
            stdin=subprocess.DEVNULL if keep else subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us, and we end the keeper in order
        )
    return Stage(folder, keeper)


def _reason(folder: Path, code: int) -> NotStarted:
    """What the keeper has noted, or that it ended without a word."""
    note = folder / NOTE
    facts = json.loads(note.read_text(encoding="utf-8")) if note.exists() else {}
    if "failed" in facts:
        return NotStarted(facts["failed"], **facts["facts"])
    return NotStarted("demo.gave_up", what="keeper", code=code, log=str(folder / "keeper.log"))


def last_lines(log: str) -> str:
    """The end of a log, indented."""
    path = Path(log)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    return "\n".join(f"  {line}" for line in lines[-LOG_LINES:])


def runs_in(folder: Path) -> bool:
    """Whether a keeper is at work in this folder: it holds its lock for life."""
    path = folder / LOCK
    if not path.exists() or sys.platform == "win32":
        return False
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def stop_kept(folder: Path) -> bool:
    """End the stage that was kept in this folder and remove the folder. Returns whether there was anything."""
    if runs_in(folder):
        os.kill(int((folder / LOCK).read_text()), signal.SIGTERM)
        deadline = time.monotonic() + END_SECONDS
        while runs_in(folder) and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
    elif not folder.exists():
        return False
    shutil.rmtree(folder)
    return True
