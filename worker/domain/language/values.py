"""
Readers of single values: numbers, money, texts, words out of a list, days, tax numbers, units.

Each turns what was said into what is sent and notes what is wrong; None means that nothing can be sent.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from worker.domain.inn import fits as inn_fits
from worker.domain.language.fields import Reader, wrong_type
from worker.domain.language.vocabulary import MEASUREMENT_UNITS, RATES
from worker.domain.money import MONEY_MAX, kopecks, places, rounded, trimmed
from worker.domain.refusals import Location, Notes, shown

QUANTITY_MIN = Decimal("0.001")  # 8.1
PLACES = 3  # 8.1: decimals of a quantity that every register keeps …
PLACES_NEWER = 6  # … and that newer firmware keeps
QUANTITY_MAX = 10**9  # beyond any scale; keeps price × quantity readable
DUST_PLACES = 9  # what stands behind these is left over from binary fractions: 0.30000000000000004


def as_said(value: Any, _at: Location, _notes: Notes) -> Any:
    """Whatever it is: for fields whose type our sources do not agree on."""
    return value


def flag(value: Any, at: Location, notes: Notes) -> bool | None:
    """A boolean, never a word or a number for it."""
    if isinstance(value, bool):
        return value
    wrong_type(value, "true or false", at, notes)
    return None


def text(
    max_length: int | None = None, *, strict: bool = False, wanted: bool = False, line: bool = False
) -> Reader:
    """
    A string.

    Args:
        max_length: characters that the FFD's tag holds; what is longer is cut by the register, so it is warned about.
        strict: the register refuses what is longer.
        wanted: an empty one is warned about.
        line: it is printed within a line, where control characters have no place.

    """

    def reader(value: Any, at: Location, notes: Notes) -> str | None:
        if not isinstance(value, str):
            wrong_type(value, "a string", at, notes)
            return None
        if max_length is not None and len(value) > max_length:
            note, verb = (notes.refuse, "takes") if strict else (notes.warn, "keeps")
            told = f"{len(value)} characters, of which the register {verb} {max_length}: shorten it"
            note(at, "too_long", told)
        elif wanted and not value.strip():
            notes.warn(at, "empty", "says nothing: fill it in")
        if line and any(ord(character) < ord(" ") for character in value):
            notes.warn(at, "unprintable", "holds control characters, which some registers refuse (271)")
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
            text = f"{shown(value)!r} is none that the register knows{notes.hint(value, known)}"
            notes.refuse(at, "unknown_value", text)
        else:
            if value in fresh:
                text = f"older drivers do not know {value!r} and refuse it (501): look at yours"
                notes.warn(at, "driver_version", text)
            return value
        return None

    return reader


def vat_rate(value: Any, at: Location, notes: Notes) -> str | None:
    """A VAT rate by its name; a bare number only where the register knows it, and never a guess at which rate is meant."""
    if isinstance(value, str) and value not in RATES and "vat" + value in RATES:
        text = f"{value!r} is none that the register knows: write 'vat{value}'"
        notes.refuse(at, "unknown_value", text)
        return None
    found: str | None = choice(RATES, required=True)(value, at, notes)
    return found


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
        if found < minimum or Decimal(found) % 1:
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
            text = f"{found} is below zero: a return is a task of its own, a discount lowers the amount"
            notes.refuse(at, "negative", text)
            return None
        if Decimal(found).copy_abs() > MONEY_MAX:
            notes.refuse(at, "out_of_range", f"above {MONEY_MAX} roubles, which is all that the tag holds")
            return None
        exact = kopecks(found)
        if exact != found:
            notes.warn(at, "unrounded", f"{found} is sent as {exact}: round to the kopeck before sending")
        return exact

    return reader


def digits(length: int) -> Reader:
    """A code of so many digits, as a string; an empty one is tolerated."""

    def reader(value: Any, at: Location, notes: Notes) -> str | None:
        if not isinstance(value, str):
            wrong_type(value, "a string", at, notes)
            return None
        if value and not re.fullmatch(rf"\d{{{length}}}", value, re.ASCII):
            notes.warn(at, "not_digits", f"is a code of {length} digits")
        return value

    return reader


def birth_date(value: Any, at: Location, notes: Notes) -> str | None:
    """A day as DD.MM.YYYY (tag 1243); the vendor's validator takes any string."""
    if not isinstance(value, str):
        wrong_type(value, "a string", at, notes)
        return None
    found = re.fullmatch(r"(\d{2})\.(\d{2})\.(\d{4})", value, re.ASCII)
    try:
        if value:
            date.fromisoformat("-".join(reversed(found.groups())) if found else "")
    except ValueError:
        notes.warn(at, "bad_date", "a day of birth is DD.MM.YYYY: write it so")
    return value


_DATE = re.compile(r"(\d{4})(.)(\d{2})(.)(\d{2})", re.ASCII)
_DATE_AND_TIME = re.compile(r"(\d{4})(.)(\d{2})(.)(\d{2}) (\d{2}):(\d{2}):(\d{2})", re.ASCII)


def calendar_date(value: Any, at: Location, notes: Notes) -> str | None:
    """A day as YYYY.MM.DD; the vendor's pattern takes any separator, its script not everywhere."""
    return _calendar(value, at, notes, _DATE, "YYYY.MM.DD")


def day_and_time(value: Any, at: Location, notes: Notes) -> str | None:
    """A moment as YYYY.MM.DD hh:mm:ss."""
    return _calendar(value, at, notes, _DATE_AND_TIME, "YYYY.MM.DD hh:mm:ss")


def _calendar(value: Any, at: Location, notes: Notes, pattern: re.Pattern[str], form: str) -> str | None:
    if not isinstance(value, str):
        wrong_type(value, "a string", at, notes)
        return None
    found = pattern.fullmatch(value)
    if found is None:
        notes.refuse(at, "bad_date", f"{shown(value)!r} is no {form}: write it so")
        return None
    year, first, month, second, day, *clock = found.groups()
    try:
        date.fromisoformat(f"{year}-{month}-{day}")  # asks only whether there is such a day
        time.fromisoformat(":".join(clock) or "00:00")
    except ValueError:
        notes.refuse(at, "bad_date", f"there is no {shown(value)!r}: the register would store another day")
        return None
    if first != "." or second != ".":
        notes.warn(at, "date_separator", f"not everywhere taken as it is meant: write {form} with points")
    return value


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


def is_base64(value: str) -> bool:
    """Whether it is base64 with its padding; white space is let pass."""
    try:
        base64.b64decode(re.sub(r"[ \t\r\n]", "", value), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def base64_text(value: Any, at: Location, notes: Notes) -> str | None:
    """Bytes as base64; of what is none the vendor's script breaks, if need be in the middle of the receipt."""
    if not isinstance(value, str):
        wrong_type(value, "a string", at, notes)
        return None
    if not is_base64(value):
        notes.refuse(at, "not_base64", "must be base64")
    return value


def quantity(value: Any, at: Location, notes: Notes) -> int | Decimal | None:
    """A count or weight, as said; only the dust of binary fractions is wiped off."""
    found = number(value, at, notes)
    if found is None:
        return None
    clean, decimals = Decimal(found), places(Decimal(found))
    if decimals > PLACES_NEWER and rounded(clean, DUST_PLACES) == rounded(clean, PLACES_NEWER):
        found = clean = trimmed(rounded(clean, PLACES_NEWER))
        notes.warn(at, "unrounded", f"{value} is sent as {clean}: round before sending")
    elif decimals > PLACES:
        text = f"registers keep {PLACES} decimals, newer ones {PLACES_NEWER}: round it yourself"
        notes.warn(at, "quantity_places", text)
    if not QUANTITY_MIN <= clean <= QUANTITY_MAX:
        text = f"a quantity is from {QUANTITY_MIN} to {QUANTITY_MAX}; a return is a task of its own"
        notes.refuse(at, "out_of_range", text)
        return None
    return found


def measurement_unit(value: Any, at: Location, notes: Notes) -> str | int | None:
    """A name or number of FFD 1.2, or the free text of FFD 1.1 and before (tag 1197)."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        wrong_type(value, "a string or a number", at, notes)
        return None
    code: int | None = whole()(value, at, notes)
    return code


def unit_of_mark(value: Any, at: Location, notes: Notes) -> str | int | None:
    """A unit of FFD 1.2 by its name or number; beside a code that is checked no other word is taken (501)."""
    if isinstance(value, str):
        named: str | None = choice(MEASUREMENT_UNITS)(value, at, notes)
        return named
    return measurement_unit(value, at, notes)


def name_or_number(names: Mapping[str, int], newer: frozenset[str] = frozenset()) -> Reader:
    """A name out of a list, or its number."""
    named = choice(names, newer=newer)

    def reader(value: Any, at: Location, notes: Notes) -> Any:
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            if value not in names.values():
                notes.refuse(at, "unknown_value", f"{value} is none that the register knows: write the name")
                return None
            notes.warn(at, "number_for_name", "some drivers ignore a number here: write the name")
            return value
        return named(value, at, notes)

    return reader


def fraction(value: Any, at: Location, notes: Notes) -> str | None:
    """A part of a pack, "1/2" (tag 1291)."""
    if not isinstance(value, str):
        wrong_type(value, "a string", at, notes)
        return None
    parts = re.fullmatch(r"(\d{1,9})/(\d{1,9})", value, re.ASCII)
    if value and (parts is None or not 0 < int(parts[1]) < int(parts[2])):
        notes.refuse(at, "bad_fraction", f"{shown(value)!r} is no part of a pack: write it as '1/2'")
    return value


def paid_by(read: Reader, words: Iterable[str]) -> Reader:
    """Payments: an array, or one word for the whole total (design §3)."""
    word = choice(words, required=True)
    return lambda value, at, notes: (word if isinstance(value, str) else read)(value, at, notes)
