"""A shop in which the worker ends at a chosen step and is started again, as its supervisor would."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from shutil import rmtree
from threading import Event, Thread

from ops.chaos.shop import OPEN_SHIFT, REGISTER, until
from tests.crash.launcher import Order
from tests.crash.scenarios import Scenario
from tests.faults.scene import Scene

SUPERVISED_SECONDS = 0.02  # between two looks at whether the worker still runs


class Stage(Scene):
    """A scene whose worker is run by the launcher; each case begins with an empty Redis and a new owner."""

    def __init__(self, directory: Path, redis_url: str, api: str) -> None:
        super().__init__(directory, redis_url, api, LEASE_SECONDS="3", DEAF_SECONDS="3")
        self.worker = ("-m", "tests.crash.launcher", "worker", REGISTER)
        self.notes = directory / "steps"
        self._always = {**self.environment, "CRASH_NOTES": str(self.notes)}
        self.starts = 0
        self._closing = Event()
        self._supervisor: Thread | None = None

    def raise_curtain(self) -> None:
        """The register runs, its shift is open, and the CRM looks."""
        self.power_on_register()
        self.tell_register(self.posts.split()[1], {"uuid": "by hand", "request": [OPEN_SHIFT]})
        until(self.documents, 10, "the opening of the shift")
        self._allowed["foreign"] = {slip["fd"] for slip in self.documents()}
        self._witness.start()

    def play(self, scenario: Scenario, order: Order | None) -> Counter[str]:
        """
        Run one scenario with one crash, to its end; what must hold afterwards is asserted.

        Returns: how often the worker, or its successors, came to each step, in the order of the first time.
        """
        self.next_round()
        self.client.flushdb()
        self.client.function_flush()
        rmtree(self.directory / "state-worker", ignore_errors=True)
        for left in (self.notes, self.notes.with_suffix(".struck")):
            left.unlink(missing_ok=True)
        self.environment = {**self._always, **scenario.environment}
        if order is not None:
            self.environment["CRASH_ORDER"] = json.dumps(asdict(order))
        self._closing.clear()
        self.starts = 0
        self._supervisor = Thread(target=self._supervise, daemon=True)
        self._supervisor.start()
        try:
            scenario.run(self)
            assert {job: self.status(job)["verdict"] for job in scenario.printed} == dict.fromkeys(
                scenario.printed, "printed"
            )
            assert self.findings(**scenario.allowed) == []
            self._let_end()
        finally:
            self.end_case()
        return Counter(
            line.removesuffix(" before")
            for line in self.notes.read_text("ascii").splitlines()
            if line.endswith(" before")
        )

    def _let_end(self) -> None:
        """What comes after a job's end are steps as well: the acknowledgement, the queue, the lease."""
        if self._closing.is_set():
            return
        self._closing.set()
        if self._supervisor is not None:
            self._supervisor.join()
        self.stop("worker")

    @property
    def was_struck(self) -> bool:
        """Whether the crash has come to pass."""
        return self.notes.with_suffix(".struck").exists()

    def _supervise(self) -> None:
        """Start the worker whenever it does not run."""
        while not self._closing.is_set():
            process = self.processes.get("worker")
            if process is None or process.poll() is not None:
                self.start_worker()
                self.starts += 1
            self._closing.wait(SUPERVISED_SECONDS)

    def end_case(self) -> None:
        """No worker any more."""
        self._closing.set()
        if self._supervisor is not None:
            self._supervisor.join()
        if "worker" in self.processes:
            self.kill("worker")

    def close(self) -> None:
        self.end_case()
        super().close()
