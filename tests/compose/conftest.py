"""A server on the shop's own redis.conf, with what docker-compose.yml adds on the command line."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from ops.redis.program import EMBEDDED, OWN, find_program

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 30.0  # a start takes 0.1 s
LOOK_SECONDS = 0.02

StartRedis = Callable[..., str]


@pytest.fixture
def start_redis(tmp_path: Path) -> Iterator[StartRedis]:
    """
    Give a function that starts a server on ops/redis/redis.conf and returns its URL; all of them end with the test.

    Its arguments are options of the command line, which win over the file. The program is the tests' own one.
    """
    choice = os.environ.get("FISCALQ_TEST_REDIS", "")
    program = find_program(choice if choice == EMBEDDED or choice.startswith("/") else OWN, os.environ)
    servers: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> str:
        port = _free_port()
        data = tmp_path / f"redis-{port}"
        data.mkdir()
        configuration = str(ROOT / "ops" / "redis" / "redis.conf")
        command = [str(program.path), configuration, "--port", str(port), "--dir", str(data), *options]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        servers.append(server)
        _wait_until_it_answers(server, port)
        return f"redis://127.0.0.1:{port}/0"

    yield start
    for server in servers:
        server.terminate()
        server.wait(READY_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    with redis.Redis(port=port, socket_timeout=1) as client:
        while time.monotonic() < deadline:
            assert server.poll() is None, (
                f"the server gave up on redis.conf with exit code {server.returncode}"
            )
            try:
                client.ping()
            except redis.ConnectionError:
                time.sleep(LOOK_SECONDS)
            else:
                return
    pytest.fail("the server did not answer in time")
