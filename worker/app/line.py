"""One register's line: what the printing loop works with, and what it remembers between jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from worker.domain.actions import Footing
from worker.domain.errors import Fenced, LedgerError, PlaceTaken
from worker.domain.events import Doubled, Event, Evidence
from worker.domain.identity import marker
from worker.domain.job import Job
from worker.domain.policy import Limits, poll_pause
from worker.domain.ports import Clock, Ledger, Register
from worker.domain.proof import Document
from worker.domain.tasks import Defaults

RECENT = (
    200  # jobs looked through for a marker: the register's server repeats what it did last, not last month's
)
PACE_MEMORY = 15  # recent jobs per type by which the pace is set: enough to forget one slow receipt


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
        marked: documents by their markers, as far as they were met while accounting for a gap.
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
    marked: dict[str, Document] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)

    def footing(self, job: Job) -> Footing:
        """What a submission of this job would stand on."""
        return Footing(self.evidence, self.off, self.marked.get(job.marker or ""))

    def pause(self, seconds: float) -> None:
        """Wait, and hand over at once when the worker is to stop."""
        if self.clock.pause(seconds):
            raise Stopped

    def bound_elsewhere(self, seen: str | None) -> str | None:
        """
        The FN that this line is bound to, when it is another one than was seen; None when the line may go on.

        The first FN binds the line; another one needs a named person's word (promises P5).
        """
        facts = self.ledger.recall()
        bound = facts.get("fn")
        if seen is None or seen == bound:
            return None
        if bound is None or facts.get("accept_fn") == seen:
            self.ledger.remember(fn=seen, accept_fn=None)
            return None
        return bound

    def heed(self, document: Document) -> None:
        """Tell when a document carries the marker of a job that is on record with another one (fault 5, guard 7)."""
        if not document.markers:
            return
        for recent in self.ledger.recent(RECENT):
            if marker(self.ledger.register, recent) not in document.markers:
                continue
            job = self.ledger.load(recent)
            known = (job.fiscal.document_number, *job.doubled) if job is not None and job.fiscal else None
            if job is not None and known is not None and document.number not in known:
                moved = self.append(job, Doubled(at=self.clock.now(), document=document.number))
                self.watch(moved, f"job.doubled {doubled(moved, document.number)}")

    def recorded(self, job: Job) -> set[int]:
        """The documents that are on record for other jobs printed lately."""
        others = (self.ledger.load(recent) for recent in self.ledger.recent(RECENT) if recent != job.id)
        fiscal = [other.fiscal.document_number for other in others if other is not None and other.fiscal]
        return {number for number in fiscal if number is not None}

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
                return moved


def doubled(job: Job, number: int) -> str:
    """What the log says of a receipt that the register printed twice."""
    first = job.fiscal.document_number if job.fiscal else None
    return (
        f"the register printed {job.id} twice: FD {first} and {number}. Do not refund by hand; "
        "a correction needs a named person."
    )
