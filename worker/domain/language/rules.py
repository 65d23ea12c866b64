"""
The rules between the fields of a receipt or correction that are no sums, and those of the receipt as a whole.

A problem is what the register refuses, with its error number; a warning is what it takes and a careful client would
not send, or what depends on its FFD, its driver or the day. The day and the FFD are told (`Known`): there is no clock here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from worker.domain.identity import is_marker
from worker.domain.language.formats import judge_format
from worker.domain.language.goods import judge_agent, judge_codes, judge_credit, judge_position
from worker.domain.language.known import Known
from worker.domain.language.size import ATTRIBUTES, DOCUMENT_MAX, document_size
from worker.domain.language.sums import is_correction, payments, positions
from worker.domain.language.vat import judge_tax_sums, judge_vat
from worker.domain.language.vocabulary import CASHLESS, PROGRAMMED_PAYMENTS
from worker.domain.money import ZERO, total_of
from worker.domain.refusals import Notes

NOT_SAID = (None, "")  # a tuple: what is looked for may be anything, unhashable too


def judge(
    said: Mapping[str, Any], body: Mapping[str, Any], total: Decimal | None, known: Known, notes: Notes
) -> None:
    """
    Note what is wrong with a receipt or correction beside its sums.

    Args:
        said: the task as the CRM said it.
        body: the task as read and filled in.
        total: what the FN will register, None when it cannot be told.
        known: the day, and the register's format.
        notes: takes what is wrong.

    """
    for place, position in positions(body):
        judge_position(("items", place), said["items"][place], position, body, notes)
    judge_agent((), body, body, notes)
    judge_codes(body, notes)
    judge_credit(body, notes)
    judge_vat(said, body, known, notes)
    judge_tax_sums(body, total, notes)
    judge_format(body, known, notes)
    _judge_contact(body, notes)
    _judge_attributes(body, notes)
    _judge_payments(body, notes)
    if is_correction(body):
        _judge_grounds(said, body, known, notes)
    size = document_size(body)
    if size > DOCUMENT_MAX:
        text = f"about {size} bytes, {DOCUMENT_MAX} are possible (501): split the receipt"
        notes.refuse(("items",), "document_too_large", text)


def _judge_contact(body: Mapping[str, Any], notes: Notes) -> None:
    """Fiscal rule 2; 8.2: who gets no paper gets a message, and an internet sale has a place."""
    contact = body.get("clientInfo", {}).get("emailOrPhone", "").strip()
    if not contact and (body.get("electronically") or body.get("internet")):
        text = "without paper or over the internet the law wants the buyer's e-mail or phone: say it"
        notes.warn(("clientInfo", "emailOrPhone"), "no_contact", text)
    elif not contact.isprintable():
        text = "holds signs that are not seen, as a copy from a letter or a table may: write it anew"
        notes.refuse(("clientInfo", "emailOrPhone"), "unseen_signs", text)
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
            if is_marker(item.get("value", "")):
                text = "'fq' and 14 letters is how fiscalq marks its own receipts: say something else"
                notes.refuse(("items", place, "value"), "reserved", text)


def _judge_payments(body: Mapping[str, Any], notes: Notes) -> None:
    """8.2: types that exist only where they were programmed; fiscal rule 4: details that add up to the payments."""
    for place, payment in enumerate(payments(body)):
        if payment.get("type") in PROGRAMMED_PAYMENTS:
            text = (
                "exists only where the register was set up for it, else 60: ask the service, or say 'other'"
            )
            notes.warn(("payments", place, "type"), "programmed_payment", text)
    details = body.get("paymentsAddInfo")
    if details and all("sum" in each for each in details):
        told = total_of(each["sum"] for each in details)
        paid = total_of(each.get("sum", ZERO) for each in payments(body) if each.get("type") in CASHLESS)
        if told != paid:
            text = f"adds up to {told}, and {paid} is paid electronically: name each payment once"
            notes.warn(("paymentsAddInfo",), "cashless_differs", text)


def _judge_grounds(said: Mapping[str, Any], body: Mapping[str, Any], known: Known, notes: Notes) -> None:
    """8.4: the validator asks for no grounds, the document needs them (tags 1173, 1174), with a day that has been."""
    for name in ("correctionType", "correctionBaseDate"):
        if said.get(name) in NOT_SAID:
            notes.warn((name,), "no_grounds", "a correction says why and for which day: say it")
    if body.get("correctionType") == "instruction" and not body.get("correctionBaseNumber"):
        notes.warn(("correctionBaseNumber",), "no_grounds", "an instruction has a number: say it")
    day = known.day_of(body)
    if day is not None and known.today is not None and day > known.today:
        text = f"is after today, {known.today:%Y.%m.%d}: a settlement that was not made yet is not corrected"
        notes.warn(("correctionBaseDate",), "future_day", text)
