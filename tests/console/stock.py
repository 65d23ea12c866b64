"""A register's ledger with jobs in every state: written by the ledger's own steps, through the real intake."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from worker.app.intake import read_entry
from worker.app.settings import Settings
from worker.app.standstill import Cause, Standstill
from worker.app.wiring import connect_door, defaults_of, enqueue, make_ledger, prepare_server
from worker.domain.answers import Fault, Outcome
from worker.domain.events import Disproved, Event, Evidence, Found, GaveUp, Printed, Shown, SubmitStarted
from worker.domain.ports import Admission, Lease
from worker.domain.verdicts import Fiscal, Reason, ReasonCode, Verdict

FN = "9999078900001234"
NO_PAPER = Reason(code=ReasonCode.SUBMISSIONS_SPENT, register_code=44, text="Нет бумаги")
STRANGE = Reason(code=ReasonCode.STATUS_UNKNOWN, text="gone fishing")
TICKET = '{"id":"@JOB@","tag":"@TAG@"}'


def sale(name: str = "Пакет", price: float = 0.70, **more: Any) -> dict[str, Any]:
    """A sale of one piece."""
    return {
        "type": "sell",
        "items": [{"name": name, "price": price, "quantity": 1}],
        "payments": "cash",
        **more,
    }


class Stock:
    """One register; it plays CRM and worker."""

    def __init__(self, settings: Settings, register: str = "kassa-1") -> None:
        self.settings = settings
        self.register = register
        self.document = 100
        self.minutes = 0
        prepare_server(settings, register)()
        self.ledger = make_ledger(settings, register, TICKET)
        self.client = connect_door(settings)
        self.work()

    def work(self) -> None:
        """Hold the register: a lease runs out while a test looks at a page."""
        assert isinstance(self.ledger.acquire("shop:1", "nonce"), Lease)

    def close(self) -> None:
        self.ledger.release()
        self.client.close()

    @property
    def now(self) -> str:
        """A minute later each time."""
        self.minutes += 1
        return f"2026-11-23T{7 + self.minutes // 60:02}:{self.minutes % 60:02}:00.000Z"

    def send(self, job: str, task: Mapping[str, Any] | None = None, sequence: str = "") -> None:
        """Enqueue, and leave it in the inbox."""
        options = json.dumps({"producer": "shop", "sequence": sequence} if sequence else {"producer": "shop"})
        enqueue(self.client, self.register, job, json.dumps(task or sale()).encode(), options)

    def accept(self, job: str, task: Mapping[str, Any] | None = None, sequence: str = "") -> None:
        """Enqueue, and take in."""
        self.work()
        self.send(job, task, sequence)
        entry = self.ledger.peek(1)
        assert entry is not None
        defaults = defaults_of(self.settings.register_named(self.register))
        assert self.ledger.admit(read_entry(entry, self.register, defaults, self.now)) is Admission.TAKEN

    def write(self, job: str, *events: Event) -> None:
        """Append to its history."""
        self.work()
        loaded = self.ledger.load(job)
        assert loaded is not None
        for event in events:
            loaded = self.ledger.append(loaded, event)

    def begin(self, job: str) -> None:
        """The register has it."""
        evidence = Evidence(fn_number=FN, document=self.document)
        started = SubmitStarted(at=self.now, submission=1, evidence=evidence, door="v2 http://127.0.0.1:9")
        self.write(job, started, Shown(at=self.now))

    def print(
        self, job: str, task: Mapping[str, Any] | None = None, sequence: str = "", **fiscal: Any
    ) -> int:
        """Accept and print it. Returns the number of its document."""
        self.accept(job, task, sequence)
        self.begin(job)
        self.document += 1
        loaded = self.ledger.load(job)
        assert loaded is not None
        facts: dict[str, Any] = {
            "document_number": self.document,
            "sign": f"{3_000_000_000 + self.document}",
            "datetime": "2026-11-23T10:20:00+03:00",
            "receipt_number": self.document - 99,
            "shift_number": 12,
            "fn_number": FN,
            "registration_number": "0000000001002292",
            "total": loaded.total,
            "qr": f"t=20261123T1020&s={loaded.total}&fn={FN}&i={self.document}&fp=3000000{self.document}&n=1",
        }
        self.write(job, Printed(at=self.now, fiscal=Fiscal(**{**facts, **fiscal})))
        return self.document

    def refuse(self, job: str, task: Mapping[str, Any] | None = None, sequence: str = "") -> None:
        """Accept it, and let it die proven: the roll is empty."""
        self.accept(job, task, sequence)
        self.die(job)

    def die(self, job: str) -> None:
        """One that is open dies proven: the roll is empty."""
        self.begin(job)
        found = Found(at=self.now, outcome=Outcome.ERROR, code=44, text="Нет бумаги", fault=Fault.PERSON)
        given_up = GaveUp(at=self.now, verdict=Verdict.NOT_PRINTED, reason=NO_PAPER)
        self.write(job, found, Disproved(at=self.now, document=self.document), given_up)

    def doubt(self, job: str, task: Mapping[str, Any] | None = None, sequence: str = "") -> None:
        """Accept it, and let it die in doubt."""
        self.accept(job, task, sequence)
        self.begin(job)
        self.write(job, GaveUp(at=self.now, verdict=Verdict.IN_DOUBT, reason=STRANGE))

    def stand_still(self, cause: Cause, text: str = "") -> None:
        """What the worker notes of its line."""
        self.work()
        standstill = Standstill(cause=cause, text=text, since=self.now)
        self.ledger.remember(standstill=standstill.model_dump_json())

    def go_on(self) -> None:
        """The line goes on."""
        self.work()
        self.ledger.remember(standstill=None)
