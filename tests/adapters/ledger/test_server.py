"""The server under the ledger: its settings, our library on it, its kill, and a client that never repeats itself."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, cast

import pytest
import redis

from ops.redis.server import RunningRedis
from tests.adapters.ledger.bench import (
    LIBRARY,
    REGISTER,
    STOPPED,
    TASK,
    RedisBench,
    candidate,
    entry_of,
    printed,
    take_in,
    worker,
)
from worker.adapters.ledger import door
from worker.adapters.ledger.server import check_server, connect, install
from worker.domain.errors import ConfigError, LedgerError
from worker.domain.policy import Limits
from worker.domain.ports import Lease

pytestmark = pytest.mark.server


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
    install(redis_bench.client, REGISTER, redis_bench.limits, STOPPED)
    assert on_server(redis_bench.client) == LIBRARY


def test_a_newer_library_is_never_downgraded(redis_bench: RedisBench) -> None:
    """A worker of the version before, started late in a deploy, breaks nothing."""
    redis_bench.client.function_load(library_of(999), replace=True)
    install(redis_bench.client, REGISTER, redis_bench.limits, STOPPED)
    assert on_server(redis_bench.client) == library_of(999)
    assert entry_of_register(redis_bench)[b"library"] == b"999"


def test_a_library_under_development_is_replaced_under_its_own_number(redis_bench: RedisBench) -> None:
    redis_bench.client.function_load(LIBRARY + "\n-- another text", replace=True)
    install(redis_bench.client, REGISTER, redis_bench.limits, STOPPED)
    assert on_server(redis_bench.client) == LIBRARY


def test_installing_again_changes_limits_and_keeps_the_rest(redis_bench: RedisBench) -> None:
    """At each reconnect: counters, jobs and the day of the installation stay."""
    redis_bench.enqueue("a")
    take_in(worker(redis_bench))
    before = entry_of_register(redis_bench)
    install(redis_bench.client, REGISTER, Limits(queue_max=7), STOPPED)
    assert entry_of_register(redis_bench) == before | {b"queue_max": b"7"}


def test_a_wrong_register_name_is_not_entered(redis_bench: RedisBench) -> None:
    with pytest.raises(ConfigError, match="Kassa 1"):
        install(redis_bench.client, "Kassa 1", redis_bench.limits, STOPPED)


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
        (problem,) = map(str, check_server(redis_bench.client))
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
            (problem,) = map(str, check_server(blind))
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
        install(redis_bench.client, REGISTER, redis_bench.limits, STOPPED)
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
