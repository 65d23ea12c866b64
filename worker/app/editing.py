"""
The edited replay: a dead job, proven not printed, again with another contact or another text around it.

It is a replay in all else: the same job, id, marker and total, the same refusals, and the next submission by the same
rules. A POST of the text from before may still be on its way under a number that the register never showed, and print: then
it is this very receipt with the contact from before, found by the same marker and recorded. Only what is in the table
`worker/domain/edits.py` may differ, and nothing there makes it another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from worker.app.correcting import accepted
from worker.app.operating import Lack, Missing, Word, lack_of
from worker.domain.edits import Change, body_of, changes, value_text, with_contact
from worker.domain.errors import OperatorError, PlaceTaken
from worker.domain.events import Replayed
from worker.domain.job import Job
from worker.domain.ports import Clock, Ledger
from worker.domain.tasks import Defaults, Task, check, dumps


@dataclass(frozen=True)
class Edit:
    """
    What a person wants of a task.

    Args:
        make: gives the edited text for the task as it stands.
        defaults: the register's, by which the worker will read that text.

    """

    make: Callable[[Mapping[str, Any]], bytes]
    defaults: Defaults


@dataclass(frozen=True)
class EditedReplay:
    """What an edited replay did, or would do: where the task changed; or what the job lacks."""

    changes: tuple[Change, ...] = ()
    lack: Lack | None = None


def to_contact(address: str, defaults: Defaults) -> Edit:
    """
    Give the job's own task another e-mail or phone of the buyer (tag 1008).

    Raises: OperatorError when none is given.
    """
    contact = address.strip()
    if not contact:
        raise OperatorError("contact")
    return Edit(lambda task: dumps(with_contact(task, contact)).encode(), defaults)


def to_task(edited: bytes, defaults: Defaults) -> Edit:
    """Put this whole task in the place of the job's own."""
    return Edit(lambda _: edited, defaults)


def replay_edited(
    ledger: Ledger, clock: Clock, job_id: str, edit: Edit, word: Word, *, dry_run: bool
) -> EditedReplay:
    """
    Do a dead job again that is proven not printed, with an edited task (issue 5; promises P1, P8).

    The act and the history keep the paths that changed, never what stands there: it is the buyer's.

    Args:
        ledger: of the register.
        clock: for the record.
        job_id: of the one job.
        edit: what becomes of its task.
        word: whose decision it is.
        dry_run: say what would happen, and write nothing.

    Returns: what changed, or what the job lacks; then nothing was written.
    Raises: OperatorError when name or reason is missing, the edited task breaks a rule, or it is another receipt;
    LedgerError.

    """
    act = word.act("edit", clock)
    job = ledger.load(
        job_id
    )  # before its task: an edit by somebody else would take this place of the history
    lack = _lack(job)
    if lack is not None or job is None:
        return EditedReplay(lack=lack)
    before = ledger.task(job_id)
    edited = edit.make(body_of(before))
    found = _judged(job, before, edited, edit.defaults)
    if not dry_run:
        event = Replayed(at=act.at, by=act.by, why=act.why, edited=tuple(one.path for one in found))
        try:
            ledger.act(job, event, act, edited)
        except PlaceTaken:  # somebody was quicker
            return EditedReplay(lack=Lack(Missing.OPEN))
    return EditedReplay(found)


def _lack(job: Job | None) -> Lack | None:
    """As for every replay, but that an edit may mend the task; of what was refused at the door no document could be proven."""
    lack = lack_of(job)
    mendable = lack is not None and lack.missing is Missing.TASK and job is not None and job.kind is not None
    return None if mendable else lack


def _judged(job: Job, before: bytes, edited: bytes, defaults: Defaults) -> tuple[Change, ...]:
    """Where the edited task differs. Raises OperatorError unless it passes the rules and is the same receipt."""
    checked = check(edited, defaults)
    task = accepted(checked, "edited_refused")
    named = changes(body_of(before), body_of(edited))
    told = {one.path for one in named}
    found = (*named, *(one for one in _beside(job, task) if one.path not in told))
    if other := [one for one in found if not one.editable]:
        listed = [f"{one.path}: {value_text(one.before)} → {value_text(one.after)}" for one in other]
        raise OperatorError("another_receipt", register=job.register, job=job.id, changes=listed)
    if not found:
        raise OperatorError("nothing_edited", register=job.register, job=job.id)
    paths, known = {one.path for one in found}, check(before, defaults).warnings
    if worse := [one for one in checked.warnings if one.path in paths or one not in known]:
        raise OperatorError("edited_refused", problems=worse)
    return found


def _beside(job: Job, task: Task) -> tuple[Change, ...]:
    """What the job was accepted as, should today's rules or settings read the same text otherwise."""
    pairs = {"type": (job.type, task.type), "total": (job.total, task.total)}
    return tuple(Change(path, was, now, editable=False) for path, (was, now) in pairs.items() if was != now)
