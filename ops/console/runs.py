"""Bulk replays: planned by a dry run, begun once however often the button is pressed, and watched while they run."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock, Thread

from worker.app import operating
from worker.app.operating import Lack, Word
from worker.domain.errors import FiscalqError
from worker.domain.ports import Clock, Ledger

RUNS_MAX = 100  # the latest are kept to be looked at
TOGETHER = 20  # jobs of one step: the bar moves, and Redis is not asked one by one


@dataclass
class Run:
    """
    One bulk replay.

    Args:
        id: not to be guessed.
        register: whose jobs.
        user: who planned it, and alone may begin it.
        word: name and reason, kept with every act.
        jobs: what the dry run would move, in order; `planned` names what it would refuse.
        begun: it runs, or has run.
        moved: what has gone to the end of the line; `refused` what not, since the dry run.
        problem: what ended it early.

    """

    id: str
    register: str
    user: str
    word: Word
    jobs: Sequence[str]
    planned: Mapping[str, Lack]
    begun: bool = False
    moved: list[str] = field(default_factory=list)
    refused: dict[str, Lack] = field(default_factory=dict)
    problem: str = ""

    @property
    def done(self) -> int:
        """Jobs looked at."""
        return len(self.moved) + len(self.refused)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.begun and (bool(self.problem) or self.done >= len(self.jobs))


class Runs:
    """The latest runs. Safe to share between threads."""

    def __init__(self, clock: Clock, tell: Callable[[], None]) -> None:
        """`tell` is called from another thread whenever a run has moved."""
        self._clock = clock
        self._tell = tell
        self._kept: dict[str, Run] = {}
        self._lock = Lock()

    def plan(self, ledger: Ledger, jobs: Sequence[str], user: str, word: Word) -> Run:
        """A dry run of these jobs. Raises OperatorError, LedgerError."""
        said = operating.replay(ledger, self._clock, jobs, word, dry_run=True)
        run = Run(secrets.token_urlsafe(16), ledger.register, user, word, said.moved, said.refused)
        with self._lock:
            while len(self._kept) >= RUNS_MAX:
                self._kept.pop(next(iter(self._kept)))
            self._kept[run.id] = run
        return run

    def find(self, run: str) -> Run | None:
        """The run of this id, if it is still known."""
        return self._kept.get(run)

    def begin(self, ledger: Ledger, run: Run) -> None:
        """Do it, beside the caller; the second time does nothing."""
        with self._lock:
            if run.begun:
                return
            run.begun = True
        Thread(target=self._replay, args=(ledger, run), name=f"replay-{run.register}", daemon=True).start()

    def _replay(self, ledger: Ledger, run: Run) -> None:
        try:
            for first in range(0, len(run.jobs), TOGETHER):
                some = run.jobs[first : first + TOGETHER]
                said = operating.replay(ledger, self._clock, some, run.word, dry_run=False)
                run.refused.update(said.refused)
                run.moved.extend(said.moved)
                self._tell()
        except FiscalqError as error:  # the rest stays dead, and may be planned again
            run.problem = str(error)
        self._tell()
