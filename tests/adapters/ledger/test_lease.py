"""The lease, on both ledgers: one worker drives a register, and whoever has lost it writes nothing more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.adapters.ledger.bench import AT, Bench, candidate, entry_of, take_in, worker
from worker.domain.errors import Fenced
from worker.domain.events import SubmitStarted
from worker.domain.job import Job
from worker.domain.ports import Candidate, Lease, Ledger

SUBMIT = SubmitStarted(at=AT, submission=1, evidence=None, door="v2")

WRITES: dict[str, Callable[[Ledger, Job], object]] = {
    "admit": lambda ledger, _: ledger.admit(candidate(entry_of("b"))),
    "quarantine": lambda ledger, _: ledger.admit(Candidate(entry_of("b"), why="strange")),
    "append": lambda ledger, job: ledger.append(job, SUBMIT),
    "rebuild": lambda ledger, _: ledger.rebuild(),
    "top_up": lambda ledger, _: ledger.top_up(),
    "remember": lambda ledger, _: ledger.remember(evidence="1"),
}


def test_fault_15_a_second_worker_is_told_who_holds_the_register(bench: Bench) -> None:
    worker(bench, "host:a")
    assert bench.ledger().acquire("host b:7", "n2") == "host:a"


def test_a_lease_that_has_run_out_is_free(bench: Bench) -> None:
    first = worker(bench, "host:a")
    bench.age_lease(bench.limits.lease_seconds)
    assert bench.ledger().acquire("host b:7", "n2") == Lease("host b:7", 2, "n2")
    assert not first.renew()


def test_a_restarted_worker_of_the_same_host_has_its_lease_back_at_once(bench: Bench) -> None:
    """Under a new number, so that the process before it can write nothing more."""
    before = worker(bench, "host:a", "n1")
    assert bench.ledger().acquire("host:a", "n2") == Lease("host:a", 2, "n2")
    assert not before.renew()


def test_a_lease_lives_on_when_it_is_renewed(bench: Bench) -> None:
    """Each renewal gives it its whole life again."""
    ledger = worker(bench, "host:a")
    for _ in range(3):
        bench.age_lease(bench.limits.lease_seconds * 0.6)
        assert ledger.renew()
    assert bench.ledger().acquire("host:b", "n2") == "host:a"


def test_a_lease_that_is_given_back_is_free_at_once(bench: Bench) -> None:
    ledger = worker(bench, "host:a")
    ledger.release()
    assert not ledger.renew()
    assert isinstance(bench.ledger().acquire("host:b", "n2"), Lease)


def test_who_lost_the_lease_gives_nothing_back(bench: Bench) -> None:
    """A zombie's last act must not free the register that another drives."""
    zombie = worker(bench, "host:a")
    bench.age_lease(bench.limits.lease_seconds)
    holder = worker(bench, "host:b")
    zombie.release()
    assert holder.renew()


@pytest.mark.parametrize("write", WRITES)
def test_fault_15_a_zombie_writes_nothing(bench: Bench, write: str) -> None:
    """The number: a worker that was paused past its lease wakes up, and another has gone on."""
    zombie = _with_one_job(bench)
    bench.age_lease(bench.limits.lease_seconds)
    worker(bench, "host:b")
    _refuses(bench, zombie, write)


@pytest.mark.parametrize("write", WRITES)
def test_who_let_the_lease_run_out_writes_nothing_though_nobody_took_it(bench: Bench, write: str) -> None:
    ledger = _with_one_job(bench)
    bench.age_lease(bench.limits.lease_seconds)
    _refuses(bench, ledger, write)


@pytest.mark.parametrize("write", WRITES)
def test_without_a_lease_nothing_is_written(bench: Bench, write: str) -> None:
    ledger = _with_one_job(bench)
    ledger.release()
    _refuses(bench, ledger, write)


def test_after_a_wipe_the_number_begins_again_and_the_nonce_tells_the_workers_apart(bench: Bench) -> None:
    """Both are `host:a 1`: without the nonce the one from before the wipe could write."""
    before = worker(bench, "host:a", "n1")
    bench.wipe()
    after = bench.ledger()
    assert after.acquire("host:a", "n2") == Lease("host:a", 1, "n2")
    with pytest.raises(Fenced):
        before.remember(evidence="old")
    after.remember(evidence="new")
    assert before.recall() == {"evidence": "new"}


def _with_one_job(bench: Bench) -> Ledger:
    """A worker with the open job a; b waits in the inbox."""
    ledger = worker(bench, "host:a")
    for job in "ab":
        bench.enqueue(job)
    take_in(ledger)
    return ledger


def _refuses(bench: Bench, ledger: Ledger, write: str) -> None:
    job = ledger.load("a")
    assert job is not None
    with pytest.raises(Fenced):
        WRITES[write](ledger, job)
    assert ledger.load("a") == job
    assert ledger.peek(0) == entry_of("b")
    assert bench.queue() == ["a"]
    assert bench.quarantine() == []
    assert ledger.recall() == {}
