"""What docker-compose.yml starts, started without containers: Redis on the shop's own redis.conf, and Flower."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
import requests
from redis.backoff import NoBackoff
from redis.retry import Retry

from ops.redis.program import EMBEDDED, OWN, find_program

ROOT = Path(__file__).resolve().parents[2]
FLOWER_CONFIG = ROOT / "ops" / "flower" / "flowerconfig.py"
READY_SECONDS = 30.0  # Redis takes 0.1 s, Flower two
LOOK_SECONDS = 0.05

StartRedis = Callable[..., str]
StartFlower = Callable[..., str]


@pytest.fixture(scope="module")
def start_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartRedis]:
    """
    Give a function that starts a server on ops/redis/redis.conf and returns its URL; all of them end with the file.

    Its arguments are options of the command line, which win over the file. The program is the tests' own one.
    """
    choice = os.environ.get("FISCALQ_TEST_REDIS", "")
    program = find_program(choice if choice == EMBEDDED or choice.startswith("/") else OWN, os.environ)
    servers: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> str:
        port = _free_port()
        data = tmp_path_factory.mktemp("redis")
        configuration = str(ROOT / "ops" / "redis" / "redis.conf")
        command = [str(program.path), configuration, "--port", str(port), "--dir", str(data), *options]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        servers.append(server)
        with redis.Redis(port=port, socket_timeout=1, retry=Retry(NoBackoff(), 0)) as client:
            _wait_for(server, "Redis", client.ping)
        return f"redis://127.0.0.1:{port}/0"

    yield start
    for server in servers:
        server.terminate()
        server.wait(READY_SECONDS)


def flower_command(port: int) -> list[str]:
    """Give the command line of docker-compose.yml, on this machine's Python and address."""
    celery = [sys.executable, "-m", "celery", "--app=worker.app.celery_app:app"]
    return [*celery, "flower", f"--conf={FLOWER_CONFIG}", f"--port={port}"]


def flower_environment(**added: str) -> dict[str, str]:
    """Give this process's variables but those that Flower would take for its own, and these."""
    return {**{name: value for name, value in os.environ.items() if "FLOWER_" not in name}, **added}


@pytest.fixture
def start_flower(tmp_path: Path) -> Iterator[StartFlower]:
    """Give a function that starts Flower with these variables and returns its address; it ends with the test."""
    programs: list[subprocess.Popen[bytes]] = []

    def start(*options: str, **environment: str) -> str:
        address = f"http://127.0.0.1:{(port := _free_port())}"
        program = subprocess.Popen(
            [*flower_command(port), *options],
            cwd=ROOT,
            env=flower_environment(FISCALQ_FLOWER_DB=str(tmp_path / "flower"), **environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        programs.append(program)
        _wait_for(program, "Flower", lambda: requests.get(f"{address}/healthcheck", timeout=1).ok)
        return address

    yield start
    for program in programs:
        program.send_signal(signal.SIGTERM)
        try:
            program.wait(READY_SECONDS)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(program: subprocess.Popen[bytes], name: str, answers: Callable[[], object]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert program.poll() is None, f"{name} gave up with exit code {program.returncode}"
        try:
            if answers():
                return
        except (redis.ConnectionError, requests.ConnectionError):
            pass
        time.sleep(LOOK_SECONDS)
    pytest.fail(f"{name} did not answer in time")
