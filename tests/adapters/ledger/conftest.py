"""The workbenches: the one in Redis on the run's own server (`FISCALQ_TEST_REDIS` chooses it)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.ledger.bench import LIMITS, Bench, MemoryBench, RedisBench


@pytest.fixture
def redis_bench(redis_url: str) -> Iterator[RedisBench]:
    """An empty Redis in which the register is entered."""
    bench = RedisBench(redis_url, LIMITS)
    yield bench
    bench.close()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.server)])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Each ledger in turn."""
    if request.param == "memory":
        return MemoryBench(LIMITS)
    bench: RedisBench = request.getfixturevalue("redis_bench")
    return bench
