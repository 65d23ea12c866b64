"""What an operator decides reaches the worker, and is kept, on both ledgers."""

from __future__ import annotations

from tests.adapters.ledger.bench import Bench, worker


def test_an_accepted_fn_is_told_to_the_worker_without_a_lease(bench: Bench) -> None:
    """Fault 18: the operator has no lease, and needs none."""
    working = worker(bench)
    working.remember(fn="9999078900001234")
    bench.ledger().accept_fn("9999078900009999", "Ivanova", "2026-11-23T10:00:00.000Z")
    assert working.recall() == {"fn": "9999078900001234", "accept_fn": "9999078900009999"}
