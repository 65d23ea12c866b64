"""What depends on the register's format: FFD 1.05, 1.1 and 1.2, one below and one at the border."""

from __future__ import annotations

from typing import Any

import pytest

from tests.domain.task_samples import LEAVE_OUT, NOTHING, correction, found, item, raw, receipt
from worker.domain.tasks import Known, check

IMC = "MDEwNDYwMTIzNDU2Nzg5MzIxNUFiQ2RFZkdoSWpL"
SOLD = {"imc": IMC, "itemEstimatedStatus": "itemPieceSold"}
CASH = [{"type": "cash", "sum": 150}]
OPERATION = {"id": 1, "data": "x", "dateTime": "2026.11.23 10:00:00"}
INDUSTRY = {"fois": "030", "date": "2023.11.21", "number": "1944", "industryAttribute": "UUID=1&Time=2"}
SUPPLIER = {"vatin": "7707083893"}
OLD = correction(items=LEAVE_OUT, payments=CASH, taxes=[{"type": "vat10", "sum": 13.64}])


def judged(task: Any, ffd: str | None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Problems and warnings on a register of that format."""
    answer = check(raw(task), NOTHING, Known(ffd=ffd))
    return found(answer.problems), found(answer.warnings)


@pytest.mark.parametrize("kind", ["sellReturnCorrection", "buyReturnCorrection"])
def test_the_corrections_of_returns_came_with_ffd_1_1(kind: str) -> None:
    """Reference 8.4; where the format is not known, the register decides."""
    task = correction(type=kind)
    assert ("type", "needs_ffd") in judged(task, "1.05")[0]
    for ffd in ("1.1", "1.2", None, "2.0"):
        assert judged(task, ffd) == ([], [])


@pytest.mark.parametrize("element", [item(), {"type": "text", "text": "x"}])
def test_a_correction_of_ffd_1_05_holds_attributes_alone(element: dict[str, Any]) -> None:
    """Reference 8.4: everything else is answered with 501."""
    task = correction(item(), element)
    assert ("items[1].type", "needs_ffd") in judged(task, "1.05")[0]
    assert judged(task, "1.1") == ([], [])
    attribute = {"type": "additionalAttribute", "value": "2839104455"}
    assert judged({**OLD, "items": [attribute]}, "1.05")[0] == []


def test_a_correction_without_positions_is_of_ffd_1_05_alone() -> None:
    """Reference 8.4: since FFD 1.1 the validator misses `items`."""
    assert judged(OLD, "1.05") == ([], [])
    assert judged(OLD, None) == ([], [("items", "old_correction")])
    for ffd in ("1.1", "1.2"):
        assert judged(OLD, ffd)[0] == [("items", "old_correction")]


@pytest.mark.parametrize(
    ("task", "path"),
    [
        (receipt(operationInfo=OPERATION), "operationInfo"),
        (receipt(industryInfo=[INDUSTRY]), "industryInfo"),
        (receipt(item(industryInfo=[INDUSTRY])), "items[0].industryInfo"),
        (receipt(item(imcParams=SOLD, paymentObject="commodityWithMarking")), "items[0].imcParams"),
        (receipt(item(paymentObject="exciseWithoutMarking")), "items[0].paymentObject"),
        (receipt(item(paymentObject="32")), "items[0].paymentObject"),
        (receipt(validateMarkingCodes=True), "validateMarkingCodes"),
        (receipt(clientInfo={"birthDate": "01.02.1990"}), "clientInfo.birthDate"),
    ],
)
def test_what_came_with_ffd_1_2_is_told_where_it_would_be_lost(task: Any, path: str) -> None:
    """Older formats have no place for it."""
    for older in ("1.05", "1.1"):
        assert (path, "needs_ffd") in judged(task, older)[1]
    for ffd in ("1.2", None):
        assert judged(task, ffd) == ([], [])


@pytest.mark.parametrize("name", ["markingCode", "nomenclatureCode"])
def test_the_codes_of_old_formats_are_told_on_ffd_1_2(name: str) -> None:
    """Reference 8.3: imcParams took their place."""
    task = receipt(item(**{name: {"mark": IMC} if name == "markingCode" else IMC}))
    assert judged(task, "1.2") == ([], [(f"items[0].{name}", "needs_ffd")])
    for ffd in ("1.1", None):
        assert judged(task, ffd) == ([], [])


def test_a_unit_is_a_text_before_ffd_1_2_and_a_code_since() -> None:
    """Tags 1197 and 2108."""
    task = receipt(item(measurementUnit="шт."))
    for older in ("1.05", "1.1"):
        assert judged(task, older) == ([], [])
    for ffd in ("1.2", None):
        assert judged(task, ffd) == ([], [("items[0].measurementUnit", "unit_text")])
    for unit in ("piece", "0", 0, 11):
        coded = receipt(item(measurementUnit=unit))
        assert judged(coded, "1.2") == ([], [])
        assert judged(coded, "1.1") == ([], [("items[0].measurementUnit", "unit_text")])


def test_the_agent_of_the_receipt_is_of_older_formats() -> None:
    """Tag 1057 is gone in FFD 1.2: the agent stands at the position (1222), and the supplier there in all of them (1226)."""
    agent = {"agents": ["commissionAgent"]}
    task = receipt(item(supplierInfo=SUPPLIER), agentInfo=agent)
    for ffd in ("1.05", "1.1", None):
        assert judged(task, ffd) == ([], [])
    assert judged(task, "1.2") == ([], [("agentInfo.agents", "agent_of_receipt")])
    assert judged(receipt(item(), agentInfo=agent), None)[0] == [("supplierInfo.vatin", "missing")]
    half = receipt(item(supplierInfo=SUPPLIER), item(), agentInfo=agent)
    assert judged(half, None)[0] == [("supplierInfo.vatin", "missing")]


def test_a_tax_system_is_one_of_those_that_the_register_is_registered_for() -> None:
    """Reference 8.2, §10 (143); what is not known of the register is warned about, never assumed."""

    def told(task: Any, systems: str | None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        facts = {"taxation_types": systems} if systems is not None else {}
        answer = check(raw(task), NOTHING, Known.remembered(facts))
        return found(answer.problems), found(answer.warnings)

    said, silent = (
        receipt(item(tax={"type": "none"}), taxationType="patent"),
        receipt(item(), taxationType=LEAVE_OUT),
    )
    assert told(said, "osn usnIncome") == ([("taxationType", "foreign_taxation_type")], [])
    assert told(said, "osn patent") == told(said, None) == ([], [])
    for systems in (None, "osn patent"):
        assert told(silent, systems) == ([], [("taxationType", "no_taxation_type")])
    assert told(silent, "osn") == ([], [])
