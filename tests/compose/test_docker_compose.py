"""What docker-compose.yml promises: durable Redis, nobody root, nothing reachable from outside, Flower locked."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from worker.app.settings import RegisterSettings

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "ops" / "docker" / "Dockerfile"
CLIENT_SECONDS = 60  # reading one file takes well under a second; a loaded machine may take longer

Service = Mapping[str, Any]


@pytest.fixture(scope="module")
def services() -> Mapping[str, Service]:
    """Read the file as it is written: anchors resolved, variables not."""
    described: Mapping[str, Service] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
    return described


def _programs(services: Mapping[str, Service]) -> Mapping[str, Service]:
    return {name: service for name, service in services.items() if "build" in service}


def test_the_stack_is_redis_one_worker_flower_and_a_simulator(services: Mapping[str, Service]) -> None:
    assert set(services) == {"redis", "worker-kassa-1", "flower", "simulator"}
    assert services["worker-kassa-1"]["command"] == ["fiscalq", "worker", "kassa-1"]


def test_the_simulator_runs_only_when_a_demonstration_is_asked_for(services: Mapping[str, Service]) -> None:
    """A shop that started it by a slip would print its receipts on nothing."""
    assert {name: service["profiles"] for name, service in services.items() if "profiles" in service} == {
        "simulator": ["demo"]
    }
    needed = {name for service in services.values() for name in service.get("depends_on", {})}
    assert "simulator" not in needed


def test_redis_runs_on_the_durable_configuration_and_a_volume(services: Mapping[str, Service]) -> None:
    """What the file says is proven on a server in test_redis_conf.py; here: it is this file, and nothing undoes it."""
    redis = services["redis"]
    command = [str(word) for word in redis["command"]]
    assert redis["entrypoint"] == ["redis-server"]
    assert command[0] == "/etc/fiscalq/redis.conf"
    assert "./ops/redis:/etc/fiscalq:ro" in redis["volumes"]
    assert "redis-data:/data" in redis["volumes"]
    assert command[command.index("--dir") + 1] == "/data"
    options = {word for word in command if word.startswith("--")}
    assert options == {"--bind", "--protected-mode", "--dir", "--aclfile"}


def test_state_that_must_survive_lies_on_named_volumes(services: Mapping[str, Service]) -> None:
    declared = set(yaml.safe_load(FILE.read_text(encoding="utf-8"))["volumes"])
    used = {
        mount.split(":")[0]
        for service in services.values()
        for mount in service.get("volumes", [])
        if not mount.startswith((".", "/"))
    }
    assert used == declared
    assert "worker-kassa-1-state:/state" in services["worker-kassa-1"]["volumes"]
    assert services["worker-kassa-1"]["environment"]["FISCALQ_STATE_DIR"] == "/state"


def test_every_service_has_a_health_check_and_others_wait_for_redis_to_pass_it(
    services: Mapping[str, Service],
) -> None:
    for name, service in services.items():
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
        assert {"interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"]), name
    assert services["worker-kassa-1"]["healthcheck"]["test"][1:] == ["fiscalq", "doctor", "--live", "kassa-1"]
    for name in ("worker-kassa-1", "flower"):
        assert services[name]["depends_on"]["redis"] == {"condition": "service_healthy"}


def test_the_worker_is_stopped_by_sigterm_and_given_time(services: Mapping[str, Service]) -> None:
    worker = services["worker-kassa-1"]
    assert worker["stop_signal"] == "SIGTERM"
    assert worker["init"] is True
    assert worker["stop_grace_period"] == "60s"


def test_nobody_is_root_and_nobody_can_become_more(services: Mapping[str, Service]) -> None:
    users = re.findall(r"^USER (\S+)$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])
    for name, service in services.items():
        assert name in _programs(services) or service.get("user") == "redis", name
        assert service.get("user", "redis") == "redis", name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert "network_mode" not in service, name


def test_every_published_port_answers_on_this_machine_only(services: Mapping[str, Service]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    for port in ports:
        assert port.startswith("127.0.0.1:"), port


def test_flower_runs_the_workers_app_on_the_locked_configuration(services: Mapping[str, Service]) -> None:
    """The command line wins over the configuration file, so it may say nothing but where to listen."""
    flower = services["flower"]
    assert flower["command"] == [
        "celery",
        "--app=worker.app.celery_app:app",
        "flower",
        "--conf=/etc/fiscalq/flowerconfig.py",
        "--address=0.0.0.0",
    ]
    assert "COPY ops/flower/flowerconfig.py /etc/fiscalq/flowerconfig.py" in DOCKERFILE.read_text(
        encoding="utf-8"
    )
    # No password of ours: what is not set is empty, and then Flower refuses to start (test_flower.py).
    assert flower["environment"]["FISCALQ_FLOWER_PASSWORD"] == "${FISCALQ_FLOWER_PASSWORD:-}"


def test_only_flower_knows_flowers_password(services: Mapping[str, Service]) -> None:
    knowing = {name for name, service in services.items() if "FLOWER_PASSWORD" in json.dumps(service)}
    assert knowing == {"flower"}


def test_every_setting_of_a_register_reaches_the_worker(services: Mapping[str, Service]) -> None:
    """A setting that is written into .env and silently goes nowhere would be found by an inspector."""
    prefix = "FISCALQ_REGISTERS__KASSA_1__"
    passed = {
        name.removeprefix(prefix).split("__")[0].lower()
        for name in services["worker-kassa-1"]["environment"]
        if name.startswith(prefix)
    }
    assert passed == set(RegisterSettings.model_fields)


def test_a_log_cannot_fill_the_disk(services: Mapping[str, Service]) -> None:
    for name, service in services.items():
        assert {"max-size", "max-file"} <= set(service["logging"]["options"]), name


def test_one_image_serves_all_of_our_programs(services: Mapping[str, Service]) -> None:
    programs = _programs(services)
    assert set(programs) == {"worker-kassa-1", "flower", "simulator"}
    assert len({service["image"] for service in programs.values()}) == 1
    assert all((ROOT / service["build"]["dockerfile"]) == DOCKERFILE for service in programs.values())


@pytest.mark.parametrize("profile", [(), ("--profile", "demo")])
def test_the_compose_client_accepts_the_file(profile: tuple[str, ...], tmp_path: Path) -> None:
    """Only the client knows whether the file is valid; the ports are looked at again as it understands them."""
    config = json.loads(_compose(tmp_path, *profile, "config", "--format", "json"))
    assert ("simulator" in config["services"]) is bool(profile)
    for service in config["services"].values():
        for port in service.get("ports", []):
            assert port["host_ip"] == "127.0.0.1"
    worker = config["services"]["worker-kassa-1"]["environment"]
    assert worker["FISCALQ_REGISTERS__KASSA_1__URL"] == "http://simulator:16732"


def _compose(directory: Path, *words: str) -> str:
    client = shutil.which("docker")
    plugin = [client, "compose"] if client else None
    if plugin is None or subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode:
        problem = "docker-compose.yml was not shown to a client: `docker compose` is not on this machine"
        warnings.warn(problem, stacklevel=2)  # seen without -rs
        pytest.skip(problem)
    nothing = directory / "empty.env"  # a developer's own .env is not what is tested
    nothing.write_text("")
    asked = subprocess.run(
        [*plugin, "--project-directory", str(ROOT), "--file", str(FILE), "--env-file", str(nothing), *words],
        capture_output=True,
        text=True,
        timeout=CLIENT_SECONDS,
        check=False,
        # Variables of this shell would win over the file's defaults.
        env={name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_CONFIG") if name in os.environ},
    )
    assert asked.returncode == 0, asked.stderr
    return asked.stdout
