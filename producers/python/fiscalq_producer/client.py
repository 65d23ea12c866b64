"""The producer: one register's door, its answers and its events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from fiscalq_producer.errors import Unreachable, refusal
from fiscalq_producer.words import FINAL_STATES, Accepted, Event, Status, text_of

ANSWER_SECONDS = 5.0  # Redis syncs to disk before it answers; a healthy one does so in milliseconds
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0  # between two tries of the same enqueue
BLOCK_SECONDS = 2.0  # one look at the stream of events: below the answer's limit, so that silence is no error


class Producer:
    """
    One register's door. Safe to share between threads.

    Args:
        redis_url: `redis://user:password@host:6379/0`; the user needs no more than a producer's rights.
        register: the register's name, `kassa-1`.
        producer: who enqueues, for the operator's eyes; optional.
        retry_seconds: how long `enqueue` repeats itself while Redis does not answer. Repeating is safe.

    """

    def __init__(
        self, redis_url: str, *, register: str, producer: str | None = None, retry_seconds: float = 10.0
    ) -> None:
        self.register = register
        self._key = f"fiscalq:{{{register}}}"
        self._producer = producer
        self._retry_seconds = retry_seconds
        self._redis = redis.Redis.from_url(
            redis_url,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )

    def enqueue(
        self, job: str, task: Mapping[str, Any] | str | bytes, *, sequence: str | None = None
    ) -> Accepted:
        """
        Hand a job over; when this returns, it is on disk.

        Args:
            job: 1–64 of `A-Za-z0-9._:-`, derived from the business fact. The idempotency key.
            task: one ATOL JSON task. Give the same text each time: same content means same bytes.
            sequence: jobs of one sequence (an order, say) stop behind a dead one of theirs.

        Raises: Refused (nothing stored), Unreachable (perhaps stored: enqueue the same job again).

        """
        text = text_of(task)
        named = {"producer": self._producer, "sequence": sequence}
        options = json.dumps({name: value for name, value in named.items() if value is not None})
        deadline = time.monotonic() + self._retry_seconds
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return Accepted(**json.loads(self._call("FCALL", "fiscalq_enqueue", job, text, options)))
            except Unreachable:
                if time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def status(self, job: str) -> Status | None:
        """Where the job stands; None for an id that is not known. Raises Unreachable."""
        answer = self._call("FCALL_RO", "fiscalq_status", job)
        return None if answer is None else Status.read(answer)

    def wait(self, job: str, *, timeout_seconds: float) -> Status:
        """
        Wait until the job is printed or dead.

        Raises: TimeoutError with the state it is in (the job goes on: wait again), KeyError for an unknown id,
        Unreachable when Redis stays away for the whole time.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            place = self._last_place()
            status = self.status(job)
            if status is None:
                raise KeyError(f"{self.register} knows no job {job}")
            if status.is_final:
                return status
            self._await_end(job, place, deadline)
            if time.monotonic() >= deadline:
                raise TimeoutError(f"job {job} is still {status.state}; it goes on, wait again")

    def events(self, after: str = "$") -> Iterator[Event]:
        """
        Every change of every job of this register, from now on or from a `place` on; waits for more, for ever.

        The last 100,000 are kept: whoever was away longer asks for the status.
        """
        place = self._last_place() if after == "$" else after
        while True:
            for event in self._read(place, BLOCK_SECONDS):
                place = event.place
                yield event

    def _await_end(self, job: str, place: str, deadline: float) -> None:
        """Follow the events until the job has ended or the time is over."""
        while (left := deadline - time.monotonic()) > 0:
            for event in self._read(place, min(left, BLOCK_SECONDS)):
                place = event.place
                if event.job == job and event.state in FINAL_STATES:
                    return

    def _read(self, place: str, seconds: float) -> Iterator[Event]:
        block = max(int(seconds * 1000), 1)
        with _answering():
            answer = self._redis.xread({f"{self._key}:events": place}, count=1000, block=block)
        for entries in _streams(answer):
            for entry, fields in entries:
                named = {key.decode(): value.decode() for key, value in fields.items()}
                verdict = named.get("verdict") or None
                yield Event(entry.decode(), named["job"], named["state"], verdict, named["at"])

    def _last_place(self) -> str:
        """Read before the status, so that no change between the two is missed."""
        with _answering():
            newest = cast("list[tuple[bytes, Any]]", self._redis.xrevrange(f"{self._key}:events", count=1))
        return newest[0][0].decode() if newest else "0-0"

    def _call(self, command: str, function: str, *arguments: str | bytes) -> Any:
        with _answering():
            return self._redis.execute_command(command, function, 1, self._key, *arguments)  # type: ignore[no-untyped-call]


def _streams(answer: Any) -> Iterator[list[tuple[bytes, dict[bytes, bytes]]]]:
    """The entries of each stream, in either shape of the protocol (a list in RESP2, a map in RESP3)."""
    if isinstance(answer, dict):
        for batches in answer.values():
            yield from batches
    else:
        for _, entries in answer or []:
            yield entries


class _answering:  # noqa: N801 - reads as a word: with _answering()
    """Turns the client's exceptions into ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, redis.ResponseError):
            refused = refusal(str(error))
            if refused is not None:
                raise refused from error
        if isinstance(error, redis.ConnectionError | redis.TimeoutError):
            raise Unreachable(
                f"Redis did not answer: {error}. Enqueue the same job again; it is safe."
            ) from error
