"""
What a worker counts of its own work: each line of its log where it passes, each answer of the register, nothing else.

The counts are those of one process and begin at nought with it. What the ledger shows (how long the line is, since when
it stands) is read by `fiscalq metrics`, with or without a worker. No label holds a job's id or anything of a task.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    start_http_server,
)
from structlog.typing import EventDict, WrappedLogger

from worker.app import logs
from worker.app.standstill import Cause
from worker.domain.verdicts import Verdict

EVENT_NAME = re.compile(r"[a-z_]+\.[a-z_]+")
NAMES_MAX = 100  # of events: more would be somebody's texts and not our names
CALL_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)  # up to connecting plus reading
WAITED_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600)
JOB_SECONDS = (
    0.5,
    1,
    2,
    3,
    5,
    10,
    30,
    60,
    300,
    1800,
    3600,
    14_400,
)  # a receipt takes seconds; an outage, hours
RETRIES = frozenset(
    {
        "register.unclear",
        "proof.unreadable",
        "ledger.unreachable",
        "job.moved_on",
        *(f"line.{cause.value}" for cause in Cause),
    }
)  # lines of the log that say why the same is tried again, beside an entry `not_sent`
PROOFS = {"printed": Verdict.PRINTED, "disproved": Verdict.NOT_PRINTED}  # entries of a history that prove

COUNTERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "fiscalq_log_events_total": ("Lines of its log by name, whatever the level.", ("event",)),
    "fiscalq_jobs_ended_total": ("Jobs that came to their end in this process.", ("verdict", "reason")),
    "fiscalq_submissions_total": ("Submissions begun: the `first` of a job, or `further` ones.", ("number",)),
    "fiscalq_retries_total": ("What made it try the same again.", ("cause",)),
    "fiscalq_proofs_total": ("What was proven of submissions; `in_doubt`: it could not be.", ("verdict",)),
    "fiscalq_doubled_total": ("Documents too many, printed by the register's own server.", ()),
    "fiscalq_register_answers_total": ("What the register said to each call.", ("call", "answer")),
}
"""Every counter: what it says, and its labels beside `register`."""
HISTOGRAMS: Mapping[str, tuple[str, tuple[str, ...], Sequence[float]]] = {
    "fiscalq_register_call_seconds": ("How long a call to the register took.", ("call",), CALL_SECONDS),
    "fiscalq_job_waited_seconds": (
        "How long the register held a job before it began to print.",
        (),
        WAITED_SECONDS,
    ),
    "fiscalq_job_seconds": ("From acceptance to print, the wait in line included.", (), JOB_SECONDS),
}
"""Every histogram: the same, and the upper bounds of its buckets."""
FROM_NOUGHT: Mapping[str, Iterable[str]] = {
    "fiscalq_submissions_total": ("first", "further"),
    "fiscalq_retries_total": (*sorted(RETRIES), "not_sent"),
    "fiscalq_proofs_total": tuple(verdict.value for verdict in Verdict),
}  # shown before anything has happened: for Prometheus, a counter that appears with its first one has not grown


class Counts:
    """
    The counts of one worker.

    Args:
        register: the name of its register, a label of every metric.

    """

    def __init__(self, register: str) -> None:
        """Nothing has happened yet, and nobody is told."""
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._register, self._is_served = register, False
        self._names: set[str] = set()
        self._counters = {
            name: Counter(name, text, ("register", *labels), registry=self.registry)
            for name, (text, labels) in COUNTERS.items()
        }
        self._histograms = {
            name: Histogram(name, text, ("register", *labels), registry=self.registry, buckets=bounds)
            for name, (text, labels, bounds) in HISTOGRAMS.items()
        }
        self._count("fiscalq_doubled_total", by=0)
        for name, values in FROM_NOUGHT.items():
            for value in values:
                self._count(name, value, by=0)

    def serve(self, listen: str) -> None:
        """
        Answer `GET /metrics` on HOST:PORT from now on, in a thread of its own; once, however often it is called.

        An address that is taken is logged and no more: a register prints whether somebody counts or not.
        """
        if self._is_served:
            return
        host, _, port = listen.rpartition(":")
        try:
            start_http_server(int(port), host.removeprefix("[").removesuffix("]"), self.registry)
        except (OSError, OverflowError) as error:
            logs.logger().warning("metrics.not_served", listen=listen, reason=str(error))
            return
        self._is_served = True

    def hear(self, call: str, answer: str, seconds: float) -> None:
        """A call to the register is over (`hearing.py`)."""
        self._count("fiscalq_register_answers_total", call, answer)
        self._observe("fiscalq_register_call_seconds", seconds, call)

    def heed(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        """Count a line of the log and let it pass as it is: a processor of structlog, before any filter."""
        name = str(event.get("event"))
        if not EVENT_NAME.fullmatch(name):
            return event
        if len(self._names) < NAMES_MAX:
            self._names.add(name)
        self._count("fiscalq_log_events_total", name if name in self._names else "other")
        match event:
            case {"event": "job.moved", "event_name": str(entry)}:
                self._heed_entry(entry, event)
            case {
                "event": "job.printed" | "job.dead",
                "verdict": str(verdict),
                "waited_seconds": float(waited),
                "seconds": float(seconds),
            }:
                self._count("fiscalq_jobs_ended_total", verdict, event.get("reason") or "")
                self._observe("fiscalq_job_waited_seconds", waited)
                if verdict == Verdict.PRINTED:
                    self._observe("fiscalq_job_seconds", seconds)
            case _:
                if name in RETRIES:
                    self._count("fiscalq_retries_total", name)
        return event

    def _heed_entry(self, entry: str, event: EventDict) -> None:
        """One more entry of a job's history."""
        match entry, event:
            case "submit_started", {"submission": number}:
                self._count("fiscalq_submissions_total", "first" if number == 1 else "further")
            case "not_sent", _:
                self._count("fiscalq_retries_total", entry)
            case "printed" | "disproved", {"doubled": int(doubled)}:
                self._count("fiscalq_proofs_total", PROOFS[entry].value)
                self._count("fiscalq_doubled_total", by=doubled if entry == "printed" else 0)
            case "gave_up", {"verdict": Verdict.IN_DOUBT as verdict}:
                self._count("fiscalq_proofs_total", verdict)
            case "doubled", _:
                self._count("fiscalq_doubled_total")
            case _:
                pass  # on its way

    def _count(self, name: str, *labels: str, by: float = 1) -> None:
        self._counters[name].labels(self._register, *labels).inc(by)

    def _observe(self, name: str, value: float, *labels: str) -> None:
        self._histograms[name].labels(self._register, *labels).observe(value)
