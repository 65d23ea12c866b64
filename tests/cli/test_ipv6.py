"""What listens takes an IPv6 address in the brackets in which it stands in a URL."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ops.launcher.environment import ROOT
from tests.cli.conftest import Run
from worker.app.metrics import Counts
from worker.app.settings import Settings


def has_ipv6() -> bool:
    """A container may have no IPv6 at all."""
    with suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


pytestmark = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6: ::1 cannot be listened at")
LOOPBACK = "[::1]"


@contextmanager
def running(words: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    environ = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "FISCALQ_REDIS_URL": "redis://127.0.0.1:1/0",
        "FISCALQ_REGISTERS__KASSA_1__URL": "http://127.0.0.1:1",
    }
    command = [sys.executable, "-m", "ops.cli.main", *words]
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def free_port() -> int:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        return int(server.getsockname()[1])


def answer(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answered:
        return int(answered.status)


def test_the_page_is_there_under_the_address_that_is_told(run: Run, folder: Path) -> None:
    """And under no name of another site: the brackets are part of the host."""
    assert run("console", "--add-user", "ivanova", given="a long password\n").exit_code == 0
    with running(["console", "--host", LOOPBACK, "--port", "0", "--json"]) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        assert url.startswith("http://[::1]:")
        assert answer(f"{url}/sign-in") == 200


def test_the_figures_are_there_under_the_address_that_is_told(folder: Path) -> None:
    with running(["metrics", "--listen", f"{LOOPBACK}:{free_port()}"]) as process:
        assert process.stderr is not None
        url = process.stderr.readline().removeprefix("fiscalq: ").strip()
        assert answer(url) == 200


def test_a_worker_answers_there_too() -> None:
    port = free_port()
    settings = Settings(metrics_listen=f"{LOOPBACK}:{port}")
    assert settings.metrics_listen is not None
    counts = Counts("kassa-1")
    counts.serve(settings.metrics_listen)
    assert answer(f"http://{LOOPBACK}:{port}/metrics") == 200
