"""run.py as a person meets it."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from ops.launcher.environment import ROOT

RUN = ROOT / "run.py"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(RUN), *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_an_older_python_gets_one_sentence_and_no_traceback() -> None:
    """What stands before the look at the version must parse and run on Python 3.8."""
    ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 8))
    pretend = (
        f"import sys, runpy; sys.version_info = (3, 9, 2); runpy.run_path({str(RUN)!r}, run_name='__main__')"
    )
    old = subprocess.run(
        [sys.executable, "-c", pretend], capture_output=True, text=True, check=False, timeout=60
    )
    assert old.returncode == 1
    assert old.stderr.startswith("fiscalq needs Python 3.11 or newer, and this is 3.9")
    assert old.stderr.count("\n") == 1
    assert old.stdout == ""


def test_what_it_stands_on_is_the_standard_library_and_itself() -> None:
    """It runs before anything is installed."""
    files = [RUN, ROOT / "ops" / "__init__.py", *(ROOT / "ops" / "launcher").glob("*.py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.startswith("ops.launcher.") or name.split(".")[0] in sys.stdlib_module_names, (
                    file,
                    name,
                )


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_teaches_on_standard_output(flag: str) -> None:
    done = run(flag)
    assert done.returncode == 0
    assert done.stderr == ""
    for word in ("demo", "test", "lint", "lock", ".venv"):
        assert word in done.stdout


def test_no_command_is_a_wrong_usage() -> None:
    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage:" in done.stderr


def test_ci_runs_what_the_readme_tells_everybody() -> None:
    """Nobody can say that it works only there."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [line.split(" ||")[0] for line in script.splitlines() if line.startswith("python3 ")]
    assert commands == ["python3 run.py test", "python3 run.py lint"]
    assert commands[0] in readme
