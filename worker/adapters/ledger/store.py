"""What the ledger in memory keeps, and how a job moves between its sets; the rules of `fiscalq.lua` once more."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, fields
from itertools import islice
from threading import Condition

from worker.domain.job import Job
from worker.domain.ports import Lease
from worker.domain.verdicts import Verdict


@dataclass
class Record:
    """What is kept of one job: its history as text, the task's bytes, and the view."""

    history: list[str]
    task: bytes
    options: str
    hash: str
    job: Job
    answer: str


@dataclass
class MemoryStore:
    """
    What Redis would hold of one register; ledgers of several workers share one.

    Args:
        inbox: entries, oldest first.
        reserved: hash of each job that was enqueued and not taken in yet.
        open: number of each open job, in order; likewise `doubts`.
        queue: jobs that have a ticket, oldest first; whoever plays Celery takes them out …
        unacked: … and keeps them here until done.
        quarantine: reason and bytes of each entry that became no job.
        events: job, state, verdict (or "") and time of each change.
        lease: the token, and when it runs out.
        is_away: every call raises LedgerError, as when Redis does not answer.

    """

    inbox: deque[bytes] = field(default_factory=deque)
    reserved: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, Record] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)
    doubts: dict[str, int] = field(default_factory=dict)
    queue: deque[str] = field(default_factory=deque)
    unacked: list[str] = field(default_factory=list)
    quarantine: list[tuple[str, bytes]] = field(default_factory=list)
    events: list[tuple[str, str, str, str]] = field(default_factory=list)
    line: dict[str, str] = field(default_factory=dict)
    acts: list[dict[str, str]] = field(default_factory=list)
    lease: tuple[Lease, float] | None = None
    accepted: int = 0
    fence: int = 0
    ticketed: int = 0
    is_away: bool = False
    changed: Condition = field(default_factory=Condition)

    def wipe(self) -> None:
        """Forget everything, as a Redis does whose disk was lost."""
        with self.changed:
            fresh = MemoryStore(changed=self.changed)
            for kept in fields(self):
                setattr(self, kept.name, getattr(fresh, kept.name))

    def tell(self, job: Job) -> None:
        """One more change for whoever follows the events."""
        verdict = job.verdict.value if job.verdict else ""
        self.events.append((job.id, job.state.value, verdict, job.updated_at))

    def file(self, job: Job, tickets: int) -> None:
        """Put the job into the set of its state; one that joins the line gets its ticket."""
        if not job.is_final:
            if job.id not in self.open:
                self.accepted += 1
                self.open[job.id] = self.accepted
                self.hand_out(tickets)
            return
        number = self.open.pop(job.id, None)
        if job.verdict is not Verdict.IN_DOUBT:
            self.doubts.pop(job.id, None)
        elif number is not None:
            self.doubts[job.id] = number

    def hand_out(self, tickets: int, running: str | None = None) -> int:
        """Give tickets to the open jobs that never had one, in order, as far as there is room. Returns how many."""
        room = max(tickets - len(self.queue), 0)
        chosen = list(islice((job for job, number in self.open.items() if number > self.ticketed), room))
        if chosen:
            self.ticketed = self.open[chosen[-1]]
        handed = [job for job in chosen if job != running]
        self.queue.extend(handed)
        return len(handed)
