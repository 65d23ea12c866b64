"""
The tasks that take a document back and that put it right (reference/fiscal-rules 8). Pure; nothing here is ever sent by itself.

FFD 1.05: the opposite receipt of equal content, then the right receipt. FFD 1.1 and 1.2: the opposite correction of
equal content, then the right correction, each with its grounds. All name the fiscal sign of what is put right in tag 1192.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from worker.domain.errors import OperatorError
from worker.domain.language.known import FORMATS
from worker.domain.language.vocabulary import CASH
from worker.domain.money import ZERO, total_of
from worker.domain.tasks import Kind, Task
from worker.domain.verdicts import Fiscal

OPPOSITE: Mapping[str, str] = MappingProxyType(
    {"sell": "sellReturn", "sellReturn": "sell", "buy": "buyReturn", "buyReturn": "buy"}
)  # tag 1054
OLDEST = FORMATS[0]
SUFFIX = "Correction"
SIGN = "additionalAttribute"  # tag 1192
GROUNDS = ("correctionType", "correctionBaseDate", "correctionBaseNumber", "correctionBaseName")
TURNED: Mapping[str | int, str | int] = (
    MappingProxyType(  # tag 2003: what was sold comes back, and the other way round
        {
            "itemPieceSold": "itemPieceReturn",
            "itemPieceReturn": "itemPieceSold",
            "itemDryForSale": "itemDryReturn",
            "itemDryReturn": "itemDryForSale",
            "itemPieceForSale": "itemPieceReturn",
            "itemDrySold": "itemDryReturn",
            1: 3,
            3: 1,
            2: 4,
            4: 2,
            5: 3,
            6: 4,
        }
    )
)
ID_MAX = 64  # characters of a job's id (design §3)
DIGEST = 8  # characters that stand for what a long id loses


@dataclass(frozen=True)
class Pair:
    """
    The two tasks that put a document right; both are printed, the reversal first, or neither.

    Args:
        reversal: takes the wrong document back.
        corrected: is as it should have been.

    """

    reversal: Mapping[str, Any]
    corrected: Mapping[str, Any]


def pair(printed: Task, wrong: Fiscal, fixed: Task, ffd: str) -> Pair:
    """
    Build the pair that puts one document right.

    Args:
        printed: what the wrong document was printed from.
        wrong: its fiscal data; sign and time are needed.
        fixed: the task as it should have been: a receipt, or the correction of one where grounds of its own are to be said.
        ffd: the register's format, one of FORMATS.

    Returns: two ATOL tasks in Decimals, in their order.
    Raises: OperatorError when there is nothing to put right, or what is needed is not known.

    """
    if fixed.kind not in {Kind.RECEIPT, Kind.CORRECTION}:
        raise OperatorError("fixed_no_receipt", type=fixed.type)
    if fixed.body == printed.body:
        raise OperatorError("fixed_same")
    if ffd == OLDEST and fixed.kind is Kind.CORRECTION:
        raise OperatorError("fixed_correction", ffd=OLDEST, type=fixed.type.removesuffix(SUFFIX))
    grounds = {name: fixed.body[name] for name in GROUNDS if name in fixed.body}
    back = reversal(printed, wrong, ffd)
    if ffd == OLDEST:
        return Pair(back, {**fixed.body, "items": _signed(fixed.body, wrong)})
    grounds = {**{name: back[name] for name in GROUNDS[:2]}, **grounds}
    right = {**fixed.body, "type": fixed.type.removesuffix(SUFFIX) + SUFFIX, **grounds}
    return Pair({**back, **grounds}, {**right, "items": _signed(fixed.body, wrong)})


def reversal(task: Task, taken_back: Fiscal, ffd: str) -> dict[str, Any]:
    """
    Build the task that takes back one document of `task`.

    Args:
        task: what the document was printed from.
        taken_back: the document's fiscal data; its sign and time are needed.
        ffd: the register's format, one of FORMATS.

    Returns: an ATOL task with the same goods, paid exactly, in Decimals.
    Raises: OperatorError when there is nothing to take back, or what is needed is not known.

    """
    if task.kind not in {Kind.RECEIPT, Kind.CORRECTION}:
        raise OperatorError("not_taken_back", type=task.type)
    if ffd not in FORMATS:
        raise OperatorError("ffd", ffd=ffd or "–", formats="|".join(FORMATS))
    if ffd == OLDEST and task.kind is Kind.CORRECTION:
        raise OperatorError("correction_stays", ffd=OLDEST)
    if not taken_back.sign or not taken_back.datetime:
        raise OperatorError("no_sign", document=taken_back.document_number)
    direction = OPPOSITE[task.type.removesuffix(SUFFIX)]
    items = [_turned(item) for item in _signed(task.body, taken_back)]
    body = {**task.body, "type": direction, "items": items, "payments": _exactly_paid(task)}
    if ffd != OLDEST:
        day = taken_back.datetime[: len("YYYY-MM-DD")].replace("-", ".")
        body |= {"type": direction + SUFFIX, **dict(zip(GROUNDS, ("self", day), strict=False))}
    return body


def _signed(body: Mapping[str, Any], wrong: Fiscal) -> list[Mapping[str, Any]]:
    """The items with the sign of the wrong document, which takes the place of any other such attribute."""
    items = [item for item in body.get("items", ()) if item.get("type") != SIGN]
    return [*items, {"type": SIGN, "value": wrong.sign}]


def _turned(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A position with its marking code the other way round; the result of the old check says nothing of that."""
    imc = item.get("imcParams")
    if imc is None:
        return item
    turned = {name: said for name, said in imc.items() if name != "itemInfoCheckResult"}
    if "itemEstimatedStatus" in imc:
        turned["itemEstimatedStatus"] = TURNED.get(imc["itemEstimatedStatus"], imc["itemEstimatedStatus"])
    return {**item, "imcParams": turned}


def _exactly_paid(task: Task) -> list[Mapping[str, Any]]:
    """The payments without the change: what the buyer got back at once is not paid out a second time."""
    payments: list[Mapping[str, Any]] = list(task.body["payments"])
    change = total_of(payment["sum"] for payment in payments) - (task.total or ZERO)
    for place in reversed(range(len(payments))):
        if payments[place]["type"] in CASH:
            given_back = min(change, payments[place]["sum"])
            payments[place] = {**payments[place], "sum": payments[place]["sum"] - given_back}
            change -= given_back
    return payments


def derived_id(job: str, what: str) -> str:
    """The id of a job that follows from `job`: `<job>.<what>`; a long id is cut, with a digest for what it loses."""
    name = f"{job}.{what}"
    if len(name) <= ID_MAX:
        return name
    digest = hashlib.sha1(job.encode(), usedforsecurity=False).hexdigest()[:DIGEST]
    return f"{job[: ID_MAX - DIGEST - len(what) - 2]}.{digest}.{what}"
