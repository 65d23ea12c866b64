"""
Looks after the shift: opens it before the first receipt, closes it in time, with jobs of its own (`fiscalq.…`).

Its jobs are jobs like any other: they stand in the ledger, at the head of the line, and survive whatever others survive.
"""

from __future__ import annotations

import json
from datetime import timedelta

from worker.app.intake import own_candidate
from worker.app.line import Line
from worker.app.reading import Reader
from worker.app.standstill import Cause
from worker.app.surveying import survey
from worker.domain.answers import Final, Missing
from worker.domain.events import Disproved, Replayed
from worker.domain.identity import OUR_PREFIX
from worker.domain.job import Job, State
from worker.domain.shifts import CLOSE, OPEN

LOOK_SECONDS = 60.0  # between two looks at the shift while nothing prints
TRIES = 9  # jobs for one opening or closing: a register whose shift is open again contradicts itself
NAMES = {OPEN: "open", CLOSE: "close"}
OURS = OUR_PREFIX.rstrip(".")


def make_way(line: Line, task: str) -> None:
    """
    Put the job that does this task at the head of the line; what stood there follows it.

    One that came to nothing is done again after a pause; so is one in doubt, because the register has said since, behind
    it in its queue, that the shift is still what it was.
    """
    fn = line.ledger.recall().get("fn")
    if (
        line.pilot is None or line.pilot.shift is None or fn is None
    ):  # the ledger has lost what was known: ask anew
        line.lose_shift()
        return
    job = _own_job(line, task, line.pilot.shift.number, fn)
    if job is None:
        line.stand_still(Cause.SHIFT, task)
        line.pause(line.limits.backoff_max_seconds)
        line.lose_shift()
        return
    if job.state is State.DEAD:
        reason = job.reason
        line.stand_still(
            Cause.SHIFT, f"{reason.register_code or ''} {reason.text}".strip() if reason else task
        )
        line.pause(line.limits.backoff_max_seconds)
        if job.in_doubt:
            job = line.append(job, Disproved(at=line.clock.now(), by=OURS, why="the shift is what it was"))
        line.append(job, Replayed(at=line.clock.now(), by=OURS, why="the shift"))
    if task == CLOSE and line.ledger.doubts():
        line.watch(job, f"shift.closed_over_doubt {', '.join(line.ledger.doubts())}")
    line.ledger.advance(job.id)
    line.ledger.rebuild()


def look_at_shift(line: Line, idle_seconds: float) -> None:
    """While nothing prints: close a shift that is over, or whose quiet hours have come; not over a doubt that may print."""
    pilot = line.pilot
    if pilot is None:
        return
    if (
        pilot.age_seconds > LOOK_SECONDS
        and survey(line, Reader(line), Job("", line.ledger.register)) is not None
    ):
        return
    task = pilot.task_when_idle(timedelta(seconds=idle_seconds))
    if task is not None and (pilot.is_over or not _may_print(line)):
        make_way(line, task)


def _may_print(line: Line) -> bool:
    """Whether the register holds a submission of a doubt that is not final, or does not say (promises §2)."""
    for doubt in line.ledger.doubts():
        job = line.ledger.load(doubt)
        if job is not None:
            answer = line.register.poll(job.uuid)
            if not isinstance(answer, Final) and (job.loose or not isinstance(answer, Missing)):
                return True
    return False


def _own_job(line: Line, task: str, shift: int, fn: str) -> Job | None:
    """The job for this opening or closing, taken in if it is new; None when all its tries have come to nothing."""
    number = shift + 1 if task == OPEN else shift
    for nth in range(1, TRIES + 1):
        name = f"{OUR_PREFIX}{NAMES[task]}.{number}.{fn}" + (f".{nth}" if nth > 1 else "")
        job = line.ledger.load(name)
        if job is None:
            text = json.dumps({"type": task}).encode()
            candidate = own_candidate(name, text, line.ledger.register, line.defaults, line.clock.now())
            line.ledger.begin(candidate)
            return line.ledger.load(name)
        if job.state is not State.PRINTED:
            return job
    return None
