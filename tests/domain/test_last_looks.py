"""Small print of the core that a reader could change without noticing: each line of it has a reason."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from worker.domain.actions import Ask, Elapsed, Entomb, Footing, Probe, Record, Submit
from worker.domain.answers import (
    Answer,
    Fault,
    Final,
    Missing,
    Outcome,
    Pending,
    Silent,
    Stage,
    Strange,
    Turned,
)
from worker.domain.events import (
    Deleted,
    Disproved,
    Evidence,
    Found,
    GaveUp,
    Printed,
    Shown,
    SubmitStarted,
    WithdrawRefused,
)
from worker.domain.job import Job, State
from worker.domain.lifecycle import decide, evolve, learn
from worker.domain.policy import Limits
from worker.domain.proof import Document, Expected, Reading, fiscal_of, grown, is_plain, judge, judge_cash
from worker.domain.tasks import Kind
from worker.domain.verdicts import Fiscal, Reason, ReasonCode, Verdict

AT = "2026-11-23T10:00:00.000Z"
FN, OTHER = "9999078900001234", "9999078900009999"
JOB = Job(
    "j", "kassa-1", 3, State.SUBMITTING, "sell", Kind.RECEIPT, Decimal("1.10"), submission=1, loose=True
)


def test_a_refusal_is_told_in_the_registers_own_number_and_words() -> None:
    """Whether it settles the job or an earlier POST leaves a doubt: the operator reads what the register said."""
    for job, code in (
        (JOB, ReasonCode.REGISTER_REFUSED),
        (replace(JOB, stray=True), ReasonCode.POST_UNANSWERED),
    ):
        told = learn(job, Turned(413, "too large"), AT, "spare")
        assert isinstance(told, GaveUp)
        assert told.reason == Reason(code=code, register_code=413, text="too large")


def test_a_result_inside_a_result_is_plain_numbers_too() -> None:
    """What the CRM reads of a reading is JSON as anybody would write it, all the way down."""
    reading = replace(JOB, type="getShiftStatus", kind=Kind.READING)
    result = {"shiftStatus": {"number": Decimal(41), "sums": [Decimal("1.5")]}}
    told = learn(reading, Final(Outcome.READY, result=result), AT, "spare")
    assert isinstance(told, Printed)
    assert repr(told.result) == "{'shiftStatus': {'number': 41, 'sums': [1.5]}}"


def test_on_another_fn_a_document_without_our_marker_proves_nothing() -> None:
    """Though the register named it: the one before may hold the true one."""
    report = Expected("closeShift", None, None, told=True)
    reading = Reading(OTHER, 3, [Document(3, "closeShift")], 3)
    assert judge(report, Evidence(fn_number=FN, document=10), reading).verdict is Verdict.IN_DOUBT
    assert judge(report, None, reading).verdict is Verdict.PRINTED


def test_the_fn_behind_a_first_document_is_the_one_that_the_document_names() -> None:
    assert grown(None, Fiscal(document_number=5, fn_number=FN), ()) == Evidence(fn_number=FN, document=5)
    assert grown(None, Fiscal(document_number=5), ()) == Evidence(document=5)
    known = Evidence(fn_number=FN, document=4)
    assert grown(known, Fiscal(document_number=5), ()) == Evidence(fn_number=FN, document=5)


def test_a_404_counts_where_the_door_of_the_post_is_not_known() -> None:
    """A history from before doors were kept, or one that was rebuilt: no other door is known of."""
    told = learn(replace(JOB, shown=True), Missing(), AT, "spare", door="v1 http://192.168.1.50:16732")
    assert told == Found(at=AT, outcome=Outcome.MISSING)


def test_what_a_passed_probe_has_answered_is_not_probed_again() -> None:
    """One younger reading tells whether a submission still runs; a second one would tell the same."""
    job = replace(JOB, state=State.PRINTING, shown=True, fence="a reading", fence_passed=True)
    seen, long = Pending(Stage.RUNNING), Elapsed(printing=1e6)
    assert isinstance(decide(job, seen, Footing(None), long, Limits()), Ask)


def test_a_submission_that_may_have_landed_goes_on_beside_a_doubt_of_equal_content() -> None:
    """Guard 10 holds back new numbers alone: giving up what has been sent already would make a second doubt."""
    job = replace(JOB, state=State.QUEUED, type="closeShift", kind=Kind.SHIFT, total=None)
    footing = Footing(Evidence(fn_number=FN, document=10), twin="another")
    assert decide(job, None, footing, Elapsed(unknown=True), Limits()) == Submit(1, footing.evidence)
    fresh = replace(job, submission=0, loose=False)
    told = decide(fresh, None, footing, Elapsed(unknown=True), Limits())
    assert isinstance(told, Record)
    assert told.facts["reason"].code is ReasonCode.EQUAL_DOUBT


LOOKS = {
    "waiting": (replace(JOB, state=State.WAITING, shown=True), Pending(Stage.WAITING)),
    "withdrawn": (
        replace(JOB, state=State.WAITING, shown=True, withdrawing=True, fence="a reading", fence_passed=True),
        Pending(Stage.WAITING),
    ),
    "printing": (replace(JOB, state=State.PRINTING, shown=True), Pending(Stage.RUNNING)),
}


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_is_paced_by_the_register_and_after_setbacks_by_the_backoff(name: str) -> None:
    """A register that answers is asked as quickly as its jobs usually are done; one that does not, less and less often."""
    job, seen = LOOKS[name]
    limits = Limits()
    assert decide(job, seen, Footing(None), Elapsed(), limits) == Ask(None)
    assert decide(job, Silent("500"), Footing(None), Elapsed(setbacks=3), limits) == Ask(limits.backoff(3))


def test_a_register_that_cannot_say_where_its_fn_stands_is_believed_when_its_word_is_whole() -> None:
    """Not knowing the last document is no jump; everything else that it says must still be right."""
    whole = {
        "fiscalParams": {
            "fiscalDocumentNumber": 10,
            "fiscalDocumentSign": "2839104455",
            "fiscalDocumentDateTime": "2031-03-01T12:41:00+03:00",
            "fnNumber": FN,
            "total": Decimal("1.10"),
        }
    }
    assert is_plain(Decimal("1.10"), Evidence(fn_number=FN), whole)
    assert not is_plain(Decimal("1.11"), Evidence(fn_number=FN), whole)


def test_an_fn_whose_number_is_not_known_yet_does_not_make_a_whole_word_doubtful() -> None:
    """There is nothing to compare it with; the next document of it is the next document."""
    params = {"fiscalDocumentNumber": 10, "fiscalDocumentSign": "1", "fnNumber": FN, "total": Decimal("1.10")}
    assert is_plain(Decimal("1.10"), Evidence(document=9), {"fiscalParams": params})
    assert not is_plain(Decimal("1.10"), Evidence(fn_number=OTHER, document=9), {"fiscalParams": params})


def test_a_word_of_cancellation_after_it_was_seen_to_print_is_fenced_like_any_other() -> None:
    """`canceled` is a claim; the reading behind it proves that nothing of it prints any more (reference 7.4)."""
    printing = replace(JOB, state=State.PRINTING, shown=True, loose=False)
    told = learn(printing, Final(Outcome.CANCELED), AT, "spare")
    assert told == Deleted(at=AT, fence="spare")
    fenced = evolve(printing, told)
    assert (fenced.state, fenced.fence, fenced.fence_passed) == (State.WAITING, "spare", False)


DOUBT = replace(JOB, state=State.DEAD, verdict=Verdict.IN_DOUBT, door="v1 a")


@pytest.mark.parametrize("seen", [None, Silent("500"), Pending(Stage.BLOCKED), Pending(Stage.WAITING)])
def test_only_a_doubt_that_the_register_shows_as_running_is_probed(seen: Answer | None) -> None:
    """However long it has taken: a probe tells whether a status is stale, and there is no status."""
    assert isinstance(decide(DOUBT, seen, Footing(None), Elapsed(printing=1e6), Limits()), Ask)
    running = decide(DOUBT, Pending(Stage.RUNNING), Footing(None), Elapsed(printing=1e6), Limits())
    assert isinstance(running, Probe)


def test_a_doubt_at_another_door_is_asked_for_and_keeps_its_reason() -> None:
    """Another server's 404 says nothing, and a doubt is told once."""
    assert learn(DOUBT, Missing(), AT, "spare", door="v2 b") is None
    told = learn(replace(JOB, door="v1 a"), Missing(), AT, "spare", door="v2 b")
    assert isinstance(told, GaveUp)
    assert told.reason == Reason(code=ReasonCode.DOOR_CHANGED, text="v1 a")
    unknown = learn(replace(JOB, door="v1 a"), Missing(), AT, "spare")
    assert unknown == Found(at=AT, outcome=Outcome.MISSING)


def test_a_tombstone_is_for_what_the_register_has_never_shown() -> None:
    """What it has shown was stored: a reading under its uuid would be refused, or stand on a memory that was lost."""
    assert isinstance(decide(DOUBT, Missing(), Footing(None), Elapsed(), Limits()), Entomb)
    shown = replace(DOUBT, shown=True)
    assert isinstance(decide(shown, Missing(), Footing(None), Elapsed(), Limits()), Ask)


def test_what_the_register_has_shown_is_not_on_its_way_again_when_it_is_forgotten() -> None:
    forgotten = evolve(evolve(JOB, Shown(at=AT)), Found(at=AT, outcome=Outcome.MISSING))
    assert (forgotten.loose, forgotten.stray) == (False, False)


@pytest.mark.parametrize(
    ("found", "proven"),
    [
        (Found(at=AT, outcome=Outcome.ERROR, code=148), True),
        (Found(at=AT, outcome=Outcome.ERROR, code=44, doubtful=True), False),
        (Found(at=AT, outcome=Outcome.MISSING), False),
        (Found(at=AT, outcome=Outcome.LOST), False),
    ],
)
def test_paper_that_nothing_can_be_read_back_of_is_doubtful_unless_the_code_says_that_nothing_was_done(
    found: Found, proven: bool
) -> None:
    """A slip leaves nothing in the FN: only the class of the register's own error tells (reference 10)."""
    slip = replace(JOB, state=State.PRINTING, type="nonFiscal", kind=Kind.SLIP, total=None, found=found)
    told = decide(slip, None, Footing(None), Elapsed(), Limits())
    assert isinstance(told, Record)
    assert told.event is (Disproved if proven else GaveUp)
    assert proven or told.facts["reason"].code is ReasonCode.NO_DOCUMENT_TO_READ


def test_the_register_has_not_shown_a_submission_that_is_only_begun() -> None:
    """What it showed of the one before says nothing: a 404 of the new one may be a POST that is on its way."""
    queued = replace(JOB, state=State.QUEUED, shown=True, loose=False, freed=True)
    begun = evolve(queued, SubmitStarted(at=AT, submission=2, evidence=None, door="v1 a"))
    assert (begun.shown, begun.loose) == (False, True)


def test_a_receipt_is_not_known_by_the_number_that_the_register_named() -> None:
    """Reference 6.2: `ready` may carry another receipt's data; only a shift report has nothing else to be known by."""
    sale = Document(11, "sell", Decimal("1.10"))
    told = Expected("sell", Decimal("1.10"), None, told=True)
    assert judge(told, None, Reading(FN, 12, [sale], 11)).verdict is Verdict.IN_DOUBT


def test_a_word_that_nobody_knows_is_told_once() -> None:
    """A doubt keeps the reason that it began with; the same word again is no news."""
    assert learn(DOUBT, Strange("gone fishing"), AT, "spare") is None
    told = learn(JOB, Strange("gone fishing"), AT, "spare")
    assert isinstance(told, GaveUp)
    assert told.reason == Reason(code=ReasonCode.STATUS_UNKNOWN, text="gone fishing")


def test_whatever_ends_under_a_tombstone_is_the_tombstone() -> None:
    """The reading may itself end in an error: the submission has never arrived all the same."""
    walled = replace(DOUBT, shown=True, entombed=True, loose=False)
    told = learn(walled, Final(Outcome.ERROR, code=2, doubtful=True), AT, "spare")
    assert told == Found(at=AT, outcome=Outcome.MISSING)


def test_truth_is_no_number_of_a_document() -> None:
    """JSON's true counts as 1 in Python, and document 1 is somebody's."""
    fiscal = fiscal_of("sell", {"fiscalParams": {"fiscalDocumentNumber": True, "shiftNumber": 7}})
    assert fiscal is not None
    assert (fiscal.document_number, fiscal.shift_number) == (None, 7)


def test_a_drawer_that_shows_neither_sum_proves_nothing() -> None:
    """Somebody else has put in or taken out beside the job."""
    before = Evidence(fn_number=FN, document=10, drawer=Decimal(50))
    told = [judge_cash(Decimal(100), before, drawer).verdict for drawer in map(Decimal, (150, 50, 70))]
    assert told == [Verdict.PRINTED, Verdict.NOT_PRINTED, Verdict.IN_DOUBT]


def test_a_submission_from_before_a_crash_is_asked_for_before_it_is_given_up() -> None:
    """However long the history says that it has waited: this run has not heard the register yet."""
    long = Elapsed(waiting=1e6)
    assert isinstance(decide(JOB, None, Footing(None), long, Limits()), Ask)
    told = decide(JOB, Silent("no answer"), Footing(None), long, Limits())
    assert isinstance(told, Record)
    assert told.facts["reason"] == Reason(code=ReasonCode.POST_UNANSWERED, text="no answer")


def test_the_registers_own_words_and_the_moment_are_kept() -> None:
    """The operator reads what the register said, and the story has a time for each line."""
    final = Final(Outcome.ERROR, 66, "the receipt is not paid in full", Fault.PAYLOAD, doubtful=False)
    assert learn(JOB, final, AT, "spare") == Found(
        at=AT, outcome=Outcome.ERROR, code=66, text="the receipt is not paid in full", fault=Fault.PAYLOAD
    )
    removed = replace(
        JOB, state=State.WAITING, shown=True, withdrawing=True, fence="a reading", fence_passed=True
    )
    assert learn(removed, Pending(Stage.WAITING), AT, "spare") == WithdrawRefused(at=AT)
