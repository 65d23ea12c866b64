"""What the register's last word about a submission settles, and what it leaves open."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from worker.domain.actions import Ask, Elapsed, Fence, Footing, Record, Submit, Withdraw
from worker.domain.answers import Fault, Final, Known, Outcome, Pending, Stage
from worker.domain.events import (
    Entombed,
    Evidence,
    EvidenceVoided,
    Found,
    Printed,
    Replayed,
    Shown,
    SubmitStarted,
    WithdrawRefused,
)
from worker.domain.job import Job, State
from worker.domain.lifecycle import decide, evolve, learn
from worker.domain.policy import Limits
from worker.domain.proof import (
    Document,
    Expected,
    Reading,
    fiscal_of,
    grown,
    is_other_fn,
    is_plain,
    judge,
    judge_cash,
    money,
)
from worker.domain.tasks import Kind
from worker.domain.verdicts import Fiscal, ReasonCode, Verdict

AT = "2026-11-23T10:00:00.000Z"
FN = "9999078900001234"
SENT = Job(
    "j",
    "kassa-1",
    place=3,
    state=State.SUBMITTING,
    type="sell",
    kind=Kind.RECEIPT,
    total=Decimal("1.10"),
    submission=1,
    evidence=Evidence(fn_number=FN, document=10),
    marker="fqabc",
    loose=True,
)
TOMBSTONE = Final(Outcome.READY, result={"fnStatus": {"fiscalDocumentNumber": 10}})


def test_what_the_register_has_shown_as_final_is_on_its_way_no_more() -> None:
    """An unanswered POST that has landed and ended owes nothing; a 404 leaves it where it may be."""
    refused = Found(at=AT, outcome=Outcome.ERROR, code=44, fault=Fault.PERSON)
    assert not evolve(SENT, refused).loose
    assert evolve(SENT, Found(at=AT, outcome=Outcome.MISSING)).loose


def test_an_earlier_post_is_settled_by_the_last_word_too() -> None:
    refused = Found(at=AT, outcome=Outcome.ERROR, code=44, fault=Fault.PERSON)
    stray = replace(SENT, stray=True)
    assert not evolve(stray, refused).stray
    assert evolve(stray, Found(at=AT, outcome=Outcome.MISSING)).stray


def test_a_tombstone_that_was_seen_running_is_known_for_what_it_is_when_it_ends() -> None:
    """A ledger that was wiped does not know of it: what it sees under way may be a reading of its own."""
    seen = replace(SENT, state=State.PRINTING, shown=True)
    event = learn(seen, TOMBSTONE, AT, "spare")
    assert isinstance(event, Entombed)
    entombed = evolve(seen, event)
    assert entombed.entombed
    found = learn(entombed, TOMBSTONE, AT, "spare")
    assert isinstance(found, Found)
    assert found.outcome is Outcome.MISSING


@pytest.mark.parametrize("state", [State.SUBMITTING, State.WAITING, State.PRINTING, State.DEAD])
def test_a_tombstone_is_known_wherever_a_lost_history_comes_to_it(state: State) -> None:
    """The number was walled up before the history was lost: the job stays where it is, and the number is spent."""
    job = replace(SENT, state=state, verdict=Verdict.IN_DOUBT if state is State.DEAD else None)
    event = learn(job, TOMBSTONE, AT, "spare")
    assert isinstance(event, Entombed)
    entombed = evolve(job, event)
    assert (entombed.state, entombed.entombed) == (state, True)


def test_a_doubt_that_settles_late_does_not_set_the_evidence_back() -> None:
    """Its document is older than what has printed since; the next submission stands on the newest."""
    now = Evidence(fn_number=FN, document=12)
    assert grown(now, Fiscal(document_number=11, fn_number=FN), ()) == now
    assert grown(now, Fiscal(document_number=13, fn_number=FN), (14,)) == Evidence(fn_number=FN, document=14)


def test_truth_is_no_money() -> None:
    """JSON's true is no sum, though it counts as one in Python."""
    assert money(value=True) is None
    assert money("1.10") == Decimal("1.10")


def test_a_shift_report_without_evidence_is_printed_when_the_register_names_its_document() -> None:
    """It carries no marker and no total: only `ready`, and the number in the register's own result, tell."""
    report = Expected("closeShift", None, None, told=True)
    one, other = Document(11, "closeShift"), Document(12, "closeShift")
    assert judge(report, None, Reading(FN, 12, [one], 11)).verdict is Verdict.PRINTED
    assert judge(report, None, Reading(FN, 12, [one, other])).verdict is Verdict.IN_DOUBT
    assert judge(report, None, Reading(FN, 1, [one])).verdict is Verdict.IN_DOUBT
    assert judge(report, None, Reading(FN, 12, [], 11)).verdict is Verdict.IN_DOUBT
    assert judge(report, None, Reading(FN, 12, [Document(11, "openShift")], 11)).verdict is Verdict.IN_DOUBT
    refused = Expected("closeShift", None, None)
    assert judge(refused, None, Reading(FN, 12, [one], 11)).verdict is Verdict.IN_DOUBT


def test_a_job_whose_post_may_land_yet_is_never_told_not_printed_however_often_it_was_tried() -> None:
    """The last number is spent, and its POST was never answered: a 404 today is a document tomorrow."""
    missing = Found(at=AT, outcome=Outcome.MISSING)
    job = replace(SENT, state=State.QUEUED, submission=2, cause=missing, rounds=1)
    action = decide(job, None, Footing(job.evidence), Elapsed(), Limits(submissions_max=2))
    assert not (isinstance(action, Record) and action.facts.get("verdict") is Verdict.NOT_PRINTED)


def test_a_blank_field_of_the_fiscal_data_was_not_told() -> None:
    fiscal = fiscal_of("sell", {"fiscalParams": {"fiscalDocumentSign": " ", "fnNumber": " 99 "}})
    assert fiscal is not None
    assert (fiscal.sign, fiscal.fn_number) == (None, "99")


def test_a_reading_that_the_crm_has_asked_for_is_no_tombstone() -> None:
    """Its own result looks like one."""
    asked = replace(SENT, type="getFnStatus", kind=Kind.READING, total=None, marker=None)
    assert isinstance(learn(asked, TOMBSTONE, AT, "spare"), Printed)


def test_what_never_started_is_sent_again_at_once() -> None:
    """A pause is for a register that has refused; an interrupted task only lost its turn."""
    proven = replace(SENT, state=State.QUEUED, loose=False, freed=True)
    for outcome, pauses in ((Outcome.INTERRUPTED, False), (Outcome.ERROR, True)):
        job = replace(proven, cause=Found(at=AT, outcome=outcome, fault=Fault.PERSON))
        action = decide(job, None, Footing(job.evidence), Elapsed(unknown=True), Limits())
        assert isinstance(action, Submit)
        assert bool(action.after) is pauses


def test_a_report_is_plain_whatever_sum_its_result_names() -> None:
    """There is no total of ours to compare it with, and a queue at full speed shall pay nothing for the evidence."""
    params = {"fiscalDocumentNumber": 11, "fiscalDocumentSign": "1", "fnNumber": FN, "total": 5}
    assert is_plain(None, SENT.evidence, {"fiscalParams": params})
    assert not is_plain(Decimal("1.10"), SENT.evidence, {"fiscalParams": params})


def test_a_409_to_a_post_that_the_history_knows_of_voids_nothing() -> None:
    """An unanswered POST has landed after all: what was read before it is still what was read before it."""
    queued = replace(SENT, state=State.QUEUED)
    again = evolve(queued, SubmitStarted(at=AT, submission=1, evidence=SENT.evidence, door="v1"))
    assert learn(again, Known(), AT, "spare") is None
    first = evolve(queued, SubmitStarted(at=AT, submission=2, evidence=SENT.evidence, door="v1"))
    assert isinstance(learn(first, Known(), AT, "spare"), EvidenceVoided)


def test_a_register_that_goes_its_way_is_asked_at_its_own_pace() -> None:
    """No pause would be a hot loop: without a setback the pace of the register decides."""
    waiting = replace(SENT, state=State.WAITING, shown=True)
    printing = replace(SENT, state=State.PRINTING, shown=True)
    for job, stage, action in (
        (waiting, Stage.WAITING, Ask),
        (replace(waiting, fence="f", fence_passed=True), Stage.WAITING, Ask),
        (replace(waiting, fence="f"), Stage.WAITING, Fence),
        (printing, Stage.RUNNING, Ask),
        (replace(printing, fence="f"), Stage.RUNNING, Fence),
    ):
        assert decide(job, Pending(stage), Footing(job.evidence), Elapsed(), Limits()) == action(None)


def test_a_doubt_whose_withdrawal_was_fenced_is_only_asked_for() -> None:
    """The register has been told and has answered; another DELETE would need another fence, without end."""
    doubt = replace(SENT, state=State.DEAD, verdict=Verdict.IN_DOUBT, shown=True, withdrawing=True)
    fenced = replace(doubt, fence="f", fence_passed=True)
    seen = Pending(Stage.WAITING)
    assert isinstance(decide(fenced, seen, Footing(None), Elapsed(), Limits()), Ask)
    assert isinstance(decide(doubt, seen, Footing(None), Elapsed(), Limits()), Withdraw)


def test_an_fn_whose_serial_was_not_told_is_not_taken_for_another_one() -> None:
    """Else a register that keeps its serial to itself would leave nothing but doubts."""
    assert not is_other_fn(SENT.evidence, None)
    assert not is_other_fn(None, FN)
    assert is_other_fn(SENT.evidence, "9999078900009999")


@pytest.mark.parametrize(("moved", "before", "now"), [(None, 5, 5), (1, None, 6), (1, 5, None)])
def test_a_drawer_of_which_something_is_not_known_proves_nothing(
    moved: int | None, before: int | None, now: int | None
) -> None:
    """Cash in and out are proven by the sum before and after, else they stay in doubt."""
    amount, drawer = (None if number is None else Decimal(number) for number in (moved, now))
    evidence = Evidence(drawer=None if before is None else Decimal(before))
    proof = judge_cash(amount, evidence, drawer)
    assert (proof.verdict, proof.reason) == (Verdict.IN_DOUBT, ReasonCode.NO_EVIDENCE)


def test_a_refused_job_that_a_person_replays_is_sent_again() -> None:
    """Promise P8: what ended the submission before says nothing against the next one."""
    refused = Found(at=AT, outcome=Outcome.ERROR, code=501, fault=Fault.PAYLOAD)
    dead = replace(
        SENT, state=State.DEAD, verdict=Verdict.NOT_PRINTED, cause=refused, freed=True, loose=False
    )
    job = evolve(dead, Replayed(at=AT, by="Ivanova", why="the price is mended at the register"))
    action = decide(job, None, Footing(job.evidence), Elapsed(unknown=True), Limits())
    assert isinstance(action, Submit)
    assert action.submission == 2


def test_a_result_is_kept_whole_lists_included() -> None:
    asked = replace(SENT, type="getShiftTotals", kind=Kind.READING, total=None, marker=None)
    told = {"totals": [{"sum": Decimal("1.50")}, {"sum": Decimal(2)}]}
    event = learn(asked, Final(Outcome.READY, result=told), AT, "spare")
    assert isinstance(event, Printed)
    assert event.result == {"totals": [{"sum": 1.5}, {"sum": 2}]}


def test_each_submission_has_the_whole_wait_before_it() -> None:
    """What the one before has waited counts against it alone."""
    queued = replace(SENT, state=State.QUEUED, waited=59.0, freed=True)
    begun = evolve(queued, SubmitStarted(at=AT, submission=2, evidence=SENT.evidence, door="v1"))
    assert begun.waited == 0


def test_a_submission_that_the_register_has_shown_is_on_its_way_no_more() -> None:
    shown = evolve(replace(SENT, stray=True), Shown(at=AT))
    assert (shown.shown, shown.loose, shown.stray) == (True, False, False)


def test_a_withdrawal_that_was_refused_is_over() -> None:
    """The wait begins anew; only when it has run out again is the register told again."""
    withdrawing = replace(SENT, state=State.WAITING, withdrawing=True, waited=60.0)
    refused = evolve(withdrawing, WithdrawRefused(at=AT))
    assert (refused.withdrawing, refused.waited) == (False, 0)


def test_without_evidence_our_marker_proves_beside_what_cannot_be_read() -> None:
    ours = Expected("sell", Decimal("1.10"), "fqours")
    found = Document(12, "sell", Decimal("1.10"), frozenset({"fqours"}))
    assert judge(ours, None, Reading(FN, 12, [None, found])).verdict is Verdict.PRINTED
    assert judge(ours, None, Reading(FN, 1, [None])).verdict is Verdict.IN_DOUBT


def test_every_field_of_the_fiscal_data_is_handed_on() -> None:
    """Reference 8.7: the CRM gets what the register told."""
    params = {
        "fiscalDocumentNumber": 11,
        "fiscalDocumentSign": "77",
        "fiscalDocumentDateTime": "2026-11-23T10:00:00+03:00",
        "fiscalReceiptNumber": 3,
        "shiftNumber": 4,
        "fnNumber": FN,
        "registrationNumber": "0000000001002292",
        "total": 1.10,
    }
    fiscal = fiscal_of("sell", {"fiscalParams": params})
    assert fiscal is not None
    told = (fiscal.document_number, fiscal.sign, fiscal.datetime, fiscal.receipt_number, fiscal.shift_number)
    assert told == (11, "77", "2026-11-23T10:00:00+03:00", 3, 4)
    assert (fiscal.fn_number, fiscal.registration_number) == (FN, "0000000001002292")
    assert fiscal.total == Decimal("1.10")
