"""The Python producer against the real door, ledger and worker: the contract as a CRM meets it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from fiscalq_producer import Conflict, Producer, Refused, Unreachable

from ops.chaos.shop import REGISTER, Shop, sale

pytestmark = [pytest.mark.server]


@pytest.fixture
def kassa(redis_url: str) -> Producer:
    """The door of kassa-1."""
    return Producer(redis_url, register=REGISTER, producer="tests", retry_seconds=1)


@pytest.mark.slow
def test_enqueue_wait_and_follow(shop: Shop, kassa: Producer) -> None:
    first = kassa.enqueue("shift", {"type": "openShift"})
    assert (first.state, first.duplicate) == ("queued", False)
    task = {
        "type": "sell",
        "items": [{"name": "Bag", "price": Decimal("0.70"), "quantity": 3}],
        "payments": "cash",
    }
    kassa.enqueue("order-1", task)
    status = kassa.wait("order-1", timeout_seconds=30)
    assert status.verdict == "printed"
    assert status.fiscal is not None
    assert status.fiscal["total"] == "2.10"
    again = kassa.enqueue("order-1", task)
    assert (again.state, again.duplicate) == ("printed", True)
    states = []
    for event in kassa.events(after="0-0"):
        if event.job == "order-1":
            states.append(event.state)
            if event.state == "printed":
                break
    assert states[0] == "queued"
    assert states[1] == "submitting"


def test_the_door_refuses_with_a_code(make_shop: object, kassa: Producer, redis_url: str) -> None:
    make_shop().install()  # type: ignore[operator]
    kassa.enqueue("order-1", sale())
    with pytest.raises(Conflict):
        kassa.enqueue("order-1", sale("2.00"))
    with pytest.raises(Refused) as caught:
        kassa.enqueue("no such id!", sale())
    assert caught.value.code == "FISCALQ_BAD_ID"
    with pytest.raises(Refused) as caught:
        Producer(redis_url, register="kassa-9").enqueue("order-1", sale())
    assert caught.value.code == "FISCALQ_UNKNOWN_REGISTER"
    with pytest.raises(TimeoutError, match="queued"):
        kassa.wait("order-1", timeout_seconds=0.2)
    with pytest.raises(KeyError):
        kassa.wait("order-2", timeout_seconds=0.2)
    assert kassa.status("order-2") is None


def test_no_answer_is_told_from_a_refusal() -> None:
    with pytest.raises(Unreachable, match="safe"):
        Producer("redis://127.0.0.1:1/0", register=REGISTER, retry_seconds=0.2).enqueue("order-1", sale())
