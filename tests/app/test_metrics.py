"""What a worker counts by listening to its log and to its register, and that nothing of a job is among it."""

from __future__ import annotations

import io
import json
import socket
from typing import Any

import pytest
from prometheus_client import generate_latest

from tests.app.world import World
from worker.app import logs
from worker.app.hearing import HeardRegister
from worker.app.metrics import COUNTERS, FROM_NOUGHT, Counts


@pytest.fixture
def counts() -> Counts:
    """Counts that listen to the log, of which nothing below `error` is written."""
    counts = Counts("kassa-1")
    logs.set_up("json", "error", io.StringIO(), count=counts.heed)
    return counts


def value(counts: Counts, name: str, **labels: str) -> float | None:
    return counts.registry.get_sample_value(f"fiscalq_{name}", {"register": "kassa-1", **labels})


def test_lines_below_the_level_are_counted_and_not_written() -> None:
    stream, counts = io.StringIO(), Counts("kassa-1")
    logs.set_up("json", "error", stream, count=counts.heed)
    for submission in (1, 2, 3):
        logs.logger().debug("job.moved", event_name="submit_started", submission=submission)
    assert stream.getvalue() == ""
    assert value(counts, "submissions_total", number="first") == 1
    assert value(counts, "submissions_total", number="further") == 2


@pytest.mark.parametrize(
    ("line", "name", "labels"),
    [
        ({"event": "ticket.repeated"}, "tickets_void_total", {"why": "repeated"}),
        ({"event": "ticket.out_of_turn"}, "tickets_void_total", {"why": "out_of_turn"}),
        ({"event": "line.queue_stands", "reason": "…"}, "retries_total", {"cause": "line.queue_stands"}),
        ({"event": "ledger.unreachable"}, "retries_total", {"cause": "ledger.unreachable"}),
        ({"event": "job.moved", "event_name": "not_sent"}, "retries_total", {"cause": "not_sent"}),
        ({"event": "doubt.settled", "job": "A-1"}, "doubts_total", {"became": "settled"}),
        ({"event": "job.moved", "event_name": "disproved", "doubled": 0}, "proofs_total", {"verdict": "not_printed"}),
        ({"event": "job.moved", "event_name": "gave_up", "verdict": "in_doubt"}, "proofs_total", {"verdict": "in_doubt"}),
        ({"event": "job.moved", "event_name": "doubled", "doubled": 2}, "doubled_total", {}),
        ({"event": "job.moved", "event_name": "printed", "doubled": 1}, "doubled_total", {}),
        (
            {"event": "job.dead", "verdict": "not_printed", "reason": "task_refused", "type": None},
            "deaths_total",
            {"verdict": "not_printed", "reason": "task_refused"},
        ),
        ({"event": "job.printed", "type": "sell", "seconds": 1.5}, "printed_total", {"type": "sell"}),
    ],
)  # fmt: skip
def test_each_line_of_the_log_is_counted_once(
    counts: Counts, line: dict[str, Any], name: str, labels: dict[str, str]
) -> None:
    before = value(counts, name, **labels) or 0
    logs.logger().info(**line)
    assert value(counts, name, **labels) == before + 1


def test_a_job_that_died_proven_is_no_proof_of_its_own(counts: Counts) -> None:
    """What was proven is the entry before it."""
    logs.logger().debug("job.moved", event_name="gave_up", verdict="not_printed")
    assert [value(counts, "proofs_total", verdict=verdict) for verdict in ("not_printed", "in_doubt")] == [
        0,
        0,
    ]


def test_an_alarm_can_see_the_first_time(counts: Counts) -> None:
    """A counter that appears with its first one has not grown, for Prometheus."""
    assert value(counts, "doubled_total") == 0
    for name, values in FROM_NOUGHT.items():
        (label,) = COUNTERS[name][1]
        for each in values:
            assert value(counts, name, **{label: each}) == 0


def test_whatever_a_line_says_no_label_holds_it(counts: Counts) -> None:
    """Ids, words and types that no catalogue knows stay out, and so the number of series is bounded."""
    before = generate_latest(counts.registry).count(b"\n")
    for nth in range(50):
        logs.logger().info("job.printed", job=f"order-{nth}", type=f"type-{nth}", seconds=0.1)
        logs.logger().info(f"stranger.{nth}", job=f"order-{nth}", reason="+79161234567")
        logs.logger().info("job.accepted", job=f"order-{nth}", type="sell")
    said = generate_latest(counts.registry)
    assert b"order-" not in said
    assert b"type-" not in said
    assert b"7916" not in said
    assert value(counts, "printed_total", type="other") == 50
    assert said.count(b"\n") - before < 20  # one histogram, one type


def test_a_port_that_is_taken_is_told_and_does_not_stop_the_worker(counts: Counts) -> None:
    """Printing must not hang on being looked at."""
    stream = io.StringIO()
    logs.set_up("json", "error", stream)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        counts.serve("127.0.0.1", port, LedgerGauges({}, lambda _: glance()))
    said = json.loads(stream.getvalue())
    assert (said["event"], said["address"]) == ("metrics.unserved", f"127.0.0.1:{port}")


def test_a_register_that_is_heard_says_what_it_says() -> None:
    """The same line with and without ears: the same answers, and each call is told with its time."""
    world, told = World(), list[tuple[str, str, float]]()
    world.line.register = HeardRegister(world.register, lambda *call: told.append(call))
    world.accept("A-1")
    assert world.work("A-1").job.verdict == "printed"
    assert world.sales == 1
    assert ("post", "taken") in {(call, answer) for call, answer, _ in told}
    assert ("poll", "ready") in {(call, answer) for call, answer, _ in told}
    assert len(told) == len(world.register.calls)
    assert all(seconds >= 0 for _, _, seconds in told)


def test_a_register_that_nobody_reaches_is_heard_as_never_sent() -> None:
    world, told = World(), list[str]()
    world.register.reachable = False
    heard = HeardRegister(world.register, lambda _, answer, __: told.append(answer))
    heard.post("uuid", {"type": "reportX"})
    heard.poll("uuid")
    assert told == ["never_sent", "silent"]


