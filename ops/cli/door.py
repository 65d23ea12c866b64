"""
The contract of design §3 from the CRM's side: enqueue, status, the stream of events; every answer is Redis's own.

What Redis refuses is raised as ours: ContractError with the code at the door, LedgerError for everything else.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Self, cast
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from worker.app.clock import RealClock
from worker.app.desk import Desk
from worker.app.reconciling import Told
from worker.app.settings import Settings
from worker.app.standstill import Standstill
from worker.app.wiring import answering, connect_door, enqueue, keys_of, library_versions, make_ledger, status
from worker.domain.errors import ContractError, LedgerError
from worker.domain.outlook import Sign

BLOCK_SECONDS = 1.0  # one turn of waiting for events: well below the client's time-out
READ_MAX = 1000  # events taken at once
FINAL = frozenset({"printed", "dead"})
NOBODY = "nobody"  # a register and a job that are not there: asked after to see whether the functions are

Entries = Sequence[tuple[bytes, Mapping[bytes, bytes]]]  # of a stream, as redis-py gives them


@dataclass(frozen=True)
class Event:
    """One change of a job, as the stream of events tells it; `at` is ISO 8601 UTC."""

    register: str
    job: str
    state: str
    verdict: str | None
    at: str


@dataclass(frozen=True)
class LineFacts:
    """
    How a register's line stands.

    Args:
        standstill: why it stands still, None when it does not.
        open: jobs that are neither printed nor dead.
        doubts: ids of the jobs in doubt, oldest first.
        quarantined: inbox entries that became no job.
        stopped: jobs behind a dead one of their sequence.
        shift: the shift as the autopilot last saw it; None where it is off.
        outlook: what comes to an end, as the worker last saw it.
        reconciled: the last shift that was compared; None before the first.
        idle_seconds: since anything happened to any job, by Redis's own clock; None when nothing is known.
        head: state of the first open job, None when there is none.

    """

    standstill: Standstill | None
    open: int
    doubts: Sequence[str]
    quarantined: int
    stopped: int = 0
    shift: Mapping[str, Any] | None = None
    outlook: Sequence[Mapping[str, Any]] = ()
    reconciled: Told | None = None
    idle_seconds: float | None = None
    head: str | None = None


class Door:
    """The way in and out of Redis for one or more registers. A context manager: leaving it closes the connection."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is connected before the first call."""
        self._settings = settings
        self.where = re.sub(r"//[^@/]*@", "//…@", settings.redis_url)
        self._client = connect_door(settings)

    def __enter__(self) -> Self:
        """Is entered as it is."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._client.close()

    def enqueue(self, register: str, job: str, task: bytes, options: str | None = None) -> Mapping[str, Any]:
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
        with self._answering():
            return enqueue(self._client, register, job, task, options)

    def desk(self, register: str) -> Desk:
        """Where an operator asks for jobs of a register. Raises ConfigError for one that is not in the settings."""
        zone = ZoneInfo(self._settings.register_named(register).timezone)
        ledger = make_ledger(self._settings, register)
        return Desk(ledger, RealClock(), zone, partial(self.enqueue, register))

    def status(self, register: str, job: str) -> Mapping[str, Any] | None:
        """Give the contract's answer about a job, None for an unknown one."""
        with self._answering():
            return status(self._client, register, job)

    def wait(self, register: str, job: str, seconds: float) -> Mapping[str, Any] | None:
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
            return {register: self._mark(keys_of(register).events, last) for register in registers}

    def _mark(self, stream: str, last: int) -> str:
        entries = cast("Entries", self._client.xrevrange(stream, count=last + 1))
        return "0-0" if len(entries) <= last else entries[-1][0].decode()

    def events(self, marks: dict[str, str], seconds: float) -> Iterator[Event]:
        """Give what has happened since `marks`, which move along; wait up to so many seconds for the first of it."""
        streams = {keys_of(register).events: register for register in marks}
        with self._answering():
            marked: dict[Any, Any] = {stream: marks[register] for stream, register in streams.items()}
            block = max(1, round(seconds * 1000))
            answer = cast(
                "Sequence[tuple[bytes, Entries]]",
                self._client.xread(marked, count=READ_MAX, block=block) or (),
            )
        for stream, entries in answer:
            register = streams[stream.decode()]
            for mark, fields in entries:
                marks[register] = mark.decode()
                facts = {name.decode(): value.decode() for name, value in fields.items()}
                yield Event(register, facts["job"], facts["state"], facts["verdict"] or None, facts["at"])

    def has_library(self) -> bool:
        """Whether the function library is loaded."""
        try:
            self.status(NOBODY, NOBODY)
        except ContractError:
            return True  # it is the library that does not know this register
        except LedgerError as error:
            if "Function not found" in str(error):
                return False
            raise
        return True

    def library_versions(self) -> tuple[int, int] | None:
        """Numbers of the function library on the server and of our own; None when it may not be asked, or has none."""
        try:
            there, ours = library_versions(self._client)
        except LedgerError:
            return None  # this user has no right to look; the functions answer, which is what counts
        return (there, ours) if there is not None else None

    def is_entered(self, register: str) -> bool:
        """Whether Redis knows the register, so that it can be enqueued for."""
        with self._answering():
            return bool(self._client.exists(keys_of(register).registry))

    def holder(self, register: str) -> str | None:
        """Give the worker that holds the register (`host:…`), None when none does."""
        with self._answering():
            token = self._client.get(keys_of(register).lease)
        return None if token is None else cast("bytes", token).decode().rsplit(" ", 2)[0]

    def line(self, register: str) -> LineFacts:
        """Give what the worker keeps of its line for the operator."""
        keys = keys_of(register)
        with self._answering():
            kept = cast("bytes | None", self._client.hget(keys.line, "standstill"))
            doubts = cast("Sequence[bytes]", self._client.zrange(keys.doubts, 0, -1))
            open_jobs = self._client.zcard(keys.open)
            quarantined = self._client.xlen(keys.quarantine)
            stopped = self._client.zcard(keys.stopped)
            shift = cast("bytes | None", self._client.hget(keys.line, "shift"))
            outlook = cast("bytes | None", self._client.hget(keys.line, "outlook"))
            reconciled = cast("bytes | None", self._client.hget(keys.line, "reconciled"))
            idle_seconds = self._idle_seconds(keys.events)
            first = cast("Sequence[bytes]", self._client.zrange(keys.open, 0, 0))
        head = self.status(register, first[0].decode()) if first else None
        standstill = None
        with suppress(ValidationError):  # not ours
            standstill = Standstill.model_validate_json(kept) if kept else None
        names = [doubt.decode(errors="backslashreplace") for doubt in doubts]
        return LineFacts(
            standstill,
            open_jobs,
            names,
            quarantined,
            stopped,
            read_shift(shift),
            read_outlook(outlook),
            Told.of(None if reconciled is None else reconciled.decode(errors="backslashreplace")),
            idle_seconds,
            None if head is None else str(head["state"]),
        )

    def _idle_seconds(self, stream: str) -> float | None:
        """A stream's entries bear the server's own time, so no clock of ours is compared with it."""
        last = cast("Entries", self._client.xrevrange(stream, count=1))
        if not last:
            return None
        seconds, micros = self._client.time()
        return seconds + micros / 1e6 - int(last[0][0].split(b"-")[0]) / 1000

    def known(self, register: str) -> None:
        """Raise ConfigError that names the known ones, unless the register is in the settings or in Redis."""
        if register not in self._settings.registers and not self.is_entered(register):
            self._settings.register_named(register)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Say beside what Redis says which Redis that is."""
        try:
            with answering():
                yield
        except ContractError as error:
            known = ", ".join(sorted(self._settings.registers)) or "–"
            if error.code != "FISCALQ_UNKNOWN_REGISTER":
                raise
            message = f"{error.message} (the settings have: {known})"
            raise ContractError(error.code, message, **{**error.facts, "known": known}) from error
        except LedgerError as error:
            text = f"{error} (FISCALQ_REDIS_URL is {self.where})"
            raise LedgerError(text, error.code, **error.facts) from error


def read_shift(kept: str | bytes | None) -> Mapping[str, Any] | None:
    """The shift as the worker wrote it; what somebody else has written there is none."""
    try:
        seen = json.loads(kept or "null")
    except ValueError:
        return None
    return seen if isinstance(seen, dict) and {"state", "number", "closes_by"} <= seen.keys() else None


def read_outlook(kept: str | bytes | None) -> Sequence[Mapping[str, Any]]:
    """The notices as the worker wrote them; what somebody else has written there are none."""
    try:
        seen = json.loads(kept or "[]")
        return [
            notice
            for notice in seen
            if {"sign", "urgent", "number"} <= notice.keys() and notice["sign"] in set(Sign)
        ]
    except (ValueError, TypeError, AttributeError):
        return []
