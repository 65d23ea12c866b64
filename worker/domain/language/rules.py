"""
The rules between the fields of a receipt or correction that are no sums: VAT, goods, agents, contact, grounds, size.

A problem is what the register refuses, with its error number; a warning is what it takes and a careful client would
not send, or what depends on its FFD or driver. There is no clock here: rules that depend on the day say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from worker.domain.language.fields import missing
from worker.domain.language.sums import is_correction, payments, positions
from worker.domain.language.values import is_base64
from worker.domain.language.vocabulary import MARKED_OBJECTS, PROGRAMMED_PAYMENTS, RATES, Rate
from worker.domain.money import KOPECK, ZERO, kopecks, share
from worker.domain.refusals import Location, Notes

DOCUMENT_MAX = 32768  # bytes, 8.1
CLASHING = {18: 20, 20: 18}  # per cent, error 219
CODE_FIELDS = ("markingCode", "imcParams", "nomenclatureCode")  # 8.3: the first of them wins
OUR_MARKER = re.compile(r"fq[a-z2-7]{14}")  # design §2
NOT_SAID = (None, "")  # a tuple: what is looked for may be anything, unhashable too
ATTRIBUTES = frozenset({"userAttribute", "additionalAttribute"})


def judge(said: Mapping[str, Any], body: Mapping[str, Any], notes: Notes) -> None:
    """
    Note what is wrong with a receipt or correction beside its sums.

    Args:
        said: the task as the CRM said it.
        body: the task as read and filled in.
        notes: takes what is wrong.

    """
    for place, position in positions(body):
        _judge_position(("items", place), said["items"][place], position, body, notes)
    _judge_agency((), body, notes)
    _judge_rates(body, notes)
    _judge_taxation_type(said, body, notes)
    _judge_contact(body, notes)
    _judge_attributes(body, notes)
    for place, payment in enumerate(payments(body)):
        if payment.get("type") in PROGRAMMED_PAYMENTS:
            text = (
                "exists only where the register was set up for it, else 60: ask the service, or say 'other'"
            )
            notes.warn(("payments", place, "type"), "programmed_payment", text)
    if is_correction(body):
        _judge_grounds(said, body, notes)
    size = document_size(body)
    if size > DOCUMENT_MAX:
        text = f"about {size} bytes, {DOCUMENT_MAX} are possible (501): split the receipt"
        notes.refuse(("items",), "document_too_large", text)


# Positions


def _judge_position(
    at: Location, told: Mapping[str, Any], position: Mapping[str, Any], body: Mapping[str, Any], notes: Notes
) -> None:
    """What a position lacks, doubles or contradicts in itself (8.3)."""
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
    _judge_tax_sum(at, position, notes)
    _judge_imc(at, position, notes)
    _judge_agency(at, position, notes)


def _judge_tax_sum(at: Location, position: Mapping[str, Any], notes: Notes) -> None:
    """8.3, errors 128 to 131: a sum that was said is used as it is, so it must be possible and should be right."""
    tax = position.get("tax", {})
    rate, told, amount = RATES.get(tax.get("type", "")), tax.get("sum"), position.get("amount")
    if rate is None or told is None or amount is None:
        return
    right = share(amount, rate.percent, 100 + rate.percent) if rate.percent else ZERO
    if told > amount:
        text = f"{told} of VAT in {amount}: leave it out, the register computes it"
        notes.refuse((*at, "tax", "sum"), "tax_above_amount", text)
    elif abs(told - right) > KOPECK:
        text = f"{rate.name} of {amount} is {right}: leave it out, the register computes it"
        notes.warn((*at, "tax", "sum"), "tax_differs", text)


def _judge_imc(at: Location, position: Mapping[str, Any], notes: Notes) -> None:
    """9.3: parts of a pack are sold one by one."""
    imc = position.get("imcParams", {})
    if "itemFractionalAmount" in imc and position.get("quantity", 1) != 1:
        notes.warn((*at, "quantity"), "fraction_quantity", "a part of a pack is sold one by one: quantity 1")
    if imc.get("imc") and not is_base64(imc["imc"]):
        notes.warn((*at, "imcParams", "imc"), "not_base64", "plain text is tolerated; write base64")


def _judge_agency(at: Location, said: Mapping[str, Any], notes: Notes) -> None:
    """8.3, errors 161 and 167: the FN wants the supplier's INN with an agent's position."""
    agent = said.get("agentInfo")
    if agent is None:
        return
    if not agent.get("agents"):
        text = "without it nothing is registered as an agent's: say which"
        notes.warn((*at, "agentInfo", "agents"), "no_agents", text)
    elif not said.get("supplierInfo", {}).get("vatin"):
        note = notes.refuse if at else notes.warn
        text = "an agent's sale names the supplier's INN (161, 167): say it"
        note((*at, "supplierInfo", "vatin"), "missing", text)


# VAT and tax system


def _judge_rates(body: Mapping[str, Any], notes: Notes) -> None:
    """8.3, fiscal rules 5 to 7: rates that exclude each other, are new to drivers, or out of date; each named once."""
    met: dict[str, Rate] = {}
    for at, tax in _taxes(body):
        rate = RATES.get(tax.get("type", ""))
        if rate is None or rate.name in met:
            continue
        percents = {other.percent for other in met.values()}
        if CLASHING.get(rate.percent or 0) in percents and rate.percent not in percents:
            text = "18 and 20 per cent may not stand in one receipt (219): split it"
            notes.refuse((*at, "type"), "rates_clash", text)
        _judge_age((*at, "type"), rate, body, notes)
        met[rate.name] = rate


def _taxes(body: Mapping[str, Any]) -> Iterator[tuple[Location, Mapping[str, Any]]]:
    for place, position in positions(body):
        if "tax" in position:
            yield ("items", place, "tax"), position["tax"]
    for place, tax in enumerate(body.get("taxes", ())):
        yield ("taxes", place), tax


def _judge_age(at: Location, rate: Rate, body: Mapping[str, Any], notes: Notes) -> None:
    if rate.since:
        text = f"drivers from before {rate.since} do not know {rate.name} and answer 501: look at yours"
        notes.warn(at, "driver_version", text)
    elif rate.percent == 18 and not is_correction(body):  # noqa: PLR2004 - the rate's name
        notes.warn(at, "old_rate", "18 per cent ended with 2018: only corrections may need it")
    elif rate.percent == 20 and body["type"] in {"sell", "buy"}:  # noqa: PLR2004 - returns and corrections may be of older sales
        text = "20 per cent ended with 2025: right only where a prepayment of then is offset"
        notes.warn(at, "old_rate", text)


def _judge_taxation_type(said: Mapping[str, Any], body: Mapping[str, Any], notes: Notes) -> None:
    """8.2: required by the FN when several systems are registered; envd ended with 2020."""
    if "taxationType" not in body and said.get("taxationType") in NOT_SAID:
        text = "a register with several tax systems refuses that (143, 161): say it, or set the register's default"
        notes.warn(("taxationType",), "no_taxation_type", text)
    elif body.get("taxationType") == "envd" and not is_correction(body):
        text = "this tax system ended with 2020: say the present one"
        notes.warn(("taxationType",), "old_taxation_type", text)


# The receipt as a whole


def _judge_contact(body: Mapping[str, Any], notes: Notes) -> None:
    """Fiscal rule 2; 8.2: who gets no paper gets a message, and an internet sale has a place."""
    contact = body.get("clientInfo", {}).get("emailOrPhone", "").strip()
    if not contact and (body.get("electronically") or body.get("internet")):
        text = "without paper or over the internet the law wants the buyer's e-mail or phone: say it"
        notes.warn(("clientInfo", "emailOrPhone"), "no_contact", text)
    elif contact and not _is_contact(contact):
        text = "looks like no e-mail and no phone: nobody gets it"
        notes.warn(("clientInfo", "emailOrPhone"), "bad_contact", text)
    if body.get("internet") and not body.get("paymentsPlace", "").strip():
        text = "an internet sale names the site's address (tag 1187): say it"
        notes.warn(("paymentsPlace",), "no_place", text)


def _is_contact(text: str) -> bool:
    name, at, host = text.partition("@")
    if at:
        return bool(name) and "." in host
    return re.fullmatch(r"\+?[\d ()-]{7,}", text) is not None


def _judge_attributes(body: Mapping[str, Any], notes: Notes) -> None:
    """Tags 1084 and 1192 stand once in a document (160); what looks like our marker is ours to write."""
    seen: set[str] = set()
    for place, item in enumerate(body.get("items", ())):
        kind = item.get("type")
        if kind in ATTRIBUTES:
            if kind in seen:
                text = "the document holds one of these (160): leave the other out"
                notes.warn(("items", place, "type"), "said_twice", text)
            seen.add(kind)
            if OUR_MARKER.fullmatch(item.get("value", "")):
                text = "'fq' and 14 letters is how fiscalq marks its own receipts: say something else"
                notes.refuse(("items", place, "value"), "reserved", text)


def _judge_grounds(said: Mapping[str, Any], body: Mapping[str, Any], notes: Notes) -> None:
    """8.4: the validator asks for no grounds, the document needs them (tags 1173, 1174)."""
    for name in ("correctionType", "correctionBaseDate"):
        if said.get(name) in NOT_SAID:
            notes.warn((name,), "no_grounds", "a correction says why and for which day: say it")
    if body.get("correctionType") == "instruction" and not body.get("correctionBaseNumber"):
        notes.warn(("correctionBaseNumber",), "no_grounds", "an instruction has a number: say it")


# Size

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
    size += sum(5 for name in ("paymentMethod", "paymentObject") if name in position)
    for part in position.get("agentInfo", {}).values():
        size += 9 + (_texts(part) if isinstance(part, dict) else 0)
    size += _texts(position.get("supplierInfo", {}))
    if "imcParams" in position:
        size += 4 + 32 + 5 + 8 + 5  # the code of tag 1163 and the results of tags 2102, 2106, 2107
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
