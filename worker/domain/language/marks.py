"""
What is said about marked goods: codes in the forms of each FFD, and the results of their check.

Only shapes and types are judged here. Source: reference 8.3 and 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worker.domain.language.fields import Field, Shape, each, missing, nested, read_object
from worker.domain.language.values import (
    base64_text,
    choice,
    flag,
    fraction,
    name_or_number,
    number,
    text,
    unit_of_mark,
)
from worker.domain.language.vocabulary import IMC_TYPES, ITEM_STATUSES, NEWER_ITEM_STATUSES, PRODUCT_CODES
from worker.domain.refusals import Location, Notes

CHECK_RESULT = Shape(
    {
        name: Field(flag, "9.1, tag 2106", required=True)
        for name in (
            "imcCheckFlag",
            "imcCheckResult",
            "imcStatusInfo",
            "imcEstimatedStatusCorrect",
            "ecrStandAloneFlag",
        )
    }
)
MARK: Mapping[str, Field] = {
    "imc": Field(text(wanted=True), "8.3, tag 2000", required=True),
    "imcType": Field(name_or_number(IMC_TYPES), "9.1, tag 2100"),
    "itemEstimatedStatus": Field(name_or_number(ITEM_STATUSES, NEWER_ITEM_STATUSES), "9.1, tag 2003"),
    "imcModeProcessing": Field(number, "8.3, tag 2102"),
    "itemFractionalAmount": Field(fraction, "8.3, tag 1291"),
    "imcBarcode": Field(base64_text, "8.3"),
    "itemQuantity": Field(number, "9.2, tag 1023"),
    "itemUnits": Field(unit_of_mark, "9.2, tag 2108"),
}
IMC = Shape({**MARK, "itemInfoCheckResult": Field(nested(CHECK_RESULT), "9.1, tag 2106", nested=True)})
NOMENCLATURE = Shape(
    {
        "type": Field(
            choice(("furs", "medicines", "tobacco", "shoes"), required=True), "8.3, tag 1162", required=True
        ),
        "gtin": Field(text(), "8.3"),
        "serial": Field(text(wanted=True), "8.3", required=True),
    }
)
MARKING_CODE = Shape(
    {
        "mark": Field(base64_text, "8.3, tag 1162", required=True),
        "type": Field(choice(("other", "egais20", "egais30")), "8.3"),
    }
)
CODES = Shape(
    {
        **{name: Field(text(), "8.3, tag 1163") for name in PRODUCT_CODES},
        "codes": Field(each(text()), "8.3, tag 1163", nested=True),
    }
)


def nomenclature_code(value: Any, at: Location, notes: Notes) -> Any:
    """Bytes as base64, or the old object form (FFD 1.1 and before)."""
    if isinstance(value, str):
        return base64_text(value, at, notes)
    return read_object(value, at, notes, NOMENCLATURE)


def product_codes(value: Any, at: Location, notes: Notes) -> dict[str, Any] | None:
    """Either `codes` or the typed keys (501 for both and for neither)."""
    found = read_object(value, at, notes, CODES)
    if found is not None:
        typed = any(not missing(value.get(name)) for name in PRODUCT_CODES)
        if typed is not missing(value.get("codes")):
            told = "say either `codes` or typed codes, and one of them at least"
            notes.refuse((*at, "codes[]"), "codes_clash", told)
    return found
