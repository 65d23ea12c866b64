"""
What the driver's script refuses before it touches the register: error 501 in the three forms of reference §8.1.

Only what the script looks at is looked at here: unknown fields and unknown elements pass (8.1), the sums of a receipt
are the register's business (receipt.py). The first complaint is the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ops.simulator import vocabulary
from ops.simulator.driver import elements
from ops.simulator.driver.node import Node
from ops.simulator.errors import PARSE_ERROR, DriverError
from ops.simulator.jsontext import Fields

MAX_DOCUMENT_BYTES = 32768  # reference §8.1: an estimate above this is refused
ESTIMATE_SHARE = Decimal("0.8")  # estimate = raw size / 0.8
DATE = re.compile(r"\d{4}.\d{2}.\d{2}")  # 8.4: any separator


@dataclass(frozen=True)
class Vintage:
    """
    What validation depends on.

    Args:
        ffd: the register's format, 1.05, 1.1 or 1.2.
        year: how new the driver is; decides which VAT rates it knows.
    """

    ffd: Decimal
    year: int

    @property
    def rates(self) -> Collection[str]:
        """Names and bare numbers of the VAT rates that this driver knows."""
        names = {name for name, rate in vocabulary.RATES.items() if rate.year <= self.year}
        return names | {number for number, name in vocabulary.RATES_BY_NUMBER.items() if name in names}


def validate(task: Fields, vintage: Vintage) -> None:
    """
    Check one task as the script does.

    Raises: DriverError 501 with the first complaint; an unknown type is one too.
    """
    node = Node(task, "")
    kind = node.take("type", str, required=True)
    check = CHECKS.get(kind)
    if check is None:
        raise DriverError(PARSE_ERROR, f'Некорректное значение поля "type" ({kind})')
    check(node, vintage)


def document_bytes(task: Fields) -> int:
    """Estimate how many bytes the document of a receipt takes in the FN (8.1)."""
    raw = 300 + sum(_item_bytes(item) for item in task.get("items") or [] if isinstance(item, dict))
    return int(Decimal(raw) / ESTIMATE_SHARE)


def _item_bytes(item: Fields) -> int:
    # 40 bytes are the numbers of a position with their tags; every text takes four bytes of tag beside its cp866.
    texts = [value for value in _leaves(item) if isinstance(value, str)]
    return (40 if item.get("type") == "position" else 0) + sum(4 + len(text) for text in texts)


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in _leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner)]
    return [value]


def _nothing(_node: Node, _vintage: Vintage) -> None:
    """Nothing is asked of tasks without fields."""


def _with_operator(node: Node, _vintage: Vintage) -> None:
    operator = node.node("operator")
    if operator:
        operator.take("name", str, required=True)
        operator.take("vatin", str)


def _shift(node: Node, vintage: Vintage) -> None:
    _with_operator(node, vintage)
    node.take("electronically", bool)
    elements.around(node)


def _cash(node: Node, vintage: Vintage) -> None:
    node.number("cashSum", required=True)
    _with_operator(node, vintage)


def _receipt(node: Node, vintage: Vintage) -> None:
    node.word("taxationType", vocabulary.TAXATION)
    for flag in (
        "electronically", "ignoreNonFiscalPrintErrors", "useVAT18", "internet", "checkSize", "validateMarkingCodes",
    ):  # fmt: skip
        node.take(flag, bool)
    _with_operator(node, vintage)
    _parties(node)
    elements.around(node)
    for item in node.nodes("items", required=True) or []:
        elements.item(item, vintage.rates)
    _payments(node)
    node.number("total")
    _taxes(node, vintage)
    _size(node)


def _correction(node: Node, vintage: Vintage) -> None:
    node.word("correctionType", ("self", "instruction"))
    date = node.take("correctionBaseDate", str)
    if date is not None and not DATE.fullmatch(date):
        node.wrong("correctionBaseDate", date)
    node.take("correctionBaseNumber", str)
    node.take("correctionBaseName", str)
    if vintage.ffd > Decimal("1.05"):
        _receipt(node, vintage)
    else:
        _old_correction(node, vintage)


def _old_correction(node: Node, vintage: Vintage) -> None:
    """FFD 1.05 (8.4): payments and taxes only; attributes are the only elements."""
    node.word("taxationType", vocabulary.TAXATION)
    node.take("electronically", bool)
    _with_operator(node, vintage)
    for item in node.nodes("items") or []:
        if item.take("type", str, required=True) not in {"userAttribute", "additionalAttribute"}:
            item.wrong("type", item.fields["type"])
        elements.item(item, vintage.rates)
    _payments(node)
    _taxes(node, vintage)


def _parties(node: Node) -> None:
    client = node.node("clientInfo")
    if client:
        for key in (
            "emailOrPhone",
            "name",
            "vatin",
            "birthDate",
            "citizenship",
            "identityDocumentCode",
            "address",
        ):
            client.take(key, str)
    company = node.node("companyInfo")
    if company:
        company.take("email", str)
    for key in ("paymentsPlace", "paymentsAddress", "machineNumber"):
        node.take(key, str)
    operation = node.node("operationInfo")
    if operation:
        operation.number("id", required=True)
        operation.take("data", str, required=True)
        operation.take("dateTime", str, required=True)
    elements.agents(node)
    elements.industry(node)


def _payments(node: Node) -> None:
    for payment in node.nodes("payments", required=True) or []:
        payment.word(
            "type",
            {*vocabulary.PAYMENTS, *vocabulary.PAYMENT_NAMES, *vocabulary.USER_PAYMENTS},
            required=True,
        )
        payment.number("sum", required=True)


def _taxes(node: Node, vintage: Vintage) -> None:
    for tax in node.nodes("taxes") or []:
        tax.word("type", vintage.rates, required=True)
        tax.number("sum", required=True)


def _size(node: Node) -> None:
    size = document_bytes(node.fields)
    if size > MAX_DOCUMENT_BYTES:
        raise DriverError(
            PARSE_ERROR, f"Размер документа ({size} байт) превышает допустимый ({MAX_DOCUMENT_BYTES} байт)"
        )


def _non_fiscal(node: Node, _vintage: Vintage) -> None:
    for item in node.nodes("items", required=True) or []:
        elements.item(item, ())
    node.take("printFooter", bool)


def _fn_document(node: Node, _vintage: Vintage) -> None:
    node.number("fiscalDocumentNumber", required=True)
    node.take("withRawData", bool)


def _journal(node: Node, _vintage: Vintage) -> None:
    node.word("filter", ("shiftNumber", "fiscalDocumentNumber"), required=True)
    node.number("from", required=True)
    node.number("to", required=True)


def _keys(node: Node, _vintage: Vintage) -> None:
    node.take("keys", list, required=True)


def _last_params(node: Node, _vintage: Vintage) -> None:
    node.take("forReceipt", bool)


def _clock(node: Node, _vintage: Vintage) -> None:
    node.take("dateTime", str, required=True)


def _begin_marking(node: Node, _vintage: Vintage) -> None:
    elements.mark_to_check(node.must("params"))


def _validate_marks(node: Node, _vintage: Vintage) -> None:
    for mark in node.nodes("params", required=True) or []:
        elements.mark_to_check(mark)
    node.number("timeout")


Check = Callable[[Node, Vintage], None]
CHECKS: dict[str, Check] = {
    **dict.fromkeys(vocabulary.RECEIPTS, _receipt),
    **dict.fromkeys(vocabulary.CORRECTIONS, _correction),
    **dict.fromkeys(("openShift", "closeShift"), _shift),
    **dict.fromkeys(("cashIn", "cashOut"), _cash),
    **dict.fromkeys(
        ("reportX", "printLastReceiptCopy", "reportOfdExchangeStatus", "registration", "fnChange",
         "changeRegistrationParameters", "closeArchive", "reportFnRegistrations", "reportDepartments"),
        _with_operator,
    ),
    **dict.fromkeys(("getFnDocument", "printFnDocument"), _fn_document),
    "printDocumentsFromJournal": _journal,
    "nonFiscal": _non_fiscal,
    "getDeviceParameters": _keys,
    "getLastFiscalParams": _last_params,
    "setDateTime": _clock,
    "beginMarkingCodeValidation": _begin_marking,
    "validateMarks": _validate_marks,
    **dict.fromkeys(
        ("getShiftStatus", "getShiftTotals", "getOverallTotals", "getDepartmentSum", "getCashDrawerStatus",
         "openCashDrawer", "continuePrint", "getDeviceInfo", "getDeviceStatus", "getFnInfo", "getFnStatus",
         "getRegistrationInfo", "ofdExchangeStatus", "ismExchangeStatus", "getLicenses", "getMcu",
         "checkImcWorkState", "getMarkingCodeValidationStatus", "acceptMarkingCode", "declineMarkingCode",
         "cancelMarkingCodeValidation", "clearMarkingCodeValidationResult", "checkMarkingCodeValidationsReady",
         "pingIsm", "updateFnmKeys"),
        _nothing,
    ),
}  # fmt: skip
