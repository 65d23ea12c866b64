"""What only the ledger in memory can do: be away, so that the core's tests see it fail closed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.adapters.ledger.bench import LIMITS, MemoryBench, take_in, worker
from worker.adapters.ledger.memory import MemoryLedger
from worker.domain.errors import LedgerError
from worker.domain.ports import Ledger

CALLS: dict[str, Callable[[Ledger], object]] = {
    "peek": lambda ledger: ledger.peek(0),
    "load": lambda ledger: ledger.load("a"),
    "task": lambda ledger: ledger.task("a"),
    "head": lambda ledger: ledger.head(),
    "recall": lambda ledger: ledger.recall(),
    "remember": lambda ledger: ledger.remember(evidence="1"),
    "rebuild": lambda ledger: ledger.rebuild(),
    "acquire": lambda ledger: ledger.acquire("host:a", "n2"),
    "renew": lambda ledger: ledger.renew(),
}


@pytest.mark.parametrize("call", CALLS)
def test_p6_a_ledger_that_is_away_refuses_everything_and_forgets_nothing(call: str) -> None:
    bench = MemoryBench(LIMITS)
    ledger = worker(bench)
    bench.enqueue("a")
    take_in(ledger)
    bench.store.is_away = True
    with pytest.raises(LedgerError) as refused:
        CALLS[call](ledger)
    assert type(refused.value) is LedgerError
    bench.store.is_away = False
    assert ledger.head() == "a"
    assert ledger.recall() == {}


def test_a_ledger_makes_a_store_of_its_own() -> None:
    """Two registers share nothing."""
    one, other = (MemoryLedger(name, str, LIMITS) for name in ("kassa-1", "kassa-2"))
    one.enqueue("a", b"{}")
    assert other.status("a") is None
    assert one.peek(0) is not None
    assert other.peek(0) is None
