"""Many seeds of the virtual shop, on every core, and their sum."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

from ops.chaos.virtual.shop import Outcome, VirtualShop

BROKEN = (
    "lost",
    "twice",
    "twice_by_register_undetected",
    "out_of_order",
    "dishonest_answers",
    "stuck",
    "raised",
)
COUNTED = ("jobs", "printed", "dead_not_printed", "dead_in_doubt", "documents", "twice_by_register")
CHUNK = 20  # seeds that a process takes at once


@dataclass
class Summary:
    """The closing line, and what broke a promise, by its seed."""

    first: int
    seeds: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[int, str, str]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether no promise was broken."""
        return not self.findings

    @property
    def line(self) -> dict[str, Any]:
        """The closing line."""
        broken = Counter(kind for _, kind, _ in self.findings)
        return {
            "seeds": self.seeds,
            "first": self.first,
            **{name: self.counts[name] for name in COUNTED},
            **{name: broken[name] for name in BROKEN},
            "faults": dict(sorted(self.faults.items())),
            "seconds": round(self.seconds, 1),
        }

    def add(self, outcome: Outcome) -> None:
        """Count one seed."""
        self.seeds += 1
        self.counts.update(outcome.counts)
        self.faults.update(outcome.faults)
        self.findings += [(outcome.seed, kind, text) for kind, text in outcome.findings]


def play(seed: int) -> Outcome:
    """One seed from its first to its last moment."""
    return VirtualShop(seed).run()


def run(
    first: int, seeds: int, jobs: int | None = None, tell: Callable[[Outcome], None] | None = None
) -> Summary:
    """
    Play the seeds from `first` on; each takes the same way whoever plays it.

    Args:
        first: the first seed.
        seeds: how many.
        jobs: processes; None for one per core.
        tell: is told of each seed as it ends, in order.

    """
    summary, began = Summary(first), time.monotonic()
    for outcome in _outcomes(first, seeds, jobs or os.cpu_count() or 1):
        summary.add(outcome)
        if tell is not None:
            tell(outcome)
    summary.seconds = time.monotonic() - began
    return summary


def _outcomes(first: int, seeds: int, jobs: int) -> Iterator[Outcome]:
    numbers = range(first, first + seeds)
    if jobs == 1:
        yield from map(play, numbers)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(play, numbers, chunksize=CHUNK)
