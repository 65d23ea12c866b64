"""
What an HTTP reply says before anybody asks what it means: JSON objects, error texts, readable numbers.

Nothing here raises, whatever the bytes are: a reply may come from another product, be cut off, or be meant to harm.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

BODY_MAX_BYTES = (
    8 * 1024 * 1024
)  # a document read back takes some 50 KiB; whatever is larger is no answer to us
DEPTH_MAX = 64  # results nest six deep; deeper ones could not be written into the ledger
DIGITS_MAX = 64  # a double printed in full has 55
EXPONENT_MAX = 64  # beyond it no number means money, a counter or a time, and its text would fill the memory
WORDS_MAX = 300  # characters kept of what a server says

_TITLE = re.compile(rb"<title[^>]*>(.{1,2000}?)</title>", re.IGNORECASE | re.DOTALL)
_HEAD_BYTES = 16_384  # where a page's title stands, if it has one


@dataclass(frozen=True)
class Reply:
    """An HTTP response that arrived whole. `reason` is the phrase behind the status."""

    status: int
    body: bytes = b""
    reason: str = ""


def read_object(body: bytes) -> dict[str, Any] | None:
    """
    The JSON object that a body holds; None when it holds anything else.

    Numbers with a point are Decimal, so that money stays exact. Halves of characters, which JSON can say and nobody
    can store, become question marks.
    """
    if len(body) > BODY_MAX_BYTES:
        return None
    try:
        value = json.loads(
            body.decode("utf-8-sig"), parse_float=_decimal, parse_int=_integer, parse_constant=_refuse
        )
        return _plain(value, DEPTH_MAX) if isinstance(value, dict) else None
    except (ValueError, ArithmeticError, RecursionError):
        return None


def _decimal(text: str) -> Decimal:
    value = Decimal(text) if len(text) <= DIGITS_MAX else Decimal("NaN")
    if not value.is_finite() or (value and abs(value.adjusted()) > EXPONENT_MAX):
        _refuse(text)
    return value


def _integer(text: str) -> int:
    return int(text) if len(text) <= DIGITS_MAX else _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"not a number that a register would say: {text[:DIGITS_MAX]}")


def _plain(value: Any, depth: int) -> Any:
    """The same value with whole characters only. Raises: RecursionError when it is too deep."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if not isinstance(value, dict | list):
        return value
    if not depth:
        raise RecursionError
    if isinstance(value, list):
        return [_plain(part, depth - 1) for part in value]
    return {_plain(name, 1): _plain(part, depth - 1) for name, part in value.items()}


def envelope(reply: Reply) -> Mapping[str, Any] | None:
    """The error object in which v2 says whatever goes wrong (reference §3); None for any other body."""
    error = (read_object(reply.body) or {}).get("error")
    return error if isinstance(error, dict) else None


def words(reply: Reply) -> str:
    """The server's own words for an error: v2's description, else the title of the page, else the reason phrase."""
    said = (envelope(reply) or {}).get("description")
    if isinstance(said, str) and said.strip():
        return clipped(said)
    title = _TITLE.search(reply.body[:_HEAD_BYTES])
    text = html.unescape(title[1].decode("utf-8", "replace")) if title else reply.reason
    return clipped(text)


def clipped(text: str) -> str:
    """One line of it, of bearable length."""
    line = " ".join(text.encode("utf-8", "replace").decode().split())
    return line if len(line) <= WORDS_MAX else line[: WORDS_MAX - 1] + "…"


def whole_number(value: object) -> int | None:
    """An integer, also one that was written with a point (`7.0`); None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return None
