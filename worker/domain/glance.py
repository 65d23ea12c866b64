"""How a register's line stands at one moment, seen from outside: for graphs and alarms, never for a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Glance:
    """
    One look at what the ledger holds of a line. Moments are seconds since 1970 by the ledger's own clock.

    Args:
        at: when it was looked.
        counts: how many jobs each group holds (`ports.Group`), and `inbox` and `quarantine`.
        facts: what the worker remembers of the line, short texts by name.
        is_served: some worker holds the lease.
        leases: how many leases were given so far.
        accepted_at: when the oldest of the jobs that are next was accepted, ISO 8601 UTC; None when none is open.
        doubtful_since: when the job that has been in doubt for longest was given up; None when none is in doubt.
        moved_at: when anything happened to any job for the last time; None when nothing is known.
        doubled: jobs among those printed last that the register printed more than once.

    """

    at: float
    counts: Mapping[str, int]
    facts: Mapping[str, str] = field(default_factory=dict)
    is_served: bool = False
    leases: int = 0
    accepted_at: str | None = None
    doubtful_since: float | None = None
    moved_at: float | None = None
    doubled: int = 0
