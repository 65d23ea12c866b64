"""A shop with a network that can be broken, and a CRM that remembers every answer it was ever given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import redis

from ops.chaos.checker import Accepted, Finding, check, uuids
from ops.chaos.proxy import Proxy
from ops.chaos.shop import KEY, OPEN_SHIFT, REGISTER, Shop, until
from ops.launcher.environment import ROOT

LOOK_SECONDS = 0.05  # between two rounds of status calls

# Short enough for a test of some seconds; the relations between them are those of a shop.
LIMITS = {
    "WAIT_MAX_SECONDS": "8",  # a machine that stands still for a while must not look like a register that does
    "COUNT_EVERY_SECONDS": "0.5",
    "WITHDRAW_MAX_SECONDS": "1.5",
    "EVIDENCE_MAX_SECONDS": "600",  # whether it is asked for afresh must not hang on how quick the machine is
    "PRINT_MAX_SECONDS": "1",
    "PROOF_MAX_SECONDS": "10",
    "BACKOFF_FIRST_SECONDS": "0.05",
    "BACKOFF_MAX_SECONDS": "0.3",
    "CONNECT_MAX_SECONDS": "1",
    "READ_MAX_SECONDS": "0.8",
}
HEALTHY = {"power": True, "active": True, "paper": True, "link": "up"}
AUTOPILOT = "FISCALQ_REGISTERS__KASSA_1__SHIFT_AUTOPILOT"
QUICK = {"pace": 0, "delays": {"loop": 0.02, "recover": 0.05, "recover_v2": 0.05, "reopen": 0.1}}


class Scene(Shop):
    """
    `web` stands before the register and `wire` before Redis; the CRM and the checker go past both.

    One scene may serve several tests, a round each: a job's id, the log and the paper are those of the round, but the
    checker looks at all that was ever printed here.
    """

    def __init__(self, directory: Path, redis_url: str, api: str = "v1", **limits: str) -> None:
        super().__init__(directory, redis_url)
        self.api = api
        self.web = Proxy(self.port)
        self.wire = Proxy(urlsplit(redis_url).port or 0)
        self.round = 0
        self._log_begins: dict[str, int] = {}
        self._paper_begins = 0
        self._allowed: dict[str, Any] = defaultdict(set)
        self.accepted: list[Accepted] = []
        self.seen: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._over = Event()
        self._witness = Thread(target=self._watch, daemon=True)
        self.environment = {
            "FISCALQ_REDIS_URL": f"redis://127.0.0.1:{self.wire.port}{urlsplit(redis_url).path}",
            "FISCALQ_REGISTERS__KASSA_1__URL": f"http://127.0.0.1:{self.web.port}",
            **{f"FISCALQ_LIMITS__{name}": value for name, value in {**LIMITS, **limits}.items()},
        }

    @property
    def posts(self) -> str:
        """Where tasks are posted, as a pattern for a request's first line."""
        return "POST /requests " if self.api == "v1" else "POST /api/v2/requests "

    def post_of(self, job: str) -> str:
        """A pattern for the POSTs of the job's first submission."""
        return f"{self.posts}.*{self.uuid(job)}"

    def look_at(self, job: str) -> str:
        """A pattern for the polls of the job's first submission."""
        return f"GET /\\S*{self.uuid(job)}"

    def id(self, job: str) -> str:
        """The job's id in this round."""
        return f"{job}.{self.round}"

    def uuid(self, job: str) -> str:
        """The uuid of the job's first submission (design §2)."""
        return uuids(REGISTER, self.id(job))[0]

    # the beginning

    def begin(self) -> None:
        """Register, worker and an open shift; the first job is `shift`."""
        self._witness.start()
        self.start_worker()  # which installs the functions: enqueue is there when it is
        self.power_on_register()
        self.turn(**QUICK)
        self.enqueue_at_last("shift", OPEN_SHIFT)
        assert self.settled("shift", 20)["verdict"] == "printed"

    def next_round(self) -> None:
        """Mend the network and the register, and begin anew with job ids, log and paper."""
        self.web.disarm()
        self.wire.disarm()
        self.web.requests.clear()
        self.disarm_register()
        self.turn(**QUICK, **HEALTHY)
        self._log_begins = {path.stem: path.stat().st_size for path in self.directory.glob("*.log")}
        self._paper_begins = len(self.documents())
        self.round += 1

    def power_on_register(self) -> None:
        """Start the simulator, on what it holds from before."""
        self.start_simulator("--api", self.api)

    def arm(self, kind: str, **fields: Any) -> None:
        """Arm a fault of the simulator."""
        self.tell_register("/_sim/faults", {"kind": kind, **fields})

    def disarm_register(self) -> None:
        """Nothing more goes wrong there."""
        call = urllib.request.Request(f"http://127.0.0.1:{self.port}/_sim/faults", method="DELETE")
        with urllib.request.urlopen(call, timeout=5):
            pass

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
        said: Any = self.client.fcall("fiscalq_enqueue", 1, KEY, self.id(job), text, *more)
        answer: dict[str, Any] = json.loads(said)
        self.expect(self.id(job), None if isinstance(task, str) else task.get("type"), sequence)
        return answer

    def enqueue_at_last(self, job: str, task: Mapping[str, Any]) -> dict[str, Any]:
        """As a CRM does that has no answer: until the door is there (again)."""

        def try_it() -> dict[str, Any] | None:
            try:
                return self.enqueue(job, task)
            except redis.RedisError:
                return None

        return until(try_it, 60, f"an answer to the enqueue of {job}")

    def expect(self, job_id: str, kind: str | None, sequence: str | None = None) -> None:
        """A job was accepted: from now on it is watched, and the checker asks what became of it."""
        if job_id not in {one.job for one in self.accepted}:
            self.accepted.append(Accepted(job_id, kind, sequence))

    def status(self, job: str) -> dict[str, Any]:
        return super().status(self.id(job))

    def log_of(self, name: str = "worker") -> str:
        log = (self.directory / f"{name}.log").read_bytes()
        return log[self._log_begins.get(name, 0) :].decode("utf-8", "replace")

    def fiscalq(self, *words: str) -> subprocess.CompletedProcess[str]:
        """An operator's command, in English, in a folder without settings of its own."""
        return subprocess.run(
            [sys.executable, "-m", "ops.cli.main", *words, "--lang", "en"],
            env={**os.environ, **self.environment, "PYTHONPATH": str(ROOT)},
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def slips(self) -> list[dict[str, Any]]:
        """The documents of this round."""
        return self.documents()[self._paper_begins :]

    def quarantined(self) -> list[str]:
        """The inbox entries that became no job, oldest first."""
        kept: Any = self.client.xrange(f"{KEY}:quarantine")
        return [fields["entry"] for _, fields in kept]

    def receipts(self) -> list[str]:
        """The totals on paper, in order, without the shift reports."""
        return [slip["total"] for slip in self.slips() if slip["type"] not in {"openShift", "closeShift"}]

    def logged(self, *words: str, name: str = "worker", seconds: float = 40) -> None:
        """Wait until the worker's log says all these words in one line."""
        until(
            lambda: any(all(word in line for word in words) for line in self.log_of(name).splitlines()),
            seconds,
            f"{words} in the log of {name}",
        )

    def in_state(self, job: str, *states: str, seconds: float = 40) -> dict[str, Any]:
        """Wait until the job stands so; a verdict will do for a state."""

        def look() -> dict[str, Any] | None:
            status = self.status(job)
            return status if {status.get("state"), status.get("verdict")} & set(states) else None

        return until(look, seconds, f"{job} to be {states}")

    def move_crm(self, redis_url: str) -> None:
        """The CRM follows a fail-over."""
        self.client = redis.Redis.from_url(redis_url, decode_responses=True)

    def settled(self, job: str, seconds: float = 40) -> dict[str, Any]:
        """The job, once nobody is in doubt about it any more."""
        try:
            return self.in_state(job, "printed", "not_printed", seconds=seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.status(job)}\n{self.log_of()[-4000:]}") from None

    def findings(self, **allowed: Iterable[Any]) -> list[Finding]:
        """What the checker says, once every job has its end; what it is to allow, by the names of its options."""
        for option, items in allowed.items():
            self._allowed[option] |= {self.id(item) if isinstance(item, str) else item for item in items}
        self._expect_ours()
        self._look()
        return check(REGISTER, self.accepted, self.seen, self.documents(), **self._allowed)

    def _expect_ours(self) -> None:
        """The autopilot's jobs are jobs too; they stand at the head whenever they come."""
        if AUTOPILOT not in self.environment:
            return
        done: Any = self.client.zrange(f"{KEY}:done", 0, -1)
        for job in done:
            if job.startswith("fiscalq."):
                self.expect(job, "openShift" if ".open." in job else "closeShift")
                self._allowed["left_place"].add(job)

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            with suppress(redis.RedisError, OSError):
                self._look()

    def _look(self) -> None:
        """One status call for each job; what differs from the last answer is kept."""
        for one in list(self.accepted):
            status, history = super().status(one.job), self.seen[one.job]
            if status and (
                not history or history[-1] != status
            ):  # a wiped Redis answers nothing, which is no answer
                history.append(status)

    def close(self) -> None:
        self._over.set()
        if self._witness.is_alive():
            self._witness.join(5)
        super().close()
        self.web.close()
        self.wire.close()
