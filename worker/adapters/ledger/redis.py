"""
The ledger in Redis: `worker.domain.ports.Ledger` over the functions of fiscalq.lua.

Reads are plain commands; every write is one function call that carries the lease's token, so that each is done in full
or not at all, and done again it changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any, cast

import redis
from pydantic import ValidationError

from worker.adapters.ledger.keys import Keys
from worker.adapters.ledger.server import redis_errors
from worker.domain import events
from worker.domain.errors import Fenced, LedgerError, Unreadable
from worker.domain.events import Accepted, Event
from worker.domain.job import Job
from worker.domain.lifecycle import evolve, fold
from worker.domain.policy import Limits
from worker.domain.ports import Act, Admission, Candidate, Group, Lease, Outline
from worker.domain.steps import step

PEEK_SHARE = (
    0.5  # of the client's time-out: a blocking read must end by itself, or silence looks like a dead Redis
)


class RedisLedger:
    """
    What Redis holds of one register's jobs. Safe to share between the threads of one worker.

    Args:
        client: made by `connect`.
        register: the register's name.
        render: writes the status answer of a job as JSON text.
        limits: `lease_seconds`, `tickets` and `events_kept` are used here.
        ticket: template of a Celery message with `@JOB@` and `@TAG@`; a ledger without one hands out no tickets.

    """

    def __init__(
        self,
        client: redis.Redis,
        register: str,
        render: Callable[[Job], str],
        limits: Limits,
        ticket: str | None = None,
    ) -> None:
        self.register = register
        self._client = client
        self._keys = Keys(register)
        self._render = render
        self._limits = limits
        self._ticket = ticket or ""
        self._lease: Lease | None = None
        # Held while the lease changes hands, when no other thread can tell a stale token from a lost lease.
        self._leasing = Lock()

    # the way in

    def peek(self, timeout_seconds: float) -> bytes | None:
        """The oldest inbox entry, left where it is; waits up to the time-out for one."""
        limit = self._client.connection_pool.connection_kwargs.get("socket_timeout")
        wait = timeout_seconds if limit is None else min(timeout_seconds, limit * PEEK_SHARE)
        inbox = self._keys.inbox
        with redis_errors():
            if wait <= 0:  # which BLMOVE would take for ever
                return cast("bytes | None", self._client.lindex(inbox, -1))
            # From the end to the same end: it waits like a move, and moves nothing.
            return cast("bytes | None", self._client.blmove(inbox, inbox, wait, "RIGHT", "RIGHT"))  # type: ignore[arg-type]

    def admit(self, candidate: Candidate) -> Admission:
        """Take the entry if it is still the oldest and the same bytes: ledger and queue ticket, or dead, or quarantine."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        job = candidate.job
        if job is None:
            said = self._write("admit", candidate.entry, now, candidate.why or "no readable id")
        else:
            said = self._write(
                "admit",
                candidate.entry,
                job.updated_at,
                "",
                job.id,
                candidate.hash,
                candidate.task,
                candidate.options,
                *self._view(job),
                *self._handing_out,
                candidate.sequence,
                *(events.dump(event) for event in candidate.history),
            )
        return Admission(cast("bytes", said).decode())

    def begin(self, candidate: Candidate) -> None:
        """Take in a job of ours; nothing happens when its id is known."""
        job = candidate.job
        if job is None:
            raise LedgerError("a job of ours must have an id")
        view, history = self._view(job), (events.dump(event) for event in candidate.history)
        self._write("begin", job.updated_at, job.id, candidate.hash, candidate.task, *view, *history)

    # a job

    def load(self, job: str) -> Job | None:
        """The job, folded from its history; None when the ledger does not know it."""
        history = self.history(job)
        return fold(job, self.register, history) if history else None

    def task(self, job: str) -> bytes:
        """The task's bytes as the worker sends them."""
        (task,) = self.tasks([job])
        if task is None:
            text = f"the ledger holds no task of {job}: it is unknown here, or Redis was cut back"
            raise LedgerError(text, "no_task", job=job)
        return task

    def append(self, job: Job, event: Event) -> Job:
        """
        Write the event at the job's next place, and with it the view and the sets; return the job as it then is.

        Raises: IllegalEvent before anything is written; PlaceTaken, Fenced, LedgerError.
        """
        moved = evolve(job, event)
        self._write(
            "append",
            job.id,
            moved.place,
            events.dump(event),
            moved.updated_at,
            *self._view(moved),
            *self._handing_out,
            of=event.name,
        )
        return moved

    # the line

    def head(self) -> str | None:
        """The open job that is next, by order of acceptance."""
        return next(iter(self.open_jobs(1)), None)

    def open_jobs(self, limit: int) -> Sequence[str]:
        """The first open jobs, in order."""
        return self._range(self._keys.open, limit - 1) if limit > 0 else []

    def dead(self) -> Sequence[str]:
        """Jobs that were given up, in the order in which they died."""
        return self._range(self._keys.dead, -1)

    def stopped(self) -> Mapping[str, str]:
        """Jobs behind a dead one of their sequence, in order, each with the dead one."""
        jobs = self._range(self._keys.stopped, -1)
        with redis_errors(), self._client.pipeline(transaction=False) as look:
            for job in jobs:
                look.hget(self._keys.view(job), "stopped")
            return {job: _text(behind or b"") for job, behind in zip(jobs, look.execute(), strict=True)}

    def doubts(self) -> Sequence[str]:
        """Jobs that are dead in doubt, oldest first."""
        return self._range(self._keys.doubts, -1)

    def recent(self, limit: int) -> Sequence[str]:
        """The jobs that were printed last, the latest first."""
        with redis_errors():
            jobs = cast("Sequence[bytes]", self._client.zrevrange(self._keys.done, 0, limit - 1))
        return [_text(job) for job in jobs]

    def recall(self) -> Mapping[str, str]:
        """What is remembered of the line."""
        with redis_errors():
            facts = cast("Mapping[bytes, bytes]", self._client.hgetall(self._keys.line))
        return {_text(name): _text(text) for name, text in facts.items()}

    def remember(self, **facts: str | None) -> None:
        """Write facts of the line; None forgets one."""
        told = ((name, "forget", "") if text is None else (name, "set", text) for name, text in facts.items())
        self._write("remember", *(word for fact in told for word in fact))

    def keep_shift(self, name: str, text: str) -> None:
        """Keep what is known of a closed shift."""
        self._write("keep_shift", name, text)

    # what a person decides

    def act(self, job: Job, event: Event, act: Act, edited: bytes | None = None) -> Job:
        """Write what a person decided of a job, if its history has not gone on; return the job as it then is."""
        moved = evolve(job, event)
        place, view = (job.id, moved.place, events.dump(event), moved.updated_at), self._view(moved)
        if edited is None:
            self._call("act", act.name, act.by, act.why, *place, *view, act.document, of=act.name)
        else:  # by a function of its own: a library that is older would leave the bytes out of `act`, and refuses this one
            self._call("edit", act.name, act.by, act.why, *place, *view, edited)
        return moved

    def forgo(self, job: str, act: Act) -> int:
        """Let the jobs behind a dead one of their sequence go on without it; says how many do."""
        return int(self._call("forgo", act.by, act.why, job, act.at))

    def decree(self, act: Act, what: str, **facts: str | None) -> None:
        """Write a person's word about the line; without a fact, to forget one that is not there keeps the act."""
        for name, text in (facts or {"": None}).items():
            told = ("forget", "") if text is None else ("set", text)
            self._call("decree", act.name, what, act.by, act.why, act.at, name, *told, of=act.name)

    # the queue

    def rebuild(self, *, running: str | None = None) -> int:
        """Make Celery's queue anew from the first open jobs, `running` left out; says how many tickets it holds now."""
        if not self._ticket:
            raise LedgerError("this ledger knows no ticket: only a worker may make the queue anew")
        return int(self._write("rebuild", *self._handing_out, running or ""))

    def advance(self, job: str) -> None:
        """Put an open job at the head of the line."""
        self._write("advance", job)

    def top_up(self) -> int:
        """Hand out tickets when less than half of them are left while open jobs have none; says how many."""
        return int(self._write("top_up", *self._handing_out))

    def is_idle_wrongly(self) -> bool:
        """Open jobs, but no ticket in the queue and none unacknowledged; all three seen at one moment."""
        with redis_errors(), self._client.pipeline(transaction=True) as look:
            look.zcard(self._keys.open)
            look.llen(self._keys.queue)
            look.hlen(self._keys.unacked)
            waiting, queued, unacked = look.execute()
        return bool(waiting and not queued and not unacked)

    # the lease

    def acquire(self, owner: str, nonce: str) -> Lease | str:
        """The lease, or the owner that holds it. The owner's own lease of before is taken back under a new number."""
        with self._leasing:
            said = self._call("lease", owner, nonce, self._life)
            if isinstance(said, bytes):
                return said.decode()
            self._lease = Lease(owner, int(said), nonce)
            return self._lease

    def renew(self) -> bool:
        """Prolong the lease held by this ledger; False when it is not ours any more."""
        with self._leasing:
            return self._lease is not None and bool(self._call("renew", self._lease.token, self._life))

    def release(self) -> None:
        """Give the lease back, if it is ours."""
        with self._leasing:
            if self._lease is not None:
                self._call("release", self._lease.token)
                self._lease = None

    # for people who look

    def history(self, job: str) -> Sequence[Event]:
        """All that has happened to the job, in order; empty for an unknown one."""
        with redis_errors():
            return self._events(job, self._client.xrange(self._keys.history(job)))

    def _events(self, job: str, entries: Any) -> Sequence[Event]:
        try:
            return [
                events.load(fields[b"event"])
                for _, fields in cast("list[tuple[bytes, Mapping[bytes, bytes]]]", entries)
            ]
        except (KeyError, ValidationError) as error:
            raise Unreadable(job) from error

    def listed(self, group: Group, limit: int, after: int = 0) -> Sequence[str]:
        """Jobs of the group in its order."""
        if limit <= 0:
            return []
        key, latest_first = {
            Group.OPEN: (self._keys.open, False),
            Group.STOPPED: (self._keys.stopped, False),
            Group.DOUBTS: (self._keys.doubts, False),
            Group.DEAD: (self._keys.dead, True),
            Group.DONE: (self._keys.done, True),
        }[group]
        with redis_errors():
            jobs = self._client.zrange(key, after, after + limit - 1, desc=latest_first)
        return [_text(job) for job in cast("list[bytes]", jobs)]

    def outlines(self, jobs: Sequence[str]) -> Sequence[Outline | None]:
        """The outline of each, in one turn."""
        with redis_errors(), self._client.pipeline(transaction=False) as look:
            for job in jobs:
                look.fcall_ro("fiscalq_status", 1, self._keys.registry, job)
                look.hget(self._keys.task(job), "options")
                look.xrange(self._keys.history(job), count=1)
            said = iter(look.execute())
        return [self._outline(job, next(said), next(said), next(said)) for job in jobs]

    def _outline(self, job: str, answer: bytes | None, options: bytes | None, first: Any) -> Outline | None:
        if answer is None:
            return None
        totals = [event.total for event in self._events(job, first) if isinstance(event, Accepted)]
        return Outline(json.loads(answer), json.loads(options or b"{}"), next(iter(totals), None))

    def glimpses(self, jobs: Sequence[str]) -> Sequence[tuple[str, str] | None]:
        """Answer and sequence of each, in one turn."""
        with redis_errors(), self._client.pipeline(transaction=False) as look:
            for job in jobs:
                look.hmget(self._keys.view(job), ["answer", "sequence"])
            said = look.execute()
        return [(_text(answer), _text(name or b"")) if answer else None for answer, name in said]

    def tasks(self, jobs: Sequence[str], *, edited: bool = True) -> Sequence[bytes | None]:
        """The task's bytes of each, in one turn."""
        with redis_errors(), self._client.pipeline(transaction=False) as look:
            for job in jobs:
                look.hmget(self._keys.task(job), ["edited", "task"])
            return [(edited and other) or task for other, task in look.execute()]

    def shift(self, name: str) -> str | None:
        """What is kept of a closed shift."""
        with redis_errors():
            kept = cast("bytes | None", self._client.hget(self._keys.shifts, name))
        return None if kept is None else _text(kept)

    def counts(self) -> Mapping[str, int]:
        """How many jobs each group holds, and `inbox` and `quarantine`."""
        keys = self._keys
        with redis_errors(), self._client.pipeline(transaction=False) as look:
            for key in (keys.open, keys.stopped, keys.doubts, keys.dead, keys.done):
                look.zcard(key)
            look.llen(keys.inbox)
            look.xlen(keys.quarantine)
            said = look.execute()
        return dict(
            zip(("open", "stopped", "doubts", "dead", "done", "inbox", "quarantine"), said, strict=True)
        )

    def acts(self, limit: int) -> Sequence[Mapping[str, str]]:
        """What operators did, the latest first."""
        return [
            {_text(name): _text(value) for name, value in act.items()}
            for act in self._latest(self._keys.acts, limit)
        ]

    def set_aside(self, limit: int) -> Sequence[tuple[str, str, bytes]]:
        """The quarantine, the latest first."""
        kept = self._latest(self._keys.quarantine, limit)
        return [
            (_text(one.get(b"at", b"")), _text(one.get(b"why", b"")), one.get(b"entry", b"")) for one in kept
        ]

    def _latest(self, stream: str, limit: int) -> list[Mapping[bytes, bytes]]:
        with redis_errors():
            entries = self._client.xrevrange(stream, count=limit) if limit > 0 else []
        return [fields for _, fields in cast("list[tuple[bytes, Mapping[bytes, bytes]]]", entries)]

    @property
    def _life(self) -> int:
        return round(self._limits.lease_seconds * 1000)

    @property
    def _handing_out(self) -> tuple[str, int]:
        return self._ticket, self._limits.tickets if self._ticket else 0

    def _view(self, job: Job) -> tuple[str | int, ...]:
        verdict = job.verdict.value if job.verdict else ""
        return job.state.value, verdict, job.type or "", self._render(job), self._limits.events_kept

    def _range(self, key: str, last: int) -> list[str]:
        with redis_errors():
            return [_text(job) for job in cast("list[bytes]", self._client.zrange(key, 0, last))]

    def _write(self, function: str, *arguments: str | bytes | int, of: str = "") -> Any:
        lease = self._lease
        if lease is None:
            raise Fenced(f"no lease of {self.register} is held: nothing may be written")
        try:
            return self._call(function, lease.token, *arguments, of=of)
        except Fenced as error:
            with self._leasing:
                taken_anew = self._lease not in {None, lease}
            if taken_anew:  # by another thread of this worker, while the call was on its way
                raise LedgerError("the lease was taken anew meanwhile: do it again") from error
            raise

    def _call(self, function: str, *arguments: str | bytes | int, of: str = "") -> Any:
        with redis_errors(), step(f"ledger.{function}.{of}" if of else f"ledger.{function}"):
            return self._client.fcall(f"fiscalq_{function}", 1, self._keys.registry, *arguments)


def _text(raw: bytes) -> str:
    """As text; what a stranger wrote there must not stop the worker, and is no name of ours either way."""
    return raw.decode(errors="backslashreplace")
