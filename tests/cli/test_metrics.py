"""`fiscalq metrics`: a Redis that is away, wrong or silent is said in figures, and soon."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Run

TWO = ("kassa-1", "kassa-2")


@pytest.fixture
def silent() -> Iterator[str]:
    """A Redis that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture(autouse=True)
def registers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TWO:
        monkeypatch.setenv(f"FISCALQ_REGISTERS__{name.upper().replace('-', '_')}__URL", "http://127.0.0.1:1")


def test_of_a_redis_that_is_away_nothing_else_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No old figure, and no nought that would look like a quiet day; and that is an answer, no failure."""
    monkeypatch.setenv("FISCALQ_REDIS_URL", "redis://127.0.0.1:1/0")
    done = run("metrics", "--once")
    assert done.exit_code == 0
    samples = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    assert samples == [f'fiscalq_up{{register="{name}"}} 0.0' for name in TWO]


def test_a_redis_that_says_nothing_is_given_up_before_prometheus_does(
    run: Run, monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    """Prometheus waits ten seconds for a scrape."""
    monkeypatch.setenv("FISCALQ_REDIS_URL", silent)
    began = time.monotonic()
    done = run("metrics", "--once")
    assert time.monotonic() - began < 10
    assert done.stdout.count("} 0.0") == 2


@pytest.mark.server
def test_what_is_told_is_of_the_registers_that_were_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    monkeypatch.setenv("FISCALQ_REDIS_URL", redis_url)
    done = run("metrics", "kassa-2", "--once")
    assert done.exit_code == 0
    assert 'fiscalq_worker_alive{register="kassa-2"} 0.0' in done.stdout
    assert "kassa-1" not in done.stdout
    refused = run("metrics", "kasa-2", "--once")
    assert refused.exit_code == 1
    assert "did you mean 'kassa-2'" in refused.stderr


@pytest.mark.parametrize(
    "listen", ["9732", ":9732", "host:", "host:0", "host:65536", "host:http", "::1:9732"]
)
def test_an_address_that_is_none_is_wrong_usage(run: Run, listen: str) -> None:
    done = run("metrics", "--listen", listen)
    assert done.exit_code == 2


def test_a_port_that_is_taken_is_one_sentence(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("metrics", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert done.exit_code == 1
    assert "--listen" in done.stderr
    assert "Traceback" not in done.stderr
