"""Reconciliation on real parts: a day of a shop, its closing, and the two sides of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ops.chaos.shop import KEY, OPEN_SHIFT, REGISTER, ROOT, Shop, sale, until
from tests.acceptance.conftest import MakeShop

pytestmark = [pytest.mark.server, pytest.mark.slow]

CLOSE_SHIFT = {"type": "closeShift"}
MIXED = {
    "type": "sell",
    "items": [{"name": "Сыр", "price": 700, "quantity": 1}],
    "payments": [{"type": "electronically", "sum": 500}, {"type": "cash", "sum": 1000}],
}
CORRECTION = {
    "type": "sellCorrection",
    "correctionType": "self",
    "correctionBaseDate": "2031.02.28",
    "items": [{"name": "Чай", "price": 90, "quantity": 1}],
    "payments": [{"type": "electronically", "sum": 90}],
}


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    """A shop whose shift is open; its register is quick."""
    running = make_shop()
    running.install()
    running.start_simulator()
    running.tell_register("/_sim/state", {"pace": 0})
    running.start_worker()
    running.enqueue("open", OPEN_SHIFT)
    running.end_of("open")
    return running


def fiscalq(shop: Shop, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """The command as an operator runs it."""
    environment = {
        **os.environ,
        "LC_ALL": "C.UTF-8",
        "FISCALQ_REDIS_URL": shop.redis_url,
        "FISCALQ_REGISTERS__KASSA_1__URL": f"http://127.0.0.1:{shop.port}",
        "FISCALQ_REGISTERS__KASSA_1__TAXATION_TYPE": "osn",
        "FISCALQ_REGISTERS__KASSA_1__DEFAULT_TAX": "vat22",
    }
    command = [sys.executable, "-m", "ops.cli.main", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def reconciled(shop: Shop, *words: str | Path) -> tuple[int, dict[str, Any]]:
    """Exit code and answer of `fiscalq reconcile --json`."""
    done = fiscalq(shop, "reconcile", REGISTER, "--json", *words)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def close(shop: Shop, job: str = "close") -> None:
    """Close the shift, and wait until it was compared."""
    shop.enqueue(job, CLOSE_SHIFT)
    assert shop.end_of(job)["verdict"] == "printed"
    until(lambda: shop.client.hget(f"{KEY}:line", "reconciled"), 10, "the reconciliation")


def behind_its_back(shop: Shop, uuid: str, task: dict[str, Any]) -> None:
    """Somebody prints at the register itself."""
    before = len(shop.documents())
    shop.tell_register("/requests", {"uuid": uuid, "request": [task]})
    until(lambda: len(shop.documents()) > before, 10, "the document printed at the register")


def test_a_whole_day_is_a_line_of_zeros(shop: Shop) -> None:
    """Sales, returns, change, a card, cash in and out, a correction: both sides agree to the kopeck, and say so once."""
    shop.enqueue("float", {"type": "cashIn", "cashSum": 1000})
    for number in range(3):
        shop.enqueue(f"order-{number}", sale(f"{number + 1}.10"))
    shop.enqueue("mixed", MIXED)
    shop.enqueue("back", {**sale("2.10"), "type": "sellReturn"})
    shop.enqueue("correction", CORRECTION)
    shop.enqueue("collection", {"type": "cashOut", "cashSum": 700})
    close(shop)
    code, said = reconciled(shop)
    figures = {(row["kind"], row["what"]): (row["ledger"], row["register"]) for row in said["rows"]}
    assert (code, said["zero"], said["strangers"], said["unplaced"]) == (0, True, [], [])
    assert figures["sell", "sum"] == ("706.30", "706.30")
    assert figures["sell", "cash"] == ("206.30", "206.30")
    assert figures["sell", "electronically"] == ("500.00", "500.00")
    assert figures["sellReturn", "count"] == ("1", "1")
    assert figures["cashIn", "sum"] == ("1000.00", "1000.00")
    assert figures["cashOut", "sum"] == ("700.00", "700.00")
    assert figures["sellCorrection", "sum"] == ("90.00", None)
    assert figures["receipts", "count"] == ("6", "6")
    assert said["notes"] == ["corrections_apart"]
    log = shop.log_of()
    assert log.count('"event": "reconciled"') == 1
    assert "reconciliation." not in log
    assert "shift 1 is reconciled" in fiscalq(shop, "doctor").stdout


def test_a_document_printed_behind_our_back_is_named(shop: Shop) -> None:
    """It stands in the FN and not in the ledger: an alarm with both sides, its number, kind and sum."""
    shop.enqueue("order-1", sale("5.00"))
    shop.end_of("order-1")
    tax = {"type": "vat22"}
    foreign = {
        "type": "sell",
        "taxationType": "osn",
        "items": [{"type": "position", "name": "Мимо", "price": 7, "quantity": 1, "amount": 7, "tax": tax}],
        "payments": [{"type": "cash", "sum": 7}],
    }
    behind_its_back(shop, "by hand", foreign)
    close(shop)
    code, said = reconciled(shop)
    assert (code, said["zero"]) == (1, False)
    assert said["strangers"] == [{"document": 3, "kind": "sell", "total": "7.00"}]
    differing = {
        (row["kind"], row["what"]): row["difference"] for row in said["rows"] if row["difference"] != "0.00"
    }
    assert differing["sell", "sum"] == "7.00"
    assert '"event": "reconciliation.differs"' in shop.log_of()
    told = fiscalq(shop, "reconcile", REGISTER)
    assert "FD 3: sale, 7.00" in told.stdout
    doctor = fiscalq(shop, "doctor").stdout
    assert "shift 1 differs between ledger and register" in doctor
    assert "fiscalq explain reconciliation_differs" in doctor
