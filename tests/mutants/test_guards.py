"""
Each guard is taken out of a copy of the code, and a test must fail then.

Ordinarily a few, drawn by a seed that is printed (FISCALQ_TEST_SEED repeats them); all of them under FISCALQ_TEST_ALL=1.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from random import Random

import pytest

from tests.mutants.tree import CHECKOUT, NotFound, Tree

ALL = os.environ.get("FISCALQ_TEST_ALL") == "1"
SEED = os.environ["FISCALQ_TEST_SEED"]
SAMPLE = 6

GUARDS = tomllib.loads((Path(__file__).parent / "guards.toml").read_text())["guard"]
QUICK = [guard for guard in GUARDS if all("::" in test or test.endswith(".py") for test in guard["tests"])]
CHOSEN = GUARDS if ALL else Random(SEED).sample(QUICK, SAMPLE)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("mutants") / "tree")


@pytest.mark.timeout(900)
def test_the_tests_of_the_guards_pass_while_every_guard_is_in_place(
    tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else their failing without a guard would say nothing."""
    with capsys.disabled():
        print(f"\nguards taken out: {len(CHOSEN)} of {len(GUARDS)}, FISCALQ_TEST_SEED={SEED}")  # noqa: T201
    outcome = tree.test(sorted({test for guard in CHOSEN for test in guard["tests"]}))
    assert outcome.code == 0, outcome.output


@pytest.mark.timeout(400)
@pytest.mark.parametrize("guard", CHOSEN, ids=lambda guard: guard["name"])
def test_a_test_fails_when_the_guard_is_taken_out(tree: Tree, guard: dict[str, str]) -> None:
    with tree.replaced(guard["file"], guard["old"], guard["new"]):
        outcome = tree.test(guard["tests"])
    assert outcome.is_killed, f"seed {SEED}: nobody misses the guard\n{outcome.output}"


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard["name"])
def test_each_guard_stands_where_its_mutant_looks_for_it(guard: dict[str, str]) -> None:
    """All of them each time, for it costs nothing: whoever moves a guard hears of it at once."""
    assert (CHECKOUT / guard["file"]).read_text().count(guard["old"]) == 1, guard["old"]
    assert guard["old"] != guard["new"]


def test_a_text_that_is_not_there_is_refused(tree: Tree) -> None:
    with pytest.raises(NotFound), tree.replaced("worker/domain/proof.py", "no such text", ""):
        pass
