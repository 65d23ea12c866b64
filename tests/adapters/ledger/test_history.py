"""A job's history, on both ledgers: each place is written once, and the views follow in the same step."""

from __future__ import annotations

import pytest

from tests.adapters.ledger.bench import AT, Bench, dead, printed, submitted, take_in, worker
from worker.domain.errors import IllegalEvent, LedgerError, PlaceTaken
from worker.domain.events import Disproved, GaveUp, NotSent, Printed, Replayed, Shown, SubmitStarted, Waited
from worker.domain.job import State
from worker.domain.ports import Ledger
from worker.domain.verdicts import Reason, ReasonCode, Verdict

SUBMIT = SubmitStarted(at=AT, submission=1, evidence=None, door="v2")


@pytest.fixture
def ledger(bench: Bench) -> Ledger:
    """A worker's ledger with the open jobs a, b and c."""
    ledger = worker(bench)
    for job in "abc":
        bench.enqueue(job)
        take_in(ledger)
    return ledger


def test_what_is_appended_is_loaded_again_and_shown_to_the_crm(bench: Bench, ledger: Ledger) -> None:
    job = submitted(ledger, "a")
    assert (job.state, job.place) == (State.SUBMITTING, 2)
    assert ledger.load("a") == job
    assert bench.status("a") == {
        "job": "a",
        "type": "sell",
        "state": "submitting",
        "verdict": None,
        "reason": None,
    }


def test_an_unknown_job_is_none_and_has_no_task(ledger: Ledger) -> None:
    assert ledger.load("nobody") is None
    with pytest.raises(LedgerError, match="nobody"):
        ledger.task("nobody")


def test_a_place_that_is_taken_is_refused(bench: Bench, ledger: Ledger) -> None:
    """Two that know the same past cannot both move the job on: the slower one must load it again."""
    before = ledger.load("a")
    assert before is not None
    moved = ledger.append(before, SUBMIT)
    with pytest.raises(PlaceTaken):
        ledger.append(before, SUBMIT.model_copy(update={"door": "v1"}))
    assert ledger.load("a") == moved
    assert bench.events()[3:] == [("a", "submitting", "")]


def test_the_same_entry_again_after_a_lost_answer_is_answered_alike(bench: Bench, ledger: Ledger) -> None:
    before = ledger.load("a")
    assert before is not None
    assert ledger.append(before, SUBMIT) == ledger.append(before, SUBMIT) == ledger.load("a")
    assert bench.events()[3:] == [("a", "submitting", "")]


def test_the_same_entry_again_when_the_history_has_gone_on_is_refused(ledger: Ledger) -> None:
    """What the caller believes to be the job's end is not."""
    before = ledger.load("a")
    assert before is not None
    ledger.append(ledger.append(before, SUBMIT), Shown(at=AT))
    with pytest.raises(PlaceTaken):
        ledger.append(before, SUBMIT)


def test_what_the_state_does_not_allow_is_not_written(bench: Bench, ledger: Ledger) -> None:
    before = ledger.load("a")
    assert before is not None
    with pytest.raises(IllegalEvent):
        ledger.append(before, Shown(at=AT))
    assert ledger.load("a") == before
    assert len(bench.events()) == 3


def test_fault_13_a_wiped_ledger_takes_no_entry_above_a_gap(bench: Bench, ledger: Ledger) -> None:
    """The worker still has the job in its memory, and a new lease: half a history would be worse than none."""
    job = submitted(ledger, "a")
    bench.wipe()
    ledger.acquire("host:a", "n2")
    with pytest.raises(PlaceTaken):
        ledger.append(job, Shown(at=AT))
    assert ledger.load("a") is None
    assert bench.status("a") is None


def test_who_follows_the_events_hears_of_each_change_and_of_nothing_else(
    bench: Bench, ledger: Ledger
) -> None:
    """An entry per change of state or verdict; seconds that were counted are none."""
    job = ledger.append(submitted(ledger, "a"), Waited(at=AT, seconds=5))
    job = ledger.append(job, Shown(at=AT))
    reason = Reason(code=ReasonCode.WITHDRAW_UNPROVEN)
    job = ledger.append(job, GaveUp(at=AT, verdict=Verdict.IN_DOUBT, reason=reason))
    ledger.append(job, Disproved(at=AT))
    assert bench.events()[3:] == [
        ("a", "submitting", ""),
        ("a", "waiting", ""),
        ("a", "dead", "in_doubt"),
        ("a", "dead", "not_printed"),
    ]


def test_p4_the_line_is_in_the_order_of_acceptance(ledger: Ledger) -> None:
    """A setback keeps its place; what is printed or dead leaves."""
    assert ledger.open_jobs(2) == ["a", "b"]
    ledger.append(submitted(ledger, "a"), NotSent(at=AT, text="nobody listens"))
    assert ledger.open_jobs(9) == ["a", "b", "c"]
    printed(ledger, "a")
    assert ledger.open_jobs(9) == ["b", "c"]
    dead(ledger, "b", Verdict.NOT_PRINTED)
    assert ledger.head() == "c"
    printed(ledger, "c")
    assert ledger.head() is None
    assert ledger.open_jobs(0) == []


def test_p4_a_replayed_job_takes_a_new_place_at_the_end(bench: Bench, ledger: Ledger) -> None:
    job = dead(ledger, "a", Verdict.NOT_PRINTED)
    assert [bench.take_ticket() for _ in "abc"] == ["a", "b", "c"]
    ledger.append(job, Replayed(at=AT, by="Ольга", why="paper is back"))
    assert ledger.open_jobs(9) == ["b", "c", "a"]
    assert bench.queue() == ["a"]
    assert bench.status("a") == {
        "job": "a",
        "type": "sell",
        "state": "queued",
        "verdict": None,
        "reason": None,
    }


def test_doubts_are_known_oldest_first_until_they_are_settled(bench: Bench) -> None:
    """By acceptance, not by the moment in which they were given up; each way of settling ends a doubt."""
    ledger = worker(bench)
    for job in ("z", "m", "k"):
        bench.enqueue(job)
        take_in(ledger)
    given_up = {job: dead(ledger, job, Verdict.IN_DOUBT) for job in ("k", "z", "m")}
    assert ledger.doubts() == ["z", "m", "k"]
    ledger.append(given_up["z"], Printed(at=AT))
    assert ledger.doubts() == ["m", "k"]
    assert bench.status("z") == {
        "job": "z",
        "type": "sell",
        "state": "printed",
        "verdict": "printed",
        "reason": None,
    }
    settled = ledger.append(given_up["m"], Disproved(at=AT))
    assert ledger.doubts() == ["k"]
    ledger.append(settled, Replayed(at=AT, by="Ольга", why="proven"))
    assert ledger.open_jobs(9) == ["m"]


def test_a_doubt_that_stays_one_is_known_once(ledger: Ledger) -> None:
    doubt = dead(ledger, "a", Verdict.IN_DOUBT)
    again = GaveUp(at=AT, verdict=Verdict.IN_DOUBT, reason=Reason(code=ReasonCode.PROOF_AMBIGUOUS))
    ledger.append(doubt, again)
    assert ledger.doubts() == ["a"]


def test_facts_of_the_line_are_remembered_until_they_are_forgotten(bench: Bench, ledger: Ledger) -> None:
    assert ledger.recall() == {}
    ledger.remember(evidence='{"document":7}', reading="Ж %1 @JOB@", gone="x")
    ledger.remember(gone=None, never=None, reading="")
    assert bench.ledger().recall() == {"evidence": '{"document":7}', "reading": ""}
