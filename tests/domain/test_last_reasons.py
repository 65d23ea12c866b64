"""Why a job ended, what it may do again, and when: the last small print of the core."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from worker.domain.actions import Ask, Elapsed, Footing, Record, Submit, Survey
from worker.domain.answers import Fault, Final, Missing, Outcome, Pending, Silent, Stage
from worker.domain.events import Accepted, Disproved, Evidence, Found, Printed, Replayed
from worker.domain.job import Job, State
from worker.domain.lifecycle import decide, evolve, fold, learn
from worker.domain.policy import Limits
from worker.domain.tasks import Kind
from worker.domain.verdicts import Reason, ReasonCode, Verdict

AT = "2026-11-23T10:00:00.000Z"
EVIDENCE = Evidence(fn_number="9999078900001234", document=10)
WAITS = Job("j", "kassa-1", 3, State.QUEUED, "sell", Kind.RECEIPT, Decimal("1.10"), submission=1, freed=True)
DOUBT = replace(WAITS, state=State.DEAD, verdict=Verdict.IN_DOUBT, shown=True, door="v1 a", freed=False)
LIMITS = Limits()


def decided(job: Job) -> Record:
    told = decide(job, None, Footing(EVIDENCE), Elapsed(unknown=True), LIMITS)
    assert isinstance(told, Record)
    return told


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (Found(at=AT, outcome=Outcome.CANCELED), Reason(code=ReasonCode.WAIT_EXCEEDED)),
        (
            Found(at=AT, outcome=Outcome.ERROR, code=148, text="no such tax", fault=Fault.PAYLOAD),
            Reason(code=ReasonCode.REGISTER_REFUSED, register_code=148, text="no such tax"),
        ),
        (
            Found(at=AT, outcome=Outcome.ERROR, code=4711, text="who knows"),
            Reason(code=ReasonCode.REGISTER_REFUSED, register_code=4711, text="who knows"),
        ),
    ],
)
def test_a_job_ends_with_the_registers_number_and_words_where_it_gave_any(
    cause: Found, reason: Reason
) -> None:
    """An error whose number is not in the table is never tried again: nobody knows that it passes."""
    assert decided(replace(WAITS, cause=cause)).facts["reason"] == reason


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.ERROR, ReasonCode.REGISTER_REFUSED),
        (Outcome.MISSING, ReasonCode.NEVER_ARRIVED),
        (Outcome.CANCELED, ReasonCode.WAIT_EXCEEDED),
    ],
)
def test_a_settled_doubt_says_how_its_submission_ended(outcome: Outcome, code: ReasonCode) -> None:
    settled = evolve(replace(DOUBT, found=Found(at=AT, outcome=outcome)), Disproved(at=AT))
    assert (settled.verdict, settled.reason) == (Verdict.NOT_PRINTED, Reason(code=code))


def test_what_is_looked_up_and_was_refused_for_good_is_not_sent_again() -> None:
    """Only a withdrawal from before a replay is no cause against it; an error of the register is."""
    looked_up = replace(WAITS, state=State.PRINTING, again=True, evidence=None, freed=False)
    refused = Found(at=AT, outcome=Outcome.ERROR, code=148, fault=Fault.PAYLOAD)
    assert evolve(replace(looked_up, found=refused), Disproved(at=AT)).cause == refused
    withdrawn = Found(at=AT, outcome=Outcome.CANCELED)
    assert evolve(replace(looked_up, found=withdrawn), Disproved(at=AT)).cause is None


def test_only_a_doubt_is_asked_for_more_often_than_a_register_that_is_away() -> None:
    away = Elapsed(setbacks=20)
    assert decide(replace(WAITS, freed=False), None, Footing(None), away, LIMITS) == Survey(
        LIMITS.backoff_max_seconds
    )
    assert decide(DOUBT, Silent(""), Footing(None), away, LIMITS) == Ask(LIMITS.doubt_look_seconds)


def test_a_replayed_job_whose_submissions_were_spent_is_sent_again() -> None:
    """A person has said so: what it died of before does not count any more."""
    spent = replace(
        WAITS,
        state=State.DEAD,
        verdict=Verdict.NOT_PRINTED,
        submission=LIMITS.submissions_max,
        cause=Found(at=AT, outcome=Outcome.ERROR, code=44, fault=Fault.PERSON),
    )
    again = evolve(spent, Replayed(at=AT, by="Ivanova", why="paper"))
    told = decide(again, None, Footing(EVIDENCE), Elapsed(unknown=True), LIMITS)
    assert told == Submit(LIMITS.submissions_max + 1, EVIDENCE, 0.0)


def test_a_number_whose_posts_came_to_nothing_is_tried_less_and_less_often() -> None:
    lost = replace(WAITS, freed=False, cause=Found(at=AT, outcome=Outcome.MISSING), rounds=2)
    told = decide(lost, None, Footing(EVIDENCE), Elapsed(unknown=True), LIMITS)
    assert told == Submit(1, EVIDENCE, LIMITS.backoff(1))


def test_a_doubt_is_looked_at_again_soon_however_many_looks_came_to_nothing() -> None:
    """A register that was off overnight is asked within `doubt_look_seconds` of its return."""
    told = decide(DOUBT, Silent("500"), Footing(None), Elapsed(setbacks=30), LIMITS)
    assert told == Ask(LIMITS.doubt_look_seconds)
    assert LIMITS.backoff(30) > LIMITS.doubt_look_seconds


def test_what_was_shown_and_is_forgotten_settles_a_doubt() -> None:
    """It was in the register's memory: what is not there any more has ended, and the FN says how."""
    assert learn(DOUBT, Missing(), AT, "spare", door="v1 a") == Found(at=AT, outcome=Outcome.MISSING)


@pytest.mark.parametrize("stage", [Stage.WAITING, Stage.BLOCKED])
def test_only_what_still_claims_to_run_behind_its_probe_has_lost_its_status(stage: Stage) -> None:
    """A register that cannot tell settles it alone; what waits has not begun."""
    probed = replace(DOUBT, fence="a reading", fence_passed=True)
    assert learn(probed, Pending(stage), AT, "spare") is None
    lost = learn(probed, Pending(Stage.RUNNING), AT, "spare")
    assert lost == Found(at=AT, outcome=Outcome.LOST)


def test_a_wait_of_exactly_the_limit_is_over() -> None:
    sent = replace(WAITS, state=State.SUBMITTING, loose=True, freed=False)
    told = decide(sent, Silent("no answer"), Footing(None), Elapsed(waiting=LIMITS.wait_max_seconds), LIMITS)
    assert isinstance(told, Record)
    assert told.facts["reason"].code is ReasonCode.POST_UNANSWERED


def test_an_accepted_job_was_last_changed_when_it_was_accepted() -> None:
    job = fold("j", "kassa-1", [Accepted(at=AT, type="sell", kind=Kind.RECEIPT)])
    assert (job.accepted_at, job.updated_at) == (AT, AT)


def test_words_and_truths_of_a_result_stay_what_they_are() -> None:
    reading = replace(WAITS, state=State.WAITING, type="getDeviceInfo", kind=Kind.READING)
    told = learn(reading, Final(Outcome.READY, result={"model": "ATOL", "fiscal": True}), AT, "spare")
    assert told == Printed(at=AT, result={"model": "ATOL", "fiscal": True})
