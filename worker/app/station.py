"""
One worker's hold of one register: lease, intake, the task's run, and the watch over all three.

Celery calls `open`, `run` and `close`; everything that prints goes through `run`, one job at a time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Lock, Thread
from typing import NoReturn

from structlog.contextvars import bound_contextvars

from worker.app import logs
from worker.app.autopilot import look_at_shift, make_way
from worker.app.clock import RealClock
from worker.app.foresight import Foresight
from worker.app.intake import read_entry
from worker.app.line import Line, Stopped
from worker.app.owner import Owner
from worker.app.printing import print_job
from worker.app.reconciling import reconcile_closed, reconcile_left
from worker.app.recovering import LeaseKeeper, settle_doubts
from worker.app.standstill import Cause
from worker.app.surveying import look_at_register
from worker.domain.errors import Fenced, LedgerError, PlaceTaken, Unreadable
from worker.domain.job import Job, State
from worker.domain.ports import Admission, Candidate
from worker.domain.tasks import Known

PEEK_SECONDS = 1.0  # the inbox is watched in turns of this length; between them the queue is looked after

HELD_SECONDS = 1.0  # between two looks whether a held line may go on

SETTLE_SECONDS = 2.0  # between two looks for doubts while nothing prints

LIVE_EVENTS = {
    State.SUBMITTING: "task-submitting",
    State.WAITING: "task-waiting_register",
    State.PRINTING: "task-printing",
}  # what Flower shows of a job under way (reference/celery-on-redis §9): an underscore, since it upper-cases the suffix


class Station:
    """The worker of one register. Made once per process; `open` is called again whenever the broker comes back."""

    def __init__(
        self, line: Line, clock: RealClock, owner: Owner, foresight: Foresight | None = None
    ) -> None:
        """Nothing is held yet."""
        self.line = line
        self._clock = clock
        self._owner = owner
        self._log = logs.logger().bind(register=line.ledger.register)
        self._keeper = LeaseKeeper(line.ledger, clock, line.limits.lease_seconds, self._lost)
        self._doubts_held: dict[str, float] = {}
        self._stumbled_over: bytes | None = None
        self._running: str | None = None
        self._busy_at = self._idle_since = clock.monotonic()
        self._foresight = foresight
        self._threads: list[Thread] = []
        self._hands = Lock()  # one pair of hands at the register: the task's run, or the settling of doubts
        self._tell: Callable[..., None] = _nobody
        line.guard = self._keeper.guard
        line.watch = self._watch

    def open(self, prepare: Callable[[], None], waiting: Callable[[], None], *, standby: bool) -> str | None:
        """
        Take the lease, rebuild the queue, start the intake.

        Args:
            prepare: loads the library and enters the register; called before each try.
            waiting: called between tries; raises to break off.
            standby: wait for the lease for ever; otherwise for one life of it.

        Returns: None, or the owner that holds the register when this worker shall not have it.

        """
        began = self._clock.monotonic()
        patience = self.line.limits.lease_seconds * 1.2
        told: str | None = None
        while True:
            prepare()
            holder = self._keeper.acquire(self._owner.id)
            if holder is None:
                break
            if not standby and self._clock.monotonic() - began > patience:
                return holder
            if holder != told:
                self._log.info("lease.held_elsewhere", holder=holder, standby=standby)
                told = holder
            waiting()
            if self._clock.pause(min(1.0, self.line.limits.lease_seconds / 3)):
                waiting()
        tickets = self.line.ledger.rebuild(running=self._running)
        self._busy_at = self._clock.monotonic()
        self._log.info("line.opened", owner=self._owner.id, tickets=tickets)
        if not self._threads:
            for work in (self._take_in, self._settle):
                self._threads.append(Thread(target=work, name=work.__name__, daemon=True))
                self._threads[-1].start()
        return None

    def close(self) -> None:
        """Stop the intake and give the lease back, so that the next worker need not wait."""
        self._clock.stop.set()
        for thread in self._threads:
            thread.join(2 * PEEK_SECONDS)
        self._keeper.release()
        self._log.info("line.closed")

    def run(self, job_id: str, tell: Callable[..., None]) -> Job | None:
        """
        Take the job of a ticket to its end, if it is its turn.

        Args:
            job_id: all that a ticket says.
            tell: sends a custom task event for Flower.

        Returns: the job that ended in this run; None when the ticket was out of turn, or the job was handed over.

        """
        self._tell = tell
        with bound_contextvars(job=job_id, register=self.line.ledger.register):
            self._running = job_id
            setbacks = 0
            try:
                while True:
                    try:
                        with self._hands:
                            return self._run(job_id)
                    except LedgerError as error:
                        if isinstance(error, Fenced):
                            restart(str(error))
                        setbacks += 1
                        if isinstance(error, Unreadable):
                            self._stand_before(error)
                        else:
                            moved = isinstance(error, PlaceTaken)  # a person was quicker: load it again
                            name = "job.moved_on" if moved else "ledger.unreachable"
                            self._log.warning(name, reason=str(error))
                        self.line.pause(self.line.limits.backoff(setbacks))
            except Stopped:
                self._log.info("job.handed_over")
                return None
            finally:
                self._running, self._tell = None, _nobody
                self._busy_at = self._idle_since = self._clock.monotonic()

    def _run(self, job_id: str) -> Job | None:
        ledger = self.line.ledger
        job = ledger.load(job_id)
        if job is None or job.is_final:
            self._log.debug("ticket.spent")  # it was delivered twice (fault 12)
            ledger.top_up()
            return None
        self._wait_while_held()
        if ledger.head() != job_id:
            self._log.info("ticket.out_of_turn")
            ledger.rebuild()
            return None
        settle_doubts(self.line, self._doubts_held)
        self.line.go_on({Cause.HISTORY_UNREADABLE})
        run = print_job(job, self.line)
        if (task := self.line.task_before(run.job)) is not None:
            make_way(self.line, task)
            return None
        self._canonical(run.job, run.polls, run.waited_seconds)
        reconcile_closed(self.line, run.job)
        ledger.top_up()
        return run.job

    def _stand_before(self, error: Unreadable) -> None:
        """Fail closed: what another version wrote may be a submission."""
        self._log.error("history.unreadable", what=error.job, reason=str(error))
        with suppress(LedgerError):
            self.line.stand_still(Cause.HISTORY_UNREADABLE, error.job)

    def _wait_while_held(self) -> None:
        """A person's word stops the line before its next job; what is in doubt is asked for all the same."""
        while (held := self._held_by()) is not None:
            self.line.stand_still(Cause.HELD, held)
            settle_doubts(self.line, self._doubts_held, lambda: self._held_by() is None)
            self.line.pause(HELD_SECONDS)
        self.line.go_on({Cause.HELD})

    def _held_by(self) -> str | None:
        return self.line.ledger.recall().get("held")

    def _canonical(self, job: Job, polls: int = 0, waited_seconds: float = 0.0) -> None:
        """One line ends each job."""
        speak = self._log.info if job.state is State.PRINTED and not job.doubled else self._log.error
        speak(
            f"job.{job.state.value}",
            type=job.type,
            verdict=job.verdict.value if job.verdict else None,
            reason=job.reason.code.value if job.reason else None,
            register_code=job.reason.register_code if job.reason else None,
            submissions=job.submission,
            polls=polls,
            waited_seconds=round(waited_seconds, 3),
            seconds=_between(job.accepted_at, job.updated_at),
            document=job.fiscal.document_number if job.fiscal else None,
            doubled=list(job.doubled) or None,
        )

    def _watch(self, job: Job, note: str) -> None:
        """Each change and each setback, for the log and for Flower."""
        live = LIVE_EVENTS.get(job.state)
        if " " in note or "." in note:
            name, _, text = note.partition(" ")
            self._log.warning(name, job=job.id, state=job.state.value, reason=text or None)
            self._show("task-register_unclear", name)
        else:
            self._log.debug(
                "job.moved",
                job=job.id,
                event_name=note,
                state=job.state.value,
                submission=job.submission,
                verdict=job.verdict.value if job.verdict else None,
                doubled=len(job.doubled),
            )
            if live is not None and note != "waited":
                self._show(live, f"submission {job.submission}")

    def _show(self, event: str, result: str) -> None:
        """Tell Flower; a broker that is away must not keep the loop from its work."""
        with suppress(Exception):
            self._tell(event, result=result, retry=False)

    def _take_in(self) -> None:
        """The intake's thread: peek, judge, admit; and between two peeks look after the queue."""
        setbacks, idle = 0, 0
        while not self._clock.stop.is_set():
            try:
                entry = self.line.ledger.peek(PEEK_SECONDS)
                if entry is not None:
                    self._admit(entry)
                idle = self._look_after(idle)
                setbacks = 0
            except Fenced as error:
                if not self._clock.stop.is_set():
                    restart(str(error))
            except Exception as error:  # noqa: BLE001 - this thread is the only one that takes jobs in
                setbacks += 1
                self._setback("intake.hindered", error)
                self._clock.pause(self.line.limits.backoff(setbacks))

    def _settle(self) -> None:
        """The settler's thread: what is to be done while nothing prints, for doubts and for the shift."""
        while not self._clock.pause(SETTLE_SECONDS):
            try:
                if self._running is None and self.line.ledger.doubts():
                    with self._hands:
                        settle_doubts(self.line, self._doubts_held, lambda: self._running is not None)
                if self._running is None and self.line.ledger.head() is None:
                    with self._hands:
                        idle_seconds = self._clock.monotonic() - self._idle_since
                        look_at_register(self.line)
                        look_at_shift(self.line, idle_seconds)
                        reconcile_left(self.line)
                        if self._foresight is not None:
                            self._foresight.look(idle_seconds)
            except Stopped:
                return
            except Fenced as error:
                if not self._clock.stop.is_set():
                    restart(str(error))
            except PlaceTaken as error:  # a person has settled it meanwhile
                self._log.info("doubt.moved_on", reason=str(error))
            except Exception as error:  # noqa: BLE001 - this thread is the only one that settles a last doubt
                self._setback("doubts.hindered", error)

    def _setback(self, name: str, error: Exception) -> None:
        """Whatever it was, the ledger says where things stand, and the thread tries again; with a trace if nobody knows it."""
        unknown = not isinstance(error, LedgerError)
        self._log.warning(name, reason=str(error) or type(error).__name__, exc_info=unknown)

    def _admit(self, entry: bytes) -> None:
        ledger = self.line.ledger
        try:
            known = Known.remembered(ledger.recall())
            candidate = read_entry(entry, ledger.register, self.line.defaults, self._clock.now(), known)
            admission = ledger.admit(candidate)
        except LedgerError:
            raise
        except Exception as error:
            if entry != self._stumbled_over:  # once may be chance, and in quarantine nobody would print it
                self._stumbled_over = entry
                raise
            self._log.exception("intake.broken")  # its bytes are kept, and the line moves on
            candidate = Candidate(
                entry, why=f"{type(error).__name__}: an entry that fiscalq could not take in"
            )
            admission = ledger.admit(candidate)
        job = candidate.job
        if admission is Admission.QUARANTINED:
            self._log.error(
                "entry.quarantined",
                job=job.id if job else None,
                reason=candidate.why or "id known with other content",
            )
        elif admission is Admission.TAKEN and job is not None:
            with bound_contextvars(job=job.id):
                if job.state is State.DEAD:
                    self._canonical(job)
                else:
                    self._log.info("job.accepted", type=job.type)

    def _look_after(self, idle: int) -> int:
        """Rebuild a queue that has lost its tickets; end a worker that has gone deaf (design §6)."""
        ledger, now = self.line.ledger, self._clock.monotonic()
        if self._running is not None or ledger.head() is None:
            self._busy_at = now
            return 0
        if now - self._busy_at > self.line.limits.deaf_seconds:
            restart(f"open jobs, and nothing begun for {self.line.limits.deaf_seconds:.0f} s")
        if not ledger.is_idle_wrongly():
            return 0
        if idle:
            self._log.warning("queue.rebuilt", tickets=ledger.rebuild())
            return 0
        return idle + 1

    def _lost(self, why: str) -> None:
        if not self._clock.stop.is_set():
            restart(why)


def _between(first: str, last: str) -> float:
    """Seconds of the wall clock, for display alone; nought when it was stepped back meanwhile."""
    return max(0.0, (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds())


def _nobody(*_: object, **__: object) -> None:
    """Outside of a task there is nobody to tell."""


def restart(why: str) -> NoReturn:
    """
    End this process and begin anew under the same process id, so that nothing of it can go on printing.

    A lost lease and a deaf worker are both left this way; whatever was under way stands in the ledger.
    """
    logs.logger().error("worker.restarted", reason=why)
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command line
