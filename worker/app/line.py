"""One register's line: what the printing loop works with, and what it remembers between jobs."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median

from pydantic import ValidationError

from worker.app.binding import Binding, bind, bound
from worker.app.met import Met
from worker.app.pilot import Pilot
from worker.app.standstill import Cause, Standstill
from worker.domain.actions import Footing
from worker.domain.errors import Fenced, LedgerError, PlaceTaken
from worker.domain.events import Event, Evidence
from worker.domain.identity import OUR_PREFIX
from worker.domain.job import Job, State
from worker.domain.policy import Limits, poll_pause
from worker.domain.ports import Clock, Ledger, Register
from worker.domain.proof import Document, is_other_fn
from worker.domain.shifts import CLOSE
from worker.domain.tasks import Defaults
from worker.domain.verdicts import Fiscal

RECENT = (
    200  # jobs looked through for a marker: the register's server repeats what it did last, not last month's
)
PACE_MEMORY = 15  # recent jobs per type by which the pace is set: enough to forget one slow receipt


class StillInDoubt(Exception):
    """The FN was read and still leaves two answers open: only a person can settle this."""


class Stopped(Exception):
    """The worker is to stop: the job stays where the ledger has it, and the next worker goes on."""


class Pace:
    """How long jobs of a type have usually taken on this register, from the POST to the final answer."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._seconds: dict[str, list[float]] = {}

    def note(self, task_type: str, seconds: float) -> None:
        """A job of this type has taken so long."""
        recent = self._seconds.setdefault(task_type, [])
        recent.append(seconds)
        del recent[:-PACE_MEMORY]

    def usual(self, task_type: str) -> float | None:
        """The median of the recent ones, None before the first."""
        recent = self._seconds.get(task_type)
        return median(recent) if recent else None


@dataclass
class Line:
    """
    Register, ledger and clock of one line, with what is known of it in this process.

    Args:
        guard: called right before every POST; raises Fenced when the lease has no time left.
        watch: told of each change of a job, and of each setback, for Flower and the log.
        evidence: the FN as last known; None when it must be asked afresh.
        settled: what the settings say of the register that it must be.
        identified: the register has shown that it is the bound one since it was last out of reach.
        asked_at: since when each outstanding reading that waits has been waited for.
        marked: documents by their markers, those of ours that this process met last.
        pilot: what is known of the shift, where it is looked after; None where it is not.
        looked_at: when the register was last asked for while nothing printed.
        looked_for: the job, and its place, for which the FN was looked through once more before it is sent.
        totals_of: the closing, and its place, before which the register was asked what it had counted in the shift.
        off: a job died of a register that does not work; until it answers again, no further one may.

    """

    register: Register
    ledger: Ledger
    clock: Clock
    limits: Limits
    defaults: Defaults
    guard: Callable[[], None] = lambda: None
    watch: Callable[[Job, str], None] = lambda *_: None
    evidence: Evidence | None = None
    off: bool = False
    pilot: Pilot | None = None
    settled: Binding = field(default_factory=Binding)
    identified: bool = False
    asked_at: dict[str, float] = field(default_factory=dict)
    marked: dict[str, list[Document]] = field(default_factory=dict)
    totals_of: tuple[str, int] | None = None
    looked_at: float = float("-inf")
    looked_for: tuple[str, int] | None = None
    pace: Pace = field(default_factory=Pace)
    met: Met = field(init=False)
    _stood_at: float = field(default=0.0, init=False)
    _standstill: Standstill | None = field(default=None, init=False)
    _standstill_known: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Take up what a process before has met."""
        self.met = Met(self.ledger)

    def footing(self, job: Job) -> Footing:
        """What a submission of this job would stand on; what is older than its time is asked for afresh."""
        aged = self.clock.monotonic() - self._stood_at > self.limits.evidence_max_seconds
        aged = aged or self.owes_totals(job) or self.owes_look(job)
        before = self.met.document(job)
        recorded = self.marked.get(job.marker or "") or ((before,) if before is not None else ())
        evidence, kept = None if aged else self.evidence, self.pilot is not None
        return Footing(evidence, self.off, recorded, self._twin(job), kept)

    def owes_totals(self, job: Job) -> bool:
        """Whether the register's totals of the shift are to be asked for, once, before this job closes it."""
        is_next = job.type == CLOSE and job.state is State.QUEUED and job.found is None
        return is_next and self.totals_of != (job.id, job.place)

    def task_before(self, job: Job) -> str | None:
        """The shift's task for which this job gives way, while nothing of it is under way."""
        if self.pilot is None or job.state is not State.QUEUED or job.found is not None:
            return None
        return self.pilot.task_before(job)

    def _twin(self, job: Job) -> str | None:
        """
        A doubt that one document could settle as well as this job (promises §2, guard 10).

        A shift report of ours is sent on the register's word about its shift, and passes: a shop must be able to sell.
        """
        if job.marker is not None or not job.is_fiscal or job.id.startswith(OUR_PREFIX):
            return None
        doubts = (self.ledger.load(doubt) for doubt in self.ledger.doubts() if doubt != job.id)
        equal = (
            doubt.id
            for doubt in doubts
            if doubt is not None and (doubt.marker, doubt.type, doubt.total) == (None, job.type, job.total)
        )
        return next(equal, None)

    def pause(self, seconds: float) -> None:
        """Wait, and hand over at once when the worker is to stop."""
        if self.clock.pause(seconds):
            raise Stopped

    def stand_on(self, evidence: Evidence | None) -> None:
        """The FN as the register has just shown it; None when it must be asked afresh."""
        self.evidence, self._stood_at = evidence, self.clock.monotonic()

    def lose_shift(self) -> None:
        """What is known of the shift is void: the register is asked before anything else is sent, or else when nothing prints."""
        if self.pilot is not None:
            self.pilot.shift = None
            self.stand_on(None)
        else:
            self.looked_at = float("-inf")

    def bind(self, seen: Binding) -> str | None:
        """Why the line must not go on with the register that was seen; None when it may (promises P5)."""
        is_first = bound(self.ledger).fn is None
        refusal = bind(self.ledger, self.settled, seen)
        if refusal is None and is_first:
            told = f"line.bound for good: FN {seen.fn}, serial number {seen.serial}, tax id {seen.inn}"
            self.watch(Job("", self.ledger.register), told)
        self.identified = refusal is None
        if refusal is not None:
            self.stand_on(None)  # what was known of the one before sends nothing to this one
        self.met = Met(self.ledger)  # those of another FN are forgotten
        return refusal

    def stand_still(self, cause: Cause, text: str = "") -> None:
        """Keep why the line stands still, once for each cause."""
        known = self.standstill
        if known is None or known.cause is not cause:
            self._standstill = Standstill(cause=cause, text=text, since=self.clock.now())
            self.ledger.remember(standstill=self._standstill.model_dump_json())

    def go_on(self, causes: Container[Cause] = frozenset(Cause)) -> None:
        """Forget why it stood still, if it was for one of these causes."""
        known = self.standstill
        if known is not None and known.cause in causes:
            self._standstill = None
            self.ledger.remember(standstill=None)

    @property
    def standstill(self) -> Standstill | None:
        """Why the line stands still, as far as that is known."""
        if not self._standstill_known:
            kept = self.ledger.recall().get("standstill")
            with suppress(ValidationError):  # not ours: it is written anew when there is a cause
                self._standstill = Standstill.model_validate_json(kept) if kept else None
            self._standstill_known = True
        return self._standstill

    def owes_look(self, job: Job) -> bool:
        """Whether the FN is looked through for a job before it is sent: a person says that it did not print, or it was met before."""
        if job.state is not State.QUEUED or job.marker is None or self.looked_for == (job.id, job.place):
            return False
        return (job.on_word and job.submission > 0) or self.met.number(job) is not None

    def recorded(self, job: Job, fn: str | None) -> Mapping[int, Job]:
        """The other jobs printed lately by their documents on this FN: each FN counts from 1."""
        others = (self.ledger.load(recent) for recent in self.ledger.recent(RECENT) if recent != job.id)
        return {
            other.fiscal.document_number: other
            for other in others
            if other is not None and other.fiscal is not None and other.fiscal.document_number is not None
            if not is_other_fn(_fn_of(other.fiscal, other.evidence), fn)
        }

    def poll_pause(self, task_type: str, waited: float) -> float:
        """Seconds until the next look at a submission that has been at the register for `waited` seconds."""
        return poll_pause(
            waited, self.pace.usual(task_type), self.register.floor_seconds, self.limits.poll_max_seconds
        )

    def append(self, job: Job, event: Event) -> Job:
        """
        Write the event, however long Redis is away: what the register has said must not be lost.

        The write is idempotent. Raises Fenced or PlaceTaken when another worker has moved on, Stopped when told to.
        """
        setbacks = 0
        while True:
            try:
                moved = self.ledger.append(job, event)
            except (Fenced, PlaceTaken):
                raise
            except LedgerError as error:
                setbacks += 1
                self.watch(job, f"ledger.unreachable {error}")
                self.pause(self.limits.backoff(setbacks))
            else:
                self.watch(moved, event.name)
                if moved.state is State.PRINTED:
                    with suppress(LedgerError):  # one too many is harmless
                        self.met.settle(moved)
                return moved


def _fn_of(fiscal: Fiscal, evidence: Evidence | None) -> Evidence | None:
    """Which FN a document stands on: as it says itself, else the one before which it was sent."""
    return Evidence(fn_number=fiscal.fn_number) if fiscal.fn_number else evidence
