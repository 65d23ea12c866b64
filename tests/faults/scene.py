"""A shop with a network that can be broken, and a CRM that remembers every answer it was ever given."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import redis

from ops.redis.server import RunningRedis
from tests.acceptance.shop import KEY, OPEN_SHIFT, REGISTER, Shop, until
from tests.faults.checker import Accepted, Finding, check, uuids
from tests.faults.proxy import Proxy

LOOK_SECONDS = 0.05  # between two rounds of status calls

# Short enough for a test of some seconds; the relations between them are those of a shop.
LIMITS = {
    "WAIT_MAX_SECONDS": "2",
    "COUNT_EVERY_SECONDS": "1",
    "WITHDRAW_MAX_SECONDS": "2",
    "PRINT_MAX_SECONDS": "2",
    "PROOF_MAX_SECONDS": "10",
    "BACKOFF_FIRST_SECONDS": "0.1",
    "BACKOFF_MAX_SECONDS": "0.3",
    "CONNECT_MAX_SECONDS": "1",
    "READ_MAX_SECONDS": "1.5",
}
QUICK = {"pace": 0, "delays": {"loop": 0.02, "recover": 0.05, "recover_v2": 0.05, "reopen": 0.1}}


class Scene(Shop):
    """`web` stands before the register and `wire` before Redis; the CRM and the checker go past both."""

    def __init__(self, directory: Path, server: RunningRedis, api: str = "v1", **limits: str) -> None:
        super().__init__(directory, server.url)
        self.api = api
        self.server = server
        self.web = Proxy(self.port)
        self.wire = Proxy(urlsplit(server.url).port or 0)
        self.accepted: list[Accepted] = []
        self.seen: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._over = Event()
        self._witness = Thread(target=self._watch, daemon=True)
        self.environment = {
            "FISCALQ_REDIS_URL": f"redis://127.0.0.1:{self.wire.port}/0",
            "FISCALQ_REGISTERS__KASSA_1__URL": f"http://127.0.0.1:{self.web.port}",
            **{f"FISCALQ_LIMITS__{name}": value for name, value in {**LIMITS, **limits}.items()},
        }

    @property
    def posts(self) -> str:
        """Where tasks are posted, as a pattern for a request's first line."""
        return "POST /requests " if self.api == "v1" else "POST /api/v2/requests "

    def post_of(self, job: str) -> str:
        """A pattern for the POSTs of the job's first submission."""
        return f"{self.posts}.*{uuids(REGISTER, job)[0]}"

    def look_at(self, job: str) -> str:
        """A pattern for the polls of the job's first submission."""
        return f"GET /\\S*{uuids(REGISTER, job)[0]}"

    # the beginning

    def begin(self, **environment: str) -> None:
        """Register, worker and an open shift; the first job is `shift`."""
        self.install()
        self._witness.start()
        self.power_on_register()
        self.tell_register("/_sim/state", QUICK)
        self.enqueue("shift", OPEN_SHIFT)
        self.start_worker(**environment)
        assert self.end_of("shift", 20)["verdict"] == "printed"

    def power_on_register(self) -> None:
        """Start the simulator, on what it holds from before."""
        self.start_simulator("--api", self.api)

    def arm(self, kind: str, **fields: Any) -> None:
        """Arm a fault of the simulator."""
        self.tell_register("/_sim/faults", {"kind": kind, **fields})

    def turn(self, **switches: Any) -> None:
        """Turn switches of the register."""
        self.tell_register("/_sim/state", switches)

    def struck(self, kind: str) -> int:
        """How often a fault has struck."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_sim/faults", timeout=5) as answer:
            faults = json.loads(answer.read())["faults"]
        return sum(int(fault["struck"]) for fault in faults if fault["kind"] == kind)

    def task_of(self, uuid: str) -> str | None:
        """The status of what the register holds under a uuid, None when it knows none; asked past the network."""
        path = "/requests" if self.api == "v1" else "/api/v2/requests"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}/{uuid}", timeout=5) as answer:
                return str(json.loads(answer.read())["results"][0]["status"])
        except urllib.error.HTTPError:
            return None

    # the CRM

    def enqueue(self, job: str, task: Mapping[str, Any] | str, sequence: str | None = None) -> dict[str, Any]:
        text = task if isinstance(task, str) else json.dumps(task, ensure_ascii=False)
        more = [json.dumps({"sequence": sequence})] if sequence else []
        command = ["FCALL", "fiscalq_enqueue", 1, KEY, job, text, *more]
        answer: dict[str, Any] = json.loads(self.client.execute_command(*command))
        if job not in {one.job for one in self.accepted}:
            self.accepted.append(Accepted(job, None if isinstance(task, str) else task["type"], sequence))
        return answer

    def receipts(self) -> list[str]:
        """The totals on paper, in order, without the shift's opening."""
        return [slip["total"] for slip in self.documents() if slip["type"] not in {"openShift", "closeShift"}]

    def logged(self, *words: str, name: str = "worker", seconds: float = 20) -> None:
        """Wait until the worker's log says all these words in one line."""
        until(
            lambda: any(all(word in line for word in words) for line in self.log_of(name).splitlines()),
            seconds,
            f"{words} in the log of {name}",
        )

    def in_state(self, job: str, *states: str, seconds: float = 20) -> dict[str, Any]:
        """Wait until the job stands so; a verdict will do for a state."""

        def look() -> dict[str, Any] | None:
            status = self.status(job)
            return status if {status.get("state"), status.get("verdict")} & set(states) else None

        return until(look, seconds, f"{job} to be {states}")

    def findings(self, **options: Any) -> list[Finding]:
        """What the checker says, once every job has its end."""
        self._look()
        return check(REGISTER, self.accepted, self.seen, self.documents(), **options)

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            with suppress(redis.RedisError, OSError):
                self._look()

    def _look(self) -> None:
        """One status call for each job; what differs from the last answer is kept."""
        for one in list(self.accepted):
            status, history = self.status(one.job), self.seen[one.job]
            if status and (not history or history[-1] != status):  # a wiped Redis answers nothing, which is no answer
                history.append(status)

    def close(self) -> None:
        self._over.set()
        if self._witness.is_alive():
            self._witness.join(5)
        super().close()
        self.web.close()
        self.wire.close()
