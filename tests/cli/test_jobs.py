"""jobs, dead and show against a real Redis with jobs in every state."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Run
from tests.console.stock import Stock, sale
from worker.app.settings import load_settings

pytestmark = pytest.mark.server

ESCAPE = "\x1b]0;owned\x07\x1b[2J"  # sets the window's title and empties the screen


@pytest.fixture
def stock(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stock]:
    monkeypatch.setenv("FISCALQ_REDIS_URL", redis_url)
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", "http://127.0.0.1:9")
    monkeypatch.setenv("COLUMNS", "160")
    stock = Stock(load_settings())
    stock.refuse("order-1017")
    stock.doubt("order-1018")
    stock.print("order-1019", sale(price=349.90))
    stock.accept("order-1020", sequence="order")
    stock.send("order-1021")
    yield stock
    stock.close()


def test_the_line_is_listed_with_what_nobody_has_taken_in(stock: Stock, run: Run) -> None:
    """While no worker runs, jobs lie in the inbox; a list without them would frighten."""
    done = run("jobs", "kassa-1")
    assert done.exit_code == 0
    assert "order-1020" in done.stdout
    assert "1 not taken in yet" in done.stdout
    said = json.loads(run("jobs", "kassa-1", "--json").stdout)
    assert ([job["job"] for job in said["jobs"]], said["inbox"]) == (["order-1020"], 1)


def test_dead_letters_begin_with_the_doubt_and_say_what_to_do(stock: Stock, run: Run) -> None:
    said = json.loads(run("dead", "kassa-1", "--json").stdout)
    assert [(job["job"], job["next_step"]) for job in said["jobs"]] == [
        ("order-1018", "resolve"),
        ("order-1017", "replay"),
    ]
    told = run("dead", "kassa-1", "--lang", "ru").stdout
    assert told.index("order-1018") < told.index("order-1017")
    assert "Не печатайте вручную" in " ".join(told.split())


def test_a_list_that_is_cut_says_so(stock: Stock, run: Run) -> None:
    assert "--limit 2" in run("dead", "kassa-1", "--limit", "1").stdout
    assert "--limit 2" not in run("dead", "kassa-1", "--limit", "2").stdout


def test_a_job_is_found_by_its_sum(stock: Stock, run: Run) -> None:
    said = json.loads(run("jobs", "kassa-1", "--find", "349,90", "--json").stdout)
    assert ([job["job"] for job in said["jobs"]], said["whole"]) == (["order-1019"], True)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["Нет бумаги", "Proven: it left no document", "What to do", "Remove the cause"]),
        ("ru", ["Нет бумаги", "Доказано: документа оно не оставило", "Что делать", "Устраните причину"]),
    ],
)
def test_a_story_tells_what_happened_and_what_to_do(
    stock: Stock, run: Run, lang: str, words: list[str]
) -> None:
    told = run("show", "kassa-1", "order-1017", "--lang", lang).stdout
    for word in words:
        assert word in told


def test_what_people_decided_stands_in_the_story(stock: Stock, run: Run) -> None:
    run("replay", "kassa-1", "order-1017", "--by", "Ivanova", "--why", "paper is back")
    told = run("show", "kassa-1", "order-1017").stdout
    assert "Replayed by Ivanova: paper is back" in told
    acts = json.loads(run("show", "kassa-1", "order-1017", "--json").stdout)["acts"]
    assert [(act["act"], act["by"], act["why"]) for act in acts] == [("replay", "Ivanova", "paper is back")]


def test_an_unknown_job_is_exit_1_and_says_where_to_look(stock: Stock, run: Run) -> None:
    done = run("show", "kassa-1", "order-9999")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "--find" in done.stderr


def test_what_a_stranger_wrote_cannot_steer_the_terminal(stock: Stock, run: Run) -> None:
    """A name, a reason or a register's text may hold escapes; they are shown, not obeyed."""
    run("replay", "kassa-1", "order-1017", "--by", f"Mallory{ESCAPE}", "--why", ESCAPE)
    told = run("show", "kassa-1", "order-1017").stdout
    assert "Mallory" in told
    assert "\x1b" not in told
    assert "\x07" not in told
