"""What the ledger has on record for one shift, gathered in a few turns of Redis however many receipts it had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from worker.domain.events import SubmitStarted
from worker.domain.money import ZERO
from worker.domain.ports import Group, Ledger
from worker.domain.shifts import CLOSE, OPEN
from worker.domain.sides import CORRECTIONS, MOVES, RECEIPTS, WAY_OF, LedgerSide, Recorded
from worker.domain.tasks import Defaults, Task, check
from worker.domain.verdicts import documents_too_many

CHUNK_FIRST, CHUNK_MAX = (
    100,
    1000,
)  # jobs in one turn: most shifts are small, and a big one is not asked for by the hundred
PAID = frozenset({*RECEIPTS, *CORRECTIONS})


@dataclass(frozen=True)
class _Entry:
    """A printed job of the listing."""

    job: str
    kind: str
    total: Decimal | None
    number: int | None
    shift: int | None
    fn: str | None
    extra: tuple[int, ...]
    accepted_at: str
    updated_at: str


def shift_on_record(ledger: Ledger, fn_number: str, shift: int, defaults: Defaults) -> LedgerSide:
    """
    Gather one shift, whenever its jobs were settled.

    Args:
        ledger: of the register.
        fn_number: of the FN.
        shift: number of the shift.
        defaults: the register's, by which a task's payments are read.

    """
    entries = list(_printed(ledger, fn_number, shift))
    own = [one for one in entries if one.fn == fn_number and one.shift == shift]
    opening = next((one for one in own if one.kind == OPEN and one.number is not None), None)
    closing = next((one for one in own if one.kind == CLOSE and one.number is not None), None)
    # A shift between the two that was closed by hand is none of ours: what lies in it is not looked for here.
    previous = next(
        (
            one
            for one in entries
            if one.kind == CLOSE and one.fn == fn_number and one.shift == shift - 1 and one.number
        ),
        None,
    )
    first = opening.number if opening is not None and opening.number is not None else None
    if first is None and previous is not None and previous.number is not None:
        first = previous.number + 1
    # Whoever settles a doubt by hand may know the document's number and nothing else of it.
    told = [
        one
        for one in entries
        if one.number is not None
        and (one.fn or fn_number) == fn_number
        and not one.shift
        and _is_between(one.number, first, own)
    ]
    documents = [one for one in (*own, *told) if one.kind not in MOVES]
    recorded = [
        record
        for record in _with_payments(ledger, documents, defaults)
        if record.kind not in {OPEN, CLOSE} or record.number not in {_number(opening), _number(closing)}
    ]
    moves = [*_moves(ledger, entries, opening, closing, previous)]
    return LedgerSide(
        recorded=(*recorded, *moves),
        opening=first,
        closing=_number(closing),
        closing_job=closing.job if closing is not None else None,
        since_known=opening is not None or previous is not None,
        later=min(
            (
                one.number
                for one in entries
                if one.number and one.fn == fn_number and one.shift and one.shift > shift
            ),
            default=None,
        ),
    )


def last_closed(ledger: Ledger) -> tuple[str, int] | None:
    """FN and number of the shift that was closed last, as far as the latest jobs tell."""
    for entry in _entries(ledger, ledger.listed(Group.DONE, CHUNK_MAX)):
        if entry.kind == CLOSE and entry.fn and entry.shift and entry.number:
            return entry.fn, entry.shift
    return None


def _printed(ledger: Ledger, fn_number: str, shift: int) -> Iterator[_Entry]:
    """
    Printed jobs, the latest first, until nothing of the shift can come any more.

    A job is filed when it is settled, so one of an old shift may stand among the young ones, never the other way round.
    """
    seen: set[str] = set()
    after, chunk = 0, CHUNK_FIRST
    while jobs := ledger.listed(Group.DONE, chunk, after):
        fresh = [job for job in jobs if job not in seen]  # what is printed meanwhile moves the others along
        seen.update(fresh)
        entries = list(_entries(ledger, fresh))
        yield from entries
        shifts = [one.shift for one in entries if one.fn == fn_number and one.shift]
        if len(jobs) < chunk or (shifts and max(shifts) < shift):
            return
        after, chunk = after + chunk, min(2 * chunk, CHUNK_MAX)


def _entries(ledger: Ledger, jobs: Any) -> Iterator[_Entry]:
    for job, outline in zip(jobs, ledger.outlines(jobs), strict=True):
        if outline is None or outline.answer.get("state") != "printed":
            continue
        answer = outline.answer
        fiscal: Mapping[str, Any] = answer.get("fiscal") or {}
        total = outline.total
        if total is None and fiscal.get("total") is not None:
            total = Decimal(fiscal["total"])
        yield _Entry(
            job,
            str(answer.get("type") or ""),
            total,
            fiscal.get("document_number"),
            fiscal.get("shift_number"),
            fiscal.get("fn_number"),
            tuple(int(number) for number in documents_too_many(answer) if number.isdecimal()),
            str(answer.get("accepted_at") or ""),
            str(answer.get("updated_at") or ""),
        )


def _is_between(number: int, first: int | None, own: list[_Entry]) -> bool:
    numbers = [one.number for one in own if one.number is not None]
    lowest = first if first is not None else min(numbers, default=number + 1)
    return lowest < number < max(numbers, default=0)


def _with_payments(ledger: Ledger, entries: list[_Entry], defaults: Defaults) -> Iterator[Recorded]:
    """Each document, with what its task says of the payments; one that the register printed twice stands here twice."""
    paid = [one for one in entries if one.kind in PAID]
    tasks = dict(zip((one.job for one in paid), ledger.tasks([one.job for one in paid]), strict=True))
    for one in entries:
        record = Recorded(one.job, one.kind, one.number, one.total if one.kind in PAID else None)
        if one.kind in PAID:
            raw = tasks[one.job]
            task = None if raw is None else check(raw, defaults).task
            ways = None if task is None else _ways(task)
            change = ZERO if ways is None else sum(ways.values(), ZERO) - (one.total or ZERO)
            if ways is not None and change > 0:
                ways["cash"] = ways.get("cash", ZERO) - change
            record = replace(record, ways=ways, change=max(change, ZERO))
        yield record
        yield from (replace(record, number=number) for number in one.extra)


def _ways(task: Task) -> dict[str, Decimal]:
    ways: dict[str, Decimal] = {}
    for payment in task.body.get("payments", ()):
        way = WAY_OF.get(str(payment["type"]), str(payment["type"]))
        ways[way] = ways.get(way, ZERO) + payment["sum"]
    return ways


def _moves(
    ledger: Ledger,
    entries: list[_Entry],
    opening: _Entry | None,
    closing: _Entry | None,
    previous: _Entry | None,
) -> Iterator[Recorded]:
    """
    Cash moved between the last closing and this one, told by when it was sent: it leaves no document.

    One worker's clock against itself: it may be set, and then a move stands in the wrong shift, which a person sees.
    """
    until = _sent_at(ledger, closing)
    since, opened = _sent_at(ledger, previous), _sent_at(ledger, opening)
    begin = since or opened
    if begin is None:
        return
    for one in entries:
        if one.kind not in MOVES or one.updated_at < begin or (until is not None and one.accepted_at > until):
            continue
        sent = _sent_at(ledger, one) or one.updated_at
        if begin <= sent and (until is None or sent < until):
            yield Recorded(
                one.job, one.kind, None, one.total, {}, before=opened is not None and sent < opened
            )


def _sent_at(ledger: Ledger, entry: _Entry | None) -> str | None:
    """When the job was last sent to the register."""
    if entry is None:
        return None
    sent = [event.at for event in ledger.history(entry.job) if isinstance(event, SubmitStarted)]
    return sent[-1] if sent else entry.updated_at


def _number(entry: _Entry | None) -> int | None:
    return None if entry is None else entry.number
