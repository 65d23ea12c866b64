"""The rules within one position: codes of marked goods, signs of method and object, agents (reference 8.3, 9)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from worker.domain.language.fields import missing
from worker.domain.language.sums import payments, positions
from worker.domain.language.values import is_base64
from worker.domain.language.vocabulary import (
    CREDIT_METHODS,
    DRY_STATUSES,
    MARKED_OBJECTS,
    METHODS_OF_MONEY,
    ON_CREDIT,
    PAYMENT_OBJECT,
    PIECE_STATUSES,
    RETURNED_STATUSES,
    SOLD_STATUSES,
)
from worker.domain.money import KOPECK
from worker.domain.refusals import Location, Notes

CODE_FIELDS = ("markingCode", "imcParams", "nomenclatureCode")  # 8.3: the first of them wins
PIECE = frozenset({"piece", "0", 0, ""})  # tag 2108
UNFIT_STATUSES: Mapping[str, frozenset[object]] = MappingProxyType(
    {
        "sell": RETURNED_STATUSES,
        "sellCorrection": RETURNED_STATUSES,
        "sellReturn": SOLD_STATUSES,
        "sellReturnCorrection": SOLD_STATUSES,
    }
)
_PAYING = (("payingAgent", "phones"), ("receivePaymentsOperator", "phones"))
_BANKING = (
    ("payingAgent", "operation"),
    ("payingAgent", "phones"),
    ("moneyTransferOperator", "name"),
    ("moneyTransferOperator", "address"),
    ("moneyTransferOperator", "vatin"),
    ("moneyTransferOperator", "phones"),
)
AGENTS_DETAILS: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(  # 161-FZ, 103-FZ
    {
        "bankPayingAgent": _BANKING,
        "bankPayingSubagent": _BANKING,
        "payingAgent": _PAYING,
        "payingSubagent": _PAYING,
    }
)


def judge_position(
    at: Location, told: Mapping[str, Any], position: Mapping[str, Any], body: Mapping[str, Any], notes: Notes
) -> None:
    """
    Note what a position lacks, doubles or contradicts in itself.

    Args:
        at: its place.
        told: as the CRM said it.
        position: as read and filled in.
        body: the receipt it stands in.
        notes: takes what is wrong.

    """
    if missing(told.get("tax")) and "tax" not in position and "taxes" not in body:
        notes.warn((*at, "tax"), "no_tax", "no VAT is said and the register has no default here: say it")
    if not position.get("price", KOPECK):
        notes.warn((*at, "price"), "zero_price", "costs nothing: some registers refuse that (16)")
    if position.get("department") == 0:
        notes.warn((*at, "department"), "out_of_range", "departments are counted from 1 (59)")
    codes = [name for name in CODE_FIELDS if name in position]
    for ignored in codes[1:]:
        notes.warn((*at, ignored), "code_ignored", f"{codes[0]} wins and this is ignored: say one of them")
    if position.get("paymentObject") in MARKED_OBJECTS and not codes and "productCodes" not in position:
        notes.warn((*at, "imcParams"), "no_marking_code", "marked goods need their code: say it")
    _judge_signs(at, position, body, notes)
    _judge_mark(at, position, body, notes)
    judge_agent(at, position, body, notes)


def _judge_signs(at: Location, position: Mapping[str, Any], body: Mapping[str, Any], notes: Notes) -> None:
    """8.3, errors 145 and 216: method (1214), object (1212) and payment belong together."""
    method, thing = position.get("paymentMethod"), position.get("paymentObject")
    if method in METHODS_OF_MONEY and thing and thing not in PAYMENT_OBJECT:
        text = f"with {method} no goods change hands: the object is 'payment', not {thing!r}"
        notes.warn((*at, "paymentObject"), "signs_clash", text)
    elif method in CREDIT_METHODS and not any(each.get("type") in ON_CREDIT for each in payments(body)):
        text = "what is handed over unpaid, or not all paid, is paid by 'credit', and nothing here is"
        notes.warn((*at, "paymentMethod"), "signs_clash", text)


def _judge_mark(at: Location, position: Mapping[str, Any], body: Mapping[str, Any], notes: Notes) -> None:
    """9.1, 9.3: a code has a planned status that fits the receipt, and a quantity that fits the status."""
    imc = position.get("imcParams")
    if imc is None:
        return
    if "paymentObject" in position and position["paymentObject"] not in MARKED_OBJECTS:
        text = "goods with a code are 'commodityWithMarking' or 'exciseWithMarking' (tag 1212)"
        notes.warn((*at, "paymentObject"), "mark_object", text)
    judge_code((*at, "imcParams"), imc, notes)
    status = imc.get("itemEstimatedStatus")
    if status in UNFIT_STATUSES.get(body["type"], ()):
        notes.warn(
            (*at, "imcParams", "itemEstimatedStatus"),
            "mark_status",
            f"{status} does not fit a {body['type']}",
        )
    quantity, unit = position.get("quantity", 1), position.get("measurementUnit")
    if "itemFractionalAmount" in imc:
        if quantity != 1:
            text = "a part of a pack is sold one by one: quantity 1"
            notes.warn((*at, "quantity"), "fraction_quantity", text)
    elif status in PIECE_STATUSES and quantity != 1:
        text = "a code stands for one piece: say each piece by itself (17)"
        notes.warn((*at, "quantity"), "mark_measure", text)
    elif status in DRY_STATUSES and (unit is None or unit in PIECE):
        text = "goods by measure have a unit that is no piece (412): say it"
        notes.warn((*at, "measurementUnit"), "mark_measure", text)


def judge_codes(body: Mapping[str, Any], notes: Notes) -> None:
    """9.3: a code stands for one piece, which is in a receipt once; parts of a pack and goods by measure share theirs."""
    met: set[str] = set()
    for place, position in positions(body):
        imc = position.get("imcParams", {})
        code = imc.get("imc")
        if not code or imc.get("itemEstimatedStatus") not in PIECE_STATUSES or "itemFractionalAmount" in imc:
            continue
        if code in met:
            text = "this code stands at another position already: each piece has its own"
            notes.warn(("items", place, "imcParams", "imc"), "said_twice", text)
        met.add(code)


def judge_credit(body: Mapping[str, Any], notes: Notes) -> None:
    """8.3, errors 145 and 216: what is owed (tag 1216) is owed for some position, as its method (1214) says."""
    methods = [position.get("paymentMethod") for _, position in positions(body)]
    if not methods or None in methods or not CREDIT_METHODS.isdisjoint(methods):
        return
    for place, payment in enumerate(payments(body)):
        if payment.get("type") in ON_CREDIT and payment.get("sum"):
            text = (
                "no position is handed over on credit: say paymentMethod 'credit' or 'partialPayment' there"
            )
            notes.warn(("payments", place, "type"), "signs_clash", text)


def judge_code(at: Location, mark: Mapping[str, Any], notes: Notes) -> None:
    """9.1, 9.2: what is said of a code, in a receipt or in a task that checks it."""
    if mark.get("imc") and not is_base64(mark["imc"]):
        notes.warn((*at, "imc"), "not_base64", "plain text is tolerated; write base64")
    if "itemEstimatedStatus" not in mark:
        text = "the FN is told with each code what becomes of the goods (tag 2003): say it"
        notes.warn((*at, "itemEstimatedStatus"), "mark_incomplete", text)


def judge_checked_code(at: Location, mark: Mapping[str, Any], notes: Notes) -> None:
    """9.3: what a task that checks a code must say of the goods."""
    judge_code(at, mark, notes)
    if mark.get("itemEstimatedStatus") in DRY_STATUSES:
        for name in ("itemQuantity", "itemUnits"):
            if name not in mark:
                notes.warn((*at, name), "mark_measure", "goods by measure have a quantity and a unit: say it")


def judge_agent(at: Location, said: Mapping[str, Any], body: Mapping[str, Any], notes: Notes) -> None:
    """
    8.3, errors 161 and 167: the FN wants the supplier's INN (tag 1226) with an agent.

    It stands at positions; the one of the receipt is taken for all of them. A list of no agents is none.
    """
    agent = said.get("agentInfo")
    if agent is None:
        return
    if agent.get("agents") == []:
        text = "without it nothing is registered as an agent's: say which"
        notes.warn((*at, "agentInfo", "agents"), "no_agents", text)
    goods = [position for _, position in positions(body)]
    if agent.get("agents") != [] and not _supplier(said) and not (goods and all(map(_supplier, goods))):
        text = "an agent's sale names the supplier's INN (161, 167): say it"
        notes.refuse((*at, "supplierInfo", "vatin"), "missing", text)
    kinds = [
        kind for kind in agent.get("agents", ()) if isinstance(kind, str)
    ]  # the others have been refused
    wanted = {part: kind for kind in kinds for part in AGENTS_DETAILS.get(kind, ())}
    for (holder, name), kind in wanted.items():
        if not agent.get(holder, {}).get(name):
            notes.warn((*at, "agentInfo", holder, name), "agent_details", f"a {kind} says it: say it")


def _supplier(said: Mapping[str, Any]) -> bool:
    return bool(said.get("supplierInfo", {}).get("vatin"))
