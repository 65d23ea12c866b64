"""What the page looks at: the registers of the settings, each with its ledger, and how its line stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from threading import Lock
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ops.cli import screen
from ops.cli.door import Door, LineFacts
from ops.cli.language import said_of
from ops.console.language import PageTexts
from worker.app.clock import RealClock
from worker.app.desk import Desk
from worker.app.pilot import View, view
from worker.app.settings import Settings
from worker.app.standstill import Cause, Standstill
from worker.app.wiring import defaults_of, make_ledger, make_register
from worker.domain.ports import Ledger, Register
from worker.domain.tasks import Defaults

DOUBTS_NAMED = 3
MOMENT = "%d.%m.%Y %H:%M:%S"  # below a heading that names the zone


@dataclass(frozen=True)
class Standing:
    """
    How a register's line stands, for one look.

    Args:
        name: of the register.
        holder: the worker that drives it, None when none does.
        line: standstill, doubts, quarantine.
        counts: jobs in each group, `inbox` and `quarantine`.
        facts: what is remembered of the line.
        zone: where the register stands.

    """

    name: str
    holder: str | None
    line: LineFacts
    counts: Mapping[str, int]
    facts: Mapping[str, str]
    zone: ZoneInfo

    @property
    def held(self) -> str:
        """Who holds the line and why; empty when nobody does."""
        return self.facts.get("held", "")

    @property
    def seen_fn(self) -> str:
        """The FN that the register shows, where that is not the one of the line; else empty."""
        return self.facts.get("seen_fn", "")

    @property
    def waiting(self) -> int:
        """Jobs that are not at their end."""
        return self.counts["open"] + self.counts["inbox"] + self.counts["stopped"]

    @property
    def tone(self) -> str:
        """`ill` when nothing prints, `doubt` when something is not known, `well` otherwise."""
        if self.holder is None or self.held or self.line.standstill is not None:
            return "ill"
        return "doubt" if self.line.doubts or self.line.quarantined else "well"

    @property
    def step(self) -> str:
        """Where a person decides next: at the register's page, among its dead, or nowhere."""
        return "register" if self.held or self.seen_fn else "dead" if self.line.doubts else ""

    def sayings(self, texts: PageTexts) -> Iterator[str]:
        """What is wrong, and what to do; the worst first, nothing when all is well."""
        if self.holder is None:
            yield texts("doctor.not_held", register=self.name)
        if self.held:
            yield texts("page.held", held=self.held)
        if self.seen_fn:
            yield texts("page.fn_seen", fn=self.seen_fn)
        still = self.line.standstill
        if self.holder is not None and still is not None and not self._is_told(still.cause):
            since = texts("page.since", at=local(still.since, self.zone))
            yield f"{_stands_still(still, self.name, texts)} ({since})"
        if self.line.doubts:
            more = ", …" if len(self.line.doubts) > DOUBTS_NAMED else ""
            some = ", ".join(self.line.doubts[:DOUBTS_NAMED]) + more
            yield texts("doctor.doubts", count=len(self.line.doubts), jobs=some)
        if self.line.quarantined:
            yield texts("doctor.quarantine", count=self.line.quarantined)
        if self.line.stopped:
            yield texts("page.count_stopped", count=self.line.stopped)

    def _is_told(self, cause: Cause) -> bool:
        return cause is Cause.HELD or (cause is Cause.REGISTER_CHANGED and bool(self.seen_fn))

    def outlook(self, texts: PageTexts) -> Sequence[tuple[str, bool]]:
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
        return Standing(
            register,
            self.door.holder(register),
            self.door.line(register),
            ledger.counts(),
            ledger.recall(),
            self.zone(register),
        )


def local(at: str, zone: ZoneInfo, form: str = f"{MOMENT} %z") -> str:
    """`23.11.2026 10:05:31 +0300` where the register stands; what is no time, as it came."""
    return screen.local(at, zone, form)


def _stands_still(still: Standstill, register: str, texts: PageTexts) -> str:
    """Why, in the visitor's language: words of a protocol are left out where it has others."""
    if still.cause is Cause.REGISTER_CHANGED:
        return texts("page.other_register")
    quoted = still.cause in {Cause.REFUSED_FOR_NOW, Cause.DOUBT}  # the register's own words, or a job
    said = said_of(still, register, texts)
    text = said if quoted else texts.native(said)
    return texts.spoken(texts(f"standstill.{still.cause.value}", text=text, register=register))


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:  # a system without a database of zones
        return ZoneInfo("UTC")
