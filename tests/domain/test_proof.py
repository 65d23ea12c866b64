"""The proof by the FN: evidence and documents read back → verdict (promises §2)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from worker.domain.events import Evidence
from worker.domain.proof import Document, Expected, Reading, fiscal_of, is_plain, judge, qr
from worker.domain.verdicts import Fiscal, ReasonCode, Verdict

FN = "9999078900001234"
BEFORE = Evidence(fn_number=FN, document=10)
MARKER, OTHER = "fqours2222222222", "fqother222222222"
OURS = Expected("sell", Decimal("1.10"), MARKER)
PLAIN = Expected("sellCorrection", Decimal("1.10"), None)


def document(
    number: int, marker: str | None = None, task_type: str = "sell", total: str = "1.10"
) -> Document:
    return Document(number, task_type, Decimal(total), frozenset({marker} if marker else ()))


@pytest.mark.parametrize(
    ("expected", "last", "gap", "verdict"),
    [
        (OURS, 10, [], Verdict.NOT_PRINTED),
        (OURS, 11, [document(11, MARKER)], Verdict.PRINTED),
        (OURS, 11, [document(11, MARKER, total="1.00")], Verdict.PRINTED),
        (OURS, 11, [document(11, OTHER)], Verdict.NOT_PRINTED),
        (OURS, 11, [document(11)], Verdict.NOT_PRINTED),
        (OURS, 12, [None, document(12, MARKER)], Verdict.PRINTED),
        (OURS, 12, [None, document(12)], Verdict.IN_DOUBT),
        (OURS, 13, [document(11)], Verdict.IN_DOUBT),
        (OURS, 9, [], Verdict.IN_DOUBT),
        (PLAIN, 11, [document(11, None, "sellCorrection")], Verdict.PRINTED),
        (PLAIN, 11, [document(11, OTHER, "sellCorrection")], Verdict.NOT_PRINTED),
        (
            PLAIN,
            11,
            [document(11, "fq-12", "sellCorrection")],
            Verdict.PRINTED,
        ),  # an attribute of the CRM's own
        (PLAIN, 11, [document(11, None, "sellCorrection", "1.11")], Verdict.NOT_PRINTED),
        (
            PLAIN,
            12,
            [document(11, None, "sellCorrection"), document(12, None, "sellCorrection")],
            Verdict.IN_DOUBT,
        ),
        (PLAIN, 12, [document(11, None, "sellCorrection"), None], Verdict.IN_DOUBT),
    ],
)
def test_what_the_documents_prove(
    expected: Expected, last: int, gap: list[Document | None], verdict: Verdict
) -> None:
    assert judge(expected, BEFORE, Reading(FN, last, gap)).verdict is verdict


def test_two_documents_with_our_marker_are_printed_and_doubled() -> None:
    """Fault 5: the register's own server repeated the task."""
    proof = judge(OURS, BEFORE, Reading(FN, 12, [document(11, MARKER), document(12, MARKER)]))
    assert proof.verdict is Verdict.PRINTED
    assert [document.number for document in proof.doubled] == [12]
    assert proof.document is not None
    assert proof.document.number == 11


def test_another_fn_says_nothing_about_this_one() -> None:
    assert judge(OURS, BEFORE, Reading("9999078900009999", 10, [])).verdict is Verdict.IN_DOUBT


def test_without_evidence_only_the_marker_proves() -> None:
    """And its absence only when the whole FN was read."""
    assert judge(OURS, None, Reading(FN, 2, [document(1), document(2, MARKER)])).verdict is Verdict.PRINTED
    assert judge(OURS, None, Reading(FN, 2, [document(1), document(2)])).verdict is Verdict.NOT_PRINTED
    unread = judge(OURS, None, Reading(FN, 500, [document(number) for number in range(301, 501)]))
    assert (unread.verdict, unread.reason) == (Verdict.IN_DOUBT, ReasonCode.NO_EVIDENCE)
    assert (
        judge(PLAIN, None, Reading(FN, 1, [document(1, None, "sellCorrection")])).verdict is Verdict.IN_DOUBT
    )


def test_fiscal_data_are_taken_as_far_as_they_are_told() -> None:
    """Reference 8.7: any field may be absent, and 0 stands for a counter that could not be read."""
    fiscal = fiscal_of(
        "sell", {"fiscalParams": {"fiscalDocumentNumber": 7, "total": Decimal("149.9"), "shiftNumber": 0}}
    )
    assert fiscal is not None
    assert (fiscal.document_number, fiscal.total, fiscal.shift_number, fiscal.qr) == (
        7,
        Decimal("149.90"),
        None,
        None,
    )
    assert fiscal_of("sell", None) is None
    assert fiscal_of("sell", {"fiscalParams": None}) is None


def test_the_qr_is_the_one_of_the_reference() -> None:
    fiscal = Fiscal(
        document_number=1207,
        sign="2839104455",
        datetime="2031-03-01T12:41:00+03:00",
        fn_number=FN,
        total=Decimal("149.90"),
    )
    assert qr("sellReturn", fiscal) == f"t=20310301T1241&s=149.90&fn={FN}&i=1207&fp=2839104455&n=2"
    assert qr("closeShift", fiscal) is None


def test_a_ready_that_was_recovered_after_a_lost_link_is_read_back() -> None:
    """Reference 6.2: it may hold the data of another receipt, however well they fit."""
    params = {"fiscalDocumentNumber": 11, "fiscalDocumentSign": "1", "fnNumber": FN, "total": 1.10}
    plain = {"fiscalParams": params}
    assert is_plain(Decimal("1.10"), BEFORE, plain)
    assert not is_plain(Decimal("1.10"), BEFORE, plain | {"warnings": {"recovered": True}})
