"""The producer's own words: one way from a task to bytes, and every refusal with what to do."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from fiscalq_producer.errors import Conflict, QueueFull, Refused, refusal
from fiscalq_producer.words import Status, text_of
from hypothesis import given
from hypothesis import strategies as st


def test_text_and_bytes_are_sent_as_they_are() -> None:
    assert text_of('{"type" : "reportX"}') == b'{"type" : "reportX"}'
    assert text_of(b"{}") == b"{}"


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_money_is_written_exactly(price: Decimal) -> None:
    written = json.loads(text_of({"price": price}), parse_float=Decimal, parse_int=Decimal)
    assert written["price"] == price


def test_the_same_content_is_the_same_bytes() -> None:
    """A CRM that builds the mapping anew in the same order repeats the same job."""
    assert text_of({"a": Decimal("0.70"), "b": "ё"}) == text_of({"a": Decimal("0.7"), "b": "ё"})


@pytest.mark.parametrize(
    "value", [Decimal("NaN"), Decimal("0.12345678901234567890123"), float("inf"), object()]
)
def test_what_cannot_be_written_exactly_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        text_of({"price": value})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("FISCALQ_CONFLICT known with other content", Conflict),
        ("FISCALQ_QUEUE_FULL later", QueueFull),
        ("FISCALQ_BAD_JSON at byte 7", Refused),
    ],
)
def test_a_refusal_carries_its_code(text: str, kind: type[Refused]) -> None:
    refused = refusal(text)
    assert type(refused) is kind
    assert refused.code == text.split(maxsplit=1)[0]


def test_another_error_of_redis_is_no_refusal() -> None:
    assert refusal("OOM command not allowed") is None


def test_a_status_of_a_later_version_still_reads() -> None:
    status = Status.read('{"job":"a","register":"r","state":"dead","verdict":"in_doubt","novelty":1}')
    assert status.is_final
    assert status.whole["novelty"] == 1
    assert status.fiscal is None
