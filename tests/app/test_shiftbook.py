"""A shift is gathered out of the ledger in a few turns of Redis, however many receipts it had."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from redis.connection import Connection

from tests.adapters.ledger.bench import STOPPED
from worker.adapters.ledger.redis import RedisLedger
from worker.adapters.ledger.server import connect, install
from worker.app.answering import answer
from worker.app.intake import own_candidate
from worker.app.shiftbook import shift_on_record
from worker.domain.events import Event, Printed, SubmitStarted
from worker.domain.lifecycle import fold
from worker.domain.policy import Limits
from worker.domain.ports import Candidate
from worker.domain.tasks import Defaults
from worker.domain.verdicts import Fiscal

pytestmark = pytest.mark.server

REGISTER, FN, AT = "kassa-1", "9999078900001234", "2031-03-01T09:00:00.000Z"
RECEIPTS = 1000
TURNS_MAX = 16


def printed(job: str, task: Mapping[str, object], number: int, shift: int) -> Candidate:
    """A job of which all has happened."""
    begun = own_candidate(job, json.dumps(task).encode(), REGISTER, Defaults(), AT)
    fiscal = Fiscal(document_number=number, shift_number=shift, fn_number=FN)
    history: list[Event] = [
        *begun.history,
        SubmitStarted(at=AT, submission=1, door="v2"),
        Printed(at=AT, fiscal=fiscal),
    ]
    return Candidate(b"", fold(job, REGISTER, history), history, begun.task, begun.hash)


def test_a_shift_of_a_thousand_receipts_is_gathered_in_a_few_turns(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The turns grow by the thousand, not by the receipt; the time is told."""
    client = connect(redis_url, socket_timeout=5)
    limits = Limits(lease_seconds=600)  # nobody renews it here
    install(client, REGISTER, limits, STOPPED)
    ledger = RedisLedger(client, REGISTER, answer, limits)
    ledger.acquire("host:1", "n")
    position = {"name": "Пакет", "price": 1.1, "quantity": 1, "tax": {"type": "none"}}
    sale = {"type": "sell", "items": [position], "payments": [{"type": "1", "sum": 1.1}]}
    ledger.begin(printed("yesterday", sale, 1, 1))
    ledger.begin(printed("open", {"type": "openShift"}, 3, 2))
    for nth in range(RECEIPTS):
        ledger.begin(printed(f"order-{nth}", sale, 4 + nth, 2))
    ledger.begin(printed("close", {"type": "closeShift"}, 4 + RECEIPTS, 2))
    turns: list[int] = []
    send: Any = Connection.send_packed_command

    def count(*said: Any, **more: Any) -> Any:
        turns.append(1)
        return send(*said, **more)

    monkeypatch.setattr(Connection, "send_packed_command", count)
    began = time.perf_counter()
    side = shift_on_record(ledger, FN, 2, Defaults())
    seconds = time.perf_counter() - began
    monkeypatch.undo()
    client.close()
    with capsys.disabled():
        print(f"\n{RECEIPTS} receipts: {len(turns)} turns, {seconds:.2f} s")  # noqa: T201
    assert len(side.recorded) == RECEIPTS
    assert sum((one.ways or {})["electronically"] for one in side.recorded) == Decimal("1.10") * RECEIPTS
    assert (side.opening, side.closing) == (3, 4 + RECEIPTS)
    assert len(turns) <= TURNS_MAX
