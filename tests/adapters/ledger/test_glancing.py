"""A look at a line for whoever draws graphs: all of it in two turns, and the moments by Redis' own clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from tests.adapters.ledger.bench import (
    AT,
    LIMITS,
    REGISTER,
    TICKET,
    RedisBench,
    accept,
    dead,
    printed,
    submitted,
    worker,
)
from worker.adapters.ledger.glancing import DAY_SECONDS, RECENT, glance
from worker.adapters.ledger.redis import RedisLedger
from worker.adapters.ledger.server import connect
from worker.app.answering import answer
from worker.domain.errors import LedgerError
from worker.domain.events import Doubled, Printed
from worker.domain.verdicts import Fiscal, Verdict

pytestmark = pytest.mark.server


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    client = connect(redis_url, socket_timeout=2)
    yield client
    client.close()


def test_a_line_that_nothing_has_happened_on_is_told_as_such(
    redis_bench: RedisBench, client: redis.Redis
) -> None:
    seen = glance(client, REGISTER)
    assert set(seen.counts.values()) == {0}
    assert not seen.is_served
    assert (seen.leases, seen.accepted_at, seen.doubtful_since, seen.moved_at) == (0, None, None, None)


def test_all_of_a_line_is_told(redis_bench: RedisBench, client: redis.Redis) -> None:
    """The groups with inbox and quarantine, the lease, the facts, and since when the oldest doubt is one."""
    ledger = worker(redis_bench)
    for job in ("a", "b", "c", "d"):
        accept(redis_bench, ledger, job)
    dead(ledger, "a", Verdict.NOT_PRINTED)
    dead(ledger, "b", Verdict.IN_DOUBT)
    printed(ledger, "c")
    ledger.remember(held="kept")
    redis_bench.push(b"no JSON")
    redis_bench.enqueue("e")
    seen = glance(client, REGISTER)
    assert seen.counts == {
        "open": 1, "stopped": 0, "doubts": 1, "dead": 2, "done": 1, "inbox": 2, "quarantine": 0,
    }  # fmt: skip
    assert (seen.is_served, seen.leases, seen.facts["held"]) == (True, 1, "kept")
    for moment in (seen.doubtful_since, seen.moved_at):
        assert moment is not None
        assert 0 <= seen.at - moment < 60


@pytest.mark.parametrize("late", [False, True], ids=["with the record", "found later"])
def test_a_job_that_the_register_printed_twice_is_told_for_a_day(
    redis_bench: RedisBench, client: redis.Redis, *, late: bool
) -> None:
    """Fault 5, of the ledger: whether the worker that found it lives, and whoever asks it, does not matter."""
    ledger = RedisLedger(client, REGISTER, answer, LIMITS, TICKET)
    ledger.acquire("host:a", "n1")
    for nth in range(3):
        accept(redis_bench, ledger, f"order-{nth}")
        fiscal, doubled = Fiscal(document_number=10 + 2 * nth), (11,) if nth == 0 and not late else ()
        ledger.append(submitted(ledger, f"order-{nth}"), Printed(at=AT, fiscal=fiscal, doubled=doubled))
    if late:
        assert glance(client, REGISTER).doubled == 0
        job = ledger.load("order-0")
        assert job is not None
        ledger.append(job, Doubled(at=AT, document=11))
    assert glance(client, REGISTER).doubled == 1
    a_day_ago = int(glance(client, REGISTER).at) - DAY_SECONDS
    client.zadd(redis_bench.keys.done, {"order-0": a_day_ago})
    assert glance(client, REGISTER).doubled == 0


def test_one_too_many_that_is_found_late_is_looked_for_where_it_is_filed(
    redis_bench: RedisBench, client: redis.Redis
) -> None:
    """However many jobs were printed after it: the finding files it as the last, and the look ends at the last ones."""
    ledger = RedisLedger(client, REGISTER, answer, LIMITS, TICKET)
    ledger.acquire("host:a", "n1")
    accept(redis_bench, ledger, "order-0")
    job = ledger.append(submitted(ledger, "order-0"), Printed(at=AT, fiscal=Fiscal(document_number=10)))
    now = int(glance(client, REGISTER).at)
    others = {f"later-{nth}": now - 30 for nth in range(RECENT)}
    client.zadd(redis_bench.keys.done, {"order-0": now - 60, **others})
    ledger.append(job, Doubled(at=AT, document=11))
    assert glance(client, REGISTER).doubled == 1


def test_it_takes_two_turns_however_much_the_line_holds(redis_bench: RedisBench, client: redis.Redis) -> None:
    """A scrape every few seconds must not be felt."""
    ledger = worker(redis_bench)
    for job in ("a", "b", "c"):
        accept(redis_bench, ledger, job)
    printed(ledger, "a")
    glance(client, REGISTER)
    before = client.info("stats")["total_reads_processed"]
    glance(client, REGISTER)
    assert client.info("stats")["total_reads_processed"] - before == 3  # the question itself is one


def test_garbage_under_our_names_is_a_ledger_that_cannot_be_read(
    redis_bench: RedisBench, client: redis.Redis
) -> None:
    client.set(f"fiscalq:{{{REGISTER}}}:open", "garbage")
    with pytest.raises(LedgerError):
        glance(client, REGISTER)
