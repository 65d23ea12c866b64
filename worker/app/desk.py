"""
The jobs that an operator asks for: a copy of a document, a task of the shift, a correction pair.

They come through the door like any producer's, under ids that follow from what was asked for, so that a button that is
pressed twice, and two operators at once, ask for one job.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from worker.app.operating import Word, known
from worker.domain.corrections import derived_id
from worker.domain.errors import OperatorError
from worker.domain.job import State
from worker.domain.ports import Act, Clock, Ledger

Enqueue = Callable[[str, bytes, str], Mapping[str, Any]]  # job, task, options; gives the door's answer
Names = Callable[[int], str]  # of the first, the second … that is asked for
PRODUCER_MAX = 64  # characters of an option (design §3)
AT_THE_END = {"printed", "dead"}


class ShiftVerb(StrEnum):
    """What a person asks for of the shift: the type of task that does it (reference 8.5)."""

    OPEN = "openShift"
    CLOSE = "closeShift"
    X = "reportX"


@dataclass(frozen=True)
class Asked:
    """What the door answered; `duplicate` when the very job was known already."""

    job: str
    state: str
    duplicate: bool


class Desk:
    """
    Where an operator asks for a job of one register.

    Args:
        ledger: of the register.
        clock: for the record, and for the day.
        zone: where the register stands.
        enqueue: the register's door.

    """

    def __init__(self, ledger: Ledger, clock: Clock, zone: ZoneInfo, enqueue: Enqueue) -> None:
        self._ledger, self._clock, self._zone, self._enqueue = ledger, clock, zone, enqueue

    def copy(self, job_id: str, word: Word, *, after: int | None = 0) -> Asked:
        """
        Ask for a copy of a job's document, read from the FN: paper alone, never a second document (reference 8.6).

        Args:
            job_id: a job that left a fiscal document.
            word: whose decision it is; the reason may be missing.
            after: how many copies the asker knows of and wants another one beside; None: all that are at their end.

        Returns: the copy's job; without `after` always the first one, however often it is asked for.
        Raises: OperatorError that names what is missing; ContractError of the door; LedgerError.

        """
        act = replace(word, why=word.why or "copy").act("copy", self._clock)
        document = self._document(job_id)
        task = {"type": "printFnDocument", "fiscalDocumentNumber": document}
        return self._hand_in(act, job_id, self._next(_copy_of(job_id), after), json.dumps(task).encode())

    def copies(self, job_id: str) -> int:
        """How many copies of a job are at their end: what a page gives back as `after`."""
        return self._ended(_copy_of(job_id))

    def _document(self, job_id: str) -> int:
        """The number of the document that the FN in the register holds of this job. Raises OperatorError."""
        job, register = known(self._ledger, job_id), self._ledger.register
        if job.in_doubt:
            raise OperatorError("copy_of_a_doubt", register=register, job=job_id)
        if job.state is State.DEAD:
            raise OperatorError("copy_of_a_dead", register=register, job=job_id)
        if job.state is not State.PRINTED:
            raise OperatorError("copy_too_early", register=register, job=job_id)
        if job.fiscal is None or job.fiscal.document_number is None:
            raise OperatorError("copy_of_no_document", job=job_id)
        ours, theirs = self._ledger.recall().get("fn"), job.fiscal.fn_number
        if ours and theirs and ours != theirs:
            number = job.fiscal.document_number
            raise OperatorError("copy_from_another_fn", document=number, theirs=theirs, ours=ours)
        return job.fiscal.document_number

    def shift(self, verb: ShiftVerb, word: Word, *, after: int | None = None) -> Asked:
        """
        Ask for a task of the shift; there is one at a time, and the next one once it is at its end.

        Args:
            verb: what is to be done.
            word: whose decision it is; the reason may be missing.
            after: how many of this day the asker knows of and wants another one beside; None: all that are at their end.

        Returns: the task's job.
        Raises: OperatorError when the name is missing; ContractError of the door; LedgerError.

        """
        act = replace(word, why=word.why or verb.value).act("shift", self._clock)
        name = self._next(self._of_the_day(verb), after)
        return self._hand_in(act, name, name, json.dumps({"type": verb.value}).encode())

    def shift_tasks(self, verb: ShiftVerb) -> int:
        """How many such tasks of the day are at their end: what a page gives back as `after`."""
        return self._ended(self._of_the_day(verb))

    def put_right(self, job_id: str, tasks: Sequence[tuple[str, bytes]], word: Word) -> Sequence[Asked]:
        """
        Hand in the pair that puts a printed document right, as one sequence: the second prints only behind the first.

        Whatever is cut off between the two is done by asking once more: the same ids with the same bytes are the same jobs.

        Args:
            job_id: whose document is wrong.
            tasks: id and text of each, the reversal first.
            word: whose decision it is; the reason may be missing.

        Raises: OperatorError when the name is missing; ContractError of the door; LedgerError.

        """
        act = replace(word, why=word.why or "correct").act("correct", self._clock)
        return [self._hand_in(act, job_id, name, task, sequence=job_id) for name, task in tasks]

    def _of_the_day(self, verb: ShiftVerb) -> Names:
        day = datetime.fromisoformat(self._clock.now()).astimezone(self._zone).date()
        return lambda nth: f"operator.{verb.value}.{day}.{nth}"

    def _ended(self, names: Names) -> int:
        """How many of these jobs, counted from the first, are at their end."""
        nth = 0
        while (seen := self._ledger.outlines([names(nth + 1)])[0]) and seen.answer["state"] in AT_THE_END:
            nth += 1
        return nth

    def _next(self, names: Names, after: int | None) -> str:
        """The id of the one that is asked for; no other one begins before the last is at its end."""
        ended = self._ended(names)
        return names(1 + (ended if after is None else min(after, ended)))

    def _hand_in(self, act: Act, what: str, job: str, task: bytes, *, sequence: str = "") -> Asked:
        """Through the door; the act is kept when that made a job."""
        options = {"producer": f"{act.name}: {act.by}"[:PRODUCER_MAX]}
        if sequence:
            options["sequence"] = sequence
        said = self._enqueue(job, task, json.dumps(options, ensure_ascii=False))
        if not said["duplicate"]:
            self._ledger.decree(act, what)
        return Asked(job, str(said["state"]), bool(said["duplicate"]))


def _copy_of(job_id: str) -> Names:
    return lambda nth: derived_id(job_id, f"copy.{nth}")
