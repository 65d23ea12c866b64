"""
Who holds a lease: this host's owner id, kept in `state_dir` under a file lock that is held for life.

A restarted worker of the same host is the same owner and has its lease back at once. Without a state directory every
process is a new owner and waits the lease out.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from secrets import token_hex
from typing import TextIO

from worker.domain.errors import ConfigError
from worker.domain.steps import step

try:
    import fcntl
except ImportError:  # Windows has none: every process is a new owner there
    fcntl = None  # type: ignore[assignment]


def default_state_dir() -> Path | None:
    """Where state is kept when the settings name no folder: systemd's, else the user's; None when neither can be written."""
    base = os.environ.get("STATE_DIRECTORY") or os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    folder = Path(base).expanduser() / "fiscalq"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder if os.access(folder, os.W_OK) else None


class Owner:
    """`id` is `host:random`; `lock` is held until the process ends."""

    def __init__(self, register: str, state_dir: Path | None) -> None:
        """Read or make the id. Raises ConfigError when another process of this host holds it, or the folder is unusable."""
        self.lock: TextIO | None = None
        self.id = f"{socket.gethostname()}:{token_hex(6)}"
        if state_dir is None or fcntl is None:
            return
        path = state_dir / f"owner-{register}"
        try:
            state_dir.mkdir(parents=True, exist_ok=True)
            self.lock = path.open("a+", encoding="ascii")
        except OSError as error:
            raise ConfigError(
                f"state_dir (FISCALQ_STATE_DIR) cannot be used: {error}. Name a folder that can be written.",
                "state_dir",
                folder=state_dir,
                text=error.strerror,
            ) from error
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.lock.close()
            self.lock = None
            return  # another worker of this host lives: we are somebody else, and wait for the lease
        self.lock.seek(0)
        known = self.lock.read().strip()
        if known.startswith(f"{socket.gethostname()}:"):  # a copied disk must not make two hosts one owner
            self.id = known
            return
        with step("owner.write"):
            self.lock.truncate(0)
            self.lock.write(self.id)
            self.lock.flush()
            os.fsync(self.lock.fileno())
