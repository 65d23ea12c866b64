"""
What may differ between a task and its edited replay: EDITABLE, and nothing beside it.

A job keeps its id, its marker and its submissions over an edited replay, so its document must stay the one that was
accepted: what was sold, to whom and by whom, for how much, how it was paid and taxed. What may change is where the receipt
goes and what is printed around it. Whatever is not in the table is another receipt, and belongs under a new id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from types import MappingProxyType
from typing import Any

from worker.domain.jsontext import dumps, read
from worker.domain.language.fields import missing
from worker.domain.language.shapes import PRINTABLE
from worker.domain.refusals import Location, Notes, path_of, shown

ITEMS = "items[]"  # there those of the elements that are only printed
EDITABLE: Mapping[str, str] = MappingProxyType(
    {  # each with its source: section of the reference, tag of the FFD
        "clientInfo.emailOrPhone": "8.2, tag 1008: where the receipt is sent",
        "companyInfo.email": "8.2, tag 1117: from where it is sent",
        "electronically": "8.1: whether there is paper",
        "ignoreNonFiscalPrintErrors": "8.2, 8.3: whether a text that cannot be printed stops the receipt",
        "preItems": "8.2: printed before the document",
        "postItems": "8.2: printed behind the document",
        "payments[].printItems": "8.2: printed with a payment",
        ITEMS: "8.3: text, barcode, pictureFromMemory and pixels among the positions; 8.6: all of a slip",
    }
)

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_Placed = tuple[int, Any]  # an element, and where it stands


@dataclass(frozen=True)
class Change:
    """
    One place in which two tasks differ.

    Args:
        path: in the edited task; in the first one for what is left out.
        before: the value in the first one, None where it says nothing.
        after: that in the edited one, likewise.
        editable: an edited replay may change it.

    """

    path: str
    before: Any
    after: Any
    editable: bool


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """
    Where two tasks differ, place by place.

    What the table allows is one change as a whole, however much of it differs: its path can then hold no name that
    somebody made up, and may be written down.

    Args:
        before: the task as it was, read from its JSON text.
        after: the edited one.

    """
    return tuple(_differences(before, after, ()))


def with_contact(task: Mapping[str, Any], contact: str) -> Mapping[str, Any]:
    """The task with another e-mail or phone of the buyer (tag 1008)."""
    return {**task, "clientInfo": {**(task.get("clientInfo") or {}), "emailOrPhone": contact}}


def body_of(raw: bytes) -> Mapping[str, Any]:
    """A task's text as JSON has it, unjudged; empty for what is no object."""
    document = read(raw, Notes())
    return document.value if document is not None and isinstance(document.value, dict) else {}


def value_text(value: Any) -> str:
    """As much of a value as a line can bear, as JSON text; – where nothing is said."""
    return "–" if value is None else shown(dumps(value))


def _differences(before: Any, after: Any, at: Location) -> Iterator[Change]:
    pattern = ".".join("[]" if isinstance(step, int) else step for step in at).replace(".[]", "[]")
    if pattern in EDITABLE and pattern != ITEMS:
        if not _same(before, after):
            yield Change(path_of(at), before, after, editable=True)
    elif at == ("items",) and isinstance(before, list) and isinstance(after, list):
        yield from _between_items(before, after)
    elif _is_object(before, after) and _is_object(after, before):
        one, other = before or _NOTHING, after or _NOTHING
        for name in dict.fromkeys((*one, *other)):
            yield from _differences(one.get(name), other.get(name), (*at, name))
    elif isinstance(before, list) and isinstance(after, list):
        pairs = zip_longest(enumerate(before), enumerate(after))
        yield from _between(pairs, at)
    elif not _same(before, after):
        yield Change(path_of(at), before, after, editable=False)


def _is_object(value: Any, beside: Any) -> bool:
    """An object, or nothing beside one: the vendor takes both for not said (reference 8.1)."""
    return isinstance(value, Mapping) or (value is None and isinstance(beside, Mapping))


def _same(one: Any, other: Any) -> bool:
    """Whether two values mean the same to the register. To Python true is 1; to the vendor's validator it is not."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if missing(one) and missing(other):
        return True
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _between_items(before: list[Any], after: list[Any]) -> Iterator[Change]:
    """Positions and attributes in their order, place by place; apart from them what is only printed between them."""
    yield from _between(zip_longest(_fiscal(before), _fiscal(after)), ("items",))
    for one, other in zip_longest(_printed(before), _printed(after)):
        if one is None or other is None or one[1] != other[1] or not _same(one[2], other[2]):
            place, was, now = (other or one)[0], one and one[2], other and other[2]
            yield Change(path_of(("items", place)), was, now, editable=True)


def _between(pairs: Iterable[tuple[_Placed | None, _Placed | None]], at: Location) -> Iterator[Change]:
    """Element by element; one too many is a difference even when it says nothing."""
    for one, other in pairs:
        if one is not None and other is not None:
            yield from _differences(one[1], other[1], (*at, other[0]))
        elif (left := one or other) is not None:
            yield Change(path_of((*at, left[0])), one and one[1], other and other[1], editable=False)


def _fiscal(items: list[Any]) -> Iterator[_Placed]:
    return ((place, item) for place, item in enumerate(items) if not _is_printed_only(item))


def _printed(items: list[Any]) -> Iterator[tuple[int, int, Any]]:
    """Place, how many others stand before it, and the element."""
    others = 0
    for place, item in enumerate(items):
        if _is_printed_only(item):
            yield place, others, item
        else:
            others += 1


def _is_printed_only(item: Any) -> bool:
    """What the register does not know it skips (8.1), and so it is no text: it may have been meant for a position."""
    kind = item.get("type") if isinstance(item, Mapping) else None
    return isinstance(kind, str) and kind in PRINTABLE
