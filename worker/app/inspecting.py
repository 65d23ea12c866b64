"""
The operator's eyes: jobs in lists, one job's whole story, and the search. Reads alone; both faces show what stands here.

What a job needs next is said here once, so that the terminal and the page cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import takewhile
from types import MappingProxyType
from typing import Any

from worker.domain.corrections import derived_id
from worker.domain.events import Event, Printed, Replayed, SubmitStarted
from worker.domain.ports import Group, Ledger, Outline
from worker.domain.shifts import ALREADY
from worker.domain.verdicts import ReasonCode, Verdict, documents_too_many

FOUND_MAX = 50  # more hits than a person reads: the words were too short
SEARCHED_MAX = (
    20_000  # jobs of each group, the latest printed first: some weeks of a shop, some seconds of Redis
)
PAGE = 500  # jobs read in one turn
ACTS_LOOKED_THROUGH = 2000  # people decide seldom
DOUBLED_LOOKED_THROUGH = 200  # jobs printed last: recorded late, one too many is filed as the last
FORGO, REPLAYS = "forgo", ("replay", "edit")  # how these acts of people are called (`operating`, `editing`)
ALREADY_SO = frozenset(ALREADY.values())
SUM_SIGNS = frozenset("0123456789.,")


class NextStep(StrEnum):
    """The one safe next step of a job. Each has a text in both languages (`ops/cli/texts`, `next`)."""

    NOTHING = "nothing"  # it is printed
    DONE = "done"  # what it asks for was so already, and nothing was printed
    WAIT = "wait"  # it goes on by itself
    BEFORE = "before"  # it stands behind a dead job of its sequence: that one comes first
    RESOLVE = "resolve"  # in doubt: by the register, or by a person who has looked
    REPLAY = "replay"  # proven not printed: once the cause is gone
    LEAVE = "leave"  # taken back by a person: replayed only if somebody wants it after all
    FORGONE = "forgone"  # its sequence went on without it: likewise
    MEND = "mend"  # the task breaks a rule: in the CRM, under a new id
    CORRECT = "correct"  # the register printed it twice
    COPY = "copy"  # it is registered, and no paper came out


AT_THE_END: Mapping[str | None, NextStep] = MappingProxyType(
    {ReasonCode.TASK_REFUSED: NextStep.MEND, ReasonCode.WITHDRAWN: NextStep.LEAVE}
)  # of a proven dead job; for every other reason it is replayed


@dataclass(frozen=True)
class Row:
    """
    A job in a list.

    Args:
        job: its id.
        type: of the task; None when it could not be read, or is not taken in yet.
        state: as the CRM sees it; `verdict` likewise, None before the end.
        reason: why it is dead or stopped, as in the status answer.
        total: roubles with two decimals; None for a job without a sum.
        sequence: its producer's name for what belongs together, empty for none.
        document: number of its fiscal document; `sign` is the fiscal sign, empty before.
        submissions: how often it was begun to be sent under a new number.
        accepted_at: ISO 8601 UTC, likewise `updated_at`; empty for one that nobody has taken in yet.
        next_step: what to do.

    """

    job: str
    type: str | None
    state: str
    verdict: str | None
    reason: Mapping[str, Any] | None
    total: str | None
    sequence: str
    document: int | None
    sign: str
    submissions: int
    accepted_at: str
    updated_at: str
    next_step: NextStep


@dataclass(frozen=True)
class Found:
    """What a search has brought; `whole` when all that is kept was looked through, `looked` jobs in number."""

    rows: Sequence[Row]
    looked: int
    whole: bool


@dataclass(frozen=True)
class Story:
    """
    A job with all that is known of it; `acts` are what people decided of it or of its sequence; both the oldest first.

    `edit_unsent` when it proved to be printed before what a person had edited was sent.
    """

    row: Row
    answer: Mapping[str, Any]
    history: Sequence[Event]
    acts: Sequence[Mapping[str, str]]
    options: Mapping[str, str]
    edit_unsent: bool


def listed(ledger: Ledger, group: Group, limit: int, after: int = 0) -> Sequence[Row]:
    """The jobs of a group in its order; the first `after` are left out. Raises LedgerError."""
    return rows(ledger, ledger.listed(group, limit, after))


def dead(ledger: Ledger, limit: int, after: int = 0) -> Sequence[Row]:
    """Dead jobs, led by the dangerous: those in doubt, the oldest first, then the proven, the latest first."""
    doubts = ledger.listed(Group.DOUBTS, after + limit)
    seen = set(ledger.doubts())
    proven = (job for job in _all(ledger, Group.DEAD) if job not in seen)
    chosen = list(doubts[after:])
    left_out = max(after - len(seen), 0)
    for place, job in enumerate(proven):
        if len(chosen) >= limit:
            break
        if place >= left_out:
            chosen.append(job)
    return rows(ledger, chosen)


def show(ledger: Ledger, job: str) -> Story | None:
    """The whole of one job; None for an unknown one. Raises LedgerError."""
    (outline,) = ledger.outlines([job])
    if outline is None:
        return None
    row, history = row_of(outline), ledger.history(job)
    said = [
        act for act in ledger.acts(ACTS_LOOKED_THROUGH) if act.get("what") == job or act.get("act") == FORGO
    ]
    before = _of_sequence(ledger, {act["what"] for act in said} - {job}, row.sequence)
    acts = [act for act in reversed(said) if act["what"] == job or act["what"] in before]
    row = _forgone(row) if job in _left(said) else row
    return Story(row, outline.answer, history, acts, outline.options, _is_edit_unsent(history))


def task_of(ledger: Ledger, story: Story) -> bytes:
    """The task as the register gets or got it, JSON text. Raises LedgerError when there is none, or not yet."""
    job = story.row.job
    (accepted,) = ledger.tasks([job], edited=False) if story.edit_unsent else (None,)
    return accepted or ledger.task(job)


def forgone(ledger: Ledger) -> frozenset[str]:
    """The dead jobs whose sequence was let go on without them, and which nobody has replayed since. Raises LedgerError."""
    return _left(ledger.acts(ACTS_LOOKED_THROUGH))


def _left(acts: Sequence[Mapping[str, str]]) -> frozenset[str]:
    """Of these acts, the latest first."""
    last: dict[str, str] = {}
    for act in acts:
        if act.get("act") in {FORGO, *REPLAYS}:
            last.setdefault(act.get("what", ""), act["act"])
    return frozenset(job for job, act in last.items() if act == FORGO)


def _forgone(row: Row) -> Row:
    """With the next step of a job that its sequence has gone on without."""
    return replace(row, next_step=NextStep.FORGONE) if row.next_step is NextStep.REPLAY else row


def _of_sequence(ledger: Ledger, jobs: Iterable[str], sequence: str) -> frozenset[str]:
    """Those of the jobs that belong to the sequence."""
    named = [outline for outline in ledger.outlines(sorted(jobs)) if outline is not None] if sequence else ()
    return frozenset(one.answer["job"] for one in named if one.options.get("sequence") == sequence)


def _is_edit_unsent(history: Sequence[Event]) -> bool:
    """Whether it proved to be printed before what was edited last was sent."""
    since = list(takewhile(lambda event: not isinstance(event, Replayed), reversed(history)))
    replayed = history[-len(since) - 1] if len(since) < len(history) else None
    edited = isinstance(replayed, Replayed) and bool(replayed.edited)
    sent = any(
        isinstance(event, SubmitStarted) and event.evidence is not None for event in since
    )  # not looked up
    return edited and not sent and any(isinstance(event, Printed) for event in since)


def doubled(ledger: Ledger) -> Sequence[str]:
    """Of the jobs printed last, the latest first, those that the register printed again and nobody takes back yet."""
    jobs = ledger.recent(DOUBLED_LOOKED_THROUGH)
    kept = [outline.answer for outline in ledger.outlines(jobs) if outline is not None]
    return [
        answer["job"]
        for answer in kept
        if (
            back := [derived_id(answer["job"], f"reversal-{number}") for number in documents_too_many(answer)]
        )
        and None in ledger.outlines(back)
    ]


def find(ledger: Ledger, words: str) -> Found:
    """
    Look for jobs by a part of their id or sequence, by their sum, or by the number or sign of their fiscal document.

    Args:
        ledger: of the register.
        words: as a person types them: `1017`, `order-1017`, `349,90`.

    Returns: at most FOUND_MAX rows, an exact id first, then open, stopped, dead and printed ones.

    """
    words = words.strip()
    if not words:
        return Found((), 0, whole=True)
    exact = [outline for outline in ledger.outlines([words]) if outline is not None]
    hits, looked, whole = {outline.answer["job"]: row_of(outline) for outline in exact}, 0, True
    for group in (Group.OPEN, Group.STOPPED, Group.DEAD, Group.DONE):
        for place, jobs in enumerate(_pages(ledger, group)):
            if place * PAGE >= SEARCHED_MAX:
                whole = False
                break
            looked += len(jobs)
            for row in _likely(ledger, jobs, words.casefold()):
                hits[row.job] = hits.get(row.job, row)
                if len(hits) > FOUND_MAX:
                    return Found(list(hits.values())[:FOUND_MAX], looked, whole=False)
    return Found(list(hits.values()), looked, whole)


def row_of(outline: Outline) -> Row:
    """The outline as a row."""
    answer = outline.answer
    fiscal = answer.get("fiscal") or {}
    total = fiscal.get("total") or (None if outline.total is None else f"{outline.total:.2f}")
    return Row(
        answer["job"],
        answer["type"],
        answer["state"],
        answer["verdict"],
        answer["reason"],
        total,
        outline.options.get("sequence", ""),
        fiscal.get("document_number"),
        fiscal.get("sign") or "",
        answer["submissions"],
        answer["accepted_at"] or "",
        answer["updated_at"] or "",
        next_step(answer),
    )


def next_step(answer: Mapping[str, Any]) -> NextStep:
    """What to do with the job of this status answer: one step, never more than is known (promises P7)."""
    code = (answer["reason"] or {}).get("code")
    if answer["state"] == "printed":
        warnings = (answer["fiscal"] or {}).get("warnings") or ()
        if documents_too_many(answer):
            return NextStep.CORRECT
        if not ALREADY_SO.isdisjoint(warnings):
            return NextStep.DONE
        return NextStep.COPY if "notPrinted" in warnings else NextStep.NOTHING
    if answer["state"] != "dead":
        return NextStep.BEFORE if code == ReasonCode.SEQUENCE_STOPPED else NextStep.WAIT
    if answer["verdict"] == Verdict.IN_DOUBT:
        return NextStep.RESOLVE
    return AT_THE_END.get(code, NextStep.REPLAY)


def advice(answer: Mapping[str, Any], language: str) -> Sequence[str]:
    """What the warnings of a printed job mean and what to do, in the operator's language."""
    return [str(said[f"message_{language}"]) for said in (answer["fiscal"] or {}).get("advice") or ()]


def _likely(ledger: Ledger, jobs: Sequence[str], words: str) -> Iterator[Row]:
    """Those that match. Most are told apart by a glimpse, which costs a tenth of a row."""
    total = _sum(words)
    signs = [f'"document_number": {words},', f'"sign": "{words}"']
    if total is not None:
        signs.append(f'"total": "{total:.2f}"')
    likely = []
    for job, glimpse in zip(jobs, ledger.glimpses(jobs), strict=True):
        if glimpse is None:
            continue
        answer, sequence = glimpse
        named = words in job.casefold() or words in sequence.casefold()
        unsaid = total is not None and '"total": "' not in answer  # it stands in the task alone
        if named or unsaid or any(sign in answer for sign in signs):
            likely.append(job)
    for first in range(0, len(likely), FOUND_MAX):
        yield from (row for row in rows(ledger, likely[first : first + FOUND_MAX]) if _matches(row, words))


def _matches(row: Row, words: str) -> bool:
    if words in row.job.casefold() or words in row.sequence.casefold():
        return True
    if words in {str(row.document), row.sign} - {"None", ""}:
        return True
    return row.total is not None and _sum(words) == Decimal(row.total)


def _sum(words: str) -> Decimal | None:
    """The words as roubles: `1 234,5` is 1234.50."""
    plain = words.replace(" ", "").replace("\N{NO-BREAK SPACE}", "").removesuffix("₽")
    if not plain or not SUM_SIGNS.issuperset(plain):
        return None
    try:
        return Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return None


def rows(ledger: Ledger, jobs: Sequence[str]) -> Sequence[Row]:
    """These jobs in this order; what has gone between the list and the look is left out. Raises LedgerError."""
    found = [row_of(outline) for outline in ledger.outlines(jobs) if outline is not None]
    given_up = forgone(ledger) if any(row.next_step is NextStep.REPLAY for row in found) else ()
    return [_forgone(row) if row.job in given_up else row for row in found]


def _all(ledger: Ledger, group: Group) -> Iterator[str]:
    for page in _pages(ledger, group):
        yield from page


def _pages(ledger: Ledger, group: Group) -> Iterator[Sequence[str]]:
    after = 0
    while page := ledger.listed(group, PAGE, after):
        yield page
        after += len(page)
