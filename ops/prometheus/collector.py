"""What the ledgers show at the moment of a scrape, with or without a worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import ValidationError

from ops.cli.door import read_outlook, read_shift
from worker.app.reconciling import Told
from worker.app.standstill import Standstill
from worker.domain.glance import Glance
from worker.domain.shifts import ShiftState

SCRAPE_SECONDS = (
    4.0  # then no further register is asked: Prometheus waits for ten, and one look may take five of them
)

GAUGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "fiscalq_up": ("1 when Redis told of the register; when it did not, 0, and all else is absent.", ()),
    "fiscalq_worker_alive": ("1 when a worker holds the register.", ()),
    "fiscalq_leases_total": ("Leases given: grows with each start of a worker and each lease lost.", ()),
    "fiscalq_jobs": ("Jobs by where they are; inbox and quarantine hold entries.", ("group",)),
    "fiscalq_oldest_open_seconds": ("Since the job that is next was accepted; 0 when there is none.", ()),
    "fiscalq_oldest_doubt_seconds": ("Since the oldest doubt arose; 0 when there is none.", ()),
    "fiscalq_idle_seconds": ("Since anything happened to any job.", ()),
    "fiscalq_standstill_seconds": ("Since the line stands still; absent while it goes on.", ("cause",)),
    "fiscalq_held": ("1 when a person holds the line.", ()),
    "fiscalq_doubled_jobs": (
        "Jobs of the last day, among the 200 printed last, that the register printed twice.",
        (),
    ),
    "fiscalq_outlook": (
        "What comes to an end: days, or seconds of the clock; absent while nothing does.",
        ("sign", "urgent"),
    ),
    "fiscalq_shift_ends_seconds": (
        "Until the open shift is 24 hours old, as the autopilot last saw it; below 0 it is older.",
        (),
    ),
    "fiscalq_reconciliation_differs": ("1 when the sides of the last closed shift differ.", ()),
}
"""Every metric of the ledger: what it says, and its labels beside `register`."""

Sample = tuple[str, tuple[str, ...], float]


class LineCollector(Collector):
    """
    The gauges of some registers, read anew at each scrape.

    Args:
        zones: the registers by name, each with the name of the time zone in which its clock is set.
        look: at one of them; whatever it raises is a register that Redis did not tell of.

    """

    def __init__(self, zones: Mapping[str, str], look: Callable[[str], Glance]) -> None:
        """Nothing is connected before the first scrape."""
        self._zones, self._look = zones, look

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """One family for each; a register that cannot be told of has `fiscalq_up 0` and nothing else."""
        families = {
            name: (CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily)(
                name, text, labels=("register", *labels)
            )
            for name, (text, labels) in GAUGES.items()
        }
        began = time.monotonic()
        for register, zone in self._zones.items():
            late = time.monotonic() - began > SCRAPE_SECONDS
            for name, labels, value in [_DOWN] if late else self._told(register, zone):
                families[name].add_metric((register, *labels), value)
        yield from families.values()

    def _told(self, register: str, zone: str) -> list[Sample]:
        try:
            return list(samples(self._look(register), ZoneInfo(zone)))
        except Exception:  # noqa: BLE001 - garbage under one register's keys must not hide all the others
            return [_DOWN]


_DOWN: Sample = ("fiscalq_up", (), 0.0)


def samples(seen: Glance, zone: ZoneInfo) -> Iterator[Sample]:
    """What a look says, in figures. No name, no job's id and nobody's words are among the labels."""
    yield "fiscalq_up", (), 1.0
    yield "fiscalq_worker_alive", (), float(seen.is_served)
    yield "fiscalq_leases_total", (), float(seen.leases)
    for group, number in seen.counts.items():
        yield "fiscalq_jobs", (group,), float(number)
    yield "fiscalq_oldest_open_seconds", (), _since(seen, _instant(seen.accepted_at))
    yield "fiscalq_oldest_doubt_seconds", (), _since(seen, seen.doubtful_since)
    if seen.moved_at is not None:
        yield "fiscalq_idle_seconds", (), _since(seen, seen.moved_at)
    standstill = _standstill(seen.facts.get("standstill"))
    if standstill is not None:
        since = _since(seen, _instant(standstill.since))
        yield "fiscalq_standstill_seconds", (standstill.cause.value,), since
    yield "fiscalq_held", (), float("held" in seen.facts)
    yield "fiscalq_doubled_jobs", (), float(seen.doubled)
    for notice in read_outlook(seen.facts.get("outlook")):
        labels = (str(notice["sign"]), "yes" if notice["urgent"] else "no")
        yield "fiscalq_outlook", labels, float(notice["number"])
    shift = read_shift(seen.facts.get("shift"))
    is_kept = (
        shift is not None and "seen" not in shift
    )  # one that people look after may have been closed since
    if (
        shift is not None
        and is_kept
        and shift["state"] != ShiftState.CLOSED
        and isinstance(shift.get("ends"), str)
    ):
        ends = datetime.fromisoformat(shift["ends"]).replace(
            tzinfo=zone
        )  # the register's clock is its shop's
        yield "fiscalq_shift_ends_seconds", (), ends.timestamp() - seen.at
    reconciled = Told.of(seen.facts.get("reconciled"))
    if reconciled is not None:
        yield "fiscalq_reconciliation_differs", (), float(not reconciled.zero)


def _standstill(kept: str | None) -> Standstill | None:
    """As the worker wrote it; what somebody else has written there is none."""
    try:
        return Standstill.model_validate_json(kept) if kept else None
    except ValidationError:
        return None


def _instant(text: str | None) -> float | None:
    """A moment of a worker, ISO 8601 UTC, in seconds since 1970."""
    return datetime.fromisoformat(text).timestamp() if text else None


def _since(seen: Glance, moment: float | None) -> float:
    """Seconds, by the ledger's clock; a worker's that is a little ahead is not told as a negative age."""
    return 0.0 if moment is None else max(seen.at - moment, 0.0)
