"""
What a worker counts of its own work: each line of its log is counted where it passes, and nothing is counted elsewhere.

What the ledger shows (how long the line is, since when it stands) is read by `fiscalq metrics`, with or without a worker.
"""

from __future__ import annotations

import re

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from structlog.typing import EventDict, WrappedLogger

EVENT_NAME = re.compile(r"[a-z_]+\.[a-z_]+")
ENDS = frozenset({"job.printed", "job.dead"})
NAMES_MAX = 100  # of events: more would be somebody's texts and not our names
WAITED_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600)

registry = CollectorRegistry()
"""All that this process counts. The names are in ops/prometheus/README.md."""

_events = Counter(
    "fiscalq_log_events", "Lines of the worker's log, by name.", ("register", "event"), registry=registry
)
_jobs = Counter(
    "fiscalq_jobs_ended",
    "Jobs that came to their end in this process.",
    ("register", "verdict", "reason"),
    registry=registry,
)
_waited = Histogram(
    "fiscalq_job_waited_seconds",
    "How long the register held a job before it began to print.",
    ("register",),
    buckets=WAITED_SECONDS,
    registry=registry,
)
_polls = Counter("fiscalq_polls", "Looks at submissions.", ("register",), registry=registry)
_submissions = Counter(
    "fiscalq_submissions", "Submissions of jobs that came to their end.", ("register",), registry=registry
)
_names: set[str] = set()


def count(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Count a line of the log and let it pass as it is: a processor of structlog, before any filter."""
    register, name = event.get("register"), str(event.get("event"))
    if register is None or not EVENT_NAME.fullmatch(name):
        return event
    if len(_names) < NAMES_MAX:
        _names.add(name)
    _events.labels(register, name if name in _names else "other").inc()
    if name in ENDS:
        _jobs.labels(register, event.get("verdict") or "", event.get("reason") or "").inc()
        _waited.labels(register).observe(event.get("waited_seconds") or 0.0)
        _polls.labels(register).inc(event.get("polls") or 0)
        _submissions.labels(register).inc(event.get("submissions") or 0)
    return event


def serve(listen: str) -> None:
    """
    Answer `GET /metrics` on HOST:PORT from now on, in a thread of its own.

    Raises: OSError when the address is taken or is none of this machine.
    """
    host, _, port = listen.rpartition(":")
    start_http_server(int(port), addr=host, registry=registry)
