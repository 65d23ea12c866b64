"""
A job's paper, drawn from its task and its fiscal data, in the words of the trade.

It is a likeness: shop, address and VAT sums are the register's own, and stand on its paper alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import segno

from worker.domain.tasks import Defaults, Kind, Task, check

TITLES = {
    "sell": "ПРИХОД",
    "sellReturn": "ВОЗВРАТ ПРИХОДА",
    "buy": "РАСХОД",
    "buyReturn": "ВОЗВРАТ РАСХОДА",
    "openShift": "ОТЧЕТ ОБ ОТКРЫТИИ СМЕНЫ",
    "closeShift": "ОТЧЕТ О ЗАКРЫТИИ СМЕНЫ",
    "reportX": "X-ОТЧЕТ",
    "cashIn": "ВНЕСЕНИЕ",
    "cashOut": "ВЫПЛАТА",
    "reportOfdExchangeStatus": "ОТЧЕТ О СОСТОЯНИИ РАСЧЕТОВ",
    "nonFiscal": "НЕФИСКАЛЬНЫЙ ДОКУМЕНТ",
    "printCopy": "КОПИЯ",
}
PAYMENTS = {
    "cash": "НАЛИЧНЫМИ",
    "electronically": "БЕЗНАЛИЧНЫМИ",
    "prepaid": "ПРЕДВАРИТЕЛЬНАЯ ОПЛАТА (АВАНС)",
    "credit": "ПОСЛЕДУЮЩАЯ ОПЛАТА (КРЕДИТ)",
    "other": "ИНАЯ ФОРМА ОПЛАТЫ",
    **dict(zip("01234", ("НАЛИЧНЫМИ", "БЕЗНАЛИЧНЫМИ", "АВАНС", "КРЕДИТ", "ИНАЯ ФОРМА ОПЛАТЫ"), strict=True)),
}
TAXATION = {
    "osn": "ОСН",
    "usnIncome": "УСН доход",
    "usnIncomeOutcome": "УСН доход - расход",
    "envd": "ЕНВД",
    "esn": "ЕСХН",
    "patent": "Патент",
}
UNITS = {"piece": "шт", "kilogram": "кг", "gram": "г", "liter": "л", "meter": "м", "hour": "ч"}
SHOWN_MAX = 400  # characters of one text: a name that fills the screen is an attack, or a mistake
QR_MAX = 300  # characters; the longest of the FNS has some 90


@dataclass(frozen=True)
class Line:
    """One line: a word at either edge; `kind` is title, rule, total, centre or plain."""

    left: str = ""
    right: str = ""
    kind: str = "plain"


@dataclass(frozen=True)
class Paper:
    """
    What lies in the tray, or would.

    Args:
        lines: from the head to the foot.
        qr: a picture of the code as SVG, empty without one.

    """

    lines: Sequence[Line]
    qr: str = ""


def draw(
    task: bytes, fiscal: Mapping[str, Any] | None, defaults: Defaults, *, with_contact: bool
) -> Paper | None:
    """
    Draw the paper of a task.

    Args:
        task: as the CRM sent it.
        fiscal: of the status answer, None unless it is printed.
        defaults: of the register, as they are now.
        with_contact: show where the buyer's receipt was sent; otherwise only that it was.

    Returns: None when the task breaks a rule, so that nothing of it can be drawn, or leaves no paper.

    """
    read = check(task, defaults).task
    if read is None or read.kind in {Kind.READING, Kind.MARKING}:
        return None
    lines = [*_body(read, with_contact=with_contact), *_foot(fiscal or {})]
    return Paper(lines, _qr((fiscal or {}).get("qr")))


def plain(text: object) -> str:
    """The text without what steers its direction or a terminal, and not longer than can be read."""
    said = "".join("\N{REPLACEMENT CHARACTER}" if _steers(sign) else sign for sign in str(text))
    return said if len(said) <= SHOWN_MAX else f"{said[:SHOWN_MAX]}…"


def _steers(sign: str) -> bool:
    """Controls and formats; joiners, which emoji and some languages need, are harmless."""
    return (
        unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        and sign not in "\u200c\u200d\u00ad"
    )


def _body(task: Task, *, with_contact: bool) -> Iterator[Line]:
    body = task.body
    kind = task.type.removesuffix("Correction")
    if task.kind in {Kind.RECEIPT, Kind.CORRECTION}:
        correction = " КОРРЕКЦИИ" if task.kind is Kind.CORRECTION else ""
        yield Line(f"КАССОВЫЙ ЧЕК{correction} / {TITLES[kind]}", kind="title")
    else:
        yield Line(TITLES.get(task.type, task.type), kind="title")
    operator = (body.get("operator") or {}).get("name")
    if operator:
        yield Line("КАССИР", plain(operator))
    if task.kind is Kind.CORRECTION:
        basis = body.get("correctionBaseNumber") or "Б/Н"
        yield Line("ОСНОВАНИЕ", plain(f"{basis} ОТ {body.get('correctionBaseDate') or '-'}"))
    yield from _elements(body.get("preItems"))
    yield from _elements(body.get("items"))
    if task.total is not None:
        yield Line(kind="rule")
        yield Line("ИТОГ", f"={task.total:.2f}", "total")
    for payment in body.get("payments") or ():
        name = str(payment.get("type"))
        yield Line(PAYMENTS.get(name, f"ОПЛАТА {plain(name)}"), f"={Decimal(payment['sum']):.2f}")
    if body.get("taxationType"):
        yield Line("СНО", TAXATION.get(body["taxationType"], plain(body["taxationType"])))
    contact = (body.get("clientInfo") or {}).get("emailOrPhone")
    if contact:
        yield Line("ЭЛ. АДР. ПОКУПАТЕЛЯ", plain(contact) if with_contact else "•••")
    yield from _elements(body.get("postItems"))


def _elements(items: object) -> Iterator[Line]:
    number = 0
    for item in items if isinstance(items, list | tuple) else ():
        match item.get("type"):
            case "position":
                number += 1
                yield from _position(number, item)
            case "text":
                yield Line(
                    plain(item.get("text") or ""),
                    kind="centre" if item.get("alignment") == "center" else "plain",
                )
            case "barcode":
                yield Line(f"[{plain(item.get('barcodeType'))}] {plain(item.get('barcode'))}")
            case "pictureFromMemory" | "pixels":
                yield Line("[рисунок]", kind="centre")
            case _:  # what the register keeps without printing it, the marker say
                pass


def _position(number: int, item: Mapping[str, Any]) -> Iterator[Line]:
    yield Line(f"{number}. {plain(item['name'])}")
    unit = UNITS.get(str(item.get("measurementUnit")), "")
    quantity = f"{Decimal(item['quantity']).normalize():f} {unit}".strip()
    yield Line(f"{Decimal(item['price']):.2f} x {quantity}", f"={Decimal(item['amount']):.2f}")
    tax = str((item.get("tax") or {}).get("type") or "none")
    if tax != "none":
        yield Line(
            f"  НДС {tax.removeprefix('vat')}%" if tax.removeprefix("vat").isdigit() else f"  {plain(tax)}"
        )


def _foot(fiscal: Mapping[str, Any]) -> Iterator[Line]:
    if not any(fiscal.get(name) for name in ("document_number", "sign", "datetime")):
        return
    yield Line(kind="rule")
    if fiscal.get("datetime"):
        yield Line(_clock(str(fiscal["datetime"])))
    if fiscal.get("receipt_number") is not None:
        yield Line(f"СМЕНА {fiscal.get('shift_number') or '–'}", f"ЧЕК {fiscal['receipt_number']}")
    elif fiscal.get("shift_number") is not None:
        yield Line(f"СМЕНА {fiscal['shift_number']}")
    yield Line(f"ФД {fiscal.get('document_number') or '–'}", f"ФП {plain(fiscal.get('sign') or '–')}")
    if fiscal.get("registration_number"):
        yield Line(f"РН ККТ {plain(fiscal['registration_number'])}")
    if fiscal.get("fn_number"):
        yield Line(f"ФН {plain(fiscal['fn_number'])}")


def _clock(text: str) -> str:
    """The register's own clock, without its zone, as it stands on the paper."""
    try:
        return f"{datetime.fromisoformat(text):%d.%m.%y %H:%M}"
    except ValueError:
        return plain(text)


def _qr(text: object) -> str:
    if not isinstance(text, str) or not text or len(text) > QR_MAX:
        return ""
    return str(
        segno.make(text, error="m", micro=False).svg_inline(scale=4, border=2, svgclass="qr", lineclass=None)
    )
