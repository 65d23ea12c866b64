"""
The contract of design §3 from the CRM's side: enqueue, status, the stream of events; every answer is Redis's own.

What Redis refuses is raised as ours: ContractError with the code at the door, ConfigError when the function library is
missing, LedgerError when nobody answers.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import redis

from worker.app.settings import Settings
from worker.app.wiring import connect_door
from worker.domain.errors import ConfigError, ContractError, LedgerError

BLOCK_SECONDS = 1.0  # one turn of waiting for events: well below the client's time-out, and short enough for Ctrl-C
FINAL = frozenset({"printed", "dead"})
CODE = re.compile(r"(FISCALQ_[A-Z_]+)\s+(.*)", re.DOTALL)


@dataclass(frozen=True)
class Event:
    """One change of a job, as the stream of events tells it; `at` is ISO 8601 UTC."""

    register: str
    job: str
    state: str
    verdict: str | None
    at: str


class Door:
    """The way in and out of Redis for one or more registers. A context manager: leaving it closes the connection."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is connected before the first call."""
        self._where = re.sub(r"//[^@/]*@", "//…@", settings.redis_url)
        self._client, self._keys = connect_door(settings)

    def __enter__(self) -> Door:
        """Is entered as it is."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._client.close()

    def enqueue(self, register: str, job: str, task: bytes, options: str | None = None) -> dict[str, Any]:
        """
        Hand in a task.

        Args:
            register: its name.
            job: the CRM's id for the business fact.
            task: JSON text, sent unchanged: same content means same bytes.
            options: JSON text, {"producer", "sequence"}.

        Returns: {"job", "register", "state", "duplicate"}.
        Raises: ContractError when the door refuses it; it is not stored then.

        """
        arguments = [self._keys(register).root, job, task, *([options] if options else [])]
        with self._answering():
            answer: dict[str, Any] = json.loads(self._client.execute_command("FCALL", "fiscalq_enqueue", 1, *arguments))
        return answer

    def status(self, register: str, job: str) -> dict[str, Any] | None:
        """Give the contract's answer about a job, None for an unknown one."""
        with self._answering():
            text = self._client.execute_command("FCALL_RO", "fiscalq_status", 1, self._keys(register).root, job)
        answer: dict[str, Any] | None = None if text is None else json.loads(text)
        return answer

    def wait(self, register: str, job: str, seconds: float) -> dict[str, Any] | None:
        """Give the answer once the job is printed or dead, or as it is after so many seconds."""
        deadline = time.monotonic() + seconds
        marks = self.marks([register])
        while True:
            answer = self.status(register, job)
            left = deadline - time.monotonic()
            if left <= 0 or (answer is not None and answer["state"] in FINAL):
                return answer
            # Whatever moves in the register is a reason to look again; so is the end of a turn.
            for event in self.events(marks, min(left, BLOCK_SECONDS)):
                if event.job == job:
                    break

    def marks(self, registers: list[str], last: int = 0) -> dict[str, str]:
        """Give the places in the streams of events behind which `events` goes on: now, or `last` entries before."""
        with self._answering():
            return {register: self._mark(self._keys(register).events, last) for register in registers}

    def _mark(self, stream: str, last: int) -> str:
        entries = self._client.xrevrange(stream, count=last + 1)
        return "0-0" if len(entries) <= last else _text(entries[-1][0])

    def events(self, marks: dict[str, str], seconds: float) -> Iterator[Event]:
        """Give what has happened since `marks`, which move along; wait up to so many seconds for the first of it."""
        streams = {self._keys(register).events: register for register in marks}
        with self._answering():
            answer = self._client.xread(
                {stream: marks[register] for stream, register in streams.items()},
                count=1000,
                block=max(1, round(seconds * 1000)),
            )
        for stream, entries in answer or ():
            register = streams[_text(stream)]
            for mark, fields in entries:
                marks[register] = _text(mark)
                facts = {_text(name): _text(value) for name, value in fields.items()}
                yield Event(register, facts["job"], facts["state"], facts.get("verdict") or None, facts["at"])

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Turn redis's exceptions into ours, each with what to do."""
        try:
            yield
        except redis.ResponseError as error:
            raise _refusal(str(error)) from error
        except redis.RedisError as error:
            raise LedgerError(
                f"Redis at {self._where} does not answer: {error}. Is it running? FISCALQ_REDIS_URL says where it is."
            ) from error


def _refusal(text: str) -> ContractError | ConfigError:
    code = CODE.search(text)
    if code is not None:
        return ContractError(code[1], code[2])
    if "Function not found" in text:
        return ConfigError("Redis does not have fiscalq's functions yet: run `fiscalq install`, or start the worker.")
    return ConfigError(f"Redis refuses: {text}")


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
