"""
The task that takes a document back (reference/fiscal-rules 8). Pure; nothing here is ever sent by itself.

FFD 1.05: the opposite receipt of equal content. FFD 1.1 and 1.2: the opposite correction of equal content, with its
grounds. Both name the fiscal sign of what they take back in tag 1192.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from worker.domain.errors import OperatorError
from worker.domain.tasks import Kind, Task
from worker.domain.verdicts import Fiscal

OPPOSITE: Mapping[str, str] = MappingProxyType(
    {"sell": "sellReturn", "sellReturn": "sell", "buy": "buyReturn", "buyReturn": "buy"}
)  # tag 1054
FORMATS = ("1.05", "1.1", "1.2")
SIGN = "additionalAttribute"  # tag 1192
GROUNDS = ("correctionType", "correctionBaseDate")  # tags 1173 and 1178


def reversal(task: Task, taken_back: Fiscal, ffd: str) -> dict[str, Any]:
    """
    Build the task that takes back one document of `task`.

    Args:
        task: what the document was printed from.
        taken_back: the document's fiscal data; its sign and time are needed.
        ffd: the register's format, one of FORMATS.

    Returns: an ATOL task with the same goods and payments, in Decimals.
    Raises: OperatorError when there is nothing to take back, or what is needed is not known.

    """
    if task.kind not in {Kind.RECEIPT, Kind.CORRECTION}:
        raise OperatorError(f"a {task.type} cannot be taken back: only receipts and corrections can")
    if ffd not in FORMATS:
        raise OperatorError(
            f"the register's FFD is {ffd or 'not known'}: say it by --ffd {'|'.join(FORMATS)}"
        )
    if not taken_back.sign or not taken_back.datetime:
        raise OperatorError(
            f"the sign or the time of document {taken_back.document_number} is not known: read them off the paper, "
            "and have the receipt taken back at the register"
        )
    direction = OPPOSITE[task.type.removesuffix("Correction")]
    items = [item for item in task.body.get("items", ()) if item.get("type") != SIGN]
    body = {**task.body, "type": direction, "items": [*items, {"type": SIGN, "value": taken_back.sign}]}
    if ffd != FORMATS[0] or task.kind is Kind.CORRECTION:
        day = taken_back.datetime[: len("YYYY-MM-DD")].replace("-", ".")
        body |= {"type": f"{direction}Correction", **dict(zip(GROUNDS, ("self", day), strict=True))}
    return body
