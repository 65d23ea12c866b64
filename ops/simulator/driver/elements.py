"""The elements of receipts and slips: what the script asks of a position, a text, an attribute, a marking code (8.3, 9)."""

from __future__ import annotations

from collections.abc import Collection

from ops.simulator import vocabulary
from ops.simulator.driver.node import Node

PHONE_HOLDERS = ("payingAgent", "receivePaymentsOperator", "moneyTransferOperator")


def item(node: Node, rates: Collection[str]) -> None:
    """Check one element of `items`; an unknown type is silently ignored (8.1). Raises: DriverError 501."""
    match node.take("type", str, required=True):
        case "position":
            _position(node, rates)
        case "text":
            _text(node)
        case "barcode":
            node.take("barcode", str, required=True)
            node.word("barcodeType", vocabulary.BARCODES, required=True)
            _aligned(node)
        case "pictureFromMemory":
            node.number("pictureNumber", required=True)
            _aligned(node)
        case "pixels":
            node.take("pixels", str, required=True)
            node.number("width", required=True)
            _aligned(node)
        case "userAttribute":
            node.take("name", str, required=True)
            node.take("value", str, required=True)
            node.take("print", bool)
        case "additionalAttribute":
            node.take("value", str, required=True)
            node.take("print", bool)
        case _:
            pass


def around(node: Node) -> None:
    """Check `preItems` and `postItems`."""
    for key in ("preItems", "postItems"):
        for element in node.nodes(key) or []:
            item(element, ())


def agents(node: Node) -> None:
    """Check `agentInfo` and `supplierInfo`, which stand on receipts and positions alike."""
    agent = node.node("agentInfo")
    if agent:
        for place, name in enumerate(agent.take("agents", list, required=True)):
            if not isinstance(name, str) or name not in vocabulary.AGENTS:
                agent.wrong(f"agents[{place}]", name)
        for key in PHONE_HOLDERS:
            holder = agent.node(key)
            if holder:
                _phones(holder)
    supplier = node.node("supplierInfo")
    if supplier:
        supplier.take("name", str)
        supplier.take("vatin", str)
        _phones(supplier)


def industry(node: Node) -> None:
    """Check `industryInfo`: an array of objects with four texts."""
    for entry in node.nodes("industryInfo") or []:
        for key in ("fois", "date", "number", "industryAttribute"):
            entry.take(key, str, required=True)


def mark_to_check(node: Node) -> None:
    """Check the parameters of one marking code that is to be checked (9.2)."""
    _mark_type(node)
    node.take("imc", str, required=True)
    _estimated_status(node)
    node.number("imcModeProcessing")
    node.number("itemQuantity")
    node.take("itemFractionalAmount", str)
    for flag in ("waitForResult", "notSendToServer", "notFormRequest"):
        node.take(flag, bool)


def _position(node: Node, rates: Collection[str]) -> None:
    node.take("name", str, required=True)
    for key in ("price", "quantity", "amount"):
        node.number(key, required=True)
    node.number("infoDiscountAmount")
    node.number("department")
    unit = node.fields.get("measurementUnit")
    if not isinstance(unit, int):
        node.take("measurementUnit", str)
    node.take("piece", bool)
    node.word("paymentMethod", _names_and_numbers(vocabulary.PAYMENT_METHODS))
    node.word("paymentObject", _names_and_numbers(vocabulary.PAYMENT_OBJECTS))
    tax = node.node("tax")
    if tax:
        tax.word("type", rates, required=True)
        tax.number("sum")
    _codes(node)
    agents(node)
    node.take("additionalAttribute", str)
    node.take("additionalAttributePrint", bool)
    node.number("exciseSum")
    node.take("countryCode", str)
    node.take("customsDeclaration", str)
    industry(node)
    for number in range(3, 7):
        node.number(f"ucUserParam{number}")


def _codes(node: Node) -> None:
    marking = node.node("markingCode")
    if marking:
        marking.take("mark", str, required=True)
        marking.word("type", ("other", "egais20", "egais30"))
    mark = node.node("imcParams")
    if mark:
        mark.take("imc", str, required=True)
        _mark_type(mark)
        _estimated_status(mark)
        mark.number("imcModeProcessing")
        mark.take("itemFractionalAmount", str)
        found = mark.node("itemInfoCheckResult")
        if found:
            for flag in vocabulary.CHECK_FLAGS:
                found.take(flag, bool, required=True)
    _nomenclature(node)
    product = node.node("productCodes")
    if product:
        listed = product.take("codes", list)
        typed = any(product.take(key, str) is not None for key in vocabulary.PRODUCT_CODES)
        if (listed is None) != typed:  # both or neither (8.3)
            product.missing("codes[]")


def _nomenclature(node: Node) -> None:
    value = node.fields.get("nomenclatureCode")
    if isinstance(value, str):
        return
    code = node.node("nomenclatureCode")
    if code:
        code.word("type", ("furs", "medicines", "tobacco", "shoes"), required=True)
        code.take("gtin", str)
        code.take("serial", str, required=True)


def _text(node: Node) -> None:
    node.take("text", str)
    _aligned(node)
    node.word("wrap", ("none", "chars", "words"))
    node.number("font")
    node.take("doubleWidth", bool)
    node.take("doubleHeight", bool)


def _aligned(node: Node) -> None:
    node.word("alignment", ("left", "center", "right"))


def _phones(node: Node) -> None:
    for place, phone in enumerate(node.take("phones", list) or []):
        if not isinstance(phone, str):
            node.wrong(f"phones[{place}]", phone)


def _mark_type(node: Node) -> None:
    # A number passes the script and is then ignored (9.1).
    if not isinstance(node.fields.get("imcType"), int):
        node.word("imcType", vocabulary.MARK_TYPES)


def _estimated_status(node: Node) -> None:
    value = node.fields.get("itemEstimatedStatus")
    if isinstance(value, int) and value in vocabulary.ESTIMATED_STATUSES.values():
        return
    node.word("itemEstimatedStatus", vocabulary.ESTIMATED_STATUSES)


def _names_and_numbers(names: dict[str, int]) -> set[str]:
    return {*names, *map(str, names.values())}
