"""
The ledger in memory: the contract of `worker.domain.ports.Ledger` for tests of the core, without a server.

It earns its trust by passing the conformance suite that the ledger in Redis passes.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any

from worker.adapters.ledger.envelope import options_text, require_job_id, task_text
from worker.adapters.ledger.store import MemoryStore, Record
from worker.domain import events
from worker.domain.errors import ContractError, Fenced, LedgerError, PlaceTaken
from worker.domain.events import Event
from worker.domain.job import Job, State
from worker.domain.lifecycle import evolve, fold
from worker.domain.policy import Limits
from worker.domain.ports import Act, Admission, Candidate, Group, Lease, Outline
from worker.domain.verdicts import Reason, ReasonCode


class MemoryLedger:
    """
    A register's jobs in memory. Safe to share between threads.

    Args:
        register: the register's name.
        render: writes the status answer of a job as JSON text.
        limits: `lease_seconds`, `tickets` and `queue_max` are used here.
        store: shared with other ledgers; None makes a new one.
        monotonic: seconds, for the life of the lease.

    """

    def __init__(
        self,
        register: str,
        render: Callable[[Job], str],
        limits: Limits,
        store: MemoryStore | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.register = register
        self.store = store or MemoryStore()
        self._render = render
        self._limits = limits
        self._monotonic = monotonic
        self._lease: Lease | None = None

    # the producer's door

    def enqueue(self, job: str, task: bytes, options: str = "{}") -> Mapping[str, Any]:
        """Hand a job over, as `fiscalq_enqueue` does. Raises ContractError."""
        require_job_id(job)
        task, given = task_text(task), options_text(options.encode())
        digest = hashlib.sha1(task, usedforsecurity=False).hexdigest()
        with self._reading() as store:
            record = store.jobs.get(job)
            known = record.hash if record else store.reserved.get(job)
            if known is None:
                if len(store.inbox) + len(store.open) >= self._limits.queue_max:
                    raise ContractError(
                        "FISCALQ_QUEUE_FULL", f"{self._limits.queue_max} jobs wait: enqueue again later"
                    )
                self.push(b'{"id":"%b","task":%b,"options":%b}' % (job.encode(), task, given))
                store.reserved[job] = digest
            elif known != digest:
                raise ContractError("FISCALQ_CONFLICT", f"{job} is known with other content")
            state = record.job.state.value if record else State.QUEUED.value
            return {"job": job, "register": self.register, "state": state, "duplicate": known is not None}

    def push(self, entry: bytes) -> None:
        """The raw door: an entry of the inbox as it is."""
        with self._reading() as store:
            store.inbox.append(entry)
            store.changed.notify_all()

    def status(self, job: str) -> Mapping[str, Any] | None:
        """The status answer; None for an unknown id."""
        with self._reading() as store:
            record = store.jobs.get(job)
            if record is None:
                return json.loads(self._render(Job(job, self.register))) if job in store.reserved else None
            behind = Reason(code=ReasonCode.SEQUENCE_STOPPED, text=record.stopped or "")
            shown = self._render(replace(record.job, reason=behind)) if record.stopped else record.answer
            answer: Mapping[str, Any] = json.loads(shown)
            return answer

    # the way in

    def peek(self, timeout_seconds: float) -> bytes | None:
        """The oldest inbox entry, left where it is; waits up to the time-out for one."""
        with self._reading() as store:
            store.changed.wait_for(lambda: store.inbox, timeout_seconds)
            return store.inbox[0] if store.inbox else None

    def admit(self, candidate: Candidate) -> Admission:
        """Take the entry in if it is still the oldest: ledger and ticket, or dead, or quarantine."""
        with self._writing() as store:
            if not store.inbox or store.inbox[0] != candidate.entry:
                return Admission.GONE
            store.inbox.popleft()
            job, why = candidate.job, candidate.why or "no readable id"
            if job is not None:
                record = store.jobs.get(job.id)
                known = record.hash if record else store.reserved.get(job.id, candidate.hash)
                if record and known == candidate.hash:
                    return Admission.DUPLICATE
                why = "" if known == candidate.hash else f"CONFLICT: {job.id} is known with other content"
            if job is None or why:
                store.quarantine.append((why, candidate.entry))
                return Admission.QUARANTINED
            history = [events.dump(event) for event in candidate.history]
            store.jobs[job.id] = Record(
                history,
                candidate.task,
                candidate.options,
                candidate.hash,
                job,
                self._render(job),
                candidate.sequence,
            )
            store.reserved.pop(job.id, None)
            store.tell(job)
            if store.file(job):
                store.hand_out(self._limits.tickets)
            return Admission.TAKEN

    def begin(self, candidate: Candidate) -> None:
        """Take in a job of ours; nothing happens when its id is known."""
        job = candidate.job
        with self._writing() as store:
            if job is None or job.id in store.jobs:
                return
            history = [events.dump(event) for event in candidate.history]
            store.jobs[job.id] = Record(history, candidate.task, "{}", candidate.hash, job, self._render(job))
            store.tell(job)
            store.file(job)

    # a job

    def load(self, job: str) -> Job | None:
        """The job, folded from its history; None when it is unknown."""
        with self._reading() as store:
            record = store.jobs.get(job)
            return fold(job, self.register, map(events.load, record.history)) if record else None

    def task(self, job: str) -> bytes:
        """The task's bytes as the worker sends them."""
        (task,) = self.tasks([job])
        if task is None:
            raise LedgerError(f"the ledger holds no task of {job}")
        return task

    def append(self, job: Job, event: Event) -> Job:
        """Write the event at the job's next place; return the job as it then is."""
        with self._writing() as store:
            return self._write(store, job, event, self._limits.tickets)

    def _write(self, store: MemoryStore, job: Job, event: Event, tickets: int) -> Job:
        moved = evolve(job, event)
        entry = events.dump(event)
        record = store.jobs.get(job.id)
        history = record.history if record else []
        if len(history) == moved.place and history[-1] == entry:
            return moved
        if record is None or len(history) != job.place:
            raise PlaceTaken(f"the history of {job.id} has {len(history)} entries: load it again")
        history.append(entry)
        if (record.job.state, record.job.verdict) != (moved.state, moved.verdict):
            store.tell(moved)
        record.job, record.answer = moved, self._render(moved)
        if store.file(moved):
            store.hand_out(tickets)
        return moved

    # the line

    def head(self) -> str | None:
        """The open job that is next."""
        return next(iter(self.open_jobs(1)), None)

    def open_jobs(self, limit: int) -> Sequence[str]:
        """The first open jobs, in order."""
        with self._reading() as store:
            return list(islice(store.open, max(limit, 0)))

    def dead(self) -> Sequence[str]:
        """Jobs that were given up, in the order in which they died."""
        with self._reading() as store:
            return list(store.dead)

    def stopped(self) -> Mapping[str, str]:
        """Jobs behind a dead one of their sequence, in order, each with the dead one."""
        with self._reading() as store:
            held = sorted(store.stopped, key=store.stopped.__getitem__)
            return {job: store.jobs[job].stopped or "" for job in held}

    def doubts(self) -> Sequence[str]:
        """Jobs that are dead in doubt, oldest first."""
        with self._reading() as store:
            return sorted(store.doubts, key=store.doubts.__getitem__)

    def recent(self, limit: int) -> Sequence[str]:
        """The jobs that were printed last, the latest first."""
        with self._reading() as store:
            done = [record.job for record in store.jobs.values() if record.job.state is State.PRINTED]
        return [job.id for job in sorted(done, key=lambda job: job.updated_at, reverse=True)[:limit]]

    def recall(self) -> Mapping[str, str]:
        """What is remembered of the line."""
        with self._reading() as store:
            return dict(store.line)

    def remember(self, **facts: str | None) -> None:
        """Write facts of the line; None forgets one."""
        with self._writing() as store:
            for name, text in facts.items():
                store.set_fact(name, text)

    def keep_shift(self, name: str, text: str) -> None:
        """Keep what is known of a closed shift."""
        with self._writing() as store:
            store.shifts[name] = text

    # what a person decides

    def act(self, job: Job, event: Event, act: Act, edited: bytes | None = None) -> Job:
        """Write what a person decided of a job, if its history has not gone on; return the job as it then is."""
        with self._reading() as store:
            before = len(store.jobs[job.id].history) if job.id in store.jobs else 0
            owner = store.claims.get(act.document, job.id)
            if owner != job.id and store.is_still(owner, act.document):
                raise PlaceTaken(f"document {act.document} is said to be another job's")
            moved = self._write(store, job, event, tickets=0)
            is_news = len(store.jobs[job.id].history) > before
            if edited is not None and not is_news and store.jobs[job.id].edited != edited:
                raise PlaceTaken(f"the task of {job.id} has just been edited otherwise")
            if is_news:
                store.keep(act, job.id)
                store.jobs[job.id].edited = edited or store.jobs[job.id].edited
            return moved

    def forgo(self, job: str, act: Act) -> int:
        """Let the jobs behind a dead one of their sequence go on without it; says how many do."""
        with self._reading() as store:
            followers = store.forgo(job)
            if followers is not None:
                store.keep(act, job)
            return followers or 0

    def decree(self, act: Act, what: str, **facts: str | None) -> None:
        """Write a person's word about the line."""
        with self._reading() as store:
            for name, text in (facts or {"": None}).items():
                store.set_fact(name, text)
                store.keep(act, what)

    # the queue

    def rebuild(self, *, running: str | None = None) -> int:
        """Make the queue anew from the first open jobs, `running` left out."""
        with self._writing() as store:
            store.queue.clear()
            store.unacked.clear()
            store.ticketed = -math.inf
            return store.hand_out(self._limits.tickets, running)

    def advance(self, job: str) -> None:
        """Put an open job at the head of the line."""
        with self._writing() as store:
            store.advance(job)

    def top_up(self) -> int:
        """Hand out tickets when less than half of them are left."""
        with self._writing() as store:
            return store.hand_out(self._limits.tickets) if len(store.queue) * 2 < self._limits.tickets else 0

    def is_idle_wrongly(self) -> bool:
        """Open jobs, but no ticket in the queue and none unacknowledged."""
        with self._reading() as store:
            return bool(store.open and not store.queue and not store.unacked)

    # the lease

    def acquire(self, owner: str, nonce: str) -> Lease | str:
        """The lease, or the owner that holds it."""
        with self._reading() as store:
            holder = self._holder()
            if holder is not None and holder.owner != owner:
                return holder.owner
            store.fence += 1
            self._lease = Lease(owner, store.fence, nonce)
            store.lease = self._lease, self._monotonic() + self._limits.lease_seconds
            return self._lease

    def renew(self) -> bool:
        """Prolong the lease held by this ledger; False when it is not ours any more."""
        with self._reading() as store:
            if self._lease is None or self._holder() != self._lease:
                return False
            store.lease = self._lease, self._monotonic() + self._limits.lease_seconds
            return True

    def release(self) -> None:
        """Give the lease back, if it is ours."""
        with self._reading() as store:
            if self._lease is not None and self._holder() == self._lease:
                store.lease = None
            self._lease = None

    # for people who look

    def history(self, job: str) -> Sequence[Event]:
        """All that has happened to the job, in order."""
        with self._reading() as store:
            record = store.jobs.get(job)
            return [events.load(entry) for entry in record.history] if record else []

    def listed(self, group: Group, limit: int, after: int = 0) -> Sequence[str]:
        """Jobs of the group in its order."""
        with self._reading() as store:
            return list(islice(store.grouped(group), after, after + max(limit, 0)))

    def outlines(self, jobs: Sequence[str]) -> Sequence[Outline | None]:
        """The outline of each."""
        return [self._outline(job) for job in jobs]

    def _outline(self, job: str) -> Outline | None:
        answer = self.status(job)
        if answer is None:
            return None
        with self._reading() as store:
            record = store.jobs.get(job)
            return (
                Outline(answer, json.loads(record.options), record.job.total)
                if record
                else Outline(answer, {})
            )

    def glimpses(self, jobs: Sequence[str]) -> Sequence[tuple[str, str] | None]:
        """Answer and sequence of each."""
        return [
            (json.dumps(one.answer, ensure_ascii=False), one.options.get("sequence", "")) if one else None
            for one in self.outlines(jobs)
        ]

    def tasks(self, jobs: Sequence[str], *, edited: bool = True) -> Sequence[bytes | None]:
        """The task's bytes of each."""
        with self._reading() as store:
            known = [store.jobs.get(job) for job in jobs]
            return [((edited and record.edited) or record.task) if record else None for record in known]

    def shift(self, name: str) -> str | None:
        """What is kept of a closed shift."""
        with self._reading() as store:
            return store.shifts.get(name)

    def counts(self) -> Mapping[str, int]:
        """How many jobs each group holds, and `inbox` and `quarantine`."""
        with self._reading() as store:
            sizes = {group.value: sum(1 for _ in store.grouped(group)) for group in Group}
            return {**sizes, "inbox": len(store.inbox), "quarantine": len(store.quarantine)}

    def acts(self, limit: int) -> Sequence[Mapping[str, str]]:
        """What operators did, the latest first."""
        with self._reading() as store:
            return [dict(act) for act in islice(reversed(store.acts), limit)]

    def set_aside(self, limit: int) -> Sequence[tuple[str, str, bytes]]:
        """The quarantine, the latest first."""
        with self._reading() as store:
            return [("", why, entry) for why, entry in islice(reversed(store.quarantine), limit)]

    def _holder(self) -> Lease | None:
        lease, ends = self.store.lease or (None, 0.0)
        return lease if self._monotonic() < ends else None

    @contextmanager
    def _reading(self) -> Iterator[MemoryStore]:
        with self.store.changed:
            if self.store.is_away:
                raise LedgerError("Redis does not answer")
            yield self.store

    @contextmanager
    def _writing(self) -> Iterator[MemoryStore]:
        with self._reading() as store:
            if self._lease is None or self._holder() != self._lease:
                raise Fenced("this worker does not hold the lease: it must end")
            yield store
