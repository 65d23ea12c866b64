"""What is prepared when the register has printed a document too many (promises §3, fault 5; reference/fiscal-rules 8)."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from worker.domain.corrections import derived_id, pair, reversal
from worker.domain.errors import OperatorError
from worker.domain.identity import JOB_ID
from worker.domain.jsontext import dumps
from worker.domain.language.vocabulary import DRY_STATUSES, ITEM_STATUSES, RETURNED_STATUSES, SOLD_STATUSES
from worker.domain.tasks import Defaults, Known, Task, check
from worker.domain.verdicts import Fiscal

SALE: dict[str, Any] = {
    "type": "sell",
    "taxationType": "osn",
    "operator": {"name": "Иванова"},
    "items": [{"name": "Пакет", "price": 0.7, "quantity": 3, "tax": {"type": "vat22"}}],
    "payments": [{"type": "cash", "sum": 2.1}],
}
SECOND = Fiscal(document_number=8, sign="2839104455", datetime="2031-03-01T12:41:00+03:00")


def task_of(body: dict[str, Any]) -> Task:
    task = check(json.dumps(body).encode(), Defaults()).task
    assert task is not None
    return task


@pytest.mark.parametrize(
    ("kind", "ffd", "becomes"),
    [
        ("sell", "1.05", "sellReturn"),
        ("sellReturn", "1.05", "sell"),
        ("buy", "1.05", "buyReturn"),
        ("sell", "1.1", "sellReturnCorrection"),
        ("sellReturn", "1.2", "sellCorrection"),
        ("buyReturn", "1.2", "buyCorrection"),
    ],
)
def test_a_document_too_many_is_taken_back_by_its_opposite(kind: str, ffd: str, becomes: str) -> None:
    """Equal goods and payments, the sign of what is taken back in tag 1192; and our own rules take it."""
    task = task_of({**SALE, "type": kind})
    body = reversal(task, SECOND, ffd)
    assert body["type"] == becomes
    assert body["payments"] == task.body["payments"]
    assert body["items"][:-1] == list(task.body["items"])
    assert body["items"][-1]["value"] == SECOND.sign
    checked = check(dumps(body).encode(), Defaults())
    assert (checked.problems, checked.task and checked.task.total) == ((), Decimal("2.10"))


def test_a_correction_has_its_grounds() -> None:
    """Tags 1173 and 1178: by ourselves, and the day of what is corrected, by the register's own clock."""
    body = reversal(task_of(SALE), SECOND, "1.2")
    assert (body["correctionType"], body["correctionBaseDate"]) == ("self", "2031.03.01")


def test_an_attribute_of_the_sale_gives_way_to_the_sign() -> None:
    """A document holds one of them."""
    own = {"type": "additionalAttribute", "value": "order 7"}
    body = reversal(task_of({**SALE, "items": [*SALE["items"], own]}), SECOND, "1.05")
    assert [item["value"] for item in body["items"] if item.get("type") == "additionalAttribute"] == [
        SECOND.sign
    ]


@pytest.mark.parametrize(
    ("body", "second", "ffd", "said"),
    [
        ({"type": "closeShift"}, SECOND, "1.2", "not_taken_back"),
        (SALE, SECOND, "", "ffd: ffd –"),
        (SALE, SECOND, "1.3", "ffd: ffd 1.3"),
        (SALE, SECOND.model_copy(update={"sign": None}), "1.2", "no_sign"),
        (SALE, SECOND.model_copy(update={"datetime": None}), "1.2", "no_sign"),
    ],
)
def test_what_is_missing_is_named(body: dict[str, Any], second: Fiscal, ffd: str, said: str) -> None:
    with pytest.raises(OperatorError, match=said):
        reversal(task_of(body), second, ffd)


WRONG = Fiscal(
    document_number=7, sign="1234567890", datetime="2026-03-01T12:41:00+03:00", total=Decimal("2.10")
)
RIGHT = {**SALE, "items": [{**SALE["items"][0], "quantity": 2}], "payments": "cash"}
IMC = "MDEwNDYwMTIzNDU2Nzg5MzIxNUFiQ2RFZkdoSWpL"


def total_of(body: Any, ffd: str) -> Decimal | None:
    """What a task registers on a register of that format; it must be one that may be sent there."""
    checked = check(dumps(body).encode(), Defaults(), Known(date(2026, 3, 2), ffd))
    assert checked.task is not None, checked.problems
    return checked.task.total


def signs(body: Any) -> list[str]:
    return [item["value"] for item in body["items"] if item.get("type") == "additionalAttribute"]


@pytest.mark.parametrize(
    ("kind", "ffd", "back", "right"),
    [
        ("sell", "1.05", "sellReturn", "sell"),
        ("sellReturn", "1.05", "sell", "sellReturn"),
        ("buyReturn", "1.05", "buy", "buyReturn"),
        ("sell", "1.1", "sellReturnCorrection", "sellCorrection"),
        ("sell", "1.2", "sellReturnCorrection", "sellCorrection"),
        ("sellReturn", "1.2", "sellCorrection", "sellReturnCorrection"),
        ("buy", "1.2", "buyReturnCorrection", "buyCorrection"),
        ("sellCorrection", "1.2", "sellReturnCorrection", "sellCorrection"),
    ],
)
def test_the_pair_is_the_one_of_the_format(kind: str, ffd: str, back: str, right: str) -> None:
    """Fiscal rule 8: with FFD 1.05 two receipts, since FFD 1.1 two corrections; both name the sign, both may be sent."""
    printed, fixed = {**SALE, "type": kind}, {**RIGHT, "type": kind}
    if kind.endswith("Correction"):
        printed |= {"correctionType": "self", "correctionBaseDate": "2026.02.28"}
        fixed |= {"correctionType": "self", "correctionBaseDate": "2026.02.28"}
    made = pair(task_of(printed), WRONG, task_of(fixed), ffd)
    assert (made.reversal["type"], made.corrected["type"]) == (back, right)
    assert signs(made.reversal) == signs(made.corrected) == [WRONG.sign]
    assert (total_of(made.reversal, ffd), total_of(made.corrected, ffd)) == (Decimal("2.10"), Decimal("1.40"))


def test_both_corrections_have_the_grounds_and_the_day_of_the_wrong_document() -> None:
    """Tags 1173 and 1178, by the register's own clock."""
    made = pair(task_of(SALE), WRONG, task_of(RIGHT), "1.2")
    for body in (made.reversal, made.corrected):
        assert (body["correctionType"], body["correctionBaseDate"]) == ("self", "2026.03.01")


def test_grounds_that_were_said_are_those_of_both() -> None:
    """An instruction of the tax service has a number and perhaps another day."""
    said = {
        "correctionType": "instruction",
        "correctionBaseDate": "2026.02.27",
        "correctionBaseNumber": "77-А",
    }
    made = pair(task_of(SALE), WRONG, task_of({**RIGHT, "type": "sellCorrection", **said}), "1.1")
    for body in (made.reversal, made.corrected):
        assert {name: body[name] for name in said} == said


def test_a_wrong_kind_is_put_right_as_well() -> None:
    """A purchase that was printed as a sale: the sale is taken back, the purchase is corrected."""
    made = pair(task_of(SALE), WRONG, task_of({**RIGHT, "type": "buy"}), "1.2")
    assert (made.reversal["type"], made.corrected["type"]) == ("sellReturnCorrection", "buyCorrection")


def test_the_change_is_not_paid_out_again() -> None:
    """Of 10.00 in cash for 2.10 the buyer has 7.90 back already; cards first stay as they are."""
    paid = [{"type": "electronically", "sum": 0.1}, {"type": "cash", "sum": 3}, {"type": "0", "sum": 7}]
    body = reversal(task_of({**SALE, "payments": paid}), WRONG, "1.05")
    assert [payment["sum"] for payment in body["payments"]] == [
        Decimal("0.10"),
        Decimal("2.00"),
        Decimal("0.00"),
    ]
    assert total_of(body, "1.05") == Decimal("2.10")
    body = reversal(task_of({**SALE, "payments": list(reversed(paid))}), WRONG, "1.05")
    assert [payment["sum"] for payment in body["payments"]] == [
        Decimal("7.00") - Decimal("5.00"),
        Decimal("0.00"),
        Decimal("0.10"),
    ]


def test_a_marking_code_goes_the_other_way() -> None:
    """Tag 2003: sold goods come back; what the check of the sale said is no answer to that."""
    flags = (
        "imcCheckFlag",
        "imcCheckResult",
        "imcStatusInfo",
        "imcEstimatedStatusCorrect",
        "ecrStandAloneFlag",
    )
    imc = {
        "imc": IMC,
        "itemEstimatedStatus": "itemPieceSold",
        "itemInfoCheckResult": dict.fromkeys(flags, True),
    }
    goods = {**SALE["items"][0], "price": 2.1, "quantity": 1, "paymentObject": "commodityWithMarking"}
    sale = {**SALE, "items": [{**goods, "imcParams": imc}]}
    made = pair(task_of(sale), WRONG, task_of(RIGHT), "1.2")
    assert made.reversal["items"][0]["imcParams"] == {"imc": IMC, "itemEstimatedStatus": "itemPieceReturn"}
    unsaid = {**SALE, "items": [{**goods, "imcParams": {"imc": IMC}}]}
    assert pair(task_of(unsaid), WRONG, task_of(RIGHT), "1.2").reversal["items"][0]["imcParams"] == {
        "imc": IMC
    }
    checked = check(dumps(made.reversal).encode(), Defaults(), Known(date(2026, 3, 2), "1.2"))
    assert {warning.code for warning in checked.warnings} == {"driver_version"}


@pytest.mark.parametrize(("name", "number"), ITEM_STATUSES.items())
def test_whatever_was_sold_comes_back_and_the_other_way_round(name: str, number: int) -> None:
    """Reference 9.1: each status of a sale, the newer ones too, has one of a return; `unchanged` stays what it is."""
    goods = {**SALE["items"][0], "paymentObject": "commodityWithMarking", "measurementUnit": "kilogram"}
    for status in (name, number):
        sale = {**SALE, "items": [{**goods, "imcParams": {"imc": IMC, "itemEstimatedStatus": status}}]}
        back = pair(task_of(sale), WRONG, task_of(RIGHT), "1.2").reversal["items"][0]["imcParams"]
        turned = back["itemEstimatedStatus"]
        assert (status in SOLD_STATUSES, turned in RETURNED_STATUSES) in {(True, True), (False, False)}
        assert (status in RETURNED_STATUSES) == (turned in SOLD_STATUSES)
        assert (status in DRY_STATUSES) == (turned in DRY_STATUSES)


@pytest.mark.parametrize(
    ("printed", "fixed", "ffd", "said"),
    [
        (SALE, {"type": "closeShift"}, "1.2", "fixed_no_receipt"),
        (SALE, SALE, "1.2", "fixed_same"),
        (SALE, {**RIGHT, "type": "sellCorrection"}, "1.05", "fixed_correction: ffd 1.05, type sell$"),
        ({**SALE, "type": "sellCorrection"}, RIGHT, "1.05", "correction_stays"),
        ({"type": "closeShift"}, RIGHT, "1.2", "not_taken_back"),
        (SALE, RIGHT, "", "ffd: ffd –"),
    ],
)
def test_what_cannot_be_put_right_is_refused_with_the_reason(
    printed: dict[str, Any], fixed: dict[str, Any], ffd: str, said: str
) -> None:
    with pytest.raises(OperatorError, match=said):
        pair(task_of(printed), WRONG, task_of(fixed), ffd)


@pytest.mark.parametrize("length", [1, 53, 54, 55, 64])
@pytest.mark.parametrize("what", ["reversal", "corrected"])
def test_derived_ids_are_ids_of_their_own(length: int, what: str) -> None:
    """Design §3: at most 64 of A-Za-z0-9._:-; two long ids that differ in their last letter do not meet."""
    names = {derived_id(start + "x" * (length - 1), what) for start in ("a", "b")}
    assert len(names) == 2
    assert all(JOB_ID.fullmatch(name) and name.endswith(f".{what}") for name in names)
    longest = "x" * (64 - len(what) - 1)
    assert derived_id(longest, what) == f"{longest}.{what}"
    assert derived_id("order-1042-sell", what) == f"order-1042-sell.{what}"
    assert derived_id("x" * 63 + "a", what) != derived_id("x" * 63 + "b", what)
