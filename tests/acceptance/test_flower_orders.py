"""What somebody orders by Flower, or by Celery's own remote control, costs no job and breaks no print."""

from __future__ import annotations

import pytest
import requests
from celery import Celery

from ops.chaos.shop import OPEN_SHIFT, Shop, sale, until
from tests.acceptance.conftest import MakeShop
from tests.compose.conftest import StartFlower, start_flower

__all__ = ["start_flower"]  # a fixture

pytestmark = [pytest.mark.server, pytest.mark.slow]

PASSWORD = "a long password"
US = ("operator", PASSWORD)


@pytest.fixture
def busy(make_shop: MakeShop) -> Shop:
    """A shop that prints one receipt of three, slowly; deafness is not found out in the test's time."""
    shop = make_shop(FISCALQ_LIMITS__DEAF_SECONDS="600")
    shop.install()
    shop.start_simulator()
    shop.start_worker()
    shop.enqueue("shift", OPEN_SHIFT)
    shop.end_of("shift")
    return shop


def print_slowly(shop: Shop) -> None:
    """Let the next receipt take some seconds, and come back while it prints."""
    shop.tell_register(
        "/_sim/faults", {"kind": "slow", "type": "sell", "stage": "between_items", "seconds": 4}
    )
    for number in (1, 2, 3):
        shop.enqueue(f"order-{number}", sale())
    until(lambda: shop.status("order-1")["state"] == "printing", 20, "order-1 prints")


def worker_of(shop: Shop) -> str:
    """The name under which Celery's control finds the worker."""
    found: dict[str, object] = {}

    def look() -> bool:
        found.update(Celery(broker=shop.redis_url).control.inspect(timeout=0.5).ping() or {})
        return bool(found)

    until(look, 20, "the worker answers")
    return next(iter(found))


def all_printed_once_in_order(shop: Shop) -> None:
    for number in (1, 2, 3):
        assert shop.end_of(f"order-{number}")["state"] == "printed"
    sold = [document for document in shop.documents() if document["type"] == "sell"]
    assert len(sold) == 3
    assert [shop.status(f"order-{number}")["fiscal"]["document_number"] for number in (1, 2, 3)] == sorted(
        document["fd"] for document in sold
    )


@pytest.fixture
def open_flower(busy: Shop, start_flower: StartFlower) -> str:
    """A Flower that somebody has started without read-only: the worst case."""
    return start_flower(
        "--read_only=False", FISCALQ_REDIS_URL=busy.redis_url, FISCALQ_FLOWER_PASSWORD=PASSWORD
    )


def test_revoke_and_terminate_by_flower_stop_no_job(busy: Shop, open_flower: str) -> None:
    """Revoked while one prints and the others wait: each prints once, in order, in the same worker process."""
    worker_of(busy)
    before = busy.processes["worker"].pid
    print_slowly(busy)
    for number in (1, 2, 3):
        for terminate in ("true", "false"):
            answer = requests.post(
                f"{open_flower}/api/task/revoke/order-{number}?terminate={terminate}&signal=SIGKILL",
                auth=US,
                timeout=10,
            )
            assert answer.status_code == 200, answer.text  # this Flower lets it through
    until(lambda: busy.log_of().count("control.refused") >= 6, 10, "the worker has refused")
    all_printed_once_in_order(busy)
    assert busy.processes["worker"].pid == before
    assert busy.processes["worker"].poll() is None


def test_no_order_of_celerys_remote_control_changes_the_worker(busy: Shop) -> None:
    """Shutdown, leaving the queue, limits, a smaller pool: refused, and the line goes on."""
    name = worker_of(busy)
    control = Celery(broker=busy.redis_url).control
    print_slowly(busy)
    queue = "fiscalq:{kassa-1}:queue"
    for order, arguments in (
        ("shutdown", {}),
        ("cancel_consumer", {"queue": queue}),
        ("add_consumer", {"queue": "celery"}),
        ("rate_limit", {"task_name": "fiscalq.print", "rate_limit": "1/h"}),
        ("time_limit", {"task_name": "fiscalq.print", "hard": 1}),
        ("pool_shrink", {"n": 1}),
        ("pool_restart", {}),
        ("autoscale", {"max": 0, "min": 0}),
        ("revoke", {"task_id": "order-2"}),
        ("terminate", {"task_id": "order-1", "signal": "KILL"}),
        ("revoke_by_stamped_headers", {"headers": {"a": ["b"]}}),
        ("disable_events", {}),
    ):
        replies = control.broadcast(
            order, arguments=arguments, destination=[name], reply=True, timeout=10, limit=1
        )
        assert "takes no orders" in str(replies), (order, replies)
    all_printed_once_in_order(busy)
    assert busy.processes["worker"].poll() is None
