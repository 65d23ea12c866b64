"""What `lifecycle.decide` can say, and what it is told of the run in progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker.domain.events import Event, Evidence
from worker.domain.proof import Document


@dataclass(frozen=True)
class Elapsed:
    """
    Seconds by the monotonic clock, and setbacks in a row, of the run in progress.

    Args:
        waiting: since the register might print at any moment, those of earlier runs included.
        withdrawing: since the DELETE was first sent, in this run.
        printing: since the register says that it is at it, in this run.
        proving: since the register's last word came, in this run.
        surveying: since a reading stands in the register's queue without being taken up.
        setbacks: answers in a row that brought nothing, which sets the length of the next pause.
        unknown: the register was asked for the next submission behind the evidence, and knows of none.
        posts: POSTs of the current submission; more than one, or one from before a crash, may be on its way still.

    """

    waiting: float = 0.0
    withdrawing: float = 0.0
    printing: float = 0.0
    proving: float = 0.0
    surveying: float = 0.0
    setbacks: int = 0
    unknown: bool = False
    posts: int = 0


@dataclass(frozen=True)
class Footing:
    """
    What the line stands on before a submission.

    Args:
        evidence: the FN as last read, or None when it must be asked afresh.
        recorded: documents with this job's marker, met when the documents since the last known one were read.
        off: an earlier job died of a register that does not work; no further job may.
        twin: a job in doubt, of equal content, when neither carries a marker: one document could belong to both.
        shift_kept: a shift that is closed or over is put right before the next submission.

    """

    evidence: Evidence | None
    off: bool = False
    recorded: Sequence[Document] = ()
    twin: str | None = None
    shift_kept: bool = False


@dataclass(frozen=True)
class Submit:
    """POST the job, after a pause; from `queued` the submission is written ahead with this evidence."""

    submission: int
    evidence: Evidence | None
    after: float = 0.0


@dataclass(frozen=True)
class Ask:
    """Look at the submission; `after` is the pause after a setback, None lets the pace of the register decide."""

    after: float | None = None


@dataclass(frozen=True)
class Survey:
    """Read the FN before anything is sent."""

    after: float = 0.0


@dataclass(frozen=True)
class LookBack:
    """Ask for a submission before its first POST: a ledger that was wiped or rolled back does not know of it."""

    submission: int
    after: float = 0.0


@dataclass(frozen=True)
class Withdraw:
    """DELETE the submission."""

    after: float = 0.0


@dataclass(frozen=True)
class Fence:
    """Post the reading behind the DELETE, or look whether it is final."""

    after: float | None = None


@dataclass(frozen=True)
class Probe:
    """Choose the reading that shall tell whether a submission is still under way."""


@dataclass(frozen=True)
class Entomb:
    """Post a harmless reading under the submission's own uuid, so that nothing else can land there."""

    after: float = 0.0


@dataclass(frozen=True)
class Prove:
    """Read the FN and compare."""

    after: float = 0.0


@dataclass(frozen=True)
class Record:
    """Nothing to ask of anybody: append this."""

    event: type[Event]
    facts: Mapping[str, Any]


Action = Submit | Ask | Survey | LookBack | Withdraw | Fence | Probe | Entomb | Prove | Record
