"""What a bar code may hold by its kind, and what may stand beside it (reference 8.3, 10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from worker.domain.refusals import Location, Notes

CONTENTS: Mapping[str, re.Pattern[str]] = MappingProxyType(  # with or without the control digit
    {
        "EAN8": re.compile(r"\d{7,8}", re.ASCII),
        "EAN13": re.compile(r"\d{12,13}", re.ASCII),
        "UPCA": re.compile(r"\d{11,12}", re.ASCII),
        "UPCE": re.compile(r"\d{6,8}", re.ASCII),
        "ITF": re.compile(r"\d+", re.ASCII),
        "ITF14": re.compile(r"\d{13,14}", re.ASCII),
        "CODE39": re.compile(r"[0-9A-Z. $/+%*-]+"),
        "CODE93": re.compile(r"[\x00-\x7f]+"),
        "CODE128": re.compile(r"[\x00-\xff]+"),
    }
)
CONTROLLED: Mapping[str, int] = MappingProxyType({"EAN8": 8, "EAN13": 13, "UPCA": 12, "ITF14": 14})
OVERLAID_MAX = 400  # characters of the code, and of each text beside it


def judge_barcode(barcode: Mapping[str, Any], at: Location, notes: Notes) -> None:
    """
    Note what a register would not print.

    Args:
        barcode: the element as read.
        at: its place.
        notes: takes what is wrong.

    """
    _judge_overlay(barcode, at, notes)
    kind, said = barcode.get("barcodeType", ""), barcode.get("barcode", "")
    wanted = CONTENTS.get(kind)
    if wanted is None or not said.strip():
        return
    if not wanted.fullmatch(said):
        text = f"a register prints no {kind} of that, and refuses the whole document (157, 266)"
        notes.warn((*at, "barcode"), "barcode_content", text)
    elif len(said) == CONTROLLED.get(kind) and not _is_controlled(said):
        notes.warn((*at, "barcode"), "barcode_content", f"the control digit of this {kind} does not fit")


def _is_controlled(digits: str) -> bool:
    """GS1: every second digit from the right counts three times."""
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10 == 0


def _judge_overlay(barcode: Mapping[str, Any], at: Location, notes: Notes) -> None:
    """8.3: text beside a code is printed by a script of its own, which refuses what is no QR code at the side (501)."""
    beside = barcode.get("overlay")
    if not beside:
        return
    if barcode.get("barcodeType", "QR") != "QR":
        notes.refuse((*at, "barcodeType"), "overlay_form", "only a QR code has text beside it: say QR")
    if barcode.get("alignment") == "center":
        notes.refuse((*at, "alignment"), "overlay_form", "with text beside it, it stands left or right")
    texts = {"barcode": barcode.get("barcode", "")}
    for place, each in enumerate(beside):
        if each.get("type") == "text" and "text" not in each:
            notes.refuse(
                (*at, f"overlay[{place}]", "text"), "missing", "beside a code a text says something: say it"
            )
        texts[f"overlay[{place}].text"] = each.get("text", "")
    for name, said in texts.items():
        if len(said) > OVERLAID_MAX:
            text = f"{len(said)} characters, of which {OVERLAID_MAX} fit beside each other: shorten it"
            notes.refuse((*at, name), "overlay_form", text)
