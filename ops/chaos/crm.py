"""
The CRM: it hands in jobs, remembers every answer that it was ever given, and sends again what Redis has lost.

Its operator replays a dead job that stops others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Event, RLock, Thread
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ops.chaos.plan import Send
from ops.chaos.record import Record, Status
from ops.chaos.shop import KEY, REGISTER, until
from worker.app.clock import RealClock
from worker.app.operating import Word, replay
from worker.app.settings import Settings
from worker.app.wiring import make_ledger
from worker.domain.errors import LedgerError

LOOK_SECONDS = 0.1  # between two rounds of status calls
AGAIN_EACH_LOOK = 50  # jobs that are at their end are asked for again, so many a round
ANSWER_SECONDS = 60.0  # an enqueue is repeated for so long; Redis is never away for longer in a run
CALL_SECONDS = 5.0
STOPPED = "sequence_stopped"
WORD = Word("chaos", "what stops its sequence is replayed")
WITHOUT_DOCUMENT = frozenset({"cashIn", "cashOut", "reportX"})  # their doubts are a person's (promises.md §2)


class Crm:
    """One producer of one register, past the proxies."""

    def __init__(self, url: str, record: Record, jobs: Mapping[str, Send]) -> None:
        """Take up what the record says; `jobs` are all of the plan, by id."""
        self._record = record
        self._jobs = jobs
        self._client = redis.Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=CALL_SECONDS,
            socket_connect_timeout=CALL_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._ledger = make_ledger(Settings(redis_url=url), REGISTER)
        self._clock = RealClock()
        self._lock = RLock()
        self._events_from = "0-0"
        self._turn = 0
        self._open = [job for job in record.accepted if not self._is_settled(job)]
        self._over = Event()
        self._witness = Thread(target=self._watch, daemon=True)

    def begin(self) -> None:
        """Watch the answers from now on; whatever Redis does not know any more is sent again."""
        self._send_what_is_unknown()
        self._witness.start()

    def send(self, one: Send) -> None:
        """Hand in a job, until there is an answer. Raises NotSeen when there is none for long."""
        with self._lock:
            self._enqueue(one)
            if one.job not in self._record.accepted:
                self._record.was_accepted(one.job)
                self._open.append(one.job)

    def on_their_way(self) -> int:
        """How many jobs have no end yet."""
        with self._lock:
            return sum(not self._has_ended(job) for job in self._open)

    def unsettled(self) -> int:
        """How many jobs have no end, or one that is in doubt and can be settled."""
        return len(self._open)

    def wipe(self, deed: Callable[[], object]) -> None:
        """Have Redis forget everything, then send again every job that was not seen final."""
        with self._lock:
            with suppress(redis.RedisError):
                self.look()
            deed()
            self._events_from = "0-0"
            for job in list(self._open):
                self._record.was_sent_again(job)
                self._enqueue(self._jobs[job])

    def look(self, *, everything: bool = False) -> None:
        """One status call for each job that has not settled, and for some that have; what is new is kept."""
        with self._lock:
            jobs = [*self._open, *(self._record.accepted if everything else self._some_settled())]
            with self._client.pipeline(transaction=False) as calls:
                for job in jobs:
                    calls.fcall_ro("fiscalq_status", 1, KEY, job)
                answers = calls.execute()
            for job, answer in zip(jobs, answers, strict=True):
                if answer:  # a wiped Redis answers nothing, which is no answer
                    self._told(job, json.loads(answer))
            self._follow_events()
            self._open = [job for job in self._open if not self._is_settled(job)]
            self._replay_what_stops_others()

    def close(self) -> None:
        """Look no more."""
        self._over.set()
        if self._witness.is_alive():
            self._witness.join(CALL_SECONDS * 2)
        self._client.close()

    def _send_what_is_unknown(self) -> None:
        """After the command's own death in the middle of a wipe."""
        with self._lock:
            for job in self._open:
                if self._client.fcall_ro("fiscalq_status", 1, KEY, job) is None:
                    self._record.was_sent_again(job)
                    self._enqueue(self._jobs[job])

    def _enqueue(self, one: Send) -> None:
        text = json.dumps(one.task, ensure_ascii=False)
        more = [json.dumps({"sequence": one.sequence})] if one.sequence else []

        def try_it() -> bool:
            try:
                self._client.fcall("fiscalq_enqueue", 1, KEY, one.job, text, *more)
            except redis.RedisError as error:
                if "FISCALQ_" in str(error) and "UNKNOWN_REGISTER" not in str(error):
                    raise
                return False
            return True

        until(try_it, ANSWER_SECONDS, f"an answer to the enqueue of {one.job}")

    def _replay_what_stops_others(self) -> None:
        """As a person does: a dead job that is proven goes to the end of the line, and its sequence follows it."""
        sequences = {self._jobs[job].sequence for job in self._open if self._is_stopped(job)}
        if not sequences:
            return
        dead = [
            job
            for job in self._record.accepted
            if self._jobs[job].sequence in sequences and self._last(job).get("verdict") == "not_printed"
        ]
        for job in dead:
            self._record.was_replayed(job)
            if replay(self._ledger, self._clock, [job], WORD, dry_run=False).moved:
                self._open.append(job)

    def _some_settled(self) -> list[str]:
        ended = list(self._record.accepted)
        begin = self._turn % max(len(ended), 1)
        self._turn = begin + AGAIN_EACH_LOOK
        return ended[begin : begin + AGAIN_EACH_LOOK]

    def _told(self, job: str, status: Status) -> None:
        history = self._record.seen[job]
        if not history or history[-1] != status:
            self._record.was_told(job, status)
        if status.get("state") == "dead" or self._is_stopped(job):
            self._record.has_left(job)

    def _follow_events(self) -> None:
        entries: Any = self._client.xrange(f"{KEY}:events", f"({self._events_from}")
        for number, fields in entries:
            self._events_from = number
            if fields.get("state") == "dead":
                self._record.has_left(fields["job"])

    def _last(self, job: str) -> Status:
        history = self._record.seen.get(job)
        return history[-1] if history else {}

    def _is_stopped(self, job: str) -> bool:
        return (self._last(job).get("reason") or {}).get("code") == STOPPED

    def _has_ended(self, job: str) -> bool:
        return self._last(job).get("state") in {"printed", "dead"}

    def _is_settled(self, job: str) -> bool:
        verdict = self._last(job).get("verdict")
        if verdict == "in_doubt":
            return self._jobs[job].task["type"] in WITHOUT_DOCUMENT
        return verdict in {"printed", "not_printed"}

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            with suppress(redis.RedisError, OSError, LedgerError):
                self.look()
