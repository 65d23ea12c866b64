"""
JSON text in and out, exact to the last digit.

The standard library reads 0.1 as a binary fraction and writes 0.30000000000000004; here every number with a point is
a Decimal on both ways. Reading never raises and never takes long, whatever the bytes are. The standard library parses;
ours are only the limits in front of it and the writer, which is 20 lines because `json` cannot write a Decimal as a
number (its `default` hook gives text in quotes), and a dependency for that would be larger than the task.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from json.encoder import encode_basestring as quoted
from typing import Any

from worker.domain.refusals import Location, Notes

BYTES_MAX = 128 * 1024  # design §3; the vendor's own document limit is a quarter of it
DEPTH_MAX = 64  # design §3; the deepest task of the reference needs 6
DIGITS_MAX = 64  # a double printed in full has 55; what is longer is no amount of anything
INTEGER_DIGITS_MAX = 15  # below this a double, which is what registers read, is still exact

BOM = b"\xef\xbb\xbf"

# An unclosed string is one too, so that each character is met once whatever the text is.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+\\?(?:"|\Z)', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_STRANGE = Decimal("NaN")  # stands for a number that is none until `scan` names its path


@dataclass
class Document:
    """A JSON value as read, and the objects in it that say a name twice (by identity)."""

    value: Any
    doubled: dict[int, list[str]] = field(default_factory=dict)


def read(raw: bytes, notes: Notes) -> Document | None:
    """
    Read JSON text; None, with a problem noted, when it is none.

    Args:
        raw: the bytes as the CRM sent them.
        notes: takes what is wrong.

    Returns: the value, whose integers are int and whose other numbers are Decimal. NaN, Infinity and numbers out of
    all bounds are Decimal NaN in it: `scan` names them by their path.

    """
    if len(raw) > BYTES_MAX:
        notes.refuse((), "too_large", f"{len(raw)} bytes; at most {BYTES_MAX} are taken: split the task")
        return None
    if raw.startswith(BOM):
        notes.warn((), "byte_order_mark", "starts with a byte order mark: write UTF-8 without one")
        raw = raw[len(BOM) :]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        notes.refuse((), "bad_utf8", f"byte {error.start} is not UTF-8: encode the text as UTF-8")
        return None
    if _is_deeper(text, DEPTH_MAX):
        notes.refuse((), "too_deep", f"nested deeper than {DEPTH_MAX} levels; no task needs more than ten")
        return None
    document = Document(None)
    try:
        document.value = json.loads(
            text,
            object_pairs_hook=lambda pairs: _object(pairs, document),
            parse_float=_number,
            parse_int=_number,
            parse_constant=lambda _: _STRANGE,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        notes.refuse((), "bad_json", f"not JSON at {place}: {error.msg}")
        return None
    return document


def _is_deeper(text: str, limit: int) -> bool:
    """Count brackets outside of strings before the parser, which recurses, meets them."""
    if text.count("[") + text.count("{") <= limit:
        return False
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > limit:
            return True
    return False


def _object(pairs: list[tuple[str, Any]], document: Document) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        twice = [name for name, _ in pairs if name in seen or seen.add(name)]  # type: ignore[func-returns-value]
        document.doubled[id(value)] = list(dict.fromkeys(twice))
    return value


def _number(text: str) -> int | Decimal:
    """Exact, or NaN when it is too long or too large to be handed to a register unchanged."""
    if len(text) > DIGITS_MAX:
        return _STRANGE
    if text.lstrip("-").isdigit():
        return int(text) if len(text.lstrip("-")) <= INTEGER_DIGITS_MAX else _STRANGE
    if not _exponent_is_short(text):
        return _STRANGE
    value = Decimal(text)
    if value and not -DIGITS_MAX < value.adjusted() < INTEGER_DIGITS_MAX:
        return _STRANGE
    plain = format(value or Decimal(0), "f")  # 1e2 is 100: written back, it is read as the same
    return Decimal(plain) if len(plain) <= DIGITS_MAX else _STRANGE


def _exponent_is_short(text: str) -> bool:
    """Whether Decimal can take it at all: it knows no exponents of twenty digits."""
    return len(text.lower().partition("e")[2]) <= len("+9999")


def scan(document: Document, value: Any, at: Location, notes: Notes) -> None:
    """
    Name what JSON allows and no task may hold: a name said twice, numbers out of bounds, halves of characters.

    Args:
        document: as `read` gave it.
        value: the part to look at.
        at: where that part stands.
        notes: takes what is wrong.

    """
    if isinstance(value, dict):
        for name in document.doubled.get(id(value), ()):
            notes.refuse((*at, name), "duplicate_key", "said twice in one object: say it once")
        for name, part in value.items():
            _scan_text(name, (*at, name), notes)
            scan(document, part, (*at, name), notes)
    elif isinstance(value, list):
        for place, part in enumerate(value):
            scan(document, part, (*at, place), notes)
    elif isinstance(value, str):
        _scan_text(value, at, notes)
    elif isinstance(value, Decimal) and not value.is_finite():
        text = "no finite number with at most 15 digits before the point: say a usual one"
        notes.refuse(at, "bad_number", text)


def _scan_text(text: str, at: Location, notes: Notes) -> None:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            notes.refuse(at, "bad_text", "half a surrogate pair: write whole characters")


def dumps(value: Any) -> str:
    """
    Write JSON text in which every number stands as it is meant: 0.10, never 0.1000000000000000055.

    Args:
        value: str, bool, int, Decimal, None, mappings with text keys, lists and tuples of such.

    Raises: TypeError for anything else; a float most of all, since its text may not be what was meant.

    """
    match value:
        case str():
            written = quoted(value)
        case bool() | None:
            written = _CONSTANTS[value]
        case int():
            written = str(value)
        case Decimal() if value.is_finite():
            written = format(value, "f")
        case Mapping():
            written = "{" + ",".join(f"{quoted(name)}:{dumps(part)}" for name, part in value.items()) + "}"
        case list() | tuple():
            written = "[" + ",".join(map(dumps, value)) + "]"
        case _:
            raise TypeError(f"{value!r} has no exact JSON text: use a finite Decimal for numbers")
    return written


_CONSTANTS = {True: "true", False: "false", None: "null"}
