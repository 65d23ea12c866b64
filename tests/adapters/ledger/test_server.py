"""The server under the ledger: its settings, our library on it, its kill, and a client that never repeats itself."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from threading import Thread
from typing import Any, cast

import pytest
import redis

from ops.redis.server import RunningRedis
from tests.adapters.ledger.bench import (
    AT,
    REGISTER,
    TASK,
    TICKET,
    RedisBench,
    candidate,
    dead,
    entry_of,
    printed,
    render,
    take_in,
    worker,
)
from worker.adapters.ledger import door
from worker.adapters.ledger.keys import Keys
from worker.adapters.ledger.redis import RedisLedger
from worker.adapters.ledger.server import check_server, connect, install
from worker.domain.errors import ConfigError, LedgerError
from worker.domain.events import GaveUp, Printed, Replayed, SubmitStarted
from worker.domain.policy import Limits
from worker.domain.ports import Lease
from worker.domain.verdicts import Reason, ReasonCode, Verdict

pytestmark = pytest.mark.server

LIBRARY = files("worker.adapters.ledger").joinpath("fiscalq.lua").read_text(encoding="utf-8")
SUBMIT = SubmitStarted(at=AT, submission=1, evidence=None, door="v2")


def library_of(version: int) -> str:
    """Our library as another version of fiscalq would bring it."""
    return re.sub(r"(?m)^local VERSION = \d+", f"local VERSION = {version}", LIBRARY)


def on_server(client: redis.Redis) -> str:
    """The library's text as the server has it."""
    ((*_, code),) = cast("list[list[Any]]", client.function_list("fiscalq", withcode=True))
    return bytes(code).decode()


def await_append_only_file(client: redis.Redis) -> None:
    """Switched on again, the file is written anew in the background, and until then a kill would take what was answered."""
    deadline = time.monotonic() + 10
    while any(client.info("persistence")[f"aof_rewrite_{what}"] for what in ("in_progress", "scheduled")):
        assert time.monotonic() < deadline, "the append-only file is not written anew"
        time.sleep(0.01)


def entry_of_register(bench: RedisBench) -> dict[bytes, bytes]:
    """The register's own hash."""
    return cast("dict[bytes, bytes]", bench.client.hgetall(bench.keys.registry))


def test_an_older_library_is_replaced(redis_bench: RedisBench) -> None:
    redis_bench.client.function_load(library_of(0), replace=True)
    install(redis_bench.client, REGISTER, redis_bench.limits)
    assert on_server(redis_bench.client) == LIBRARY


def test_a_newer_library_is_never_downgraded(redis_bench: RedisBench) -> None:
    """A worker of the version before, started late in a deploy, breaks nothing."""
    redis_bench.client.function_load(library_of(999), replace=True)
    install(redis_bench.client, REGISTER, redis_bench.limits)
    assert on_server(redis_bench.client) == library_of(999)
    assert entry_of_register(redis_bench)[b"library"] == b"999"


def test_a_library_under_development_is_replaced_under_its_own_number(redis_bench: RedisBench) -> None:
    redis_bench.client.function_load(LIBRARY + "\n-- another text", replace=True)
    install(redis_bench.client, REGISTER, redis_bench.limits)
    assert on_server(redis_bench.client) == LIBRARY


def test_installing_again_changes_limits_and_keeps_the_rest(redis_bench: RedisBench) -> None:
    """At each reconnect: counters, jobs and the day of the installation stay."""
    redis_bench.enqueue("a")
    take_in(worker(redis_bench))
    before = entry_of_register(redis_bench)
    install(redis_bench.client, REGISTER, Limits(queue_max=7))
    assert entry_of_register(redis_bench) == before | {b"queue_max": b"7"}


def test_a_wrong_register_name_is_not_entered(redis_bench: RedisBench) -> None:
    with pytest.raises(ConfigError, match="Kassa 1"):
        install(redis_bench.client, "Kassa 1", redis_bench.limits)


def test_p6_a_durable_server_has_no_problems(redis_bench: RedisBench) -> None:
    assert check_server(redis_bench.client) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("appendonly", "no"),
        ("appendfsync", "everysec"),
        ("no-appendfsync-on-rewrite", "yes"),
        ("maxmemory-policy", "allkeys-lru"),
    ],
)
def test_p6_a_server_that_would_lose_jobs_is_named_with_the_remedy(
    redis_bench: RedisBench, setting: str, value: str
) -> None:
    right = str(redis_bench.client.config_get(setting)[setting])
    redis_bench.client.config_set(setting, value)
    try:
        (problem,) = check_server(redis_bench.client)
    finally:
        redis_bench.client.config_set(setting, right)
        await_append_only_file(redis_bench.client)
    assert problem.startswith(f"{setting} is {value}, so ")
    assert f"CONFIG SET {setting} {right}" in problem


def test_p6_a_server_that_hides_its_settings_is_named_too(redis_bench: RedisBench) -> None:
    """Silence is not consent."""
    redis_bench.client.execute_command("ACL", "SETUSER", "blind", "reset", "on", "nopass", "+ping")  # type: ignore[no-untyped-call]
    try:
        with redis.Redis.from_url(redis_bench.url, username="blind", password="x", protocol=2) as blind:
            (problem,) = check_server(blind)
    finally:
        redis_bench.client.acl_deluser("blind")
    assert "+config|get" in problem
    assert "appendfsync always" in problem


def test_p2_what_was_answered_survives_the_kill_of_the_server(
    redis_bench: RedisBench, redis_server: RunningRedis
) -> None:
    """Jobs in the inbox and in the ledger, the library, and the register's entry."""
    if redis_server.kind == "external":
        pytest.skip("the server is somebody else's, and not ours to kill")
    ledger = worker(redis_bench)
    for job in "ab":
        redis_bench.enqueue(job)
    take_in(ledger)
    redis_server.kill()
    with pytest.raises(LedgerError):
        ledger.head()
    redis_server.start()
    again = redis_bench.ledger()
    assert again.head() == "a"
    assert redis_bench.queue() == ["a"]
    client = connect(redis_bench.url, socket_timeout=5)
    assert door.enqueue(client, REGISTER, "b", TASK)["duplicate"] is True
    assert door.enqueue(client, REGISTER, "c", TASK)["duplicate"] is False
    client.close()


def test_p2_a_full_redis_takes_no_new_job_and_lets_the_accepted_ones_end(redis_bench: RedisBench) -> None:
    """The worker even starts anew, takes its lease, and writes down what has printed; the inbox waits."""
    ledger = worker(redis_bench)
    for job in "ab":
        redis_bench.enqueue(job)
    take_in(ledger)
    redis_bench.client.config_set("maxmemory", 1)
    try:
        with pytest.raises(LedgerError, match="maxmemory"):
            redis_bench.enqueue("c")
        assert redis_bench.status("b") is not None
        install(redis_bench.client, REGISTER, redis_bench.limits)
        assert isinstance(ledger.acquire("host:a", "n2"), Lease)
        assert ledger.rebuild() == 1
        with pytest.raises(LedgerError, match="maxmemory"):
            ledger.admit(candidate(entry_of("b")))
        assert printed(ledger, "a").is_final
        assert ledger.renew()
    finally:
        redis_bench.client.config_set("maxmemory", 0)
    take_in(ledger)
    assert ledger.open_jobs(9) == ["b"]


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
    with pytest.raises(LedgerError, match="cannot read"):
        redis_bench.ledger().load("a")


def test_a_url_that_is_none_is_named() -> None:
    with pytest.raises(ConfigError, match="redis://"):
        connect("kassa", socket_timeout=1)


@contextmanager
def deaf_server() -> Iterator[tuple[str, list[bytes]]]:
    """Something that takes a function call and hangs up without an answer; it notes what it was asked."""
    heard: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                while (asked := connection.recv(65536)) and b"FCALL" not in asked:
                    connection.sendall(b"+OK\r\n" * asked.count(b"*"))  # what the client says of itself
                heard.append(asked)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0", heard
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_a_call_whose_answer_is_lost_is_sent_once() -> None:
    """Repeating is the caller's decision, who knows that it is harmless."""
    with (
        deaf_server() as (url, heard),
        connect(url, socket_timeout=2) as client,
        pytest.raises(LedgerError, match="does not answer"),
    ):
        door.enqueue(client, REGISTER, "a", TASK)
    assert [b"fiscalq_enqueue" in asked for asked in heard] == [True]


def test_the_library_uses_no_key_that_the_keys_do_not_name() -> None:
    """Both build the same names: what follows the register's entry in Lua stands in keys.py."""
    keys = Keys(REGISTER)
    known = {key.removeprefix(keys.registry) for key in vars(keys).values()}
    known |= {
        build("").removeprefix(keys.registry) for build in (keys.reserved, keys.view, keys.task, keys.history)
    }
    assert set(re.findall(r"(?:root|keys\[1\]) \.\. '([^']+)'", LIBRARY)) <= known
