"""Flower, really started: no password, no Flower; with one, everything can be seen and nothing changed."""

from __future__ import annotations

import os
import runpy
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import requests

from tests.compose.conftest import (
    FLOWER_CONFIG,
    READY_SECONDS,
    ROOT,
    StartFlower,
    flower_command,
    flower_environment,
)

PASSWORD = "a:long, strange password"


def _read(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Mapping[str, object]:
    for name in [name for name in os.environ if "FLOWER_" in name]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(FLOWER_CONFIG))


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


@pytest.mark.parametrize(
    "console", ["console.shop", "javascript:alert(1)", 'http://a"><script>', "http://{{ 1 }}"]
)
def test_a_link_to_the_console_is_an_address_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, console: str
) -> None:
    """It is written into Flower's pages as it stands."""
    with pytest.raises(SystemExit, match="FISCALQ_FLOWER_CONSOLE"):
        _read(monkeypatch, FISCALQ_FLOWER_PASSWORD=PASSWORD, FISCALQ_FLOWER_CONSOLE=console)


@pytest.mark.server
def test_flower_ends_at_once_without_a_password(redis_url: str) -> None:
    ended = subprocess.run(
        flower_command(port=0),
        cwd=ROOT,
        env=flower_environment(FISCALQ_REDIS_URL=redis_url),
        capture_output=True,
        text=True,
        timeout=READY_SECONDS,
        check=False,
    )
    assert ended.returncode != 0
    assert "set FISCALQ_FLOWER_PASSWORD" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture
def flower(start_flower: StartFlower, redis_url: str) -> str:
    """Start it as docker-compose.yml does, beside two variables that would open it if the configuration let them."""
    return start_flower(
        FISCALQ_REDIS_URL=redis_url,
        FISCALQ_FLOWER_PASSWORD=PASSWORD,
        FLOWER_READ_ONLY="false",
        FLOWER_BASIC_AUTH="guest:guest",
    )


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
