"""
The rules between the fields of a receipt or correction: fill-ins, sums to the kopeck, VAT, payments, who is told.

Fields by themselves are read by the table in shapes.py. Each rule names its source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from worker.domain.fields import is_base64, missing
from worker.domain.money import KOPECK, ZERO, kopecks, line, share
from worker.domain.money import total as added
from worker.domain.refusals import Notes
from worker.domain.vocabulary import (
    CASH,
    MARKED_OBJECTS,
    OLD_RATES,
    PAYMENT_TYPES,
    PROGRAMMED_PAYMENTS,
    RATES,
)

DOCUMENT_MAX = 32768  # bytes, 8.1
ROUNDING_MAX = Decimal(1)  # 8.2: a total may leave out the kopecks, no more
CODE_FIELDS = ("markingCode", "imcParams", "nomenclatureCode")  # 8.3: the first of them wins
RETURNS_MONEY = frozenset({"sellReturn", "buy", "sellReturnCorrection", "buyCorrection"})  # the shop pays the buyer
FFD_1_1_ONLY = frozenset({"sellReturnCorrection", "buyReturnCorrection"})  # 8.4
RATES_2026_ONLY_FOR_OLD = frozenset({"sell", "buy"})  # returns and corrections may be of older sales (fiscal rule 6)


def positions(body: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The positions among the items of a receipt as read, with their places."""
    for place, item in enumerate(body.get("items", ())):
        if isinstance(item, dict) and item.get("type") == "position":
            yield place, item


def is_correction(body: Mapping[str, Any]) -> bool:
    """Whether it is one of the four corrections."""
    return str(body.get("type", "")).endswith("Correction")


def is_old_correction(body: Mapping[str, Any]) -> bool:
    """Whether it is a correction without positions: the form of FFD 1.05 (reference 8.4)."""
    return is_correction(body) and next(positions(body), None) is None


def fill_amounts(said: Mapping[str, Any], body: dict[str, Any], notes: Notes) -> None:
    """
    Fill in what positions leave out of their sums, and compare what they say.

    The register takes any amount and prints the difference as a discount or a markup (8.3), so a difference is a
    warning; what cannot be computed without a guess is a problem.
    """
    items = said.get("items")
    for place, position in positions(body):
        told = items[place] if isinstance(items, list) else {}
        price, quantity = told.get("price"), position.get("quantity")
        if "price" not in position or quantity is None:
            continue
        amount = line(price, quantity)
        discount = position.get("infoDiscountAmount", ZERO)
        at = ("items", place, "amount")
        if "amount" not in position:
            if not missing(told.get("amount")):
                continue  # said and refused
            if discount:
                notes.refuse(at, "missing", "with infoDiscountAmount it is not clear whether the price holds it: say it")
            position["amount"] = amount
        elif position["amount"] not in {amount, amount - discount}:
            difference = position["amount"] - amount
            kind = "markup" if difference > 0 else "discount"
            notes.warn(at, "amount_differs", f"price × quantity is {amount}; the register prints {abs(difference)} as {kind}")


def settle(said: Mapping[str, Any], body: dict[str, Any], notes: Notes) -> Decimal | None:
    """
    Judge the sums of a receipt whose positions have theirs.

    Args:
        said: the task as the CRM said it.
        body: the task as read; payments that were one word are filled in.
        notes: takes what is wrong.

    Returns: what the FN will register, None when it cannot be told.

    """
    if is_old_correction(body):
        return _settle_old_correction(said, body, notes)
    if not _items_hold_goods(said, body, notes):
        return None
    amounts = [position.get("amount") for _, position in positions(body)]
    if None in amounts:
        return None  # a problem has been noted
    goods = added(amount for amount in amounts if amount is not None)
    total = _total(goods, body, notes)
    _fill_payments(said, body, total, notes)
    _judge_payments(body, total, notes)
    return total


def _items_hold_goods(said: Mapping[str, Any], body: Mapping[str, Any], notes: Notes) -> bool:
    """8.2: an empty receipt passes the validator and is refused by the register."""
    if next(positions(body), None) is not None:
        return True
    if missing(said.get("items")):
        notes.refuse(("items",), "missing", "required (reference 8.2): say what is sold")
    elif isinstance(said["items"], list) and all(isinstance(item, dict) for item in said["items"]) and not notes.refused:
        notes.refuse(("items",), "empty_receipt", "has no position: the register refuses an empty receipt")
    return False


def _total(goods: Decimal, body: dict[str, Any], notes: Notes) -> Decimal:
    """8.2, error 227: a total may only leave out the kopecks of the sum of the positions."""
    total: Decimal = body.get("total", goods)
    if total > goods or goods - total >= ROUNDING_MAX:
        notes.refuse(("total",), "wrong_total", f"the positions add up to {goods}: leave it out or say the same (227)")
    elif total < goods:
        notes.warn(("total",), "total_below_items", f"the positions add up to {goods}; not every register rounds down")
    if not total:
        notes.warn(("total",) if "total" in body else ("items",), "zero_total", "the receipt is for nothing")
    return total


def _fill_payments(said: Mapping[str, Any], body: dict[str, Any], total: Decimal, notes: Notes) -> None:
    """Design §3: one word means that the whole total is paid so."""
    word = said.get("payments")
    if isinstance(word, str) and word in PAYMENT_TYPES:
        body["payments"] = [{"type": word, "sum": total}]
    elif missing(word):
        notes.refuse(("payments",), "missing", "required (reference 8.2): say how it is paid, one word is enough")


def _judge_payments(body: Mapping[str, Any], total: Decimal, notes: Notes) -> None:
    """8.2: less than the total is 66, more without cash is 52; change is given from cash alone."""
    payments: Sequence[Mapping[str, Any]] | None = body.get("payments")
    if payments is None or any("sum" not in payment or "type" not in payment for payment in payments):
        return
    paid, cashless = ZERO, ZERO
    for place, payment in enumerate(payments):
        paid += payment["sum"]
        if payment["type"] not in CASH:
            cashless += payment["sum"]
            if cashless > total >= cashless - payment["sum"]:
                text = f"without cash at most {total} can be paid, here it is {cashless}: lower it (52)"
                notes.refuse(("payments", place, "sum"), "cashless_above_total", text)
    if paid < total:
        at = ("payments", 0, "sum") if len(payments) == 1 else ("payments",)
        notes.refuse(at, "not_fully_paid", f"{paid} is paid of {total}: {total - paid} is missing (66)")
    elif paid > total >= cashless and body["type"] in RETURNS_MONEY:
        notes.warn(("payments",), "change_on_return", f"{paid} is paid out for {total}: no change is given here, say {total}")


def _settle_old_correction(said: Mapping[str, Any], body: dict[str, Any], notes: Notes) -> Decimal | None:
    """8.4: without positions the payments are the total, and only FFD 1.05 knows that form."""
    if body["type"] in FFD_1_1_ONLY:
        notes.refuse(("items",), "missing", "this correction exists for FFD 1.1 and later only, with positions (8.4)")
    elif missing(said.get("items")) or isinstance(said["items"], list):
        notes.warn(("items",), "old_correction", "without positions only a register on FFD 1.05 takes it; others answer 501")
    if missing(said.get("payments")):
        notes.refuse(("payments",), "missing", "required (reference 8.4): without positions they are the total")
    elif isinstance(said["payments"], str):
        notes.refuse(("payments",), "wrong_type", "without positions there is no total to pay: say each sum")
    payments = body.get("payments")
    if payments is None or any("sum" not in payment for payment in payments):
        return None
    total = added(payment["sum"] for payment in payments)
    if body.get("total", total) != total:
        notes.warn(("total",), "total_differs", f"the payments add up to {total}, which is what will be registered")
    if missing(said.get("taxes")):
        notes.warn(("taxes",), "no_tax", "without positions VAT is said here: the register will take its default")
    return total


def judge_taxes(body: Mapping[str, Any], notes: Notes) -> None:
    """8.3, error 219, fiscal rules 5 and 6: rates that exclude each other, are new to drivers, or out of date."""
    met: set[str] = set()
    for at, tax in _taxes(body):
        rate = RATES.get(tax.get("type", ""))
        if rate is None:
            continue
        rates = {rate.percent} | {RATES[name].percent for name in met}
        clash = rate.percent in {18, 20} and rates >= {18, 20}
        if clash and not any(RATES[name].percent == rate.percent for name in met):
            notes.refuse((*at, "type"), "rates_clash", "18 and 20 per cent may not stand in one receipt (219)")
        if rate.name not in met:
            _note_age(rate.name, rate.since, (*at, "type"), body, notes)
        met.add(rate.name)


def _note_age(name: str, since: int, at: tuple[str | int, ...], body: Mapping[str, Any], notes: Notes) -> None:
    if since:
        notes.warn(at, "driver_version", f"drivers from before {since} do not know {name} and answer 501: check yours")
    elif name in {"vat18", "vat118"} and not is_correction(body):
        notes.warn(at, "old_rate", "18 per cent ended with 2018: only corrections may need it")
    elif name in OLD_RATES and body["type"] in RATES_2026_ONLY_FOR_OLD:
        notes.warn(at, "old_rate", "20 per cent ended with 2025: right only where a prepayment of then is offset")


def _taxes(body: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    for place, position in positions(body):
        if "tax" in position:
            yield ("items", place, "tax"), position["tax"]
    for place, tax in enumerate(body.get("taxes", ())):
        yield ("taxes", place), tax


def judge_positions(body: Mapping[str, Any], notes: Notes) -> None:
    """What a position lacks, doubles or contradicts in itself (8.3)."""
    for place, position in positions(body):
        at = ("items", place)
        if "tax" not in position and "taxes" not in body:
            notes.warn((*at, "tax"), "no_tax", "no VAT is said and the register has no default here: say it")
        if "sum" in position.get("tax", ()):
            _judge_tax_sum(place, position, notes)
        if not position.get("price", KOPECK):
            notes.warn((*at, "price"), "zero_price", "costs nothing: some registers refuse that (16)")
        if position.get("department") == 0:
            notes.warn((*at, "department"), "out_of_range", "departments are counted from 1 (59)")
        codes = [name for name in CODE_FIELDS if name in position]
        for ignored in codes[1:]:
            notes.warn((*at, ignored), "code_ignored", f"{codes[0]} wins and this is ignored: say one of them")
        if position.get("paymentObject") in MARKED_OBJECTS and not codes and "productCodes" not in position:
            notes.warn((*at, "imcParams"), "no_marking_code", "marked goods need their code")
        _judge_imc(place, position, notes)
        _judge_agency(at, position, notes)
    _judge_agency((), body, notes)


def _judge_tax_sum(place: int, position: Mapping[str, Any], notes: Notes) -> None:
    """8.3, errors 128 to 131: a sum that was said is used as it is, so it must be possible and should be right."""
    rate, told, amount = RATES.get(position["tax"].get("type", "")), position["tax"]["sum"], position.get("amount")
    if rate is None or amount is None:
        return
    at = ("items", place, "tax", "sum")
    right = share(amount, rate.percent, 100 + rate.percent) if rate.percent else ZERO
    if told > amount:
        notes.refuse(at, "tax_above_amount", f"{told} of VAT in {amount}: leave it out, the register computes it")
    elif abs(told - right) > KOPECK:
        notes.warn(at, "tax_differs", f"{rate.name} of {amount} is {right}: leave it out, the register computes it")


def _judge_imc(place: int, position: Mapping[str, Any], notes: Notes) -> None:
    imc = position.get("imcParams", {})
    if "itemFractionalAmount" in imc and position.get("quantity", 1) != 1:
        text = "a part of a pack is sold one by one: quantity 1 (9.3)"
        notes.warn(("items", place, "quantity"), "fraction_quantity", text)
    if imc.get("imc") and not is_base64(imc["imc"]):
        notes.warn(("items", place, "imcParams", "imc"), "not_base64", "plain text is tolerated; write base64")


def _judge_agency(at: tuple[str | int, ...], said: Mapping[str, Any], notes: Notes) -> None:
    """8.3, errors 161 and 167: the FN wants the supplier's INN with an agent's position."""
    agent = said.get("agentInfo")
    if agent is None:
        return
    if not agent.get("agents"):
        notes.warn((*at, "agentInfo", "agents"), "no_agents", "without it nothing is registered as an agent's: say which")
    elif not said.get("supplierInfo", {}).get("vatin"):
        note = notes.refuse if at else notes.warn
        note((*at, "supplierInfo", "vatin"), "missing", "an agent's sale names the supplier's INN (161, 167): say it")


def judge_receipt(said: Mapping[str, Any], body: Mapping[str, Any], notes: Notes) -> None:
    """What the receipt as a whole lacks or doubles: tax system, contact, place, attributes, grounds, size."""
    if "taxationType" not in body and said.get("taxationType") in {None, ""}:
        text = "a register with several tax systems refuses that (143, 161): say it, or set the register's default"
        notes.warn(("taxationType",), "no_taxation_type", text)
    elif body.get("taxationType") == "envd" and not is_correction(body):
        notes.warn(("taxationType",), "old_taxation_type", "this tax system ended with 2020")
    _judge_contact(body, notes)
    _judge_attributes(body, notes)
    for place, payment in enumerate(body.get("payments", ())):
        if payment.get("type") in PROGRAMMED_PAYMENTS:
            text = "exists only where the register was set up for it, else 60: ask the service, or say 'other'"
            notes.warn(("payments", place, "type"), "programmed_payment", text)
    if is_correction(body):
        _judge_grounds(body, notes)
    size = document_size(body)
    if size > DOCUMENT_MAX:
        notes.refuse(("items",), "document_too_large", f"about {size} bytes, {DOCUMENT_MAX} are possible: split the receipt")


def _judge_contact(body: Mapping[str, Any], notes: Notes) -> None:
    """Fiscal rule 2; 8.2: who gets no paper gets a message, and an internet sale has a place."""
    contact = body.get("clientInfo", {}).get("emailOrPhone", "").strip()
    if not contact and (body.get("electronically") or body.get("internet")):
        text = "without paper or over the internet the buyer's e-mail or phone is required by law: say it"
        notes.warn(("clientInfo", "emailOrPhone"), "no_contact", text)
    elif contact and "@" not in contact and not contact.lstrip("+").replace("-", "").replace(" ", "").isdigit():
        notes.warn(("clientInfo", "emailOrPhone"), "bad_contact", "looks like no e-mail and no phone: nobody will get it")
    if body.get("internet") and not body.get("paymentsPlace", "").strip():
        notes.warn(("paymentsPlace",), "no_place", "an internet sale names the site's address (tag 1187): say it")


def _judge_attributes(body: Mapping[str, Any], notes: Notes) -> None:
    """Tags 1084 and 1192 stand once in a document (160)."""
    seen: set[str] = set()
    for place, item in enumerate(body.get("items", ())):
        kind = item.get("type")
        if kind in {"userAttribute", "additionalAttribute"}:
            if kind in seen:
                notes.warn(("items", place, "type"), "said_twice", "the document holds one of these: leave the other out")
            seen.add(kind)


def _judge_grounds(body: Mapping[str, Any], notes: Notes) -> None:
    """8.4: the validator asks for no grounds, the FN's document needs them (tags 1173, 1174)."""
    for name in ("correctionType", "correctionBaseDate"):
        if name not in body:
            notes.warn((name,), "no_grounds", "a correction says why and for which day: say it")
    if body.get("correctionType") == "instruction" and not body.get("correctionBaseNumber"):
        notes.warn(("correctionBaseNumber",), "no_grounds", "an instruction has a number: say it")


def document_size(body: Mapping[str, Any]) -> int:
    """
    Bytes of the document as the vendor's script estimates them before it opens the receipt (reference 8.1).

    Every requisite takes four bytes of head; sums take one to six bytes, texts one a character. Where the script asks
    the FN for its two addresses, room for long ones is counted.
    """
    size = 115 + 20 + 2 * 36  # what every receipt holds; the payments' frame; place and address as registered
    size += _texts(body.get("clientInfo", {})) + _texts(body.get("companyInfo", {})) + _texts(body.get("operator", {}))
    size += 5 if "taxationType" in body else 0
    size += 4 if body.get("items") else 0
    for item in body.get("items", ()):
        if item.get("type") == "position":
            size += _position_size(item)
        elif item.get("type") == "userAttribute":
            size += 4 + _texts({name: item.get(name) for name in ("name", "value")})
    size += sum(_digits(payment.get("sum", ZERO)) for payment in body.get("payments", ()))
    return round(size / 0.8)


def _position_size(position: Mapping[str, Any]) -> int:
    size = 4 + 8 + _texts({"name": position.get("name")})
    size += sum(4 + _digits(position[name]) for name in ("price", "amount", "infoDiscountAmount", "department") if name in position)
    size += sum(5 for name in ("paymentMethod", "paymentObject") if name in position)
    if "agentInfo" in position:
        agent = position["agentInfo"]
        size += 9 + sum(_texts(part) for part in agent.values() if isinstance(part, dict))
    size += _texts(position.get("supplierInfo", {}))
    if "imcParams" in position:
        size += 4 + 32 + 5 + 8 + 5
    return size


def _texts(said: Mapping[str, Any]) -> int:
    """Four bytes of head and one a character (of two sixteen-bit halves: two); a list of texts has a head of its own."""
    size = 0
    for value in said.values():
        if isinstance(value, str):
            size += 4 + len(value.encode("utf-16-le", "replace")) // 2
        elif isinstance(value, list) and value:
            size += 4 + _texts({str(place): one for place, one in enumerate(value)})
    return size


def _digits(value: int | Decimal) -> int:
    """Bytes of a sum by the script's own steps, which are no exact powers."""
    steps = (Decimal("2.56"), Decimal("655.36"), Decimal("16796.16"), Decimal("167772.16"), Decimal(10**6))
    return 1 + sum(1 for step in steps if kopecks(value) >= step)
