"""redis.conf on a real server: it holds what the worker demands at its start, whatever docker-compose.yml adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import redis
import yaml

from ops.redis.server import SETTINGS
from tests.compose.conftest import ROOT, StartRedis

pytestmark = pytest.mark.server

OF_THE_TESTS_SERVER = {"daemonize", "logfile"}  # how server.py runs one, not what makes it durable


def _settings(url: str) -> Mapping[str, str]:
    with redis.Redis.from_url(url, decode_responses=True) as client:
        settings: Mapping[str, str] = client.config_get("*")
        return settings


def test_the_shops_redis_is_as_durable_as_the_one_that_the_tests_run_on(start_redis: StartRedis) -> None:
    """Two lists of the same settings, here and in server.py: neither may forget one."""
    running = _settings(start_redis())
    durable = {name: value for name, value in SETTINGS.items() if name not in OF_THE_TESTS_SERVER}
    assert {name: running[name] for name in durable} == durable
    assert running["no-appendfsync-on-rewrite"] == "no"


def test_what_compose_adds_opens_the_door_and_leaves_the_durability(start_redis: StartRedis) -> None:
    described: Mapping[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    words = [str(word) for word in described["services"]["redis"]["command"]]
    assert words[1:3] == [
        "--bind",
        "0.0.0.0",
    ]  # of the container; a server of the tests stays on this machine
    added = ["--bind", "127.0.0.1", *words[3 : words.index("--dir")], "--aclfile", ""]
    running = _settings(start_redis(*added))
    assert running["appendonly"] == "yes"
    assert running["appendfsync"] == "always"
    assert running["maxmemory-policy"] == "noeviction"
    assert running["protected-mode"] == "no"
    assert running["aclfile"] == ""
