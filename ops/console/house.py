"""What the page looks at: the registers of the settings, each with its ledger, and how its line stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from threading import Lock
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ops.cli.door import Door, LineFacts
from ops.cli.language import Texts, stands_still
from worker.app.clock import RealClock
from worker.app.desk import Desk
from worker.app.pilot import View, view
from worker.app.settings import Settings
from worker.app.wiring import defaults_of, make_ledger, make_register
from worker.domain.ports import Ledger, Register
from worker.domain.tasks import Defaults

DOUBTS_NAMED = 3


@dataclass(frozen=True)
class Standing:
    """
    How a register's line stands, for one look.

    Args:
        name: of the register.
        holder: the worker that drives it, None when none does.
        line: standstill, doubts, quarantine.
        counts: jobs in each group, `inbox` and `quarantine`.

    """

    name: str
    holder: str | None
    line: LineFacts
    counts: Mapping[str, int]

    @property
    def waiting(self) -> int:
        """Jobs that are not at their end."""
        return self.counts["open"] + self.counts["inbox"] + self.counts["stopped"]

    @property
    def tone(self) -> str:
        """`ill` when nothing prints, `doubt` when something is not known, `well` otherwise."""
        if self.holder is None or self.line.standstill is not None:
            return "ill"
        return "doubt" if self.line.doubts or self.line.quarantined else "well"

    def sayings(self, texts: Texts) -> Sequence[str]:
        """What is wrong, and what to do, in the words of `fiscalq doctor`; the worst first, empty when all is well."""
        said = []
        if self.holder is None:
            said.append(texts("doctor.not_held", register=self.name))
        elif self.line.standstill is not None:
            said.append(stands_still(self.line.standstill, texts))
        if self.line.doubts:
            some = ", ".join(self.line.doubts[:DOUBTS_NAMED]) + (
                ", …" if len(self.line.doubts) > DOUBTS_NAMED else ""
            )
            count = len(self.line.doubts)
            said.append(texts("doctor.doubts", register=self.name, count=count, jobs=some))
        if self.line.quarantined:
            count = self.line.quarantined
            said.append(texts("doctor.quarantine", register=self.name, count=count))
        if self.line.stopped:
            said.append(texts("page.count_stopped", count=self.line.stopped))
        return said

    def outlook(self, texts: Texts) -> Sequence[tuple[str, bool]]:
        """What comes to an end, as the worker last saw it, and whether it is urgent."""
        return [
            (
                texts(f"outlook.{notice['sign']}", register=self.name, number=notice["number"]),
                bool(notice["urgent"]),
            )
            for notice in self.line.outlook
        ]


class House:
    """The registers of a shop. Safe to share between threads; nothing is connected before the first look."""

    def __init__(self, settings: Settings) -> None:
        """Know the settings."""
        self.settings = settings
        self.door = Door(settings)
        self._ledgers: dict[str, Ledger] = {}
        self._lock = Lock()

    @property
    def names(self) -> Sequence[str]:
        """The registers, by name."""
        return sorted(self.settings.registers)

    def ledger(self, register: str) -> Ledger:
        """The register's ledger, without a lease. Raises ConfigError for one that is not set up."""
        self.settings.register_named(register)
        with self._lock:
            if register not in self._ledgers:
                self._ledgers[register] = make_ledger(self.settings, register)
            return self._ledgers[register]

    def register(self, name: str) -> Register:
        """The register itself, to be looked at. Raises ConfigError for one that is not set up."""
        return make_register(self.settings, name)

    def desk(self, register: str) -> Desk:
        """Where jobs are asked for."""
        enqueue = partial(self.door.enqueue, register)
        return Desk(self.ledger(register), RealClock(), self.zone(register), enqueue)

    def shift(self, register: str, line: LineFacts) -> View:
        """How its shift stands, and what comes next."""
        of = self.settings.register_named(register)
        return view(line.shift, keeps=of.shift_autopilot, quiet_hours=of.quiet_hours)

    def defaults(self, register: str) -> Defaults:
        """What the register fills in where the CRM says nothing."""
        return defaults_of(self.settings.register_named(register))

    def zone(self, register: str) -> ZoneInfo:
        """Where the register stands."""
        return _zone(self.settings.register_named(register).timezone)

    def standing(self, register: str) -> Standing:
        """How its line stands. Raises LedgerError."""
        ledger = self.ledger(register)
        return Standing(register, self.door.holder(register), self.door.line(register), ledger.counts())


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:  # a system without a database of zones
        return ZoneInfo("UTC")
