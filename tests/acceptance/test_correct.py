"""A wrong receipt is put right on paper: `fiscalq correct` on a running shop, in each format."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ops.chaos.shop import OPEN_SHIFT, REGISTER, ROOT, Shop, sale
from tests.acceptance.conftest import MakeShop

pytestmark = [pytest.mark.server, pytest.mark.slow]

JOB = "order-1042-sell"


def correct(
    shop: Shop, right: Path, *options: str, terminal: int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator does; standard input is no terminal unless one is given."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FISCALQ_")},
        "FISCALQ_REDIS_URL": shop.redis_url,
        "FISCALQ_REGISTERS__KASSA_1__URL": f"http://127.0.0.1:{shop.port}",
        "FISCALQ_LANG": "en",
    }
    command = [sys.executable, "-m", "ops.cli.main", "correct", REGISTER, JOB, "--task", str(right), *options]
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdin=terminal, capture_output=True, text=True, check=False
    )


def answered(shop: Shop, right: Path, word: str) -> subprocess.CompletedProcess[str]:
    """The same at a terminal, where somebody answers the question with this word."""
    keyboard, terminal = os.openpty()
    try:
        os.write(keyboard, f"{word}\n".encode())
        return correct(shop, right, "--enqueue", "--by", "Ivanova", terminal=terminal)
    finally:
        os.close(keyboard)
        os.close(terminal)


def answers(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("ffd", "back", "again"),
    [
        ("1.05", "sellReturn", "sell"),
        ("1.1", "sellReturnCorrection", "sellCorrection"),
        ("1.2", "sellReturnCorrection", "sellCorrection"),
    ],
)
def test_a_wrong_receipt_is_put_right_by_the_pair_of_the_format(
    make_shop: MakeShop, tmp_path: Path, ffd: str, back: str, again: str
) -> None:
    """Fiscal rule 8: shown first, enqueued by a name, printed in this order, once however often it is asked for."""
    shop = make_shop()
    shop.install()
    shop.start_simulator()
    shop.tell_register("/_sim/state", {"ffd": ffd})
    shop.start_worker()
    shop.enqueue("shift", OPEN_SHIFT)
    shop.enqueue(JOB, sale("10.00"))
    wrong = shop.end_of(JOB)["fiscal"]
    right = tmp_path / "right.json"
    right.write_text(json.dumps(sale("7.00")), "utf-8")

    shown = answers(correct(shop, right, "--json"))
    assert [part["job"] for part in shown] == [f"{JOB}.reversal", f"{JOB}.corrected"]
    assert [part["task"]["type"] for part in shown] == [back, again]
    assert len(shop.documents()) == 2, "nothing is sent before somebody says so"

    by = ("--json", "--enqueue", "--by", "Ivanova", "--yes")
    assert [part["duplicate"] for part in answers(correct(shop, right, *by))] == [False, False]
    assert shop.end_of(f"{JOB}.corrected")["verdict"] == "printed", shop.status(f"{JOB}.reversal")
    assert [part["duplicate"] for part in answers(correct(shop, right, *by))] == [True, True]
    printed = shop.documents()[2:]
    assert [(document["type"], Decimal(document["total"])) for document in printed] == [
        (back, Decimal("10.00")),
        (again, Decimal("7.00")),
    ]
    assert {document["marker"] for document in printed} == {wrong["sign"]}


def test_what_cannot_be_put_right_is_refused_and_says_why(shop: Shop, tmp_path: Path) -> None:
    """Nothing is enqueued then."""
    right = tmp_path / "right.json"
    right.write_text(json.dumps(sale("7.00")), "utf-8")
    unknown = correct(shop, right)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "knows no job" in unknown.stderr
    shop.enqueue("shift", OPEN_SHIFT)
    shop.enqueue(JOB, sale("10.00"))
    shop.end_of(JOB)
    assert "--by" in correct(shop, right, "--enqueue", "--yes").stderr
    assert "--yes" in correct(shop, right, "--enqueue", "--by", "Ivanova").stderr
    right.write_text(json.dumps({**sale("7.00"), "payments": [{"type": "cash", "sum": 6}]}), "utf-8")
    refused = correct(shop, right)
    assert refused.returncode == 1
    assert "payments[0].sum" in refused.stderr
    right.write_text(json.dumps(sale("10.00")), "utf-8")
    assert "nothing to put right" in correct(shop, right).stderr
    assert len(shop.documents()) == 2


def test_both_tasks_are_shown_in_full_to_a_person(shop: Shop, tmp_path: Path) -> None:
    """Each with its id, its type and its text as it would be sent."""
    shop.enqueue("shift", OPEN_SHIFT)
    shop.enqueue(JOB, sale("10.00"))
    shop.end_of(JOB)
    right = tmp_path / "right.json"
    right.write_text(json.dumps(sale("7.00")), "utf-8")
    shown = correct(shop, right)
    assert shown.returncode == 0, shown.stderr
    tasks = [json.loads(line) for line in shown.stdout.splitlines() if line.startswith("{")]
    assert [task["payments"][0]["sum"] for task in tasks] == [10, 7]
    assert f"{JOB}.reversal" in shown.stdout
    assert f"{JOB}.corrected" in shown.stdout


def test_at_a_terminal_a_person_is_asked_and_a_no_sends_nothing(shop: Shop, tmp_path: Path) -> None:
    """Both tasks stand above the question."""
    shop.enqueue("shift", OPEN_SHIFT)
    shop.enqueue(JOB, sale("10.00"))
    shop.end_of(JOB)
    right = tmp_path / "right.json"
    right.write_text(json.dumps(sale("7.00")), "utf-8")
    refused = answered(shop, right, "n")
    assert refused.returncode == 1
    assert "nothing was sent" in refused.stderr
    assert shop.status(f"{JOB}.reversal") == {}
    assert answered(shop, right, "y").returncode == 0
    assert shop.end_of(f"{JOB}.corrected")["verdict"] == "printed"
