"""The loop's world for tests: the real core and loop, with register, ledger and clock in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ops.chaos.virtual.fake_clock import FakeClock
from ops.chaos.virtual.fake_register import FakeRegister
from worker.adapters.ledger.memory import MemoryLedger
from worker.app.answering import answer
from worker.app.autopilot import make_way
from worker.app.intake import read_entry
from worker.app.line import Line
from worker.app.pilot import Pilot
from worker.app.printing import Run, print_job
from worker.app.reconciling import reconcile_closed
from worker.app.recovering import settle_doubts
from worker.domain.events import Event
from worker.domain.job import Job
from worker.domain.policy import Limits
from worker.domain.shifts import Hours
from worker.domain.tasks import Defaults

REGISTER = "kassa-1"
LIMITS = Limits(lease_seconds=1e9)  # the lease has tests of its own
SALE = {
    "type": "sell",
    "items": [{"name": "Пакет", "price": 1.1, "quantity": 1, "tax": {"type": "none"}}],
    "payments": "cash",
}


class CrashedError(Exception):
    """The worker was killed here."""


class CrashingLedger(MemoryLedger):
    """A ledger under a worker that is killed right before or right after its next write of a named event."""

    crash_before: str | None = None
    crash_after: str | None = None

    def append(self, job: Job, event: Event) -> Job:
        """Append, or crash around it; a crash strikes once."""
        if event.name == self.crash_before:
            self.crash_before = None
            raise CrashedError
        moved = super().append(job, event)
        if event.name == self.crash_after:
            self.crash_after = None
            raise CrashedError
        return moved


class World:
    """One register, one ledger, one clock, and a worker that may be killed and started again."""

    def __init__(
        self, limits: Limits = LIMITS, defaults: Defaults | None = None, *, quiet: str | None = None
    ) -> None:
        self.clock = FakeClock()
        self.register = FakeRegister(self.clock)
        self.limits = limits
        self.defaults = defaults or Defaults()
        self.ledger = CrashingLedger(REGISTER, answer, limits, monotonic=self.clock.monotonic)
        self.notes: list[str] = []
        self.quiet = Hours.read(quiet) if quiet is not None else None
        self.keeps_shift = self.reconciles = False
        self.line = self.start_worker()

    def start_worker(self) -> Line:
        """A new process: nothing is remembered but what the ledger holds."""
        lease = self.ledger.acquire("host:1", f"nonce-{len(self.notes)}")
        assert not isinstance(lease, str)
        self.line = Line(
            self.register,
            self.ledger,
            self.clock,
            self.limits,
            self.defaults,
            watch=lambda job, note: self.notes.append(f"{job.id} {note}"),
            pilot=Pilot(self.clock, self.quiet) if self.keeps_shift else None,
        )
        return self.line

    def keep_shift(self) -> None:
        """Switch the autopilot on; the register's shift grows old from now on."""
        self.keeps_shift = self.register.driver.ages = True
        self.register.driver.opened_at = self.clock.monotonic()
        self.start_worker()

    def serve(self) -> None:
        """Take the line to its end, as the station does."""
        held: dict[str, float] = {}
        while (head := self.ledger.head()) is not None:
            settle_doubts(self.line, held)
            run = print_job(self.job(head), self.line)
            if (task := self.line.task_before(run.job)) is not None:
                make_way(self.line, task)
            if self.reconciles:
                reconcile_closed(self.line, run.job)

    def accept(self, job: str, task: Mapping[str, Any] | None = None) -> None:
        """Enqueue and take in."""
        self.ledger.enqueue(job, json.dumps(task or SALE).encode())
        entry = self.ledger.peek(0)
        assert entry is not None
        self.ledger.admit(read_entry(entry, REGISTER, self.defaults, self.clock.now()))

    def work(self, job: str) -> Run:
        """Take a job to its end, as the station does."""
        settle_doubts(self.line, {})
        loaded = self.ledger.load(job)
        assert loaded is not None
        return print_job(loaded, self.line)

    def work_with_a_crash(self, job: str, **crash: str) -> Run:
        """Kill the worker around the named event, start it again, and let it go on."""
        self.ledger.crash_before, self.ledger.crash_after = crash.get("before"), crash.get("after")
        try:
            return self.work(job)
        except CrashedError:
            self.start_worker()
            return self.work(job)

    def job(self, job: str) -> Job:
        """As the ledger has it."""
        loaded = self.ledger.load(job)
        assert loaded is not None
        return loaded

    def at(self, seconds: float, action: Callable[[], None]) -> None:
        """Plan something for so many seconds from now."""
        self.clock.at(self.clock.monotonic() + seconds, action)

    @property
    def sales(self) -> int:
        """Sales on the FN."""
        return sum(slip.type == "sell" for slip in self.register.slips)
