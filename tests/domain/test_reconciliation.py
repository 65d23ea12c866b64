"""Sides that agree give zeros, whatever was printed; whatever one side lacks is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from worker.domain.money import ZERO
from worker.domain.reconciliation import ALL, Note, Reconciliation, compare, counted
from worker.domain.sides import (
    CORRECTIONS,
    MOVES,
    RECEIPTS,
    WAYS,
    Counted,
    LedgerSide,
    OfdDocument,
    Recorded,
    RegisterSide,
    Row,
    Stranger,
)

FN = "9999078900001234"
OPENING = 10
roubles = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("99999.99"), places=2)


@st.composite
def receipts(draw: st.DrawFn, kinds: Sequence[str] = (*RECEIPTS, *CORRECTIONS)) -> list[Recorded]:
    """A day's documents, numbered behind the opening, each paid in one or two ways."""
    found = []
    for place in range(draw(st.integers(0, 12))):
        first, second = draw(st.permutations(WAYS))[:2]
        ways = {first: draw(roubles), second: draw(st.one_of(st.just(ZERO), roubles))}
        kind = draw(st.sampled_from(kinds))
        found.append(Recorded(f"job-{place}", kind, OPENING + 1 + place, sum(ways.values(), ZERO), ways))
    return found


def side(recorded: Sequence[Recorded], documents: int | None = None) -> LedgerSide:
    """The ledger's, of a shift that was opened and closed by us."""
    last = OPENING + (documents if documents is not None else sum(one.number is not None for one in recorded))
    return LedgerSide(recorded, OPENING, last + 1, "close", since_known=True)


def register(
    recorded: Sequence[Recorded], kinds: Sequence[str] = (*RECEIPTS, *CORRECTIONS, *MOVES)
) -> RegisterSide:
    """A register that counts what is recorded."""
    totals = {kind: counted(one for one in recorded if one.kind == kind) for kind in kinds}
    totals = {kind: each.model_copy(update={"ways": each.ways or {}}) for kind, each in totals.items()}
    return RegisterSide(totals=totals, receipts=sum(one.kind not in MOVES for one in recorded))


def figure(found: Reconciliation, kind: str, what: str) -> tuple[Decimal, Decimal | None, Decimal | None]:
    return next(
        (row.ledger, row.register_side, row.ofd) for row in found.rows if (row.kind, row.what) == (kind, what)
    )


@given(receipts())
def test_sides_that_agree_differ_nowhere(recorded: list[Recorded]) -> None:
    """Whatever was printed: zeros, and nothing that was not compared."""
    found = compare(FN, 2, side(recorded), register(recorded))
    assert (found.is_zero, found.notes) == (True, ())
    assert sum(row.ledger for row in found.rows if row.what == "sum") == sum(
        one.total or 0 for one in recorded
    )


@given(receipts().filter(bool), st.data())
def test_one_document_that_the_ledger_lacks_is_named_and_its_sum_is_the_difference(
    recorded: list[Recorded], data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(recorded))
    known = [one for one in recorded if one is not gone]
    found = compare(FN, 2, side(known, len(recorded)), register(recorded))
    assert [one.document for one in found.strangers] == [gone.number]
    differing = {(row.kind, row.what): row.difference for row in found.differing}
    assert differing[gone.kind, "sum"] == gone.total
    assert differing[gone.kind, "count"] == differing[ALL, "count"] == 1
    assert {kind for kind, _ in differing} == {gone.kind, ALL}


@given(receipts().filter(bool), st.data())
def test_one_document_that_the_register_did_not_count_is_a_difference_below_zero(
    recorded: list[Recorded], data: st.DataObject
) -> None:
    gone = data.draw(st.sampled_from(recorded))
    found = compare(FN, 2, side(recorded), register([one for one in recorded if one is not gone]))
    assert not found.is_zero
    assert {(row.kind, row.what): row.difference for row in found.differing}[gone.kind, "sum"] == -(
        gone.total or 0
    )


@given(receipts(), st.booleans())
def test_corrections_may_be_counted_apart_or_among_the_receipts(
    recorded: list[Recorded], among: bool
) -> None:
    """The reference names four kinds of totals and does not say where corrections are: neither way is an alarm."""
    as_receipts = [replace(one, kind=one.kind.removesuffix("Correction")) for one in recorded]
    said = register(as_receipts if among else recorded, (*RECEIPTS, *MOVES))
    found = compare(FN, 2, side(recorded), said)
    assert found.is_zero
    has_corrections = any(one.kind in CORRECTIONS for one in recorded)
    note = Note.CORRECTIONS_AMONG if among else Note.CORRECTIONS_APART
    assert found.notes == ((note,) if has_corrections else ())


def test_cash_may_be_counted_with_or_without_the_change() -> None:
    recorded = [Recorded("a", "sell", 11, Decimal("7.00"), {"cash": Decimal("7.00")}, change=Decimal("3.00"))]
    gross = Counted(count=1, sum=Decimal("7.00"), ways={"cash": Decimal("10.00")})
    said = RegisterSide(totals={"sell": gross}, receipts=1)
    assert compare(FN, 2, side(recorded), register(recorded)).notes == ()
    found = compare(FN, 2, side(recorded), said)
    assert (found.is_zero, found.notes) == (True, (Note.CHANGE_AMONG,))
    other = said.model_copy(
        update={"totals": {"sell": gross.model_copy(update={"ways": {"cash": Decimal("9.00")}})}}
    )
    assert [(row.what, row.difference) for row in compare(FN, 2, side(recorded), other).differing] == [
        ("cash", Decimal("2.00"))
    ]


def test_cash_that_was_moved_before_the_opening_may_count_either_way() -> None:
    early = Recorded("float", "cashIn", None, Decimal("500.00"), {}, before=True)
    later = Recorded("more", "cashIn", None, Decimal("100.00"))
    with_it, without = register([early, later]), register([later])
    assert compare(FN, 2, side([early, later]), without).notes == ()
    assert compare(FN, 2, side([early, later]), with_it).notes == (Note.MOVES_BEFORE,)
    assert compare(FN, 2, side([early, later]), register([])).differing[0].difference == -1


def test_what_was_not_read_is_said_and_is_no_difference() -> None:
    recorded = [Recorded("a", "sell", 11, Decimal("7.00"), {"cash": Decimal("7.00")})]
    found = compare(FN, 2, side(recorded))
    assert (found.is_zero, found.notes) == (True, (Note.TOTALS_NOT_READ, Note.COUNTERS_NOT_READ))


def test_the_documents_of_a_shift_are_told_by_its_opening_or_by_what_the_fn_counted() -> None:
    """Tag 1111 counts both reports (FFD): 12 to 14 lie between, whoever opened the shift."""
    ours = [Recorded("a", "sell", 13, Decimal(1), {})]
    counts = RegisterSide(documents=5, receipts=1)
    opened_by_hand = LedgerSide(ours, None, 15, "close")
    assert [one.document for one in compare(FN, 2, opened_by_hand, counts).strangers] == [12, 14]
    unknown = compare(FN, 2, opened_by_hand, RegisterSide(receipts=1))
    assert [one.document for one in unknown.strangers] == [14]
    assert Note.OPENING_UNKNOWN in unknown.notes


def test_a_range_that_is_no_shift_is_not_walked_through() -> None:
    """A wrong number must not make a list of millions."""
    ours = [Recorded("a", "sell", 11, Decimal(1), {})]
    found = compare(FN, 2, LedgerSide(ours, 10, 4_000_000_000, "close"))
    assert Note.RANGE_TOO_WIDE in found.notes
    assert found.strangers == ()


def test_a_job_whose_document_is_another_jobs_or_another_shifts_is_named() -> None:
    ours = [
        Recorded("a", "sell", 11, Decimal(1), {}),
        Recorded("twin", "sell", 11, Decimal(1), {}),
        Recorded("later", "sell", 40, Decimal(1), {}),
        Recorded("by-word", "sell", None, Decimal(1), {}),
    ]
    assert compare(FN, 2, side(ours, 1)).unplaced == ("by-word", "later", "twin")


@given(receipts(), st.booleans(), st.booleans())
def test_an_export_that_agrees_differs_nowhere(
    recorded: list[Recorded], told_kind: bool, among: bool
) -> None:
    """Operators call a correction by the kind of its settlement, or name no kind at all; registers may count it so, too."""
    said = register(recorded)
    if among:
        as_receipts = [replace(one, kind=one.kind.removesuffix("Correction")) for one in recorded]
        said = register(as_receipts, (*RECEIPTS, *MOVES))
    export = [
        OfdDocument(
            one.number or 0, one.total or ZERO, one.kind.removesuffix("Correction") if told_kind else None
        )
        for one in recorded
    ]
    others = [OfdDocument(3, Decimal(5)), OfdDocument(11, Decimal(9), fn_number="9999078900009999")]
    found = compare(FN, 2, side(recorded), said, ofd=[*export, *others])
    assert found.is_zero
    assert figure(found, ALL, "count")[2] == len(recorded) if recorded else found.rows == ()


def test_an_export_with_one_document_less_one_more_and_one_other() -> None:
    recorded = [
        Recorded(f"job-{number}", "sell", number, Decimal(number), {"cash": Decimal(number)})
        for number in (11, 12, 13)
    ]
    export = [
        OfdDocument(11, Decimal(11), "sell", {"cash": Decimal(11)}),
        OfdDocument(13, Decimal(14), "sellReturn", {"cash": Decimal(14)}),
        OfdDocument(14, Decimal(3), "sell", {"cash": Decimal(3)}),
    ]
    found = compare(FN, 2, side(recorded, 4), register(recorded), ofd=export)
    assert found.ofd_missing == (12,)
    # The FN has it as well.
    assert found.strangers == (Stranger(document=14, kind="sell", total=Decimal(3), at_ofd=True),)
    assert found.ofd_extra == ()
    (unlike,) = found.ofd_unlike
    assert (unlike.document, unlike.ledger, unlike.ofd) == (13, Decimal(13), Decimal(14))
    assert (unlike.ledger_kind, unlike.ofd_kind) == ("sell", "sellReturn")
    assert figure(found, "sell", "sum") == (Decimal(36), Decimal(36), Decimal(14))
    assert figure(found, "sellReturn", "sum") == (Decimal(0), Decimal(0), Decimal(14))
    assert not found.is_zero


def test_a_receipt_that_the_fn_alone_has_is_missing_at_the_operator() -> None:
    """Somebody printed it at the register itself, and it was not sent: nobody else would tell."""
    ours = [Recorded("job-11", "sell", 11, Decimal(11), {"cash": Decimal(11)})]
    stranger = Stranger(document=12, kind="sell", total=Decimal(7))
    said = register(ours).model_copy(
        update={"strangers": (stranger, Stranger(document=13, kind="openShift"))}
    )
    found = compare(FN, 2, side(ours, 3), said, ofd=[OfdDocument(11, Decimal(11), "sell")])
    assert (found.ofd_missing, found.ofd_extra) == ((12,), ())
    assert [(one.document, one.at_ofd) for one in found.strangers] == [(12, False), (13, None)]


def test_a_document_that_could_not_be_read_back_may_be_a_receipt_and_is_missing_at_the_operator() -> None:
    """Of many strangers only some are read back, and of an FN that does not answer none."""
    ours = [Recorded("job-11", "sell", 11, Decimal(11), {"cash": Decimal(11)})]
    export = [OfdDocument(11, Decimal(11), "sell"), OfdDocument(13, Decimal(7), "sell")]
    found = compare(FN, 2, side(ours, 3), register(ours), ofd=export)
    assert found.strangers == (
        Stranger(document=12, at_ofd=False),
        Stranger(document=13, kind="sell", total=Decimal(7), at_ofd=True),
    )
    assert (found.ofd_missing, found.ofd_extra) == ((12,), ())
    assert [one.at_ofd for one in compare(FN, 2, side(ours, 3), register(ours)).strangers] == [None, None]


def test_a_shift_that_is_open_goes_on_behind_what_the_ledger_knows() -> None:
    """What the operator has of it and nobody here is named, and not left out."""
    ours = [Recorded("job-11", "sell", 11, Decimal(11), {"cash": Decimal(11)})]
    open_side = LedgerSide(ours, opening=10)
    export = [OfdDocument(number, Decimal(number), "sell") for number in (9, 11, 12)]
    found = compare(FN, 2, open_side, ofd=export)
    assert found.ofd_extra == (Stranger(document=12, kind="sell", total=Decimal(12)),)
    assert (found.is_open, found.is_zero) == (True, False)
    assert compare(FN, 2, open_side, ofd=export[:2]).is_zero


def test_a_shift_that_a_later_one_follows_is_not_open_and_ends_before_that() -> None:
    """It was closed at the register itself; what the operator has of the next one is none of it."""
    ours = [Recorded("job-11", "sell", 11, Decimal(11), {"cash": Decimal(11)})]
    followed = LedgerSide(ours, opening=10, later=15)
    export = [OfdDocument(number, Decimal(number), "sell") for number in (11, 12, 15, 16)]
    found = compare(FN, 2, followed, ofd=export)
    assert (found.is_open, found.notes) == (False, (Note.CLOSED_UNSEEN,))
    assert [one.document for one in found.ofd_extra] == [12]


def test_each_side_has_a_difference_of_its_own_and_what_is_not_compared_has_none() -> None:
    row = Row(kind="sell", what="sum", ledger=Decimal(10), register_side=Decimal(10), ofd=Decimal(7))
    assert (row.register_difference, row.ofd_difference, row.difference) == (
        Decimal(0),
        Decimal(-3),
        Decimal(-3),
    )
    assert Row(kind="sell", what="sum", ledger=Decimal(10)).difference is None


def test_an_export_in_kopecks_that_does_not_say_so_is_told_as_that_and_not_as_so_many_differences() -> None:
    """Every document a hundred times larger is a unit; one that is not so makes all of them differences again."""
    recorded = [
        Recorded(f"job-{number}", "sell", number, Decimal("10.50"), {"cash": Decimal("10.50")})
        for number in (11, 12)
    ]
    read = Decimal("1050.00")  # as every sum of an export is read
    export = [OfdDocument(number, read, "sell", {"cash": read}) for number in (11, 12)]
    found = compare(FN, 2, side(recorded), register(recorded), ofd=export)
    assert (found.is_zero, found.notes) == (True, (Note.OFD_IN_KOPECKS,))
    assert figure(found, "sell", "sum") == (Decimal(21), Decimal(21), Decimal(21))
    assert str(figure(found, "sell", "cash")[2]) == "21.00"
    for other in (Decimal(1051), Decimal("10.50")):
        mixed = compare(
            FN, 2, side(recorded), register(recorded), ofd=[export[0], replace(export[1], total=other)]
        )
        assert (mixed.is_zero, mixed.notes) == (False, ())
