"""
The operator's verbs: what a named person decides. Each is refused when something is missing, and says what.

None of them needs the worker, nor tells the register anything: they write into the ledger what was decided, in the place of the
job's history for which it was decided, so that two people who decide at once do not both succeed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from worker.app.inspecting import forgone
from worker.app.surveying import newest_known
from worker.domain.answers import Silent
from worker.domain.errors import OperatorError, PlaceTaken
from worker.domain.events import Disproved, GaveUp, Printed, Replayed
from worker.domain.identity import OUR_PREFIX
from worker.domain.job import Job, State
from worker.domain.lifecycle import next_submission
from worker.domain.ports import Act, Clock, Group, Ledger, Register
from worker.domain.proof import is_other_fn
from worker.domain.verdicts import Fiscal, Reason, ReasonCode, Verdict

FN_NUMBER = re.compile(r"\d{16}")  # tag 1041
WORD_CHARACTERS_MAX = 500
DOCUMENT_MAX = 2**32 - 1  # tag 1040
PRINTED_LOOKED_THROUGH = 200
OPEN_LOOKED_THROUGH = 1000  # a longer line than a shop ever has


class Missing(StrEnum):
    """What a replay lacks. Each has a text in both languages with the next step (`ops/cli/texts`, `missing`)."""

    UNKNOWN = "unknown"  # the register knows no such job
    OPEN = "open"  # under way already, perhaps replayed by somebody else
    WAITING = "waiting"  # it waits in the line or behind a dead job, and can be withdrawn
    PRINTED = "printed"  # a copy is another thing
    PROOF = "proof"  # in doubt: nothing proves that it was not printed
    TASK = "task"  # the task itself breaks a rule, and would again


@dataclass(frozen=True)
class Word:
    """A person's word: who answers for it, and why, in their own words. Both are kept with the act."""

    by: str | None = None
    why: str | None = None

    def act(self, name: str, clock: Clock) -> Act:
        """The act of that name. Raises OperatorError when name or reason is missing."""
        by, why = (self.by or "").strip(), (self.why or "").strip()
        if not by:
            raise OperatorError("who")
        if not why:
            raise OperatorError("why")
        return Act(name, by[:WORD_CHARACTERS_MAX], why[:WORD_CHARACTERS_MAX], clock.now())


@dataclass(frozen=True)
class Lack:
    """Why one job is not replayed; `reason` is the job's own, where it has one."""

    missing: Missing
    reason: Reason | None = None


@dataclass(frozen=True)
class Replay:
    """What a replay did, or would do: the jobs that moved, in their order, and for each other one what it lacks."""

    moved: tuple[str, ...] = ()
    refused: Mapping[str, Lack] = field(default_factory=dict)


def replay(ledger: Ledger, clock: Clock, jobs: Iterable[str], word: Word, *, dry_run: bool) -> Replay:
    """
    Do dead jobs again that are proven not printed, at the end of the line (promises P8, fault 19).

    Args:
        ledger: of the register.
        clock: for the record.
        jobs: their ids; one that is named twice is taken once.
        word: whose decision it is.
        dry_run: say what would happen, and write nothing.

    Returns: each job is in exactly one of the two sets.
    Raises: OperatorError when name or reason is missing, LedgerError.

    """
    act = word.act("replay", clock)
    moved: list[str] = []
    refused: dict[str, Lack] = {}
    for job_id in dict.fromkeys(jobs):
        job = ledger.load(job_id)
        lack = lack_of(job)
        if lack is None and job is not None and not dry_run:
            try:
                ledger.act(job, Replayed(at=act.at, by=act.by, why=act.why), act)
            except PlaceTaken:  # somebody was quicker
                lack = Lack(Missing.OPEN)
        if lack is None:
            moved.append(job_id)
        else:
            refused[job_id] = lack
    return Replay(tuple(moved), refused)


def replayable(ledger: Ledger, reason: str | None = None) -> Sequence[str]:
    """
    The dead jobs that died for this reason; without one all that nobody has given up, in the order of their death.

    Given up is what was taken back, and what a sequence was let go on without: its followers may have printed.
    """
    given_up = forgone(ledger)
    dead = [job for job in ledger.dead() if job not in given_up]
    codes = {
        job: (outline.answer["reason"] or {}).get("code")
        for job, outline in zip(dead, ledger.outlines(dead), strict=True)
        if outline is not None
    }
    return [
        job for job, code in codes.items() if code == reason or (not reason and code != ReasonCode.WITHDRAWN)
    ]


def lack_of(job: Job | None) -> Lack | None:
    """What a replay of the job lacks; None when it is proven not printed."""
    if job is None:
        return Lack(Missing.UNKNOWN)
    if job.state is State.PRINTED:
        return Lack(Missing.PRINTED)
    if job.state is not State.DEAD:
        return Lack(Missing.WAITING if withdrawal_obstacle(job) is None else Missing.OPEN)
    if job.in_doubt:
        return Lack(Missing.PROOF, job.reason)
    if job.reason is not None and job.reason.code is ReasonCode.TASK_REFUSED:
        return Lack(Missing.TASK, job.reason)
    return None


def resolve(
    ledger: Ledger, clock: Clock, job_id: str, verdict: Verdict, word: Word, *, document: int | None = None
) -> Job:
    """
    Settle a doubt on a named person's word, where the register cannot (promises P3, P8).

    Args:
        ledger: of the register.
        clock: for the record.
        job_id: a job that is dead in doubt.
        verdict: `printed` or `not_printed`.
        word: who looked, and at what.
        document: number on the paper, tag 1040; needed for a fiscal job that printed.

    Returns: the job as it then is; the same word once more changes nothing.
    Raises: OperatorError that names what is missing; LedgerError.

    """
    act = word.act("resolve", clock)
    if verdict is Verdict.NOT_PRINTED and document is not None:
        raise OperatorError("contradiction", document=document)
    job = known(ledger, job_id)
    if job.verdict is verdict and job.is_final:
        return job
    if not job.in_doubt:
        raise OperatorError("not_in_doubt", register=ledger.register, job=job_id)
    if verdict is Verdict.NOT_PRINTED:
        event: Printed | Disproved = Disproved(at=act.at, by=act.by, why=act.why)
    elif verdict is Verdict.PRINTED:
        fiscal = Fiscal(document_number=_document(ledger, job, document)) if job.is_fiscal else None
        event = Printed(at=act.at, fiscal=fiscal, by=act.by, why=act.why)
        if fiscal is not None:
            fn = job.evidence.fn_number if job.evidence is not None else None
            act = replace(act, document=f"{fn or ledger.recall().get('fn', '')}.{document}")
    else:
        raise OperatorError("verdict")
    try:
        return ledger.act(job, event, act)
    except PlaceTaken:
        if act.document:
            _document(ledger, job, document)  # somebody has just said it of another job
        raise OperatorError("moved_on", register=ledger.register, job=job_id) from None


def unseen(ledger: Ledger, job: Job) -> int | None:
    """
    What the FN showed last, where a person's word has named a document beyond it; None where it has not.

    The number may be right: nobody has read the FN since. It is told, so that the paper is looked at once more.
    """
    facts = ledger.recall()
    last = facts.get("accounted", "")
    named = job.fiscal.document_number if job.fiscal is not None and job.is_named else None
    if named is None or not last.isdecimal() or is_other_fn(job.evidence, facts.get("fn")):
        return None
    return int(last) if named > int(last) else None


def _document(ledger: Ledger, job: Job, document: int | None) -> int:
    """The number on the paper; one document proves at most one job."""
    if document is None or not 0 < document <= DOCUMENT_MAX:
        raise OperatorError("document", job=job.id)
    before = job.evidence.document if job.evidence is not None else None
    if before is not None and document <= before:
        raise OperatorError("document_before", document=document, before=before, job=job.id)
    for other in ledger.recent(PRINTED_LOOKED_THROUGH):
        printed = ledger.load(other)
        fiscal = printed.fiscal if printed is not None else None
        if fiscal is None or is_other_fn(job.evidence, fiscal.fn_number):  # each FN counts from 1
            continue
        if fiscal.document_number == document and other != job.id:
            raise OperatorError("document_taken", document=document, other=other)
    return document


def withdraw(ledger: Ledger, clock: Clock, job_id: str, word: Word, register: Register) -> Job:
    """
    Take back a job that the register does not have: it waits in the line, or behind a dead one of its sequence.

    The register is asked first, as before each submission: a Redis that was wiped does not know what was printed under
    this id. The word is written at the place of the history at which it was decided, and a worker writes there before it
    sends: of the two, one wins, and the other sends or withdraws nothing.

    Args:
        ledger: of the register.
        clock: for the record.
        job_id: an open job.
        word: whose decision it is.
        register: the register itself, which is looked at and told nothing.

    Returns: the job, dead and not printed; withdrawn once more it stays as it is.
    Raises: OperatorError that names what is missing; LedgerError.

    """
    act = word.act("withdraw", clock)
    job = known(ledger, job_id)
    if job.reason is not None and job.reason.code is ReasonCode.WITHDRAWN:
        return job
    if (obstacle := withdrawal_obstacle(job)) is not None:
        raise obstacle
    number = next_submission(job)
    newest = newest_known(register, job, number - 1)
    if isinstance(newest, Silent):
        raise OperatorError("register_silent", register=ledger.register, job=job_id)
    if newest >= number:
        raise OperatorError("at_the_register", register=ledger.register, job=job_id)
    reason = Reason(code=ReasonCode.WITHDRAWN, text=f"{act.by}: {act.why}")
    try:
        return ledger.act(job, GaveUp(at=act.at, verdict=Verdict.NOT_PRINTED, reason=reason), act)
    except PlaceTaken:
        raise OperatorError("moved_on", register=ledger.register, job=job_id) from None


def withdrawal_obstacle(job: Job) -> OperatorError | None:
    """Why a job cannot be taken back; None when it can."""
    if job.is_final or job.in_doubt:
        return OperatorError("at_its_end", register=job.register, job=job.id)
    if job.id.startswith(OUR_PREFIX):
        return OperatorError("ours", register=job.register, job=job.id)
    if job.state is not State.QUEUED or job.loose:
        return OperatorError("at_the_register", register=job.register, job=job.id)
    return None


def forgo(ledger: Ledger, clock: Clock, job_id: str, word: Word) -> int:
    """
    Let the jobs that are stopped behind a dead one of their sequence go on without it.

    Returns: how many go on. Raises: OperatorError that names what is missing; LedgerError.
    """
    act = word.act("forgo", clock)
    if known(ledger, job_id).state is not State.DEAD:
        raise OperatorError("not_dead", register=ledger.register, job=job_id)
    return ledger.forgo(job_id, act)


def hold(ledger: Ledger, clock: Clock, word: Word) -> None:
    """
    Stop a line before its next job, without losing its order; what is under way comes to its end.

    Raises: OperatorError when name or reason is missing, LedgerError.
    """
    act = word.act("hold", clock)
    ledger.decree(act, ledger.register, held=f"{act.by}: {act.why}")


def release(ledger: Ledger, clock: Clock, word: Word) -> bool:
    """
    Let a line go on that a person held.

    Returns: whether it was held. Raises: OperatorError when the name is missing, LedgerError.
    """
    act = Word(word.by, word.why or "released").act("release", clock)
    held = "held" in ledger.recall()
    if held:
        ledger.decree(act, ledger.register, held=None)
    return held


def known(ledger: Ledger, job_id: str) -> Job:
    """The job. Raises OperatorError for one that is not known, or not taken in yet."""
    job = ledger.load(job_id)
    if job is None and ledger.outlines([job_id])[0] is not None:
        raise OperatorError("not_taken_in", register=ledger.register, job=job_id)
    if job is None:
        raise OperatorError("unknown_job", register=ledger.register, job=job_id)
    return job


def on_word_alone(ledger: Ledger) -> Sequence[str]:
    """The open jobs of which a person has said that they did not print: only the FN from before could show otherwise."""
    open_jobs = (ledger.load(job) for job in ledger.listed(Group.OPEN, OPEN_LOOKED_THROUGH))
    return [job.id for job in open_jobs if job is not None and job.on_word and job.disowned]


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
    if seen is not None and (number is None or not FN_NUMBER.fullmatch(number)):
        raise OperatorError("fn_number_seen", register=ledger.register, bound=bound or "–", seen=seen)
    if number is None or not FN_NUMBER.fullmatch(number):
        raise OperatorError("fn_number", register=ledger.register, bound=bound or "–")
    act = Word(by, f"FN {number}").act("accept_fn", clock)
    if seen is not None and number != seen:
        raise OperatorError("fn_differs", register=ledger.register, seen=seen, number=number)
    if number == bound and seen is None:
        raise OperatorError("fn_bound", register=ledger.register, number=number)
    ledger.decree(act, number, accept_fn=number)
    return bound
