"""What the CRM is told at the end: verdict, reason and fiscal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from worker.domain.tasks import Problem


class Verdict(StrEnum):
    """What has been proven (design §2). There is no fourth: what cannot be proven is in doubt."""

    PRINTED = "printed"
    NOT_PRINTED = "not_printed"
    IN_DOUBT = "in_doubt"


class ReasonCode(StrEnum):
    """Why a job is dead, or stopped. Each has a text in Russian and in English with one safe next step (`worker/app/texts`)."""

    TASK_REFUSED = "task_refused"  # the task breaks a rule; every problem is named
    REGISTER_REFUSED = "register_refused"  # the register refused it, proven
    SUBMISSIONS_SPENT = "submissions_spent"  # transient faults outlasted `limits.submissions_max`
    WAIT_EXCEEDED = "wait_exceeded"  # withdrawn, proven
    REGISTER_NOT_WORKING = (
        "register_not_working"  # its server answers, its queue stands still; nothing was sent
    )
    POST_UNANSWERED = "post_unanswered"  # sent perhaps, and no answer since
    WITHDRAW_UNPROVEN = "withdraw_unproven"  # the DELETE or its fence did not come through
    PROOF_UNREADABLE = "proof_unreadable"  # the FN could not be read in time
    PROOF_AMBIGUOUS = "proof_ambiguous"  # the FN was read and leaves two answers open
    NO_EVIDENCE = "no_evidence"  # nothing was known of the FN before the submission
    NO_DOCUMENT_TO_READ = "no_document_to_read"  # this kind of job leaves none, so nothing can prove it
    NEVER_ARRIVED = "never_arrived"  # it never reached the register, and cannot any more
    STATUS_LOST = "status_lost"  # the register's server lost the status; the FN has no document of it
    DOOR_CHANGED = "door_changed"  # sent through another server or address, which may hold it still
    EQUAL_DOUBT = (
        "equal_doubt"  # a doubt of equal content, neither with a marker: one document could be either's
    )
    RESOLVED = "resolved"  # a named person says that it was not printed
    WITHDRAWN = "withdrawn"  # a named person took it back before the register had it
    SEQUENCE_STOPPED = "sequence_stopped"  # queued behind a dead job of its sequence
    STATUS_UNKNOWN = "status_unknown"  # a status word that the protocol does not know


class Reason(BaseModel):
    """Why: a code with its texts, the register's own words, and each problem by its path."""

    model_config = ConfigDict(frozen=True)

    code: ReasonCode
    register_code: int | None = None  # the driver's error number (reference §10) or an HTTP status
    text: str = ""  # the register's own words
    problems: tuple[Problem, ...] = ()


class Fiscal(BaseModel):
    """
    The fiscal data of a registered document, as far as the register told them (reference 8.7; tags of the FFD).

    Money is exact; `datetime` is the register's own clock as it wrote it.
    """

    model_config = ConfigDict(frozen=True)

    document_number: int | None = Field(None, description="tag 1040")
    sign: str | None = Field(None, description="tag 1077")
    datetime: str | None = Field(None, description="tag 1012")
    receipt_number: int | None = Field(None, description="tag 1042")
    shift_number: int | None = Field(None, description="tag 1038")
    fn_number: str | None = Field(None, description="tag 1041")
    registration_number: str | None = Field(None, description="tag 1037")
    total: Decimal | None = Field(None, description="tag 1020, roubles")
    qr: str | None = None
    warnings: tuple[str, ...] = ()

    def warned(self, warning: str) -> Fiscal:
        """The same with one warning more, said once."""
        others = (known for known in self.warnings if known != warning)
        return self.model_copy(update={"warnings": (*others, warning)})


UNFORESEEN = "unforeseen"  # a warning: it had been told not printed before its document was found
MISNAMED = (
    "misnamed:"  # how a warning begins about a number that a person named and that was wrong; it follows
)
DOUBLED = "doubled:"  # how a warning about a document too many begins; its number follows


def documents_too_many(answer: Mapping[str, Any]) -> Sequence[str]:
    """Of the job of this status answer (design §3): numbers of the documents that the register printed beside its own."""
    warnings = (answer.get("fiscal") or {}).get("warnings") or ()
    return [warning.removeprefix(DOUBLED) for warning in warnings if warning.startswith(DOUBLED)]
