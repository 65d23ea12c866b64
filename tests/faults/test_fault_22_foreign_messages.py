"""Fault 22: what does not belong into Celery's list is kept with its bytes, and the worker goes on."""

from __future__ import annotations

import json

import pytest

from ops.chaos.shop import KEY, OPEN_SHIFT, Shop, sale, until
from tests.acceptance.conftest import make_shop, shop  # noqa: F401 - fixtures
from worker.app.celery_app import ticket_template
from worker.app.transport import why_not_ours

TICKET = ticket_template(f"{KEY}:queue").replace("@JOB@", "order-1").replace("@TAG@", "order-1:1:1")


def without(*path: str) -> bytes:
    """The ticket, with one member removed."""
    ticket = json.loads(TICKET)
    inner = ticket
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return json.dumps(ticket).encode()


def with_(**members: object) -> bytes:
    """The ticket, with other members."""
    return json.dumps({**json.loads(TICKET), **members}).encode()


FOREIGN = {
    "not JSON": b"hello",
    "a number": b"7",
    "a list": b"[]",
    "bad UTF-8": b"\xff\xfe{}",
    "no properties": without("properties"),
    "no delivery tag": without("properties", "delivery_tag"),
    "no routing key": without("properties", "delivery_info", "routing_key"),
    "headers null": with_(headers=None),
    "headers without id": without("headers", "id"),
    "headers without task": without("headers", "task"),
    "unknown task": TICKET.replace("fiscalq.print", "shop.print").encode(),
    "body no list": with_(body='"x"'),
    "body not JSON": with_(body="{"),
    "body of another job": with_(body='[["order-2"],{},{}]'),
    "other content type": with_(**{"content-type": "application/x-python-serialize"}),
    "no content type": without("content-type"),
    "deep": b"[" * 100_000,
}


def test_a_ticket_of_ours_passes() -> None:
    assert why_not_ours(TICKET.encode()) is None


@pytest.mark.parametrize("message", FOREIGN.values(), ids=FOREIGN.keys())
def test_everything_else_is_told_from_it(message: bytes) -> None:
    assert why_not_ours(message)


@pytest.mark.server
@pytest.mark.slow
def test_fault_22_every_foreign_message_is_kept_and_the_next_job_prints(shop: Shop) -> None:  # noqa: F811
    """None dropped, none delivered, the worker the same process as before."""
    shop.enqueue("shift", OPEN_SHIFT)
    shop.end_of("shift")
    for message in FOREIGN.values():
        shop.client.lpush(f"{KEY}:queue", message)
    shop.enqueue("order-1", sale())
    assert shop.end_of("order-1")["verdict"] == "printed"
    kept = until(
        lambda: shop.client.xlen(f"{KEY}:quarantine") == len(FOREIGN), 10, "all foreign messages kept"
    )
    assert kept
    assert shop.processes["worker"].poll() is None
    assert "worker.restarted" not in shop.log_of()
