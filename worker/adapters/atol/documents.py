"""
The answer to a `getFnDocument` task → a document of the domain (reference 8.6; tags of the FFD).

What the driver writes there was read in its own script, which is public: numbers and sums as JSON numbers in roubles,
texts trimmed, times in ISO text, structures as objects by tag, byte strings in hexadecimal, the kind as a word. Other
spellings that servers and their imitations may use are read too, as far as they can mean one thing only.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from worker.adapters.atol.replies import whole_number
from worker.domain.proof import Document, money, qr
from worker.domain.verdicts import Fiscal

KINDS = MappingProxyType(
    {
        1: "registration",
        2: "openShift",
        3: "receipt",
        4: "bso",
        5: "closeShift",
        6: "closeArchive",
        11: "changeRegistrationParameters",
        21: "ofdExchangeStatus",
        31: "receiptCorrection",
        41: "bsoCorrection",
    }
)  # the FFD's codes of document forms, and the driver's words for them

TASKS = MappingProxyType(
    {"ofdExchangeStatus": "reportOfdExchangeStatus"}
)  # the one report whose task has another name
SIGNS = MappingProxyType({1: "sell", 2: "sellReturn", 3: "buy", 4: "buyReturn"})  # tag 1054
RECEIPTS = MappingProxyType(
    {"receipt": "", "bso": "", "receiptCorrection": "Correction", "bsoCorrection": "Correction"}
)
MARKER_TAGS = frozenset({"1192", "1086"})

SIGN_MAX = 2**32 - 1  # tag 1077 ends in four bytes …
SIGN_HEX = re.compile(r"(?:[0-9A-Fa-f]{4})?([0-9A-Fa-f]{8})")  # … after two that say how it was made
SIGN_BYTES = 6

TIMES = ("%Y.%m.%d %H:%M:%S", "%Y.%m.%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")


def read_document(result: Mapping[str, Any] | None, number: int) -> Document | None:
    """
    Read a document back.

    Args:
        result: of a `getFnDocument` task.
        number: which document was asked for.

    Returns: the document; None when the result does not hold it, or not enough of it: of an old receipt the FN may
    give only a few fields (`short`), among which a marker never is, so that it could be anybody's.

    """
    tags = result.get("documentTLV") if result else None
    if not isinstance(tags, Mapping) or whole_number(tags.get("1040")) != number:
        return None
    kind = _kind(tags.get("fiscalDocumentType"))
    short = tags.get("short") is True
    if kind in RECEIPTS and short:
        return None
    total, task_type = money(tags.get("1020")), _task_type(kind, tags)
    fiscal = Fiscal(
        document_number=number,
        sign=_sign(tags.get("1077"), short=short),
        datetime=_time(tags.get("1012")),
        receipt_number=whole_number(tags.get("1042")) or None,
        shift_number=whole_number(tags.get("1038")) or None,
        fn_number=_text(tags.get("1041")),
        registration_number=_text(tags.get("1037")),
        total=total,
    )
    return Document(
        number=number,
        type=task_type,
        total=total,
        markers=frozenset(_markers(tags)),
        fiscal=fiscal.model_copy(update={"qr": _text(tags.get("qr")) or qr(task_type, fiscal)}),
    )


def _kind(value: object) -> str | None:
    if isinstance(value, str) and not value.isdecimal():
        return value
    number = int(value) if isinstance(value, str) and len(value) < len("100") else whole_number(value)
    return KINDS.get(number) if number is not None else None


def _task_type(kind: str | None, tags: Mapping[str, Any]) -> str | None:
    """The task that makes such a document."""
    if kind is None or kind not in KINDS.values():
        return None
    if kind not in RECEIPTS:
        return TASKS.get(kind, kind)
    sign = whole_number(tags.get("1054"))
    word = SIGNS.get(sign) if sign is not None else None
    return word + RECEIPTS[kind] if word else None


def _markers(tags: Mapping[str, Any]) -> Iterator[str]:
    """Every 1192 and 1086, wherever the driver nests them: 1086 stands in 1084, which may be one or several."""
    left: list[Any] = [tags]
    while left:
        part = left.pop()
        if isinstance(part, list):
            left.extend(part)
        elif isinstance(part, Mapping):
            left.extend(part.values())
            for tag in MARKER_TAGS & part.keys():
                said = part[tag] if isinstance(part[tag], list) else [part[tag]]
                yield from (text for text in map(_text, said) if text)


def _sign(value: object, *, short: bool) -> str | None:
    """
    The document's fiscal sign in decimal, as receipts show it.

    Tag 1077 is six bytes in hexadecimal, of which the last four are the sign; of a `short` document those four alone.
    Servers without the vendor's script were seen with the decimal number, and with the six bytes in base64.
    """
    number = whole_number(value)
    if number is not None:
        return str(number) if 0 <= number <= SIGN_MAX else None
    text = _text(value) or ""
    if short and re.fullmatch("[0-9A-Fa-f]{1,8}", text):
        return str(int(text, 16))
    if text.isdecimal() and text.isascii() and int(text) <= SIGN_MAX:
        return text
    if found := SIGN_HEX.fullmatch(text):
        return str(int(found[1], 16))
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return str(int.from_bytes(raw[2:], "big")) if len(raw) == SIGN_BYTES else None


def _time(value: object) -> str | None:
    """The register's own clock, in ISO text; as a number it is seconds in which the FFD counts local time."""
    if isinstance(value, int | Decimal):
        seconds = whole_number(value)
        try:
            return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat() if seconds else None
        except (ValueError, OverflowError, OSError):
            return None
    text = _text(value) or ""
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        return next(filter(None, (_parsed(text, form) for form in TIMES)), None)


def _parsed(text: str, form: str) -> str | None:
    try:
        return datetime.strptime(text, form).isoformat()  # noqa: DTZ007 - the register's clock names no zone here
    except ValueError:
        return None


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    number = whole_number(value)
    return None if number is None else str(number)
