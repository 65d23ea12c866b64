"""One workbench, two ledgers on it: in memory and in Redis. The conformance suite sees only what stands here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Protocol, cast

from worker.adapters.ledger import door
from worker.adapters.ledger.keys import Keys
from worker.adapters.ledger.memory import MemoryLedger
from worker.adapters.ledger.redis import RedisLedger
from worker.adapters.ledger.server import connect, install
from worker.adapters.ledger.store import MemoryStore
from worker.domain.events import Accepted, Event, GaveUp, Printed, SubmitStarted
from worker.domain.job import Job
from worker.domain.lifecycle import fold
from worker.domain.policy import Limits
from worker.domain.ports import Admission, Candidate, Ledger
from worker.domain.tasks import Kind
from worker.domain.verdicts import Reason, ReasonCode, Verdict

REGISTER = "kassa-1"
AT = "2026-01-31T10:00:00.000Z"
TASK = b'{"type":"sell","items":[],"total":0.10}'
LIBRARY = files("worker.adapters.ledger").joinpath("fiscalq.lua").read_text(encoding="utf-8")
LIMITS = Limits(tickets=4, queue_max=20)
STOPPED = json.dumps({"code": "sequence_stopped", "text": "@JOB@"})
TICKET = json.dumps({"headers": {"id": "@JOB@"}, "properties": {"delivery_tag": "@TAG@"}})


def render(job: Job) -> str:
    """A status answer that is short and tells what the tests look at."""
    verdict = job.verdict.value if job.verdict else None
    reason = {"code": job.reason.code.value, "text": job.reason.text} if job.reason else None
    fiscal = {"document_number": job.fiscal.document_number} if job.fiscal else None
    said = {"job": job.id, "type": job.type, "state": job.state.value, "verdict": verdict, "reason": reason}
    return json.dumps(said | ({"fiscal": fiscal} if fiscal else {}))


def candidate(entry: bytes, *, refused: bool = False) -> Candidate:
    """Judge an entry of the tests, whose members stand in the order id, task, options."""
    job = json.loads(entry)["id"]
    task = entry[entry.index(b'"task":') + 7 : entry.rindex(b',"options":')]
    history: list[Event] = [Accepted(at=AT, type="sell", kind=Kind.RECEIPT)]
    if refused:  # nothing of such a task is trusted, its type neither
        reason = Reason(code=ReasonCode.TASK_REFUSED)
        history = [Accepted(at=AT, type=None, kind=None)]
        history += [GaveUp(at=AT, verdict=Verdict.NOT_PRINTED, reason=reason)]
    digest = hashlib.sha1(task).hexdigest()
    options = entry[entry.rindex(b',"options":') + 11 : -1].decode()
    sequence = json.loads(options).get("sequence", "")
    return Candidate(entry, fold(job, REGISTER, history), history, task, digest, options, sequence)


def entry_of(job: str, task: bytes = TASK, sequence: str = "") -> bytes:
    """What a CRM pushes that cannot call a function."""
    options = json.dumps({"sequence": sequence} if sequence else {}).encode()
    return b'{"id":"%b","task":%b,"options":%b}' % (job.encode(), task, options)


def take_in(ledger: Ledger, *, refused: bool = False) -> Admission:
    """Peek and admit, as the intake does."""
    entry = ledger.peek(1)
    assert entry is not None, "the inbox is empty"
    return ledger.admit(candidate(entry, refused=refused))


def submitted(ledger: Ledger, job: str) -> Job:
    """The job with its first submission written ahead."""
    loaded = ledger.load(job)
    assert loaded is not None
    return ledger.append(loaded, SubmitStarted(at=AT, submission=1, evidence=None, door="v2"))


def printed(ledger: Ledger, job: str) -> Job:
    """The job, printed."""
    return ledger.append(submitted(ledger, job), Printed(at=AT))


def dead(ledger: Ledger, job: str, verdict: Verdict) -> Job:
    """The job, given up."""
    event = GaveUp(at=AT, verdict=verdict, reason=Reason(code=ReasonCode.POST_UNANSWERED))
    return ledger.append(submitted(ledger, job), event)


def accept(bench: Bench, ledger: Ledger, job: str, sequence: str = "", *, refused: bool = False) -> None:
    """One more job of the line, or of a sequence in it; `refused` is dead at once."""
    bench.push(entry_of(job, sequence=sequence))
    assert take_in(ledger, refused=refused) is Admission.TAKEN


class Bench(Protocol):
    """What a test may do beside the ledger: play the CRM, Celery, and the world."""

    limits: Limits

    def ledger(self) -> Ledger:
        """The ledger of one more worker, without a lease."""

    def enqueue(self, job: str, task: bytes = TASK) -> Mapping[str, Any]:
        """The producer's door."""

    def push(self, entry: bytes) -> None:
        """The raw door."""

    def status(self, job: str) -> Mapping[str, Any] | None:
        """What the CRM is told."""

    def queue(self) -> Sequence[str]:
        """Jobs with a ticket in Celery's queue, oldest first."""

    def take_ticket(self) -> str | None:
        """As Celery does: the oldest ticket, unacknowledged from now on."""

    def lose_ticket(self) -> str | None:
        """As Celery does when it is killed at the wrong moment."""

    def acknowledge(self, job: str) -> None:
        """The ticket is done."""

    def quarantine(self) -> Sequence[tuple[str, bytes]]:
        """Reason and bytes of what became no job."""

    def events(self) -> Sequence[tuple[str, str, str]]:
        """Job, state and verdict of each change."""

    def age_lease(self, seconds: float) -> None:
        """Let so much of its time pass."""

    def wipe(self) -> None:
        """Lose everything, as a disk does; the register is entered again."""


def worker(bench: Bench, owner: str = "host:a", nonce: str = "n1") -> Ledger:
    """A ledger that holds the lease."""
    ledger = bench.ledger()
    lease = ledger.acquire(owner, nonce)
    assert not isinstance(lease, str), f"{lease} holds it"
    return ledger


class MemoryBench:
    """The ledger in memory, with a clock that is set by hand."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.store = MemoryStore()
        self.seconds = 0.0

    def ledger(self) -> MemoryLedger:
        return MemoryLedger(REGISTER, render, self.limits, self.store, lambda: self.seconds)

    def enqueue(self, job: str, task: bytes = TASK) -> Mapping[str, Any]:
        return self.ledger().enqueue(job, task)

    def push(self, entry: bytes) -> None:
        self.ledger().push(entry)

    def status(self, job: str) -> Mapping[str, Any] | None:
        return self.ledger().status(job)

    def queue(self) -> Sequence[str]:
        return list(self.store.queue)

    def take_ticket(self) -> str | None:
        job = self.lose_ticket()
        if job is not None:
            self.store.unacked.append(job)
        return job

    def lose_ticket(self) -> str | None:
        return self.store.queue.popleft() if self.store.queue else None

    def acknowledge(self, job: str) -> None:
        self.store.unacked.remove(job)

    def quarantine(self) -> Sequence[tuple[str, bytes]]:
        return self.store.quarantine

    def events(self) -> Sequence[tuple[str, str, str]]:
        return [event[:3] for event in self.store.events]

    def age_lease(self, seconds: float) -> None:
        self.seconds += seconds

    def wipe(self) -> None:
        self.store.wipe()


class RedisBench:
    """The ledger in Redis."""

    def __init__(self, url: str, limits: Limits) -> None:
        self.limits = limits
        self.url = url
        self.keys = Keys(REGISTER)
        self.client = connect(url, socket_timeout=5)
        self._clients = [self.client]
        install(self.client, REGISTER, limits, STOPPED)

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def ledger(self) -> RedisLedger:
        client = connect(self.url, socket_timeout=5)
        self._clients.append(client)
        return RedisLedger(client, REGISTER, render, self.limits, TICKET)

    def enqueue(self, job: str, task: bytes = TASK) -> Mapping[str, Any]:
        return door.enqueue(self.client, REGISTER, job, task)

    def push(self, entry: bytes) -> None:
        self.client.lpush(self.keys.inbox, entry)

    def status(self, job: str) -> Mapping[str, Any] | None:
        return door.status(self.client, REGISTER, job)

    def queue(self) -> Sequence[str]:
        tickets = cast("list[bytes]", self.client.lrange(self.keys.queue, 0, -1))
        return [json.loads(ticket)["headers"]["id"] for ticket in reversed(tickets)]

    def take_ticket(self) -> str | None:
        ticket = cast("bytes | None", self.client.rpop(self.keys.queue))
        if ticket is None:
            return None
        job: str = json.loads(ticket)["headers"]["id"]
        self.client.hset(self.keys.unacked, job, ticket)
        return job

    def lose_ticket(self) -> str | None:
        job = self.take_ticket()
        if job is not None:
            self.acknowledge(job)
        return job

    def acknowledge(self, job: str) -> None:
        self.client.hdel(self.keys.unacked, job)

    def quarantine(self) -> Sequence[tuple[str, bytes]]:
        return [(fields[b"why"].decode(), fields[b"entry"]) for fields in self._stream(self.keys.quarantine)]

    def events(self) -> Sequence[tuple[str, str, str]]:
        return [
            (fields[b"job"].decode(), fields[b"state"].decode(), fields[b"verdict"].decode())
            for fields in self._stream(self.keys.events)
        ]

    def age_lease(self, seconds: float) -> None:
        left = self.client.pttl(self.keys.lease)
        self.client.pexpire(self.keys.lease, max(left - round(seconds * 1000), 0))

    def wipe(self) -> None:
        self.client.flushdb()
        self.client.function_flush()
        install(self.client, REGISTER, self.limits, STOPPED)

    def _stream(self, key: str) -> list[dict[bytes, bytes]]:
        entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", self.client.xrange(key))
        return [fields for _, fields in entries]
