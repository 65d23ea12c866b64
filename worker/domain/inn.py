"""Tax numbers: the control digits of an INN, as the tax service computes them."""

from __future__ import annotations

WEIGHTS = (
    3,
    7,
    2,
    4,
    10,
    3,
    5,
    9,
    4,
    6,
    8,
)  # as many of the last as there are digits before the control digit
COMPANY, PERSON = 10, 12  # digits; a person's INN ends with two control digits, a company's with one


def fits(digits: str) -> bool:
    """Whether the control digits are right; `digits` are 10 or 12 decimal digits and nothing else."""
    controls = {COMPANY: (9,), PERSON: (10, 11)}[len(digits)]
    return all(_control(digits[:place]) == int(digits[place]) for place in controls)


def _control(before: str) -> int:
    weights = WEIGHTS[len(WEIGHTS) - len(before) :]
    return sum(weight * int(digit) for weight, digit in zip(weights, before, strict=True)) % 11 % 10
