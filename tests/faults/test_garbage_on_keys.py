"""Raw garbage on the keys of a register: whatever a stranger writes there, the line goes on and nothing of ours is lost."""

from __future__ import annotations

import json

import pytest

from ops.chaos.shop import KEY, sale
from tests.faults.scene import Scene

pytestmark = [pytest.mark.server, pytest.mark.slow]

GARBAGE = "\x00{not json \udcff".encode("utf-8", "surrogatepass")
FACTS = (
    "ffd",
    "accounted",
    "standstill",
    "off",
    "reading.fn_info",
    "reading.fn_status",
    "reading.device",
    "seen_fn",
)
ON_QUEUES = [
    ("LPUSH", "inbox", [GARBAGE, b"", b"[]", b"null", b'{"id":7}', b"9" * 5000]),
    ("RPUSH", "queue", [GARBAGE, b"{}", b"[1]", b'{"body":1,"headers":null}']),
    ("HSET", "unacked", ["tag-x", GARBAGE]),
    ("ZADD", "unacked_index", ["0", "tag-x"]),
    ("SET", "unacked_mutex", [GARBAGE]),
]
IN_THE_LEDGER = [
    *(
        ("ZADD", name, ["0.5", "ghost", "0.7", GARBAGE])
        for name in ("open", "doubts", "dead", "done", "stopped")
    ),
    *(("XADD", name, ["*", "what", GARBAGE]) for name in ("events", "acts", "quarantine")),
]
ON_THE_LINE = [("HSET", "line", [word for fact in FACTS for word in (fact, GARBAGE)])]


@pytest.mark.parametrize("garbage", [ON_QUEUES, IN_THE_LEDGER, ON_THE_LINE], ids=["queues", "ledger", "line"])
def test_garbage_costs_no_receipt(scene: Scene, garbage: list[tuple[str, str, list[bytes | str]]]) -> None:
    """Promise P2, and faults 21 and 22: kept or passed over, never in the way; also for a worker that starts on it."""
    for job in ("order-1", "order-2"):
        for command, key, arguments in garbage:
            scene.client.execute_command(command, f"{KEY}:{key}", *arguments)  # type: ignore[no-untyped-call]
        scene.enqueue(job, sale(f"{job[-1]}.00"))
        status = scene.settled(job)
        assert status["verdict"] == "printed", json.dumps(status)
        scene.kill("worker")
        scene.start_worker()
    assert scene.receipts() == ["1.00", "2.00"]
    assert scene.findings() == []
