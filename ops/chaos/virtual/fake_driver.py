"""The FN, the shift and the drawer of the register in memory: what one task does to them, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import takewhile
from typing import Any

from ops.chaos.virtual.fake_clock import BEGIN
from worker.domain.proof import SIGN_OF_CALCULATION

ZONE = timezone(timedelta(hours=3))
SHIFT_SECONDS = 86_400.0
REPORTS = {"openShift", "closeShift", "reportOfdExchangeStatus"}
Json = dict[str, Any]
Task = Mapping[str, Any]


@dataclass(frozen=True)
class Slip:
    """One fiscal document on the FN. `uuid` is empty for somebody else's."""

    number: int
    uuid: str
    type: str
    total: Decimal | None
    marker: str | None
    at: str = ""


@dataclass
class FakeDriver:
    """
    A register that was put into service this morning, its shift open.

    With `ages` a shift is over after its 24 hours, and a receipt without one is refused; else time changes nothing.
    """

    fn_number: str = "9999078900001234"
    serial: str = "00106900000001"
    inn: str = "7701234567  "
    shift: int = 1
    shift_state: str = "opened"
    drawer: Decimal = Decimal(0)
    slips: list[Slip] = field(default_factory=list)
    ages: bool = False
    opened_at: float = 0.0

    def turn_shift(self, state: str) -> None:
        """Somebody or the time has brought the shift there; one that was closed is not opened again, the next one is."""
        if self.shift_state == "closed" and state != "closed":
            self.shift += 1
        self.shift_state = state

    def refusal(self, task: Task, at: float) -> int:  # noqa: PLR0911 - one row per task
        """The error code that a real register would give at that moment of the clock, 0 when it would not."""
        if self.ages and self.shift_state == "opened" and at - self.opened_at >= SHIFT_SECONDS:
            self.shift_state = "expired"
        match task["type"]:
            case kind if self.ages and sign_of(kind) and self.shift_state == "closed":
                return 73
            case "openShift" if self.shift_state != "closed":
                return 83
            case "closeShift" if self.shift_state == "closed":
                return 73
            case "cashOut" if Decimal(task["cashSum"]) > self.drawer:
                return 80
            case "getFnDocument" if not 0 < task["fiscalDocumentNumber"] <= len(self.slips):
                return 123
            case kind if sign_of(kind) and self.shift_state == "expired":
                return 68
            case kind if sign_of(kind) and sum(paid["sum"] for paid in task["payments"]) < _total(task):
                return 66
            case _:
                return 0

    def carry_out(self, uuid: str, task: Task, at: float) -> Json | None:  # noqa: C901, PLR0911 - one row per task
        """Do it at a moment of the clock, and give the result object as the vendor's driver does."""
        match task["type"]:
            case "getFnStatus":
                return {"fnStatus": {"fiscalDocumentNumber": len(self.slips), "warnings": {}}}
            case "getFnInfo":
                return {"fnInfo": {"serial": self.fn_number, "livePhase": "fiscalMode", "warnings": {}}}
            case "getDeviceInfo":
                return {"deviceInfo": {"serial": self.serial}}
            case "getRegistrationInfo":
                return {"organization": {"vatin": self.inn}}
            case "getShiftStatus" | "getDeviceStatus":
                return self._status(at)[task["type"]]
            case "getShiftTotals":
                return {"shiftTotals": {"shiftNumber": self.shift, "receipts": self._totals()}}
            case "getFnDocument":
                return {"documentTLV": self._tags(self.slips[task["fiscalDocumentNumber"] - 1])}
            case "cashIn" | "cashOut":
                self.drawer += Decimal(task["cashSum"]) * (1 if task["type"] == "cashIn" else -1)
                return {"counters": {"cashSum": self.drawer}}
            case "getCashDrawerStatus":
                return {"counters": {"cashSum": self.drawer}}
            case kind if is_fiscal(kind):
                return self._register(uuid, task, at)
            case _:
                return None

    def _status(self, at: float) -> dict[str, Json]:
        ends = {"expiredTime": _local(self.opened_at + SHIFT_SECONDS).isoformat()} if self.ages else {}
        shift = {"state": self.shift_state, "number": self.shift, **ends}
        device = {"currentDateTime": _local(at).isoformat(), "shift": self.shift_state}
        return {"getShiftStatus": {"shiftStatus": shift}, "getDeviceStatus": {"deviceStatus": device}}

    def _of_the_shift(self) -> list[Slip]:
        """The slips behind the last opening."""
        return [*takewhile(lambda slip: slip.type != "openShift", reversed(self.slips))]

    def _totals(self) -> Json:
        """By kind; this register tells neither ways of payment nor moves of cash."""
        sums = {
            kind: [slip.total or 0 for slip in self._of_the_shift() if slip.type == kind]
            for kind in SIGN_OF_CALCULATION
        }
        return {kind: {"count": len(each), "sum": Decimal(sum(each))} for kind, each in sums.items()}

    def _register(self, uuid: str, task: Task, at: float) -> Json:
        if task["type"] == "openShift":
            self.shift, self.shift_state, self.opened_at = self.shift + 1, "opened", at
        elif task["type"] == "closeShift":
            self.shift_state = "closed"
        total = _total(task) if sign_of(task["type"]) else None
        slip = self.write(Slip(0, uuid, task["type"], total, _marker(task)), at)
        return {"fiscalParams": self._params(slip), "warnings": None}

    def write(self, slip: Slip, at: float) -> Slip:
        """Close a document: with its number and time it is on the FN for good."""
        time = _local(at).replace(second=0, microsecond=0)
        self.slips.append(replace(slip, number=len(self.slips) + 1, at=time.isoformat()))
        return self.slips[-1]

    def _params(self, slip: Slip) -> Json:
        params: Json = {
            "fiscalDocumentNumber": slip.number,
            "fiscalDocumentSign": str(2_000_000_000 + slip.number),
            "fiscalDocumentDateTime": slip.at,
            "shiftNumber": self.shift,
            "fnNumber": self.fn_number,
            "registrationNumber": "0000000001012345",
        }
        return (
            params
            if slip.total is None
            else {**params, "fiscalReceiptNumber": slip.number, "total": slip.total}
        )

    def _tags(self, slip: Slip) -> Json:
        """The document as the driver's own script writes it."""
        params = self._params(slip)
        tags: Json = {
            "short": False,
            "fiscalDocumentType": {"reportOfdExchangeStatus": "ofdExchangeStatus"}.get(slip.type, slip.type),
            "1012": slip.at,
            "1037": params["registrationNumber"],
            "1038": self.shift,
            "1040": slip.number,
            "1041": self.fn_number,
            "1077": f"3104{int(params['fiscalDocumentSign']):08X}",
        }
        if sign_of(slip.type):
            tags |= {"1020": slip.total, "1042": slip.number, "1054": sign_of(slip.type)}
            tags["fiscalDocumentType"] = (
                "receiptCorrection" if slip.type.endswith("Correction") else "receipt"
            )
        if slip.type == "closeShift" and slip.number == len(self.slips):
            of_the_shift = self._of_the_shift()
            tags |= {"1118": sum(sign_of(each.type) is not None for each in of_the_shift)}
            tags |= {"1111": len(of_the_shift) + 1} if len(of_the_shift) < len(self.slips) else {}
        return tags | ({"1192": slip.marker} if slip.marker else {})


def _local(at: float) -> datetime:
    """The register's own clock."""
    return (BEGIN + timedelta(seconds=at)).astimezone(ZONE)


def is_fiscal(kind: str) -> bool:
    """Whether such a task leaves a document on the FN."""
    return kind in REPORTS or sign_of(kind) is not None


def sign_of(kind: str) -> int | None:
    """Tag 1054; None for what is neither a receipt nor a correction."""
    return SIGN_OF_CALCULATION.get(kind.removesuffix("Correction"))


def _total(task: Task) -> Decimal:
    if "total" in task:
        return Decimal(task["total"])
    sums = [item["amount"] for item in task.get("items", ()) if item.get("type", "position") == "position"]
    return sum(map(Decimal, sums or [paid["sum"] for paid in task["payments"]]), Decimal(0))


def _marker(task: Task) -> str | None:
    named = [
        item for item in task.get("items", ()) if item.get("type") in {"additionalAttribute", "userAttribute"}
    ]
    return str(named[0]["value"]) if named else None
