"""What the ledger in memory keeps, and how a job moves between its sets; the rules of `fiscalq.lua` once more."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from itertools import islice
from threading import Condition

from worker.domain.job import Job, State
from worker.domain.ports import Act, Group, Lease
from worker.domain.verdicts import Verdict


@dataclass
class Record:
    """What is kept of one job: its history as text, the task's bytes as accepted and as edited since, and the view."""

    history: list[str]
    task: bytes
    options: str
    hash: str
    job: Job
    answer: str
    sequence: str = ""
    stopped: str | None = None
    edited: bytes | None = None


@dataclass
class MemoryStore:
    """
    What Redis would hold of one register; ledgers of several workers share one.

    Args:
        inbox: entries, oldest first.
        reserved: hash of each job that was enqueued and not taken in yet.
        open: number of each open job, in order; likewise `stopped` and `doubts`.
        sequences: number of each job of a sequence that is not printed, by its name.
        claims: the job of each document that a person's word has named.
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
    stopped: dict[str, int] = field(default_factory=dict)
    dead: dict[str, None] = field(default_factory=dict)
    doubts: dict[str, int] = field(default_factory=dict)
    sequences: dict[str, dict[str, int]] = field(default_factory=dict)
    queue: deque[str] = field(default_factory=deque)
    unacked: list[str] = field(default_factory=list)
    quarantine: list[tuple[str, bytes]] = field(default_factory=list)
    events: list[tuple[str, str, str, str]] = field(default_factory=list)
    line: dict[str, str] = field(default_factory=dict)
    shifts: dict[str, str] = field(default_factory=dict)
    acts: list[dict[str, str]] = field(default_factory=list)
    claims: dict[str, str] = field(default_factory=dict)
    lease: tuple[Lease, float] | None = None
    accepted: int = 0
    fence: int = 0
    ticketed: float = -math.inf
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

    def keep(self, act: Act, what: str) -> None:
        """One more act of a person, for ever; and whose document it says that one is."""
        if act.document:
            self.claims[act.document] = what
        self.acts.append({"act": act.name, "what": what, "by": act.by, "why": act.why, "at": act.at})

    def is_still(self, job: str, document: str) -> bool:
        """Whether a job is still told to be this document (`FN.number`)."""
        fiscal = self.jobs[job].job.fiscal if job in self.jobs else None
        return fiscal is not None and f".{fiscal.document_number}" == document[document.rindex(".") :]

    def set_fact(self, name: str, text: str | None) -> None:
        """Write a fact of the line, or forget it."""
        self.line.pop(name, None)
        if text is not None:
            self.line[name] = text

    def file(self, job: Job) -> bool:
        """Put the job into the set of its state. Returns whether jobs joined the line by it."""
        number, sequence = self.open.get(job.id), self.jobs[job.id].sequence
        if not job.is_final:
            joins = number is None and job.id not in self.stopped
            if joins:
                self._join(job.id, sequence)
            return joins
        self.open.pop(job.id, None)
        self.stopped.pop(job.id, None)
        settled = False
        if job.state is State.DEAD:
            if job.id not in self.dead and sequence:
                self.dead.setdefault(job.id)
                self.sequences.setdefault(sequence, {}).setdefault(job.id, number or self._number())
                self._arrange(sequence)
            self.dead.setdefault(job.id)
        else:
            settled = job.id in self.dead
            self.dead.pop(job.id, None)
            if sequence and settled:
                self._leave_sequence(job.id, sequence)
            else:
                self.sequences.get(sequence, {}).pop(job.id, None)
        if job.verdict is not Verdict.IN_DOUBT:
            self.doubts.pop(job.id, None)
        elif number is not None:
            self.doubts[job.id] = number
        return settled

    def advance(self, job: str) -> None:
        """Put an open job before all others."""
        if job in self.open and next(iter(self.open)) != job:
            first = min(self.open.values())
            del self.open[job]
            self.open = {job: first - 1, **self.open}

    def forgo(self, job: str) -> int | None:
        """Take a dead job out of its sequence; None when it stands in none, else how many it had stopped."""
        sequence = self.jobs[job].sequence if job in self.jobs else ""
        if job not in self.dead or job not in self.sequences.get(sequence, {}):
            return None
        before = len(self.stopped)
        self._leave_sequence(job, sequence)
        return before - len(self.stopped)

    def _number(self) -> int:
        self.accepted += 1
        return self.accepted

    def _number_anew(self, sequence: str, first: int) -> None:
        """Give the jobs of a sequence new numbers at the end of the line, from this number on."""
        members = self.sequences[sequence]
        for job in sorted(members, key=members.__getitem__):
            if members[job] >= first:
                members[job] = self._number()

    def _arrange(self, sequence: str) -> None:
        """Stop what stands behind a dead job of the sequence, and let the others go on."""
        members, behind = self.sequences[sequence], None
        for job in sorted(members, key=members.__getitem__):
            if job in self.dead:
                behind = behind or job
                continue
            left, joined = (self.open, self.stopped) if behind else (self.stopped, self.open)
            left.pop(job, None)
            joined.pop(job, None)
            joined[job] = members[job]
            self.jobs[job].stopped = behind
        self.open = dict(sorted(self.open.items(), key=lambda entry: entry[1]))

    def _leave_sequence(self, job: str, sequence: str) -> None:
        """Take a job out of its sequence; what it had stopped goes to the end of the line, in order."""
        number = self.sequences[sequence].pop(job, None)
        if number is not None:
            self._number_anew(sequence, number)
            self._arrange(sequence)

    def _join(self, job: str, sequence: str) -> None:
        """Into the line: taken in, or replayed. A replayed one takes a new place at the end, its sequence follows."""
        was_dead = job in self.dead
        self.dead.pop(job, None)
        members = self.sequences.setdefault(sequence, {}) if sequence else {}
        if was_dead and job in members:
            self._number_anew(sequence, members[job])
            self._arrange(sequence)
            return
        last = max(members, key=members.__getitem__, default=None)
        number = members[job] = self._number()
        behind = None if last is None else last if last in self.dead else self.jobs[last].stopped
        self.jobs[job].stopped = behind
        (self.stopped if behind else self.open)[job] = number

    def grouped(self, group: Group) -> Iterator[str]:
        """The jobs of the group in its order."""
        match group:
            case Group.OPEN:
                return iter(self.open)
            case Group.STOPPED:
                return iter(sorted(self.stopped, key=self.stopped.__getitem__))
            case Group.DOUBTS:
                return iter(sorted(self.doubts, key=self.doubts.__getitem__))
            case Group.DEAD | Group.DONE:
                state = State.DEAD if group is Group.DEAD else State.PRINTED
                ended = [record.job for record in self.jobs.values() if record.job.state is state]
                return (
                    job.id for job in sorted(ended, key=lambda job: (job.updated_at, job.id), reverse=True)
                )

    def hand_out(self, tickets: int, running: str | None = None) -> int:
        """Give tickets to the open jobs that never had one, in order, as far as there is room. Returns how many."""
        room = max(tickets - len(self.queue), 0)
        chosen = list(islice((job for job, number in self.open.items() if number > self.ticketed), room))
        if chosen:
            self.ticketed = self.open[chosen[-1]]
        handed = [job for job in chosen if job != running]
        self.queue.extend(handed)
        return len(handed)
