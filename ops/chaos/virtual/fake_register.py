"""
A register in memory on a fake clock: `ports.Register` for tests of the loop. It passes the suite of the real adapter.

It has a store of submissions, one FIFO worker, and an FN behind `driver`. A submission waits FLOOR_SECONDS, runs for
`run_seconds`, and leaves its document at the end of its run. What went on paper stands in `slips`, what was asked in
`calls`.

What may go wrong is scripted before it strikes (`nth` counts from now; `of` names a type of task, None means any but readings):

    on_post(answer, stored=…, after=…)   this answer to a POST; the task is stored all the same, or `after` seconds later
    on_poll(answer)                      this answer to a look; of="unknown" for a uuid that is not there
    on_run(Run(…))                       how a task runs: error code, registered or not, blocked, bare, twice
    on_stored(of=…)                      a task that stays in `wait` while others pass it
    on_delete()                          a race: `Removed`, and it prints all the same
    reachable, silent                    False: nobody connects; True: connects and hears nothing, nothing is stored
    stand_still(), go_on()               everything stays in `wait` (switched off, queue blocked)
    lose_store(), swap_fn(), print_foreign(), driver.shift_state = "expired"

With `clock.at(seconds, action)` any of it happens while the loop waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ops.chaos.virtual.fake_clock import FakeClock
from ops.chaos.virtual.fake_driver import FakeDriver, Slip, is_fiscal
from ops.chaos.virtual.fake_scripts import Scripts
from worker.adapters.atol import documents
from worker.adapters.atol.codes import lookup
from worker.domain.answers import (
    DeleteAnswer,
    Fault,
    Final,
    Known,
    Missing,
    NeverSent,
    Outcome,
    Pending,
    PollAnswer,
    PostAnswer,
    Removed,
    Silent,
    Stage,
    Taken,
    TooLate,
    Unanswered,
)
from worker.domain.proof import Document

FLOOR_SECONDS = 0.1


@dataclass(frozen=True)
class Run:
    """
    How one task runs.

    Args:
        code: the error number that the driver gives; 0 for none.
        registered: whether the document is closed all the same; None: as the code says.
        blocked: seconds in which the register cannot tell, after which it knows.
        times: more than one when the server repeated it after a crash of its own (reference 7.3).
        bare: `ready` without a result.

    """

    code: int = 0
    registered: bool | None = None
    blocked: float = 0.0
    times: int = 1
    bare: bool = False


@dataclass(frozen=True)
class Carried:
    """What the driver has done once: for whom, what, and the document that it left, if it left one."""

    uuid: str
    type: str
    document: int | None
    fn_number: str
    repeated: bool


@dataclass
class _Submission:
    uuid: str
    task: Mapping[str, Any]
    posted: float
    run: Run | None = None  # since the worker has taken it
    ends: float = 0.0
    final: Final | None = None


class FakeRegister:
    """See above."""

    def __init__(self, clock: FakeClock, run_seconds: float = 0.3) -> None:
        self.clock = clock
        self.run_seconds = run_seconds
        self.driver = FakeDriver()
        self.door: str | None = "v1 fake"
        self.floor_seconds = FLOOR_SECONDS
        self.reachable, self.silent = True, False
        self.calls: list[tuple[str, str]] = []
        self.carried: list[Carried] = []
        self._store: dict[str, _Submission] = {}
        self._queue: list[_Submission] = []
        self._still, self._free = False, 0.0
        self._scripts = Scripts()

    @property
    def slips(self) -> list[Slip]:
        """Every document of the FN that is in the register now."""
        self._advance()
        return self.driver.slips

    def slips_of(self, marker: str) -> list[Slip]:
        """The documents that carry a marker: two of them are the accident that must not happen."""
        return [slip for slip in self.slips if slip.marker == marker]

    # what may go wrong
    def on_post(
        self,
        answer: PostAnswer,
        *,
        stored: bool = False,
        after: float = 0,
        of: str | None = None,
        nth: int = 1,
    ) -> None:
        """Plan the answer to a POST, and whether and when it is stored."""
        self._scripts.add("post", (answer, stored, after), of, nth)

    def on_poll(self, answer: PollAnswer, *, of: str | None = None, nth: int = 1) -> None:
        """Plan the answer to a poll."""
        self._scripts.add("poll", answer, of, nth)

    def on_run(self, run: Run, *, of: str | None = None, nth: int = 1) -> None:
        """Plan how a task ends."""
        self._advance()
        self._scripts.add("run", run, of, nth)

    def on_stored(self, *, of: str | None = None, nth: int = 1) -> None:
        """Plan a task that the register's worker never comes to, though it takes others."""
        self._scripts.add("store", True, of, nth)

    def on_delete(self, *, of: str | None = None, nth: int = 1) -> None:
        """Plan a DELETE that answers 200 and removes nothing."""
        self._scripts.add("delete", True, of, nth)

    def stand_still(self) -> None:
        """Begin no further task."""
        self._advance()
        self._still = True

    def go_on(self) -> None:
        """Begin the tasks that wait."""
        self._still, self._free = False, max(self._free, self.clock.monotonic())

    def lose_store(self) -> None:
        """Forget every task."""
        self._advance()
        self._store.clear()
        self._queue.clear()

    def swap_fn(self, number: str) -> None:
        """Another FN, with nothing on it."""
        self._advance()
        self.driver.fn_number, self.driver.slips = number, []

    def print_foreign(self, total: Decimal = Decimal("1.00"), marker: str | None = None) -> None:
        """Somebody else prints."""
        self._advance()
        self.driver.write(Slip(0, "", "sell", total, marker), self.clock.monotonic())

    # ports.Register
    def forget(self) -> None:
        """There is nothing to find out anew."""

    def knock(self) -> str | None:
        """Its door is known."""
        return self.door

    def post(self, uuid: str, task: Mapping[str, Any]) -> PostAnswer:
        """Take one task, as the register's server does."""
        self.calls.append(("post", uuid))
        if not self.reachable:
            return NeverSent("nobody connects")
        if self.silent:
            return Unanswered("connects and hears nothing")
        self._advance()
        answer, stored, after = self._scripts.strike("post", task["type"]) or (None, True, 0.0)
        if uuid in self._store:
            return answer or Known("the uuid is there")
        if stored and after:
            self.clock.at(self.clock.monotonic() + after, lambda: self._keep(uuid, task))
        elif stored:
            self._keep(uuid, task)
        return answer or Taken()

    def poll(self, uuid: str) -> PollAnswer:
        """Say how a task stands."""
        self.calls.append(("poll", uuid))
        if not self.reachable or self.silent:
            return Silent("hears nothing")
        self._advance()
        held = self._store.get(uuid)
        scripted: PollAnswer | None = self._scripts.strike("poll", held.task["type"] if held else "unknown")
        if scripted is not None:
            return scripted
        return self._status(held) if held else Missing()

    def delete(self, uuid: str) -> DeleteAnswer:
        """Remove a task that waits; what was planned may let it run all the same."""
        self.calls.append(("delete", uuid))
        if not self.reachable or self.silent:
            return Silent("hears nothing")
        self._advance()
        held = self._store.get(uuid)
        if held is None:
            return Missing()
        if held.final is not None or held.run is not None:
            return TooLate("it runs or is done")
        held.final = Final(Outcome.CANCELED, fault=Fault.TRANSIENT)
        if not self._scripts.strike("delete", held.task["type"]) and held in self._queue:
            self._queue.remove(held)
        return Removed()

    def read_document(self, result: Mapping[str, Any] | None, number: int) -> Document | None:
        """As the real adapter reads it."""
        return documents.read_document(result, number)

    # how it works
    def _keep(self, uuid: str, task: Mapping[str, Any]) -> None:
        if uuid not in self._store:
            self._store[uuid] = held = _Submission(uuid, task, self.clock.monotonic())
            if not self._scripts.strike("store", task["type"]):
                self._queue.append(held)

    def _status(self, held: _Submission) -> PollAnswer:
        if held.final is not None:
            return held.final
        if held.run is None:
            return Pending(Stage.WAITING)
        is_blocked = held.run.blocked and self.clock.monotonic() >= held.ends - held.run.blocked
        return Pending(Stage.BLOCKED if is_blocked else Stage.RUNNING)

    def _advance(self) -> None:
        """Do what the register's worker has done until now."""
        while self._queue:
            held = self._queue[0]
            if held.run is None:
                begins = max(held.posted + self.floor_seconds, self._free)
                if self._still or begins > self.clock.monotonic():
                    return
                held.run = self._scripts.strike("run", held.task["type"]) or Run()
                held.ends = begins + self.run_seconds + held.run.blocked
            if held.ends > self.clock.monotonic():
                return
            self._free = held.ends
            del self._queue[0]
            held.final = self._finish(held, held.run)

    def _finish(self, held: _Submission, run: Run) -> Final:
        code = run.code or self.driver.refusal(held.task, held.ends)
        registered = not code if run.registered is None else run.registered
        times = range(run.times if registered else 0)
        results = [self._carry_out(held, repeated=run.times > 1) for _ in times]
        found_out = run.blocked and registered and is_fiscal(held.task["type"])
        if code and not found_out:
            known = lookup(code)
            return Final(Outcome.ERROR, code, known.text, known.fault, known.doubtful)
        return Final(Outcome.READY, 0, "Ошибок нет", result=results[-1] if results and not run.bare else None)

    def _carry_out(self, held: _Submission, *, repeated: bool) -> Mapping[str, Any] | None:
        before = len(self.driver.slips)
        result = self.driver.carry_out(held.uuid, held.task, held.ends)
        document = len(self.driver.slips) if len(self.driver.slips) > before else None
        done = Carried(held.uuid, held.task["type"], document, self.driver.fn_number, repeated)
        self.carried.append(done)
        return result
