"""What the register's last word about a submission settles, and what it leaves open."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from worker.domain.answers import Fault, Final, Outcome
from worker.domain.events import Entombed, Evidence, Found
from worker.domain.job import Job, State
from worker.domain.lifecycle import evolve, learn
from worker.domain.proof import grown, money
from worker.domain.tasks import Kind
from worker.domain.verdicts import Fiscal

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


def test_a_doubt_that_settles_late_does_not_set_the_evidence_back() -> None:
    """Its document is older than what has printed since; the next submission stands on the newest."""
    now = Evidence(fn_number=FN, document=12)
    assert grown(now, Fiscal(document_number=11, fn_number=FN), ()) == now
    assert grown(now, Fiscal(document_number=13, fn_number=FN), (14,)) == Evidence(fn_number=FN, document=14)


def test_truth_is_no_money() -> None:
    """JSON's true is no sum, though it counts as one in Python."""
    assert money(value=True) is None
    assert money("1.10") == Decimal("1.10")
