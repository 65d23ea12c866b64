"""What is kept of closed shifts, on both ledgers."""

from __future__ import annotations

import pytest

from tests.adapters.ledger.bench import TASK, Bench, accept, worker
from worker.domain.errors import Fenced


def test_what_is_kept_of_a_shift_is_read_by_its_name_and_replaced(bench: Bench) -> None:
    working = worker(bench)
    assert working.shift("9999.1") is None
    for text in ('{"shift":1}', '{"shift":"первая"}'):
        working.keep_shift("9999.1", text)
    working.keep_shift("9999.2", "{}")
    assert bench.ledger().shift("9999.1") == '{"shift":"первая"}'


def test_a_worker_without_the_lease_keeps_nothing(bench: Bench) -> None:
    """A worker that was fenced off writes of no shift any more."""
    first = worker(bench)
    bench.age_lease(1_000)
    worker(bench, "host:b", "n2").keep_shift("9999.1", "theirs")
    with pytest.raises(Fenced):
        first.keep_shift("9999.1", "mine")
    assert bench.ledger().shift("9999.1") == "theirs"


def test_tasks_come_in_one_turn_in_the_order_in_which_they_were_asked_for(bench: Bench) -> None:
    working = worker(bench)
    for job in ("a", "b"):
        accept(bench, working, job)
    assert working.tasks(["b", "nobody", "a"]) == [TASK, None, TASK]
    assert working.tasks([]) == []
