"""
The pages that ask for a job: a copy, a task of the shift, what puts a document right.

What a form says back of an earlier page (`after`, the task) is looked at again by the verbs of `worker/app/desk.py` and
`worker/app/correcting.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from ops.console.acting import DIGITS_MAX, refused_here, to, word_of
from ops.console.gate import Gate, Refused, Visit
from ops.console.house import House
from ops.console.looking import Looking
from ops.console.paper import Paper, draw
from worker.app import correcting
from worker.app.desk import Asked, ShiftVerb
from worker.domain.corrections import derived_id
from worker.domain.errors import ContractError, OperatorError
from worker.domain.jsontext import dumps
from worker.domain.tasks import Known

VERBS = {verb.name.lower(): verb for verb in ShiftVerb}


@dataclass(frozen=True)
class Part:
    """
    One task of those that put a document right.

    Args:
        job: its id.
        task: JSON text, as it would be sent.
        paper: how it would print.
        warnings: what a careful client would ask about it.

    """

    job: str
    task: str
    paper: Paper | None
    warnings: Sequence[str]


class Asking:
    """What people ask for at a house's registers."""

    def __init__(self, gate: Gate, house: House, looking: Looking) -> None:
        """What is refused is shown on the page where it was asked for."""
        self._gate, self._house, self._looking = gate, house, looking

    def copy(self, visit: Visit) -> Response:
        """Ask for a copy; the form says after how many, so that it is one however often it is sent."""
        register, _ = self._looking.of(visit)
        job = visit.said("job")
        try:
            asked = self._house.desk(register).copy(job, word_of(visit), after=_after(visit))
        except (OperatorError, ContractError) as error:
            return self._looking.job(visit, job=job, said=refused_here(error, visit.texts), status=409)
        return _shown(register, asked)

    def shift(self, visit: Visit) -> Response:
        """Ask for a task of the shift, likewise."""
        register, _ = self._looking.of(visit)
        verb = VERBS.get(visit.said("verb"))
        if verb is None:
            raise Refused(404, "page.not_found")
        try:
            asked = self._house.desk(register).shift(verb, word_of(visit), after=_after(visit))
        except (OperatorError, ContractError) as error:
            return self._looking.register(visit, said=refused_here(error, visit.texts), status=409)
        return _shown(register, asked)

    def correct(self, visit: Visit) -> Response:
        """Show what would be sent; nothing is."""
        register, _ = self._looking.of(visit)
        job = visit.said("job")
        try:
            parts = self._parts(visit)
        except OperatorError as error:
            return self._looking.job(visit, job=job, said=refused_here(error, visit.texts), status=409)
        task = visit.said("task")
        return self._gate.page(
            visit, "correct.html", register=register, job=job, parts_shown=parts, task=task
        )

    def put_right(self, visit: Visit) -> Response:
        """Hand in what was shown, prepared anew from what it was prepared from."""
        register, _ = self._looking.of(visit)
        job = visit.said("job")
        try:
            tasks = [(part.job, part.task.encode()) for part in self._parts(visit)]
            asked = self._house.desk(register).put_right(job, tasks, word_of(visit))
        except (OperatorError, ContractError) as error:
            return self._looking.job(visit, job=job, said=refused_here(error, visit.texts), status=409)
        return _shown(register, asked[0])

    def _parts(self, visit: Visit) -> Sequence[Part]:
        """The pair for the task as it should have been; without one what takes back a document too many."""
        register, ledger = self._looking.of(visit)
        job, fixed = visit.said("job"), visit.said("task")
        defaults = self._house.defaults(register)
        if not fixed:
            back = correcting.reversals(ledger, job, defaults, None)
            return [self._part(register, derived_id(job, f"reversal-{nth}"), body) for nth, body in back]
        today = datetime.now(UTC).astimezone(self._house.zone(register)).date()
        prepared = correcting.correction(ledger, job, fixed.encode(), defaults, Known(today=today))
        return [
            self._part(
                register,
                derived_id(job, what),
                checked.task.body if checked.task else {},
                [f"{one.path}: {visit.texts.rule(one.code, one.message)}" for one in checked.warnings],
            )
            for what, checked in zip(("reversal", "corrected"), prepared.checked, strict=True)
        ]

    def _part(self, register: str, name: str, body: Mapping[str, Any], told: Sequence[str] = ()) -> Part:
        text = dumps(body)
        paper = draw(text.encode(), None, self._house.defaults(register), with_contact=True)
        return Part(name, text, paper, told)


def _after(visit: Visit) -> int:
    said = visit.said("after")
    return int(said) if said.isdecimal() and len(said) <= DIGITS_MAX else 0


def _shown(register: str, asked: Asked) -> Response:
    return to(f"/r/{register}/job", id=asked.job, done="known" if asked.duplicate else "asked")
