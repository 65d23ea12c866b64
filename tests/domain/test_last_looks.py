"""Small print of the core that a reader could change without noticing: each line of it has a reason."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from worker.domain.actions import Ask, Elapsed, Footing, Record, Submit
from worker.domain.answers import Final, Missing, Outcome, Pending, Silent, Stage, Turned
from worker.domain.events import Evidence, Found, GaveUp, Printed
from worker.domain.job import Job, State
from worker.domain.lifecycle import decide, learn
from worker.domain.policy import Limits
from worker.domain.proof import Document, Expected, Reading, grown, is_plain, judge
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
