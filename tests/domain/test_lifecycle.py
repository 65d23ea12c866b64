"""The life of a job, walked pair by pair: what is in the table happens, everything else is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

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
    Fault,
    Final,
    Known,
    Missing,
    NeverSent,
    NotNow,
    Outcome,
    Pending,
    Removed,
    Silent,
    Stage,
    Strange,
    Taken,
    TooLate,
    Turned,
    Unanswered,
)
from worker.domain.errors import IllegalEvent
from worker.domain.events import (
    Accepted,
    Deleted,
    Disproved,
    Doubled,
    Entombed,
    Event,
    Evidence,
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
    dump,
    load,
)
from worker.domain.job import Job, State
from worker.domain.lifecycle import TRANSITIONS, decide, evolve, fold, learn
from worker.domain.policy import Limits
from worker.domain.tasks import Kind
from worker.domain.verdicts import UNFORESEEN, Fiscal, Reason, ReasonCode, Verdict

AT = "2026-11-23T10:00:00.000Z"
LIMITS = Limits()
PAPER = Fiscal(document_number=1207, sign="3849583049")
NAMED = Fiscal(document_number=9)  # by a person
EVIDENCE = Evidence(fn_number="9999078900001234", document=1206)
REASON = Reason(code=ReasonCode.WAIT_EXCEEDED)
FOUND_ERROR = Found(at=AT, outcome=Outcome.ERROR, code=44, fault=Fault.PERSON, doubtful=True)

EVENTS: dict[type[Event], Event] = {
    type(event): event
    for event in (
        Accepted(at=AT, type="sell", kind=Kind.RECEIPT, total=Decimal("1.10"), marker="fqabc"),
        SubmitStarted(at=AT, submission=1, evidence=EVIDENCE, door="v1"),
        EvidenceVoided(at=AT),
        NotSent(at=AT, text="refused"),
        Shown(at=AT),
        Waited(at=AT, seconds=5.0),
        PrintStarted(at=AT, stage=Stage.RUNNING),
        WithdrawStarted(at=AT),
        WithdrawRefused(at=AT),
        Deleted(at=AT, fence="f"),
        FencePassed(at=AT),
        Probed(at=AT, fence="f"),
        Entombed(at=AT),
        FOUND_ERROR,
        Disproved(at=AT, document=1206),
        Printed(at=AT, fiscal=Fiscal(document_number=1207)),
        Doubled(at=AT, document=1208),
        GaveUp(at=AT, verdict=Verdict.NOT_PRINTED, reason=REASON),
        Replayed(at=AT, by="Ivanova", why="paper is back"),
    )
}


def job_in(state: State, **changes: object) -> Job:
    job = Job(
        "j",
        "kassa-1",
        place=3,
        state=state,
        type="sell",
        kind=Kind.RECEIPT,
        total=Decimal("1.10"),
        submission=1,
    )
    return replace(job, evidence=EVIDENCE, marker="fqabc", **changes)  # type: ignore[arg-type]


def next_action(
    job: Job,
    seen: object = None,
    *,
    fresh: bool = True,
    off: bool = False,
    unknown: bool = True,
    **elapsed: float,
) -> Action:
    footing = Footing(EVIDENCE if fresh else None, off)
    return decide(job, seen, footing, Elapsed(**elapsed, unknown=unknown), LIMITS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "kind"), list(product(State, EVENTS)), ids=lambda value: getattr(value, "__name__", value)
)
def test_every_pair_is_in_the_table_or_refused(state: State, kind: type[Event]) -> None:
    """A refused event leaves the job alone; a known one moves it where the table says."""
    verdict = Verdict.IN_DOUBT if state is State.DEAD else None
    job = job_in(state, verdict=verdict, fiscal=NAMED if state is State.PRINTED else None)
    allowed = TRANSITIONS[state].get(kind)
    if allowed is None or (state is State.DEAD and kind is Replayed):
        with pytest.raises(IllegalEvent):
            evolve(job, EVENTS[kind])
    else:
        moved = evolve(job, EVENTS[kind])
        assert (moved.state, moved.place) == (allowed, job.place + 1)


@pytest.mark.parametrize("kind", [kind for kind in EVENTS if kind is not Doubled])
def test_nothing_leaves_printed(kind: type[Event]) -> None:
    """Promise P3: what the status call said is never contradicted; a further document is told beside it."""
    with pytest.raises(IllegalEvent):
        evolve(job_in(State.PRINTED, verdict=Verdict.PRINTED, fiscal=PAPER), EVENTS[kind])


def test_a_document_is_told_in_place_of_a_number_that_a_person_read_out() -> None:
    """What is proven by its sign is never told anew."""
    named = job_in(State.PRINTED, verdict=Verdict.PRINTED, fiscal=NAMED)
    assert evolve(named, Printed(at=AT, fiscal=PAPER)).fiscal == PAPER


def test_whoever_was_told_that_it_did_not_print_is_warned_when_it_had() -> None:
    """Also when a person has had it replayed since, as long as nothing was sent; not when the replay printed it."""
    dead = job_in(State.DEAD, verdict=Verdict.NOT_PRINTED)
    found = Printed(at=AT, fiscal=PAPER)
    replayed = evolve(dead, Replayed(at=AT, by="Ivanova", why="paper"))
    sent = evolve(replayed, SubmitStarted(at=AT, submission=2, evidence=EVIDENCE, door=""))
    assert [_warnings(evolve(job, found)) for job in (dead, replayed, sent)] == [
        (UNFORESEEN,),
        (UNFORESEEN,),
        (),
    ]


def _warnings(job: Job) -> tuple[str, ...]:
    assert job.fiscal is not None
    return job.fiscal.warnings


@pytest.mark.parametrize("kind", [kind for kind in EVENTS if kind not in {Replayed, Printed}])
def test_a_proven_dead_job_is_moved_by_a_replay_or_its_document_alone(kind: type[Event]) -> None:
    """A document on the FN holds against whatever was told before."""
    dead = job_in(State.DEAD, verdict=Verdict.NOT_PRINTED)
    with pytest.raises(IllegalEvent):
        evolve(dead, EVENTS[kind])
    assert evolve(dead, EVENTS[Replayed]).state is State.QUEUED
    assert evolve(dead, EVENTS[Printed]).state is State.PRINTED


def test_a_doubt_is_settled_to_proven_and_not_begun_again() -> None:
    """The CRM has been told of the doubt: printing again is a person's decision."""
    doubt = job_in(State.DEAD, verdict=Verdict.IN_DOUBT, found=FOUND_ERROR)
    settled = evolve(doubt, EVENTS[Disproved])
    assert (settled.state, settled.verdict) == (State.DEAD, Verdict.NOT_PRINTED)


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.name)
def test_an_entry_of_the_history_reads_back_as_it_was_written(event: Event) -> None:
    assert load(dump(event)) == event


def test_an_entry_without_what_was_not_known_reads_back_too() -> None:
    """What is None is not written."""
    for event in (Accepted(at=AT), SubmitStarted(at=AT, submission=1, door="v2")):
        assert load(dump(event)) == event


def test_the_fold_of_a_history_is_the_job() -> None:
    history = [EVENTS[kind] for kind in (Accepted, SubmitStarted, Shown, PrintStarted, Printed)]
    job = fold("j", "kassa-1", history)
    assert (job.state, job.verdict, job.place, job.submission) == (State.PRINTED, Verdict.PRINTED, 5, 1)


def test_a_receipt_that_may_have_printed_is_never_sent_again() -> None:
    """Whatever was seen last and however long it took: only `queued` sends, and only a proof leads there."""
    answers = [
        None,
        Known(),
        Unanswered("cut"),
        Silent("html"),
        Missing(),
        NeverSent("refused"),
        NotNow(401, "login"),
    ]
    for state, seen, waiting in product(
        [State.SUBMITTING, State.WAITING, State.PRINTING], answers, [0.0, 1e6]
    ):
        assert not isinstance(next_action(job_in(state), seen, waiting=waiting, posts=2), Submit)


def test_a_new_number_needs_the_registers_own_word() -> None:
    """A 404 never frees a number; an error proven to have left nothing does (promises §2)."""
    printing = job_in(State.PRINTING)
    after_error = evolve(replace(printing, found=FOUND_ERROR), EVENTS[Disproved])
    missing = Found(at=AT, outcome=Outcome.MISSING)
    after_404 = evolve(replace(printing, found=missing), EVENTS[Disproved])
    first, second = next_action(after_error), next_action(after_404)
    assert isinstance(first, Submit)
    assert isinstance(second, Submit)
    assert (first.submission, second.submission) == (2, 1)


def test_a_queued_job_asks_the_fn_before_it_is_sent() -> None:
    assert isinstance(next_action(job_in(State.QUEUED), fresh=False), Survey)


def test_a_number_is_asked_for_before_its_post_unless_one_of_this_history_may_land() -> None:
    """Guard 6: a ledger that was wiped or rolled back does not know what it has sent; the register does."""
    never_sent = replace(job_in(State.QUEUED), submission=0)
    assert next_action(never_sent, unknown=False) == LookBack(1)
    assert isinstance(next_action(never_sent), Submit)
    assert next_action(replace(never_sent, submission=1, freed=True), unknown=False) == LookBack(2)
    assert next_action(replace(never_sent, submission=1), unknown=False) == LookBack(1)
    assert isinstance(next_action(replace(never_sent, submission=1, loose=True), unknown=False), Submit)
    standing = next_action(never_sent, fresh=False, unknown=False, surveying=LIMITS.wait_max_seconds)
    assert standing == LookBack(1)


def test_a_doubt_that_runs_for_ever_is_probed_too() -> None:
    """Guard 12: the register's server has lost its status; a younger reading tells that it is long over."""
    doubt = job_in(State.DEAD, verdict=Verdict.IN_DOUBT, shown=True)
    running = Pending(Stage.RUNNING)
    assert isinstance(next_action(doubt, running, printing=1.0), Ask)
    assert isinstance(next_action(doubt, running, printing=LIMITS.print_max_seconds), Probe)
    found = learn(replace(doubt, fence="f", fence_passed=True), running, AT, "spare")
    assert isinstance(found, Found)
    assert found.outcome is Outcome.LOST


def test_a_permanent_refusal_is_dead_at_once() -> None:
    refused = Found(at=AT, outcome=Outcome.ERROR, code=501, fault=Fault.PAYLOAD)
    proven = evolve(job_in(State.PRINTING, found=refused), EVENTS[Disproved])
    action = next_action(proven)
    assert isinstance(action, Record)
    assert action.facts["verdict"] is Verdict.NOT_PRINTED
    assert action.facts["reason"].code is ReasonCode.REGISTER_REFUSED


def test_a_transient_refusal_waits_in_place_and_longer_each_time() -> None:
    proven = evolve(job_in(State.PRINTING, found=FOUND_ERROR), EVENTS[Disproved])
    pauses = []
    for submission in (1, 2, 3):
        action = next_action(replace(proven, submission=submission))
        assert isinstance(action, Submit)
        pauses.append(action.after)
    assert pauses == sorted(pauses)
    assert pauses[0] > 0


def test_transient_refusals_end_when_the_submissions_are_spent() -> None:
    proven = replace(
        evolve(job_in(State.PRINTING, found=FOUND_ERROR), EVENTS[Disproved]),
        submission=LIMITS.submissions_max,
    )
    action = next_action(proven)
    assert isinstance(action, Record)
    assert action.facts["reason"].code is ReasonCode.SUBMISSIONS_SPENT


def test_a_wait_has_an_end_delete_then_fence_then_the_last_look() -> None:
    waiting = job_in(State.WAITING)
    assert next_action(waiting, waiting=59) == Ask(None)
    action = next_action(waiting, waiting=60)
    assert isinstance(action, Record)
    assert action.event is WithdrawStarted
    withdrawing = evolve(waiting, EVENTS[WithdrawStarted])
    assert isinstance(next_action(withdrawing, waiting=60), Withdraw)
    deleted = evolve(withdrawing, EVENTS[Deleted])
    assert isinstance(next_action(deleted, waiting=60), Fence)
    assert isinstance(next_action(evolve(deleted, EVENTS[FencePassed]), waiting=60), Ask)


def test_a_withdrawal_that_cannot_be_proven_is_a_doubt() -> None:
    deleted = evolve(evolve(job_in(State.WAITING), EVENTS[WithdrawStarted]), EVENTS[Deleted])
    action = next_action(deleted, waiting=60, withdrawing=LIMITS.withdraw_max_seconds)
    assert isinstance(action, Record)
    assert action.facts["verdict"] is Verdict.IN_DOUBT


def test_canceled_is_believed_only_behind_the_fence() -> None:
    """Reference 2.3: DELETE 200 is no proof; the receipt may print all the same."""
    canceled = Final(Outcome.CANCELED)
    deleted = job_in(State.WAITING, withdrawing=True, fence="f")
    assert learn(deleted, canceled, AT, "spare") is None
    assert isinstance(learn(replace(deleted, fence_passed=True), canceled, AT, "spare"), Found)


def test_a_submission_that_somebody_else_removed_is_fenced_too() -> None:
    event = learn(job_in(State.WAITING), Final(Outcome.CANCELED), AT, "spare")
    assert event == Deleted(at=AT, fence="spare")


def test_a_409_without_a_record_voids_the_evidence() -> None:
    """What was read of the FN before this POST may already count the document that the lost history knew of."""
    assert isinstance(learn(job_in(State.SUBMITTING), Known(), AT, ""), EvidenceVoided)
    assert learn(job_in(State.SUBMITTING, again=True), Known(), AT, "") is None


def test_never_sent_is_believed_of_the_first_post_alone() -> None:
    submitting = job_in(State.SUBMITTING)
    assert isinstance(learn(submitting, NeverSent("refused"), AT, "", posts=1), NotSent)
    assert learn(submitting, NeverSent("refused"), AT, "", posts=2) is None


@pytest.mark.parametrize(
    ("answer", "event"),
    [
        (Taken(), Shown),
        (Turned(413, "too large"), GaveUp),
        (Pending(Stage.RUNNING), PrintStarted),
        (Pending(Stage.BLOCKED), PrintStarted),
        (Missing(), Found),
        (Strange("resting"), GaveUp),
        (Final(Outcome.ERROR, 501, "", Fault.PAYLOAD), Found),
        (Removed(), Deleted),
        (TooLate(), WithdrawRefused),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_each_answer_proves(answer: object, event: type[Event]) -> None:
    """The table of promises §2."""
    state = State.WAITING if isinstance(answer, Removed | TooLate) else State.SUBMITTING
    assert isinstance(learn(job_in(state), answer, AT, "spare"), event)  # type: ignore[arg-type]


def test_a_plain_ready_is_printed_and_any_other_is_proven_first() -> None:
    params = {
        "fiscalDocumentNumber": 1207,
        "fiscalDocumentSign": "2839104455",
        "fiscalDocumentDateTime": "2026-11-23T12:41:00+03:00",
        "fnNumber": "9999078900001234",
        "total": Decimal("1.1"),
    }
    job = job_in(State.PRINTING)
    plain = learn(job, Final(Outcome.READY, result={"fiscalParams": params, "warnings": None}), AT, "")
    assert isinstance(plain, Printed)
    for odd in (
        None,
        {"fiscalParams": {**params, "fiscalDocumentNumber": 1208}},  # the register may have printed twice
        {"fiscalParams": {**params, "total": Decimal("2.1")}},
        {"fiscalParams": params, "warnings": {"recovered": True}},
        {"fiscalParams": {**params, "fnNumber": "9999078900009999"}},
        {"fiscalParams": {"fiscalDocumentNumber": 1207}},
    ):
        assert isinstance(learn(job, Final(Outcome.READY, result=odd), AT, ""), Found)


def test_a_job_that_leaves_no_document_is_never_proven_by_the_fn() -> None:
    doubtful = Found(at=AT, outcome=Outcome.ERROR, code=2, fault=Fault.TRANSIENT, doubtful=True)
    for kind in (Kind.REPORT, Kind.SLIP, Kind.COPY):
        action = next_action(replace(job_in(State.PRINTING), kind=kind, found=doubtful))
        assert isinstance(action, Record)
        assert action.facts["verdict"] is Verdict.IN_DOUBT
    assert isinstance(next_action(replace(job_in(State.PRINTING), kind=Kind.CASH, found=doubtful)), Prove)
    reading = next_action(replace(job_in(State.PRINTING), kind=Kind.READING, found=doubtful))
    assert isinstance(reading, Record)
    assert reading.event is Disproved


def test_a_register_that_does_not_work_costs_one_job_and_no_more() -> None:
    """Promises §2: a register that is off drains nothing."""
    queued = replace(job_in(State.QUEUED), submission=0, evidence=None)
    action = next_action(queued, fresh=False, surveying=LIMITS.wait_max_seconds)
    assert isinstance(action, Record)
    assert action.facts["verdict"] is Verdict.NOT_PRINTED
    assert isinstance(next_action(queued, fresh=False, off=True, surveying=1e6), Survey)


def test_a_fiscal_finding_is_proven_and_a_proof_that_does_not_come_is_a_doubt() -> None:
    found = job_in(State.PRINTING, found=FOUND_ERROR)
    assert isinstance(next_action(found), Prove)
    action = next_action(found, proving=LIMITS.proof_max_seconds)
    assert isinstance(action, Record)
    assert action.facts["verdict"] is Verdict.IN_DOUBT


def test_a_submission_that_runs_for_ever_is_probed_by_a_younger_reading() -> None:
    """Guard 12: when the reading is final and the submission still runs, its status was lost; the FN decides."""
    printing, running = job_in(State.PRINTING), Pending(Stage.RUNNING)
    assert isinstance(next_action(printing, running, printing=LIMITS.print_max_seconds - 1), Ask)
    assert isinstance(next_action(printing, running, printing=LIMITS.print_max_seconds), Probe)
    assert isinstance(next_action(printing, Pending(Stage.BLOCKED), printing=1e6), Ask)
    probed = evolve(printing, EVENTS[Probed])
    assert isinstance(next_action(probed, running, printing=1e6), Fence)
    passed = evolve(probed, EVENTS[FencePassed])
    found = learn(passed, running, AT, "")
    assert isinstance(found, Found)
    assert found.outcome is Outcome.LOST
    lost = next_action(evolve(evolve(passed, found), EVENTS[Disproved]))
    assert isinstance(lost, Record)
    assert lost.facts["reason"].code is ReasonCode.STATUS_LOST


def test_a_404_settles_a_doubt_only_behind_the_tombstone() -> None:
    """Guard 1: a POST may still be on its way; a reading under the same uuid takes its place."""
    doubt = job_in(State.DEAD, verdict=Verdict.IN_DOUBT, loose=True)
    assert learn(doubt, Missing(), AT, "") is None
    assert isinstance(next_action(doubt, Missing()), Entomb)
    buried = evolve(doubt, EVENTS[Entombed])
    found = learn(buried, Final(Outcome.READY, result={"fnStatus": {"fiscalDocumentNumber": 1206}}), AT, "")
    assert isinstance(found, Found)
    assert found.outcome is Outcome.MISSING
    settled = evolve(evolve(buried, found), EVENTS[Disproved])
    assert (settled.verdict, settled.freed) == (Verdict.NOT_PRINTED, True)
    assert settled.reason is not None
    assert settled.reason.code is ReasonCode.NEVER_ARRIVED


def test_a_404_at_another_door_proves_nothing() -> None:
    """Guard 8: the server that took it may hold it still."""
    sent = replace(job_in(State.WAITING), door="v1 http://old:16732")
    gave_up = learn(sent, Missing(), AT, "", door="v2 http://new:16732")
    assert isinstance(gave_up, GaveUp)
    assert (gave_up.verdict, gave_up.reason.code) == (Verdict.IN_DOUBT, ReasonCode.DOOR_CHANGED)
    assert isinstance(learn(sent, Missing(), AT, "", door="v1 http://old:16732"), Found)
