"""What stands on the paper, line by line, 42 signs wide: receipts, reports, slips and copies, in the words of the trade."""

from __future__ import annotations

import textwrap
from datetime import datetime
from decimal import Decimal

from ops.simulator import vocabulary
from ops.simulator.jsontext import Fields
from ops.simulator.kkt.condition import MOSCOW, Condition
from ops.simulator.kkt.receipt import NOTHING, Position, Receipt, money

WIDTH = 42
RULE = "-" * WIDTH
CUT = "- " * (WIDTH // 2)

TITLES = {
    "sell": "ПРИХОД", "sellReturn": "ВОЗВРАТ ПРИХОДА", "buy": "РАСХОД", "buyReturn": "ВОЗВРАТ РАСХОДА",
}  # fmt: skip
PAYMENT_LABELS = {
    "cash": "НАЛИЧНЫМИ", "electronically": "БЕЗНАЛИЧНЫМИ", "prepaid": "ПРЕДВАРИТЕЛЬНАЯ ОПЛАТА (АВАНС)",
    "credit": "ПОСЛЕДУЮЩАЯ ОПЛАТА (КРЕДИТ)", "other": "ИНАЯ ФОРМА ОПЛАТЫ",
}  # fmt: skip
TAXATION_LABELS = {
    "osn": "ОСН", "usnIncome": "УСН доход", "usnIncomeOutcome": "УСН доход - расход", "envd": "ЕНВД", "esn": "ЕСХН",
    "patent": "Патент",
}  # fmt: skip


def sides(left: str, right: str, dots: str = " ") -> str:
    """Give one line with a word at either edge."""
    room = WIDTH - len(left) - len(right)
    return f"{left}{dots * room}{right}" if room > 0 else f"{left} {right}"


def header(condition: Condition, title: str) -> list[str]:
    """Give the head of every document."""
    return [
        condition.organisation.center(WIDTH).rstrip(),
        *(line.center(WIDTH).rstrip() for line in textwrap.wrap(condition.address, WIDTH)),
        title.center(WIDTH).rstrip(),
    ]


def receipt_lines(condition: Condition, receipt: Receipt) -> list[str]:
    """Give a receipt or correction from its head to the change; the FN's own lines follow in `foot`."""
    kind = receipt.type.removesuffix("Correction")
    correction = kind != receipt.type
    title = f"КАССОВЫЙ ЧЕК{' КОРРЕКЦИИ' if correction else ''} / {TITLES[kind]}"
    lines = [*_elements(receipt.task.get("preItems")), *header(condition, title)]
    lines.append(_operator(receipt.task))
    if correction:
        lines += _basis(receipt.task)
    positions = iter(enumerate(receipt.positions, 1))
    for item in receipt.task.get("items") or []:
        lines += _position(*next(positions)) if item.get("type") == "position" else _elements([item])
    lines += [RULE, sides("ИТОГ", f"={_sum(receipt.total)}")]
    for name, paid in receipt.payments.items():
        handed = paid + receipt.change if name == "cash" else paid
        lines.append(sides(PAYMENT_LABELS.get(name, f"ОПЛАТА {name}"), f"={_sum(handed)}"))
    if receipt.change:
        lines.append(sides("СДАЧА", f"={_sum(receipt.change)}"))
    for name, tax in receipt.taxes.items():
        label = vocabulary.RATES[name].label
        lines.append(sides("СУММА " + label if name in {"none", "vat0"} else label, f"={_sum(tax)}"))
    system = receipt.task.get("taxationType")
    if system:
        lines.append(sides("СНО", TAXATION_LABELS[system]))
    contact = (receipt.task.get("clientInfo") or {}).get("emailOrPhone")
    if contact:
        lines.append(sides("ЭЛ. АДР. ПОКУПАТЕЛЯ", contact))
    return [*lines, *_elements(receipt.task.get("postItems"))]


def report_lines(condition: Condition, title: str, task: Fields, rows: list[tuple[str, str]]) -> list[str]:
    """Give a report: head, cashier, rows of name and value."""
    return [*header(condition, title), _operator(task), *(sides(*row) for row in rows)]


def foot(condition: Condition, tags: Fields, sign: str, qr: str | None) -> list[str]:
    """Give the lines that prove a document: shift, numbers, sign, and the QR's text for receipts."""
    at = datetime.fromtimestamp(condition.last_at, MOSCOW)
    numbers = [sides(f"ФД {tags['1040']}", f"ФП {sign}")]
    if "1042" in tags:
        numbers.insert(0, sides(f"СМЕНА {tags['1038']}", f"ЧЕК {tags['1042']}"))
    lines = [
        RULE,
        sides(f"{at:%d.%m.%y %H:%M}", f"ИНН {condition.inn}"),
        *numbers,
        sides(f"РН ККТ {condition.registration_number}", ""),
        sides(f"ЗН ККТ {condition.serial}", f"ФФД {condition.ffd}"),
        f"ФН {condition.fn_serial}",
    ]
    return [*lines, *([qr] if qr else []), CUT, ""]


def totals_rows(condition: Condition) -> list[tuple[str, str]]:
    """Give the rows of X and Z reports."""
    rows = [("СМЕНА", str(condition.shift_number)), ("ЧЕКОВ ЗА СМЕНУ", str(condition.shift_receipts))]
    for kind, title in TITLES.items():
        counter = condition.shift_totals.get(kind)
        if counter:
            rows.append((f"{title} ({counter.count})", f"={_sum(counter.sum)}"))
    return [*rows, ("НАЛИЧНЫЕ В КАССЕ", f"={_sum(condition.drawer)}")]


def slip_lines(task: Fields) -> list[str]:
    """Give a non-fiscal slip."""
    return [*_elements(task.get("items")), CUT, ""]


def copy_lines(lines: list[str]) -> list[str]:
    """Give the copy of a document, marked as one: it is no second receipt."""
    mark = "КОПИЯ".center(WIDTH, "*")
    return [mark, *(line for line in lines if line != CUT), mark, CUT, ""]


def _position(number: int, position: Position) -> list[str]:
    fields = position.fields
    product = f"{_sum(Decimal(fields['price']))} x {_quantity(fields)}"
    lines = [
        *textwrap.wrap(f"{number}. {fields['name']}", WIDTH),
        sides(product, f"={_sum(position.amount)}"),
    ]
    if position.rate != "none":
        lines.append(sides(f"  {vocabulary.RATES[position.rate].label}", f"={_sum(position.tax)}"))
    return lines


def _elements(items: object) -> list[str]:
    lines: list[str] = []
    for item in items if isinstance(items, list) else []:
        match item.get("type"):
            case "text":
                places = {"center": str.center, "right": str.rjust}
                place = places.get(item.get("alignment") or "", str.ljust)
                wrapped = textwrap.wrap(item.get("text") or "", WIDTH) or [""]
                lines += [place(line, WIDTH).rstrip() for line in wrapped]
            case "barcode":
                lines.append(f"[{item['barcodeType']}] {item['barcode']}"[:WIDTH])
            case "pictureFromMemory" | "pixels":
                lines.append("[рисунок]".center(WIDTH).rstrip())
            case _:
                pass
    return lines


def _operator(task: Fields) -> str:
    operator = task.get("operator") or {}
    return sides("КАССИР", operator.get("name") or "СИС. АДМИНИСТРАТОР")


def _basis(task: Fields) -> list[str]:
    kind = {"self": "САМОСТОЯТЕЛЬНО", "instruction": "ПО ПРЕДПИСАНИЮ"}.get(
        task.get("correctionType") or "self", ""
    )
    basis = f"{task.get('correctionBaseNumber') or 'Б/Н'} ОТ {task.get('correctionBaseDate') or '-'}"
    return [sides("ТИП КОРРЕКЦИИ", kind), sides("ОСНОВАНИЕ", basis)]


def _sum(value: Decimal) -> str:
    return f"{money(value or NOTHING):.2f}"


def _quantity(fields: Fields) -> str:
    unit = fields.get("measurementUnit")
    names = {"piece": "шт", "kilogram": "кг", "gram": "г", "liter": "л", "meter": "м", "hour": "ч"}
    word = names.get(unit, unit) if isinstance(unit, str) and not unit.isdigit() else ""
    return f"{Decimal(fields['quantity']).normalize():f} {word}".strip()
