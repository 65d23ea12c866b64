"""A dead job that its sequence went on without: told as such, and replayed by its own id alone. Against a real Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Run
from tests.console.stock import Stock
from worker.app.settings import load_settings

pytestmark = pytest.mark.server

WORD = ("--by", "Ivanova", "--why", "the buyer has left")


@pytest.fixture
def stock(redis_url: str, idle_register: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stock]:
    """A dead sale with its return behind it, and another dead sale."""
    monkeypatch.setenv("FISCALQ_REDIS_URL", redis_url)
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", idle_register)
    stock = Stock(load_settings())
    stock.refuse("sale", sequence="order-7")
    stock.accept("return", sequence="order-7")
    stock.refuse("other")
    yield stock
    stock.close()


def replayed(run: Run, *words: str) -> list[str]:
    said: list[str] = json.loads(run("replay", "kassa-1", *words, *WORD, "--json").stdout)["replayed"]
    return said


def next_step(run: Run, job: str) -> str:
    said: str = json.loads(run("show", "kassa-1", job, "--json").stdout)["next_step"]
    return said


def test_what_a_sequence_went_on_without_is_not_replayed_among_all(stock: Stock, run: Run) -> None:
    """Its follower may have printed: a sale behind its return is nobody's wish, unless a person names it."""
    assert run("release", "kassa-1", "--without", "sale", *WORD).exit_code == 0
    assert replayed(run, "--all", "--dry-run") == ["other"]
    assert replayed(run, "--reason", "submissions_spent", "--dry-run") == ["other"]
    assert next_step(run, "sale") == "forgone"
    assert replayed(run, "sale") == ["sale"]
    assert next_step(run, "sale") == "wait"


def test_a_replayed_one_counts_again_when_it_dies_again(stock: Stock, run: Run) -> None:
    run("release", "kassa-1", "--without", "sale", *WORD)
    replayed(run, "sale")
    stock.die("sale")
    assert replayed(run, "--all", "--dry-run") == ["other", "sale"]
    assert next_step(run, "sale") == "replay"


def test_both_stories_say_who_let_the_sequence_go_on(stock: Stock, run: Run) -> None:
    run("release", "kassa-1", "--without", "sale", *WORD)
    assert "let go on without it: the buyer has left" in run("show", "kassa-1", "sale").stdout
    assert "let go on without it (sale): the buyer has left" in run("show", "kassa-1", "return").stdout
    assert "the buyer has left" not in run("show", "kassa-1", "other").stdout
    listed = json.loads(run("jobs", "kassa-1", "--group", "dead", "--json").stdout)["jobs"]
    assert {one["job"]: one["next_step"] for one in listed} == {"sale": "forgone", "other": "replay"}


def test_what_is_about_to_be_replayed_is_named_before_anybody_agrees(stock: Stock, run: Run) -> None:
    asked = run("replay", "kassa-1", "--all", *WORD, given="n\n").stdout
    assert "sale  " in asked
    assert "other  " in asked
    assert "0.70  submissions_spent" in asked
    assert len(stock.ledger.dead()) == 2


def test_what_is_stopped_is_named_where_somebody_looks_for_it(stock: Stock, run: Run) -> None:
    """An empty line is no news while something stands behind a dead job; and waiting for it is in vain."""
    assert run("jobs", "kassa-1").stdout.count("fiscalq jobs kassa-1 --group stopped") == 1
    stock.accept("new")
    assert run("jobs", "kassa-1").stdout.count("fiscalq jobs kassa-1 --group stopped") == 1
    waited = run("status", "kassa-1", "return", "--wait", "0")
    assert (waited.exit_code, "behind sale" in waited.stdout) == (1, True)
    assert "does not go on by itself" in waited.stderr


def test_whoever_accepts_an_fn_hears_what_nobody_can_look_for_any_more(stock: Stock, run: Run) -> None:
    """Told not printed on a person's word, replayed, and not sent yet: on another FN it may print a second time."""
    stock.doubt("order-1")
    run("resolve", "kassa-1", "order-1", "--not-printed", *WORD)
    replayed(run, "order-1")
    stock.ledger.remember(fn="9999078900001234", seen_fn="9999078900009999")
    said = run("release", "kassa-1", "--accept-fn", "9999078900009999", *WORD)
    assert (said.exit_code, "not sent again yet: order-1." in said.stdout) == (0, True)


def test_not_printed_with_a_document_is_refused(stock: Stock, run: Run) -> None:
    """One of the two is wrong, and a slip of the pen must not print a receipt again."""
    stock.doubt("order-1")
    done = run("resolve", "kassa-1", "order-1", "--not-printed", "--document", "7", *WORD)
    assert (done.exit_code, "one of the two is wrong" in done.stderr) == (1, True)
    assert stock.ledger.doubts() == ["order-1"]


def test_a_persons_word_is_not_called_proven(stock: Stock, run: Run) -> None:
    stock.doubt("order-1")
    run("resolve", "kassa-1", "order-1", "--not-printed", *WORD)
    shown = run("show", "kassa-1", "order-1").stdout
    assert "not printed, on a person's word" in shown
    assert "proven" not in shown
