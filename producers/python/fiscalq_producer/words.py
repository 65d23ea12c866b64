"""The answers of the contract as types, and the one way a task becomes text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

FINAL_STATES = frozenset({"printed", "dead"})


@dataclass(frozen=True)
class Accepted:
    """The door's answer: the job is on disk. `duplicate`: it was known already, and `state` is where it stands."""

    job: str
    register: str
    state: str
    duplicate: bool


@dataclass(frozen=True)
class Status:
    """
    Where a job stands (`fiscalq_status`).

    Args:
        state: queued, submitting, waiting, printing, printed or dead.
        verdict: printed, not_printed or in_doubt; None until it is printed or dead.
        reason: code, message_en, message_ru and problems of a dead job.
        fiscal: document_number, sign, datetime, receipt_number, shift_number, fn_number, registration_number, total
            (a string with two decimals), qr, warnings and their advice, of a printed fiscal job.
        whole: the answer as it came, with whatever later versions add.

    """

    job: str
    register: str
    type: str | None
    state: str
    verdict: str | None
    reason: Mapping[str, Any] | None
    submissions: int
    accepted_at: str | None
    updated_at: str | None
    fiscal: Mapping[str, Any] | None
    whole: Mapping[str, Any]

    @property
    def is_final(self) -> bool:
        """Printed or dead. A job that is dead in doubt may still be settled: follow the events or ask again."""
        return self.state in FINAL_STATES

    @classmethod
    def read(cls, text: str | bytes) -> Status:
        """Read the answer of `fiscalq_status`."""
        whole = json.loads(text)
        names = (
            "job",
            "register",
            "type",
            "state",
            "verdict",
            "reason",
            "submissions",
            "accepted_at",
            "updated_at",
            "fiscal",
        )
        return cls(**{name: whole.get(name) for name in names}, whole=whole)


@dataclass(frozen=True)
class Event:
    """One change of one job, as the register's stream of events tells it. `place` is where to go on reading."""

    place: str
    job: str
    state: str
    verdict: str | None
    at: str


def text_of(task: Mapping[str, Any] | str | bytes) -> bytes:
    """
    The task as the bytes that are sent; the same content is the same bytes, so serialise once and keep them.

    Text and bytes are sent as they are. Decimals become exact JSON numbers.

    Raises: ValueError when a number cannot be written exactly, or is no number.
    """
    if isinstance(task, bytes):
        return task
    if isinstance(task, str):
        return task.encode()
    return json.dumps(
        task, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_exact
    ).encode()


def _exact(value: object) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"a task cannot hold a {type(value).__name__}")
    if value.is_finite() and value == value.to_integral_value():
        return int(value)
    written = float(value)
    if Decimal(repr(written)) != value:
        raise ValueError(f"{value} cannot be written as an exact number: round it to kopecks first")
    return written
