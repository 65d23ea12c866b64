"""
What the core needs of the world: a register, a ledger, a clock.

The adapters implement these; fakes of them pass the same conformance suites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from worker.domain.answers import DeleteAnswer, PollAnswer, PostAnswer
from worker.domain.events import Event
from worker.domain.job import Job
from worker.domain.proof import Document


class Register(Protocol):
    """
    A cash register behind its web server.

    Every call is one HTTP exchange (or none), bounded in time, never repeated
    by the adapter, and answers in the words of `answers`; it raises nothing for what the world does.
    """

    @property
    def door(self) -> str | None:
        """Generation, address and device id by which tasks go in (`v2 http://…/api/v2 device=…`); None: not known yet."""

    @property
    def floor_seconds(self) -> float:
        """Seconds that the register's server sleeps between its looks for work: an earlier poll cannot help."""

    def knock(self) -> str | None:
        """Find out the generation if it is not known. Returns the door, or None when nothing of the protocol answers."""

    def forget(self) -> None:
        """Find the generation out anew at the next call: somebody else may answer by now."""

    def post(self, uuid: str, task: Mapping[str, Any]) -> PostAnswer:
        """POST one task. `task` holds Decimals; it is sent as exact JSON numbers."""

    def poll(self, uuid: str) -> PollAnswer:
        """Look at a submission once."""

    def delete(self, uuid: str) -> DeleteAnswer:
        """Ask for a waiting submission to be removed. `Removed` is a claim, not yet a proof."""

    def read_document(self, result: Mapping[str, Any] | None, number: int) -> Document | None:
        """The document in the result of a `getFnDocument` task; None when it does not hold document `number`."""


class Clock(Protocol):
    """Two clocks and a pause that ends early when the worker is to stop."""

    def now(self) -> str:
        """Wall clock, ISO 8601 UTC with milliseconds: for display alone."""

    def monotonic(self) -> float:
        """Seconds; decides fates."""

    def pause(self, seconds: float) -> bool:
        """Wait. True when the worker was told to stop meanwhile (then at once)."""


@dataclass(frozen=True)
class Lease:
    """
    The right to drive a register: a number that grows, and a nonce, since a wiped Redis counts from one again.

    Every write of a worker carries `token`.
    """

    owner: str
    number: int
    nonce: str

    @property
    def token(self) -> str:
        """As Redis holds it."""
        return f"{self.owner} {self.number} {self.nonce}"


class Admission(StrEnum):
    """What became of an inbox entry."""

    TAKEN = "taken"
    GONE = "gone"  # it is not the oldest any more: another worker was quicker
    DUPLICATE = "duplicate"  # the same id and bytes are known: dropped
    QUARANTINED = "quarantined"  # no readable id, or a known id with other bytes: kept


@dataclass(frozen=True)
class Candidate:
    """
    An inbox entry, read and judged; taken in by one step of the ledger, or not at all.

    Args:
        entry: the bytes as they lie in the inbox.
        job: folded from `history`; None for an entry without a readable id, which goes to quarantine.
        history: Accepted, and GaveUp when the task breaks a rule.
        task: the bytes of the task as the CRM sent them.
        hash: SHA-1 of these bytes, hexadecimal.
        options: the producer's options, JSON text.
        sequence: the one of them that the line heeds; empty for none.
        why: for quarantine, what is wrong with it.

    """

    entry: bytes
    job: Job | None = None
    history: Sequence[Event] = ()
    task: bytes = b""
    hash: str = ""
    options: str = "{}"
    sequence: str = ""
    why: str = ""


@dataclass(frozen=True)
class Act:
    """
    What a named person decided; kept for ever.

    Args:
        name: of the verb, `replay` for instance.
        by: who answers for it.
        why: in their words.
        at: wall clock, ISO 8601 UTC.
        document: what it says the job printed, `<fn>.<number>`, empty for nothing; it can be said of one job alone.

    """

    name: str
    by: str
    why: str
    at: str
    document: str = ""


class Group(StrEnum):
    """The sets of a register's jobs that can be listed, each in the order in which a person reads it."""

    OPEN = "open"  # neither printed nor dead, in the order in which they shall print
    STOPPED = "stopped"  # behind a dead job of their sequence, in their order
    DOUBTS = "doubts"  # dead in doubt, the oldest first
    DEAD = "dead"  # dead with either verdict, the latest first
    DONE = "done"  # printed, the latest first


@dataclass(frozen=True)
class Outline:
    """
    What is known of a job without reading its history.

    Args:
        answer: what the CRM is told.
        options: what its producer said of it: `producer`, `sequence`.
        total: roubles that its document says or would say; None for a job without a sum.

    """

    answer: Mapping[str, Any]
    options: Mapping[str, str]
    total: Decimal | None = None


class Ledger(Protocol):
    """
    What Redis holds of one register's jobs.

    Reads need no lease; every write carries the lease's token and raises
    `Fenced` when it is not the holder's, `PlaceTaken` when the history has gone on, `LedgerError` when Redis is away.
    """

    register: str

    # the way in
    def peek(self, timeout_seconds: float) -> bytes | None:
        """The oldest inbox entry, left where it is; waits up to the time-out for one."""

    def admit(self, candidate: Candidate) -> Admission:
        """Take the entry if it is still the oldest and the same bytes: ledger and queue ticket, or dead, or quarantine."""

    def begin(self, candidate: Candidate) -> None:
        """Take in a job of ours, which comes through no inbox; nothing happens when its id is known."""

    # a job
    def load(self, job: str) -> Job | None:
        """The job, folded from its history; None when the ledger does not know it."""

    def task(self, job: str) -> bytes:
        """The task's bytes as the worker sends them: as the CRM sent them, or as an edited replay wrote them."""

    def append(self, job: Job, event: Event) -> Job:
        """
        Write the event at the job's next place and return the job as it then is.

        The view that the CRM reads and the
        sets of open, done, dead and doubtful jobs are written in the same step.
        """

    # the line
    def head(self) -> str | None:
        """The open job that is next, by order of acceptance."""

    def open_jobs(self, limit: int) -> Sequence[str]:
        """The first open jobs, in order."""

    def dead(self) -> Sequence[str]:
        """Jobs that were given up, with either verdict, in the order in which they died."""

    def stopped(self) -> Mapping[str, str]:
        """Jobs behind a dead one of their sequence, in order, each with the dead one."""

    def doubts(self) -> Sequence[str]:
        """Jobs that are dead in doubt, oldest first."""

    def recent(self, limit: int) -> Sequence[str]:
        """The jobs that were printed last, the latest first."""

    def recall(self) -> Mapping[str, str]:
        """What is remembered of the line (evidence, outstanding readings, …): short texts by name."""

    def remember(self, **facts: str | None) -> None:
        """Write such texts; None forgets one."""

    def keep_shift(self, name: str, text: str) -> None:
        """Keep what is known of a closed shift, in the place of what was kept of it before."""

    # what a person decides, without a lease; each is kept with the act
    def act(self, job: Job, event: Event, act: Act, edited: bytes | None = None) -> Job:
        """
        Write the event as `append` does; raises PlaceTaken when the history has gone on, or the document is another job's.

        With `edited` the worker sends these bytes from then on, written in the same step; those of the CRM stay.
        """

    def forgo(self, job: str, act: Act) -> int:
        """Let the jobs that are stopped behind this dead one go on, at the end of the line; says how many do."""

    def decree(self, act: Act, what: str, **facts: str | None) -> None:
        """Write one fact of the line, or forget it, or none and keep the act alone; `what` is what the act was about."""

    # the queue
    def rebuild(self, *, running: str | None = None) -> int:
        """Make Celery's queue anew from the first open jobs, `running` left out; says how many tickets it holds now."""

    def advance(self, job: str) -> None:
        """Put an open job at the head of the line; its queue is to be rebuilt then."""

    def top_up(self) -> int:
        """Rebuild when the queue has run below half while open jobs have no ticket; says how many tickets were added."""

    def is_idle_wrongly(self) -> bool:
        """Open jobs, but no ticket in the queue and none unacknowledged."""

    # the lease
    def acquire(self, owner: str, nonce: str) -> Lease | str:
        """The lease, or the owner that holds it."""

    def renew(self) -> bool:
        """Prolong the lease held by this ledger; False when it is not ours any more."""

    def release(self) -> None:
        """Give the lease back, if it is ours."""

    # for people who look: nothing here needs a lease, and nothing changes

    def history(self, job: str) -> Sequence[Event]:
        """All that has happened to the job, in order; empty for an unknown one."""

    def listed(self, group: Group, limit: int, after: int = 0) -> Sequence[str]:
        """Jobs of the group in its order; the first `after` are left out."""

    def outlines(self, jobs: Sequence[str]) -> Sequence[Outline | None]:
        """The outline of each, in one turn; of a job that lies in the inbox yet, as the CRM is told; None for an unknown one."""

    def glimpses(self, jobs: Sequence[str]) -> Sequence[tuple[str, str] | None]:
        """The status answer as JSON text and the sequence of each, in one turn: less than an outline, to look through many."""

    def tasks(self, jobs: Sequence[str], *, edited: bool = True) -> Sequence[bytes | None]:
        """The task's bytes of each as `task` gives them, or as the CRM sent them, in one turn; None for an unknown job."""

    def shift(self, name: str) -> str | None:
        """What is kept of a closed shift; None when nothing is."""

    def counts(self) -> Mapping[str, int]:
        """How many jobs each group holds, and `inbox` and `quarantine`."""

    def acts(self, limit: int) -> Sequence[Mapping[str, str]]:
        """What operators did, the latest first: `act`, `what`, `by`, `at`."""

    def set_aside(self, limit: int) -> Sequence[tuple[str, str, bytes]]:
        """The quarantine, the latest first: when, why, and the bytes."""
