"""
What puts a printed document right, prepared out of the ledger: nothing is ever sent from here.

A named person looks at both papers, and enqueues what was prepared (`fiscalq correct`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from worker.app.operating import known as known_job
from worker.domain.corrections import Pair, pair, reversal
from worker.domain.errors import OperatorError
from worker.domain.job import State
from worker.domain.ports import Ledger
from worker.domain.tasks import Checked, Defaults, Known, Task, check, dumps


def reversals(
    ledger: Ledger, job_id: str, defaults: Defaults, ffd: str | None
) -> Sequence[tuple[int, Mapping[str, Any]]]:
    """
    Prepare, for each document too many of a job, the task that takes it back (promises §3, fault 5). Sends nothing.

    Args:
        ledger: of the register.
        job_id: a job that the register printed more than once.
        defaults: the register's.
        ffd: the format; None for what the register said when it was last met.

    Returns: number of the document and the task, in the order of the documents.
    Raises: OperatorError that names what is missing.

    """
    job = known_job(ledger, job_id)
    if not job.doubled:
        raise OperatorError("not_doubled", register=ledger.register, job=job_id)
    task = _printed_task(ledger, job_id, defaults)
    form = ffd or ledger.recall().get("ffd", "")
    return [
        (number, reversal(task, repeat, form))
        for number, repeat in zip(job.doubled, job.repeats, strict=False)
    ]


@dataclass(frozen=True)
class PreparedPair:
    """
    What puts one document right, judged by our own rules.

    Args:
        document: number of the wrong document.
        pair: the two tasks.
        checked: what the rules say of each, in their order; both may be sent.

    """

    document: int | None
    pair: Pair
    checked: tuple[Checked, Checked]


def correction(ledger: Ledger, job_id: str, fixed: bytes, defaults: Defaults, known: Known) -> PreparedPair:
    """
    Prepare the pair that puts the document of a printed job right (fiscal rule 8). Sends nothing.

    Args:
        ledger: of the register.
        job_id: a printed receipt or correction.
        fixed: the task as it should have been, JSON text.
        defaults: the register's.
        known: the day; and the format, if somebody said it, else what the register said when it was last met.

    Returns: the document and both tasks.
    Raises: OperatorError that names what is missing, or every problem of a task.

    """
    job = known_job(ledger, job_id)
    if job.state is not State.PRINTED or job.fiscal is None:
        raise OperatorError("not_on_paper", register=ledger.register, job=job_id)
    known = replace(known, ffd=known.ffd or ledger.recall().get("ffd", ""))
    # A fixed task is written as it should have been printed, so its own form is not judged by this register's format.
    right = accepted(check(fixed, defaults), "fixed_refused")
    prepared = pair(_printed_task(ledger, job_id, defaults), job.fiscal, right, known.ffd or "")
    checked = [
        check(dumps(body).encode(), defaults, known) for body in (prepared.reversal, prepared.corrected)
    ]
    for answer, refusal in zip(checked, ("reversal_refused", "corrected_refused"), strict=True):
        accepted(answer, refusal)
    return PreparedPair(job.fiscal.document_number, prepared, (checked[0], checked[1]))


def _printed_task(ledger: Ledger, job_id: str, defaults: Defaults) -> Task:
    """The task of a job, read again by today's rules."""
    task = check(ledger.task(job_id), defaults).task
    if task is None:
        raise OperatorError("task_outdated", job=job_id)
    return task


def accepted(checked: Checked, refusal: str) -> Task:
    """The task that passed. Raises OperatorError with that code and every problem."""
    if checked.task is None:
        raise OperatorError(refusal, problems=list(checked.problems))
    return checked.task
