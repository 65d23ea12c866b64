"""
What the register's format knows (FFD 1.05, 1.1, 1.2): reference 8.2 to 8.4, 9; order ED-7-20/662@.

Where the format is not known nothing is assumed: only what no format takes everywhere is warned about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from worker.domain.language.known import Known
from worker.domain.language.size import ATTRIBUTES
from worker.domain.language.sums import SINCE_FFD_1_1, is_correction, positions
from worker.domain.language.vocabulary import MEASUREMENT_UNITS, NEWER_OBJECTS
from worker.domain.refusals import Location, Notes, shown

NEWER_OF_RECEIPT = ("operationInfo", "industryInfo", "validateMarkingCodes")  # tags 1270, 1261; reference 9
NEWER_OF_CLIENT = ("birthDate", "citizenship", "identityDocumentCode", "identityDocumentData", "address")
NEWER_OF_POSITION = ("imcParams", "industryInfo")  # tags 2000 to 2112, 1260
OLDER_OF_POSITION = ("markingCode", "nomenclatureCode")  # tag 1162
UNITS = {*MEASUREMENT_UNITS, *(str(code) for code in MEASUREMENT_UNITS.values())}


def judge_format(body: Mapping[str, Any], known: Known, notes: Notes) -> None:
    """
    Note what the register's format does not know, or knows only at another place.

    Args:
        body: a receipt or correction as read and filled in.
        known: the register's format.
        notes: takes what is wrong.

    """
    if is_correction(body):
        _judge_correction(body, known, notes)
    if known.ffd_is_before("1.2"):
        for at in _newer(body):
            notes.warn(at, "needs_ffd", f"FFD 1.2 knows it; the register has {known.ffd} and ignores it")
    for place, position in positions(body):
        _judge_unit(("items", place, "measurementUnit"), position.get("measurementUnit"), known, notes)
        for name in OLDER_OF_POSITION:
            if known.ffd_is_from("1.2") and name in position:
                text = "the register has FFD 1.2, which wants imcParams: say that"
                notes.warn(("items", place, name), "needs_ffd", text)
    if known.ffd_is_from("1.2") and body.get("agentInfo", {}).get("agents"):
        text = "the register has FFD 1.2, which knows agents of positions alone, and ignores it: say it there"
        notes.warn(("agentInfo", "agents"), "agent_of_receipt", text)


def _judge_correction(body: Mapping[str, Any], known: Known, notes: Notes) -> None:
    """8.4: with FFD 1.05 a correction has no positions and corrects no return; since FFD 1.1 it must have positions."""
    if not known.ffd_is_before("1.1"):
        return
    if body["type"] in SINCE_FFD_1_1:
        text = "it came with FFD 1.1, and the register has 1.05: send the opposite receipt instead"
        notes.refuse(("type",), "needs_ffd", text)
    for place, item in enumerate(body.get("items", ())):
        if item.get("type") not in ATTRIBUTES:
            text = (
                "the register has FFD 1.05, whose corrections hold attributes alone (501): say payments and taxes,"
                " or send a return and a new sale"
            )
            notes.refuse(("items", place, "type"), "needs_ffd", text)


def _newer(body: Mapping[str, Any]) -> Iterator[Location]:
    """The places of what came with FFD 1.2."""
    for name in NEWER_OF_RECEIPT:
        if body.get(name):
            yield (name,)
    for name in NEWER_OF_CLIENT:
        if body.get("clientInfo", {}).get(name):
            yield ("clientInfo", name)
    for place, position in positions(body):
        for name in NEWER_OF_POSITION:
            if name in position:
                yield ("items", place, name)
        if position.get("paymentObject") in NEWER_OBJECTS:
            yield ("items", place, "paymentObject")


def _judge_unit(at: Location, unit: Any, known: Known, notes: Notes) -> None:
    """8.3: FFD 1.2 has codes (tag 2108), what came before has any text (tag 1197)."""
    if known.ffd_is_before("1.2") and (unit in UNITS or unit in MEASUREMENT_UNITS.values()):
        text = f"{unit} is a code of FFD 1.2; the register has {known.ffd} and prints it as it stands: say 'шт.', 'кг'"
        notes.warn(at, "unit_text", text)
    elif isinstance(unit, str):
        if unit and unit not in UNITS and not known.ffd_is_before("1.2"):
            meant = notes.hint(unit, tuple(MEASUREMENT_UNITS))
            text = f"only FFD 1.05 and 1.1 print {shown(unit)!r}, FFD 1.2 knows codes{meant}"
            notes.warn(at, "unit_text", text)
    elif unit is not None and unit not in MEASUREMENT_UNITS.values():
        notes.warn(at, "unit_number", f"{unit} is no unit of FFD 1.2: see tag 2108")
