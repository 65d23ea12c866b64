"""
What the cash register is and in what condition: everything about it that outlives the process, but for its documents.

What hands can turn of it, through `/_sim/state`, is in hands.py.
"""

from __future__ import annotations

import random
import time
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ops.simulator.errors import NO_CONNECTION
from ops.simulator.jsontext import Fields
from ops.simulator.kkt.receipt import Rules

MOSCOW = timezone(timedelta(hours=3))
SHIFT_SECONDS = 24 * 3600  # fiscal-rules 10: after that only a Z report is possible
FOREVER = 1e18  # a time that does not come: the link stays down until somebody mends it

DELAYS = {
    "read": 0.01,  # one question to the register
    "open": 0.08,  # openReceipt
    "item": 0.02,  # one element
    "close": 0.15,  # the FN signs
    "report": 0.2,  # openShift, closeShift and the other reports
    "print": 0.05,  # copies and slips
    "mark": 0.2,  # one marking code checked
    "loop": 0.1,  # the server's own pause between two looks for work (reference §5.2)
    "reopen": 1.0,  # between two tries to reach a register that is off; the real server waits 5 s
    "recover": 0.1,  # between two recoveries in v1 (6.2)
    "recover_v2": 1.0,  # in v2; the agent of the reference waits 3 s
}


@dataclass
class Counter:
    """Count and sum of one kind of document, by payment."""

    count: int = 0
    sum: Decimal = Decimal(0)
    payments: dict[str, Decimal] = field(default_factory=dict)

    def add(self, total: Decimal, payments: dict[str, Decimal]) -> None:
        """Count one document."""
        self.count += 1
        self.sum += total
        for name, paid in payments.items():
            self.payments[name] = self.payments.get(name, Decimal(0)) + paid


@dataclass
class Condition:
    """The register between two tasks. Money in roubles, times in seconds since 1970 by the register's own clock."""

    seed: int = 0
    # The FN
    fn_epoch: int = 0
    fn_serial: str = ""
    last_fd: int = 0
    last_receipt: int = 0
    last_receipt_fd: int = 0
    last_at: float = 0.0
    unsent: int = 0
    unsent_first: int = 0
    unsent_first_at: float = 0.0
    # The shift
    shift_number: int = 0
    shift_opened_at: float | None = None
    shift_receipts: int = 0
    shift_documents: int = 0
    shift_totals: dict[str, Counter] = field(default_factory=dict)
    overall_totals: dict[str, Counter] = field(default_factory=dict)
    # Money in hand
    drawer: Decimal = Decimal("0.00")
    drawer_open: bool = False
    # What hands can turn
    paper: bool = True
    cover_open: bool = False
    power: bool = True
    link_back_at: float = 0.0
    link_code: int = NO_CONNECTION
    clock_offset_seconds: float = 0.0
    active: bool = True
    # What the service set
    serial: str = ""
    registration_number: str = "0000000001012345"
    organisation: str = "ООО «ПРИМЕР»"
    inn: str = "1234567894"
    address: str = "г. Москва, ул. Примерная, д. 1"
    ffd: str = "1.2"
    driver_year: int = 2026
    taxation_types: list[str] = field(
        default_factory=lambda: ["osn", "usnIncome", "usnIncomeOutcome", "esn", "patent"]
    )
    taxation_type_required: bool = False
    disabled_rates: list[str] = field(default_factory=list)
    user_payments: list[str] = field(default_factory=list)
    cash_control: bool = False
    sign_format: str = "hex"
    v2_object_request: bool = False
    bad_marks: list[str] = field(default_factory=list)
    delays: dict[str, float] = field(default_factory=lambda: dict(DELAYS))
    pace: float = 1.0
    # What an interrupted print left behind
    pending: list[str] = field(default_factory=list)

    @classmethod
    def new(cls, seed: int) -> Condition:
        """Build a register that has printed nothing yet; serials come from the seed."""
        condition = cls(seed=seed)
        condition.serial = f"00106{condition.chance('serial').randrange(10**9):09d}"
        condition.insert_fn()
        return condition

    def chance(self, *what: object) -> random.Random:
        """Give the dice for one thing: the same throw for the same seed and thing."""
        return random.Random(":".join(map(str, (self.seed, *what))))  # noqa: S311 - serials and signs, no secrets

    def insert_fn(self) -> None:
        """Put a new FN in: another serial, documents from 1 again, no shift open."""
        self.fn_epoch += 1
        self.fn_serial = f"9999{self.chance('fn', self.fn_epoch).randrange(10**12):012d}"
        self.last_fd = self.last_receipt = self.last_receipt_fd = self.unsent = 0
        self.last_at = 0.0
        self.shift_number, self.shift_opened_at = 0, None

    @property
    def rules(self) -> Rules:
        """What a receipt may contain."""
        return Rules(
            self.taxation_types, self.taxation_type_required, self.disabled_rates, self.user_payments
        )

    @property
    def now(self) -> float:
        """The register's own clock."""
        return time.time() + self.clock_offset_seconds

    @property
    def shift_state(self) -> str:
        """Give `closed`, `opened` or `expired`."""
        if self.shift_opened_at is None:
            return "closed"
        return "expired" if self.now - self.shift_opened_at >= SHIFT_SECONDS else "opened"

    @property
    def linked(self) -> bool:
        """Whether the driver can reach the register."""
        return self.power and time.time() >= self.link_back_at

    @property
    def can_print(self) -> bool:
        """Whether paper would come out."""
        return self.power and self.paper and not self.cover_open

    def cut(self, seconds: float | None) -> None:
        """Take the link away, for that long or until it is mended."""
        self.link_back_at = FOREVER if seconds is None else time.time() + seconds


def iso(at: float) -> str:
    """Give a time as the driver writes it: to the minute, with the offset of Moscow."""
    return datetime.fromtimestamp(at, MOSCOW).replace(second=0, microsecond=0).isoformat()


def dump(condition: Condition) -> Fields:
    """Give the condition as JSON can hold it: money as text."""
    return {key: _plain(value) for key, value in asdict(condition).items()}


def load(saved: Fields) -> Condition:
    """Rebuild a condition; what an older program did not know keeps its default."""
    known = {place.name for place in fields(Condition)}
    condition = Condition(**{key: value for key, value in saved.items() if key in known})
    condition.drawer = Decimal(saved["drawer"])
    for name in ("shift_totals", "overall_totals"):
        counters = {
            kind: Counter(
                counted["count"],
                Decimal(counted["sum"]),
                {payment: Decimal(paid) for payment, paid in counted["payments"].items()},
            )
            for kind, counted in saved.get(name, {}).items()
        }
        setattr(condition, name, counters)
    condition.delays = {**DELAYS, **saved.get("delays", {})}
    return condition


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return value
