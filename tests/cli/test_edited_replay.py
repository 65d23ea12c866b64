"""`fiscalq replay --edit` and `--contact` in the terminal, against a real Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.console.stock import Stock, sale
from worker.app import operating
from worker.app.clock import RealClock
from worker.app.editing import replay_edited, to_contact
from worker.app.operating import Word
from worker.app.settings import load_settings
from worker.app.wiring import defaults_of, make_ledger
from worker.domain.answers import Outcome
from worker.domain.events import Found, Printed, SubmitStarted
from worker.domain.verdicts import Fiscal

pytestmark = pytest.mark.server

WORD = ("--by", "Ivanova", "--why", "the e-mail was wrong")
OLD, NEW = "old@example.com", "new@example.com"


@pytest.fixture
def stock(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stock]:
    """One dead receipt, proven not printed, whose buyer has a wrong address."""
    monkeypatch.setenv("FISCALQ_REDIS_URL", redis_url)
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", "http://127.0.0.1:9")
    stock = Stock(load_settings())
    stock.refuse("order-1017", sale(clientInfo={"emailOrPhone": OLD}))
    yield stock
    stock.close()


def task_of(stock: Stock) -> Any:
    return json.loads(stock.ledger.task("order-1017"))


def test_a_receipt_is_replayed_to_another_contact_and_the_values_are_told_to_the_person_alone(
    stock: Stock, run: Run
) -> None:
    planned = run("replay", "kassa-1", "order-1017", "--contact", NEW, "--dry-run", *WORD)
    assert f'clientInfo.emailOrPhone: "{OLD}" → "{NEW}"' in planned.stdout
    assert task_of(stock)["clientInfo"]["emailOrPhone"] == OLD
    done = json.loads(run("replay", "kassa-1", "order-1017", "--contact", NEW, "--json", *WORD).stdout)
    assert done == {
        "register": "kassa-1",
        "dry_run": False,
        "replayed": ["order-1017"],
        "refused": {},
        "edited": ["clientInfo.emailOrPhone"],
    }
    assert task_of(stock)["clientInfo"]["emailOrPhone"] == NEW
    shown = run("show", "kassa-1", "order-1017")
    assert (
        "Replayed by Ivanova with an edited task (clientInfo.emailOrPhone): the e-mail was wrong"
        in shown.stdout
    )
    assert (
        "с правкой задания (clientInfo.emailOrPhone)"
        in run("show", "kassa-1", "order-1017", "--lang", "ru").stdout
    )
    assert OLD not in shown.stdout
    assert NEW not in shown.stdout + run("show", "kassa-1", "order-1017", "--json").stdout
    again = run("replay", "kassa-1", "order-1017", "--contact", NEW, *WORD)
    assert (again.exit_code, "under way already" in again.stdout) == (1, True)


def test_the_shown_task_is_edited_and_given_back(stock: Stock, run: Run, tmp_path: Path) -> None:
    """By a file and by standard input, exact to the last digit."""
    task = json.loads(run("show", "kassa-1", "order-1017", "--task").stdout)
    assert task == sale(clientInfo={"emailOrPhone": OLD})
    task["postItems"] = [{"type": "text", "text": "Спасибо"}]
    text = json.dumps(task, ensure_ascii=False, indent=2)
    (tmp_path / "task.json").write_text(text, encoding="utf-8")
    planned = run("replay", "kassa-1", "order-1017", "--edit", tmp_path / "task.json", "--dry-run", *WORD)
    assert (planned.exit_code, "postItems: – → " in planned.stdout) == (0, True)
    assert run("replay", "kassa-1", "order-1017", "--edit", "-", *WORD, given=text).exit_code == 0
    assert stock.ledger.task("order-1017").decode() == text


@pytest.mark.parametrize(("lang", "said"), [("en", "Enqueue it under a new id"), ("ru", "под новым номером")])
def test_another_receipt_is_refused_by_each_path(stock: Stock, run: Run, lang: str, said: str) -> None:
    edited = {**task_of(stock), "items": [{"name": "Пакет", "price": 0.80, "quantity": 1}]}
    done = run(
        "replay", "kassa-1", "order-1017", "--edit", "-", *WORD, "--lang", lang, given=json.dumps(edited)
    )
    assert (done.exit_code, done.stdout) == (1, "")
    assert "items[0].price: 0.7 → 0.8" in done.stderr
    assert said in done.stderr
    assert stock.ledger.acts(9) == []


@pytest.mark.parametrize(("lang", "said"), [("en", "nobody gets it"), ("ru", "Исправьте адрес")])
def test_a_contact_that_is_none_is_refused_in_either_language(
    stock: Stock, run: Run, lang: str, said: str
) -> None:
    done = run("replay", "kassa-1", "order-1017", "--contact", "nobody", *WORD, "--lang", lang)
    assert (done.exit_code, "clientInfo.emailOrPhone" in done.stderr, said in done.stderr) == (1, True, True)


@pytest.mark.parametrize(
    "words",
    [
        ["--contact", NEW],
        ["a", "b", "--contact", NEW],
        ["a", "--contact", NEW, "--all"],
        ["a", "--contact", NEW, "--reason", "unsent"],
        ["a", "--contact", NEW, "--edit", "-"],
    ],
    ids=" ".join,
)
def test_an_edit_is_of_one_job_and_of_one_kind(run: Run, stock: Stock, words: list[str]) -> None:
    assert run("replay", "kassa-1", *words, *WORD, given="{}").exit_code == 2


def test_a_task_with_signs_that_steer_a_terminal_is_shown_by_their_numbers(stock: Stock, run: Run) -> None:
    """It is the same JSON, and what a stranger wrote into it moves no cursor and turns no line round."""
    name = "Сыр\u202e\u009b2J"
    stock.client.hset("fiscalq:{kassa-1}:task:order-1017", "task", json.dumps(sale(name), ensure_ascii=False))
    shown = run("show", "kassa-1", "order-1017", "--task").stdout
    assert json.loads(shown) == sale(name)
    assert not {"\u202e", "\u009b"} & set(shown)


def test_fault_19_of_plain_and_edited_replays_at_once_exactly_one_moves(stock: Stock) -> None:
    """Over connections of their own; the task is the winner's, and the acts hold one."""
    settings, word = load_settings(), Word("Ivanova", "at once")
    defaults = defaults_of(settings.register_named("kassa-1"))

    def decide(job: str, address: str) -> str | None:
        ledger = make_ledger(settings, "kassa-1")
        if address == OLD:
            return OLD if operating.replay(ledger, RealClock(), [job], word, dry_run=False).moved else None
        done = replay_edited(ledger, RealClock(), job, to_contact(address, defaults), word, dry_run=False)
        return address if done.lack is None else None

    for number in range(5):
        job = f"order-{number}"
        stock.refuse(job, sale(clientInfo={"emailOrPhone": OLD}))
        with ThreadPoolExecutor(6) as people:
            clicks = people.map(decide, [job] * 6, [OLD, "a@b.ru", OLD, "c@d.ru", OLD, "e@f.ru"])
            (winner,) = {
                address for address in clicks if address is not None
            }  # one word twice in a millisecond is one
        assert json.loads(stock.ledger.task(job))["clientInfo"]["emailOrPhone"] == winner
        assert stock.ledger.open_jobs(9)[-1] == job
    assert len(stock.ledger.acts(99)) == 5


def test_an_edit_that_was_never_sent_is_said_to_be_so(stock: Stock, run: Run) -> None:
    """The receipt proved to be printed before: it went to the address that the CRM had given."""
    run("replay", "kassa-1", "order-1017", "--contact", NEW, *WORD)
    assert NEW in run("show", "kassa-1", "order-1017", "--task").stdout
    stock.write("order-1017", Printed(at=stock.now, fiscal=Fiscal(document_number=101, sign="1")))
    assert OLD in run("show", "kassa-1", "order-1017", "--task").stdout
    assert "what was edited is not on it" in run("show", "kassa-1", "order-1017").stdout
    assert json.loads(run("show", "kassa-1", "order-1017", "--json").stdout)["edit_unsent"] is True


def test_an_edit_of_what_the_register_knew_was_not_sent_either(stock: Stock, run: Run) -> None:
    """The look back before each submission writes that it is known, and sends nothing."""
    run("replay", "kassa-1", "order-1017", "--contact", NEW, *WORD)
    known = SubmitStarted(at=stock.now, submission=1, evidence=None, door="v2 a")
    ready = Found(at=stock.now, outcome=Outcome.READY)
    stock.write(
        "order-1017", known, ready, Printed(at=stock.now, fiscal=Fiscal(document_number=101, sign="1"))
    )
    assert OLD in run("show", "kassa-1", "order-1017", "--task").stdout


def test_an_edit_that_was_sent_is_what_printed(stock: Stock, run: Run) -> None:
    run("replay", "kassa-1", "order-1017", "--contact", NEW, *WORD)
    stock.begin("order-1017")
    stock.write("order-1017", Printed(at=stock.now, fiscal=Fiscal(document_number=101, sign="1")))
    assert NEW in run("show", "kassa-1", "order-1017", "--task").stdout
    assert "what was edited is not on it" not in run("show", "kassa-1", "order-1017").stdout
