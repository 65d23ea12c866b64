"""
What the register can say, in our words.

The adapter turns HTTP and both generations of the protocol into these; nothing above it knows a status code. To a POST:
Taken, Known, Turned, NotNow, NeverSent, Unanswered. To a poll: Pending, Final, Missing, Strange, Silent. To a DELETE:
Removed, TooLate, Missing, Silent. What each proves is the table of promises §2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Stage(StrEnum):
    """Where a submission stands that is not final (reference §4)."""

    WAITING = "waiting"  # in the register's queue; may print at any moment, days later too
    RUNNING = "running"  # the register is at it
    BLOCKED = "blocked"  # the register cannot tell; it settles it alone


class Outcome(StrEnum):
    """How a submission ended, by the register's own word; what that proves is another question."""

    READY = "ready"
    ERROR = "error"
    INTERRUPTED = "interrupted"  # never started
    CANCELED = "canceled"  # withdrawn; believed only behind a fence (reference 7.4)
    MISSING = "missing"  # the register does not know the uuid (any more)
    LOST = "lost"  # it says "running" although a younger task of its queue is final: the status was never written


class Fault(StrEnum):
    """What an error code asks for (the class column of reference §10)."""

    TRANSIENT = "transient"  # passes by itself
    PERSON = "person"  # somebody must go to the register: paper, cover, clock
    SHIFT = "shift"  # another task solves it: open or close the shift, put cash in, finish a document
    PAYLOAD = "payload"  # the task is wrong and stays wrong
    DEVICE = "device"  # service: register, FN, licence or settings
    MARKING = "marking"  # the marking check
    UNKNOWN = "unknown"  # a number that is not in the table

    @property
    def passes(self) -> bool:
        """Whether the same task may succeed later without being changed and without another task."""
        return self in {Fault.TRANSIENT, Fault.PERSON}


@dataclass(frozen=True)
class Taken:
    """The POST was stored (201). Queued, not printed."""


@dataclass(frozen=True)
class Known:
    """409 to a POST: the uuid is there already, or the device is not; a poll tells which (reference 3.1)."""

    text: str = ""


@dataclass(frozen=True)
class Turned:
    """The POST was refused for what it says, and not stored (400, 413, 420)."""

    code: int
    text: str


@dataclass(frozen=True)
class NotNow:
    """The POST was not accepted now (401, 403, 404, 408; 409 with an unknown uuid). The same uuid again, later."""

    code: int
    text: str


@dataclass(frozen=True)
class NeverSent:
    """No connection was made: the register cannot have seen the POST."""

    text: str


@dataclass(frozen=True)
class Unanswered:
    """Bytes of the POST had left and no answer came that the protocol knows: nothing is proven."""

    text: str


@dataclass(frozen=True)
class Pending:
    """The register holds the submission and has not finished it."""

    stage: Stage


@dataclass(frozen=True)
class Final:
    """
    The register's last word about one submission.

    Args:
        outcome: ready, error, interrupted or canceled.
        code: the driver's error number (reference §10), 0 when ready.
        text: the register's own words for it.
        fault: the class of the code; None when ready.
        doubtful: the code leaves open whether the document was closed (the V of reference §10).
        result: the task's result object as the register gave it, or None.

    """

    outcome: Outcome
    code: int = 0
    text: str = ""
    fault: Fault | None = None
    doubtful: bool = False
    result: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Missing:
    """The register does not know this uuid (404)."""


@dataclass(frozen=True)
class Strange:
    """A status word that the protocol does not know: it may still print."""

    word: str


@dataclass(frozen=True)
class Silent:
    """A poll or a DELETE brought no answer of the protocol: unreachable, HTML, cut JSON, 5xx, no access."""

    text: str


@dataclass(frozen=True)
class Removed:
    """DELETE was answered with 200: a claim, not yet a proof (reference 2.3)."""


@dataclass(frozen=True)
class TooLate:
    """DELETE was refused: the submission runs, is blocked or is final."""

    text: str = ""


PostAnswer = Taken | Known | Turned | NotNow | NeverSent | Unanswered
PollAnswer = Pending | Final | Missing | Strange | Silent
DeleteAnswer = Removed | TooLate | Missing | Silent
Answer = PostAnswer | PollAnswer | DeleteAnswer
