"""The floors hold, and what holds them bites: each contract of pyproject.toml refuses its own breach."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ops.launcher.environment import ROOT

ROOMS = [
    "worker/domain",
    "worker/adapters/atol",
    "worker/adapters/ledger",
    "worker/app",
    "ops/simulator",
    "ops/cli",
]
LINTER = Path(sys.executable).with_name("lint-imports")


def lint(house: Path, file: str, statement: str) -> subprocess.CompletedProcess[str]:
    """Build a house of empty rooms, put one import into a file, and ask import-linter with our contracts."""
    for path in map(Path, ROOMS):
        for folder in [path, *list(path.parents)[:-1]]:
            (house / folder).mkdir(parents=True, exist_ok=True)
            (house / folder / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", house)
    (house / file).write_text(f"{statement}\n")
    return subprocess.run(
        [LINTER, "--no-cache"],
        cwd=house,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_house_in_order_is_left_alone(tmp_path: Path) -> None:
    done = lint(tmp_path, "worker/app/wiring.py", "from worker.adapters import atol, ledger")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "statement", "contract"),
    [
        ("worker/domain/breach.py", "import worker.adapters.atol", "Imports go down a floor"),
        ("worker/adapters/atol/breach.py", "import worker.app", "Imports go down a floor"),
        ("worker/adapters/atol/breach.py", "import worker.adapters.ledger", "do not know each other"),
        ("worker/app/printing.py", "import ops.cli", "neither its operator's tools"),
        ("worker/app/printing.py", "import fiscalq_producer", "neither its operator's tools"),
        ("ops/simulator/breach.py", "import worker.domain", "reads the reference for itself"),
        ("worker/app/printing.py", "import worker.adapters.ledger", "Only wiring.py names"),
        ("ops/cli/breach.py", "import worker.adapters.atol", "Only wiring.py names"),
        ("worker/domain/breach.py", "import time", "no clock"),
        ("worker/domain/breach.py", "import requests", "no clock"),
    ],
)
def test_a_breach_is_refused(tmp_path: Path, file: str, statement: str, contract: str) -> None:
    done = lint(tmp_path, file, statement)
    assert done.returncode == 1, done.stdout
    broken = [line for line in done.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(contract in line for line in broken), done.stdout


def test_a_producer_takes_nothing_from_the_worker() -> None:
    """A CRM's side must run without ours: it is another program, perhaps on another machine."""
    for file in (ROOT / "producers").rglob("*.py"):
        if "tests" in file.parts or "node_modules" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & {"worker", "ops", "tests"}, file
