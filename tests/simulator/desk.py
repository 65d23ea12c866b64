"""A simulator as its users have it: a process on a free port, spoken to over HTTP, killed as a power cut would."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import requests

ROOT = Path(__file__).resolve().parents[2]
READY = "simulator ready on "
FINAL = {"ready", "error", "interrupted", "canceled"}
PATIENCE_SECONDS = 15.0
T = TypeVar("T")
_numbers = itertools.count(1)


def until(look: Callable[[], T], *, patience: float = PATIENCE_SECONDS) -> T:
    """Look again and again until what is seen is true; fails when patience ends."""
    deadline = time.monotonic() + patience
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline, f"still {seen!r} after {patience} s"
        time.sleep(0.02)


class Desk:
    """One simulator and the folder that outlives it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.options = options
        self.process: subprocess.Popen[str] | None = None
        self.line = ""
        self.url = ""
        self.http = requests.Session()
        self.http.trust_env = False

    def start(self, *more: str) -> Desk:
        """Start the process and wait for its line."""
        command = [sys.executable, "-m", "ops.simulator", "--port", "0", "--state", str(self.folder)]
        self.process = subprocess.Popen(
            [*command, *self.options, *more],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        assert self.line.startswith(READY), self.line
        self.url = self.line.removeprefix(READY).split()[0]
        return self

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.died()

    def stop(self) -> int:
        """End it politely. Returns the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.died()

    def died(self) -> int:
        """Wait for its end, however it came. Returns the exit code."""
        assert self.process is not None
        assert self.process.stdout is not None
        code = self.process.wait(timeout=15)
        self.process.stdout.close()
        self.http.close()
        return code

    def call(self, verb: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """Make one request; `body` as JSON, or as bytes when it is bytes."""
        data = {"data": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
        return self.http.request(verb, self.url + path, timeout=20, **data, **more)

    def turn(self, **wishes: Any) -> None:
        """Turn something on the register."""
        answer = self.call("POST", "/_sim/state", wishes)
        assert answer.status_code == 200, answer.text

    def state(self) -> dict[str, Any]:
        """Give the register's condition."""
        found: dict[str, Any] = self.call("GET", "/_sim/state").json()
        return found

    def arm(self, kind: str, **more: Any) -> str:
        """Arm a fault. Returns its name."""
        answer = self.call("POST", "/_sim/faults", {"kind": kind, **more})
        assert answer.status_code == 200, answer.text
        name: str = answer.json()["armed"][0]
        return name

    def struck(self, name: str) -> int:
        """Say how often a fault struck."""
        faults = self.call("GET", "/_sim/faults").json()["faults"]
        return next(int(fault["struck"]) for fault in faults if fault["name"] == name)

    def slips(self) -> list[dict[str, Any]]:
        """Give the oracle."""
        found: list[dict[str, Any]] = self.call("GET", "/_sim/documents?after=0").json()
        return found

    def fresh(self) -> Desk:
        """Start over with a register that is quick."""
        self.call("POST", "/_sim/reset")
        quick = {"loop": 0.02, "recover": 0.02, "recover_v2": 0.02, "reopen": 0.05}
        self.turn(pace=0, delays=quick)
        return self

    def post(self, *subtasks: dict[str, Any], api: str = "v1", uuid: str | None = None) -> str:
        """Post a task. Returns its uuid."""
        uuid = uuid or f"task-{next(_numbers)}"
        answer = self.call("POST", path(api), {"uuid": uuid, "request": list(subtasks)})
        assert answer.status_code == 201, answer.text
        return uuid

    def items(self, uuid: str, api: str = "v1") -> list[dict[str, Any]]:
        """Give a task's results in one shape: status, code, description, result."""
        answer = self.call("GET", f"{path(api)}/{uuid}")
        assert answer.status_code == 200, answer.text
        return [one_shape(item) for item in answer.json()["results"]]

    def settled(self, uuid: str, api: str = "v1") -> list[dict[str, Any]]:
        """Wait until every result of a task is final, and give them."""

        def look() -> list[dict[str, Any]]:
            items = self.items(uuid, api)
            return items if all(item["status"] in FINAL for item in items) else []

        return until(look)

    def done(self, *subtasks: dict[str, Any], api: str = "v1") -> dict[str, Any]:
        """Post a task and give the settled result of its first sub-task."""
        return self.settled(self.post(*subtasks, api=api), api)[0]

    def last_fd(self) -> int:
        """Give the FN's last document number."""
        return int(self.state()["last_fd"])


def one_shape(item: dict[str, Any]) -> dict[str, Any]:
    """Give a result item whatever way the server writes errors."""
    error = item.get("error") or {"code": item.get("errorCode"), "description": item.get("errorDescription")}
    return {"status": item["status"], "result": item.get("result"), **error}


def path(api: str) -> str:
    """Give where tasks of that generation are posted."""
    return "/requests" if api == "v1" else "/api/v2/requests"


def sale(price: float = 10.5, /, **changes: Any) -> dict[str, Any]:
    """Give a sale of one thing for cash; a change of None takes the field away."""
    task: dict[str, Any] = {
        "type": "sell",
        "taxationType": "osn",
        "operator": {"name": "Кассир Тестовый"},
        "items": [position(price)],
        "payments": [{"type": "cash", "sum": price}],
    }
    return {key: value for key, value in {**task, **changes}.items() if value is not None}


def position(price: float = 10.5, /, **changes: Any) -> dict[str, Any]:
    """Give a position of quantity 1."""
    thing = {"type": "position", "name": "Товар", "price": price, "quantity": 1, "amount": price}
    return {**thing, "tax": {"type": "none"}, **changes}


def marked(marker: str, price: float = 10.5) -> dict[str, Any]:
    """Give a sale that carries a marker in tag 1192."""
    return sale(price, items=[position(price), {"type": "additionalAttribute", "value": marker}])


OPEN: dict[str, Any] = {"type": "openShift"}
CLOSE: dict[str, Any] = {"type": "closeShift"}
STATUS: dict[str, Any] = {"type": "getFnStatus"}
