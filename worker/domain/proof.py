"""
Evidence and documents read back → verdict (promises §2, "Proof by the FN"). Pure.

The number of the FN's last document is known before each submission. What stands behind it afterwards, read document
by document, says whether the job is on record: by its marker where it carries one, by its content where it does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from worker.domain.events import Evidence
from worker.domain.identity import is_marker
from worker.domain.verdicts import Fiscal, ReasonCode, Verdict

KOPECK = Decimal("0.01")

SIGN_OF_CALCULATION = {"sell": 1, "sellReturn": 2, "buy": 3, "buyReturn": 4}  # tag 1054, and n= of the QR


@dataclass(frozen=True)
class Document:
    """
    A fiscal document as read back from the FN.

    Args:
        number: tag 1040.
        type: the task type that makes such a document (`sell`, `openShift`, `sellCorrection` …), None for any other.
        total: tag 1020, None where the document has none.
        markers: every attribute it carries (tags 1192, 1086) that could be a marker.
        fiscal: its data for the CRM.

    """

    number: int
    type: str | None
    total: Decimal | None = None
    markers: frozenset[str] = frozenset()
    fiscal: Fiscal = field(default_factory=Fiscal)

    @property
    def is_marked(self) -> bool:
        """Whether one of its attributes is a marker of a job (design §2); an attribute may be the CRM's own."""
        return any(is_marker(marker) for marker in self.markers)


@dataclass(frozen=True)
class Expected:
    """The document that a job would have left; `told` when the register says that it has."""

    type: str | None
    total: Decimal | None
    marker: str | None
    told: bool = False


@dataclass(frozen=True)
class Reading:
    """
    What the FN said once the submission was final.

    Args:
        fn_number: its serial, None when it was not told.
        document: number of its last document.
        gap: the documents behind the evidence, in order; None stands for one that could not be read.
        named: the document that the register itself gave for the submission.

    """

    fn_number: str | None
    document: int
    gap: Sequence[Document | None] = ()
    named: int | None = None


@dataclass(frozen=True)
class Proof:
    """The verdict; `reason` when in doubt, the document when printed, `doubled` when the register printed more than one."""

    verdict: Verdict
    reason: ReasonCode | None = None
    document: Document | None = None
    doubled: tuple[Document, ...] = ()


def repeated(documents: Sequence[Document]) -> Mapping[str, Any]:
    """What the record of a printed job says of the documents beside the first."""
    return {
        "doubled": tuple(document.number for document in documents),
        "repeats": tuple(document.fiscal for document in documents),
    }


def judge(expected: Expected, evidence: Evidence | None, reading: Reading) -> Proof:
    """Say what the FN proves about a submission that the register holds as final."""
    if evidence is None or evidence.document is None:
        return _judge_without_evidence(expected, reading)
    if is_other_fn(evidence, reading.fn_number):
        # It can show what is on it, never what is not on the one before.
        found = _judge_without_evidence(expected, reading)
        by_marker = found.verdict is Verdict.PRINTED and expected.marker is not None
        return found if by_marker else Proof(Verdict.IN_DOUBT, ReasonCode.PROOF_AMBIGUOUS)
    if reading.document < evidence.document:
        return Proof(Verdict.IN_DOUBT, ReasonCode.PROOF_AMBIGUOUS)
    whole = None not in reading.gap and len(reading.gap) == reading.document - evidence.document
    ours = [document for document in reading.gap if document is not None and _is_ours(expected, document)]
    if expected.marker is not None and ours:
        return Proof(Verdict.PRINTED, None, ours[0], tuple(ours[1:]))
    if len(ours) == 1 and whole:
        return Proof(Verdict.PRINTED, None, ours[0])
    if not ours and whole:
        return Proof(Verdict.NOT_PRINTED)
    return Proof(Verdict.IN_DOUBT, ReasonCode.PROOF_AMBIGUOUS)


def is_other_fn(evidence: Evidence | None, fn_number: str | None) -> bool:
    """Whether the FN is known to be another one than the one that the evidence speaks of."""
    known = evidence.fn_number if evidence is not None else None
    return bool(known and fn_number and known != fn_number)


def grown(known: Evidence | None, fiscal: Fiscal, doubled: tuple[int, ...]) -> Evidence | None:
    """
    The FN behind a printed document; None when it must be asked afresh, since the document stands on another FN.

    A doubt that settles late names an older document than is known already.
    """
    if is_other_fn(known, fiscal.fn_number):
        return None
    floor = (known.document or 0) if known is not None else 0
    number = fiscal.fn_number or (known.fn_number if known is not None else None)
    return Evidence(fn_number=number, document=max(fiscal.document_number or 0, floor, *doubled))


def judge_cash(moved: Decimal | None, evidence: Evidence | None, drawer: Decimal | None) -> Proof:
    """
    Say what the drawer proves about a job that moves cash and leaves no document (promises §2).

    Args:
        moved: roubles, negative when taken out.
        evidence: with the drawer's sum before the submission.
        drawer: its sum now.

    """
    before = evidence.drawer if evidence is not None else None
    if moved is None or before is None or drawer is None:
        return Proof(Verdict.IN_DOUBT, ReasonCode.NO_EVIDENCE)
    if drawer == before + moved:
        return Proof(Verdict.PRINTED)
    if drawer == before:
        return Proof(Verdict.NOT_PRINTED)
    return Proof(Verdict.IN_DOUBT, ReasonCode.PROOF_AMBIGUOUS)


def _judge_without_evidence(expected: Expected, reading: Reading) -> Proof:
    """Nothing is known from before: only our marker proves, and its absence only if the whole FN was read."""
    if expected.marker is None:
        read = (document for document in reading.gap if document is not None)
        named = next((document for document in read if document.number == reading.named), None)
        if named is not None and expected.told and expected.total is None and named.type == expected.type:
            return Proof(Verdict.PRINTED, None, named)  # a shift report that the register named itself
        return Proof(Verdict.IN_DOUBT, ReasonCode.NO_EVIDENCE)
    ours = [document for document in reading.gap if document is not None and _is_ours(expected, document)]
    if ours:
        return Proof(Verdict.PRINTED, None, ours[0], tuple(ours[1:]))
    whole = len(reading.gap) == reading.document and None not in reading.gap
    # What the register calls printed may stand on another FN, of which nothing is known here.
    return (
        Proof(Verdict.NOT_PRINTED)
        if whole and not expected.told
        else Proof(Verdict.IN_DOUBT, ReasonCode.NO_EVIDENCE)
    )


def _is_ours(expected: Expected, document: Document) -> bool:
    """Marker first: the register's own figures may differ (change, rounding). Content only where no marker is."""
    if expected.marker is not None:
        return expected.marker in document.markers
    if document.is_marked:
        return False  # another job's
    return document.type == expected.type and document.total == expected.total


def is_plain(total: Decimal | None, evidence: Evidence | None, result: Mapping[str, Any] | None) -> bool:
    """
    Whether a `ready` needs no further look: complete, equal to what was sent, and the very next document of this FN.

    A jump of more than one is looked into: the register's server may have repeated the task (reference 7.3), a shift
    may have opened by itself (6.2), or somebody else has used the register.
    """
    fiscal = fiscal_of(None, result)
    if evidence is None or fiscal is None or fiscal.document_number is None or not fiscal.sign:
        return False
    if evidence.document is not None and fiscal.document_number != evidence.document + 1:
        return False
    if "recovered" in fiscal.warnings:
        return False
    if evidence.fn_number and fiscal.fn_number != evidence.fn_number:
        return False
    return total is None or fiscal.total == total


def fiscal_of(task_type: str | None, result: Mapping[str, Any] | None) -> Fiscal | None:
    """
    The fiscal data of a result object (reference 8.7), None when it holds none.

    Every field may be absent: each is read from the FN by itself and skipped when that read does not succeed.
    """
    if not result or not isinstance(params := result.get("fiscalParams"), Mapping):
        return None
    raised = result.get("warnings")
    flags = tuple(name for name, value in raised.items() if value) if isinstance(raised, Mapping) else ()
    fiscal = Fiscal(
        document_number=_number(params.get("fiscalDocumentNumber")),
        sign=_text(params.get("fiscalDocumentSign")),
        datetime=_text(params.get("fiscalDocumentDateTime")),
        receipt_number=_number(params.get("fiscalReceiptNumber")),
        shift_number=_number(params.get("shiftNumber")),
        fn_number=_text(params.get("fnNumber")),
        registration_number=_text(params.get("registrationNumber")),
        total=money(params.get("total")),
        warnings=flags,
    )
    return fiscal.model_copy(update={"qr": qr(task_type, fiscal)})


def qr(task_type: str | None, fiscal: Fiscal) -> str | None:
    """The buyer's QR string (reference 8.7), None for a document that has none or lacks a part of it."""
    sign = SIGN_OF_CALCULATION.get((task_type or "").removesuffix("Correction"))
    parts = (sign, fiscal.datetime, fiscal.total, fiscal.fn_number, fiscal.document_number, fiscal.sign)
    if any(part is None for part in parts):
        return None
    stamp = str(fiscal.datetime).replace("-", "").replace(":", "")[: len("YYYYMMDDThhmm")]
    return f"t={stamp}&s={fiscal.total:.2f}&fn={fiscal.fn_number}&i={fiscal.document_number}&fp={fiscal.sign}&n={sign}"


def money(value: object) -> Decimal | None:
    """Roubles, exact to the kopeck, from a JSON number of the register; None when it is anything else: `true`, a list."""
    try:
        return Decimal(str(value)).quantize(KOPECK)
    except InvalidOperation:
        return None


def _number(value: object) -> int | None:
    """A counter; the register answers 0 for one that it could not read (reference 8.7)."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _text(value: object) -> str | None:
    return (
        str(value).strip() or None if isinstance(value, str | int) and not isinstance(value, bool) else None
    )
