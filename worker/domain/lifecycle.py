"""
The life of a job: every transition, and all that decides a receipt's fate.

`learn` turns what the register said into an event, `evolve` folds an event into the job, `decide` says what to do
next. All three are pure. The rules are the table of promises §2; the shell around them is `worker/app/printing.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from worker.domain.actions import (
    Action,
    Ask,
    Elapsed,
    Entomb,
    Fence,
    Footing,
    LookBack,
    Probe,
    Prove,
    Record,
    Submit,
    Survey,
    Withdraw,
)
from worker.domain.answers import (
    Answer,
    Final,
    Known,
    Missing,
    NeverSent,
    NotNow,
    Outcome,
    Pending,
    Removed,
    Stage,
    Strange,
    Taken,
    TooLate,
    Turned,
)
from worker.domain.errors import IllegalEvent
from worker.domain.events import (
    Accepted,
    Deleted,
    Disproved,
    Doubled,
    Entombed,
    Event,
    EvidenceVoided,
    FencePassed,
    Found,
    GaveUp,
    NotSent,
    Printed,
    PrintStarted,
    Probed,
    Replayed,
    Shown,
    SubmitStarted,
    Waited,
    WithdrawRefused,
    WithdrawStarted,
)
from worker.domain.job import REPEATABLE_KINDS, Job, State
from worker.domain.policy import Limits
from worker.domain.proof import fiscal_of, is_plain, repeated
from worker.domain.shifts import ALREADY, SHIFT_CODES
from worker.domain.tasks import Kind
from worker.domain.verdicts import UNFORESEEN, Fiscal, Reason, ReasonCode, Verdict

_Q, _S, _W, _P, _D = State.QUEUED, State.SUBMITTING, State.WAITING, State.PRINTING, State.DEAD

TRANSITIONS: Mapping[State, Mapping[type[Event], State]] = MappingProxyType(
    {
        _Q: {SubmitStarted: _S, Printed: State.PRINTED, GaveUp: _D},
        _S: {
            EvidenceVoided: _S,
            NotSent: _Q,
            Shown: _W,
            Waited: _S,
            PrintStarted: _P,
            Deleted: _W,
            Entombed: _S,
            Found: _P,
            Printed: State.PRINTED,
            GaveUp: _D,
        },
        _W: {
            Waited: _W,
            PrintStarted: _P,
            WithdrawStarted: _W,
            WithdrawRefused: _W,
            Deleted: _W,
            FencePassed: _W,
            Entombed: _W,
            Found: _P,
            Printed: State.PRINTED,
            GaveUp: _D,
        },
        _P: {
            Probed: _P,
            FencePassed: _P,
            Entombed: _P,
            Found: _P,
            Disproved: _Q,
            Printed: State.PRINTED,
            Deleted: _W,
            GaveUp: _D,
        },
        _D: {
            Replayed: _Q,
            EvidenceVoided: _D,
            Probed: _D,
            FencePassed: _D,
            Deleted: _D,
            Entombed: _D,
            Found: _D,
            Disproved: _D,
            Printed: State.PRINTED,
            GaveUp: _D,
        },
        State.PRINTED: {Doubled: State.PRINTED, Printed: State.PRINTED},
    }
)


REFUSALS_COUNTED = 6  # doublings of the wait for a withdrawal: an hour, with the default limit
UNSEEN = frozenset({Outcome.MISSING, Outcome.LOST})  # the register has not shown how the submission ended


def decide(job: Job, seen: Answer | None, footing: Footing, elapsed: Elapsed, limits: Limits) -> Action:
    """
    Say what to do next with a job that is not settled.

    Args:
        job: as folded from its history.
        seen: the register's last answer in this run, None at its start.
        footing: what is known of the FN.
        elapsed: seconds and setbacks; never a date.
        limits: the policy.

    """
    after = limits.backoff(elapsed.setbacks) if elapsed.setbacks else 0.0
    if job.in_doubt:
        after = min(after, limits.doubt_look_seconds)
    if job.found is not None:
        return _decide_found(job, job.found, elapsed, limits, after)
    match job.state:
        case State.QUEUED:
            return _decide_queued(job, footing, elapsed, limits, after)
        case State.SUBMITTING:
            if elapsed.waiting >= limits.wait_max_seconds and seen is not None:
                return _doubt(ReasonCode.POST_UNANSWERED, seen)
            return Ask(after)
        case State.WAITING:
            return _decide_waiting(job, seen, elapsed, limits, after)
        case State.PRINTING:
            return _decide_printing(job, seen, elapsed, limits, after)
        case _:
            return _decide_doubt(job, seen, elapsed, limits, after)


def _decide_queued(job: Job, footing: Footing, elapsed: Elapsed, limits: Limits, after: float) -> Action:
    """From `queued` a job is sent only on evidence, and only while it may succeed."""
    if job.cause is not None and (done := ALREADY.get((job.type or "", job.cause.code))) is not None:
        return Record(Printed, {"fiscal": Fiscal(warnings=(done,))})  # what it asks for is so already
    if job.cause is not None and (refusal := _refusal(job, job.cause, footing)) is not None:
        return _give_up(Verdict.NOT_PRINTED, refusal)
    if job.cause is not None and job.submission >= limits.submissions_max and not job.loose:
        return _give_up(Verdict.NOT_PRINTED, _reason(ReasonCode.SUBMISSIONS_SPENT, job.cause))
    lost = job.cause is not None and job.cause.outcome is Outcome.MISSING
    if lost and job.rounds >= limits.submissions_max:
        return _give_up(Verdict.IN_DOUBT, Reason(code=ReasonCode.POST_UNANSWERED))
    number = next_submission(job)
    new = not job.loose and not elapsed.unknown  # where a POST may land, the evidence from before it counts
    if footing.evidence is None or (job.kind is Kind.CASH and footing.evidence.drawer is None):
        if elapsed.surveying >= limits.wait_max_seconds and not footing.off:
            if new:
                return LookBack(number, after)
            verdict = Verdict.IN_DOUBT if job.loose else Verdict.NOT_PRINTED
            return _give_up(verdict, Reason(code=ReasonCode.REGISTER_NOT_WORKING))
        return Survey(after)
    if new:
        return LookBack(number, after)
    if footing.recorded:  # the ledger has forgotten what the FN has not
        first, *more = footing.recorded
        return Record(Printed, {"fiscal": first.fiscal, **repeated(more)})
    if footing.twin is not None and number != job.submission:
        return _give_up(Verdict.NOT_PRINTED, Reason(code=ReasonCode.EQUAL_DOUBT, text=footing.twin))
    pause = 0.0
    if job.cause is not None and job.cause.outcome is Outcome.ERROR:
        pause = limits.backoff(job.submission)
    elif lost and job.rounds > 1:
        pause = limits.backoff(job.rounds - 1)
    return Submit(number, footing.evidence, max(after, pause))


def next_submission(job: Job) -> int:
    """A new number only behind the register's own word that the last one is final and unprinted (promises §2)."""
    return job.submission + 1 if job.freed or job.submission == 0 else job.submission


def _decide_waiting(job: Job, seen: Answer | None, elapsed: Elapsed, limits: Limits, after: float) -> Action:
    """A wait has an end: DELETE, then the fence, then the last look."""
    if not job.withdrawing and job.fence is None:
        if elapsed.waiting < limits.wait_max_seconds * widening(job):
            return Ask(after or None)
        return Record(WithdrawStarted, {})
    if job.fence_passed:
        return Ask(after or None)
    if elapsed.withdrawing >= limits.withdraw_max_seconds:
        return _doubt(ReasonCode.WITHDRAW_UNPROVEN, seen)
    return Withdraw(after) if job.fence is None else Fence(after or None)


def widening(job: Job) -> int:
    """A register that refuses to remove what still waits is asked for it less and less often."""
    return 1 << min(job.refusals, REFUSALS_COUNTED)


def _decide_printing(job: Job, seen: Answer | None, elapsed: Elapsed, limits: Limits, after: float) -> Action:
    """It ends by itself and is never withdrawn; but a server may have lost the status of what is long done."""
    if job.fence is not None and not job.fence_passed:
        return Fence(after or None)
    if job.fence is None and seen == Pending(Stage.RUNNING) and elapsed.printing >= limits.print_max_seconds:
        return Probe()
    return Ask(after or None)


def _decide_doubt(job: Job, seen: Answer | None, elapsed: Elapsed, limits: Limits, after: float) -> Action:
    """Dead in doubt: nothing is printed for it any more, it is only brought to an end and asked for."""
    if job.fence is not None and not job.fence_passed:
        return Fence(after or None)
    if job.withdrawing and job.fence is None and seen == Pending(Stage.WAITING):
        return Withdraw(after)
    if not job.shown and seen == Missing():
        return Entomb(after)
    if job.fence is None and seen == Pending(Stage.RUNNING) and elapsed.printing >= limits.print_max_seconds:
        return Probe()
    return Ask(after or None)


def _decide_found(job: Job, found: Found, elapsed: Elapsed, limits: Limits, after: float) -> Action:
    """The register's last word needs a proof; where the FN cannot give one, the code's own class must."""
    if job.is_proven_by_reading:
        if elapsed.proving >= limits.proof_max_seconds and not job.in_doubt:
            return _doubt(ReasonCode.PROOF_UNREADABLE, None)
        return Prove(after)
    if job.kind in REPEATABLE_KINDS or not (found.doubtful or found.outcome in UNSEEN):
        return Record(Disproved, {})
    return _give_up(Verdict.IN_DOUBT, _reason(ReasonCode.NO_DOCUMENT_TO_READ, found))


def _refusal(job: Job, cause: Found, footing: Footing) -> Reason | None:
    """Why a job whose last submission is proven unprinted must not be sent again; None when it may."""
    match cause.outcome:
        case Outcome.CANCELED:
            return _reason(ReasonCode.WAIT_EXCEEDED, cause)
        case Outcome.LOST:
            return _reason(ReasonCode.STATUS_LOST, cause)
        case _ if job.kind is Kind.CASH and cause.doubtful:  # cash is never moved again by itself
            return _reason(ReasonCode.REGISTER_REFUSED, cause)
        case Outcome.ERROR if footing.shift_kept and cause.code in SHIFT_CODES:
            return None
        case Outcome.ERROR if cause.fault is None or not cause.fault.passes:
            return _reason(ReasonCode.REGISTER_REFUSED, cause)
        case _:
            return None


def _reason(code: ReasonCode, found: Found) -> Reason:
    return Reason(code=code, register_code=found.code or None, text=found.text)


def _give_up(verdict: Verdict, reason: Reason) -> Record:
    return Record(GaveUp, {"verdict": verdict, "reason": reason})


def _doubt(code: ReasonCode, seen: Answer | None) -> Record:
    return _give_up(Verdict.IN_DOUBT, Reason(code=code, text=getattr(seen, "text", "")))


def learn(job: Job, answer: Answer, at: str, spare: str, *, posts: int = 1, door: str = "") -> Event | None:
    """
    Turn an answer of the register into the event that it proves, or None when it tells nothing new.

    Args:
        job: as folded from its history.
        answer: to a POST, a poll or a DELETE of the job's current submission.
        at: wall clock, ISO 8601 UTC.
        spare: a fresh uuid, should a fence be needed.
        posts: POSTs that were made of this submission; what the first one proves, a second one does not.
        door: by which the register was asked; empty when that is not known.

    """
    match answer:
        case Taken():
            return Shown(at=at)
        case Known():
            return EvidenceVoided(at=at) if job.evidence is not None and not job.again else None
        case NeverSent(text) | NotNow(text=text):
            return NotSent(at=at, text=text) if posts == 1 else None
        case Turned(code, text):
            return _learn_turned(job, code, text, at)
        case Removed():
            return Deleted(at=at, fence=spare)
        case TooLate():
            return None if job.in_doubt else WithdrawRefused(at=at)
        case Pending(stage):
            return _learn_pending(job, stage, at)
        case Final():
            return _learn_final(job, answer, at, spare)
        case Missing():
            return _learn_missing(job, at, door)
        case Strange(word):
            if job.in_doubt:
                return None
            return GaveUp(
                at=at, verdict=Verdict.IN_DOUBT, reason=Reason(code=ReasonCode.STATUS_UNKNOWN, text=word)
            )
        case _:
            return None


def _learn_turned(job: Job, code: int, text: str, at: str) -> Event:
    """Refused and not stored, which says nothing of an earlier POST of the same number."""
    if job.stray:
        unanswered = Reason(code=ReasonCode.POST_UNANSWERED, register_code=code, text=text)
        return GaveUp(at=at, verdict=Verdict.IN_DOUBT, reason=unanswered)
    refused = Reason(code=ReasonCode.REGISTER_REFUSED, register_code=code, text=text)
    return GaveUp(at=at, verdict=Verdict.NOT_PRINTED, reason=refused)


def _learn_missing(job: Job, at: str, door: str) -> Event | None:
    """A 404 settles no doubt, for a POST may still be on its way; and at another door it proves nothing."""
    if job.door and door and door != job.door:
        changed = Reason(code=ReasonCode.DOOR_CHANGED, text=job.door)
        return None if job.in_doubt else GaveUp(at=at, verdict=Verdict.IN_DOUBT, reason=changed)
    return None if job.in_doubt and not job.shown else Found(at=at, outcome=Outcome.MISSING)


def _learn_pending(job: Job, stage: Stage, at: str) -> Event | None:
    if job.state in {State.PRINTING, State.DEAD} and job.fence_passed and stage is Stage.RUNNING:
        return Found(at=at, outcome=Outcome.LOST)
    if job.in_doubt or job.state is State.PRINTING:
        return None
    if stage is not Stage.WAITING:
        return PrintStarted(at=at, stage=stage)
    if job.state is State.SUBMITTING:
        return Shown(at=at)
    return (
        WithdrawRefused(at=at) if job.fence_passed else None
    )  # it waits although it was removed: begin again


def _learn_final(job: Job, final: Final, at: str, spare: str) -> Event | None:
    if _is_tombstone(job, final):  # what lies there is our own reading: the submission never arrived
        return Found(at=at, outcome=Outcome.MISSING) if job.entombed else Entombed(at=at)
    if final.outcome is Outcome.CANCELED and not job.fence_passed:
        return Deleted(at=at, fence=spare) if job.fence is None else None
    if final.outcome is Outcome.READY:
        if not job.is_fiscal:
            return Printed(at=at, result=_plain(final.result))
        if is_plain(job.total, job.evidence, final.result):
            return Printed(at=at, fiscal=fiscal_of(job.type, final.result))
    told = fiscal_of(job.type, final.result)
    return Found(
        at=at,
        outcome=final.outcome,
        code=final.code,
        text=final.text,
        fault=final.fault,
        doubtful=final.doubtful,
        document=told.document_number if told else None,
    )


def _is_tombstone(job: Job, final: Final) -> bool:
    """Whether the uuid holds the reading of a tombstone; its POST may have gone unanswered."""
    return job.entombed or (
        job.kind is not Kind.READING and final.result is not None and "fnStatus" in final.result
    )


def _plain(value: Any) -> Any:
    """A result as JSON numbers, whether it comes from the register or from the history."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return value


def evolve(job: Job, event: Event) -> Job:
    """
    Fold an event into the job. Decides nothing.

    Raises: IllegalEvent when the job's state does not know the event; the job is unchanged.
    """
    if isinstance(event, Accepted):
        if job.place:
            raise IllegalEvent(f"job {job.id}: accepted twice")
        return replace(
            job,
            place=1,
            type=event.type,
            kind=event.kind,
            total=event.total,
            marker=event.marker,
            attribute=event.attribute,
            accepted_at=event.at,
            updated_at=event.at,
        )
    state = TRANSITIONS[job.state].get(type(event))
    if state is None or _is_barred(job, event):
        raise IllegalEvent(f"job {job.id}: {type(event).__name__} cannot happen to a job that is {job.state}")
    moved = replace(job, place=job.place + 1, state=state, updated_at=event.at)
    return _fold(moved, event)


def _is_barred(job: Job, event: Event) -> bool:
    """
    What an end keeps out (promises P1, P3, P8): of what is proven nothing is changed, but for what a document shows.

    A doubt may be settled, what is proven unprinted replayed; nobody's word, for either, holds against a document.
    """
    if isinstance(event, Printed):
        return job.state is State.PRINTED and not job.is_named
    return job.state is State.DEAD and job.in_doubt == isinstance(event, Replayed)


def _fold(job: Job, event: Event) -> Job:
    match event:
        case SubmitStarted():
            # While an earlier POST of the number may land, only what was read before that one is evidence.
            stray = event.submission == job.submission and job.loose
            return replace(
                _fresh(job),
                submission=event.submission,
                evidence=job.evidence if stray else event.evidence,
                door=event.door,
                cause=None,
                again=event.submission == job.submission,
                stray=stray,
                rounds=job.rounds if event.submission == job.submission else 0,
                refusals=0,
                freed=False,
                shown=False,
                entombed=False,
                loose=True,
                waited=0.0,
                disowned=job.disowned and event.evidence is None,  # what was looked up was not sent
            )
        case EvidenceVoided():
            return replace(job, evidence=None, submission=event.submission or job.submission)
        case NotSent():
            return replace(job, loose=job.stray)
        case Shown():
            return replace(job, shown=True, loose=False, stray=False)
        case PrintStarted():
            return replace(_fresh(job), shown=True, loose=False, stray=False)
        case Waited():
            return replace(job, waited=job.waited + event.seconds)
        case WithdrawStarted():
            return replace(job, withdrawing=True)
        case WithdrawRefused():
            return replace(_fresh(job), waited=0.0, refusals=job.refusals + 1)
        case Deleted():
            return replace(job, fence=event.fence, fence_passed=False, shown=True)
        case FencePassed():
            return replace(job, fence_passed=True)
        case Probed():
            return replace(job, fence=event.fence, fence_passed=False)
        case Entombed():
            return replace(job, entombed=True, shown=True, loose=False)
        case Found():
            missing = event.outcome is Outcome.MISSING
            loose, stray = job.loose and missing, job.stray and missing
            return replace(job, found=event, shown=job.shown or not missing, loose=loose, stray=stray)
        case Disproved():
            return _fold_disproved(job, event)
        case Printed():
            ended = replace(job, verdict=Verdict.PRINTED, reason=None, fiscal=_told(job, event), found=None)
            return replace(ended, result=event.result, doubled=event.doubled, repeats=event.repeats)
        case Doubled():
            doubled, repeats = (*job.doubled, event.document), (*job.repeats, event.fiscal)
            return replace(job, doubled=doubled, repeats=repeats)
        case GaveUp():
            given_up = replace(job, verdict=event.verdict, reason=event.reason)
            if event.verdict is Verdict.IN_DOUBT and not job.shown:
                return replace(given_up, found=None)  # a 404 settles nothing before the tombstone
            return given_up
        case Replayed():
            return replace(_fresh(job), verdict=None, reason=None, cause=None, waited=0.0, disowned=True)
        case _:  # accepted: folded by evolve
            return job


def _told(job: Job, event: Printed) -> Fiscal | None:
    """The document for the CRM, with a warning where it had been told before that there is none."""
    disowned = job.disowned or job.verdict is Verdict.NOT_PRINTED
    return event.fiscal.warned(UNFORESEEN) if event.fiscal is not None and disowned else event.fiscal


def _fold_disproved(job: Job, event: Disproved) -> Job:
    """Proven unprinted. A job that had been given up in doubt is not begun again by itself: it becomes proven."""
    freed = job.entombed or (job.found is not None and job.found.outcome not in UNSEEN)
    cause = None if _was_withdrawn_before(job) else job.found
    on_word = job.on_word or bool(event.by)
    settled = replace(_fresh(job), cause=cause, freed=freed, rounds=job.rounds + 1, on_word=on_word)
    if job.state is not State.DEAD:
        return settled
    reason = job.reason if job.found is None else _reason(_settled_code(job.found), job.found)
    if event.by is not None:
        reason = Reason(code=ReasonCode.RESOLVED, text=event.by)
    return replace(settled, verdict=Verdict.NOT_PRINTED, reason=reason)


def _was_withdrawn_before(job: Job) -> bool:
    """Whether the submission was looked up, not sent, and lies canceled since before a person had it replayed."""
    canceled = job.found is not None and job.found.outcome is Outcome.CANCELED
    return canceled and job.again and job.evidence is None and not job.withdrawing


def _settled_code(found: Found) -> ReasonCode:
    """The reason that stays when a doubt is settled: why it was given up, or the register's refusal."""
    match found.outcome:
        case Outcome.ERROR:
            return ReasonCode.REGISTER_REFUSED
        case Outcome.MISSING:
            return ReasonCode.NEVER_ARRIVED
        case _:
            return ReasonCode.WAIT_EXCEEDED


def _fresh(job: Job) -> Job:
    """Forget how the last look or the last withdrawal went."""
    return replace(job, found=None, fence=None, fence_passed=False, withdrawing=False)


def fold(job_id: str, register: str, history: Iterable[Event]) -> Job:
    """The job that a history tells of."""
    job = Job(job_id, register)
    for event in history:
        job = evolve(job, event)
    return job


def is_counted(job: Job) -> bool:
    """Whether time counts against the job: the register may hold it and has not begun to print."""
    return job.state in {State.SUBMITTING, State.WAITING}
