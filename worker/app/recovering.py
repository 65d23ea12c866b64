"""What keeps a line true: the lease, and doubts that settle by themselves."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex
from threading import Event as Signal
from threading import Thread

from worker.app import logs
from worker.app.line import Line, StillInDoubt
from worker.app.printing import Run
from worker.app.standstill import Cause
from worker.domain.errors import Fenced, LedgerError
from worker.domain.events import EvidenceVoided
from worker.domain.identity import OUR_PREFIX
from worker.domain.job import Job
from worker.domain.ports import Clock, Ledger
from worker.domain.tasks import Kind

RENEWALS = 3  # per life of a lease: two may be lost
READ_OUT = float("inf")  # all that the register could say about a doubt has been read: a person settles it
POST_MARGIN_SECONDS = 0.5  # a POST leaves at once or not at all; this much of the lease must be left for it


class LeaseKeeper:
    """
    Holds a register's lease and renews it every third of its life; its loss is reported once, and ends the process.

    The deadline is counted from before the renewal was sent, so that it is never later than what Redis has.
    """

    def __init__(
        self, ledger: Ledger, clock: Clock, lease_seconds: float, lost: Callable[[str], None]
    ) -> None:
        """`lost` is called from the keeper's own thread with the reason."""
        self._ledger, self._clock, self._seconds, self._lost = ledger, clock, lease_seconds, lost
        self._deadline = float("-inf")
        self._done = Signal()
        self._thread: Thread | None = None

    def acquire(self, owner: str) -> str | None:
        """Take the lease, keep it if it is held already, or say who holds it."""
        if self._thread is not None and self._clock.monotonic() < self._deadline and self._ledger.renew():
            return None  # the broker came back: a new number would fence off our own run
        before = self._clock.monotonic()
        lease = self._ledger.acquire(owner, token_hex(8))
        if isinstance(lease, str):
            return lease
        self._deadline = before + self._seconds
        if self._thread is None:
            self._thread = Thread(target=self._keep, name="lease", daemon=True)
            self._thread.start()
        return None

    def guard(self) -> None:
        """Raise Fenced unless the lease has time left for a POST."""
        if self._clock.monotonic() > self._deadline - POST_MARGIN_SECONDS:
            raise Fenced("the lease has run out: another worker may hold the register")

    def release(self) -> None:
        """Stop renewing and give the lease back."""
        self._done.set()
        self._deadline = float("-inf")
        try:
            self._ledger.release()
        except LedgerError:
            return  # it runs out by itself

    def _keep(self) -> None:
        every, before = self._seconds / RENEWALS, self._clock.monotonic()
        while not self._done.wait(max(0.0, before + every - self._clock.monotonic())):
            before = self._clock.monotonic()
            try:
                held = self._ledger.renew()
            except Exception as error:  # noqa: BLE001 - without this thread the worker would never learn that its lease is gone
                if not isinstance(error, LedgerError):
                    logs.logger().warning("lease.hindered", reason=repr(error), exc_info=True)
                if before > self._deadline:
                    self._lost(f"the lease could not be renewed in time: {error}")
                    return
                continue
            if not held:
                if not self._done.is_set():
                    self._lost("another worker holds the lease, or Redis has lost it")
                return
            self._deadline = before + self._seconds


def settle_doubts(line: Line, held: dict[str, float], leave: Callable[[], bool] | None = None) -> None:
    """
    Settle what is in doubt before anything else is sent (promises §2, "Doubts and the line").

    A doubt holds its line for `limits.doubt_hold_seconds` in which the register answers; as long as it is silent, or a
    fence of ours waits in its queue, nothing would print anyway. After that it is asked for while nothing prints. A doubt
    about a shift report of ours holds nothing: what the register says of its shift is asked for before each receipt.

    Args:
        line: the register's line.
        held: seconds for which each doubt has held the line in this process; kept by the caller.
        leave: says that there is something better to do, asked between two steps; None before a job is sent.

    Raises: Stopped when the worker is to stop.

    """
    for doubt in line.ledger.doubts():
        job = line.ledger.load(doubt)
        most = 0.0 if doubt.startswith(OUR_PREFIX) else line.limits.doubt_hold_seconds
        spent = held.setdefault(doubt, 0.0) >= (most if leave is None else READ_OUT)
        if job is not None and job.in_doubt and job.is_proven_by_reading and not spent:
            _settle(job, line, held, leave or (lambda: False))


def _settle(job: Job, line: Line, held: dict[str, float], leave: Callable[[], bool]) -> None:
    """Ask and prove until it is settled. Only time in which the register answers and nothing of ours waits counts."""
    run, hold = Run(job, line), line.limits.doubt_hold_seconds
    passed = held[job.id] >= hold
    if line.standstill is None and not passed:
        line.stand_still(Cause.DOUBT, job.id)
    while run.job.in_doubt and not leave():
        began = line.clock.monotonic()
        try:
            run.step()
        except StillInDoubt:
            if passed:
                held[job.id] = READ_OUT
                return
            line.pause(line.limits.backoff_max_seconds)
        if run.is_heard and not run.stands_still:
            held[job.id] += line.clock.monotonic() - began
        elif passed:
            return  # it is asked for again when nothing prints
        if not passed and held[job.id] >= hold:
            _let_pass(run.job, line)
            return
    if not run.job.in_doubt:
        line.go_on({Cause.DOUBT})
        line.watch(run.job, "doubt.settled")


def _let_pass(job: Job, line: Line) -> None:
    """The line goes on, since a shop must be able to sell; whatever it sells moves the drawer, which proves no more."""
    if job.in_doubt and job.kind is Kind.CASH:
        job = line.append(job, EvidenceVoided(at=line.clock.now()))
    line.go_on({Cause.DOUBT})
    line.watch(job, "doubt.passed")
