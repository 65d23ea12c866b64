"""The faults that can be thrown: their names, how long they last, and which must not meet (promises.md, named limits)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Family(Enum):
    """What a fault may leave behind it, where that must not meet another one before all jobs have settled."""

    WIPE = "Redis has forgotten jobs"
    STORE = "the register's server has forgotten tasks"
    LATE = "a POST may be on its way for long"
    AGAIN = "the register may have printed by itself"

    @property
    def not_with(self) -> frozenset[Family]:
        """
        The families that it must not meet: together they are beyond what anybody can promise.

        A POST on its way to a register that has forgotten is printed whoever is asked; a job that Redis has forgotten
        behind its end cannot be told of the register's own second print.
        """
        return {
            Family.WIPE: frozenset({Family.STORE, Family.AGAIN}),
            Family.STORE: frozenset({Family.WIPE, Family.LATE}),
            Family.LATE: frozenset({Family.STORE}),
            Family.AGAIN: frozenset({Family.WIPE}),
        }[self]


@dataclass(frozen=True)
class Kind:
    """
    One kind of fault.

    Args:
        name: as it is counted.
        shortest: seconds …
        longest: … between which its length is drawn.
        family: what it leaves behind.
        api: the only generation that knows it.

    """

    name: str
    shortest: float = 0.0
    longest: float = 0.0
    family: Family | None = None
    api: str | None = None


def _kinds() -> Iterator[Kind]:
    # processes
    yield Kind("worker_killed", 0, 0.5)
    yield Kind("worker_stopped", 0, 0.5)
    yield Kind("worker_frozen", 0, 1.5, Family.LATE)
    yield Kind("second_worker", 1, 4)
    yield Kind("clock_stepped", 0.5, 1.5)
    yield Kind("redis_killed", 0, 1)
    yield Kind("register_killed", 0, 1, Family.AGAIN)
    yield Kind("power_cut", 0, 0.5, Family.AGAIN)
    # what Redis may lose, or has no room for
    yield Kind("redis_wiped", family=Family.WIPE)
    yield Kind("redis_replaced", 0, 0.5, Family.WIPE)
    yield Kind("disk_full", 0, 0.5)
    yield Kind("memory_full", 0.3, 1)
    # the wires
    yield Kind("register_cut")
    yield Kind("register_refused", 0.3, 2)
    yield Kind("register_slow", 0.5, 2)
    yield Kind("post_held", 1, 3, Family.LATE)
    yield Kind("post_doubled")
    yield Kind("post_cut")
    yield Kind("answer_cut")
    yield Kind("redis_cut")
    yield Kind("redis_refused", 0.3, 2)
    yield Kind("redis_slow", 0.5, 1.5)
    yield Kind("redis_held", 0.5, 2)
    yield Kind("redis_doubled")
    # the register and whoever stands before it
    yield Kind("register_off", 0.5, 2)
    yield Kind("device_inactive", 0.5, 2)
    yield Kind("register_clock_back", 0.3, 1)
    yield Kind("foreign_receipt")
    yield Kind("shift_grown_old")
    for name, (shortest, longest) in STRIKES_ONE_JOB.items():
        yield Kind(name, shortest, longest, FAMILIES.get(name), "v2" if name == "post_408" else None)


# Kinds of the simulator (ops/simulator/README.md), armed for the first submission of one job; seconds from … to.
STRIKES_ONE_JOB: dict[str, tuple[float, float]] = {
    "link_lost_before_open": (0.2, 1),
    "link_lost_between_items": (0.2, 1),
    "link_lost_before_close": (0.2, 1),
    "link_lost_after_close": (0.2, 1),
    "recovery_result_lost": (0.2, 1),
    "foreign_document": (0.2, 1),
    "paper_out_before_registration": (0, 0),
    "paper_out_after_registration": (0, 0),
    "slow": (0.5, 2),
    "task_stuck": (0, 0),
    "delete_race": (0, 0),
    "delete_refused": (0, 0),
    "delete_dropped": (0, 0),
    "server_halts_before_execute": (0, 0),
    "server_halts_after_close": (0, 0),
    "server_halts_after_status": (0, 0),
    "server_halts_after_store": (0, 0),
    "status_write_lost": (0, 0),
    "finish_write_lost": (0, 0),
    "post_dropped": (0, 0),
    "post_500": (0, 0),
    "post_408": (0, 0),
    "post_answer_lost": (0, 0),
    "post_500_stored": (0, 0),
    "post_delayed": (0.5, 2),
    "get_html": (0, 0),
    "get_truncated": (0, 0),
    "get_unknown_status": (0, 0),
    "get_stale": (0, 0),
    "get_500": (0, 0),
    "get_dropped": (0, 0),
    "retention_purge": (0, 0),
    "database_wiped": (0, 0),
    "http_delay": (0.5, 1.5),
}
FAMILIES = {
    "server_halts_before_execute": Family.AGAIN,
    "server_halts_after_close": Family.AGAIN,
    "server_halts_after_status": Family.AGAIN,
    "server_halts_after_store": Family.AGAIN,
    "finish_write_lost": Family.AGAIN,
    "status_write_lost": Family.AGAIN,
    "retention_purge": Family.STORE,
    "database_wiped": Family.STORE,
    "post_delayed": Family.LATE,
    "http_delay": Family.LATE,
}
# What makes another one strike, or ends with it.
ALONG_WITH = {
    "recovery_result_lost": "link_lost_after_close",
    "foreign_document": "link_lost_before_close",
    "delete_race": "task_stuck",
    "delete_refused": "task_stuck",
    "delete_dropped": "task_stuck",
}

KINDS: dict[str, Kind] = {kind.name: kind for kind in _kinds()}
