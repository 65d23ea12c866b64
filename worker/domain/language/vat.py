"""
VAT and tax systems by day and kind of receipt (fiscal rules 5 to 7; reference 8.2, 8.3, 10).

No rate is ever changed, and none refused for its day: a return, a correction and the offset of a prepayment keep the
rate of their time, and only the shop knows which of them it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from worker.domain.language.known import Known
from worker.domain.language.sums import is_correction, payments, positions
from worker.domain.language.vocabulary import (
    CALCULATED_RATES,
    PREPAID,
    PREPAYMENT_METHODS,
    RATES,
    SIMPLIFIED,
    Rate,
)
from worker.domain.money import KOPECK, ZERO, share, total_of
from worker.domain.refusals import Location, Notes

NOT_SAID = (None, "")  # a tuple: what is looked for may be anything, unhashable too
CLASHING = frozenset({18, 20})  # per cent, error 219
SIMPLIFIED_RATES = frozenset({5, 7})  # per cent, 176-FZ


@dataclass(frozen=True)
class Period:
    """The days on which a rate is that of a sale, both included; None where there is no end to tell of."""

    first: date | None
    last: date | None


PERIODS: Mapping[int, Period] = MappingProxyType(  # by per cent
    {
        18: Period(None, date(2018, 12, 31)),  # 303-FZ
        20: Period(date(2019, 1, 1), date(2025, 12, 31)),  # 303-FZ, 425-FZ
        5: Period(date(2025, 1, 1), None),  # 176-FZ
        7: Period(date(2025, 1, 1), None),
        22: Period(date(2026, 1, 1), None),  # 425-FZ
    }
)
TOLERATED_UNTIL = date(2026, 3, 31)  # fiscal rule 6: 20 per cent instead of 22
LAST_DAY_OF_ENVD = date(2020, 12, 31)  # 97-FZ


def judge_vat(said: Mapping[str, Any], body: Mapping[str, Any], known: Known, notes: Notes) -> None:
    """
    Note what is wrong with the rates and the tax system of a receipt or correction.

    Args:
        said: the task as the CRM said it.
        body: the task as read and filled in.
        known: the day, and the register's format.
        notes: takes what is wrong.

    """
    _judge_rates(body, known, notes)
    _judge_taxation_type(said, body, known, notes)
    for place, position in positions(body):
        judge_tax_sum(("items", place), position, notes)
        _judge_prepayment(("items", place), position, notes)
    if body.get("useVAT18") and not is_correction(body):
        notes.warn(("useVAT18",), "old_rate", "18 per cent ended with 2018: only corrections may need it")


def judge_tax_sum(at: Location, position: Mapping[str, Any], notes: Notes) -> None:
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


def judge_tax_sums(body: Mapping[str, Any], total: Decimal | None, notes: Notes) -> None:
    """8.2, errors 128 to 131: the VAT of a receipt is a part of its total, that of each rate no more than its share."""
    together = ZERO
    for place, tax in enumerate(body.get("taxes", ())):
        told, rate = tax.get("sum", ZERO), RATES.get(tax.get("type", ""))
        together = total_of((together, told))
        if total is None:
            continue
        at: Location = ("taxes", place, "sum")
        most = share(total, rate.percent, 100 + rate.percent) if rate is not None and rate.percent else total
        if together > total >= together - told:
            text = f"{together} of VAT in a receipt of {total}: leave it out, the register computes it"
            notes.refuse(at, "tax_above_amount", text)
        elif told > most + KOPECK * max(1, len(list(positions(body)))):
            text = f"{rate.name if rate else tax['type']} of all of it is {most}: leave it out, the register computes it"
            notes.warn(at, "tax_differs", text)


def _judge_rates(body: Mapping[str, Any], known: Known, notes: Notes) -> None:
    """Rates that exclude each other, are new to drivers, of another tax system or of another time; each named once."""
    met: dict[str, Rate] = {}
    for at, tax in _taxes(body):
        rate = RATES.get(tax.get("type", ""))
        if rate is None or rate.name in met:
            continue
        percents = {other.percent for other in met.values()}
        if (
            rate.percent in CLASHING
            and percents | {rate.percent} >= CLASHING
            and rate.percent not in percents
        ):
            text = "18 and 20 per cent may not stand in one receipt (219): split it"
            notes.refuse((*at, "type"), "rates_clash", text)
        if rate.since:
            text = f"drivers from before {rate.since} do not know {rate.name} and answer 501: look at yours"
            notes.warn((*at, "type"), "driver_version", text)
        if rate.percent in SIMPLIFIED_RATES and body.get("taxationType", SIMPLIFIED[0]) not in SIMPLIFIED:
            text = f"{rate.percent} per cent is of the simplified tax system, not of {body['taxationType']}"
            notes.warn((*at, "type"), "usn_rate", text)
        elif rate.percent and body.get("taxationType") == "patent":
            text = (
                f"a patent is without VAT, and this is {rate.name}: say none, or the tax system that is meant"
            )
            notes.warn((*at, "type"), "usn_rate", text)
        _judge_time((*at, "type"), rate, body, known, notes)
        met[rate.name] = rate


def _taxes(body: Mapping[str, Any]) -> Iterator[tuple[Location, Mapping[str, Any]]]:
    for place, position in positions(body):
        if "tax" in position:
            yield ("items", place, "tax"), position["tax"]
    for place, tax in enumerate(body.get("taxes", ())):
        yield ("taxes", place), tax


def _judge_time(at: Location, rate: Rate, body: Mapping[str, Any], known: Known, notes: Notes) -> None:
    """
    A rate outside its days.

    A return and its correction keep the rate of the sale, whenever that was; 18 per cent is the exception, which only
    corrections may still need. A day that is not known counts as one of after 2025, but for a correction.
    """
    period = PERIODS.get(rate.percent or 0)
    if period is None:
        return
    day = known.day_of(body)
    if day is not None and period.first is not None and day < period.first:
        text = f"there is no {rate.percent} per cent before {period.first}, and this is of {day}: say the rate of that day"
        notes.warn(at, "early_rate", text)
    elif period.last is None or (day is not None and day <= period.last):
        return
    elif rate.percent == 18 and not is_correction(body):  # noqa: PLR2004 - the rate's name
        notes.warn(at, "old_rate", "18 per cent ended with 2018: only corrections may need it")
    elif "Return" in body["type"] or (day is None and is_correction(body)) or _is_offset(rate, body):
        return
    elif rate.percent == 20 and day is not None and day <= TOLERATED_UNTIL:  # noqa: PLR2004 - the rate's name
        text = f"20 per cent ended with 2025 and is only tolerated until {TOLERATED_UNTIL}: say vat22"
        notes.warn(at, "old_rate", text)
    else:
        last = period.last.year
        text = f"{rate.percent} per cent ended with {last}: right only where a prepayment of then is offset"
        notes.warn(at, "old_rate", text)


def _is_offset(rate: Rate, body: Mapping[str, Any]) -> bool:
    """Whether all that bears this rate is paid by the offset of a prepayment (fiscal rule 6)."""
    prepaid = total_of(
        payment.get("sum", ZERO) for payment in payments(body) if payment.get("type") in PREPAID
    )
    bearing = total_of(
        position.get("amount", ZERO)
        for _, position in positions(body)
        if (other := RATES.get(position.get("tax", {}).get("type", ""))) and other.percent == rate.percent
    )
    return ZERO < bearing <= prepaid


def _judge_prepayment(at: Location, position: Mapping[str, Any], notes: Notes) -> None:
    """Tax code, art. 164 p. 4: of a prepayment the VAT is computed out of the sum."""
    rate = RATES.get(position.get("tax", {}).get("type", ""))
    if rate is None or not rate.percent or rate.name in CALCULATED_RATES:
        return
    if position.get("paymentMethod") in PREPAYMENT_METHODS:
        text = f"a prepayment has the calculated rate: vat1{rate.percent:02}, not {rate.name}"
        notes.warn((*at, "tax", "type"), "prepayment_rate", text)


def _judge_taxation_type(
    said: Mapping[str, Any], body: Mapping[str, Any], known: Known, notes: Notes
) -> None:
    """8.2: one that is registered, and required by the FN when several are; envd ended with 2020."""
    registered, told = known.taxation_types, body.get("taxationType")
    if registered is not None and told is not None and told not in registered:
        names = ", ".join(sorted(registered))
        text = f"the register is registered for {names} alone and refuses {told} (143): say one of these, or register it anew"
        notes.refuse(("taxationType",), "foreign_taxation_type", text)
    elif told is None and said.get("taxationType") in NOT_SAID:
        if registered is None or len(registered) > 1:
            text = "a register with several tax systems refuses that (143, 161): say it, or set the register's default"
            notes.warn(("taxationType",), "no_taxation_type", text)
    elif told == "envd":
        day = known.day_of(body)
        if "Return" in body["type"] and is_correction(body):
            return
        if (day is None and not is_correction(body)) or (day is not None and day > LAST_DAY_OF_ENVD):
            text = "this tax system ended with 2020: say the present one"
            notes.warn(("taxationType",), "old_taxation_type", text)
