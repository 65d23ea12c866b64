"""What the shell completes, asked as a shell asks: by variables of the environment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from ops.cli.main import app
from tests.console.stock import Stock
from worker.app.settings import load_settings


def completed(line: str) -> list[str]:
    """What is offered where the line ends."""
    words = line.split(" ")
    asked = {
        "_FISCALQ_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    return CliRunner().invoke(app, [], prog_name="fiscalq", env=asked).stdout.split()


@pytest.fixture
def stock(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stock]:
    monkeypatch.setenv("FISCALQ_REDIS_URL", redis_url)
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", "http://127.0.0.1:9")
    stock = Stock(load_settings())
    stock.print("order-1016")
    stock.refuse("order-1017")
    stock.doubt("order-1018")
    yield stock
    stock.close()


@pytest.mark.server
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("fiscalq show ", ["kassa-1"]),
        ("fiscalq show kassa-1 order", ["order-1016", "order-1017", "order-1018"]),
        ("fiscalq copy kassa-1 order", ["order-1016"]),
        ("fiscalq resolve kassa-1 order", ["order-1018"]),
        ("fiscalq replay kassa-1 order-1017 order-1018", ["order-1018"]),
        ("fiscalq release kassa-1 --without order-1017", ["order-1017"]),
        ("fiscalq replay kassa-1 --reason wait", ["wait_exceeded"]),
        ("fiscalq show kassa-9 ", []),
    ],
)
def test_registers_jobs_and_reasons_are_offered(stock: Stock, line: str, offered: list[str]) -> None:
    assert sorted(completed(line)) == offered


def test_a_redis_that_is_away_is_no_reason_to_complain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISCALQ_REDIS_URL", "redis://127.0.0.1:9")
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", "http://127.0.0.1:9")
    assert completed("fiscalq show kassa-1 order") == []
