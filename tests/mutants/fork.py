"""
pytest in a child of this process: what no mutant changes is imported once, which makes a mutation run three times as fast.

Only for POSIX, and only for a process that has not imported `worker` itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import hypothesis  # noqa: F401 - imported here so that no child has to
import pydantic  # noqa: F401 - the same
import pytest

from tests.mutants.tree import CHECKOUT

TEST_SECONDS = 20  # per test; a mutant may make a loop endless, which is a death too


def passes(root: Path, tests: Sequence[str]) -> bool:
    """Whether all tests pass in the copy of the checkout at `root`; the first failure ends it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = _run(root, tests)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def _run(root: Path, tests: Sequence[str]) -> int:
    """In the child: forget the checkout, and be silent."""
    os.chdir(root)
    os.environ["PYTHONPATH"] = str(root)
    sys.dont_write_bytecode = True
    sys.path[:] = [str(root), *(path for path in sys.path if path not in {"", str(CHECKOUT)})]
    for name in [name for name in sys.modules if name.split(".")[0] in {"tests", "worker", "ops"}]:
        del sys.modules[name]
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    options = ["-x", "-q", "-p", "no:cacheprovider", "-o", f"timeout={TEST_SECONDS}"]
    return int(pytest.main([*options, *tests]))
