"""Before a job is sent: is it the right register, where does its FN stand, and does it know the job already."""

from __future__ import annotations

from dataclasses import dataclass

from worker.app.binding import Binding
from worker.app.line import Line
from worker.app.pilot import told_of
from worker.app.reading import Reader
from worker.app.reconciling import note_totals
from worker.app.standstill import BEFORE_SENDING, Cause
from worker.domain.answers import Missing, Silent, Strange
from worker.domain.identity import submission_uuid
from worker.domain.job import Job
from worker.domain.ports import Register
from worker.domain.tasks import Kind

LOOK_AGAIN_SECONDS = 600.0  # in which somebody may have put another FN into a register that nobody sells at
GAPS = 1  # numbers that may be missing in a row before the search for the newest submission ends, beside the first


@dataclass(frozen=True)
class Obstacle:
    """Why nothing can be sent now; `standing` when the register's own queue does not move."""

    cause: Cause
    text: str = ""
    standing: bool = False


def survey(line: Line, reader: Reader, job: Job) -> Obstacle | None:
    """
    Read the FN, make sure that it is the bound one, and account for its documents; before a closing, note its totals.

    Returns: None when the line stands on fresh evidence, else what is in the way.
    """
    line.register.knock()
    evidence, turn = reader.survey(drawer=job.kind is Kind.CASH)
    if evidence is None:
        cause = Cause.QUEUE_STANDS if turn.standing else Cause.REGISTER_UNREACHABLE
        line.off = line.off or line.ledger.recall().get("off") == "1"
        return Obstacle(cause, turn.text, turn.standing)
    seen: Binding | None = Binding(evidence.fn_number)
    if not line.identified:
        seen, turn = reader.identify(evidence)
        _look_for_the_last(line)
    if seen is None:
        return Obstacle(Cause.REGISTER_UNREACHABLE, turn.text)
    refusal = line.bind(seen)
    if refusal is not None:
        return Obstacle(Cause.REGISTER_CHANGED, refusal)
    if not reader.account(evidence) or (line.owes_look(job) and not reader.look_for(job, evidence)):
        return Obstacle(Cause.FN_UNREADABLE)
    line.looked_for = (job.id, job.place)
    if line.pilot is not None:
        shift, turn = reader.shift()
        if shift is None:
            return Obstacle(Cause.REGISTER_UNREACHABLE, turn.text, turn.standing)
        line.pilot.see(shift)
        line.ledger.remember(shift=line.pilot.told)
    line.stand_on(evidence)
    line.go_on(BEFORE_SENDING)
    if line.off:
        line.off = False
        line.ledger.remember(off=None)
    if line.owes_totals(job):
        note_totals(line, reader, job)
    return None


def look_at_register(line: Line) -> None:
    """
    While nothing prints, after a start, after each reconnect, and now and then: is it the bound register, what has it printed.

    What a ledger that was set back has forgotten is told as soon as that is known, and not with the next receipt (promises
    §2, guard 7). A register that is off while nobody sells is nothing to tell: it is knocked at now and then.
    """
    now = line.clock.monotonic()
    pause = LOOK_AGAIN_SECONDS if line.identified else line.limits.backoff_max_seconds
    if now - line.looked_at < pause:
        return
    line.looked_at = now
    nobodys = Job("", line.ledger.register)
    reader = Reader(line)
    obstacle = survey(line, reader, nobodys)
    if obstacle is None and line.pilot is None:
        shift, _ = reader.shift()
        line.ledger.remember(shift=None if shift is None else told_of(shift, seen=line.clock.now()))
    line.identified = line.identified and obstacle is None  # what could not be read whole is looked at again
    if obstacle is not None and obstacle.cause is Cause.REGISTER_CHANGED:
        line.stand_still(obstacle.cause, obstacle.text)
        line.watch(nobodys, f"line.{obstacle.cause.value} {obstacle.text}")


def _look_for_the_last(line: Line) -> None:
    """
    After each reconnect: does the register's server still know what it did last (promises §2, guard 17)?

    Its counts are cut by its own retention and hold everybody's tasks; one submission of ours says it exactly. What a new
    memory means is settled by the FN alone, whose documents are accounted for next.
    """
    for recent in line.ledger.recent(1):
        job = line.ledger.load(recent)
        if job is None or not job.submission:
            continue
        if isinstance(line.register.poll(job.uuid), Missing):
            line.watch(job, "register.memory_new the FN tells what was printed")


def newest_known(register: Register, job: Job, newest: int) -> int | Silent:
    """
    The highest number under which the register knows the job: asked upwards, to the first two gaps in a row.

    Args:
        register: where they may lie.
        job: whose submissions are asked for.
        newest: the number above which to begin; returned when none above it is known.

    """
    number = newest
    while number <= newest + GAPS:
        number += 1
        answer = register.poll(str(submission_uuid(job.register, job.id, number)))
        if isinstance(answer, Silent):
            return answer
        if isinstance(answer, Strange):  # no word that nobody knows may make a number that was never used
            return Silent(f"the register calls submission {number} {answer.word}")
        if not isinstance(answer, Missing):
            newest = number
    return newest
