"""The tasks as models: what is filled in, what is sent, what carries the marker, and the envelope around it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from tests.domain.task_samples import (
    KASSA,
    LEAVE_OUT,
    NOTHING,
    checked,
    correction,
    found,
    item,
    raw,
    receipt,
)
from worker.domain.rulebook import RULES
from worker.domain.tasks import Checked, Defaults, Kind, Task, check, check_document, dumps

MARKER = "fqabcdefghijklmn"


def sent(answer: Checked) -> Task:
    """The task of an answer that is to be valid."""
    assert answer.task is not None, answer.problems
    return answer.task


@pytest.mark.parametrize(
    ("task", "kind", "is_fiscal", "total"),
    [
        (receipt(), Kind.RECEIPT, True, "150.00"),
        (receipt(type="buyReturn"), Kind.RECEIPT, True, "150.00"),
        (correction(), Kind.CORRECTION, True, "150.00"),
        ({"type": "openShift"}, Kind.SHIFT, True, None),
        ({"type": "closeShift", "electronically": True}, Kind.SHIFT, True, None),
        ({"type": "reportOfdExchangeStatus"}, Kind.OFD_REPORT, True, None),
        ({"type": "reportX"}, Kind.REPORT, False, None),
        ({"type": "cashIn", "cashSum": 1000}, Kind.CASH, False, "1000.00"),
        ({"type": "cashOut", "cashSum": 0.1}, Kind.CASH, False, "0.10"),
        ({"type": "nonFiscal", "items": [{"type": "text", "text": "Спасибо"}]}, Kind.SLIP, False, None),
        ({"type": "printFnDocument", "fiscalDocumentNumber": 12}, Kind.COPY, False, None),
        ({"type": "continuePrint"}, Kind.COPY, False, None),
        ({"type": "getFnStatus"}, Kind.READING, False, None),
        ({"type": "getFnDocument", "fiscalDocumentNumber": 12}, Kind.READING, False, None),
        ({"type": "getMarkingCodeValidationStatus"}, Kind.READING, False, None),
        ({"type": "acceptMarkingCode"}, Kind.MARKING, False, None),
        ({"type": "openCashDrawer"}, Kind.SERVICE, False, None),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else None,
)
def test_a_type_says_what_its_job_leaves_behind(
    task: dict[str, object], kind: Kind, is_fiscal: bool, total: str | None
) -> None:
    """Only receipts, corrections, shift reports and the OFD report are fiscal documents (reference 5.1)."""
    model = sent(checked(task))
    assert (model.kind, model.is_fiscal) == (kind, is_fiscal)
    assert model.total == (Decimal(total) if total else None)


def test_what_a_careful_library_would_fill_in_may_be_left_out() -> None:
    """Design §3: the type of a position, its amount and tax, tax system, operator, and payments as one word."""
    short = {
        "type": "sell",
        "items": [
            {"name": "Сыр", "price": 789.9, "quantity": 0.345},
            {"name": "Чай", "price": 10, "quantity": 2},
        ],
        "payments": "electronically",
    }
    answer = checked(short, KASSA)
    model = sent(answer)
    assert answer.warnings == ()
    assert [one["type"] for one in model.body["items"]] == ["position", "position"]
    assert [one["amount"] for one in model.body["items"]] == [Decimal("272.52"), Decimal("20.00")]
    assert [one["tax"] for one in model.body["items"]] == [{"type": "vat10"}] * 2
    assert model.body["taxationType"] == "osn"
    assert model.body["operator"] == {"name": "Кассир Тестовый", "vatin": "123456789047"}
    assert model.body["payments"] == [{"type": "electronically", "sum": Decimal("292.52")}]
    assert model.total == Decimal("292.52")


def test_what_the_crm_said_is_never_replaced_by_a_default() -> None:
    """Design §3: defaults stand in for what is missing, and for nothing else."""
    said = receipt(
        item(tax={"type": "none"}, amount=140), taxationType="patent", operator={"name": "Иванова"}
    )
    body = sent(checked(said, KASSA)).body
    assert body["items"][0]["tax"] == {"type": "none"}
    assert body["items"][0]["amount"] == Decimal("140.00")
    assert body["taxationType"] == "patent"
    assert body["operator"] == {"name": "Иванова"}


@pytest.mark.parametrize("nothing", [None, {}, LEAVE_OUT], ids=["null", "empty", "absent"])
def test_null_and_an_empty_object_are_missing(nothing: object) -> None:
    """Reference 8.1: the vendor takes both for not said, so defaults stand in and nothing of them is sent."""
    body = sent(checked(receipt(item(tax=nothing), operator=nothing, clientInfo=nothing), KASSA)).body
    assert body["operator"]["name"] == "Кассир Тестовый"
    assert body["items"][0]["tax"] == {"type": "vat10"}
    assert "clientInfo" not in body


def test_a_half_kopeck_is_rounded_up() -> None:
    """Design §3: price × quantity, rounded half up; the standard library's own way would give 0.02 and 0.12."""
    goods = [
        item(price=0.05, quantity=0.5, amount=LEAVE_OUT),
        item(price=0.25, quantity=0.5, amount=LEAVE_OUT),
    ]
    body = sent(checked(receipt(*goods))).body
    assert [one["amount"] for one in body["items"]] == [Decimal("0.03"), Decimal("0.13")]


def test_a_price_finer_than_a_kopeck_is_multiplied_before_it_is_rounded() -> None:
    """Otherwise three at 33.333 would cost 99.99 although the CRM means 100.00."""
    answer = checked(receipt(item(price=33.333, quantity=3, amount=LEAVE_OUT)))
    assert sent(answer).total == Decimal("100.00")
    assert ("items[0].price", "unrounded") in found(answer.warnings)


def test_the_total_that_was_said_is_what_the_fn_will_register() -> None:
    """Reference 8.2: kopecks may be rounded down in favour of the buyer."""
    model = sent(checked(receipt(item(price=150.9, amount=150.9), total=150)))
    assert model.total == Decimal("150.00")
    assert model.body["payments"] == [{"type": "cash", "sum": Decimal("150.00")}]


def test_a_correction_without_positions_is_the_sum_of_its_payments() -> None:
    """Reference 8.4: the form of FFD 1.05."""
    payments = [{"type": "cash", "sum": 1000}, {"type": "electronically", "sum": 200.5}]
    old = correction(items=LEAVE_OUT, payments=payments, taxes=[{"type": "vat20", "sum": 200}])
    assert sent(checked(old)).total == Decimal("1200.50")


@pytest.mark.parametrize("attribute", ["additionalAttribute", "userAttribute"])
def test_a_receipt_carries_the_marker_as_its_last_item_and_does_not_print_it(attribute: str) -> None:
    """Design §2: by the marker a document is told from all others."""
    model = sent(checked(receipt()))
    assert model.carries_marker(attribute)
    marked = model.to_register(MARKER, attribute)
    name = {"name": "fq"} if attribute == "userAttribute" else {}
    assert marked["items"] == [
        *model.body["items"],
        {"type": attribute, **name, "value": MARKER, "print": False},
    ]
    assert len(model.body["items"]) == 1, "the task itself is not changed"


@pytest.mark.parametrize(
    ("task", "attribute"),
    [
        (receipt(), "off"),
        (receipt(item(), {"type": "additionalAttribute", "value": "2839104455"}), "additionalAttribute"),
        (receipt(item(), {"type": "userAttribute", "name": "Заказ", "value": "17"}), "userAttribute"),
        (correction(), "additionalAttribute"),
        ({"type": "openShift"}, "additionalAttribute"),
    ],
    ids=["off", "crm-uses-1192", "crm-uses-1084", "correction", "no-receipt"],
)
def test_where_the_attribute_is_taken_no_marker_is_inserted(task: dict[str, object], attribute: str) -> None:
    """A document holds one of each attribute, and in a correction tag 1192 names the corrected document."""
    model = sent(checked(task))
    assert not model.carries_marker(attribute)
    assert model.to_register(MARKER, attribute) == model.body


def test_numbers_reach_the_register_as_they_are_meant() -> None:
    """Reference 8.1: money has two decimals at most, quantities stand as given."""
    goods = item(price=29.990000000000002, quantity=0.30000000000000004, amount=LEAVE_OUT, department=3)
    text = dumps(sent(checked(receipt(goods))).to_register(None, "off"))
    assert '"price":29.99,"quantity":0.3,' in text
    assert '"amount":9.00' in text
    assert '"department":3' in text


def test_a_float_is_never_written() -> None:
    """Its text would be a guess."""
    with pytest.raises(TypeError, match="Decimal"):
        dumps({"sum": 0.1})


def test_every_problem_is_named_at_once_in_the_order_of_the_document() -> None:
    """Issue 2, "Bad input": the path of every problem."""
    answer = checked(
        {
            "payments": [{"type": 0, "sum": "10.00"}],
            "items": [
                {"name": 5, "price": "10", "tax": {"type": "vat13"}},
                {"type": "text", "alignment": "middle"},
            ],
            "type": "sell",
            "taxationType": "patent ",
        }
    )
    assert [problem.path for problem in answer.problems] == [
        "payments[0].type",
        "payments[0].sum",
        "items[0].name",
        "items[0].price",
        "items[0].tax.type",
        "items[0].quantity",
        "items[1].alignment",
        "taxationType",
    ]
    assert answer.task is None
    assert answer.type == "sell"


def test_what_is_found_late_is_told_where_it_stands() -> None:
    """Sums are judged after fields and rates after sums; the reader goes through the document from top to bottom."""
    goods = [item(tax={"type": "vat18"}), item(tax={"type": "vat20"}), item(tax={"type": "vat118"}, name=5)]
    answer = checked(receipt(*goods, payments=[{"type": "cash", "sum": 1}]))
    assert [problem.path for problem in answer.problems] == [
        "items[1].tax.type",
        "items[2].name",
        "payments[0].sum",
    ]


def test_a_refused_type_is_still_named() -> None:
    """The CRM's answer says what kind of job was refused (design §3)."""
    assert checked({"type": "closeArchive"}).type == "closeArchive"
    assert checked({"type": "selll"}).type == "selll"
    assert checked({"type": 5}).type is None
    assert check(b"{", NOTHING).type is None


# The vendor's envelope


@pytest.mark.parametrize("request_", [receipt(), [receipt()]], ids=["object", "array"])
def test_a_document_may_be_the_envelope_around_one_task(request_: object) -> None:
    """Reference 2.1: a lone object counts as an array of one; paths are relative to the task."""
    envelope = {"uuid": "0c0de8d2", "request": request_}
    assert sent(check_document(raw(envelope), NOTHING)) == sent(checked(receipt()))
    broken = {"uuid": "0c0de8d2", "request": [receipt(item(price="150"))]}
    assert found(check_document(raw(broken), NOTHING).problems) == [("items[0].price", "wrong_type")]


def test_a_bare_task_is_a_document_too() -> None:
    """`fiscalq check` takes either."""
    assert check_document(raw(receipt()), NOTHING) == checked(receipt())


def test_what_the_worker_has_of_its_own_is_ignored_in_an_envelope_aloud() -> None:
    """Reference 3.2: callbacks and deviceID belong to the second generation's POST."""
    envelope = {
        "uuid": "1",
        "request": [receipt()],
        "deviceID": "kassa",
        "callbacks": {"resultUrl": "https://x.test"},
        "x": 1,
    }
    answer = check_document(raw(envelope), NOTHING)
    assert answer.valid
    assert {path for path, code in found(answer.warnings) if code == "unknown_field"} == {
        "deviceID",
        "callbacks",
        "x",
    }


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ([], "not_one_task"),
        ([receipt(), {"type": "reportX"}], "not_one_task"),
        (None, "wrong_type"),
        ("sell", "wrong_type"),
    ],
    ids=["none", "several", "null", "text"],
)
def test_one_job_is_one_task(request_: object, code: str) -> None:
    """Issue 2: an envelope with several sub-tasks or none is refused at `request`."""
    answer = check_document(raw({"uuid": "1", "request": request_}), NOTHING)
    assert found(answer.problems) == [("request", code)]


@pytest.mark.parametrize(
    ("envelope", "path", "code"),
    [
        ({"request": [receipt()]}, "uuid", "missing"),
        ({"uuid": None, "request": [receipt()]}, "uuid", "missing"),
        ({"uuid": "", "request": [receipt()]}, "uuid", "missing"),
        ({"uuid": 5, "request": [receipt()]}, "uuid", "wrong_type"),
        ({"uuid": "1"}, "request", "wrong_type"),
        ({"uuid": "1", "request": ["sell"]}, "request[0]", "wrong_type"),
    ],
)
def test_an_envelope_that_the_server_refuses_is_refused(envelope: object, path: str, code: str) -> None:
    """Reference 2.1: 400 or 500."""
    assert found(check_document(raw(envelope), NOTHING).problems) == [(path, code)]


def test_enqueue_takes_no_envelope() -> None:
    """Design §3: one task object; the envelope's uuid would be somebody else's key."""
    answer = checked({"uuid": "1", "request": [receipt()]})
    assert found(answer.problems) == [("request", "envelope")]


def test_unknown_fields_are_passed_on_as_they_are() -> None:
    """A newer driver may know them; the present one ignores them (reference 8.1)."""
    body = sent(checked(receipt(salesNotice=[{"a": None, "b": 0.1}]))).body
    assert json.loads(dumps(body))["salesNotice"] == [{"a": None, "b": 0.1}]


def test_a_foreign_name_that_says_nothing_loses_nothing() -> None:
    """Clients that print None send `"sum": null` beside a price: a warning is enough."""
    answer = checked(receipt(item(amount=LEAVE_OUT, sum=None)))
    assert answer.valid
    assert found(answer.warnings) == [("items[0].sum", "unknown_field")]


@pytest.mark.parametrize("said", [LEAVE_OUT, None, {}, "position"])
def test_a_default_tax_reaches_a_position_however_it_says_its_type(said: object) -> None:
    """Reference 8.1: null and {} say nothing, and an element that says no type is a position."""
    task = sent(checked(receipt(item(type=said, tax=LEAVE_OUT)), KASSA))
    assert task.body["items"][0]["tax"] == {"type": "vat10"}


def test_defaults_are_judged_like_what_is_said() -> None:
    """A register's setting that is wrong must not reach the paper unseen."""
    answer = checked(
        receipt(item(tax=None), taxationType=None), Defaults(taxation_type="usn", default_tax="vat13")
    )
    assert found(answer.problems) == [
        ("taxationType", "unknown_value"),
        ("items[0].tax.type", "unknown_value"),
    ]


@pytest.mark.parametrize(
    ("task", "path"),
    [
        (receipt(clientInfo=[]), "clientInfo"),
        (receipt(operator=[]), "operator"),
        (receipt(item(agentInfo=[])), "items[0].agentInfo"),
        (receipt([]), "items[0]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_empty_array_of_php_is_refused_with_how_to_mend_it(task: object, path: str) -> None:
    """Reference 8.1: the register refuses it (501), so it is not guessed what was meant; arrays may well be empty."""
    answer = checked(task)
    assert (path, "empty_array") in found(answer.problems)
    told = next(each.message for each in answer.problems if each.code == "empty_array")
    rule = RULES["empty_array"]
    assert all("PHP" in text and "(object)[]" in text for text in (told, rule.advice_en, rule.advice_ru))
    assert checked(receipt(preItems=[])).valid
