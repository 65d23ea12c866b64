"""The size of the document as the vendor's script estimates it before it opens the receipt (reference 8.1)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from worker.domain.language.sums import payments
from worker.domain.money import ZERO, kopecks

DOCUMENT_MAX = 32768  # bytes, 8.1
ATTRIBUTES = frozenset({"userAttribute", "additionalAttribute"})

FIXED = (
    110 + 5 + 20 + 2 * 36 + 40
)  # requisites of every receipt; paper; payments; its two addresses; our marker


def document_size(body: Mapping[str, Any]) -> int:
    """
    Bytes of the document as the vendor's script estimates them before it opens the receipt (reference 8.1).

    Every requisite takes four bytes of head; sums take one to six bytes, texts one a character. Where the script asks
    the FN for its two addresses, room for long ones is counted.
    """
    size = FIXED + (5 if "taxationType" in body else 0)
    size += sum(_texts(body.get(name, {})) for name in ("clientInfo", "companyInfo", "operator"))
    for item in body.get("items", ()):
        if item.get("type") == "position":
            size += _position_size(item)
        elif item.get("type") in ATTRIBUTES:
            size += 4 + _texts({name: item.get(name) for name in ("name", "value")})
    size += sum(_digits(payment.get("sum", ZERO)) for payment in payments(body))
    return round(size / 0.8)


def _position_size(position: Mapping[str, Any]) -> int:
    size = 4 + 8 + _texts({"name": position.get("name")})  # 8: the quantity
    sums = ("price", "amount", "infoDiscountAmount", "department")
    size += sum(4 + _digits(position[name]) for name in sums if name in position)
    size += sum(5 for name in ("paymentMethod", "paymentObject", "tax") if name in position)
    if "sum" in position.get("tax", {}):
        size += 4 + _digits(position["tax"]["sum"])
    if "agentInfo" in position:
        size += 4 + 5  # 5: which agent
        size += sum(_texts(part) for part in position["agentInfo"].values() if isinstance(part, dict))
    size += _texts(position.get("supplierInfo", {}))
    if "imcParams" in position:
        size += 4 + 32 + 24  # the code of tag 1163 and the results of tags 2102, 2106, 2107
    return size


def _texts(said: Mapping[str, Any]) -> int:
    """Four bytes of head and one a character, two for those outside the first plane; a list has a head of its own."""
    size = 0
    for value in said.values():
        if isinstance(value, str):
            size += 4 + len(value.encode("utf-16-le", "replace")) // 2
        elif isinstance(value, list) and value:
            size += 4 + _texts(dict(enumerate(value)))  # type: ignore[arg-type]
    return size


def _digits(value: int | Decimal) -> int:
    """Bytes of a sum by the script's own steps, which are no exact powers."""
    steps = (Decimal("2.56"), Decimal("655.36"), Decimal("16796.16"), Decimal("167772.16"), Decimal(10**6))
    return 1 + sum(1 for step in steps if kopecks(value) >= step)
