"""The way in, on both ledgers: an entry stays in the inbox until one step makes a job of it, or keeps its bytes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.adapters.ledger.bench import TASK, Bench, candidate, dead, entry_of, take_in, worker
from worker.domain.errors import ContractError
from worker.domain.job import State
from worker.domain.ports import Admission, Candidate
from worker.domain.verdicts import Verdict

OTHER = TASK.replace(b"0.10", b"0.1")  # equal as a number, and other bytes


def test_an_entry_is_seen_and_stays_where_it_is(bench: Bench) -> None:
    """Intake holds nothing outside of the inbox: a crash after the peek loses nothing."""
    ledger = bench.ledger()
    bench.enqueue("first")
    bench.enqueue("second")
    assert ledger.peek(1) == ledger.peek(1) == entry_of("first")


def test_an_empty_inbox_is_watched_until_something_comes(bench: Bench) -> None:
    ledger = bench.ledger()
    assert ledger.peek(0.05) is None
    assert ledger.peek(0) is None
    with ThreadPoolExecutor() as threads:
        seen = threads.submit(ledger.peek, 2)
        bench.push(entry_of("a"))
        assert seen.result() == entry_of("a")


def test_what_is_taken_in_is_open_and_has_history_view_task_and_ticket(bench: Bench) -> None:
    """One step: there is no moment in which a job has one of them and not the others."""
    ledger = worker(bench)
    bench.enqueue("a")
    assert bench.status("a") is not None
    assert take_in(ledger) is Admission.TAKEN

    job = ledger.load("a")
    assert job is not None
    assert (job.state, job.place, job.type) == (State.QUEUED, 1, "sell")
    assert ledger.task("a") == TASK
    assert ledger.head() == "a"
    assert bench.queue() == ["a"]
    assert bench.status("a") == {
        "job": "a",
        "type": "sell",
        "state": "queued",
        "verdict": None,
        "reason": None,
    }
    assert bench.events() == [("a", "queued", "")]
    assert ledger.peek(0) is None


def test_fault_21_a_task_that_breaks_a_rule_is_dead_at_once_and_the_line_moves_on(bench: Bench) -> None:
    """Accepted bytes are kept; the job has no ticket and is in nobody's way."""
    ledger = worker(bench)
    bench.enqueue("poison")
    bench.enqueue("good")
    assert take_in(ledger, refused=True) is Admission.TAKEN
    assert take_in(ledger) is Admission.TAKEN

    job = ledger.load("poison")
    assert job is not None
    assert (job.state, job.verdict, job.place) == (State.DEAD, Verdict.NOT_PRINTED, 2)
    assert ledger.task("poison") == TASK
    assert ledger.doubts() == []
    assert bench.queue() == ["good"]
    assert bench.events() == [("poison", "dead", "not_printed"), ("good", "queued", "")]


def test_fault_21_what_has_no_readable_id_is_kept_with_its_bytes(bench: Bench) -> None:
    """Not one byte of it is changed, whatever it is."""
    ledger = worker(bench)
    entry = b'\x00\xff{"id":\r\n NaN \xed\xa0\x80'
    bench.push(entry)
    assert ledger.admit(Candidate(entry, why="it is no JSON")) is Admission.QUARANTINED
    assert bench.quarantine() == [("it is no JSON", entry)]
    assert ledger.peek(0) is None


def test_an_entry_that_another_worker_took_is_gone(bench: Bench) -> None:
    """Taken only while it is the oldest and the same bytes, so a repeated call takes nothing twice."""
    ledger = worker(bench)
    bench.enqueue("a")
    bench.enqueue("b")
    taken = candidate(entry_of("a"))
    assert ledger.admit(taken) is Admission.TAKEN
    assert ledger.admit(taken) is Admission.GONE
    assert ledger.peek(0) == entry_of("b")
    assert ledger.open_jobs(9) == ["a"]


def test_fault_16_the_same_job_again_is_the_same_job(bench: Bench) -> None:
    """At the door it is told its present state; at the raw door it is dropped."""
    ledger = worker(bench)
    assert bench.enqueue("a") == {"job": "a", "register": "kassa-1", "state": "queued", "duplicate": False}
    assert bench.enqueue("a")["duplicate"] is True
    take_in(ledger)
    dead(ledger, "a", Verdict.NOT_PRINTED)
    assert bench.enqueue("a") == {"job": "a", "register": "kassa-1", "state": "dead", "duplicate": True}

    bench.push(entry_of("a"))
    assert take_in(ledger) is Admission.DUPLICATE
    assert ledger.peek(0) is None
    assert bench.quarantine() == []
    assert ledger.open_jobs(9) == []


def test_the_same_job_through_both_doors_is_one_job(bench: Bench) -> None:
    """The raw entry came first; the door's entry of equal bytes is dropped when its turn comes."""
    ledger = worker(bench)
    bench.push(entry_of("a"))
    assert bench.enqueue("a", b" \r\n" + TASK + b"\t")["duplicate"] is False
    assert [take_in(ledger), take_in(ledger)] == [Admission.TAKEN, Admission.DUPLICATE]
    assert bench.enqueue("a")["duplicate"] is True


def test_fault_16_the_same_id_with_other_bytes_is_refused_and_stores_nothing(bench: Bench) -> None:
    """Before it is taken in, and after."""
    ledger = worker(bench)
    bench.enqueue("a")
    with pytest.raises(ContractError, match=r"^FISCALQ_CONFLICT "):
        bench.enqueue("a", OTHER)
    take_in(ledger)
    with pytest.raises(ContractError, match=r"^FISCALQ_CONFLICT "):
        bench.enqueue("a", OTHER)
    assert ledger.peek(0) is None


def test_fault_16_a_raw_entry_with_a_known_id_and_other_bytes_is_kept_aside(bench: Bench) -> None:
    ledger = worker(bench)
    bench.enqueue("a")
    take_in(ledger)
    bench.push(entry_of("a", OTHER))
    assert take_in(ledger) is Admission.QUARANTINED
    ((why, entry),) = bench.quarantine()
    assert "CONFLICT" in why
    assert entry == entry_of("a", OTHER)
    assert ledger.task("a") == TASK


def test_a_reservation_beats_a_raw_entry_that_came_first(bench: Bench) -> None:
    """The door has answered, so its job is the one; the raw door never answered."""
    ledger = worker(bench)
    bench.push(entry_of("a", OTHER))
    bench.enqueue("a")
    assert [take_in(ledger), take_in(ledger)] == [Admission.QUARANTINED, Admission.TAKEN]
    assert ledger.task("a") == TASK
    assert [entry for _, entry in bench.quarantine()] == [entry_of("a", OTHER)]


def test_a_full_line_refuses_more_and_still_knows_its_own(bench: Bench) -> None:
    """Inbox and open jobs count together, and the question comes after that for duplicates."""
    ledger = worker(bench)
    jobs = [f"job-{number}" for number in range(bench.limits.queue_max)]
    for job in jobs:
        bench.enqueue(job)
    for _ in jobs[:7]:
        take_in(ledger)
    with pytest.raises(ContractError, match=r"^FISCALQ_QUEUE_FULL "):
        bench.enqueue("one-more")
    assert bench.enqueue(jobs[0])["duplicate"] is True
    assert bench.enqueue(jobs[-1])["duplicate"] is True
    dead(ledger, jobs[0], Verdict.NOT_PRINTED)
    assert bench.enqueue("one-more")["duplicate"] is False


def test_an_id_that_nobody_knows_has_no_status(bench: Bench) -> None:
    assert bench.status("nobody") is None


def test_what_waits_in_the_inbox_is_queued_for_the_crm(bench: Bench) -> None:
    bench.enqueue("a")
    status = bench.status("a")
    assert status is not None
    assert (status["job"], status["state"], status["type"], status["verdict"]) == ("a", "queued", None, None)
