"""What a producer may do in Redis, and what it may not: the trust boundary is the register (design §3)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import redis
from redis.exceptions import NoPermissionError

from tests.adapters.ledger.bench import REGISTER, STOPPED, TASK, RedisBench, entry_of, take_in, worker
from worker.adapters.ledger.keys import Keys
from worker.adapters.ledger.server import install

pytestmark = pytest.mark.server

PASSWORD = "made up for this test"

# One selector per thing that the two functions do inside, and no keys for the user as a whole.
RIGHTS = """
    reset on +ping +hello
    (+fcall|fiscalq_enqueue +fcall_ro|fiscalq_status ~fiscalq:{kassa-1})
    (+hget %R~fiscalq:{kassa-1} %R~fiscalq:{kassa-1}:job:*)
    (+hmget %R~fiscalq:{kassa-1}:job:*)
    (+setnx +get ~fiscalq:{kassa-1}:reserved:*)
    (+lpush %W~fiscalq:{kassa-1}:inbox)
    (+llen %R~fiscalq:{kassa-1}:inbox)
    (+zcard %R~fiscalq:{kassa-1}:open)
    (+xread +xrange +xrevrange %R~fiscalq:{kassa-1}:events)
"""


def rules() -> list[str]:
    """As ACL SETUSER takes them: a selector is one word."""
    words: list[str] = []
    for line in RIGHTS.split("\n"):
        rule = line.strip()
        words += [rule] if rule.startswith("(") else rule.split()
    return words


@pytest.fixture
def producer(redis_bench: RedisBench) -> Iterator[redis.Redis]:
    """A CRM's client with a producer's rights at kassa-1; kassa-2 is another shop's."""
    install(redis_bench.client, "kassa-2", redis_bench.limits, STOPPED)
    redis_bench.client.execute_command("ACL", "SETUSER", "crm", *rules(), f">{PASSWORD}")  # type: ignore[no-untyped-call]
    client = redis.Redis.from_url(redis_bench.url, username="crm", password=PASSWORD)
    yield client
    client.close()
    redis_bench.client.acl_deluser("crm")


def test_a_producer_enqueues_asks_and_follows(producer: redis.Redis, redis_bench: RedisBench) -> None:
    """With every branch of the door: new, reserved, known, in conflict, refused."""
    registry = redis_bench.keys.registry
    for duplicate in (False, True):
        assert json.loads(producer.fcall("fiscalq_enqueue", 1, registry, "a", TASK))["duplicate"] is duplicate
    assert json.loads(producer.fcall_ro("fiscalq_status", 1, registry, "a"))["state"] == "queued"
    ledger = worker(redis_bench)
    take_in(ledger)
    assert json.loads(producer.fcall("fiscalq_enqueue", 1, registry, "a", TASK))["duplicate"] is True
    assert json.loads(producer.fcall_ro("fiscalq_status", 1, registry, "a"))["type"] == "sell"
    assert producer.fcall_ro("fiscalq_status", 1, registry, "b") is None
    with pytest.raises(redis.ResponseError, match=r"^FISCALQ_CONFLICT "):
        producer.fcall("fiscalq_enqueue", 1, registry, "a", "{}")
    producer.lpush(redis_bench.keys.inbox, entry_of("b"))
    assert ledger.peek(0) == entry_of("b")
    assert producer.xrevrange(redis_bench.keys.events)
    assert producer.xread({redis_bench.keys.events: "0"})


def test_a_job_is_handed_over_before_its_id_is_reserved(redis_bench: RedisBench) -> None:
    """Functions do not roll back: who may not reserve has pushed by then, and nothing is reserved for nothing."""
    poor = [rule for rule in rules() if "+setnx" not in rule] + ["(+get ~fiscalq:{kassa-1}:reserved:*)"]
    redis_bench.client.execute_command("ACL", "SETUSER", "poor", *poor, f">{PASSWORD}")  # type: ignore[no-untyped-call]
    try:
        with (
            redis.Redis.from_url(redis_bench.url, username="poor", password=PASSWORD) as client,
            pytest.raises(redis.ResponseError, match=r"script|permission"),
        ):
            client.fcall("fiscalq_enqueue", 1, redis_bench.keys.registry, "a", TASK)
    finally:
        redis_bench.client.acl_deluser("poor")
    assert redis_bench.status("a") is None
    ledger = worker(redis_bench)
    take_in(ledger)
    assert ledger.head() == "a"


@pytest.mark.parametrize(
    "function", ["lease", "renew", "release", "admit", "append", "rebuild", "top_up", "remember"]
)
def test_a_producer_calls_none_of_the_workers_functions(
    producer: redis.Redis, redis_bench: RedisBench, function: str
) -> None:
    with pytest.raises(NoPermissionError):
        producer.fcall(f"fiscalq_{function}", 1, redis_bench.keys.registry, "x", "y", "1")


OWN, OTHERS = Keys(REGISTER), Keys("kassa-2")


@pytest.mark.parametrize(
    "command",
    [
        ("HGET", OWN.task("a"), "task"),
        ("HGETALL", OWN.task("a")),
        ("XRANGE", OWN.history("a"), "-", "+"),
        ("XADD", OWN.history("a"), "9-0", "event", "{}"),
        ("XADD", OWN.events, "*", "job", "a"),
        ("XTRIM", OWN.events, "MAXLEN", "0"),
        ("HSET", OWN.view("a"), "state", "printed"),
        ("DEL", OWN.view("a")),
        ("DEL", OWN.reserved("a")),
        ("SET", OWN.reserved("a"), "x"),
        ("HSET", OWN.registry, "queue_max", "0"),
        ("ZADD", OWN.open, "0", "a"),
        ("ZREM", OWN.open, "a"),
        ("LPUSH", OWN.queue, "x"),
        ("LRANGE", OWN.inbox, "0", "-1"),
        ("RPOP", OWN.inbox),
        ("GET", OWN.lease),
        ("SETNX", OWN.lease, "x"),
        ("XRANGE", OWN.quarantine, "-", "+"),
        ("HGETALL", OWN.line),
        ("KEYS", "*"),
        ("SCAN", "0"),
        ("FLUSHDB",),
        ("FUNCTION", "FLUSH"),
        ("CONFIG", "GET", "*"),
        ("EVAL", "return 1", "0"),
        ("FCALL", "fiscalq_enqueue", "1", OTHERS.registry, "a", "{}"),
        ("FCALL_RO", "fiscalq_status", "1", OTHERS.registry, "a"),
        ("LPUSH", OTHERS.inbox, "x"),
        ("HGET", OTHERS.view("a"), "answer"),
        ("XRANGE", OTHERS.events, "-", "+"),
    ],
    ids=" ".join,
)
def test_a_producer_may_not(producer: redis.Redis, redis_bench: RedisBench, command: tuple[str, ...]) -> None:
    """Read tasks, touch ledger or queue, or reach another register."""
    redis_bench.enqueue("a")
    take_in(worker(redis_bench))
    with pytest.raises(NoPermissionError):
        producer.execute_command(*command)  # type: ignore[no-untyped-call]
