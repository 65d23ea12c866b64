"""Whose a document of the FN is, and what is told when the ledger says something else of that job (promises §2, guard 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from worker.app.line import RECENT, Line
from worker.domain.answers import Answer, Final, Silent
from worker.domain.errors import PlaceTaken, Unreadable
from worker.domain.events import Doubled, Printed
from worker.domain.identity import marker, submission_uuid
from worker.domain.job import Job
from worker.domain.ports import Group
from worker.domain.proof import Document, fiscal_of
from worker.domain.verdicts import MISNAMED, Fiscal, Verdict

Markers = Callable[[int], frozenset[str] | None]
ASKED_MAX = 20  # dead jobs that are asked for by uuid for one document; each is a call
MARKED_MAX = 10_000  # markers kept: an open job's must outlast all that is read until its turn, and each document may hold two


def heed(line: Line, document: Document, markers: Markers) -> bool:
    """
    Keep whose a document is, and set right what the ledger says of its job.

    A job on record with another document was printed twice by the register (fault 5). One that was told not printed, on a
    person's word or by a Redis that went back to before its replay, is told printed. A document that only a person named is
    told as it stands on the FN, and another one where that person read the number wrong.

    Args:
        line: the register's line.
        document: as read back.
        markers: those of another document by its number; None when it cannot be read now.

    Returns: whether all that it takes could be read.

    """
    for one in document.markers:
        met = line.marked[one] = line.marked.pop(one, [])  # what was met last is forgotten last
        if not any(_is_same(known, document) for known in met):
            met.append(document)
    while len(line.marked) > MARKED_MAX:
        del line.marked[next(iter(line.marked))]
    if document.is_marked:
        owners = list(_owners(line, document))
        if not owners:
            line.met.keep(document)
        return all(_set_right(line, job, document, markers) for job in owners)
    return all(_ask_whose(line, job, document) for job in _equals(line, document))


def _is_same(one: Document, other: Document) -> bool:
    """Whether it is one document read twice: a field that could be read once need not be there again (reference 8.7)."""
    fns = {one.fiscal.fn_number, other.fiscal.fn_number} - {None}
    return one.number == other.number and len(fns) <= 1


def _owners(line: Line, document: Document) -> Iterable[Job]:
    """The jobs at their end whose marker the document carries."""
    for one in (*line.ledger.recent(RECENT), *line.ledger.listed(Group.DEAD, RECENT)):
        job = line.ledger.load(one) if marker(line.ledger.register, one) in document.markers else None
        if job is not None:
            yield job


def _equals(line: Line, document: Document) -> Iterable[Job]:
    """The jobs without a marker that were told not printed, and would have left a document like this one."""
    for one in line.ledger.listed(Group.DEAD, ASKED_MAX) if document.type is not None else ():
        job = None
        with suppress(Unreadable):  # nothing is sent for a dead one, so nothing need wait for it
            job = line.ledger.load(one)
        if job is None or job.marker is not None or not job.submission:
            continue
        if job.verdict is Verdict.NOT_PRINTED and (job.type, job.total) == (document.type, document.total):
            yield job


def _ask_whose(line: Line, job: Job, document: Document) -> bool:
    """Is it the one that the register names as the job's? False when it does not answer now."""
    answer = line.register.poll(job.uuid)
    if _is_named(job, answer, document):
        _own_up(line, job, document)
    return not isinstance(answer, Silent)


def _set_right(line: Line, job: Job, document: Document, markers: Markers) -> bool:
    """Tell what the document says against the record; False when that takes another one that cannot be read now."""
    if job.verdict is Verdict.NOT_PRINTED:
        _own_up(line, job, document)
        return True
    if job.fiscal is None or document.number in job.doubled:
        return True
    named = job.fiscal.document_number if job.is_named else None
    if document.number == job.fiscal.document_number:
        if named is not None and document.fiscal.sign is not None:
            _write(line, job, document.fiscal)
        return True
    borne = markers(named) if named is not None else frozenset({job.marker or ""})
    if borne is None:
        return False
    if job.marker not in borne:
        _write(line, job, document.fiscal.warned(f"{MISNAMED}{named}"))
        line.watch(job, f"job.misnamed {job.id} is FD {document.number}, and FD {named} is not its own")
        return True
    moved = line.append(job, Doubled(at=line.clock.now(), document=document.number, fiscal=document.fiscal))
    line.watch(moved, f"job.doubled {doubled(moved, document.number)}")
    return True


def unless_taken(document: Document | None, job: Job, taken: Mapping[int, Job]) -> Document | None:
    """
    One document proves at most one job: what the register said of another job says nothing about this one.

    What only a person said of another job could be this one's, and then proves neither: it counts as not read.
    """
    other = taken.get(document.number) if document is not None else None
    if document is None or other is None or other.fiscal is None:
        return document
    if not other.is_named:
        return Document(document.number, None)
    if other.marker is not None and other.marker not in document.markers:
        return document  # the word was wrong
    return None if (document.type, document.total) == (job.type, job.total) else document


def is_anothers(line: Line, job: Job, document: Document) -> bool | None:
    """
    Whether the register names the document for an equal job that stands in the line yet: a Redis that went back has it there.

    Args:
        line: the register's line.
        job: one without a marker, which the document could be of by its content.
        document: as read back.

    Returns: None when the register does not answer now.

    """
    for one in line.ledger.listed(Group.OPEN, RECENT):
        other = line.ledger.load(one) if one != job.id else None
        if other is None or (other.marker, other.type, other.total) != (None, job.type, job.total):
            continue
        first = max(other.submission, 1)
        for number in (first, first + 1):
            answer = line.register.poll(str(submission_uuid(line.ledger.register, one, number)))
            if isinstance(answer, Silent):
                return None
            if _is_named(other, answer, document):
                return True
    return False


def _is_named(job: Job, answer: Answer, document: Document) -> bool:
    """Whether the register names the document as the job's, by its sign, tag 1077."""
    told = fiscal_of(job.type, answer.result) if isinstance(answer, Final) else None
    return told is not None and told.sign is not None and told.sign == document.fiscal.sign


def _own_up(line: Line, job: Job, document: Document) -> None:
    """It was told not printed, and it is: the CRM and the operator are told so."""
    with suppress(PlaceTaken):  # a person has just had it replayed: it is looked for before it is sent
        moved = _write(line, job, document.fiscal)
        line.watch(moved, f"job.unforeseen {job.id} was told not printed, and is FD {document.number}")


def _write(line: Line, job: Job, fiscal: Fiscal) -> Job:
    printed = Printed(at=line.clock.now(), fiscal=fiscal, doubled=job.doubled, repeats=job.repeats)
    return line.append(job, printed)


def doubled(job: Job, number: int) -> str:
    """What the log says of a receipt that the register printed twice."""
    first = job.fiscal.document_number if job.fiscal else None
    return (
        f"the register printed {job.id} twice: FD {first} and {number}. Do not refund by hand; "
        f"the correction is prepared: fiscalq correct {job.register} {job.id}"
    )
