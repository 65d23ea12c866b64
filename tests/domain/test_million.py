"""Random receipts against sums in fractions; a million of them by `python -m tests.domain.million`."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.million import draw, verify
from tests.domain.task_samples import unhurried


@unhurried
@given(st.integers(0, 2**63))
def test_the_sums_of_any_receipt_are_exact(seed: int) -> None:
    """Reference 8.1, 8.2: to the kopeck, in every position, in the total and in what is refused."""
    text, sums = draw(random.Random(seed))
    verify(text, sums)


def test_a_kopeck_of_difference_would_be_found() -> None:
    """The check of the check."""
    text, sums = next(pair for seed in range(100) if not (pair := draw(random.Random(seed)))[1].problems)
    for wrong in (
        replace(sums, total=sums.total + Fraction(1, 100)),
        replace(sums, amounts=(sums.amounts[0] + Fraction(1, 100), *sums.amounts[1:])),
        replace(sums, problems=frozenset({"not_fully_paid"})),
        replace(sums, differing=sums.differing + 1),
    ):
        with pytest.raises(AssertionError):
            verify(text, wrong)


def test_the_command_says_its_seed_and_how_many_it_checked() -> None:
    """So that a run can be repeated."""
    command = [sys.executable, "-m", "tests.domain.million", "--count", "300", "--seed", "7"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("seed 7: 300 receipts checked, ")
