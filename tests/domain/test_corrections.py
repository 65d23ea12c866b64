"""What is prepared when the register has printed a document too many (promises §3, fault 5; reference/fiscal-rules 8)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from worker.domain.corrections import reversal
from worker.domain.errors import OperatorError
from worker.domain.jsontext import dumps
from worker.domain.tasks import Defaults, Task, check
from worker.domain.verdicts import Fiscal

SALE = {
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
        ({"type": "closeShift"}, SECOND, "1.2", "cannot be taken back"),
        (SALE, SECOND, "", "--ffd"),
        (SALE, Fiscal(document_number=8), "1.2", "read them off the paper"),
    ],
)
def test_what_is_missing_is_named(body: dict[str, Any], second: Fiscal, ffd: str, said: str) -> None:
    with pytest.raises(OperatorError, match=said):
        reversal(task_of(body), second, ffd)
