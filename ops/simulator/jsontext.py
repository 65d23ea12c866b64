"""JSON as this program reads and writes it: numbers with a point are Decimals, so that no sum is off by a kopeck."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

Fields = dict[str, Any]
MAX_EXPONENT = 308  # of a double, which is what the real server reads numbers into


class NotJson(ValueError):
    """The text is no JSON, or nests deeper than the parser can follow."""


def read(text: str | bytes) -> Any:
    """
    Parse JSON text.

    Returns: dict, list, str, int, Decimal, bool or None.
    Raises: NotJson, also for NaN and Infinity, which JSON does not know though Python's parser does.
    """
    try:
        return json.loads(text, parse_float=_decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as problem:
        raise NotJson(str(problem)) from problem


def read_plain(text: str | bytes) -> Any:
    """Parse this program's own files and orders, where a number with a point is seconds. Raises: NotJson."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as problem:
        raise NotJson(str(problem)) from problem


def write(value: object) -> str:
    """Give compact JSON text; a Decimal becomes a JSON number: 1.50 is 1.5, 150.00 is 150."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number)


def _number(value: object) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if number.adjusted() > MAX_EXPONENT:
        raise ValueError(f"{text} is too large")
    return number


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")
