"""What Flower sees: a job under the CRM's own id, its stages, its end, and nothing of the buyer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from celery import Celery

from ops.chaos.shop import OPEN_SHIFT, Shop, sale

pytestmark = [pytest.mark.server, pytest.mark.slow]

ENDS = {"task-succeeded", "task-failed"}


def events_until(app: Celery, jobs: set[str], shop: Shop, tasks: dict[str, Any]) -> list[dict[str, Any]]:
    """Enqueue once the receiver listens, and gather the events of these jobs until each has ended."""
    seen: list[dict[str, Any]] = []
    open_jobs = set(jobs)
    with app.connection_for_read() as connection:

        def note(event: dict[str, Any]) -> None:
            seen.append(event)
            if event["type"] in ENDS:
                open_jobs.discard(str(event["uuid"]))
            if not open_jobs:
                receiver.should_stop = True

        receiver = app.events.Receiver(connection, handlers={"*": note})
        consumer = receiver.itercapture(timeout=30)
        next(consumer)  # it listens from here on
        for job, task in tasks.items():
            shop.enqueue(job, task)
        for _ in consumer:
            if not open_jobs:
                break
    return [event for event in seen if event.get("uuid") in jobs]


def test_a_job_is_seen_by_its_own_id_with_its_stages_and_its_end(shop: Shop) -> None:
    """Task id = job id; a dead letter ends as failed, with verdict and reason and no traceback in the worker's log."""
    shop.enqueue("shift", OPEN_SHIFT)
    shop.end_of("shift")
    buyer = {**sale(), "clientInfo": {"emailOrPhone": "buyer@example.com"}}
    refused = {"type": "sellReturn", **{name: part for name, part in sale().items() if name != "type"}}
    shop.tell_register("/_sim/faults", {"kind": "driver_error", "type": "sellReturn", "code": 148})
    events = events_until(
        Celery(broker=shop.redis_url), {"order-1", "again"}, shop, {"order-1": buyer, "again": refused}
    )
    types = [event["type"] for event in events if event["uuid"] == "order-1"]
    assert {"task-received", "task-started"} <= set(types)
    stages = ["task-submitting", "task-waiting_register"]
    assert [kind for kind in types if kind in stages] == stages
    assert types[-1] == "task-succeeded"
    failed = [event for event in events if event["type"] == "task-failed"]
    assert [(event["uuid"], "not_printed: register_refused" in event["exception"]) for event in failed] == [
        ("again", True)
    ]
    said = json.dumps(events, default=str)
    assert "buyer@example.com" not in said
    assert "Пакет" not in said
    assert "Traceback" not in shop.log_of()
