"""Conditions of the core that only a mutant showed to be without a test: each of them is a rule."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from worker.domain.actions import Action, Ask, Elapsed, Fence, Footing, LookBack, Record, Submit
from worker.domain.answers import Fault, Outcome, Pending, Stage, TooLate
from worker.domain.events import Disproved, Evidence, Found, GaveUp, Printed, PrintStarted, SubmitStarted
from worker.domain.job import Job, State
from worker.domain.lifecycle import decide, evolve, learn
from worker.domain.policy import Limits
from worker.domain.proof import Document, Expected, Reading, grown, is_plain, judge
from worker.domain.tasks import Kind
from worker.domain.verdicts import UNFORESEEN, Fiscal, Reason, ReasonCode, Verdict

AT = "2026-11-23T10:00:00.000Z"
FN = "9999078900001234"
LIMITS = Limits()
EVIDENCE = Evidence(fn_number=FN, document=10)
QUEUED = Job("j", "kassa-1", 3, type="sell", kind=Kind.RECEIPT, total=Decimal("1.10"), submission=1)
WAITING = replace(QUEUED, state=State.WAITING, shown=True)
PRINTING = replace(QUEUED, state=State.PRINTING, shown=True)
DOUBT = replace(QUEUED, state=State.DEAD, shown=True, verdict=Verdict.IN_DOUBT)
NO_PAPER = Found(at=AT, outcome=Outcome.ERROR, code=44, fault=Fault.PERSON)
FORGOTTEN = Found(at=AT, outcome=Outcome.MISSING)
CANCELED = Found(at=AT, outcome=Outcome.CANCELED)


def turn(job: Job, seen: object = None, *, shift_kept: bool = False, **elapsed: float) -> Action:
    footing = Footing(EVIDENCE, shift_kept=shift_kept)
    return decide(job, seen, footing, Elapsed(**elapsed), LIMITS)  # type: ignore[arg-type]


def test_a_word_without_a_document_number_is_not_whole_although_nothing_was_known_to_compare_it_with() -> (
    None
):
    params = {"fiscalDocumentSign": "1", "fnNumber": FN, "total": Decimal("1.10")}
    assert not is_plain(Decimal("1.10"), Evidence(fn_number=FN), {"fiscalParams": params})


def test_a_document_of_another_kind_is_not_the_jobs_for_its_sum() -> None:
    """A return of the same sum, made by hand at the register."""
    plain = Expected("sell", Decimal("1.10"), None)
    gap = [Document(11, "sellReturn", Decimal("1.10"))]
    assert judge(plain, EVIDENCE, Reading(FN, 11, gap)).verdict is Verdict.NOT_PRINTED


def test_what_is_known_of_the_fn_grows_from_nothing_and_by_what_names_no_number() -> None:
    assert grown(Evidence(fn_number=FN), Fiscal(document_number=5), ()) == Evidence(fn_number=FN, document=5)
    assert grown(EVIDENCE, Fiscal(fn_number=FN), ()) == EVIDENCE


def test_what_the_register_has_shown_stays_shown_when_it_is_forgotten() -> None:
    """Else a tombstone would be laid under the uuid of what was stored."""
    assert evolve(PRINTING, FORGOTTEN).shown


def test_posts_that_came_to_nothing_do_not_end_a_job_that_the_register_has_refused_since() -> None:
    """They count against a number that may still land; the register's own word has ended this one."""
    refused = replace(QUEUED, cause=NO_PAPER, freed=True, rounds=LIMITS.submissions_max)
    assert turn(refused, unknown=False) == LookBack(2)
    lost = replace(QUEUED, cause=FORGOTTEN, rounds=LIMITS.submissions_max)
    told = turn(lost)
    assert isinstance(told, Record)
    assert told.facts["verdict"] is Verdict.IN_DOUBT


@pytest.mark.parametrize(("rounds", "pause"), [(1, 0.0), (2, LIMITS.backoff(1))])
def test_a_post_that_came_to_nothing_once_is_repeated_at_once(rounds: int, pause: float) -> None:
    lost = replace(QUEUED, cause=FORGOTTEN, rounds=rounds)
    assert turn(lost, unknown=True) == Submit(1, EVIDENCE, pause)


def test_a_withdrawal_from_before_a_replay_slows_the_next_number_by_nothing() -> None:
    """It leaves no cause, however many posts came to nothing."""
    replayed = replace(QUEUED, cause=None, freed=True, rounds=2)
    assert turn(replayed, unknown=True) == Submit(2, EVIDENCE, 0.0)


@pytest.mark.parametrize("job", [WAITING, PRINTING, DOUBT], ids=["waiting", "printing", "doubt"])
def test_a_fence_is_looked_at_at_once_and_after_setbacks_by_the_backoff(job: Job) -> None:
    fenced = replace(job, fence="a reading")
    assert turn(fenced) == Fence(None)
    after = LIMITS.doubt_look_seconds if job.in_doubt else LIMITS.backoff(3)
    assert turn(fenced, setbacks=3) == Fence(min(after, LIMITS.backoff(3)))


def test_a_doubt_whose_probe_has_passed_is_not_probed_again() -> None:
    probed = replace(DOUBT, fence="a reading", fence_passed=True)
    assert isinstance(turn(probed, Pending(Stage.RUNNING), printing=1e6), Ask)


@pytest.mark.parametrize("kept", [True, False])
def test_a_shift_that_is_too_old_refuses_a_receipt_for_good_only_where_nobody_looks_after_it(
    kept: bool,
) -> None:
    """Code 68 passes by itself with the autopilot, and with nobody else."""
    too_old = Found(at=AT, outcome=Outcome.ERROR, code=68, fault=Fault.PAYLOAD)
    told = turn(replace(QUEUED, cause=too_old, freed=True), shift_kept=kept, unknown=True)
    assert isinstance(told, Submit if kept else Record)


@pytest.mark.parametrize("doubtful", [True, False])
def test_cash_is_moved_again_only_when_the_error_says_that_it_was_not(doubtful: bool) -> None:
    no_paper = NO_PAPER.model_copy(update={"doubtful": doubtful})
    moved = replace(QUEUED, type="cashIn", kind=Kind.CASH, cause=no_paper, freed=True)
    footing = Footing(EVIDENCE.model_copy(update={"drawer": Decimal(10)}))
    told = decide(moved, None, footing, Elapsed(unknown=True), LIMITS)
    assert isinstance(told, Record if doubtful else Submit)


def test_a_doubt_may_change_its_reason() -> None:
    """A slip whose last word has come, and proves nothing."""
    reason = Reason(code=ReasonCode.NO_DOCUMENT_TO_READ)
    assert evolve(DOUBT, GaveUp(at=AT, verdict=Verdict.IN_DOUBT, reason=reason)).reason == reason


def test_a_doubt_is_not_withdrawn_once_more_for_a_delete_that_comes_too_late() -> None:
    assert learn(DOUBT, TooLate(), AT, "spare") is None


def test_what_begins_to_print_behind_its_fence_is_printing() -> None:
    """Only of what was printing already does the passed fence say that its status is stale."""
    fenced = replace(WAITING, withdrawing=True, fence="a reading", fence_passed=True)
    running = Pending(Stage.RUNNING)
    assert learn(fenced, running, AT, "spare") == PrintStarted(at=AT, stage=Stage.RUNNING)
    printing = replace(fenced, state=State.PRINTING)
    assert learn(printing, running, AT, "spare") == Found(at=AT, outcome=Outcome.LOST)


@pytest.mark.parametrize(
    ("history", "stays"),
    [
        ({"again": True, "evidence": None}, False),
        ({"again": False, "evidence": None}, True),  # a 409: nobody here has replayed it
        ({"again": True, "evidence": EVIDENCE}, True),  # sent a second time, and taken out by somebody since
        ({"again": True, "evidence": None, "withdrawing": True}, True),  # our own, just now
    ],
)
def test_only_a_withdrawal_from_before_a_replay_is_no_cause_against_it(
    history: dict[str, object], stays: bool
) -> None:
    found = replace(PRINTING, found=CANCELED, **history)  # type: ignore[arg-type]
    assert evolve(found, Disproved(at=AT)).cause == (CANCELED if stays else None)


def test_cash_that_was_told_not_moved_and_was_has_no_document_to_warn_beside() -> None:
    moved = replace(QUEUED, state=State.DEAD, type="cashIn", kind=Kind.CASH, verdict=Verdict.NOT_PRINTED)
    assert evolve(moved, Printed(at=AT)).fiscal is None


def test_a_submission_that_is_only_looked_up_after_a_replay_was_not_sent_by_it() -> None:
    """The register knows what a person called unprinted: its document is as unforeseen as one that the FN shows first."""
    replayed = replace(QUEUED, disowned=True)
    looked_up = evolve(replayed, SubmitStarted(at=AT, submission=1, evidence=None, door="v2 a"))
    found = evolve(looked_up, Printed(at=AT, fiscal=Fiscal(document_number=11)))
    assert found.fiscal is not None
    assert found.fiscal.warnings == (UNFORESEEN,)
    sent = evolve(replayed, SubmitStarted(at=AT, submission=2, evidence=EVIDENCE, door="v2 a"))
    assert not sent.disowned
