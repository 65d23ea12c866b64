"""
A reader of JSON objects by a table of fields: each says how it is read, whether it is required, and whose rule it is.

A table and not pydantic models, because three things here are the vendor's and not Python's: "missing" includes null
and {}, what it does not know it ignores (and so do we, aloud), and problems stand in the order of the document.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from worker.domain.money import MONEY_MAX, kopecks
from worker.domain.refusals import Location, Notes, fold, hint, shown

Reader = Callable[[Any, Location, Notes], Any]  # the value to send, or None when there is none that could be sent


@dataclass(frozen=True)
class Field:
    """
    One field of an object.

    Args:
        read: turns what was said into what is sent, and notes what is wrong with it.
        source: section of the reference or tag of the FFD that the rule comes from.
        required: its absence is a problem.
        matters: to lose it would change money or tax, so a misspelling of it is a problem, not a warning.
        nested: an object or an array, of which {} says as little as null (reference 8.1).

    """

    read: Reader
    source: str
    required: bool = False
    matters: bool = False
    nested: bool = False


@dataclass(frozen=True)
class Shape:
    """
    The fields of one kind of object.

    Args:
        fields: by name.
        slips: other names under which clients send a field that matters, and that field: `vat` for `tax`.

    """

    fields: Mapping[str, Field]
    slips: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Names that must be said."""
        return tuple(name for name, each in self.fields.items() if each.required)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All names, for "did you mean"."""
        return tuple(self.fields)

    @cached_property
    def _mattering(self) -> tuple[tuple[str, str], ...]:
        return tuple((fold(name), name) for name, each in self.fields.items() if each.matters)

    def mistaken(self, name: str) -> str | None:
        """The field that matters and that `name` most likely was meant to be, None when it is no such slip."""
        folded = fold(name)
        if folded in self.slips:
            return self.slips[folded]
        for spelling, meant in self._mattering:
            if folded == spelling or _one_slip(folded, spelling):
                return meant
        return None


def _one_slip(said: str, meant: str) -> bool:
    """One letter more, less, other or two swapped; in words of four letters and more, shorter ones are all alike."""
    if len(meant) < len("type") or abs(len(said) - len(meant)) > 1 or len(set(said) ^ set(meant)) > 2:
        return False
    start = next((place for place, (a, b) in enumerate(zip(said, meant, strict=False)) if a != b), min(len(said), len(meant)))
    return (
        said[start + 1 :] == meant[start + 1 :]
        or said[start + 1 :] == meant[start:]
        or said[start:] == meant[start + 1 :]
        or (said[start : start + 2] == meant[start : start + 2][::-1] and said[start + 2 :] == meant[start + 2 :])
    )


def missing(value: Any) -> bool:
    """Whether the vendor takes it for not said: null or an empty object (reference 8.1); an empty array is said."""
    return value is None or value == {}


def read_object(value: Any, at: Location, notes: Notes, shape: Shape) -> dict[str, Any] | None:
    """Read an object; what is missing is left out, what is unknown stays as it is."""
    if not isinstance(value, dict):
        wrong_type(value, "an object", at, notes)
        return None
    result: dict[str, Any] = {}
    for name, said in value.items():
        known = shape.fields.get(name)
        if known is None:
            _note_unknown(name, value, at, notes, shape)
            result[name] = said
        elif said is not None and not ((known.nested or known.required) and said == {}):
            sent = known.read(said, (*at, name), notes)
            if sent is not None:
                result[name] = sent
    for name in shape.required:
        if missing(value.get(name)):
            notes.refuse((*at, name), "missing", f"required (reference {shape.fields[name].source}): say it")
    return result


def _note_unknown(name: str, said: Mapping[str, Any], at: Location, notes: Notes, shape: Shape) -> None:
    """The vendor ignores what it does not know. That is harmless unless money or tax goes with it."""
    meant = shape.mistaken(name)
    if meant is not None and missing(said.get(meant)):
        notes.refuse((*at, name), "misspelled_field", f"the register would ignore it: write {meant!r}, or leave it out")
    else:
        notes.warn((*at, name), "unknown_field", f"the register ignores it{hint(name, shape.names)}")


def wrong_type(value: Any, wanted: str, at: Location, notes: Notes) -> None:
    """Note a value of another type than the vendor's validator takes (501)."""
    match value:
        case bool():
            found = "a boolean"
        case int() | Decimal():
            found = "a number"
        case str():
            found = "a string"
        case list():
            found = "an array"
        case dict():
            found = "an object"
        case _:
            found = "null"
    notes.refuse(at, "wrong_type", f"must be {wanted}, not {found}")


def nested(shape: Shape) -> Reader:
    """An object of that shape."""
    return lambda value, at, notes: read_object(value, at, notes, shape)


def each(read: Reader) -> Reader:
    """An array, every element read alike."""

    def reader(value: Any, at: Location, notes: Notes) -> list[Any] | None:
        if not isinstance(value, list):
            wrong_type(value, "an array", at, notes)
            return None
        sent = (read(said, (*at, place), notes) for place, said in enumerate(value))
        return [one for one in sent if one is not None]

    return reader


def flag(value: Any, at: Location, notes: Notes) -> bool | None:
    """true or false, never a word or a number for it."""
    if isinstance(value, bool):
        return value
    wrong_type(value, "true or false", at, notes)
    return None


def text(max_length: int | None = None, *, strict: bool = False, wanted: bool = False) -> Reader:
    """
    A string.

    Args:
        max_length: characters that the FFD's tag holds; what is longer is cut by the register, so it is warned about.
        strict: the register refuses what is longer.
        wanted: an empty one is warned about.

    """

    def reader(value: Any, at: Location, notes: Notes) -> str | None:
        if not isinstance(value, str):
            wrong_type(value, "a string", at, notes)
            return None
        if max_length is not None and len(value) > max_length:
            if strict:
                notes.refuse(at, "too_long", f"{len(value)} characters; the register takes {max_length}: shorten it")
            else:
                notes.warn(at, "too_long", f"{len(value)} characters, of which the register keeps {max_length}: shorten it")
        elif wanted and not value.strip():
            notes.warn(at, "empty", "says nothing: fill it in")
        return value

    return reader


def choice(values: Iterable[str], *, newer: Iterable[str] = (), required: bool = False) -> Reader:
    """
    One of some words. An empty string is taken for missing, as the vendor does, unless it is required.

    Args:
        values: all of them.
        newer: those that only newer drivers know; older ones answer 501.
        required: an empty string is none of them.

    """
    known = tuple(values)
    fresh = frozenset(newer)

    def reader(value: Any, at: Location, notes: Notes) -> str | None:
        if not isinstance(value, str):
            wrong_type(value, "a string", at, notes)
        elif value == "" and not required:
            notes.warn(at, "empty", "says nothing and is left out")
        elif value not in known:
            notes.refuse(at, "unknown_value", f"{shown(value)!r} is none that the register knows{hint(value, known)}")
        else:
            if value in fresh:
                notes.warn(at, "driver_version", f"older drivers do not know {value!r} and refuse it (501): check yours")
            return value
        return None

    return reader


def number(value: Any, at: Location, notes: Notes) -> int | Decimal | None:
    """A JSON number; a string that looks like one is none."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        if isinstance(value, str):
            notes.refuse(at, "wrong_type", "must be a number, not a string: write it without quotes")
        else:
            wrong_type(value, "a number", at, notes)
        return None
    return value if Decimal(value).is_finite() else None  # what is not finite has been named already


def whole(minimum: int = 0) -> Reader:
    """A number without a fraction, not less than `minimum`."""

    def reader(value: Any, at: Location, notes: Notes) -> int | None:
        found = number(value, at, notes)
        if found is None:
            return None
        if found != int(found) or found < minimum:
            notes.refuse(at, "out_of_range", f"{found} is no whole number from {minimum} up")
            return None
        return int(found)

    return reader


def money(*, signed: bool = False) -> Reader:
    """Roubles, rounded half up to the kopeck; below zero only if `signed`."""

    def reader(value: Any, at: Location, notes: Notes) -> Decimal | None:
        found = number(value, at, notes)
        if found is None:
            return None
        if found < 0 and not signed:
            notes.refuse(at, "negative", f"{found} is below zero: a return is a task of its own, a discount lowers the amount")
            return None
        if abs(found) > MONEY_MAX:
            notes.refuse(at, "out_of_range", f"more than {MONEY_MAX} roubles, which is all that the tag holds")
            return None
        rounded = kopecks(found)
        if rounded != found:
            notes.warn(at, "unrounded", f"{found} is sent as {rounded}: round to the kopeck before sending")
        return rounded

    return reader


_DATE = re.compile(r"(\d{4})(.)(\d{2})(.)(\d{2})", re.ASCII)


def calendar_date(*, any_separator: bool) -> Reader:
    """A day as YYYY.MM.DD; the vendor's pattern takes other separators too, which only some tasks survive."""

    def reader(value: Any, at: Location, notes: Notes) -> str | None:
        if not isinstance(value, str):
            wrong_type(value, "a string", at, notes)
            return None
        found = _DATE.fullmatch(value)
        if found is None:
            notes.refuse(at, "bad_date", f"{shown(value)!r} is no YYYY.MM.DD")
            return None
        try:
            date(int(found[1]), int(found[3]), int(found[5]))
        except ValueError:
            notes.refuse(at, "bad_date", f"there is no day {value}: the register would store another one")
            return None
        if (found[2], found[4]) != (".", "."):
            taken = "taken, but write" if any_separator else "would be stored wrongly: write"
            notes.warn(at, "date_separator", f"{taken} YYYY.MM.DD with points")
        return value

    return reader


def inn(*lengths: int) -> Reader:
    """
    A tax number of these lengths; an empty string is tolerated (reference 8.1).

    What is no row of 10 or 12 digits is refused, because registers do (reference §10, last line). Control digits that do
    not fit, or the length of the other kind of person, are warned about: the register does not compute them.
    """

    def reader(value: Any, at: Location, notes: Notes) -> str | None:
        if not isinstance(value, str):
            wrong_type(value, "a string", at, notes)
            return None
        if value == "":
            return value
        if not re.fullmatch(r"\d{10}|\d{12}", value, re.ASCII):
            notes.refuse(at, "bad_inn", "an INN is 10 or 12 digits, nothing else: correct it or leave it out")
            return None
        if len(value) not in lengths:
            notes.warn(at, "inn_length", f"the INN here should have {' or '.join(map(str, lengths))} digits")
        elif not inn_fits(value):
            notes.warn(at, "inn_control", "the control digits do not fit: look for a typing error")
        return value

    return reader


_INN_WEIGHTS = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)  # order of the Federal Tax Service; the last weights end at the digit


def inn_fits(digits: str) -> bool:
    """Whether the control digits of a tax number of 10 or 12 digits are right."""
    controls = (9,) if len(digits) == len("1234567894") else (10, 11)

    def control(place: int) -> int:
        weights = _INN_WEIGHTS[len(_INN_WEIGHTS) - place :]
        return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False)) % 11 % 10

    return all(control(place) == int(digits[place]) for place in controls)


def is_base64(value: str) -> bool:
    """Whether it is base64 with its padding; white space is let pass."""
    try:
        base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def base64_text(*, strict: bool) -> Reader:
    """Bytes as base64; what is none is refused if `strict`, else warned about."""

    def reader(value: Any, at: Location, notes: Notes) -> str | None:
        if not isinstance(value, str):
            wrong_type(value, "a string", at, notes)
            return None
        if not is_base64(value):
            note = notes.refuse if strict else notes.warn
            note(at, "not_base64", "must be base64")
        return value

    return reader
