"""Celery's queue as a view of the ledger, on both ledgers: what happens to tickets is mended from the open jobs."""

from __future__ import annotations

import pytest

from tests.adapters.ledger.bench import AT, REGISTER, Bench, dead, printed, take_in, worker
from worker.domain.events import Accepted
from worker.domain.lifecycle import fold
from worker.domain.policy import Limits
from worker.domain.ports import Candidate, Ledger
from worker.domain.tasks import Kind
from worker.domain.verdicts import Verdict

JOBS = [f"job-{number}" for number in range(10)]


@pytest.fixture
def ledger(bench: Bench) -> Ledger:
    """A worker's ledger with ten open jobs; four tickets fit into the queue."""
    ledger = worker(bench)
    for job in JOBS:
        bench.enqueue(job)
        take_in(ledger)
    return ledger


def test_the_first_open_jobs_have_tickets_in_their_order(bench: Bench, ledger: Ledger) -> None:
    assert bench.queue() == JOBS[:4]
    assert ledger.open_jobs(99) == JOBS


def test_a_queue_below_half_is_topped_up_without_a_double(bench: Bench, ledger: Ledger) -> None:
    """A ticket that Celery holds is not missing."""
    assert [bench.take_ticket(), bench.take_ticket()] == JOBS[:2]
    assert ledger.top_up() == 0
    assert bench.take_ticket() == JOBS[2]
    assert ledger.top_up() == 3
    assert bench.queue() == JOBS[3:7]
    assert ledger.top_up() == 0


def test_nothing_is_topped_up_when_every_open_job_has_its_ticket(bench: Bench) -> None:
    ledger = worker(bench)
    bench.enqueue("a")
    take_in(ledger)
    bench.take_ticket()
    assert ledger.top_up() == 0
    assert bench.queue() == []


def test_a_new_job_gets_its_ticket_while_the_one_before_is_not_acknowledged_yet(bench: Bench) -> None:
    """Tickets are acknowledged late: after the job has left the line."""
    ledger = worker(bench)
    for job in ("a", "b"):
        bench.enqueue(job)
        take_in(ledger)
        assert bench.take_ticket() == job
        printed(ledger, job)
    bench.enqueue("c")
    take_in(ledger)
    assert bench.queue() == ["c"]


def test_a_new_job_gets_no_ticket_before_those_that_wait_for_one(bench: Bench, ledger: Ledger) -> None:
    """There is room for one: it is for the oldest that never had one."""
    bench.take_ticket()
    bench.enqueue("late")
    take_in(ledger)
    assert bench.queue() == JOBS[1:5]


def test_a_rebuilt_queue_is_the_beginning_of_the_line(bench: Bench, ledger: Ledger) -> None:
    """Whatever was lost, held or doubled."""
    bench.take_ticket()
    bench.lose_ticket()
    assert ledger.rebuild() == 4
    assert bench.queue() == JOBS[:4]
    printed(ledger, JOBS[0])
    assert ledger.rebuild() == 4
    assert bench.queue() == JOBS[1:5]
    assert not ledger.is_idle_wrongly()


def test_the_running_job_gets_no_second_ticket(bench: Bench, ledger: Ledger) -> None:
    """It runs in this process; and the ones behind it follow without a gap."""
    bench.take_ticket()
    assert ledger.rebuild(running=JOBS[0]) == 3
    assert bench.queue() == JOBS[1:4]
    printed(ledger, JOBS[0])
    for _ in range(3):
        bench.take_ticket()
    assert ledger.top_up() == 4
    assert bench.queue() == JOBS[4:8]


def test_a_running_job_that_is_the_whole_line_gets_no_ticket_later_either(bench: Bench) -> None:
    ledger = worker(bench)
    bench.enqueue("a")
    take_in(ledger)
    bench.take_ticket()
    assert ledger.rebuild(running="a") == 0
    bench.enqueue("b")
    take_in(ledger)
    assert bench.queue() == ["b"]


def test_a_rebuild_without_open_jobs_leaves_an_empty_queue(bench: Bench) -> None:
    ledger = worker(bench)
    bench.enqueue("a")
    take_in(ledger)
    dead(ledger, "a", Verdict.NOT_PRINTED)
    assert ledger.rebuild() == 0
    assert bench.queue() == []
    bench.enqueue("b")
    take_in(ledger)
    assert bench.queue() == ["b"]


def test_open_jobs_without_any_ticket_are_noticed(bench: Bench) -> None:
    """A ticket that was lost between queue and worker leaves no other trace."""
    ledger = worker(bench)
    assert not ledger.is_idle_wrongly()
    bench.enqueue("a")
    take_in(ledger)
    assert not ledger.is_idle_wrongly()
    bench.take_ticket()
    assert not ledger.is_idle_wrongly()
    bench.acknowledge("a")
    assert ledger.is_idle_wrongly()
    ledger.rebuild()
    assert bench.lose_ticket() == "a"
    assert ledger.is_idle_wrongly()
    printed(ledger, "a")
    assert not ledger.is_idle_wrongly()


def test_a_thousand_jobs_are_rebuilt_in_the_order_of_acceptance(bench: Bench) -> None:
    bench.limits = Limits(tickets=1000, queue_max=1000, lease_seconds=600)
    bench.wipe()
    ledger = worker(bench)
    jobs = [f"order-{number}.sell" for number in range(1000)]
    for job in jobs:
        bench.enqueue(job)
        take_in(ledger)
    for _ in range(500):
        bench.lose_ticket()
    assert ledger.rebuild() == 1000
    assert bench.queue() == jobs


def ours(ledger: Ledger) -> None:
    """A job of our own, which comes through no inbox."""
    history = [Accepted(at=AT, type="closeShift", kind=Kind.SHIFT)]
    ledger.begin(
        Candidate(b"", fold("fiscalq.close", REGISTER, history), history, b'{"type":"closeShift"}', "abc")
    )


def test_a_job_of_ours_joins_the_line_and_is_put_at_its_head(bench: Bench, ledger: Ledger) -> None:
    ours(ledger)
    assert ledger.open_jobs(99) == [*JOBS, "fiscalq.close"]
    ledger.advance("fiscalq.close")
    ledger.advance("fiscalq.close")
    ledger.rebuild()
    assert ledger.open_jobs(99) == ["fiscalq.close", *JOBS]
    assert bench.queue() == ["fiscalq.close", *JOBS[:3]]
    assert ledger.task("fiscalq.close") == b'{"type":"closeShift"}'


def test_a_job_of_ours_is_begun_once(ledger: Ledger) -> None:
    """A worker that was killed in between says the same again."""
    ours(ledger)
    ledger.advance("fiscalq.close")
    printed(ledger, "fiscalq.close")
    ours(ledger)
    assert ledger.open_jobs(99) == JOBS


def test_only_an_open_job_is_put_at_the_head(ledger: Ledger) -> None:
    printed(ledger, "job-0")
    ledger.advance("job-0")
    ledger.advance("nobody")
    assert ledger.open_jobs(99) == JOBS[1:]
