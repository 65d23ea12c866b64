"""A job and its state: what the history of a job folds into. `lifecycle` says how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from worker.domain.events import Evidence, Found
from worker.domain.identity import submission_uuid
from worker.domain.tasks import Kind
from worker.domain.verdicts import Fiscal, Reason, Verdict

FISCAL_KINDS = frozenset({Kind.RECEIPT, Kind.CORRECTION, Kind.SHIFT, Kind.OFD_REPORT})
REPEATABLE_KINDS = frozenset(
    {Kind.READING}
)  # nothing on paper, nothing in a counter: doing it twice is harmless


class State(StrEnum):
    """Where a job stands, as the CRM sees it."""

    QUEUED = "queued"  # the register holds nothing of it that could print
    SUBMITTING = "submitting"  # the register may know it: ask before sending
    WAITING = "waiting"  # in the register's queue; may print at any moment
    PRINTING = "printing"  # the register is at it, or cannot tell, or its last word is being proven
    PRINTED = "printed"  # final
    DEAD = "dead"  # final for us; a doubt may be settled, a proven one replayed


@dataclass(frozen=True)
class Job:
    """
    A job, folded from its history.

    Args:
        place: entries in the history; the next entry takes this place plus one.
        submission: number of the current submission, 0 before the first.
        loose: a POST of the current submission may still be on its way (it was never answered).
        shown: the register has shown the current submission.
        found: the register's last word that is not proven yet.
        again: the current submission had been started before, so that the history does not miss it.
        stray: an earlier POST of the current number was never answered and may land yet.
        cause: what the last submission ended with, proven to have left no document.
        on_word: a person has said of a submission that it did not print, where the FN could not be read.
        disowned: it was told not printed and then replayed, and nothing has been sent since.
        freed: the register itself has shown the current submission as final, so that the next number may be used.
        entombed: a harmless reading lies under the current submission's uuid.
        rounds: POSTs of the current number that were proven to have come to nothing.
        refusals: withdrawals of the current submission that were refused.
        fence: uuid of the reading behind a DELETE; `fence_passed` when it is final.
        waited: seconds counted while the register might have printed at any moment.

    """

    id: str
    register: str
    place: int = 0
    state: State = State.QUEUED
    type: str | None = None
    kind: Kind | None = None
    total: Decimal | None = None
    marker: str | None = None
    attribute: str | None = None
    submission: int = 0
    evidence: Evidence | None = None
    door: str = ""
    loose: bool = False
    shown: bool = False
    withdrawing: bool = False
    entombed: bool = False
    fence: str | None = None
    fence_passed: bool = False
    found: Found | None = None
    cause: Found | None = None
    again: bool = False
    stray: bool = False
    on_word: bool = False
    disowned: bool = False
    freed: bool = False
    rounds: int = 0
    refusals: int = 0
    waited: float = 0.0
    verdict: Verdict | None = None
    reason: Reason | None = None
    fiscal: Fiscal | None = None
    result: Mapping[str, Any] | None = None
    doubled: tuple[int, ...] = ()
    repeats: tuple[Fiscal, ...] = ()
    accepted_at: str = ""
    updated_at: str = ""

    @property
    def uuid(self) -> str:
        """Of the current submission, under which the register knows it (design §2)."""
        return str(submission_uuid(self.register, self.id, self.submission))

    @property
    def is_final(self) -> bool:
        """Printed or dead: the line goes on."""
        return self.state in {State.PRINTED, State.DEAD}

    @property
    def is_fiscal(self) -> bool:
        """Leaves a document in the FN, so that the FN can prove it."""
        return self.kind in FISCAL_KINDS

    @property
    def is_proven_by_reading(self) -> bool:
        """Whether the register can be read for what the job left: a document in the FN, or cash in the drawer."""
        return self.is_fiscal or self.kind is Kind.CASH

    @property
    def is_named(self) -> bool:
        """Whether its document's number is a person's word alone: the FN has not shown the sign of it (tag 1077)."""
        return (
            self.fiscal is not None and self.fiscal.document_number is not None and self.fiscal.sign is None
        )

    @property
    def in_doubt(self) -> bool:
        """Dead, and nobody knows yet whether it printed."""
        return self.state is State.DEAD and self.verdict is Verdict.IN_DOUBT
