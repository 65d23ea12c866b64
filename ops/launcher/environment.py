"""
The `.venv` beside run.py: what is in it, and how it comes to be. Standard library only.

It is made from the locks, by hash. A note in it, written last, says which locks went in: an interrupted install leaves
none, and is begun anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.launcher.machine import Machine, Way, inside, ways

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

ROOT = Path(__file__).resolve().parents[2]
# A lock, and the groups of pyproject.toml that it is solved from.
RUNTIME, TOOLS, EMBEDDED = "requirements.lock", "tests/requirements.lock", "ops/redis/requirements.lock"
BROWSER = "tests/console/requirements.lock"
# What has wheels for some machines only, and what is said where it cannot be had.
UNSEEN = "the console's page is not looked at in a browser"
WITHOUT = {
    EMBEDDED: "a redis-server on PATH or FISCALQ_REDIS_URL is used",
    BROWSER: UNSEEN,
}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# By hash and wheels only: nothing is compiled, and nothing but what the lock names is run.
FROM_LOCK = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r")
# fiscalq itself stays where it is: the environment only points to it.
ITSELF = ("--no-deps", "--no-build-isolation", "-e", str(ROOT))

NO_WAY = (
    "fiscalq cannot make its environment, because this Python has neither ensurepip nor pip, and there is no uv: "
    "install one of them (on Debian and Ubuntu: apt-get install python3-venv, as root) and run this again."
)
NO_NETWORK = (
    "fiscalq could not be installed. The first run needs a network: a proxy or a mirror is told to pip, uv and apt in "
    "their own settings. What they answered stands above; the next run begins anew."
)


class NotInstalled(Exception):
    """The environment could not be made; the text says what was tried and what it said."""


@dataclass
class Environment:
    """The `.venv`, and the note in it that says which locks went in; the note is written last, so half-made has none."""

    venv: Path

    @property
    def note(self) -> Path:
        """Where the note lies."""
        return self.venv / "fiscalq.json"

    def holds(self) -> dict[str, str]:
        """Tell what is installed: lock → fingerprint, and `way`; empty when it is not whole or its Python has changed."""
        try:
            noted: dict[str, str] = json.loads(self.note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        # A system upgrade changes the Python under an environment; a moved checkout breaks the scripts in it.
        return noted if noted.get("python") == self.python() and noted.get("venv") == str(self.venv) else {}

    def python(self) -> str:
        """Name the interpreter that it really runs, or nothing when it is gone."""
        program = inside(self.venv, "python")
        return str(program.resolve()) if program.exists() else ""

    def missing(self, wanted: Sequence[str]) -> list[str]:
        """List the locks that are not in it as they are now."""
        held = self.holds()
        return [lock for lock in wanted if held.get(lock) != fingerprint(lock)]

    def remember(self, **facts: str) -> None:
        """Add to the note, in one step."""
        noted = {**self.holds(), "python": self.python(), "venv": str(self.venv), **facts}
        draft = self.note.with_suffix(".new")
        draft.write_text(json.dumps(noted, indent=1), encoding="utf-8")
        draft.replace(self.note)

    def remove(self) -> None:
        """Take away what is there, whatever it is."""
        if self.venv.is_symlink() or self.venv.is_file():
            self.venv.unlink()
        elif self.venv.exists():
            shutil.rmtree(self.venv)


def chromium() -> str | None:
    """Where the browser of the machine is, None without one."""
    return next((found for name in CHROMIUM if (found := shutil.which(name))), None)


def fingerprint(lock: str, root: Path = ROOT) -> str:
    """Hash a lock; for the runtime also what pyproject.toml says of fiscalq itself: its commands and its name."""
    digest = hashlib.sha256((root / lock).read_bytes())
    if lock == RUNTIME:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        digest.update(json.dumps([project["build-system"], project["project"]], sort_keys=True).encode())
    return digest.hexdigest()


def ensure(environment: Environment, wanted: Sequence[str]) -> None:
    """
    Bring the environment to what is wanted; one process at a time, and nothing at all when it is there.

    Raises: NotInstalled with the sentence for the person who waits.
    """
    if not environment.missing(wanted):
        return
    with _one_at_a_time(environment.venv.with_name(environment.venv.name + ".lock")) as held:
        if not environment.missing(wanted):
            return  # another run has done it meanwhile
        offered = ways(Machine.seen(), environment.venv)
        before = environment.holds().get("way") if not environment.missing([RUNTIME]) else None
        problems = []
        # What is whole is only added to: a missing network must not cost a working environment.
        for way in [way for way in offered if way.name == before] or offered:
            try:
                _install(environment, way, wanted, held)
            except NotInstalled as problem:
                problems.append(str(problem))
            else:
                return
    raise NotInstalled("\n".join([*problems, NO_NETWORK]) if problems else NO_WAY)


def _install(environment: Environment, way: Way, wanted: Sequence[str], held: int) -> None:
    if environment.holds().get("way") != way.name or RUNTIME in environment.missing([RUNTIME]):
        environment.remove()
        if way.prepare:
            install, update = way.prepare
            with _stage(f"installing {install[-1]} by apt"):
                # A bare machine has no package lists, and an old one has stale lists.
                if _run(install, held, check=False):
                    _run(update, held)
                    _run(install, held)
        with _stage("making .venv"):
            _run(way.make, held)
        with _stage("installing fiscalq's packages"):
            _run((*way.install, *FROM_LOCK, str(ROOT / RUNTIME)), held)
        with _stage("installing fiscalq itself"):
            _run((*way.install, *ITSELF), held)
        environment.remember(way=way.name, **{RUNTIME: fingerprint(RUNTIME)})
    parts = (
        (EMBEDDED, "the embedded Redis"),
        (TOOLS, "the test tools"),
        (BROWSER, "what drives a browser in tests"),
    )
    for lock, what in parts:
        if lock not in environment.missing(wanted):
            continue
        try:
            with _stage(f"installing {what}"):
                _run((*way.install, *FROM_LOCK, str(ROOT / lock)), held)
        except NotInstalled:
            if lock not in WITHOUT:
                raise
            say(f"fiscalq: without it, {WITHOUT[lock]}\n")
        else:
            environment.remember(**{lock: fingerprint(lock)})


def _run(command: Sequence[str], held: int, *, check: bool = True) -> int:
    """Run a quiet command; it inherits the install lock, so that what outlives us still keeps others out."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=installing(os.environ),
            cwd=ROOT,
            check=False,
            pass_fds=(held,) if os.name == "posix" else (),
        )
    except OSError as problem:
        raise NotInstalled(f"{command[0]} does not start: {problem}") from problem
    if check and done.returncode:
        said = "\n".join(f"  {line}" for line in done.stdout.strip().splitlines()[-12:])
        raise NotInstalled(f"{' '.join(command)}\n{said}\n  (exit code {done.returncode})")
    return done.returncode


def running(environ: Mapping[str, str]) -> dict[str, str]:
    """Give the environment variables for what runs in `.venv`: another Python's search paths are not ours."""
    return {name: value for name, value in environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}


def installing(environ: Mapping[str, str]) -> dict[str, str]:
    """Give those for pip, uv and apt: a person's indexes and certificates stay, what would send packages elsewhere goes."""
    elsewhere = {
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_ROOT",
        "PIP_REQUIRE_VIRTUALENV",
        "PIP_NO_BINARY",
        "PIP_REQUIREMENT",
    }
    ours = {
        "PIP_USER": "0",
        "PIP_QUIET": "1",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "DEBIAN_FRONTEND": "noninteractive",
    }
    return {name: value for name, value in running(environ).items() if name not in elsewhere} | ours


@contextlib.contextmanager
def _one_at_a_time(path: Path) -> Iterator[int]:
    """Hold the install lock; the system frees it when the last process that holds it ends, however it ends."""
    with path.open("a") as file:
        if not _try_lock(file.fileno()):
            say("fiscalq: another run.py is installing; waiting for it\n")
            while not _try_lock(file.fileno()):
                time.sleep(0.2)
        yield file.fileno()


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _stage(what: str) -> Iterator[None]:
    say(f"fiscalq: {what} … ")
    begun = time.monotonic()
    outcome = "no"
    try:
        yield
        outcome = "done"
    finally:
        say(f"{outcome}, {time.monotonic() - begun:.1f} s\n")


def say(text: str) -> None:
    """Tell the person who waits; standard output belongs to the command."""
    sys.stderr.write(text)
    sys.stderr.flush()
