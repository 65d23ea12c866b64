#!/usr/bin/env python3
"""
Start fiscalq from a fresh clone, with Python 3.11 or newer and nothing else.

It makes `.venv` beside this file from the locks, by hash, and then runs `fiscalq …` in it. Standard library only; it
parses on Python 3.8, so that an older Python gets a sentence and not a traceback. What it says goes to standard error:
standard output belongs to the command.
"""

from __future__ import annotations

import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    sys.exit(
        f"fiscalq needs Python 3.11 or newer, and this is {sys.version_info[0]}.{sys.version_info[1]}: "
        "start run.py with a newer one, say python3.12 run.py."
    )

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from ops.launcher.environment import (
    BROWSER,
    CHROMIUM,
    EMBEDDED,
    ROOT,
    RUNTIME,
    TOOLS,
    UNSEEN,
    Environment,
    NotInstalled,
    chromium,
    ensure,
    running,
    say,
)
from ops.launcher.machine import embedded_fits, inside

HELP = """\
usage: python3 run.py COMMAND …

  demo [--json] [--keep]   sell two bags on a simulated register: queue, worker, paper; ends by itself
  test [--all] [PYTEST OPTIONS]
                           run the tests, with the servers they need: some minutes; --all also runs in full what is
                           sampled otherwise (crashes, mutants, models), which takes an hour or more
  lint                     ruff, mypy and the import floors, as CI does
  lock [UV OPTIONS]        solve the dependencies again and write the locks (needs uv); --upgrade takes newer ones
  COMMAND …                any other command of fiscalq, say: status kassa-1 A-1; `--help` after it explains it

The first run makes .venv beside run.py (20 seconds or so, and a network); the next ones start at once. Nothing is
installed outside of it, but that root on Debian or Ubuntu gets python3-venv by apt where it is missing. Remove .venv
to begin anew.
"""

ALL = "--all"
# A file's servers stand in one row; whoever names tests gets one row.
TWO_ROWS = ["-n", "2", "--dist", "loadfile"]


def test(environment: Environment, arguments: list[str]) -> int:
    """Become pytest, in two rows when all is run; `--all` is told to the tests by a variable."""
    if ALL in arguments:
        os.environ["FISCALQ_TEST_ALL"] = "1"
        arguments = [argument for argument in arguments if argument != ALL]
    if not arguments:
        arguments = TWO_ROWS
        if chromium() is None:
            say(f"fiscalq: none of {', '.join(CHROMIUM)} is on PATH: {UNSEEN}\n")
    return _become([str(inside(environment.venv, "python")), "-m", "pytest", *arguments], ROOT)


def lint(environment: Environment, arguments: list[str]) -> int:
    """Run every linter, also after one that complains. Returns 1 when any did."""
    if arguments:
        return _usage("lint takes no options")
    python = str(inside(environment.venv, "python"))
    steps = (
        [python, "-m", "ruff", "check"],
        [python, "-m", "ruff", "format", "--check"],
        [python, "-m", "mypy"],
        [str(inside(environment.venv, "lint-imports"))],
    )
    codes = []
    for step in steps:
        say(f"fiscalq: {' '.join([Path(step[0]).name, *step[1:]])}\n")
        codes.append(subprocess.run(step, cwd=ROOT, env=running(os.environ), check=False).returncode)
    return 1 if any(codes) else 0


def lock(arguments: list[str]) -> int:
    """Solve the locks; what stands in them is kept unless `--upgrade` is asked for."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(inside(ROOT / ".venv", "uv").parent))
    if not uv:
        return _usage("lock needs uv (pip install uv)")
    solve = (uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version", "3.11")
    # No index and no path of this machine may get into the files.
    clean = (
        "--only-binary",
        ":all:",
        "--no-emit-index-url",
        "--custom-compile-command",
        "python3 run.py lock",
    )
    sources = {
        RUNTIME: ("pyproject.toml", "--group", "build"),
        TOOLS: ("--group", "test", "--group", "lint", "--constraint", RUNTIME),
        EMBEDDED: ("--group", "embedded", "--no-deps"),
        BROWSER: ("--group", "browser", "--constraint", RUNTIME, "--constraint", TOOLS),
    }
    for name, source in sources.items():
        code = subprocess.run(
            (*solve, *clean, *source, "--output-file", name, *arguments), cwd=ROOT, check=False
        ).returncode
        if code:
            return code
    return 0


def _become(command: list[str], directory: Path | None = None) -> int:
    """Run the command in our place: its exit code is ours, and signals reach it."""
    if directory:
        os.chdir(directory)
    if os.name == "posix":
        os.execve(command[0], command, running(os.environ))
    child = subprocess.Popen(command, env=running(os.environ))
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # Windows sends Ctrl-C to both; the child decides


def _usage(problem: str) -> int:
    say(f"run.py: {problem}; python3 run.py --help explains\n")
    return 2


def main(arguments: list[str]) -> int:
    """Install what the command needs, and run it. Returns its exit code; 1 when it cannot be installed."""
    if not arguments or arguments[0] in {"-h", "--help"}:
        (sys.stdout if arguments else sys.stderr).write(HELP)
        return 0 if arguments else 2
    command, *rest = arguments
    if command == "lock":
        return lock(rest)
    environment = Environment(ROOT / ".venv")
    tools: dict[str, Callable[[Environment, list[str]], int]] = {"test": test, "lint": lint}
    wanted = [RUNTIME, *([EMBEDDED] if embedded_fits() else []), *([TOOLS] if command in tools else [])]
    if command == "test" and chromium() is not None:
        wanted.append(BROWSER)
    try:
        ensure(environment, wanted)
    except NotInstalled as problem:
        say(f"{problem}\n")
        return 1
    except OSError as problem:
        say(f"fiscalq cannot write {environment.venv}: {problem}\n")
        return 1
    if command in tools:
        return tools[command](environment, rest)
    return _become([str(inside(environment.venv, "fiscalq")), *arguments])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say("\ninterrupted; the next run begins where it must\n")
        sys.exit(130)
