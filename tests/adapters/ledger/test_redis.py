"""What only the ledger in Redis has: sets to keep jobs for a time, tickets as messages, and a server that may be away."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable
from typing import Any, cast

import pytest
import redis

from tests.adapters.ledger.bench import (
    AT,
    LIBRARY,
    REGISTER,
    TICKET,
    RedisBench,
    dead,
    entry_of,
    printed,
    render,
    take_in,
    worker,
)
from worker.adapters.ledger.keys import Keys
from worker.adapters.ledger.redis import RedisLedger
from worker.adapters.ledger.server import connect
from worker.domain.errors import LedgerError, Unreadable
from worker.domain.events import GaveUp, Printed, Replayed, SubmitStarted
from worker.domain.policy import Limits
from worker.domain.ports import Lease
from worker.domain.verdicts import Reason, ReasonCode, Verdict

pytestmark = pytest.mark.server

SUBMIT = SubmitStarted(at=AT, submission=1, evidence=None, door="v2")


def test_what_has_ended_is_filed_by_the_second_in_which_it_ended(redis_bench: RedisBench) -> None:
    """So that it can be kept for a time; each job lies in one of the sets, and nothing of the inbox is left behind."""
    ledger, client, keys = worker(redis_bench), redis_bench.client, redis_bench.keys
    for job in "abcd":
        redis_bench.enqueue(job)
        take_in(ledger)
    began = int(client.time()[0])
    printed(ledger, "a")
    doubt, proven = dead(ledger, "b", Verdict.IN_DOUBT), dead(ledger, "c", Verdict.NOT_PRINTED)
    died = client.zscore(keys.dead, "b")
    doubt = ledger.append(doubt, doubt_again())
    assert client.zscore(keys.dead, "b") == died
    ended = int(client.time()[0])
    ends = cast("list[tuple[bytes, float]]", client.zrange(keys.dead, 0, -1, withscores=True))
    ends += cast("list[tuple[bytes, float]]", client.zrange(keys.done, 0, -1, withscores=True))
    assert [job for job, _ in ends] == [b"b", b"c", b"a"]
    assert all(began <= second <= ended for _, second in ends)

    ledger.append(doubt, Printed(at=AT))
    ledger.append(proven, Replayed(at=AT, by="Ольга", why="paper is back"))
    assert client.zrange(keys.dead, 0, -1) == []
    assert sorted(cast("list[bytes]", client.zrange(keys.done, 0, -1))) == [b"a", b"b"]
    assert ledger.open_jobs(9) == ["d", "c"]
    assert client.keys(keys.reserved("*")) == []


def doubt_again() -> GaveUp:
    """Looked at once more, and still not known."""
    return GaveUp(at=AT, verdict=Verdict.IN_DOUBT, reason=Reason(code=ReasonCode.PROOF_AMBIGUOUS))


def test_the_stream_of_events_is_cut_to_the_last_ones(redis_bench: RedisBench) -> None:
    """About so many: Redis cuts whole blocks of a hundred."""
    redis_bench.limits = Limits(events_kept=20)
    ledger = worker(redis_bench)
    for number in range(250):
        redis_bench.push(entry_of(f"job-{number}"))
        take_in(ledger)
    jobs = [job for job, _, _ in redis_bench.events()]
    assert jobs[-20:] == [f"job-{number}" for number in range(230, 250)]
    assert len(jobs) <= 120


def test_a_ticket_is_the_template_with_the_job_and_a_tag_of_its_own(redis_bench: RedisBench) -> None:
    """id:number:fence, so that a late acknowledgement takes no newer ticket away."""
    ledger = worker(redis_bench)
    redis_bench.enqueue("a.1:x")
    take_in(ledger)
    tags = []
    for _ in range(2):
        (ticket,) = cast("list[bytes]", redis_bench.client.lrange(redis_bench.keys.queue, 0, -1))
        message = json.loads(ticket)
        assert message["headers"] == {"id": "a.1:x"}
        tags.append(message["properties"]["delivery_tag"])
        ledger.acquire("host:a", "n2")
        ledger.rebuild()
    assert tags == ["a.1:x:1:1", "a.1:x:1:2"]


def test_a_rebuild_forgets_what_celery_holds(redis_bench: RedisBench) -> None:
    """Else Celery would give a ticket back one day that has long been handed out anew."""
    ledger, client, keys = worker(redis_bench), redis_bench.client, redis_bench.keys
    client.hset(keys.unacked, "tag", "ticket")
    client.zadd(keys.unacked_index, {"tag": 1})
    client.set(keys.unacked_mutex, "host")
    ledger.rebuild()
    assert client.keys(f"{keys.unacked}*") == []


def test_a_ledger_that_knows_no_ticket_makes_no_queue(redis_bench: RedisBench) -> None:
    """An operator's tool writes to the ledger, and the worker tops the queue up."""
    redis_bench.enqueue("a")
    tool = RedisLedger(redis_bench.client, REGISTER, render, redis_bench.limits)
    tool.acquire("tool", "n1")
    take_in(tool)
    assert redis_bench.queue() == []
    with pytest.raises(LedgerError, match="ticket"):
        tool.rebuild()
    tool.release()
    assert worker(redis_bench).top_up() == 1


def test_a_lease_taken_anew_by_the_same_worker_is_no_reason_to_end(redis_bench: RedisBench) -> None:
    """A reconnect takes the lease again while another thread's write is on its way: that write is to be repeated."""

    class Interrupted(redis.Redis):
        def fcall(self, function: str, numkeys: int, *arguments: Any) -> Any:
            if function == "fiscalq_append" and not again:
                again.append(ledger.acquire("host:a", "n2"))
            return super().fcall(function, numkeys, *arguments)

    again: list[Lease | str] = []
    client = Interrupted.from_url(redis_bench.url)
    ledger = RedisLedger(client, REGISTER, render, redis_bench.limits, TICKET)
    ledger.acquire("host:a", "n1")
    redis_bench.enqueue("a")
    take_in(ledger)
    job = ledger.load("a")
    assert job is not None
    with pytest.raises(LedgerError, match="taken anew") as hindered:
        ledger.append(job, SUBMIT)
    assert type(hindered.value) is LedgerError
    assert ledger.append(job, SUBMIT).place == 2
    client.close()


CALLS: dict[str, Callable[[RedisLedger], object]] = {
    "peek": lambda ledger: ledger.peek(0.1),
    "load": lambda ledger: ledger.load("a"),
    "task": lambda ledger: ledger.task("a"),
    "head": lambda ledger: ledger.head(),
    "doubts": lambda ledger: ledger.doubts(),
    "recall": lambda ledger: ledger.recall(),
    "is_idle_wrongly": lambda ledger: ledger.is_idle_wrongly(),
    "acquire": lambda ledger: ledger.acquire("host:a", "n1"),
}


@pytest.mark.parametrize("call", CALLS)
def test_no_exception_of_the_client_library_passes_the_door(call: str) -> None:
    """Redis is away."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
        ledger = RedisLedger(connect(url, socket_timeout=1), REGISTER, render, Limits(), TICKET)
        with pytest.raises(LedgerError, match="does not answer"):
            CALLS[call](ledger)


def test_a_register_that_was_wiped_away_gives_no_lease(redis_bench: RedisBench) -> None:
    redis_bench.client.delete(redis_bench.keys.registry)
    with pytest.raises(LedgerError, match="UNKNOWN_REGISTER"):
        redis_bench.ledger().acquire("host:a", "n1")


def test_a_history_of_a_later_version_is_not_guessed_at(redis_bench: RedisBench) -> None:
    redis_bench.client.xadd(redis_bench.keys.history("a"), {"event": '{"name":"teleported"}'}, id="1-0")
    with pytest.raises(Unreadable, match="start the version that wrote it"):
        redis_bench.ledger().load("a")


def test_the_library_uses_no_key_that_the_keys_do_not_name() -> None:
    """Both build the same names: what follows the register's entry in Lua stands in keys.py."""
    keys = Keys(REGISTER)
    known = {key.removeprefix(keys.registry) for key in vars(keys).values()}
    known |= {
        build("").removeprefix(keys.registry)
        for build in (keys.reserved, keys.view, keys.task, keys.history, keys.sequence)
    }
    assert set(re.findall(r"(?:root|keys\[1\]) \.\. '([^']+)'", LIBRARY)) <= known
