"""A shop as real processes: Redis, simulated register and worker, driven as a CRM drives them."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import redis

ROOT = Path(__file__).parents[2]
REGISTER = "kassa-1"
WORKER: tuple[str, ...] = ("-m", "ops.cli.main", "worker", REGISTER)
KEY = f"fiscalq:{{{REGISTER}}}"
Found = TypeVar("Found")

LOOK_SECONDS = 0.02  # between two looks at something that has no event to wait for


def until(look: Callable[[], Found | None], seconds: float, what: str) -> Found:
    """The first thing that `look` finds, looked for until the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        select.select([], [], [], LOOK_SECONDS)
    raise NotSeen(f"not seen within {seconds} s: {what}")


class NotSeen(AssertionError):
    """What was waited for did not come in time."""


class Shop:
    """Processes by name, ended by id; files in one folder."""

    def __init__(self, directory: Path, redis_url: str, **environment: str) -> None:
        """Start nothing yet; `environment` is the worker's."""
        self.directory = directory
        self.redis_url = redis_url
        self.client = redis.Redis.from_url(redis_url, decode_responses=True)
        self.port = _free_port()
        self.environment = environment
        self.worker = WORKER
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    # the register
    def start_simulator(self, *options: str) -> None:
        """Start the register, and return once its port answers."""
        state = self.directory / "register"
        self._start(
            "simulator", "-m", "ops.simulator", "--port", str(self.port), "--state", str(state), *options
        )
        until(lambda: _answers(self.port), 15, "the simulator's port")

    def documents(self) -> list[dict[str, Any]]:
        """Give the oracle: every fiscal document, in order."""
        slips = self.directory / "register" / "slips.jsonl"
        return [json.loads(line) for line in slips.read_text("utf-8").splitlines()] if slips.exists() else []

    def tell_register(self, path: str, body: Mapping[str, Any] | None) -> Any:
        """Send something to the register's control pages, and give the answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            b"" if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    # the worker
    def start_worker(self, name: str = "worker", **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker; it is not waited for."""
        settings = {
            "FISCALQ_REDIS_URL": self.redis_url,
            "FISCALQ_REGISTERS__KASSA_1__URL": f"http://127.0.0.1:{self.port}",
            "FISCALQ_REGISTERS__KASSA_1__OPERATOR": "Иванова А. П.",
            "FISCALQ_REGISTERS__KASSA_1__TAXATION_TYPE": "osn",
            "FISCALQ_REGISTERS__KASSA_1__DEFAULT_TAX": "vat22",
            "FISCALQ_STATE_DIR": str(self.directory / f"state-{name}"),
            "FISCALQ_LOG_LEVEL": "debug",
            **self.environment,
            **environment,
        }
        return self._start(name, *self.worker, **settings)

    def log_of(self, name: str = "worker") -> str:
        """What a program has logged so far."""
        return (self.directory / f"{name}.log").read_text("utf-8", "replace")

    # the CRM
    def enqueue(self, job: str, task: Mapping[str, Any] | str) -> dict[str, Any]:
        """Hand in a task; the door's answer."""
        text = task if isinstance(task, str) else json.dumps(task, ensure_ascii=False)
        answer: dict[str, Any] = json.loads(
            self.client.execute_command("FCALL", "fiscalq_enqueue", 1, KEY, job, text)  # type: ignore[no-untyped-call]
        )
        return answer

    def status(self, job: str) -> dict[str, Any]:
        """What the CRM is told; empty for an unknown job."""
        answer = self.client.execute_command("FCALL_RO", "fiscalq_status", 1, KEY, job)  # type: ignore[no-untyped-call]
        return json.loads(answer) if answer else {}

    def end_of(self, job: str, seconds: float = 30) -> dict[str, Any]:
        """Wait until the job is printed or dead."""

        def look() -> dict[str, Any] | None:
            status = self.status(job)
            return status if status.get("state") in {"printed", "dead"} else None

        try:
            return until(look, seconds, f"the end of {job}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.status(job)}\n{self.log_of()[-4000:]}") from None

    def install(self) -> None:
        """Open the door before any worker runs."""
        subprocess.run(
            [sys.executable, "-m", "ops.cli.main", "install", REGISTER],
            cwd=ROOT,
            env={
                **os.environ,
                "FISCALQ_REDIS_URL": self.redis_url,
                "FISCALQ_REGISTERS__KASSA_1__URL": "http://127.0.0.1:1",
            },
            check=True,
            capture_output=True,
        )

    # processes
    def surroundings(self) -> dict[str, str]:
        """The variables that every program gets."""
        return dict(os.environ)

    def _start(self, name: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        with (self.directory / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**self.surroundings(), **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes[name] = process
        return process

    def kill(self, name: str) -> None:
        """End a program as a power cut does."""
        self.processes[name].kill()
        self.processes.pop(name).wait()

    def stop(self, name: str, seconds: float = 20) -> int:
        """End a program in order; its exit code."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(seconds)

    def close(self) -> None:
        """End everything."""
        for name in list(self.processes):
            self.kill(name)
        self.client.close()


def sale(total: str = "1.10", names: Sequence[str] = ("Пакет",)) -> dict[str, Any]:
    """A receipt in cash whose positions sum up to `total`."""
    share = float(total) / len(names)
    return {
        "type": "sell",
        "items": [{"name": name, "price": share, "quantity": 1} for name in names],
        "payments": "cash",
    }


OPEN_SHIFT = {"type": "openShift"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return True
    except OSError:
        return False
