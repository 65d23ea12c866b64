"""What each event changes in a job, and that it changes nothing else (promises §2)."""

from __future__ import annotations

from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import pytest

from worker.domain.answers import Outcome, Stage
from worker.domain.events import (
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
)
from worker.domain.job import Job, State
from worker.domain.lifecycle import evolve
from worker.domain.proof import Document, Expected, Reading, is_plain, judge
from worker.domain.tasks import Kind
from worker.domain.verdicts import Fiscal, Reason, ReasonCode, Verdict

AT, LATER = "2031-03-01T06:00:00.000Z", "2031-03-01T06:00:01.000Z"
BEFORE, NOW = Evidence(fn_number="9999", document=7), Evidence(fn_number="9999", document=9)
LOST = Found(at=AT, outcome=Outcome.MISSING)
ERROR = Found(at=AT, outcome=Outcome.ERROR, code=2, document=8)
WHY = Reason(code=ReasonCode.POST_UNANSWERED)
PAPER = Fiscal(document_number=8)
REPEAT = Fiscal(document_number=9)

# As much as may be said of a job that was sent: whatever an event forgets or leaves shows.
FULL = Job(
    "order-1",
    "kassa-1",
    place=5,
    state=State.WAITING,
    type="sell",
    kind=Kind.RECEIPT,
    total=Decimal("1.10"),
    marker="fqabc",
    attribute="additionalAttribute",
    submission=2,
    evidence=BEFORE,
    door="v1",
    loose=True,
    shown=False,
    withdrawing=True,
    entombed=True,
    fence="f",
    fence_passed=True,
    found=LOST,
    cause=ERROR,
    again=True,
    stray=True,
    freed=True,
    rounds=3,
    refusals=2,
    waited=4.0,
    reason=WHY,
    accepted_at=AT,
    updated_at=AT,
)
FRESH: dict[str, Any] = {"found": None, "fence": None, "fence_passed": False, "withdrawing": False}
SENT: dict[str, Any] = {
    **FRESH,
    "state": State.SUBMITTING,
    "door": "v2",
    "cause": None,
    "refusals": 0,
    "freed": False,
    "entombed": False,
    "waited": 0.0,
}
DOUBT = replace(FULL, state=State.DEAD, verdict=Verdict.IN_DOUBT)
DEAD = replace(FULL, state=State.DEAD, verdict=Verdict.NOT_PRINTED)
QUEUED = replace(FULL, state=State.QUEUED)
SUBMITTING = replace(FULL, state=State.SUBMITTING)
PRINTING = replace(FULL, state=State.PRINTING)
CLEAR = replace(QUEUED, loose=False, stray=False)


@pytest.mark.parametrize(
    ("job", "event", "changes"),
    [
        # A further POST of a number of which one may land: the evidence from before that one stays.
        (
            QUEUED,
            SubmitStarted(at=LATER, submission=2, evidence=NOW, door="v2"),
            {**SENT, "again": True, "stray": True},
        ),
        # The same number, and the first POST was never sent.
        (
            CLEAR,
            SubmitStarted(at=LATER, submission=2, evidence=NOW, door="v2"),
            {**SENT, "again": True, "stray": False, "loose": True, "evidence": NOW},
        ),
        # A new number: nothing of the last one counts.
        (
            QUEUED,
            SubmitStarted(at=LATER, submission=3, evidence=NOW, door="v2"),
            {**SENT, "submission": 3, "again": False, "stray": False, "rounds": 0, "evidence": NOW},
        ),
        (SUBMITTING, EvidenceVoided(at=LATER), {"evidence": None}),
        (SUBMITTING, EvidenceVoided(at=LATER, submission=4), {"evidence": None, "submission": 4}),
        (SUBMITTING, NotSent(at=LATER, text="refused"), {"state": State.QUEUED}),
        (
            replace(SUBMITTING, stray=False),
            NotSent(at=LATER, text="refused"),
            {"state": State.QUEUED, "loose": False},
        ),
        (
            SUBMITTING,
            Shown(at=LATER),
            {"state": State.WAITING, "shown": True, "loose": False, "stray": False},
        ),
        (
            FULL,
            PrintStarted(at=LATER, stage=Stage.RUNNING),
            {**FRESH, "state": State.PRINTING, "shown": True, "loose": False, "stray": False},
        ),
        (FULL, Waited(at=LATER, seconds=1.5), {"waited": 5.5}),
        (replace(FULL, withdrawing=False), WithdrawStarted(at=LATER), {"withdrawing": True}),
        (FULL, WithdrawRefused(at=LATER), {**FRESH, "waited": 0.0, "refusals": 3}),
        (FULL, Deleted(at=LATER, fence="g"), {"fence": "g", "fence_passed": False, "shown": True}),
        (replace(FULL, fence_passed=False), FencePassed(at=LATER), {"fence_passed": True}),
        (PRINTING, Probed(at=LATER, fence="g"), {"fence": "g", "fence_passed": False}),
        (
            replace(DOUBT, entombed=False),
            Entombed(at=LATER),
            {"entombed": True, "shown": True, "loose": False},
        ),
        (FULL, LOST, {"state": State.PRINTING}),
        (
            FULL,
            ERROR,
            {"state": State.PRINTING, "found": ERROR, "shown": True, "loose": False, "stray": False},
        ),
        # A 404 that is proven to have left nothing frees no number; the register's own word does.
        (
            replace(PRINTING, entombed=False),
            Disproved(at=LATER),
            {**FRESH, "state": State.QUEUED, "cause": LOST, "freed": False, "rounds": 4},
        ),
        (
            replace(PRINTING, entombed=False),
            Disproved(at=LATER, by="Ivanova", why="no paper"),
            {
                **FRESH,
                "state": State.QUEUED,
                "cause": LOST,
                "freed": False,
                "rounds": 4,
                "on_word": True,
            },
        ),
        (
            replace(PRINTING, entombed=False, on_word=True),
            Disproved(at=LATER),
            {**FRESH, "state": State.QUEUED, "cause": LOST, "freed": False, "rounds": 4},
        ),
        (
            replace(PRINTING, entombed=False, found=ERROR),
            Disproved(at=LATER),
            {**FRESH, "state": State.QUEUED, "cause": ERROR, "freed": True, "rounds": 4},
        ),
        (
            PRINTING,
            Printed(at=LATER, fiscal=PAPER, result={"a": 1}, doubled=(9,), repeats=(REPEAT,)),
            {
                "state": State.PRINTED,
                "verdict": Verdict.PRINTED,
                "reason": None,
                "found": None,
                "fiscal": PAPER,
                "result": {"a": 1},
                "doubled": (9,),
                "repeats": (REPEAT,),
            },
        ),
        (
            replace(FULL, state=State.PRINTED, verdict=Verdict.PRINTED, doubled=(8,), repeats=(PAPER,)),
            Doubled(at=LATER, document=9, fiscal=REPEAT),
            {"doubled": (8, 9), "repeats": (PAPER, REPEAT)},
        ),
        # In doubt before it was ever shown: a 404 settles nothing before the tombstone.
        (
            FULL,
            GaveUp(at=LATER, verdict=Verdict.IN_DOUBT, reason=WHY),
            {"state": State.DEAD, "verdict": Verdict.IN_DOUBT, "found": None},
        ),
        (
            replace(FULL, shown=True),
            GaveUp(at=LATER, verdict=Verdict.IN_DOUBT, reason=WHY),
            {"state": State.DEAD, "verdict": Verdict.IN_DOUBT},
        ),
        (
            QUEUED,
            GaveUp(at=LATER, verdict=Verdict.NOT_PRINTED, reason=WHY),
            {"state": State.DEAD, "verdict": Verdict.NOT_PRINTED},
        ),
        (
            DEAD,
            Replayed(at=LATER, by="Ivanova", why="paper"),
            {
                **FRESH,
                "state": State.QUEUED,
                "verdict": None,
                "reason": None,
                "cause": None,
                "waited": 0.0,
                "disowned": True,
            },
        ),
        (DOUBT, EvidenceVoided(at=LATER), {"evidence": None}),
        (DOUBT, Probed(at=LATER, fence="g"), {"fence": "g", "fence_passed": False}),
        (DOUBT, Deleted(at=LATER, fence="g"), {"fence": "g", "fence_passed": False, "shown": True}),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict | Job) else "",
)
def test_an_event_changes_what_it_says_and_nothing_else(
    job: Job, event: Event, changes: dict[str, Any]
) -> None:
    """A field that stays by mistake is a receipt that is sent again, or a doubt that is called proven."""
    expected = replace(job, place=6, updated_at=event.at, **changes)
    moved = asdict(evolve(job, event))
    expected_fields = asdict(expected)
    assert {name: value for name, value in moved.items() if value != expected_fields[name]} == {}


READY = {
    "fiscalParams": {
        "fiscalDocumentNumber": 8,
        "fiscalDocumentSign": "2839104455",
        "fiscalDocumentDateTime": "2031-03-01T12:41:00+03:00",
        "fnNumber": "9999",
        "total": Decimal("1.10"),
    }
}


@pytest.mark.parametrize(
    "without",
    [
        {"fiscalDocumentNumber": 0},
        {"fiscalDocumentNumber": 9},
        {"fiscalDocumentNumber": True},
        {"fiscalDocumentSign": ""},
        {"fiscalDocumentSign": True},
        {"fnNumber": "1111"},
        {"fnNumber": None},
        {"total": Decimal("1.11")},
        {"total": None},
        {"total": True},
    ],
    ids=str,
)
def test_a_ready_that_is_not_whole_and_the_very_next_is_looked_into(without: dict[str, Any]) -> None:
    """Reference 6.2, 7.3 and 8.7: only a complete result, equal to what was sent, on this FN, is taken as it is."""
    total = Decimal("1.10")
    assert is_plain(total, BEFORE, READY)
    assert not is_plain(total, BEFORE, {"fiscalParams": {**READY["fiscalParams"], **without}})
    assert not is_plain(total, None, READY)
    assert not is_plain(total, BEFORE, {**READY, "warnings": {"recovered": True}})
    assert is_plain(total, BEFORE, {**READY, "warnings": {"recovered": False}})


def test_an_fn_that_has_shrunk_proves_nothing() -> None:
    """Its last document is older than the evidence: it is another one, or the reading is."""
    job = Expected("sell", Decimal("1.10"), "fqabc")
    assert judge(job, NOW, Reading("9999", 8)).verdict is Verdict.IN_DOUBT
    assert judge(job, NOW, Reading("9999", 9)).verdict is Verdict.NOT_PRINTED
    unread = Evidence(fn_number="9999")
    assert judge(job, unread, Reading("9999", 1, [Document(1, "sell")])).verdict is Verdict.NOT_PRINTED
    assert judge(job, unread, Reading("9999", 2, [Document(2, "sell")])).verdict is Verdict.IN_DOUBT
