"""
What is refused, what is warned about, and where: a table of tasks as clients send them, invented for each rule.

Refused: what the server, its validator (501) or the register refuses, what may not be undone, and what would lose money
or tax in silence. Warned: what they take and a careful client would not send, or what depends on FFD and driver.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.task_samples import KASSA, LEAVE_OUT, checked, correction, found, item, receipt

IMC = "MDEwNDYwMTIzNDU2Nzg5MzIxNUFiQ2RFZkdoSWpL"
OVERLAID = {
    "type": "barcode",
    "barcode": "x",
    "barcodeType": "QR",
    "overlay": [{"type": "text", "text": "x"}],
}
SOLD = {"imc": IMC, "itemEstimatedStatus": "itemPieceSold"}
INDUSTRY = {"fois": "030", "date": "2023.11.21", "number": "1944", "industryAttribute": "UUID=1&Time=2"}
AGENT = {"agents": ["commissionAgent"]}
SUPPLIER = {"name": "ООО Поставщик", "vatin": "7707083893", "phones": ["+79990000005"]}
CLIENT = {"emailOrPhone": "buyer@example.com"}
CASH_150 = [{"type": "cash", "sum": 150}]
TEXT = {"type": "text", "text": "Спасибо"}


def paid(*payments: tuple[str, Any], **changes: Any) -> dict[str, Any]:
    return receipt(payments=[{"type": kind, "sum": total} for kind, total in payments], **changes)


def with_item(**changes: Any) -> dict[str, Any]:
    """A receipt paid by one word, so that the change alone is judged."""
    return receipt(item(**changes))


def beside(other: Any, **changes: Any) -> dict[str, Any]:
    return receipt(item(), other, **changes)


VALID: dict[str, Any] = {
    "sale": receipt(),
    "purchase": receipt(type="buy"),
    "VAT of the receipt that is all of it": receipt(
        item(tax={"type": "none"}), taxes=[{"type": "none", "sum": 150}]
    ),
    "unit that says nothing": with_item(measurementUnit=""),
    "journal of one shift": {
        "type": "printDocumentsFromJournal",
        "filter": "shiftNumber",
        "from": 3,
        "to": 3,
    },
    "details that add up": paid(
        ("1", 100), ("electronically", 30), ("cash", 20), paymentsAddInfo=[{"sum": 100}, {"sum": 30}]
    ),
    "details without sums": paid(("electronically", 150), paymentsAddInfo=[{"electronicallyId": "x"}]),
    "an advance for nothing said": with_item(paymentMethod="advance", tax={"type": "vat110"}),
    "one code for parts of a pack": receipt(
        *[
            item(imcParams={**SOLD, "itemFractionalAmount": "1/2"}, paymentObject="commodityWithMarking")
            for _ in range(2)
        ]
    ),
    "VAT of the receipt that its roundings add up to": receipt(
        item(), item(), taxes=[{"type": "vat10", "sum": 27.29}]
    ),
    "a part on credit": paid(("cash", 50), ("credit", 100), items=[item(paymentMethod="partialPayment")]),
    "a debt whose method is not said": paid(("cash", 50), ("credit", 100)),
    "untaxed goods of a patent": receipt(item(tax={"type": "none"}), taxationType="patent"),
    "goods on credit": paid(("credit", 150), items=[item(paymentMethod="credit")]),
    "marked goods by weight": with_item(
        imcParams={"imc": IMC, "itemEstimatedStatus": "itemDryForSale"},
        quantity=0.5,
        amount=75,
        measurementUnit="kilogram",
    ),
    "marked goods that stay": with_item(
        imcParams={"imc": IMC, "itemEstimatedStatus": "itemStatusUnchanged"}, quantity=2, amount=300
    ),
    "marked goods by their typed code": with_item(paymentObject="33", productCodes={"gs1m": "x"}),
    "a paying agent with all that the law wants": with_item(
        agentInfo={
            "agents": ["payingAgent"],
            "payingAgent": {"phones": ["+79990000001"]},
            "receivePaymentsOperator": {"phones": ["+79990000002"]},
        },
        supplierInfo=SUPPLIER,
    ),
    "VAT of the receipt instead of the positions'": receipt(
        item(tax=LEAVE_OUT), taxes=[{"type": "vat10", "sum": 13.64}]
    ),
    "instruction with its number": correction(correctionType="instruction", correctionBaseNumber="7"),
    "EAN with its control digit": beside(
        {"type": "barcode", "barcode": "4006381333931", "barcodeType": "EAN13"}
    ),
    "EAN without it": beside({"type": "barcode", "barcode": "400638133393", "barcodeType": "EAN13"}),
    "UPC": beside({"type": "barcode", "barcode": "036000291452", "barcodeType": "UPCA"}),
    "Russian in a QR code": beside({"type": "barcode", "barcode": "Чай", "barcodeType": "QR"}),
    "untaxed goods beside taxed ones": receipt(
        item(tax={"type": "none"}), item(), item(tax={"type": "vat0"}), type="sellReturn"
    ),
    "untaxed goods beside those of an old rate": receipt(
        item(tax={"type": "none"}), item(tax={"type": "vat20"}), type="sellReturn"
    ),
    "return": receipt(type="sellReturn"),
    "a company of which nothing is said": receipt(companyInfo={"email": None}),
    "shift opened": {"type": "openShift", "operator": {"name": "Иванова", "vatin": "123456789047"}},
    "shift opened with texts": {"type": "openShift", "preItems": [TEXT], "postItems": []},
    "shift closed": {"type": "closeShift"},
    "X report": {"type": "reportX"},
    "cash in": {"type": "cashIn", "cashSum": 1500.5},
    "cash out": {"type": "cashOut", "cashSum": 1},
    "shift status": {"type": "getShiftStatus"},
    "FN document": {"type": "getFnDocument", "fiscalDocumentNumber": 12, "withRawData": False},
    "copy from the FN": {"type": "printFnDocument", "fiscalDocumentNumber": 12},
    "slip": {
        "type": "nonFiscal",
        "items": [
            {
                **TEXT,
                "alignment": "center",
                "wrap": "words",
                "font": 1,
                "doubleWidth": True,
                "doubleHeight": False,
            },
            {
                "type": "barcode",
                "barcode": "4600000000008",
                "barcodeType": "EAN13",
                "scale": 2,
                "printText": True,
            },
            {"type": "barcode", "barcode": "https://x.test", "barcodeType": "QR", "overlay": [TEXT]},
            {"type": "pictureFromMemory", "pictureNumber": 1, "alignment": "left"},
            {"type": "pixels", "pixels": "AAECAwQFBgc=", "width": 8},
        ],
        "printFooter": True,
    },
    "OFD report": {"type": "reportOfdExchangeStatus"},
    "marks validated": {
        "type": "validateMarks",
        "params": [{"imc": IMC, "imcType": "auto", "itemEstimatedStatus": "itemPieceSold"}],
        "timeout": 60000,
    },
    "half a pack": with_item(imcParams={**SOLD, "itemFractionalAmount": "1/2"}, measurementUnit="piece"),
    "FFD 1.05 code as text": with_item(nomenclatureCode=IMC),
    "FFD 1.05 code as object": with_item(nomenclatureCode={"type": "shoes", "gtin": "0460", "serial": "A1"}),
    "FFD 1.05 mark": with_item(markingCode={"mark": IMC, "type": "other"}),
    "product codes, untyped": with_item(productCodes={"codes": ["MDEw"]}),
    "industry": with_item(industryInfo=[INDUSTRY]),
    "agent's sale": with_item(agentInfo=AGENT, supplierInfo=SUPPLIER),
    "method and object as numeric strings": with_item(paymentMethod="4", paymentObject="33", imcParams=SOLD),
    "unit as number": with_item(measurementUnit=255),
    "unit as numeric string": with_item(measurementUnit="11"),
    "discount that was announced": with_item(price=200, infoDiscountAmount=50),
    "thousandths": with_item(quantity=0.001, price=150000, amount=150),
    "cash with change": paid(("cash", 500)),
    "payment as numeric string": paid(("0", 150)),
    "mixed": paid(("electronically", 100), ("cash", 50)),
    "card in full and cash of nothing": paid(("cash", 0), ("electronically", 150)),
    "prepaid and credit": paid(("prepaid", 100), ("credit", 50)),
    "paid in other ways": receipt(payments="other"),
    "texts around": receipt(preItems=[TEXT], postItems=[TEXT]),
    "text between": beside(TEXT),
    "customParameters": receipt(customParameters=[{"id": 1, "value": "x"}]),
    "internet": receipt(internet=True, paymentsPlace="https://x.test", clientInfo=CLIENT),
    "by phone": receipt(electronically=True, clientInfo={"emailOrPhone": "+7 (999) 000-00-05"}),
    "taxes of the receipt": receipt(item(tax=LEAVE_OUT), taxes=[{"type": "vat10", "sum": 13.64}]),
    "VAT said and right": with_item(tax={"type": "vat10", "sum": 13.64}),
    "calculated VAT": with_item(tax={"type": "vat110"}),
    "numeric VAT": with_item(tax={"type": "10"}),
    "correction": correction(),
    "correction of an old sale": correction(
        item(tax={"type": "vat18"}), useVAT18=True, correctionBaseDate="2018.12.31"
    ),
    "return of last year's sale": receipt(item(tax={"type": "vat20"}), type="sellReturn"),
    "INN said to be empty": receipt(operator={"name": "Иванова", "vatin": ""}),
    "everything optional null": receipt(item(department=None, measurementUnit=None), total=None, taxes=None),
}

REFUSED: dict[str, tuple[Any, str, str]] = {
    # types
    "no type": ({"items": []}, "type", "missing"),
    "type of another case": (receipt(type="Sell"), "type", "unknown_type"),
    "type with a space": (receipt(type="sell "), "type", "unknown_type"),
    "type that is no text": (receipt(type=1), "type", "wrong_type"),
    "call of the server as task": ({"type": "queryShiftStatus"}, "type", "unknown_type"),
    "Z report of another driver": ({"type": "printZReport"}, "type", "unknown_type"),
    "registration": ({"type": "registration"}, "type", "refused_type"),
    "re-registration": ({"type": "changeRegistrationParameters"}, "type", "refused_type"),
    "change of the FN": ({"type": "fnChange"}, "type", "refused_type"),
    "end of the FN": ({"type": "closeArchive"}, "type", "refused_type"),
    "settings": ({"type": "setDeviceParameters", "deviceParameters": []}, "type", "refused_type"),
    # items
    "no items": (receipt(items=LEAVE_OUT), "items", "missing"),
    "items as object": (receipt(items={"name": "Чай"}), "items", "wrong_type"),
    "items empty": (receipt(items=[]), "items", "empty_receipt"),
    "texts only": (receipt(TEXT), "items", "empty_receipt"),
    "item is no object": (beside("Чай"), "items[1]", "wrong_type"),
    "item is null": (beside(None), "items[1]", "wrong_type"),
    "item of unknown type with money": (
        beside({"type": "Position", "price": 1}),
        "items[1].type",
        "unknown_value",
    ),
    "item type is no text": (beside({"type": 1}), "items[1].type", "wrong_type"),
    "position before the receipt": (receipt(preItems=[item()]), "preItems[0].type", "unknown_value"),
    "text without type before": (receipt(preItems=[{"text": "x"}]), "preItems[0].type", "missing"),
    "no name": (with_item(name=LEAVE_OUT), "items[0].name", "missing"),
    "name is a number": (with_item(name=5), "items[0].name", "wrong_type"),
    "no price": (with_item(price=None), "items[0].price", "missing"),
    "price negative": (with_item(price=-150), "items[0].price", "negative"),
    "price as text": (with_item(price="150.00"), "items[0].price", "wrong_type"),
    "price with a comma": (with_item(price="150,00"), "items[0].price", "wrong_type"),
    "price beyond the tag": (with_item(price=3_000_000_000_000), "items[0].price", "out_of_range"),
    "line beyond the tag": (
        with_item(price=10**12, quantity=10, amount=LEAVE_OUT),
        "items[0].amount",
        "out_of_range",
    ),
    "price is true": (with_item(price=True), "items[0].price", "wrong_type"),
    "quantity of nothing": (with_item(quantity=0), "items[0].quantity", "out_of_range"),
    "quantity too small": (with_item(quantity=0.0001), "items[0].quantity", "out_of_range"),
    "quantity negative": (with_item(quantity=-1), "items[0].quantity", "out_of_range"),
    "quantity as text": (with_item(quantity="1"), "items[0].quantity", "wrong_type"),
    "amount negative": (with_item(amount=-150), "items[0].amount", "negative"),
    "amount as text": (with_item(amount="150"), "items[0].amount", "wrong_type"),
    "amount left out beside a discount": (
        with_item(amount=LEAVE_OUT, infoDiscountAmount=10),
        "items[0].amount",
        "missing",
    ),
    "department as text": (with_item(department="1"), "items[0].department", "wrong_type"),
    "half a department": (with_item(department=1.5), "items[0].department", "out_of_range"),
    "piece as text": (with_item(piece="true"), "items[0].piece", "wrong_type"),
    "unit is true": (with_item(measurementUnit=True), "items[0].measurementUnit", "wrong_type"),
    "method unknown": (with_item(paymentMethod="full_payment"), "items[0].paymentMethod", "unknown_value"),
    "method as number": (with_item(paymentMethod=4), "items[0].paymentMethod", "wrong_type"),
    "method out of range": (with_item(paymentMethod="8"), "items[0].paymentMethod", "unknown_value"),
    "object unknown": (with_item(paymentObject="goods"), "items[0].paymentObject", "unknown_value"),
    "object as number": (with_item(paymentObject=1), "items[0].paymentObject", "wrong_type"),
    "optional text as empty object": (
        with_item(customsDeclaration={}),
        "items[0].customsDeclaration",
        "wrong_type",
    ),
    # tax
    "tax as text": (with_item(tax="vat10"), "items[0].tax", "wrong_type"),
    "tax without type": (with_item(tax={"sum": 0}), "items[0].tax.type", "missing"),
    "tax from a percentage": (with_item(tax={"type": "vat13"}), "items[0].tax.type", "unknown_value"),
    "tax of a decimal percentage": (with_item(tax={"type": "vat10.0"}), "items[0].tax.type", "unknown_value"),
    "tax as number": (with_item(tax={"type": 10}), "items[0].tax.type", "wrong_type"),
    "tax empty": (with_item(tax={"type": ""}), "items[0].tax.type", "unknown_value"),
    "tax above the amount": (
        with_item(tax={"type": "vat10", "sum": 151}),
        "items[0].tax.sum",
        "tax_above_amount",
    ),
    "tax sum as text": (with_item(tax={"type": "vat10", "sum": "0"}), "items[0].tax.sum", "wrong_type"),
    "18 and 20 mixed": (
        receipt(item(tax={"type": "vat118"}), item(tax={"type": "120"})),
        "items[1].tax.type",
        "rates_clash",
    ),
    "taxes without sum": (receipt(taxes=[{"type": "vat10"}]), "taxes[0].sum", "missing"),
    "taxes as object": (receipt(taxes={"type": "vat10", "sum": 1}), "taxes", "wrong_type"),
    "tax system unknown": (receipt(taxationType="usn"), "taxationType", "unknown_value"),
    "tax system as number": (receipt(taxationType=1), "taxationType", "wrong_type"),
    # names that would lose money or tax
    "amount under ATOL Online's name": (
        with_item(amount=LEAVE_OUT, sum=140),
        "items[0].sum",
        "misspelled_field",
    ),
    "tax under ATOL Online's name": (
        with_item(tax=LEAVE_OUT, vat={"type": "vat10"}),
        "items[0].vat",
        "misspelled_field",
    ),
    "discount that would be ignored": (
        with_item(amount=LEAVE_OUT, discount=10),
        "items[0].discount",
        "misspelled_field",
    ),
    "price misspelled": (with_item(price=LEAVE_OUT, prise=150), "items[0].prise", "misspelled_field"),
    "quantity shortened": (with_item(quantity=LEAVE_OUT, qty=1), "items[0].qty", "misspelled_field"),
    "snake case": (receipt(taxationType=LEAVE_OUT, taxation_type="osn"), "taxation_type", "misspelled_field"),
    "other case": (receipt(taxationType=LEAVE_OUT, TaxationType="osn"), "TaxationType", "misspelled_field"),
    "method in snake case": (
        with_item(payment_method="advance"),
        "items[0].payment_method",
        "misspelled_field",
    ),
    "payments in the singular": (
        receipt(payments=LEAVE_OUT, payment=CASH_150),
        "payment",
        "misspelled_field",
    ),
    "letters swapped": (receipt(payments=LEAVE_OUT, paymenst=CASH_150), "paymenst", "misspelled_field"),
    "sum of a payment under another name": (
        receipt(payments=[{"type": "cash", "amount": 150}]),
        "payments[0].amount",
        "misspelled_field",
    ),
    # payments and total
    "more than the FN can add up": (
        receipt(*[item(price=2814749767106.55, amount=2814749767106.55)] * 2),
        "items",
        "out_of_range",
    ),
    "no payments": (receipt(payments=LEAVE_OUT), "payments", "missing"),
    "payments null": (receipt(payments=None), "payments", "missing"),
    "payments as object": (receipt(payments={"type": "cash", "sum": 150}), "payments", "wrong_type"),
    "payments an unknown word": (receipt(payments="card"), "payments", "unknown_value"),
    "payments empty": (receipt(payments=[]), "payments", "not_fully_paid"),
    "paid too little": (paid(("cash", 149.99)), "payments[0].sum", "not_fully_paid"),
    "paid too little in parts": (paid(("cash", 100), ("credit", 49)), "payments", "not_fully_paid"),
    "card above the total": (paid(("electronically", 150.01)), "payments[0].sum", "cashless_above_total"),
    "cards above the total": (
        paid(("cash", 10), ("1", 100), ("prepaid", 60)),
        "payments[2].sum",
        "cashless_above_total",
    ),
    "payment type unknown": (paid(("card", 150)), "payments[0].type", "unknown_value"),
    "payment type as number": (paid((0, 150)), "payments[0].type", "wrong_type"),  # type: ignore[arg-type]
    "payment type of two digits": (paid(("10", 150)), "payments[0].type", "unknown_value"),
    "payment type with a tail": (paid(("1x", 150)), "payments[0].type", "unknown_value"),
    "payment negative": (paid(("cash", -150)), "payments[0].sum", "negative"),
    "payment without sum": (receipt(payments=[{"type": "cash"}]), "payments[0].sum", "missing"),
    "payment without type": (receipt(payments=[{"sum": 150}]), "payments[0].type", "missing"),
    "total above the positions": (receipt(total=151, payments=CASH_150), "total", "wrong_total"),
    "total a rouble below": (receipt(total=149), "total", "wrong_total"),
    "total as text": (receipt(total="150.00"), "total", "wrong_type"),
    "total negative": (receipt(total=-150), "total", "negative"),
    # who
    "operator as text": (receipt(operator="Иванова"), "operator", "wrong_type"),
    "operator without name": (receipt(operator={"vatin": "123456789047"}), "operator.name", "missing"),
    "operator's INN too short": (
        receipt(operator={"name": "И", "vatin": "12345"}),
        "operator.vatin",
        "bad_inn",
    ),
    "operator's INN as number": (
        receipt(operator={"name": "И", "vatin": 123456789047}),
        "operator.vatin",
        "wrong_type",
    ),
    "operator's INN with letters": (
        receipt(operator={"name": "И", "vatin": "12345678904a"}),
        "operator.vatin",
        "bad_inn",
    ),
    "flag as text": (receipt(electronically="false"), "electronically", "wrong_type"),
    "flag as number": (receipt(internet=1), "internet", "wrong_type"),
    "client as text": (receipt(clientInfo="a@b.ru"), "clientInfo", "wrong_type"),
    "amount of more than twice the price": (with_item(amount=300.01), "items[0].amount", "amount_differs"),
    "price of less than half a kopeck": (
        with_item(price=0.004, quantity=2, amount=LEAVE_OUT),
        "items[0].amount",
        "amount_differs",
    ),
    "VAT of the receipt above its total": (
        receipt(taxes=[{"type": "vat10", "sum": 150.01}]),
        "taxes[0].sum",
        "tax_above_amount",
    ),
    "taxes together above the total": (
        receipt(
            taxes=[{"type": "none", "sum": 100}, {"type": "vat10", "sum": 13.64}, {"type": "vat0", "sum": 50}]
        ),
        "taxes[2].sum",
        "tax_above_amount",
    ),
    "text beside a bar code": (
        beside({**OVERLAID, "barcodeType": "EAN13"}),
        "items[1].barcodeType",
        "overlay_form",
    ),
    "text beside a code in the middle": (
        beside({**OVERLAID, "alignment": "center"}),
        "items[1].alignment",
        "overlay_form",
    ),
    "long text beside a code": (
        receipt(postItems=[{**OVERLAID, "overlay": [{"type": "text", "text": "x" * 401}]}]),
        "postItems[0].overlay[0].text",
        "overlay_form",
    ),
    "no text beside a code": (
        receipt(preItems=[{**OVERLAID, "overlay": [{"type": "text", "alignment": "left"}]}]),
        "preItems[0].overlay[0].text",
        "missing",
    ),
    "long code beside a text": (
        {"type": "nonFiscal", "items": [{**OVERLAID, "barcode": "x" * 401}]},
        "items[0].barcode",
        "overlay_form",
    ),
    "half an operation": (receipt(operationInfo={"id": 1, "data": "x"}), "operationInfo.dateTime", "missing"),
    "half an industry's requisite": (
        with_item(industryInfo=[{**INDUSTRY, "number": None}]),
        "items[0].industryInfo[0].number",
        "missing",
    ),
    "half a user's attribute": (beside({"type": "userAttribute", "value": "x"}), "items[1].name", "missing"),
    "journal without a beginning": (
        {"type": "printDocumentsFromJournal", "filter": "shiftNumber", "to": 2},
        "from",
        "missing",
    ),
    "journal without an end": (
        {"type": "printDocumentsFromJournal", "filter": "shiftNumber", "from": 2},
        "to",
        "missing",
    ),
    "parameters of no key": ({"type": "getDeviceParameters"}, "keys", "missing"),
    "number of no status": (
        with_item(imcParams={"imc": IMC, "itemEstimatedStatus": 9}),
        "items[0].imcParams.itemEstimatedStatus",
        "unknown_value",
    ),
    "unit as a fraction": (with_item(measurementUnit=0.5), "items[0].measurementUnit", "out_of_range"),
    "agent unsaid": (with_item(agentInfo={"type": "another"}), "items[0].agentInfo.agents", "missing"),
    "agent of the receipt": (receipt(agentInfo=AGENT), "supplierInfo.vatin", "missing"),
    "agent without supplier": (with_item(agentInfo=AGENT), "items[0].supplierInfo.vatin", "missing"),
    "a sub-agent without supplier": (
        with_item(agentInfo={"agents": ["payingSubagent"]}, supplierInfo={"vatin": ""}),
        "items[0].supplierInfo.vatin",
        "missing",
    ),
    "agents as text": (with_item(agentInfo={"agents": "another"}), "items[0].agentInfo.agents", "wrong_type"),
    "agent unknown": (
        with_item(agentInfo={"agents": ["agent"]}, supplierInfo=SUPPLIER),
        "items[0].agentInfo.agents[0]",
        "unknown_value",
    ),
    "phones as text": (
        with_item(supplierInfo={**SUPPLIER, "phones": "+79990000005"}),
        "items[0].supplierInfo.phones",
        "wrong_type",
    ),
    "agent as array": (with_item(agentInfo=["another"]), "items[0].agentInfo", "wrong_type"),
    # goods
    "industry as object": (with_item(industryInfo={"fois": "030"}), "items[0].industryInfo", "wrong_type"),
    "industry's date": (
        receipt(industryInfo=[{"date": "21.11.2023"}]),
        "industryInfo[0].date",
        "bad_date",
    ),
    "both kinds of product codes": (
        with_item(productCodes={"codes": ["MDEw"], "gs1m": "01046"}),
        "items[0].productCodes.codes[]",
        "codes_clash",
    ),
    "no kind of product codes": (
        with_item(productCodes={"gs1": "01046"}),
        "items[0].productCodes.codes[]",
        "codes_clash",
    ),
    "product codes as text": (with_item(productCodes="MDEw"), "items[0].productCodes", "wrong_type"),
    "imc missing": (with_item(imcParams={"imcType": "auto"}), "items[0].imcParams.imc", "missing"),
    "imc type unknown": (
        with_item(imcParams={"imc": IMC, "imcType": "gs1"}),
        "items[0].imcParams.imcType",
        "unknown_value",
    ),
    "more than a pack": (
        with_item(imcParams={"imc": IMC, "itemFractionalAmount": "2/1"}),
        "items[0].imcParams.itemFractionalAmount",
        "bad_fraction",
    ),
    "check result as text": (
        with_item(imcParams={"imc": IMC, "itemInfoCheckResult": dict.fromkeys(("imcCheckFlag",), "true")}),
        "items[0].imcParams.itemInfoCheckResult.imcCheckFlag",
        "wrong_type",
    ),
    "old code as plain text": (
        with_item(markingCode={"mark": "010460\u001d91"}),
        "items[0].markingCode.mark",
        "not_base64",
    ),
    "older code as plain text": (
        with_item(nomenclatureCode="010460%"),
        "items[0].nomenclatureCode",
        "not_base64",
    ),
    "unit of a code to check that is none": (
        {"type": "validateMarks", "params": [{**SOLD, "itemQuantity": 0.5, "itemUnits": "кг"}]},
        "params[0].itemUnits",
        "unknown_value",
    ),
    "barcode of the mark": (
        with_item(imcParams={"imc": IMC, "imcBarcode": "%"}),
        "items[0].imcParams.imcBarcode",
        "not_base64",
    ),
    "old mark without code": (
        with_item(markingCode={"type": "other"}),
        "items[0].markingCode.mark",
        "missing",
    ),
    "old code of unknown goods": (
        with_item(nomenclatureCode={"type": "milk", "serial": "1"}),
        "items[0].nomenclatureCode.type",
        "unknown_value",
    ),
    "old code as number": (with_item(nomenclatureCode=5), "items[0].nomenclatureCode", "wrong_type"),
    "excise negative": (with_item(exciseSum=-1), "items[0].exciseSum", "negative"),
    "country as number": (with_item(countryCode=643), "items[0].countryCode", "wrong_type"),
    "parameters without value": (
        receipt(customParameters=[{"id": 1}]),
        "customParameters[0].value",
        "missing",
    ),
    # attributes and prints
    "attribute too long": (
        beside({"type": "additionalAttribute", "value": "12345678901234567"}),
        "items[1].value",
        "too_long",
    ),
    "attribute without value": (beside({"type": "additionalAttribute"}), "items[1].value", "missing"),
    "contact with a sign that is not seen": (
        receipt(clientInfo={"emailOrPhone": "a\u0007b@example.com"}),
        "clientInfo.emailOrPhone",
        "unseen_signs",
    ),
    "attribute that looks like our marker": (
        beside({"type": "additionalAttribute", "value": "fqabcdefghijklmn"}),
        "items[1].value",
        "reserved",
    ),
    "attribute that the register trims to our marker": (
        beside({"type": "userAttribute", "name": "x", "value": " fqabcdefghijklmn"}),
        "items[1].value",
        "reserved",
    ),
    "attribute as number": (
        beside({"type": "userAttribute", "name": "x", "value": 5}),
        "items[1].value",
        "wrong_type",
    ),
    "barcode unknown": (
        beside({"type": "barcode", "barcode": "1", "barcodeType": "EAN-13"}),
        "items[1].barcodeType",
        "unknown_value",
    ),
    "picture by name": (
        {"type": "nonFiscal", "items": [{"type": "pictureFromMemory", "pictureNumber": "1"}]},
        "items[0].pictureNumber",
        "wrong_type",
    ),
    "pixels that are none": (
        {"type": "nonFiscal", "items": [{"type": "pixels", "pixels": "???", "width": 8}]},
        "items[0].pixels",
        "not_base64",
    ),
    "text as number": (
        {"type": "nonFiscal", "items": [{"type": "text", "text": 5}]},
        "items[0].text",
        "wrong_type",
    ),
    "slip of nothing": ({"type": "nonFiscal"}, "items", "missing"),
    # corrections
    "correction without anything": (
        {"type": "sellCorrection", "taxationType": "osn"},
        "payments",
        "missing",
    ),
    "correction type unknown": (correction(correctionType="auto"), "correctionType", "unknown_value"),
    "correction's day first": (correction(correctionBaseDate="14.02.2026"), "correctionBaseDate", "bad_date"),
    "correction's day with time": (
        correction(correctionBaseDate="2026.02.14 10:00:00"),
        "correctionBaseDate",
        "bad_date",
    ),
    "correction's day empty": (correction(correctionBaseDate=""), "correctionBaseDate", "bad_date"),
    "correction's day that is none": (
        correction(correctionBaseDate="2026.02.30"),
        "correctionBaseDate",
        "bad_date",
    ),
    "correction's number as number": (
        correction(correctionBaseNumber=5),
        "correctionBaseNumber",
        "wrong_type",
    ),
    "return correction in the old form": (
        correction(type="sellReturnCorrection", items=LEAVE_OUT, payments=CASH_150),
        "items",
        "missing",
    ),
    "old correction paid by a word": (correction(items=LEAVE_OUT), "payments", "wrong_type"),
    # other tasks
    "cash without sum": ({"type": "cashIn"}, "cashSum", "missing"),
    "cash as text": ({"type": "cashOut", "cashSum": "700.00"}, "cashSum", "wrong_type"),
    "cash negative": ({"type": "cashIn", "cashSum": -1}, "cashSum", "negative"),
    "shift's cashier as text": ({"type": "openShift", "operator": "Иванова"}, "operator", "wrong_type"),
    "FN document of no number": ({"type": "getFnDocument"}, "fiscalDocumentNumber", "missing"),
    "FN document number as text": (
        {"type": "printFnDocument", "fiscalDocumentNumber": "12"},
        "fiscalDocumentNumber",
        "wrong_type",
    ),
    "journal by an object": (
        {"type": "printDocumentsFromJournal", "filter": {"shiftNumber": 1}, "from": 1, "to": 2},
        "filter",
        "wrong_type",
    ),
    "parameters by name": ({"type": "getDeviceParameters", "keys": ["49"]}, "keys[0]", "wrong_type"),
    "marking without params": ({"type": "beginMarkingCodeValidation"}, "params", "missing"),
    "marking without code": (
        {"type": "beginMarkingCodeValidation", "params": {"imcType": "auto"}},
        "params.imc",
        "missing",
    ),
    "batch as object": ({"type": "validateMarks", "params": {"imc": IMC}}, "params", "wrong_type"),
    "clock by another form": (
        {"type": "setDateTime", "dateTime": "2026-11-23T10:00"},
        "dateTime",
        "bad_date",
    ),
}

WARNED: dict[str, tuple[Any, str, str]] = {
    # rounding
    "dust in the price": (with_item(price=29.990000000000002, amount=29.99), "items[0].price", "unrounded"),
    "dust in the amount": (
        with_item(price=0.1, quantity=3, amount=0.30000000000000004),
        "items[0].amount",
        "unrounded",
    ),
    "dust in the quantity": (
        with_item(quantity=0.30000000000000004, amount=45),
        "items[0].quantity",
        "unrounded",
    ),
    "a third of it": (with_item(quantity=0.3333333333, amount=50), "items[0].quantity", "quantity_places"),
    "four decimals": (with_item(quantity=1.2345, amount=185.18), "items[0].quantity", "quantity_places"),
    "amount unrounded": (
        with_item(price=33.33, quantity=1.115, amount=37.16295),
        "items[0].amount",
        "unrounded",
    ),
    "cash unrounded": ({"type": "cashIn", "cashSum": 10.005}, "cashSum", "unrounded"),
    # sums
    "discount that nobody named": (with_item(amount=140), "items[0].amount", "amount_differs"),
    "markup": (with_item(amount=150.01), "items[0].amount", "amount_differs"),
    "given away": (with_item(price=0, amount=0), "items[0].price", "zero_price"),
    "receipt for nothing": (receipt(item(price=0, amount=0), payments=[]), "items", "zero_total"),
    "kopecks rounded down": (
        receipt(item(price=150.99, amount=150.99), total=150),
        "total",
        "total_below_items",
    ),
    "change on a return": (paid(("cash", 200), type="sellReturn"), "payments", "change_on_return"),
    "VAT said and wrong": (with_item(tax={"type": "vat10", "sum": 15}), "items[0].tax.sum", "tax_differs"),
    "VAT of none": (with_item(tax={"type": "none", "sum": 15}), "items[0].tax.sum", "tax_differs"),
    "programmed payment": (paid(("5", 150)), "payments[0].type", "programmed_payment"),
    "no cash moved": ({"type": "cashIn", "cashSum": 0}, "cashSum", "zero_sum"),
    # rates and systems
    "22 per cent": (with_item(tax={"type": "vat22"}), "items[0].tax.type", "driver_version"),
    "7 per cent": (with_item(tax={"type": "vat107"}), "items[0].tax.type", "driver_version"),
    "20 per cent": (with_item(tax={"type": "vat20"}), "items[0].tax.type", "old_rate"),
    "18 per cent": (receipt(item(tax={"type": "vat18"}), type="sellReturn"), "items[0].tax.type", "old_rate"),
    "a tax system of the past": (receipt(taxationType="envd"), "taxationType", "old_taxation_type"),
    "a tax system of no name": (receipt(taxationType=""), "taxationType", "empty"),
    # unknown
    "field of a future driver": (receipt(salesNotice=[]), "salesNotice", "unknown_field"),
    "the tax system under `task`": (receipt(taxationType=LEAVE_OUT, task="osn"), "task", "unknown_field"),
    "a second name beside the right one": (with_item(sum=150), "items[0].sum", "unknown_field"),
    "customer instead of clientInfo": (receipt(client={"email": "a@b.ru"}), "client", "unknown_field"),
    "operator of a reading": (
        {"type": "getShiftStatus", "operator": {"name": "И"}},
        "operator",
        "unknown_field",
    ),
    "element of a future driver": (beside({"type": "image", "data": ""}), "items[1].type", "unknown_element"),
    "attribute before the receipt": (
        receipt(preItems=[{"type": "userAttribute", "name": "x", "value": "y"}]),
        "preItems[0].type",
        "unknown_element",
    ),
    # texts
    "long name": (with_item(name="Ч" * 129), "items[0].name", "too_long"),
    "name of nothing": (with_item(name=" "), "items[0].name", "empty"),
    "cashier of no name": (receipt(operator={"name": ""}), "operator.name", "empty"),
    "unit as text": (with_item(measurementUnit="шт."), "items[0].measurementUnit", "unit_text"),
    "unit of no number": (with_item(measurementUnit=796), "items[0].measurementUnit", "unit_number"),
    "department none": (with_item(department=0), "items[0].department", "out_of_range"),
    "INN of a company for a cashier": (
        receipt(operator={"name": "И", "vatin": "7707083893"}),
        "operator.vatin",
        "inn_length",
    ),
    "INN with a typing error": (
        receipt(operator={"name": "И", "vatin": "123456789046"}),
        "operator.vatin",
        "inn_control",
    ),
    # whom and where
    "no contact": (receipt(electronically=True), "clientInfo.emailOrPhone", "no_contact"),
    "contact of nothing": (
        receipt(electronically=True, clientInfo={"emailOrPhone": ""}),
        "clientInfo.emailOrPhone",
        "no_contact",
    ),
    "contact that is none": (
        receipt(clientInfo={"emailOrPhone": "иванов"}),
        "clientInfo.emailOrPhone",
        "bad_contact",
    ),
    "no place": (receipt(internet=True, clientInfo=CLIENT), "paymentsPlace", "no_place"),
    "goods by measure without unit": (
        with_item(imcParams={"imc": IMC, "itemEstimatedStatus": "itemDryForSale"}),
        "items[0].measurementUnit",
        "mark_measure",
    ),
    "VAT unsaid": (with_item(tax=LEAVE_OUT), "items[0].tax", "no_tax"),
    "internet without contact": (
        receipt(internet=True, paymentsPlace="https://shop.example"),
        "clientInfo.emailOrPhone",
        "no_contact",
    ),
    "contact without host": (
        receipt(clientInfo={"emailOrPhone": "a@b"}),
        "clientInfo.emailOrPhone",
        "bad_contact",
    ),
    "contact without name": (
        receipt(clientInfo={"emailOrPhone": "@shop.example"}),
        "clientInfo.emailOrPhone",
        "bad_contact",
    ),
    "letters in an EAN": (
        beside({"type": "barcode", "barcode": "46012345678X", "barcodeType": "EAN13"}),
        "items[1].barcode",
        "barcode_content",
    ),
    "EAN with another control digit": (
        beside({"type": "barcode", "barcode": "4006381333932", "barcodeType": "EAN13"}),
        "items[1].barcode",
        "barcode_content",
    ),
    "small letters in a CODE39": (
        {"type": "nonFiscal", "items": [{"type": "barcode", "barcode": "abc", "barcodeType": "CODE39"}]},
        "items[0].barcode",
        "barcode_content",
    ),
    "journal backwards": (
        {"type": "printDocumentsFromJournal", "filter": "shiftNumber", "from": 3, "to": 2},
        "from",
        "range_reversed",
    ),
    "name of two lines": (with_item(name="Чай\nзелёный"), "items[0].name", "unprintable"),
    "country as a name": (with_item(countryCode="RUS"), "items[0].countryCode", "not_digits"),
    "industry's office as a word": (
        receipt(industryInfo=[{**INDUSTRY, "fois": "ЧЗ"}]),
        "industryInfo[0].fois",
        "not_digits",
    ),
    "day of birth the other way round": (
        receipt(clientInfo={"birthDate": "1990.02.01"}),
        "clientInfo.birthDate",
        "bad_date",
    ),
    "day of birth that is none": (
        receipt(clientInfo={"birthDate": "30.02.1990"}),
        "clientInfo.birthDate",
        "bad_date",
    ),
    "details that do not add up": (
        paid(("electronically", 150), paymentsAddInfo=[{"sum": 100}, {"sum": 49.99}]),
        "paymentsAddInfo",
        "cashless_differs",
    ),
    "goods in an advance": (
        with_item(paymentMethod="advance", paymentObject="commodity", tax={"type": "vat110"}),
        "items[0].paymentObject",
        "signs_clash",
    ),
    "goods on a payment of credit": (
        with_item(paymentMethod="7", paymentObject="1"),
        "items[0].paymentObject",
        "signs_clash",
    ),
    "goods on credit that are paid": (
        with_item(paymentMethod="credit"),
        "items[0].paymentMethod",
        "signs_clash",
    ),
    "a code on unmarked goods": (
        with_item(paymentObject="commodity", imcParams=SOLD),
        "items[0].paymentObject",
        "mark_object",
    ),
    "one piece twice": (
        receipt(
            item(imcParams=SOLD, paymentObject="commodityWithMarking"),
            item(imcParams=SOLD, paymentObject="commodityWithMarking"),
        ),
        "items[1].imcParams.imc",
        "said_twice",
    ),
    "a part on credit that nobody owes": (
        with_item(paymentMethod="partialPayment"),
        "items[0].paymentMethod",
        "signs_clash",
    ),
    "a debt for what is paid in full": (
        paid(("cash", 50), ("3", 100), items=[item(paymentMethod="4")]),
        "payments[1].type",
        "signs_clash",
    ),
    "VAT of a patent": (
        receipt(taxationType="patent"),
        "items[0].tax.type",
        "usn_rate",
    ),
    "more VAT of the receipt than its rate has": (
        receipt(taxes=[{"type": "vat10", "sum": 13.66}]),
        "taxes[0].sum",
        "tax_differs",
    ),
    "a code without a status": (
        with_item(imcParams={"imc": IMC}),
        "items[0].imcParams.itemEstimatedStatus",
        "mark_incomplete",
    ),
    "sold goods in a return": (
        receipt(item(imcParams=SOLD), type="sellReturn"),
        "items[0].imcParams.itemEstimatedStatus",
        "mark_status",
    ),
    "returned goods in a sale": (
        with_item(imcParams={"imc": IMC, "itemEstimatedStatus": 3}),
        "items[0].imcParams.itemEstimatedStatus",
        "mark_status",
    ),
    "two pieces with one code": (
        with_item(imcParams=SOLD, quantity=2, amount=300),
        "items[0].quantity",
        "mark_measure",
    ),
    "goods by measure as pieces": (
        with_item(imcParams={**SOLD, "itemEstimatedStatus": "itemDryForSale"}, measurementUnit="piece"),
        "items[0].measurementUnit",
        "mark_measure",
    ),
    "goods by measure without it": (
        {"type": "beginMarkingCodeValidation", "params": {**SOLD, "itemEstimatedStatus": "itemDryForSale"}},
        "params.itemQuantity",
        "mark_measure",
    ),
    "a code to check without a status": (
        {"type": "validateMarks", "params": [{"imc": IMC}]},
        "params[0].itemEstimatedStatus",
        "mark_incomplete",
    ),
    "a paying agent without phones": (
        with_item(agentInfo={"agents": ["payingAgent"]}, supplierInfo=SUPPLIER),
        "items[0].agentInfo.payingAgent.phones",
        "agent_details",
    ),
    "a bank's agent without operator": (
        with_item(agentInfo={"agents": ["bankPayingSubagent"]}, supplierInfo=SUPPLIER),
        "items[0].agentInfo.moneyTransferOperator.vatin",
        "agent_details",
    ),
    "agent of no kind": (
        with_item(agentInfo={"agents": []}),
        "items[0].agentInfo.agents",
        "no_agents",
    ),
    # goods
    "two codes": (
        with_item(imcParams={"imc": IMC}, markingCode={"mark": IMC}),
        "items[0].imcParams",
        "code_ignored",
    ),
    "marked goods without code": (
        with_item(paymentObject="commodityWithMarking"),
        "items[0].imcParams",
        "no_marking_code",
    ),
    "code as plain text": (
        with_item(imcParams={"imc": "010460\u001d91"}),
        "items[0].imcParams.imc",
        "not_base64",
    ),
    "imc type as number": (
        with_item(imcParams={"imc": IMC, "imcType": 256}),
        "items[0].imcParams.imcType",
        "number_for_name",
    ),
    "newer status": (
        with_item(imcParams={"imc": IMC, "itemEstimatedStatus": "itemDrySold"}),
        "items[0].imcParams.itemEstimatedStatus",
        "driver_version",
    ),
    "two halves": (
        with_item(imcParams={"imc": IMC, "itemFractionalAmount": "1/2"}, quantity=2, amount=300),
        "items[0].quantity",
        "fraction_quantity",
    ),
    "attribute twice": (
        receipt(item(), *[{"type": "additionalAttribute", "value": "1"}] * 2),
        "items[2].type",
        "said_twice",
    ),
    # corrections
    "old correction": (correction(items=LEAVE_OUT, payments=CASH_150, taxes=[]), "items", "old_correction"),
    "old correction with an attribute": (
        correction({"type": "additionalAttribute", "value": "2839104455"}, payments=CASH_150, taxes=[]),
        "items",
        "old_correction",
    ),
    "old correction without VAT": (correction(items=LEAVE_OUT, payments=CASH_150), "taxes", "no_tax"),
    "correction without grounds": (correction(correctionType=None), "correctionType", "no_grounds"),
    "instruction without number": (
        correction(correctionType="instruction"),
        "correctionBaseNumber",
        "no_grounds",
    ),
    "day with dashes": (correction(correctionBaseDate="2026-02-14"), "correctionBaseDate", "date_separator"),
    # others
    "clock": ({"type": "setDateTime", "dateTime": "2026.11.23 10:00:00"}, "type", "clock"),
}


@pytest.mark.parametrize("task", VALID.values(), ids=VALID)
def test_a_good_task_passes_without_a_word(task: Any) -> None:
    """Neither problems nor warnings."""
    answer = checked(task)
    assert (found(answer.problems), found(answer.warnings)) == ([], [])


@pytest.mark.parametrize(("task", "path", "code"), REFUSED.values(), ids=REFUSED)
def test_what_would_be_refused_or_lost_is_refused(task: Any, path: str, code: str) -> None:
    """The problem stands at its place; there is no task to send."""
    answer = checked(task)
    assert (path, code) in found(answer.problems)
    assert answer.task is None
    assert all(problem.message for problem in answer.problems)


@pytest.mark.parametrize(("task", "path", "code"), WARNED.values(), ids=WARNED)
def test_what_a_careful_client_would_not_send_is_warned_about_and_sent(
    task: Any, path: str, code: str
) -> None:
    """The task stays valid."""
    answer = checked(task)
    assert (path, code) in found(answer.warnings)
    assert found(answer.problems) == []


def test_without_a_default_the_tax_system_is_missed() -> None:
    """Reference 8.2: registers with several systems refuse a receipt without; one line of settings ends the warning."""
    said = receipt(taxationType=LEAVE_OUT)
    assert found(checked(said).warnings) == [("taxationType", "no_taxation_type")]
    assert found(checked(said, KASSA).warnings) == []


def test_a_rate_is_warned_about_once() -> None:
    """A receipt of 20 lines with the rate of 2026 has one warning, not 20."""
    answer = checked(receipt(*[item(tax={"type": "vat22"})] * 20))
    assert found(answer.warnings) == [("items[0].tax.type", "driver_version")]


def test_each_part_of_a_position_counts_in_the_size_of_the_document() -> None:
    """Reference 8.1: the rate (tag 1199) has five bytes of the vendor's estimate as method and object have, its sum has its own."""
    bare = checked(receipt(*[item(name="Ч" * 60, tax=LEAVE_OUT)] * 285, taxes=[{"type": "none", "sum": 0}]))
    assert bare.valid
    for tax in ({"type": "none"}, {"type": "vat10", "sum": 13.64}):
        taxed = checked(receipt(*[item(name="Ч" * 60, tax=tax)] * 285))
        assert found(taxed.problems) == [("items", "document_too_large")]


def test_a_document_that_the_fn_cannot_hold_is_refused() -> None:
    """Reference 8.1: the estimate of 32,768 bytes is reached by about 150 positions with long names."""
    assert checked(receipt(*[item(name="Ч" * 128)] * 100)).valid
    assert found(checked(receipt(*[item(name="Ч" * 128)] * 200)).problems) == [
        ("items", "document_too_large")
    ]


@pytest.mark.parametrize(
    ("task", "hint"),
    [
        ({"type": "queryShiftStatus"}, "'getShiftStatus'"),
        ({"type": "open_shift"}, "'openShift'"),
        ({"type": "sel"}, "'sell'"),
        (receipt(payments="electronic"), "'electronically'"),
        (with_item(tax={"type": "22"}), "'vat22'"),
        (with_item(paymentObject="comodity"), "'commodity'"),
        (with_item(amount=LEAVE_OUT, ammount=1), "'amount'"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(task: Any, hint: str) -> None:
    """Types, words and fields: did you mean …?"""
    assert any(hint in problem.message for problem in checked(task).problems)


def test_no_message_repeats_what_the_buyer_said_of_himself() -> None:
    """Problems are stored and shown; contact and names are not to be found in them."""
    client = {"emailOrPhone": "secret", "name": "Secret" * 99, "vatin": "secret", "birthDate": "secret" * 9}
    answer = checked(
        receipt(electronically=True, clientInfo=client, operator={"name": "secret" * 20, "vatin": "secret"})
    )
    assert answer.problems
    assert "secret" not in str((answer.problems, answer.warnings)).casefold()
