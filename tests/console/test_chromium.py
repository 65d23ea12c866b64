"""The page in a real Chromium: the way of a cashier at night, on a phone, by keyboard alone, in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from ops.launcher.environment import chromium as program
from tests.console.conftest import PASSWORD, Browser
from tests.console.stock import Stock, sale
from worker.domain.job import State

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

playwright = pytest.importorskip(
    "playwright.sync_api",
    reason="playwright is not installed (tests/console/requirements.lock): the page is not looked at",
)
PROGRAM = program()
pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine: the page is not looked at"),
]

JOB = "/r/kassa-1/job?id="
ATTACK = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Chromium, browse: Callable[..., Browser], stock: Stock) -> Iterator[Open]:
    """Open a page as somebody who is signed in; whatever a script of ours complains of fails the test."""
    home, contexts, complaints = browse().home, [], []

    def open_page(path: str = "/", user: str = "operator", language: str = "en", width: int = 1100) -> Page:
        context = chromium.new_context(
            base_url=home, locale=language, viewport={"width": width, "height": 800}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda told: complaints.append(told.text) if "Content Security" in told.text else None
        )
        page.goto(path)
        page.fill("#name", user)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_selector("#q")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def state(stock: Stock, job: str) -> State:
    loaded = stock.ledger.load(job)
    assert loaded is not None
    return loaded.state


@pytest.mark.parametrize(
    ("language", "button", "done"),
    [("en", "Replay", "end of the line"), ("ru", "Повторить", "в конце очереди")],
)
def test_order_1017_is_found_and_replayed(
    open_page: Open, stock: Stock, language: str, button: str, done: str
) -> None:
    page = open_page(language=language)
    page.fill("#q", "512,00")
    page.press("#q", "Enter")
    page.click("text=order-1017 >> nth=0") if page.locator("a.row").count() == 1 else page.click(
        'a[href$="id=order-1017"]'
    )
    page.fill("#why", "бумагу заправили")
    page.click(f"button:text-is('{button}')")
    page.wait_for_selector(".good")
    assert done in page.inner_text(".good")
    assert state(stock, "order-1017") is State.QUEUED


def test_a_receipt_is_replayed_to_another_contact_on_a_phone(open_page: Open, stock: Stock) -> None:
    """The form is found by its words, fits the screen, and the story tells what changed."""
    stock.refuse("order-1031", sale(clientInfo={"emailOrPhone": "old@example.com"}))
    page = open_page(JOB + "order-1031", language="ru", width=360)
    page.click("summary:has-text('Другой контакт')")
    page.fill("input[name=contact]", "new@example.com")
    form = page.locator("form[action='/r/kassa-1/contact']")
    form.locator("[name=why]").fill("опечатка в адресе")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    form.locator("button").click()
    page.wait_for_selector(".good")
    assert "clientInfo.emailOrPhone" in page.inner_text("main")
    assert "new@example.com" in stock.ledger.task("order-1031").decode()


def test_all_is_done_by_keyboard_alone(open_page: Open, stock: Stock) -> None:
    page = open_page()
    page.wait_for_selector("#link.here")  # the key is heard by a script, which comes after the page
    page.keyboard.press("/")
    page.keyboard.type("order-1017")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/find"))
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.href || ''").endswith("id=order-1017"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#why")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "why":
            break
    page.keyboard.type("paper is back")
    page.keyboard.press("Enter")
    page.wait_for_selector(".good")
    assert state(stock, "order-1017") is State.QUEUED


@pytest.mark.parametrize("language", ["ru", "en"])
def test_nothing_is_wider_than_a_phone(open_page: Open, stock: Stock, language: str) -> None:
    stock.refuse("o" * 64, sale("Щ" * 100))
    page = open_page(language=language, width=360)
    for path in (
        "/",
        "/r/kassa-1",
        "/r/kassa-1/dead",
        JOB + "o" * 64,
        JOB + "order-1016",
        JOB + "order-1018",
        "/find?q=order",
    ):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_a_wrong_receipt_is_put_right_and_a_line_held_with_a_mouse_alone(
    open_page: Open, stock: Stock
) -> None:
    """What is folded away opens, both papers are shown before anything is sent, and the one lit button is the next step."""
    stock.ledger.remember(ffd="1.05")
    page = open_page(JOB + "order-1016", language="ru", width=375)
    page.click("summary:has-text('Исправить чек')")
    page.fill("#task", json.dumps(sale("Кружка", 300.00)))
    page.click("form[action$='/correct'] button")
    page.wait_for_selector("form[action$='/put-right']")
    assert page.locator(".paper").count() == 2
    page.fill("#why", "не та цена")
    page.dblclick("button.lit")
    page.wait_for_selector("h1:has-text('order-1016.reversal')")
    assert stock.client.llen("fiscalq:{kassa-1}:inbox") == 2
    page.goto("/r/kassa-1")
    page.click("summary:has-text('Остановить очередь')")
    page.fill("#why", "меняем ленту")
    page.press("#why", "Enter")
    page.wait_for_selector(".good")
    assert page.locator(".lit").all_inner_texts() == ["Пустить очередь дальше"]


def test_what_happens_is_seen_without_asking(open_page: Open, stock: Stock) -> None:
    page = open_page("/r/kassa-1")
    page.wait_for_selector("#link.here")
    stock.accept("order-1099")
    page.wait_for_selector("text=order-1099", timeout=15_000)


def test_many_are_replayed_with_a_dry_run_and_seen_to_their_end(open_page: Open, stock: Stock) -> None:
    for number in range(30):
        stock.refuse(f"bulk-{number:02}")
    page = open_page("/r/kassa-1/dead")
    page.check("[data-choose-all]")
    page.fill("#why", "paper is back")
    page.click("button[value=chosen]")
    page.wait_for_selector("text=31 would be replayed")
    assert stock.ledger.acts(1) == []
    page.click("button.lit")
    page.wait_for_selector("text=31 replayed, 0 refused", timeout=15_000)
    assert state(stock, "bulk-29") is State.QUEUED


def test_a_stale_page_is_refused_and_shows_how_it_stands(open_page: Open, stock: Stock) -> None:
    """Two operators at once: the slower one reads that somebody was quicker, and nothing prints twice."""
    slow, quick = open_page(JOB + "order-1017"), open_page(JOB + "order-1017", user="petrov")
    slow.fill("#why", "mine")  # somebody is writing here, so the page does not change under their hands
    quick.fill("#why", "paper is back")
    quick.press("#why", "Enter")
    quick.wait_for_selector(".good")
    slow.press("#why", "Enter")
    slow.wait_for_selector(".alert")
    assert "under way already" in slow.inner_text(".alert")
    assert len(stock.ledger.acts(9)) == 1


def test_a_products_name_runs_nothing(open_page: Open, stock: Stock) -> None:
    stock.print("order-2000", sale(ATTACK))
    stock.refuse("order-2001", sale(ATTACK), sequence=ATTACK[:60])
    page = open_page(JOB + "order-2001")
    page.fill("#why", ATTACK)
    page.press("#why", "Enter")
    page.wait_for_selector(".good")
    for path in (JOB + "order-2000", JOB + "order-2001"):
        page.goto(path)
        assert "onerror" in page.inner_text(".paper")
        assert page.title() not in {"1", "2"}
        assert page.locator("main img, main script").count() == 0
