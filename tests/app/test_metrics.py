"""What a worker counts by listening to its log and to its register, and that nothing of a job is among it."""

from __future__ import annotations

import io
import json
import socket
from typing import Any

import pytest
import requests
from prometheus_client import generate_latest

from tests.app.world import World
from worker.app import logs
from worker.app.hearing import HeardRegister
from worker.app.metrics import COUNTERS, FROM_NOUGHT, NAMES_MAX, Counts


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
        ({"event": "ticket.spent"}, "log_events_total", {"event": "ticket.spent"}),
        ({"event": "line.queue_stands", "reason": "…"}, "retries_total", {"cause": "line.queue_stands"}),
        ({"event": "ledger.unreachable"}, "retries_total", {"cause": "ledger.unreachable"}),
        ({"event": "job.moved", "event_name": "not_sent"}, "retries_total", {"cause": "not_sent"}),
        ({"event": "doubt.settled", "job": "A-1"}, "log_events_total", {"event": "doubt.settled"}),
        ({"event": "job.moved", "event_name": "disproved", "doubled": 0}, "proofs_total", {"verdict": "not_printed"}),
        ({"event": "job.moved", "event_name": "gave_up", "verdict": "in_doubt"}, "proofs_total", {"verdict": "in_doubt"}),
        ({"event": "job.moved", "event_name": "doubled", "doubled": 2}, "doubled_total", {}),
        ({"event": "job.moved", "event_name": "printed", "doubled": 1}, "doubled_total", {}),
        (
            {"event": "job.dead", "verdict": "not_printed", "reason": "task_refused", "waited_seconds": 0.0, "seconds": 0.1},
            "jobs_ended_total",
            {"verdict": "not_printed", "reason": "task_refused"},
        ),
        (
            {"event": "job.printed", "verdict": "printed", "reason": None, "waited_seconds": 0.0, "seconds": 1.5},
            "job_seconds_count",
            {},
        ),
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
            assert value(counts, name.removeprefix("fiscalq_"), **{label: each}) == 0


def test_whatever_a_line_says_no_label_holds_it(counts: Counts) -> None:
    """Ids, words and types stay out, and the number of series is bounded, whatever lines there are."""
    before = generate_latest(counts.registry).count(b"\n")
    ended = {"verdict": "printed", "waited_seconds": 0.1, "seconds": 0.1}
    for nth in range(2 * NAMES_MAX):
        logs.logger().info("job.printed", job=f"order-{nth}", type=f"type-{nth}", **ended)
        logs.logger().info(f"stranger-{nth}.came", job=f"order-{nth}", reason="+79161234567")
        logs.logger().info(f"stranger.{'x' * nth}y", job=f"order-{nth}")
    said = generate_latest(counts.registry)
    for private in (b"order-", b"type-", b"7916", b"stranger-"):
        assert private not in said
    assert said.count(b"\n") - before < NAMES_MAX + 50  # two histograms and an end beside the names
    assert value(counts, "log_events_total", event="other")


def test_an_address_that_is_taken_is_told_and_does_not_stop_the_worker(counts: Counts) -> None:
    """A register prints whether somebody counts or not; asked again when the address is free, it answers."""
    stream = io.StringIO()
    logs.set_up("json", "warning", stream)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        counts.serve(address)
    said = json.loads(stream.getvalue())
    assert (said["event"], said["listen"]) == ("metrics.not_served", address)
    for _ in range(2):
        counts.serve(address)
    assert "fiscalq_doubled_total" in requests.get(f"http://{address}/metrics", timeout=5).text
    assert stream.getvalue().count("not_served") == 1


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
