"""A worker of the virtual shop: the real loop between calls that may be the last ones of its process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from ops.chaos.virtual.fake_register import FakeRegister
from ops.chaos.virtual.stage import CALL_SECONDS, Actor, Killed, Stage
from worker.adapters.ledger.memory import MemoryLedger
from worker.app.autopilot import look_at_shift, make_way
from worker.app.intake import read_entry
from worker.app.line import Line, Stopped
from worker.app.pilot import Pilot
from worker.app.printing import print_job
from worker.app.recovering import POST_MARGIN_SECONDS, RENEWALS, settle_doubts
from worker.app.surveying import look_at_register
from worker.domain.errors import Fenced, LedgerError
from worker.domain.policy import Limits
from worker.domain.ports import Ledger, Register
from worker.domain.tasks import Defaults

IDLE_SECONDS = 5.0
LIMITS = Limits()


class Wire:
    """What the worker calls, one call at a time: before and after each of them others may move, and it may end."""

    def __init__(self, worker: VirtualWorker, target: Any) -> None:
        self._worker, self._target = worker, target

    def __getattr__(self, name: str) -> Any:
        """A property as it is, a method as a call over the wire."""
        found = getattr(self._target, name)
        return (
            (lambda *given, **named: self._worker.call(found, *given, **named)) if callable(found) else found
        )


class VirtualClock:
    """`ports.Clock` for one worker: its pauses are the others' time."""

    def __init__(self, worker: VirtualWorker) -> None:
        self._worker = worker
        self.now = worker.stage.clock.now
        self.monotonic = worker.stage.clock.monotonic

    def pause(self, seconds: float) -> bool:
        """Wait; at once when told to stop."""
        if not self._worker.is_stopping:
            self._worker.actor.wait(max(seconds, 0.0))
        return self._worker.is_stopping


class VirtualWorker:
    """
    One worker host: process after process, each with a lease of its own, as `station` and `recovering` lead them.

    What is left out of the real one: Celery (the head of the line is taken as its ticket would be), and the threads
    beside the loop (the intake and the settling of doubts take place between two jobs).
    """

    def __init__(
        self,
        stage: Stage,
        name: str,
        register: FakeRegister,
        ledger: Callable[[], MemoryLedger],
        defaults: Defaults,
        *,
        keeps_shift: bool = False,
    ) -> None:
        """The first process starts when the stage runs."""
        self._keeps_shift = keeps_shift
        self.stage, self.name = stage, name
        self.is_stopping = False
        self.notes: list[str] = []
        self._register, self._ledger, self._defaults = register, ledger, defaults
        self._lives = 0
        self._deadline = 0.0
        self.actor: Actor = stage.enter(name, self._process)

    def call(self, call: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """One call that leaves the process: the seed may have planned its end before, behind or in the middle of it."""
        actor = self.actor
        actor.calls += 1
        side, delay = actor.deaths.get(actor.calls, ("", 0.0))
        actor.wait(self.stage.random.uniform(0, CALL_SECONDS))
        if side == "before":
            raise Killed
        if side == "late":  # the request has left, and arrives when nobody waits for its answer any more
            if getattr(call, "__self__", None) is self._register:
                moment = self.stage.clock.monotonic() + delay
                self.stage.clock.at(moment, lambda: call(*given, **named))
            raise Killed
        said = call(*given, **named)
        if side == "after":
            raise Killed
        actor.wait(self.stage.random.uniform(0, CALL_SECONDS))
        return said

    def _process(self) -> None:
        """From the start to the end of one process."""
        self.is_stopping = False
        self._lives += 1
        monotonic = self.stage.clock.monotonic
        ledger = self._ledger()
        wired = cast("Ledger", Wire(self, ledger))
        if not self._lease(ledger, wired):
            return
        line = Line(
            cast("Register", Wire(self, self._register)),
            wired,
            VirtualClock(self),
            LIMITS,
            self._defaults,
            guard=self._guard,
            watch=lambda job, note: self.notes.append(f"{monotonic():.2f} {self.name} {job.id} {note}"),
            pilot=Pilot(VirtualClock(self)) if self._keeps_shift else None,
        )
        held: dict[str, float] = {}
        while True:
            try:
                self._turn(line, ledger, held)
            except (Fenced, Stopped):
                with suppress(LedgerError):  # it runs out by itself
                    ledger.release()
                return
            except LedgerError:
                self.actor.wait(1.0)

    def _turn(self, line: Line, ledger: MemoryLedger, held: dict[str, float]) -> None:
        """Take in what was enqueued, then one job, as its ticket would ask for; or what is in doubt."""
        while (entry := ledger.peek(0)) is not None:
            self.actor.wait(0.0)
            ledger.admit(read_entry(entry, ledger.register, self._defaults, self.stage.clock.now()))
        head = line.ledger.head()
        job = line.ledger.load(head) if head is not None else None
        if job is not None:
            settle_doubts(line, held)
            run = print_job(job, line)
            if (task := line.task_before(run.job)) is not None:
                make_way(line, task)
            return
        settle_doubts(line, held, lambda: bool(ledger.store.open))
        look_at_register(line)
        look_at_shift(line, 0.0)
        if line.clock.pause(IDLE_SECONDS):
            raise Stopped

    def _lease(self, ledger: MemoryLedger, wired: Ledger) -> bool:
        """Wait for the lease as a standby does, and have it renewed. False when told to stop meanwhile."""
        while True:
            before = self.stage.clock.monotonic()
            try:
                lease = wired.acquire(f"{self.name}:1", f"nonce-{self.name}-{self._lives}")
            except LedgerError:
                lease = ""
            if not isinstance(lease, str):
                break
            self.actor.wait(LIMITS.lease_seconds / 2)
            if self.is_stopping:
                return False
        self._deadline = before + LIMITS.lease_seconds
        self._plan_renewal(ledger, self._lives)
        return True

    def _plan_renewal(self, ledger: MemoryLedger, life: int) -> None:
        clock = self.stage.clock
        clock.at(clock.monotonic() + LIMITS.lease_seconds / RENEWALS, lambda: self._renew(ledger, life))

    def _renew(self, ledger: MemoryLedger, life: int) -> None:
        """Of the keeper's thread; a lease that is lost ends the process, as soon as it moves again."""
        now = self.stage.clock.monotonic()
        if life != self._lives or self.actor.is_doomed:
            return
        if now < self.actor.frozen_until:
            woken = self.stage.random.uniform(0, 5 * CALL_SECONDS)
            self.stage.clock.at(self.actor.frozen_until + woken, lambda: self._renew(ledger, life))
            return
        try:
            held = ledger.renew()
        except LedgerError:
            held = now <= self._deadline
        else:
            self._deadline = now + LIMITS.lease_seconds if held else self._deadline
        if held:
            self._plan_renewal(ledger, life)
        else:
            self.actor.is_doomed = True

    def _guard(self) -> None:
        """As LeaseKeeper.guard."""
        if self.stage.clock.monotonic() > self._deadline - POST_MARGIN_SECONDS:
            raise Fenced("the lease has run out: another worker may hold the register")
