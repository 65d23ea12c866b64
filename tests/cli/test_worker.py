"""`fiscalq worker` is a Celery worker whose exit code tells systemd and compose why it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
import redis

from ops.launcher.environment import ROOT
from ops.redis.server import RunningRedis
from worker.app.settings import load_settings
from worker.app.wiring import make_ledger, prepare_server
from worker.domain.ports import Lease

pytestmark = [pytest.mark.server, pytest.mark.skipif(os.name == "nt", reason="signals")]

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def settings(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A register, and a lease that runs out soon."""
    monkeypatch.setenv("FISCALQ_REDIS_URL", redis_url)
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", "http://127.0.0.1:9")
    monkeypatch.setenv("FISCALQ_LIMITS__LEASE_SECONDS", "1")
    monkeypatch.setenv("FISCALQ_LOG_FORMAT", "json")
    monkeypatch.setenv("XDG_STATE_HOME", os.getcwd())  # noqa: PTH109 - the test's own folder, see conftest


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a worker, and end it whatever becomes of the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "ops.cli.main", "worker", "kassa-1", *options]
        started.append(
            subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stderr=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def until_said(process: subprocess.Popen[str], event: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if event in line:
            return
    raise AssertionError(f"the worker ended without {event}")


def hold() -> None:
    """Be another worker that holds the register."""
    found = load_settings()
    prepare_server(found, "kassa-1")()
    settings = found.model_copy(update={"limits": found.limits.model_copy(update={"lease_seconds": 30})})
    assert isinstance(make_ledger(settings, "kassa-1").acquire("elsewhere", "nonce"), Lease)


def test_stopped_by_sigterm_it_has_done_its_duty(start: Callable[..., subprocess.Popen[str]]) -> None:
    worker = start()
    until_said(worker, "line.opened")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0


def test_a_register_that_is_held_elsewhere_is_exit_75(start: Callable[..., subprocess.Popen[str]]) -> None:
    """A unit of systemd must not restart it at once (design §4)."""
    hold()
    worker = start()
    _, err = worker.communicate(timeout=PATIENCE)
    assert worker.returncode == 75
    assert "elsewhere" in err
    assert "--standby" in err


def test_a_standby_waits_and_takes_over(start: Callable[..., subprocess.Popen[str]], redis_url: str) -> None:
    hold()
    worker = start("--standby")
    until_said(worker, "lease.held_elsewhere")
    with pytest.raises(subprocess.TimeoutExpired):  # longer than a plain worker would wait
        worker.wait(3)
    with redis.Redis.from_url(redis_url) as client:
        client.delete("fiscalq:{kassa-1}:lease")
    until_said(worker, "line.opened")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0


def test_a_redis_that_would_forget_is_exit_78(
    start: Callable[..., subprocess.Popen[str]], redis_server: RunningRedis
) -> None:
    """Restarting does not help: a person must set it right (promises P6)."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.config_set("appendfsync", "everysec")
        try:
            worker = start()
            _, err = worker.communicate(timeout=PATIENCE)
        finally:
            client.config_set("appendfsync", "always")
    assert worker.returncode == 78
    assert "appendfsync" in err
