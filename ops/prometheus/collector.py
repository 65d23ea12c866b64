"""What the ledgers show at the moment of a scrape, with or without a worker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ops.cli.door import Door, LineFacts
from worker.app.settings import Settings
from worker.app.wiring import make_ledger
from worker.domain.errors import FiscalqError
from worker.domain.ports import Group, Ledger

GAUGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "fiscalq_up": ("1 when Redis answered for the register.", ()),
    "fiscalq_worker_alive": ("1 when a worker holds the register.", ()),
    "fiscalq_jobs": ("Jobs by where they are; inbox and quarantine hold entries.", ("group",)),
    "fiscalq_oldest_open_seconds": ("Since the first open job was accepted; 0 when there is none.", ()),
    "fiscalq_oldest_doubt_seconds": ("Since the oldest doubt arose; 0 when there is none.", ()),
    "fiscalq_standstill_seconds": ("Since the line stands still, by its cause.", ("cause",)),
    "fiscalq_outlook": ("What comes to an end: days, or seconds of the clock.", ("sign", "urgent")),
    "fiscalq_shift_ends_seconds": (
        "Until the shift is 24 hours old, as the autopilot last saw it; below 0 it is older.",
        (),
    ),
    "fiscalq_reconciliation_differs": ("1 when the sides of the last closed shift differ.", ()),
}
"""Every gauge: what it says, and its labels beside `register`."""


class LineCollector(Collector):
    """
    The gauges of some registers, read anew at each scrape.

    Args:
        settings: with the Redis and the registers' time zones.
        registers: their names.

    """

    def __init__(self, settings: Settings, registers: Sequence[str]) -> None:
        """Nothing is connected before the first scrape."""
        self._settings = settings
        self._ledgers = {name: make_ledger(settings, name) for name in registers}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One family for each gauge; a register whose Redis does not answer has `fiscalq_up 0` and nothing else."""
        families = {
            name: GaugeMetricFamily(name, text, labels=("register", *labels))
            for name, (text, labels) in GAUGES.items()
        }
        with Door(self._settings) as door:
            for register, ledger in self._ledgers.items():
                try:
                    values = list(self._of(ledger, door))
                except FiscalqError:
                    values = [("fiscalq_up", (), 0.0)]
                for name, labels, value in values:
                    families[name].add_metric((register, *labels), value)
        yield from families.values()

    def _of(self, ledger: Ledger, door: Door) -> Iterator[tuple[str, tuple[str, ...], float]]:
        now, register = datetime.now(UTC), ledger.register
        line, counts = door.line(register), ledger.counts()
        yield "fiscalq_up", (), 1.0
        yield "fiscalq_worker_alive", (), float(door.holder(register) is not None)
        for group, number in counts.items():
            if group != Group.DONE:
                yield "fiscalq_jobs", (group,), float(number)
        yield "fiscalq_oldest_open_seconds", (), _age(door, register, ledger.head(), "accepted_at", now)
        doubt = next(iter(line.doubts), None)
        yield "fiscalq_oldest_doubt_seconds", (), _age(door, register, doubt, "updated_at", now)
        if line.standstill is not None:
            since = (now - datetime.fromisoformat(line.standstill.since)).total_seconds()
            yield "fiscalq_standstill_seconds", (line.standstill.cause.value,), since
        for notice in line.outlook:
            labels = (str(notice["sign"]), "yes" if notice["urgent"] else "no")
            yield "fiscalq_outlook", labels, float(notice["number"])
        yield from self._shift(register, line, now)
        if line.reconciled is not None:
            yield "fiscalq_reconciliation_differs", (), float(not line.reconciled.zero)

    def _shift(
        self, register: str, line: LineFacts, now: datetime
    ) -> Iterator[tuple[str, tuple[str, ...], float]]:
        """The register's clock is its shop's, without an offset."""
        ends = line.shift.get("ends") if line.shift is not None else None
        if isinstance(ends, str):
            zone = ZoneInfo(self._settings.register_named(register).timezone)
            here = now.astimezone(zone).replace(tzinfo=None)
            yield "fiscalq_shift_ends_seconds", (), (datetime.fromisoformat(ends) - here).total_seconds()


def _age(door: Door, register: str, job: str | None, moment: str, now: datetime) -> float:
    """Seconds since that moment of a job, as the CRM reads it; 0 for none."""
    said = door.status(register, job) if job is not None else None
    at = said.get(moment) if said is not None else None
    return (now - datetime.fromisoformat(at)).total_seconds() if at else 0.0
