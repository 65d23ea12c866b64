"""Reconciliation on real parts: a day of a shop, its closing, and the two sides of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ops.chaos.shop import KEY, OPEN_SHIFT, REGISTER, Shop, sale, until
from ops.cli.main import app
from tests.acceptance.conftest import MakeShop

pytestmark = [pytest.mark.server, pytest.mark.slow]

FISCALQ = Callable[..., Result]
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
FOREIGN = {
    "type": "sell",
    "taxationType": "osn",
    "items": [
        {"type": "position", "name": "Мимо", "price": 7, "quantity": 1, "amount": 7, "tax": {"type": "vat22"}}
    ],
    "payments": [{"type": "cash", "sum": 7}],
}


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    """A shop whose register is quick."""
    running = make_shop()
    running.install()
    running.start_simulator()
    running.tell_register("/_sim/state", {"pace": 0})
    running.start_worker()
    return running


@pytest.fixture
def fiscalq(shop: Shop) -> FISCALQ:
    """The command, with the shop's settings."""
    environment = {
        "LC_ALL": "C.UTF-8",
        "FISCALQ_REDIS_URL": shop.redis_url,
        "FISCALQ_REGISTERS__KASSA_1__URL": f"http://127.0.0.1:{shop.port}",
        "FISCALQ_REGISTERS__KASSA_1__TAXATION_TYPE": "osn",
        "FISCALQ_REGISTERS__KASSA_1__DEFAULT_TAX": "vat22",
    }
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words], env=environment)


def close(shop: Shop, shift: int) -> None:
    """Close the shift, and wait until it was compared."""
    shop.enqueue(f"close-{shift}", CLOSE_SHIFT)
    assert shop.end_of(f"close-{shift}")["verdict"] == "printed"

    def is_compared() -> bool:
        return bool(json.loads(shop.client.hget(f"{KEY}:line", "reconciled") or "{}").get("shift") == shift)

    until(is_compared, 10, "the reconciliation")


def behind_its_back(shop: Shop, uuid: str, task: dict[str, Any]) -> None:
    """Somebody prints at the register itself."""
    before = len(shop.documents())
    shop.tell_register("/requests", {"uuid": uuid, "request": [task]})
    until(lambda: len(shop.documents()) > before, 10, "the document printed at the register")


def test_a_day_of_zeros_a_day_with_a_stranger_and_an_export_beside_both(
    shop: Shop, fiscalq: FISCALQ, tmp_path: Path
) -> None:
    """Sales, returns, change, a card, cash in and out, a correction: to the kopeck; then somebody prints past fiscalq."""
    shop.enqueue("open-1", OPEN_SHIFT)
    shop.enqueue("float", {"type": "cashIn", "cashSum": 1000})
    for number in range(3):
        shop.enqueue(f"order-{number}", sale(f"{number + 1}.10"))
    shop.enqueue("mixed", MIXED)
    shop.enqueue("back", {**sale("2.10"), "type": "sellReturn"})
    shop.enqueue("correction", CORRECTION)
    shop.enqueue("collection", {"type": "cashOut", "cashSum": 700})
    close(shop, 1)
    said = fiscalq("reconcile", REGISTER, "--json")
    told = json.loads(said.stdout)
    assert (said.exit_code, told["zero"], told["strangers"], told["unplaced"]) == (0, True, [], [])
    figures = {(row["kind"], row["what"]): (row["ledger"], row["register"]) for row in told["rows"]}
    assert figures["sell", "sum"] == ("706.30", "706.30")
    assert figures["sell", "cash"] == ("206.30", "206.30")
    assert figures["sell", "electronically"] == ("500.00", "500.00")
    assert figures["sellReturn", "count"] == ("1", "1")
    assert figures["cashIn", "sum"] == ("1000.00", "1000.00")
    assert figures["cashOut", "sum"] == ("700.00", "700.00")
    assert figures["sellCorrection", "sum"] == ("90.00", None)
    assert figures["receipts", "count"] == ("6", "6")
    assert told["notes"] == ["corrections_apart"]
    log = shop.log_of()
    assert log.count('"event": "reconciled"') == 1
    assert "reconciliation." not in log
    foreign = _with_a_stranger(shop, fiscalq)
    _beside_an_export(shop, fiscalq, tmp_path, foreign)


def _with_a_stranger(shop: Shop, fiscalq: FISCALQ) -> int:
    """The second shift; gives the number of the document that somebody else printed."""
    shop.enqueue("open-2", OPEN_SHIFT)
    shop.enqueue("order-9", sale("5.00"))
    shop.end_of("order-9")
    behind_its_back(shop, "by hand", FOREIGN)
    close(shop, 2)
    foreign = next(slip["fd"] for slip in shop.documents() if slip["total"] == "7.00")
    assert shop.log_of().count('"event": "reconciliation.differs"') == 1
    said = fiscalq("reconcile", REGISTER, "--json")
    told = json.loads(said.stdout)
    assert (said.exit_code, told["shift"]) == (1, 2)
    assert told["strangers"] == [{"document": foreign, "kind": "sell", "total": "7.00", "ofd": None}]
    differences = {(row["kind"], row["what"]): row["difference"] for row in told["rows"]}
    assert differences["sell", "sum"] == differences["sell", "cash"] == "7.00"
    assert f"FD {foreign}: sale, 7.00" in fiscalq("reconcile", REGISTER).stdout
    assert fiscalq("reconcile", REGISTER, "--shift", 1).exit_code == 0
    doctor = fiscalq("doctor").stdout
    assert "shift 2 differs between fiscalq and the register" in doctor
    assert "fiscalq explain reconciliation_differs" in doctor
    return int(foreign)


def _beside_an_export(shop: Shop, fiscalq: FISCALQ, folder: Path, foreign: int) -> None:
    """Of two shifts: whole, in cp1251; then with one document less and one more, in UTF-8."""
    receipts = [slip for slip in shop.documents() if slip["type"].startswith("sell") and slip["fd"] < foreign]
    rows = [f"{slip['fd']};{slip['total'].replace('.', ',')}" for slip in receipts]
    export = folder / "export.csv"
    export.write_bytes("\n".join(["Номер ФД;Сумма", *rows]).encode("cp1251"))
    assert fiscalq("reconcile", REGISTER, "--shift", 1, "--ofd", export).exit_code == 0
    rows[0] = f"{receipts[0]['fd'] - 1};99,00"  # the number of the opening report
    export.write_bytes("\n".join(["Номер ФД;Сумма", *rows, f"{foreign};7,00"]).encode("utf-8-sig"))
    told = json.loads(fiscalq("reconcile", REGISTER, "--shift", 1, "--ofd", export, "--json").stdout)
    assert (told["zero"], told["ofd_missing"]) == (False, [receipts[0]["fd"]])
    told = json.loads(fiscalq("reconcile", REGISTER, "--shift", 2, "--ofd", export, "--json").stdout)
    assert (told["ofd_extra"], [one["document"] for one in told["strangers"]]) == ([], [foreign])
    export.write_bytes(f"ФН;Номер ФД;Сумма\n9999078900009999;{foreign};7,00".encode())
    said = fiscalq("reconcile", REGISTER, "--shift", 2, "--ofd", export)
    assert (said.exit_code, "9999078900009999" in said.stderr, said.stdout) == (1, True, "")
