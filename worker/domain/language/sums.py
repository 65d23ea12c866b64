"""
The sums of a receipt or correction: fill-ins of design §3, lines, total and payments, to the kopeck.

Error numbers in the messages are what the register would answer (reference §10).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from worker.domain.language.fields import missing
from worker.domain.language.vocabulary import CASH
from worker.domain.money import MONEY_MAX, ZERO, line, total_of
from worker.domain.refusals import Location, Notes

ROUNDING_MAX = Decimal(1)  # 8.2: a total may leave out the kopecks, no more
MARKED_UP_MAX = (
    2  # 8.3: an amount may differ from price × quantity within limits; twice the price is beyond all of them
)
PAID_OUT = frozenset(
    {"sellReturn", "buy", "sellReturnCorrection", "buyCorrection"}
)  # the shop pays, so nobody gives change
SINCE_FFD_1_1 = frozenset({"sellReturnCorrection", "buyReturnCorrection"})  # 8.4


def positions(body: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The positions among the items of a receipt as read, with their places."""
    for place, item in enumerate(body.get("items", ())):
        if isinstance(item, dict) and item.get("type") == "position":
            yield place, item


def payments(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The payments of a receipt as read; none while they are still one word."""
    found = body.get("payments", [])
    return found if isinstance(found, list) else []


def is_correction(body: Mapping[str, Any]) -> bool:
    """Whether it is one of the four corrections."""
    return str(body.get("type", "")).endswith("Correction")


def settle(
    said: Mapping[str, Any], body: dict[str, Any], notes: Notes, *, old_forms: bool | None = None
) -> Decimal | None:
    """
    Fill in and judge the sums of a receipt or correction.

    Args:
        said: the task as the CRM said it.
        body: the task as read; amounts and payments that were left out are filled in.
        old_forms: whether the register takes a correction without positions (FFD 1.05); None when that is not known.
        notes: takes what is wrong.

    Returns: what the FN will register, None when it cannot be told.

    """
    if missing(said.get("payments")):
        text = "required (reference 8.2): say how it is paid, one word is enough"
        notes.refuse(("payments",), "missing", text)
    if next(positions(body), None) is None and is_correction(body):
        return _settle_old_correction(said, body, notes, old_forms=old_forms)
    _fill_amounts(said, body, notes)
    amounts = [position.get("amount") for _, position in positions(body)]
    if not amounts:
        _refuse_emptiness(said, notes)
        return None
    if None in amounts:
        return None  # a problem has been noted there
    total = _total(total_of(amount for amount in amounts if amount is not None), body, notes)
    if isinstance(body.get("payments"), str):
        body["payments"] = [{"type": body["payments"], "sum": total}]
    _judge_payments(body, total, notes)
    return total


def _fill_amounts(said: Mapping[str, Any], body: dict[str, Any], notes: Notes) -> None:
    """
    Fill in amounts, and compare those that were said.

    The register takes any amount and prints the difference as a discount or a markup (8.3), so a difference is a
    warning; what cannot be computed without a guess is a problem.
    """
    for place, position in positions(body):
        told = said["items"][place]
        if "price" not in position or "quantity" not in position:
            continue
        # The price as it was said: three at 33.333 are 100.00, not three times 33.33.
        product = line(told["price"], position["quantity"])
        discount = position.get("infoDiscountAmount", ZERO)
        at: Location = ("items", place, "amount")
        if "amount" in position:
            if position["amount"] not in {product, product - discount}:
                difference = position["amount"] - product
                word = "markup" if difference > 0 else "discount"
                text = f"price × quantity is {product}; the register prints {abs(difference)} as {word}"
                notes.warn(at, "amount_differs", text)
        elif missing(told.get("amount")):
            if discount:
                text = "beside infoDiscountAmount it is not clear whether the price holds it: say the amount"
                notes.refuse(at, "missing", text)
            elif product > MONEY_MAX:
                notes.refuse(at, "out_of_range", f"price × quantity is {product}: the tag holds {MONEY_MAX}")
            else:
                position["amount"] = product
        computed = line(position["price"], position["quantity"])  # from the price that is sent
        if position.get("amount", ZERO) > MARKED_UP_MAX * computed:
            text = f"the register computes {computed}, and marks nothing up to {position['amount']} (16)"
            notes.refuse(at, "amount_differs", text)


def _refuse_emptiness(said: Mapping[str, Any], notes: Notes) -> None:
    """8.2: an empty receipt passes the validator and is refused by the register."""
    items = said.get("items")
    if missing(items):
        notes.refuse(("items",), "missing", "required (reference 8.2): say what is sold")
    elif isinstance(items, list):
        notes.refuse(("items",), "empty_receipt", "has no position: the register refuses an empty receipt")


def _total(goods: Decimal, body: Mapping[str, Any], notes: Notes) -> Decimal:
    """8.2, error 227: a total may only leave out the kopecks of the sum of the positions."""
    total: Decimal = body.get("total", goods)
    if goods > MONEY_MAX:
        text = f"the positions add up to {goods}: the tag holds {MONEY_MAX}, split the receipt"
        notes.refuse(("items",), "out_of_range", text)
    if total > goods or goods - total >= ROUNDING_MAX:
        text = f"the positions add up to {goods}: leave it out or say that (227)"
        notes.refuse(("total",), "wrong_total", text)
    elif total < goods:
        text = f"the positions add up to {goods}: not every register rounds down"
        notes.warn(("total",), "total_below_items", text)
    if not total:
        notes.warn(("total",) if "total" in body else ("items",), "zero_total", "the receipt is for nothing")
    return total


def _judge_payments(body: Mapping[str, Any], total: Decimal, notes: Notes) -> None:
    """8.2: less than the total is 66, more without cash is 52; change is given from cash alone."""
    paid = cashless = ZERO
    for place, payment in enumerate(payments(body)):
        if "sum" not in payment or "type" not in payment:
            return  # a problem has been noted there
        paid += payment["sum"]
        if payment["type"] not in CASH:
            cashless += payment["sum"]
            if cashless > total >= cashless - payment["sum"]:
                text = f"brings what is paid without cash to {cashless}, above the total of {total}: lower it (52)"
                notes.refuse(("payments", place, "sum"), "cashless_above_total", text)
    if "payments" in body and paid < total:
        at: Location = ("payments", 0, "sum") if len(payments(body)) == 1 else ("payments",)
        notes.refuse(at, "not_fully_paid", f"{paid} is paid of {total}, {total - paid} is missing (66)")
    elif paid > total >= cashless and body["type"] in PAID_OUT:
        text = f"{paid} is paid out for {total}: a buyer gives no change, say {total}"
        notes.warn(("payments",), "change_on_return", text)


def _settle_old_correction(
    said: Mapping[str, Any], body: dict[str, Any], notes: Notes, *, old_forms: bool | None
) -> Decimal | None:
    """8.4: without positions the payments are the total, and only FFD 1.05 knows that form."""
    if body["type"] in SINCE_FFD_1_1:
        text = "this correction exists since FFD 1.1 only, with positions (8.4): say them"
        notes.refuse(("items",), "missing", text)
    elif old_forms is False:
        text = "the register's FFD knows no correction without positions (501): say them"
        notes.refuse(("items",), "old_correction", text)
    elif old_forms is None:
        text = "without positions only a register on FFD 1.05 takes it, others answer 501: say them"
        notes.warn(("items",), "old_correction", text)
    if missing(said.get("taxes")):
        text = "without positions VAT is said here, else the register takes its own"
        notes.warn(("taxes",), "no_tax", text)
    if isinstance(body.get("payments"), str):
        notes.refuse(("payments",), "wrong_type", "without positions there is no total to pay: say each sum")
    if not payments(body) or any("sum" not in payment for payment in payments(body)):
        return None
    total = total_of(payment["sum"] for payment in payments(body))
    if body.get("total", total) != total:
        text = f"the payments add up to {total}, which is what will be registered"
        notes.warn(("total",), "total_differs", text)
    return total
