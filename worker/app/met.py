"""
Documents of the FN whose job the ledger does not know (promises §2, guard 7).

After a Redis that was wiped or went back, the CRM sends again what is on the FN already. Which markers were met must then
outlast the process that met them: the register's server may have forgotten the jobs too, and no document is read twice.
"""

from __future__ import annotations

from worker.domain.identity import is_marker
from worker.domain.job import Job
from worker.domain.ports import Ledger
from worker.domain.proof import Document
from worker.domain.verdicts import Fiscal

MET = "met."  # how the names of these facts begin; the marker follows
MET_MAX = 250  # more than are read at once behind a lost history


class Met:
    """What the ledger keeps of them for one line: the number by the marker, until the job is on record."""

    def __init__(self, ledger: Ledger) -> None:
        """What a process before has kept is taken up when it is first asked for."""
        self._ledger = ledger
        self._known: dict[str, int] | None = None

    def number(self, job: Job) -> int | None:
        """The document that bears the job's marker; None when none was met."""
        return self._numbers.get(job.marker or "")

    def document(self, job: Job) -> Document | None:
        """The same as far as it is known without reading it once more: an old one may not be given whole any more."""
        number = self.number(job)
        return None if number is None else Document(number, job.type, fiscal=Fiscal(document_number=number))

    def keep(self, document: Document) -> None:
        """Keep that it was met; of too many the oldest are forgotten."""
        for marker in filter(is_marker, document.markers - self._numbers.keys()):
            self._ledger.remember(**{MET + marker: str(document.number)})
            self._numbers[marker] = document.number
        for marker in sorted(self._numbers, key=self._numbers.__getitem__)[:-MET_MAX]:
            self._drop(marker)

    def settle(self, job: Job) -> None:
        """The job is on record: nothing need be kept for it."""
        if job.marker in self._numbers:
            self._drop(job.marker)

    @property
    def _numbers(self) -> dict[str, int]:
        if self._known is None:
            facts = self._ledger.recall().items()
            kept = {name.removeprefix(MET): text for name, text in facts if name.startswith(MET)}
            self._known = {marker: int(text) for marker, text in kept.items() if text.isdecimal()}
        return self._known

    def _drop(self, marker: str) -> None:
        self._ledger.remember(**{MET + marker: None})
        del self._numbers[marker]
