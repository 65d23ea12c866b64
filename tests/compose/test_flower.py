"""Flower, really started: no password, no Flower; with one, everything can be seen and nothing changed."""

from __future__ import annotations

import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "ops" / "flower" / "flowerconfig.py"
PASSWORD = "a:long, strange password"
READY_SECONDS = 30.0  # two seconds on an idle machine
LOOK_SECONDS = 0.1


def _environment(**added: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if "FLOWER_" not in name}
    return {**inherited, **added}


def _read(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Mapping[str, object]:
    for name in [name for name in os.environ if "FLOWER_" in name]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(CONFIG))


def test_the_password_may_come_from_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _read(monkeypatch, FISCALQ_FLOWER_PASSWORD=PASSWORD)["basic_auth"] == [f"operator:{PASSWORD}"]


def test_the_password_may_come_from_a_mounted_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "flower"
    secret.write_text(f"{PASSWORD}\n", encoding="utf-8")
    options = _read(monkeypatch, FISCALQ_FLOWER_PASSWORD_FILE=str(secret), FISCALQ_FLOWER_USER="anna")
    assert options["basic_auth"] == [f"anna:{PASSWORD}"]


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"FISCALQ_FLOWER_PASSWORD": ""},
        {"FISCALQ_FLOWER_PASSWORD": "  "},
        {"FISCALQ_FLOWER_PASSWORD": "пароль"},
        {"FISCALQ_FLOWER_PASSWORD": "secret", "FISCALQ_FLOWER_USER": "a:b"},
        {"FISCALQ_FLOWER_PASSWORD": "secret", "FISCALQ_FLOWER_PASSWORD_FILE": "/nowhere/flower"},
        {"FISCALQ_FLOWER_PASSWORD": "secret", "FISCALQ_FLOWER_PASSWORD_FILE": "/dev/null"},
    ],
)
def test_without_a_password_that_it_can_ask_for_flower_refuses_in_both_languages(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    """A secret file that is missing or empty is a mistake: the variable beside it does not stand in for it."""
    with pytest.raises(SystemExit) as refusal:
        _read(monkeypatch, **variables)
    assert "Flower is not started: " in str(refusal.value.code)
    assert "Flower не запущен: " in str(refusal.value.code)
    assert "FISCALQ_FLOWER_" in str(refusal.value.code)
    assert "secret" not in str(refusal.value.code).replace("mounted secret", "")


def _command(port: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "celery",
        "--app=worker.app.celery_app:app",
        "flower",
        f"--conf={CONFIG}",
        f"--port={port}",
    ]


@pytest.mark.server
def test_flower_ends_at_once_without_a_password(redis_url: str) -> None:
    ended = subprocess.run(
        _command(_free_port()),
        cwd=ROOT,
        env=_environment(FISCALQ_REDIS_URL=redis_url),
        capture_output=True,
        text=True,
        timeout=READY_SECONDS,
        check=False,
    )
    assert ended.returncode != 0
    assert "set FISCALQ_FLOWER_PASSWORD" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture
def flower(redis_url: str) -> Iterator[str]:
    """Start Flower as docker-compose.yml does, on a free port of this machine; give its address."""
    port = _free_port()
    program = subprocess.Popen(
        _command(port),
        cwd=ROOT,
        # Two that would open it, were the configuration file not stronger than Flower's own variables.
        env=_environment(
            FISCALQ_REDIS_URL=redis_url,
            FISCALQ_FLOWER_PASSWORD=PASSWORD,
            FLOWER_READ_ONLY="false",
            FLOWER_BASIC_AUTH="guest:guest",
        ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_answers(program, f"http://127.0.0.1:{port}/healthcheck")
        yield f"http://127.0.0.1:{port}"
    finally:
        program.send_signal(signal.SIGTERM)
        try:
            program.wait(READY_SECONDS)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


@pytest.mark.server
def test_flower_shows_everything_to_the_operator_and_lets_nobody_change_it(flower: str) -> None:
    us = ("operator", PASSWORD)
    for page in ("/", "/workers", "/tasks", "/broker", "/api/workers", "/api/tasks"):
        assert requests.get(flower + page, timeout=10).status_code == 401, page
        assert requests.get(flower + page, auth=("operator", "wrong"), timeout=10).status_code == 401, page
        assert requests.get(flower + page, auth=("guest", "guest"), timeout=10).status_code == 401, page
    for page in ("/workers", "/tasks", "/api/tasks"):
        assert requests.get(flower + page, auth=us, timeout=10).status_code == 200, page
    for operation in (
        "/api/task/revoke/A-1",
        "/api/task/send-task/fiscalq.print",
        "/api/task/async-apply/fiscalq.print",
        "/api/worker/shutdown/kassa-1@here",
    ):
        answer = requests.post(flower + operation, auth=us, data='{"args": []}', timeout=10)
        assert answer.status_code == 403, operation


@pytest.mark.server
def test_metrics_and_health_ask_for_no_password(flower: str) -> None:
    """The README warns of it; should Flower ever close them, Prometheus and the health check need to know."""
    for page in ("/metrics", "/healthcheck"):
        assert requests.get(flower + page, timeout=10).status_code == 200, page


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(program: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert program.poll() is None, "Flower ended by itself"
        try:
            if requests.get(address, timeout=1).ok:
                return
        except requests.ConnectionError:
            time.sleep(LOOK_SECONDS)
    pytest.fail("Flower did not answer in time")
