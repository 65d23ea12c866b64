"""The page speaks its visitor's language, names no command where it has a button, and takes two presses for one."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from ops.console.language import PageTexts
from tests.console.conftest import Browser
from tests.console.stock import FN, Stock, sale
from worker.app.standstill import Cause
from worker.domain.events import Doubled
from worker.domain.verdicts import Fiscal

pytestmark = pytest.mark.server

JOB = "/r/kassa-1/job?id="
LIT = re.compile(r'<(?:button|a) class="lit"[^>]*>(.*?)</(?:button|a)>')
SHOWN = re.compile(
    r"<(script|style|head|textarea|q)\b.*?</\1>|<[^>]*>", re.DOTALL
)  # a register's word is quoted
NAMES = re.compile(
    r"kassa-\d|order-[\w.-]+|fiscalq|operator|shop\b|CRM|Redis|Flower|JSON|buyer@example.org|items|payments"
)
FOREIGN = "[Errno 111] Connection refused (HTTP 500)"


def latin(page: str) -> list[str]:
    """Words of a page in Latin letters that are no names."""
    return re.findall(r"[A-Za-z]{2,}", NAMES.sub("", SHOWN.sub(" ", page)))


def acts(stock: Stock, name: str) -> int:
    return len([act for act in stock.ledger.acts(50) if act["act"] == name])


@pytest.fixture
def doubled(stock: Stock) -> Stock:
    """With order-1030, which the register printed once more by itself."""
    stock.document = stock.print("order-1030", sale("Чай", 10.50)) + 1
    at = "2026-11-23T10:21:00+03:00"
    repeat = Fiscal(document_number=stock.document, sign="4000000000", datetime=at, fn_number=FN)
    stock.write("order-1030", Doubled(at=stock.now, document=stock.document, fiscal=repeat))
    stock.ledger.remember(ffd="1.2")
    return stock


@pytest.mark.parametrize("cause", list(Cause))
def test_a_standstill_is_told_in_russian(browse: Callable[..., Browser], stock: Stock, cause: Cause) -> None:
    """What a protocol says in English helps no cashier; what the register itself says is Russian."""
    words = {Cause.DOUBT: "order-1018", Cause.REFUSED_FOR_NOW: "44 Нет бумаги"}
    stock.stand_still(cause, words.get(cause, FOREIGN))
    assert latin(browse("operator", "ru").get("/")) == []


def test_a_russian_page_is_russian(browse: Callable[..., Browser], doubled: Stock) -> None:
    browser = browse("operator", "ru")
    jobs = ("16", "17", "18", "19", "20", "30")
    for path in ("/r/kassa-1", "/r/kassa-1/dead", "/find?q=10", *(f"{JOB}order-10{job}" for job in jobs)):
        assert latin(browser.get(path)) == [], path
    word = {"verdict": "printed", "document": "101", "why": "да", "sure": "1"}
    answer = browser.post("/r/kassa-1/resolve", job="order-1018", **word)
    assert (answer.status_code, latin(answer.text)) == (409, [])


def test_the_status_word_that_caused_a_doubt_is_shown_in_either_language(
    browse: Callable[..., Browser], stock: Stock
) -> None:
    """Whoever calls the service is asked for it."""
    assert "<q>gone fishing</q>" in browse("operator", "ru").get(JOB + "order-1018")
    assert browse("operator").get(JOB + "order-1018").count("gone fishing") == 1


def test_each_line_of_a_refusal_is_a_line_of_the_page(browse: Callable[..., Browser], stock: Stock) -> None:
    operator = browse("operator", "ru")
    operator.get(JOB + "order-1017")
    answer = operator.post("/r/kassa-1/contact", job="order-1017", contact="nobody", why="ошибка")
    assert "Изменённое задание не годится:<br>- clientInfo" in answer.text


def test_an_english_page_keeps_what_a_protocol_says_and_names_no_command(
    browse: Callable[..., Browser], stock: Stock
) -> None:
    stock.stand_still(Cause.REGISTER_UNREACHABLE, FOREIGN)
    assert "в соединении отказано" in browse("operator", "ru").get("/")
    assert "connection refused" in browse("operator").get("/")
    stock.stand_still(Cause.REGISTER_DECLINES, "500 Internal Server Error")
    browser = browse("operator")
    assert "500 Internal Server Error" in browser.get("/")
    for job in ("order-1017", "order-1018", "order-1017-return"):
        assert "fiscalq re" not in SHOWN.sub(" ", browser.get(JOB + job))


def test_a_history_of_another_version_is_told_in_russian(
    browse: Callable[..., Browser], stock: Stock
) -> None:
    """Redis answers then; what to do is to start the version that wrote it."""
    stock.client.xadd("fiscalq:{kassa-1}:history:order-1020", {"event": '{"name":"of_tomorrow"}'})
    page = browse("operator", "ru").get(JOB + "order-1020", status=503)
    assert "запустите ту версию" in page
    assert latin(page) == []


def test_a_refusal_ends_before_the_command_that_the_page_has_a_button_for() -> None:
    said = "order.1 уже закончено: отозвать нельзя. Как оно сейчас: fiscalq show kassa-1 order.1"
    assert PageTexts("ru").spoken(said) == "order.1 уже закончено: отозвать нельзя."
    kept = "воркер не работает; запустите: fiscalq worker kassa-1"
    assert PageTexts("ru").spoken(kept) == kept


def test_a_persons_own_words_are_left_as_they_are(browse: Callable[..., Browser], stock: Stock) -> None:
    browser = browse("operator", "ru")
    browser.get(JOB + "order-1017")
    browser.post("/r/kassa-1/replay", job="order-1017", why="roll changed (fiscalq replay said so)")
    assert "roll changed (fiscalq replay said so)" in browser.get(JOB + "order-1017")


def test_two_presses_at_once_are_one_act(operator: Browser, doubled: Stock) -> None:
    """The second press of a double click is on its way before the first is answered."""
    operator.get("/r/kassa-1")
    forms = {
        "hold": {"why": "a new roll"},
        "forgo": {"job": "order-1017", "why": "x"},
        "put-right": {"job": "order-1030", "why": "two papers"},
        "release": {"held": "operator: a new roll"},
    }
    names = {"put-right": "correct"}
    with ThreadPoolExecutor(4) as hands:
        for verb, fields in forms.items():
            pressed = [hands.submit(operator.post, f"/r/kassa-1/{verb}", **fields) for _ in range(4)]
            assert {press.result().status_code for press in pressed} == {303}, verb
            assert acts(doubled, names.get(verb, verb)) == 1, verb


def test_a_hold_of_somebody_else_is_neither_replaced_nor_lifted_by_a_stale_page(
    browse: Callable[..., Browser], operator: Browser, stock: Stock
) -> None:
    operator.get("/r/kassa-1")
    operator.post("/r/kassa-1/hold", why="a new roll")
    petrov = browse("petrov")
    petrov.get("/r/kassa-1")
    assert petrov.post("/r/kassa-1/hold", why="the service is here").status_code == 409
    assert petrov.post("/r/kassa-1/release", held="operator: another").status_code == 409
    assert stock.ledger.recall()["held"] == "operator: a new roll"


def test_the_first_page_lights_the_one_next_step(operator: Browser, stock: Stock) -> None:
    assert LIT.findall(operator.get("/")) == ["Look at the dead"]
    operator.post("/r/kassa-1/hold", why="a new roll")
    assert LIT.findall(operator.get("/")) == ["Open the register"]
    assert LIT.findall(operator.get("/r/kassa-1")) == ["Let the line go on"]
