"""
Another reader of the reference against ours: what the simulator's register refuses, our rules refuse at the same place.

The simulator shares no code with the worker. Tasks that say all there is to say are spoiled at random.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.simulator import vocabulary
from ops.simulator.driver.validation import CHECKS, Vintage, validate
from ops.simulator.errors import INVALID_FFD_VERSION, DriverError
from ops.simulator.kkt.receipt import Receipt, Rules
from tests.domain.task_samples import NOTHING, correction, found, item, raw, receipt, unhurried
from worker.domain.language.catalogue import DANGEROUS, TASKS
from worker.domain.tasks import Kind, Known, Task, check

IMC = "MDEwNDYwMTIzNDU2Nzg5MzIxNUFiQ2RFZkdoSWpL"
FLAGS = ("imcCheckFlag", "imcCheckResult", "imcStatusInfo", "imcEstimatedStatusCorrect", "ecrStandAloneFlag")
SUPPLIER = {"name": "ООО Поставщик", "vatin": "7707083893", "phones": ["+79990000005"]}
AGENT = {
    "agents": ["bankPayingAgent", "another"],
    "payingAgent": {"operation": "перевод", "phones": ["+79990000001"]},
    "receivePaymentsOperator": {"phones": ["+79990000002"]},
    "moneyTransferOperator": {"phones": ["+79990000003"], "name": "x", "address": "x", "vatin": "7707083893"},
}
INDUSTRY = [{"fois": "030", "date": "2023.11.21", "number": "1944", "industryAttribute": "UUID=1&Time=2"}]
PRINTED = [
    {"type": "text", "text": "x", "alignment": "left", "wrap": "words", "font": 0, "doubleWidth": False},
    {"type": "barcode", "barcode": "x", "barcodeType": "QR", "alignment": "center", "scale": 2, "height": 9},
    {"type": "pictureFromMemory", "pictureNumber": 1, "alignment": "right"},
    {"type": "pixels", "pixels": "AAAA", "width": 3, "scale": 100, "alignment": "left"},
]
MARK = {"imc": IMC, "imcType": "auto", "itemEstimatedStatus": "itemPieceSold", "imcModeProcessing": 0}
FULL_ITEM = item(
    infoDiscountAmount=0,
    department=1,
    measurementUnit="piece",
    piece=True,
    paymentMethod="fullPayment",
    paymentObject="commodityWithMarking",
    tax={"type": "vat22", "sum": 27.05},
    imcParams={**MARK, "itemFractionalAmount": "1/2", "itemInfoCheckResult": dict.fromkeys(FLAGS, True)},
    agentInfo=AGENT,
    supplierInfo=SUPPLIER,
    additionalAttribute="x",
    additionalAttributePrint=True,
    exciseSum=0,
    countryCode="643",
    customsDeclaration="x",
    industryInfo=INDUSTRY,
    ucUserParam3=1,
)
OTHER_ITEM = item(
    nomenclatureCode={"type": "shoes", "gtin": "x", "serial": "x"}, productCodes={"codes": ["x"]}
)
OLD_ITEM = item(
    markingCode={"mark": IMC, "type": "other"}, productCodes={"ean13": "x"}, tax={"type": "vat20"}
)
FULL = receipt(
    FULL_ITEM,
    OTHER_ITEM,
    OLD_ITEM,
    *PRINTED,
    {"type": "userAttribute", "name": "x", "value": "x", "print": True},
    {"type": "additionalAttribute", "value": "x", "print": False},
    operator={"name": "Иванова", "vatin": "123456789047"},
    payments=[{"type": "cash", "sum": 200}, {"type": "1", "sum": 249.5}, {"type": "other", "sum": 0.5}],
    total=450,
    taxes=[{"type": "vat10", "sum": 1.5}],
    electronically=False,
    ignoreNonFiscalPrintErrors=True,
    internet=True,
    validateMarkingCodes=True,
    clientInfo={"emailOrPhone": "+79990000000", "name": "x", "vatin": "", "birthDate": "01.02.1990"},
    companyInfo={"email": "x@example.com"},
    paymentsPlace="x",
    paymentsAddress="x",
    machineNumber="x",
    agentInfo=AGENT,
    supplierInfo=SUPPLIER,
    operationInfo={"id": 1, "data": "x", "dateTime": "2026.11.23 10:00:00"},
    industryInfo=INDUSTRY,
    preItems=PRINTED,
    postItems=PRINTED,
)
OLD_CORRECTION = correction(
    {"type": "additionalAttribute", "value": "x"},
    payments=[{"type": "cash", "sum": 150}],
    taxes=[{"type": "vat20", "sum": 25}],
    correctionBaseDate="2025.12.31",
)
WHO = {"operator": {"name": "Иванова", "vatin": "123456789047"}}
TASKS_TO_SPOIL: list[dict[str, Any]] = [
    FULL,
    {**FULL, "type": "buyReturn"},
    {**FULL, "type": "sellCorrection", "correctionType": "self", "correctionBaseDate": "2026.02.14"},
    OLD_CORRECTION,
    {"type": "openShift", **WHO, "electronically": False, "preItems": PRINTED},
    {"type": "closeShift", **WHO, "postItems": PRINTED},
    {"type": "cashIn", "cashSum": 1.5, **WHO},
    {"type": "cashOut", "cashSum": 1, **WHO},
    {"type": "reportX", **WHO},
    {"type": "reportOfdExchangeStatus", **WHO},
    {"type": "nonFiscal", "items": PRINTED, "printFooter": True},
    {"type": "printLastReceiptCopy", **WHO},
    {"type": "printFnDocument", "fiscalDocumentNumber": 3},
    {"type": "getFnDocument", "fiscalDocumentNumber": 3, "withRawData": True},
    {"type": "printDocumentsFromJournal", "filter": "shiftNumber", "from": 1, "to": 2},
    {"type": "getDeviceParameters", "keys": [1, 2]},
    {"type": "getLastFiscalParams", "forReceipt": True},
    {"type": "setDateTime", "dateTime": "2026.11.23 10:00:00"},
    {"type": "beginMarkingCodeValidation", "params": {**MARK, "itemQuantity": 1, "waitForResult": True}},
    {"type": "validateMarks", "params": [MARK], "timeout": 60000},
]
STRANGE: list[Any] = [
    None,
    {},
    [],
    [None],
    [{}],
    "",
    "x",
    "1",
    0,
    1,
    -1,
    1.5,
    0.005,
    10**15,
    True,
    False,
    "vat99",
    {"x": 1},
]
KNOWN_WORDS = [
    "sell",
    "sellReturnCorrection",
    "vat18",
    "vat120",
    "5",
    "cash",
    "prepaid",
    "QR",
    "envd",
    "EAN13",
]
RULES = Rules(frozenset(vocabulary.TAXATION), False, (), frozenset(vocabulary.USER_PAYMENTS))
PLACE = re.compile(r'"([^"]*)"')

Path = tuple[str | int, ...]


def places(value: Any, at: Path = ()) -> Iterator[Path]:
    """Every place in a task."""
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*at, step)
        if isinstance(inner, dict | list):
            yield from places(inner, (*at, step))


ALL_PLACES = [(number, path) for number, task in enumerate(TASKS_TO_SPOIL) for path in places(task)]
spoilings = st.tuples(st.sampled_from(ALL_PLACES), st.sampled_from([..., *STRANGE, *KNOWN_WORDS]))


def spoiled(number: int, path: Path, by: Any) -> dict[str, Any]:
    """The task with another value at that place, or without that field."""
    task: dict[str, Any] = json.loads(json.dumps(TASKS_TO_SPOIL[number]))
    here: Any = task
    for step in path[:-1]:
        here = here[step]
    if by is ...:
        del here[path[-1]]
    else:
        here[path[-1]] = by
    return task


def complaint_of(task: bytes, ffd: str) -> DriverError | None:
    """What the validator of a register of that format and of a driver of 2026 says to a task: 501, or nothing."""
    try:
        validate(json.loads(task, parse_float=Decimal), Vintage(Decimal(ffd), 2026))
    except DriverError as complaint:
        return complaint
    return None


def refusal_of(task: Task, ffd: str) -> DriverError | None:
    """What such a register says to a task that we would send."""
    wire = task.to_json()
    fields = json.loads(wire, parse_float=Decimal)
    complaint = complaint_of(wire.encode(), ffd)
    if complaint is not None:
        return complaint
    try:
        if task.kind in {Kind.RECEIPT, Kind.CORRECTION}:
            if task.type.endswith("ReturnCorrection") and ffd == "1.05":
                return DriverError(INVALID_FFD_VERSION)
            print_through(Receipt(task.type, fields, RULES), fields, ffd)
    except DriverError as refusal:
        return refusal
    return None


def print_through(paper: Receipt, fields: dict[str, Any], ffd: str) -> None:
    """The sums, as the register adds them up (reference 8.2, steps 6 to 11)."""
    paper.open()
    for element in fields.get("items") or []:
        paper.add(element)
    if fields["type"].endswith("Correction") and ffd == "1.05":
        paper.sum_up_old()
    else:
        paper.sum_up()
    paper.tax()
    paper.pay()


@pytest.mark.parametrize("task", TASKS_TO_SPOIL, ids=lambda task: task["type"])
def test_what_is_not_spoiled_yet_is_taken_by_both(task: dict[str, Any]) -> None:
    """Otherwise nothing would be tried below."""
    ffd = "1.05" if task is OLD_CORRECTION else "1.2"
    answer = check(raw(task), NOTHING, Known(ffd=ffd))
    assert answer.task is not None, answer.problems
    assert refusal_of(answer.task, ffd) is None


@unhurried
@given(spoilings, st.sampled_from(["1.05", "1.1", "1.2"]))
def test_nothing_that_the_register_refuses_passes(spoiling: tuple[tuple[int, Path], Any], ffd: str) -> None:
    """Whatever our rules let through, the other reading of the reference takes as we would send it."""
    (number, path), by = spoiling
    answer = check(raw(spoiled(number, path, by)), NOTHING, Known(ffd=ffd))
    if answer.task is not None:
        refusal = refusal_of(answer.task, ffd)
        assert refusal is None, (path, by, refusal)


@unhurried
@given(spoilings)
def test_a_refusal_of_the_validator_is_told_at_the_place_that_it_names(
    spoiling: tuple[tuple[int, Path], Any],
) -> None:
    """
    Reference 8.1: the three forms of the vendor's text name a path, and so do we, before anything is sent.

    But for what our contract takes and the register does not get: payments in one word, and empty words, which are left out.
    """
    (number, path), by = spoiling
    task = spoiled(number, path, by)
    ffd = "1.05" if number == TASKS_TO_SPOIL.index(OLD_CORRECTION) else "1.2"
    refusal = complaint_of(raw(filled(task)), ffd)
    if refusal is not None and (path[-1], type(by)) != ("payments", str) and by != "":
        named = PLACE.search(str(refusal.description))
        assert named is not None, refusal.description
        told = [place for place, _ in found(check(raw(task), NOTHING, Known(ffd=ffd)).problems)]
        assert named[1] in told, (refusal.description, told)


def filled(task: Any) -> Any:
    """What our contract lets out and the register does not: the type and the amount of a position (design §3)."""
    if isinstance(task.get("items"), list) and str(task.get("type")) in vocabulary.SIGNS:
        task = {**task, "items": [with_type(element) for element in task["items"]]}
    return task


def with_type(element: Any) -> Any:
    if not isinstance(element, dict):
        return element
    kind = "position" if element.get("type") in (None, {}) else element["type"]
    amount = element.get("amount")
    return {**element, "type": kind} | ({"amount": 150} if kind == "position" and amount is None else {})


def test_each_task_that_the_register_knows_is_done_or_refused_with_the_reason() -> None:
    """Reference 8 and 9: nothing is left out, and what is dangerous is never sent."""
    assert set(CHECKS) <= set(TASKS) | set(DANGEROUS)
    for name in DANGEROUS:
        problem = check(raw({"type": name}), NOTHING).problems[0]
        assert (problem.path, problem.code) == ("type", "refused_type")
        assert DANGEROUS[name] in problem.message


@pytest.mark.parametrize(
    "name", [name for name, kind in TASKS.items() if kind.kind in {Kind.READING, Kind.MARKING}]
)
def test_a_reading_or_marking_task_is_taken_as_the_register_takes_it(name: str) -> None:
    """What it must say is missed, and nothing else."""
    plain = check(raw({"type": name}), NOTHING)
    samples = [task for task in TASKS_TO_SPOIL if task["type"] == name]
    assert plain.valid or samples or name == "addMarksToBuffer", plain.problems
    for task in samples:
        taken = check(raw(task), NOTHING).task
        assert isinstance(taken, Task)
        assert taken.kind in {Kind.READING, Kind.MARKING}
