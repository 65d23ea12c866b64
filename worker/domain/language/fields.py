"""
A reader of JSON objects by a table of fields: each says how it is read, whether it is required, and whose rule it is.

A table and not pydantic models, because three things here are the vendor's and not Python's: "missing" includes null
and {}, what it does not know it ignores (and so do we, aloud), and problems stand in the order of the document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from worker.domain.refusals import Location, Notes, fold, shown

MONEY_NAMES = frozenset(
    {"price", "amount", "sum", "quantity", "tax"}
)  # an element with one of these is no decoration

Reader = Callable[
    [Any, Location, Notes], Any
]  # the value to send, or None when there is none that could be sent


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
        judge: notes what is wrong between its fields, once they are read.

    """

    fields: Mapping[str, Field]
    slips: Mapping[str, str] = field(default_factory=dict)
    judge: Callable[[Mapping[str, Any], Location, Notes], None] | None = None

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
    if len(meant) < len("type") or abs(len(said) - len(meant)) > 1:
        return False
    start = next(
        (place for place, pair in enumerate(zip(said, meant, strict=False)) if len(set(pair)) > 1), len(meant)
    )
    rest, wanted = said[start:], meant[start:]
    return rest[1:] == wanted or rest == wanted[1:] or rest[1:] == wanted[1:] or _swapped(rest, wanted)


def _swapped(said: str, meant: str) -> bool:
    return said[:2] == meant[1::-1] and said[2:] == meant[2:]


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
    if shape.judge is not None:
        shape.judge(result, at, notes)
    return result


def _note_unknown(name: str, said: Mapping[str, Any], at: Location, notes: Notes, shape: Shape) -> None:
    """The vendor ignores what it does not know. That is harmless unless money or tax goes with it."""
    meant = shape.mistaken(name)
    if meant is not None and missing(said.get(meant)) and not missing(said[name]):
        text = f"the register would ignore it: write {meant!r}, or leave it out"
        notes.refuse((*at, name), "misspelled_field", text)
    else:
        notes.warn((*at, name), "unknown_field", f"the register ignores it{notes.hint(name, shape.names)}")


def wrong_type(value: Any, wanted: str, at: Location, notes: Notes) -> None:
    """Note a value of another type than the vendor's validator takes (501)."""
    if wanted == "an object" and value == []:
        text = "must be an object, and [] is an array: PHP writes an empty one so; leave it out, or write (object)[]"
        notes.refuse(at, "empty_array", text)
        return
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
        sent = [read(said, (*at, place), notes) for place, said in enumerate(value)]
        return [
            {} if one is None else one for one in sent
        ]  # refused: its place is kept, so that others keep theirs

    return reader


def elements(shapes: Mapping[str, Shape], *, unsaid: str | None = None) -> Reader:
    """
    An array of elements that say their type.

    What the vendor does not know there it skips in silence: a text may be lost that way, money may not.

    Args:
        shapes: by type.
        unsaid: the type of an element that says none.

    """

    def reader(value: Any, at: Location, notes: Notes) -> Any:
        if not isinstance(value, dict):
            wrong_type(value, "an object", at, notes)
            return None
        said = value.get("type")
        if missing(said):
            if unsaid is None:
                notes.refuse((*at, "type"), "missing", f"required: one of {', '.join(shapes)}")
                return None
            said = unsaid
            value = {**value, "type": unsaid}
        if not isinstance(said, str):
            wrong_type(said, "a string", (*at, "type"), notes)
            return None
        if said in shapes:
            return read_object(value, at, notes, shapes[said])
        meant = notes.hint(said, tuple(shapes))
        if MONEY_NAMES & value.keys():
            text = f"the register would skip {shown(said)!r} with its money{meant}"
            notes.refuse((*at, "type"), "unknown_value", text)
        else:
            notes.warn((*at, "type"), "unknown_element", f"the register skips {shown(said)!r}{meant}")
        return value

    return each(reader)
