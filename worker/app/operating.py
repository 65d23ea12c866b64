"""The operator's verbs: what a named person decides. Each is refused when something is missing, and says what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from worker.domain.corrections import reversal
from worker.domain.errors import OperatorError
from worker.domain.ports import Clock, Ledger
from worker.domain.tasks import Defaults, check

FN_NUMBER = re.compile(r"\d{16}")  # tag 1041


def accept_fn(ledger: Ledger, clock: Clock, number: str | None, by: str | None) -> str | None:
    """
    Let a line go on with another FN than the one it is bound to (promises P5, fault 18).

    Args:
        ledger: of the register.
        clock: for the record.
        number: of the FN that is in the register now, 16 digits.
        by: who answers for it.

    Returns: the FN that the line was bound to, None when it was bound to none.
    Raises: OperatorError that names what is missing.

    """
    facts = ledger.recall()
    bound, seen = facts.get("fn"), facts.get("seen_fn")
    if number is None or not FN_NUMBER.fullmatch(number):
        raise OperatorError(
            f"{ledger.register} is bound to FN {bound or 'none yet'}. A line that stopped because the FN changed goes on only "
            "with its new number: read the 16 digits off the register's last receipt and give --accept-fn NUMBER --by NAME."
        )
    if not by or not by.strip():
        raise OperatorError("say who answers for it: --by NAME")
    if seen is not None and number != seen:
        raise OperatorError(f"the register shows FN {seen}, not {number}: look at its last receipt again")
    if number == bound and seen is None:
        raise OperatorError(f"{ledger.register} is bound to FN {number} already: there is nothing to accept")
    ledger.accept_fn(number, by.strip(), clock.now())
    return bound


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
    job = ledger.load(job_id)
    if job is None:
        raise OperatorError(f"{ledger.register} knows no job {job_id}")
    if not job.doubled:
        raise OperatorError(f"{job_id} has no document too many: there is nothing to take back")
    task = check(ledger.task(job_id), defaults).task
    if task is None:
        raise OperatorError(f"the task of {job_id} breaks a rule of this version: fiscalq check says which")
    form = ffd or ledger.recall().get("ffd", "")
    return [
        (number, reversal(task, repeat, form))
        for number, repeat in zip(job.doubled, job.repeats, strict=False)
    ]
