"""
Fiscal documents as the FN keeps them: tags for `getFnDocument`, fiscalParams for the task's result, lines for the paper.

Tag names and the shape of `documentTLV` (type as a word, sums in roubles, times as ISO text, positions as an array)
are those of reference §8.6–8.7 and of public clients that read such documents back.
Each function gives the `build` of Register.close_document: called once the document has its number, it counts it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from decimal import Decimal

from ops.simulator import vocabulary
from ops.simulator.jsontext import Fields
from ops.simulator.kkt import paper
from ops.simulator.kkt.condition import Condition, Counter, iso
from ops.simulator.kkt.receipt import NOTHING, Position, Receipt, money

Build = Callable[[Condition], tuple[Fields, Fields, list[str]]]
FFD_NUMBERS = {"1.05": 2, "1.1": 3, "1.2": 4}  # tag 1209
FNS_URL = "www.nalog.gov.ru"
SIGN_PREFIX = b"\x31\x04"  # before the four bytes of the sign in tag 1077


def shift_opening(task: Fields) -> Build:
    """Build `openShift`."""

    def build(condition: Condition) -> tuple[Fields, Fields, list[str]]:
        condition.shift_number += 1
        condition.shift_opened_at = condition.now
        condition.shift_receipts = condition.shift_documents = 0
        condition.shift_totals = {}
        rows = [("СМЕНА", str(condition.shift_number))]
        return _report(condition, task, "openShift", "ОТЧЕТ ОБ ОТКРЫТИИ СМЕНЫ", rows)

    return build


def shift_closing(task: Fields) -> Build:
    """Build `closeShift`."""

    def build(condition: Condition) -> tuple[Fields, Fields, list[str]]:
        rows = paper.totals_rows(condition)
        condition.shift_opened_at = None
        tags, params, lines = _report(condition, task, "closeShift", "ОТЧЕТ О ЗАКРЫТИИ СМЕНЫ", rows)
        tags |= {
            "1118": condition.shift_receipts,
            "1111": condition.shift_documents,
            "1097": condition.unsent,
        }
        return tags, params | {"receiptsCount": condition.shift_receipts}, lines

    return build


def exchange_report(task: Fields) -> Build:
    """Build `reportOfdExchangeStatus`, a fiscal document without money."""

    def build(condition: Condition) -> tuple[Fields, Fields, list[str]]:
        rows = [("НЕПЕРЕДАННЫХ ФД", str(condition.unsent))]
        tags, params, lines = _report(
            condition, task, "ofdExchangeStatus", "ОТЧЕТ О СОСТОЯНИИ РАСЧЕТОВ", rows
        )
        return tags | {"1097": condition.unsent, "1098": condition.unsent_first}, params, lines

    return build


def sale(receipt: Receipt) -> Build:
    """Build a receipt or a correction."""

    def build(condition: Condition) -> tuple[Fields, Fields, list[str]]:
        condition.shift_receipts += 1
        condition.last_receipt = condition.shift_receipts
        condition.last_receipt_fd = condition.last_fd
        _count(condition, receipt)
        tags, params, sign = _common(condition, receipt.task, "receipt")
        tags |= _receipt_tags(condition, receipt)
        params |= {"fiscalReceiptNumber": condition.last_receipt, "total": receipt.total}
        tags["qr"] = qr_text(condition, vocabulary.SIGNS[receipt.type], receipt.total, sign)
        lines = [
            *paper.receipt_lines(condition, receipt),
            *paper.foot(condition, tags, sign, tags["qr"]),
        ]
        return tags, params, lines

    return build


def qr_text(condition: Condition, kind: int, total: Decimal, sign: str) -> str:
    """Give the text of the receipt's QR (reference §8.7)."""
    at = iso(condition.last_at)[:16].replace("-", "").replace(":", "")
    return f"t={at}&s={total:.2f}&fn={condition.fn_serial}&i={condition.last_fd}&fp={sign}&n={kind}"


def _report(
    condition: Condition, task: Fields, kind: str, title: str, rows: list[tuple[str, str]]
) -> tuple[Fields, Fields, list[str]]:
    tags, params, sign = _common(condition, task, kind)
    lines = [*paper.report_lines(condition, title, task, rows), *paper.foot(condition, tags, sign, None)]
    return tags, params, lines


def _common(condition: Condition, task: Fields, kind: str) -> tuple[Fields, Fields, str]:
    condition.shift_documents += 1
    condition.unsent += 1
    if condition.unsent == 1:
        condition.unsent_first, condition.unsent_first_at = condition.last_fd, condition.last_at
    sign = str(condition.chance("sign", condition.fn_serial, condition.last_fd).randrange(10**9, 2**32))
    operator = task.get("operator") or {}
    tags = {
        "fiscalDocumentType": kind,
        "short": False,
        "1012": iso(condition.last_at),
        "1018": condition.inn,
        "1021": operator.get("name") or "СИС. АДМИНИСТРАТОР",
        "1037": condition.registration_number,
        "1038": condition.shift_number,
        "1040": condition.last_fd,
        "1041": condition.fn_serial,
        "1048": condition.organisation,
        "1077": _sign_tag(condition, sign),
        "1209": FFD_NUMBERS[condition.ffd],
    }
    if operator.get("vatin"):
        tags["1203"] = operator["vatin"]
    params = {
        "fiscalDocumentNumber": condition.last_fd,
        "fiscalDocumentSign": sign,
        "fiscalDocumentDateTime": tags["1012"],
        "shiftNumber": condition.shift_number,
        "fnNumber": condition.fn_serial,
        "registrationNumber": condition.registration_number,
        "fnsUrl": FNS_URL,
    }
    return tags, params, sign


def _sign_tag(condition: Condition, sign: str) -> str:
    # Tag 1077 holds six bytes, the sign is the last four; the driver's own script writes them in hexadecimal.
    six = SIGN_PREFIX + int(sign).to_bytes(4, "big")
    match condition.sign_format:
        case "base64":
            return base64.b64encode(six).decode()
        case "decimal":
            return sign
        case _:
            return six.hex().upper()


def _receipt_tags(condition: Condition, receipt: Receipt) -> Fields:
    task = receipt.task
    tags: Fields = {
        "1020": receipt.total,
        "1042": condition.last_receipt,
        "1054": vocabulary.SIGNS[receipt.type],
        "1059": [_position(position) for position in receipt.positions],
    }
    if task.get("taxationType"):
        tags["1055"] = vocabulary.TAXATION[task["taxationType"]]
    tags |= {tag: receipt.payments.get(name, NOTHING) for name, tag in vocabulary.PAYMENT_TAGS.items()}
    tags |= _tax_tags(receipt.taxes)
    if receipt.additional is not None:
        tags["1192"] = receipt.additional
    if receipt.user is not None:
        tags["1084"] = {"1085": receipt.user[0], "1086": receipt.user[1]}
    client = task.get("clientInfo") or {}
    named = {"1008": "emailOrPhone", "1227": "name", "1228": "vatin"}
    tags |= {tag: client[key] for tag, key in named.items() if client.get(key)}
    if task.get("paymentsPlace"):
        tags["1187"] = task["paymentsPlace"]
    if task.get("internet"):
        tags["1125"] = 1
    if receipt.type in vocabulary.CORRECTIONS:
        tags["fiscalDocumentType"] = "receiptCorrection"
        tags["1173"] = 1 if task.get("correctionType") == "instruction" else 0
        date = (task.get("correctionBaseDate") or "").replace(".", "-")
        tags["1174"] = {"1178": date, "1179": task.get("correctionBaseNumber") or ""}
    return tags


def _tax_tags(taxes: dict[str, Decimal]) -> Fields:
    tags: Fields = {}
    newer: list[Fields] = []
    for name, sum_ in taxes.items():
        rate = vocabulary.RATES[name]
        if rate.tag:
            tags[rate.tag] = tags.get(rate.tag, NOTHING) + sum_
        else:
            newer.append({"1199": rate.code, "1120": sum_})
    return tags | ({"1115": {"1119": newer}} if newer else {})


def _position(position: Position) -> Fields:
    fields = position.fields
    tags: Fields = {
        "1023": fields["quantity"],
        "1030": fields["name"][:128],
        "1043": position.amount,
        "1079": fields["price"],
        "1199": vocabulary.RATES[position.rate].code,
        "1200": position.tax,
    }
    for tag, key, numbers in (
        ("1212", "paymentObject", vocabulary.PAYMENT_OBJECTS),
        ("1214", "paymentMethod", vocabulary.PAYMENT_METHODS),
        ("2108", "measurementUnit", vocabulary.UNITS),
    ):
        value = fields.get(key)
        if value is not None and value != "":
            tags[tag] = numbers.get(value, value) if isinstance(value, str) else value
    if fields.get("additionalAttribute"):
        tags["1191"] = fields["additionalAttribute"]
    return tags


def _count(condition: Condition, receipt: Receipt) -> None:
    for totals in (condition.shift_totals, condition.overall_totals):
        totals.setdefault(receipt.type, Counter()).add(receipt.total, receipt.payments)
    outward = receipt.type.removesuffix("Correction") in {"sellReturn", "buy"}
    condition.drawer = money(condition.drawer + (-receipt.cash if outward else receipt.cash))
