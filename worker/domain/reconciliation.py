"""
One shift from two or three sides: what the ledger has on record, what the register counted, what the OFD operator got.

Pure. Where the reference does not say how a register counts (corrections, change), either way of counting is taken as
agreement, and the result says which one it was: an alarm that is false is soon heard by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from worker.domain.money import KOPECK, ZERO, kopecks, total_of
from worker.domain.sides import (
    CORRECTIONS,
    KINDS,
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
    Unlike,
)

ALL = "receipts"  # receipts and corrections of all kinds: what tag 1118 counts
RANGE_MAX = 100_000  # documents between two of one shift; a wider range is no shift but a wrong number


class Note(StrEnum):
    """What could not be compared, or was counted in one of two ways. Each has a text in both languages (`ops/cli/texts`)."""

    OPEN = "open"  # the shift is not closed: there is no other side yet
    CLOSED_UNSEEN = "closed_unseen"  # a later one has begun, so it was closed, and not by a job of the ledger
    TOTALS_NOT_READ = "totals_not_read"  # the register was not asked before it closed, or did not answer
    COUNTERS_NOT_READ = "counters_not_read"  # the closing report could not be read back from the FN
    OPENING_UNKNOWN = (
        "opening_unknown"  # documents before the first known one of the shift may be missing here
    )
    CORRECTIONS_APART = "corrections_apart"  # the register's totals do not tell of corrections
    CORRECTIONS_AMONG = "corrections_among"  # they count a correction as a receipt of its kind
    CHANGE_AMONG = "change_among"  # they count cash as it was handed over, with the change
    MOVES_BEFORE = "moves_before"  # they count cash that was moved before the shift was opened
    MOVES_UNKNOWN = "moves_unknown"  # it is not known when the shift began, so moves of cash are not compared
    PAYMENTS_UNKNOWN = "payments_unknown"  # a task cannot be read any more: its ways of payment are not known
    OFD_IN_KOPECKS = (
        "ofd_in_kopecks"  # each sum of the export is a hundred times ours: it was read as kopecks
    )
    RANGE_TOO_WIDE = "range_too_wide"  # the shift's first and last document are not those of one shift


class Reconciliation(BaseModel):
    """
    All sides of one shift, and what differs.

    Args:
        fn_number: of the FN.
        shift: number of the shift.
        rows: figures that are not empty on every side.
        strangers: documents of the FN that the ledger does not know, whether the OFD operator has them or not.
        unplaced: jobs on record as printed whose document is not among those of the shift.
        notes: what was not compared, and why.
        doubts: jobs in doubt: one of them may be a stranger.
        ofd_missing: receipts of the FN that the OFD operator has not got, those that the ledger does not know among them.
        ofd_extra: receipts that the operator has, and the ledger has not; the FN was not asked for them.
        ofd_unlike: documents that the operator has otherwise.

    """

    model_config = ConfigDict(frozen=True)

    fn_number: str
    shift: int
    rows: tuple[Row, ...] = ()
    strangers: tuple[Stranger, ...] = ()
    unplaced: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    doubts: tuple[str, ...] = ()
    ofd_missing: tuple[int, ...] = ()
    ofd_extra: tuple[Stranger, ...] = ()
    ofd_unlike: tuple[Unlike, ...] = ()

    @property
    def differing(self) -> tuple[Row, ...]:
        """The figures on which two sides do not agree."""
        return tuple(row for row in self.rows if row.difference)

    @property
    def is_open(self) -> bool:
        """Whether the shift is not closed, so that more may come and the register has told nothing yet."""
        return Note.OPEN in self.notes

    @property
    def is_zero(self) -> bool:
        """Whether nothing differs."""
        return not (
            self.differing
            or self.strangers
            or self.unplaced
            or self.ofd_missing
            or self.ofd_extra
            or self.ofd_unlike
        )


def compare(
    fn_number: str,
    shift: int,
    ledger: LedgerSide,
    register: RegisterSide | None = None,
    *,
    ofd: Iterable[OfdDocument] | None = None,
    doubts: Sequence[str] = (),
) -> Reconciliation:
    """
    Lay the sides of one shift beside each other.

    Args:
        fn_number: of the FN.
        shift: number of the shift.
        ledger: all that is on record for it.
        register: what the register said; None when nothing was read.
        ofd: the OFD operator's documents, of any shift; None without an export.
        doubts: jobs in doubt at this moment.

    """
    said = register or RegisterSide()
    notes: list[Note] = []
    first, last = _bounds(ledger, said, notes)
    documents: dict[int, Recorded] = {}
    unplaced: list[str] = []
    for one in ledger.recorded:
        if one.kind in MOVES:
            continue
        if one.number is None or not first <= one.number <= last or one.number in documents:
            unplaced.append(one.job)  # without a document, with one of another shift, or with another job's
        if one.number is not None:
            documents.setdefault(one.number, one)
    named = {one.document: one for one in said.strangers}
    strangers = [number for number in range(first, last + 1) if number not in documents]
    rows = [*_against_register(ledger, said, notes)]
    missing: list[int] = []
    extra: list[Stranger] = []
    unlike: list[Unlike] = []
    if ofd is not None:
        theirs = {
            one.number: one
            for one in ofd
            if one.fn_number in {None, fn_number}
            and (
                first <= one.number <= last
                or one.number in documents
                or (ledger.closing is None and last < one.number < (ledger.later or one.number + 1))
            )
        }
        receipts = (*RECEIPTS, *CORRECTIONS)
        ours = {number: one for number, one in documents.items() if one.kind in receipts}
        if _is_in_kopecks(ours, theirs):
            notes.append(Note.OFD_IN_KOPECKS)
            theirs = {number: _in_roubles(one) for number, one in theirs.items()}
        told = {
            number: Stranger(document=number, kind=theirs[number].kind, total=theirs[number].total)
            for number in sorted(theirs.keys() - ours.keys())
        }
        named = {**told, **named}
        # What could not be read back may be a receipt: only what is known to be a report is none.
        unknown = {one for one in strangers if one not in named or named[one].kind in (*receipts, None)}
        named |= {
            number: named.get(number, Stranger(document=number)).model_copy(
                update={"at_ofd": number in theirs}
            )
            for number in unknown
        }
        missing = sorted((ours.keys() | unknown) - theirs.keys())
        extra = [one for number, one in told.items() if number not in unknown]
        unlike = [*_unlike(ours, theirs)]
        rows = _with_ofd(rows, ours, theirs)
    return Reconciliation(
        fn_number=fn_number,
        shift=shift,
        rows=tuple(row for row in rows if not row.is_empty),
        strangers=tuple(named.get(number, Stranger(document=number)) for number in strangers),
        unplaced=tuple(sorted(unplaced)),
        notes=tuple(notes),
        doubts=tuple(doubts),
        ofd_missing=tuple(missing),
        ofd_extra=tuple(extra),
        ofd_unlike=tuple(unlike),
    )


def _bounds(ledger: LedgerSide, said: RegisterSide, notes: list[Note]) -> tuple[int, int]:
    """First and last document between the shift's two reports, both known to the ledger or not; an empty range for none."""
    numbers = [one.number for one in ledger.recorded if one.number is not None]
    if ledger.closing is None:
        notes.append(Note.OPEN if ledger.later is None else Note.CLOSED_UNSEEN)
    last = (ledger.closing or max(numbers, default=0) + 1) - 1
    if ledger.opening is not None:
        first = ledger.opening + 1
    elif ledger.closing is not None and said.documents is not None:
        first = ledger.closing - said.documents + 2
    else:
        notes.append(Note.OPENING_UNKNOWN)
        first = min(numbers, default=last + 1)
    if last - first >= RANGE_MAX:
        notes.append(Note.RANGE_TOO_WIDE)
        return min(numbers, default=1), min(numbers, default=1) + len(numbers) - 1
    return max(first, 1), last


def counted(recorded: Iterable[Recorded]) -> Counted:
    """Count and sum up; without ways of payment when one of them is not known."""
    each = list(recorded)
    ways = {
        way: total_of((one.ways or {}).get(way, ZERO) for one in each)
        for way in WAYS
        if any((one.ways or {}).get(way) for one in each)
    }
    known = all(one.ways is not None for one in each)
    return Counted(
        count=len(each), sum=total_of(one.total or ZERO for one in each), ways=ways if known else None
    )


def _against_register(ledger: LedgerSide, said: RegisterSide, notes: list[Note]) -> Iterator[Row]:
    """The rows of every kind with the register's totals beside the ledger's."""
    by_kind = {kind: [one for one in ledger.recorded if one.kind == kind] for kind in KINDS}
    if said.totals is None and ledger.closing is not None:
        notes.append(Note.TOTALS_NOT_READ)
    if said.receipts is None and ledger.closing is not None:
        notes.append(Note.COUNTERS_NOT_READ)
    totals = said.totals or {}
    for kind in RECEIPTS:
        correction = f"{kind}Correction"
        ours, theirs = by_kind[kind], totals.get(kind)
        corrections = by_kind[correction]
        if corrections and said.totals is not None and correction not in totals:
            among = theirs is not None and theirs.count == len(ours) + len(corrections)
            _note(notes, Note.CORRECTIONS_AMONG if among else Note.CORRECTIONS_APART)
            if among:
                ours, corrections = [*ours, *corrections], []
        yield from _rows(kind, ours, theirs, notes)
        yield from _rows(correction, corrections, totals.get(correction), notes)
    for kind in MOVES:
        yield from _moves(kind, by_kind[kind], totals.get(kind), notes, since_known=ledger.since_known)
    receipts = [one for kind in (*RECEIPTS, *CORRECTIONS) for one in by_kind[kind]]
    yield _row(ALL, "count", len(receipts), said.receipts)


def _rows(kind: str, ours: Sequence[Recorded], theirs: Counted | None, notes: list[Note]) -> Iterator[Row]:
    mine = counted(ours)
    yield _row(kind, "count", mine.count, theirs.count if theirs else None)
    yield _row(kind, "sum", mine.sum, theirs.sum if theirs else None)
    if mine.ways is None:
        _note(notes, Note.PAYMENTS_UNKNOWN)
        return
    ways = theirs.ways if theirs else None
    for way in WAYS:
        paid = mine.ways.get(way, ZERO)
        said = None if ways is None else ways.get(way, ZERO)
        change = total_of(one.change for one in ours)
        if way == "cash" and change and said == paid + change:
            _note(notes, Note.CHANGE_AMONG)
            paid += change
        yield _row(kind, way, paid, said)


def _moves(
    kind: str, ours: Sequence[Recorded], theirs: Counted | None, notes: list[Note], *, since_known: bool
) -> Iterator[Row]:
    """Cash into and out of the drawer, which leaves no document."""
    if theirs is not None and not since_known:
        _note(notes, Note.MOVES_UNKNOWN)
        return
    mine, whole = counted(one for one in ours if not one.before), counted(ours)
    if theirs is not None and whole.count != mine.count and theirs.count == whole.count:
        _note(notes, Note.MOVES_BEFORE)
        mine = whole
    yield _row(kind, "count", mine.count, theirs.count if theirs else None)
    yield _row(kind, "sum", mine.sum, theirs.sum if theirs else None)


def _is_in_kopecks(ours: Mapping[int, Recorded], theirs: Mapping[int, OfdDocument]) -> bool:
    """Whether each document that both sides have is exactly a hundred times larger there: a unit, not so many mistakes."""
    pairs = [(ours[number].total, theirs[number].total) for number in ours.keys() & theirs.keys()]
    known = [(mine, other) for mine, other in pairs if mine is not None and (mine or other)]
    whole = all(
        amount == int(amount) for one in theirs.values() for amount in (one.total, *one.ways.values())
    )
    return bool(known) and whole and all(other == 100 * mine for mine, other in known)


def _in_roubles(one: OfdDocument) -> OfdDocument:
    ways = {way: kopecks(paid * KOPECK) for way, paid in one.ways.items()}
    return replace(one, total=kopecks(one.total * KOPECK), ways=ways)


def _with_ofd(
    rows: Sequence[Row], ours: Mapping[int, Recorded], theirs: Mapping[int, OfdDocument]
) -> list[Row]:
    """The same rows with the operator's figures; a document whose kind it does not tell is taken for what it is here."""
    kinds: dict[str, list[OfdDocument]] = {}
    for number, one in theirs.items():
        kind = one.kind
        if number in ours and (kind is None or _base(kind) == _base(ours[number].kind)):
            kind = ours[number].kind
        kinds.setdefault(kind or "", []).append(one)
    has_ways = any(one.ways for one in theirs.values())
    found: list[Row] = []
    # Where the register counts corrections among receipts, the operator's are put there, too.
    shown = {row.kind for row in rows if not row.is_empty}
    for row in rows:
        kind = row.kind
        if kind in MOVES:
            found.append(row)
            continue
        among = f"{kind}Correction"
        each = list(theirs.values()) if kind == ALL else list(kinds.get(kind, ()))
        if among in kinds and among not in shown and kind in RECEIPTS and kind in shown:
            each += kinds[among]
        if kind in CORRECTIONS and kind not in shown and _base(kind) in shown:
            each = []
        figure: Decimal | None
        if row.what == "count":
            figure = Decimal(len(each))
        elif row.what == "sum":
            figure = total_of(one.total for one in each)
        else:
            known = has_ways and all(row.what in one.ways for one in each)
            figure = total_of(one.ways[row.what] for one in each) if known and each else None
        found.append(row.model_copy(update={"ofd": figure}))
    return found


def _unlike(ours: Mapping[int, Recorded], theirs: Mapping[int, OfdDocument]) -> Iterator[Unlike]:
    for number in sorted(ours.keys() & theirs.keys()):
        mine, other = ours[number], theirs[number]
        total = mine.total if mine.total is not None else other.total
        same_kind = other.kind is None or _base(other.kind) == _base(mine.kind)
        if total != other.total or not same_kind:
            yield Unlike(
                document=number, ledger=total, ofd=other.total, ledger_kind=mine.kind, ofd_kind=other.kind
            )


def _base(kind: str) -> str:
    return kind.removesuffix("Correction")


def _row(kind: str, what: str, ledger: int | Decimal, register: int | Decimal | None) -> Row:
    said = None if register is None else Decimal(register)
    return Row(kind=kind, what=what, ledger=Decimal(ledger), register_side=said)


def _note(notes: list[Note], note: Note) -> None:
    if note not in notes:
        notes.append(note)
