"""A look at a line for whoever draws graphs: all of it in two turns, and the moments by Redis' own clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from tests.adapters.ledger.bench import REGISTER, RedisBench, accept, dead, printed, worker
from worker.adapters.ledger.glancing import glance
from worker.adapters.ledger.server import connect
from worker.domain.errors import LedgerError
from worker.domain.verdicts import Verdict

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


def test_it_takes_two_turns_however_much_the_line_holds(redis_bench: RedisBench, client: redis.Redis) -> None:
    """A scrape every few seconds must not be felt."""
    ledger = worker(redis_bench)
    for job in ("a", "b", "c"):
        accept(redis_bench, ledger, job)
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
