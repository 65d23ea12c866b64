"""
What can happen to a job: the entries of its history, in the order in which they may be appended by `lifecycle`.

An entry says what was learnt or decided, never what was said on the wire, and holds no buyer's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from worker.domain.answers import Fault, Outcome, Stage
from worker.domain.tasks import Kind
from worker.domain.verdicts import Fiscal, Reason, Verdict


class Evidence(BaseModel):
    """
    What the register said before a submission (promises §2): the ground on which the proof stands.

    Args:
        fn_number: serial of the fiscal storage (tag 1041).
        document: number of its last fiscal document (tag 1040); None when the register could not say.
        drawer: roubles in the drawer, read before a job that moves cash; None otherwise.

    """

    model_config = ConfigDict(frozen=True)

    fn_number: str | None = None
    document: int | None = None
    drawer: Decimal | None = None


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)

    at: str = Field(description="Wall clock, ISO 8601 UTC: for display alone; nothing is decided by it.")


class Accepted(_Event):
    """The job was taken in: the first entry of every history."""

    name: Literal["accepted"] = "accepted"
    type: str | None = None  # of the task; None when it could not be read
    kind: Kind | None = None
    total: Decimal | None = None  # what the document will say in tag 1020
    marker: str | None = None  # what the receipt will carry; None: told by its content alone
    attribute: str | None = None  # by which attribute it carries it, whatever the settings say later


class SubmitStarted(_Event):
    """Written ahead of the POST: from here on the register may know the job."""

    name: Literal["submit_started"] = "submit_started"
    submission: int
    evidence: Evidence | None = None
    door: str  # generation, address and device: a 404 at another door proves nothing


class EvidenceVoided(_Event):
    """The register knew a submission of which the history says nothing: what was read before it proves nothing."""

    name: Literal["evidence_voided"] = "evidence_voided"
    submission: int | None = None  # the newest that the register knows, which decides


class NotSent(_Event):
    """The POST was never seen by the register, or not accepted: the same submission again, later."""

    name: Literal["not_sent"] = "not_sent"
    text: str


class Shown(_Event):
    """The register has shown the submission: it will be answered for."""

    name: Literal["shown"] = "shown"


class Waited(_Event):
    """Seconds counted while the register might have printed at any moment; a crash does not start them anew."""

    name: Literal["waited"] = "waited"
    seconds: float


class PrintStarted(_Event):
    """The register is at it, or cannot tell."""

    name: Literal["print_started"] = "print_started"
    stage: Stage


class WithdrawStarted(_Event):
    """Written ahead of the DELETE."""

    name: Literal["withdraw_started"] = "withdraw_started"


class WithdrawRefused(_Event):
    """The DELETE came too late or did not hold: the submission goes on, and so does the wait."""

    name: Literal["withdraw_refused"] = "withdraw_refused"


class Deleted(_Event):
    """The register says that it removed the submission; `fence` is the uuid of the reading that shall prove it."""

    name: Literal["deleted"] = "deleted"
    fence: str


class FencePassed(_Event):
    """The reading behind the DELETE is final: whatever was older is finished, or was never taken (reference 7.4)."""

    name: Literal["fence_passed"] = "fence_passed"


class Probed(_Event):
    """The submission has been under way for long: a younger reading shall tell whether its status was lost."""

    name: Literal["probed"] = "probed"
    fence: str


class Entombed(_Event):
    """A harmless reading lies under the submission's uuid: nothing else can land there any more."""

    name: Literal["entombed"] = "entombed"


class Found(_Event):
    """The register's last word, of which the proof is still to be had."""

    name: Literal["found"] = "found"
    outcome: Outcome
    code: int = 0
    text: str = ""
    fault: Fault | None = None
    doubtful: bool = False
    document: int | None = None  # the document that the register's result names, to be read back

    @property
    def is_for_now(self) -> bool:
        """Whether it is an error of the register that passes, by itself or when a person has been there."""
        return self.outcome is Outcome.ERROR and self.fault is not None and self.fault.passes


class Disproved(_Event):
    """
    Proven: this submission left no document. `document` is the FN's last one, by which it was proven.

    With `by` it is a named person's word instead, in the place of a proof that cannot be had.
    """

    name: Literal["disproved"] = "disproved"
    document: int | None = None
    by: str | None = None
    why: str | None = None


class Printed(_Event):
    """
    Proven: registered. `doubled` lists further documents with our marker: the register printed twice.

    `repeats` are the fiscal data of those, from which the correction is prepared. With `by` it is a named person's word.
    """

    name: Literal["printed"] = "printed"
    fiscal: Fiscal | None = None
    result: Mapping[str, Any] | None = None
    doubled: tuple[int, ...] = ()
    repeats: tuple[Fiscal, ...] = ()
    by: str | None = None
    why: str | None = None


class Doubled(_Event):
    """A further document with the marker of a job that is on record: the register's own server has printed again."""

    name: Literal["doubled"] = "doubled"
    document: int
    fiscal: Fiscal = Fiscal()


class GaveUp(_Event):
    """Dead: proven not printed, or in doubt."""

    name: Literal["gave_up"] = "gave_up"
    verdict: Verdict
    reason: Reason


class Replayed(_Event):
    """
    A named person wants a dead, proven job done again.

    `edited` are the paths in which its task differs from then on (`edits`); what stands there is buyers' data.
    """

    name: Literal["replayed"] = "replayed"
    by: str
    why: str
    edited: tuple[str, ...] | None = None


Event = (
    Accepted
    | SubmitStarted
    | EvidenceVoided
    | NotSent
    | Shown
    | Waited
    | PrintStarted
    | WithdrawStarted
    | WithdrawRefused
    | Deleted
    | FencePassed
    | Probed
    | Entombed
    | Found
    | Disproved
    | Printed
    | Doubled
    | GaveUp
    | Replayed
)

_ENTRY: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="name")])


def dump(event: Event) -> str:
    """The entry of the history: one JSON object."""
    return event.model_dump_json(exclude_none=True)


def load(entry: str | bytes) -> Event:
    """Read an entry of the history. Raises pydantic's ValidationError when it is none of ours."""
    return _ENTRY.validate_json(entry)
