"""What the pages show, and what they decide, over a real Redis."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from threading import Barrier, Thread
from time import monotonic

import pytest

from ops.redis.server import RunningRedis
from tests.console.conftest import Browser
from tests.console.stock import Stock, sale
from worker.app.standstill import Cause
from worker.domain.job import State
from worker.domain.ports import Candidate
from worker.domain.verdicts import Verdict

pytestmark = pytest.mark.server

JOB = "/r/kassa-1/job?id="
ATTACK = '"><script src=//evil></script><img src=x onerror=alert(1)>{{7*7}}\u202etxt.exe'


def state(stock: Stock, job: str) -> State:
    loaded = stock.ledger.load(job)
    assert loaded is not None
    return loaded.state


def test_the_first_page_names_what_is_wrong_and_what_to_do(operator: Browser, stock: Stock) -> None:
    stock.stand_still(Cause.REFUSED_FOR_NOW, "Нет бумаги")
    page = operator.get("/")
    assert "The register says: Нет бумаги." in page
    assert "1 in doubt (order-1018)" in page


def test_without_a_worker_the_page_says_how_to_start_one(operator: Browser, stock: Stock) -> None:
    stock.ledger.release()
    assert "fiscalq worker kassa-1" in operator.get("/")


def test_an_open_jobs_page_says_why_its_line_stands_still(operator: Browser, stock: Stock) -> None:
    """That it goes on by itself would be no answer to whoever waits for the paper."""
    assert "it goes on by itself" in operator.get(JOB + "order-1020")
    stock.stand_still(Cause.REFUSED_FOR_NOW, "Нет бумаги")
    page = operator.get(JOB + "order-1020")
    assert "The register says: Нет бумаги." in page
    assert "Nothing to do" not in page


def test_a_registers_page_leads_with_the_doubt(operator: Browser) -> None:
    page = operator.get("/r/kassa-1")
    places = [page.index(f"id={job}") for job in ("order-1018", "order-1017", "order-1020", "order-1016")]
    assert places == sorted(places)


def test_a_printed_job_shows_its_story_and_its_paper(operator: Browser) -> None:
    page = operator.get(JOB + "order-1016")
    for words in ("Printed: document 101", "КАССОВЫЙ ЧЕК / ПРИХОД", "1. Кружка", "=349.90", "ФД 101", "<svg"):
        assert words in page, words
    assert 'class="lit"' not in page  # nothing is to be done


def test_each_time_names_its_zone_or_stands_below_a_heading_that_does(
    operator: Browser, stock: Stock
) -> None:
    """The shop's clock may be another one than that of whoever looks."""
    stock.stand_still(Cause.REFUSED_FOR_NOW, "Нет бумаги")
    stock.ledger.remember(shift=json.dumps({"state": "closed", "number": 12, "seen": "2026-11-23T10:00:00Z"}))
    for path in ("/", "/r/kassa-1", "/r/kassa-1/dead"):
        times = re.findall(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(.{6})", operator.get(path))
        assert times
        assert set(times) == {" +0300"}, path
    story = operator.get(JOB + "order-1016").partition("What happened")[2]
    assert "times are UTC+0300" in story


def test_a_viewer_sees_no_buyers_address_and_no_button(browse: Callable[..., Browser], stock: Stock) -> None:
    assert "buyer@example.org" in browse("operator").get(JOB + "order-1016")
    viewer = browse("viewer")
    assert "buyer@example.org" not in viewer.get(JOB + "order-1016")
    assert "/replay" not in viewer.get(JOB + "order-1017")
    assert "/resolve" not in viewer.get(JOB + "order-1018")
    assert "/plan" not in viewer.get("/r/kassa-1/dead")


@pytest.mark.parametrize(
    ("job", "lit"),
    [
        ("order-1016", []),  # printed
        ("order-1017", ["Replay"]),
        ("order-1018", ["Settle the doubt"]),
        ("order-1019", []),  # to be mended in the CRM
        ("order-1020", []),  # goes on by itself
        ("order-1017-return", ["Open the dead job before it: order-1017"]),
    ],
)
def test_the_next_step_is_the_only_button_that_is_lit(operator: Browser, job: str, lit: list[str]) -> None:
    page = operator.get(JOB + job)
    found = re.findall(r'<(?:button|a) class="lit"[^>]*>(.*?)</(?:button|a)>', page)
    assert [re.sub("<.*?>", "", text) for text in found] == lit


@pytest.mark.parametrize("words", ["1016", "ORDER-1016", "349,90", "349.9", "101", "3000000101"])
def test_a_job_is_found_by_order_sum_and_document(operator: Browser, words: str) -> None:
    assert "order-1016" in operator.get(f"/find?q={words}")


def test_a_job_that_nobody_has_taken_in_is_found_and_shown(operator: Browser, stock: Stock) -> None:
    stock.send("order-1021")
    assert "order-1021" in operator.get("/find?q=order-1021")
    assert "it goes on by itself" in operator.get(JOB + "order-1021")


def test_a_proven_job_is_replayed_once_however_often_the_button_is_pressed(
    operator: Browser, stock: Stock
) -> None:
    operator.get(JOB + "order-1017")
    done = operator.post("/r/kassa-1/replay", job="order-1017", why="paper is back")
    assert (done.status_code, done.headers["location"]) == (303, f"{JOB}order-1017&done=replayed")
    assert state(stock, "order-1017") is State.QUEUED
    again = operator.post("/r/kassa-1/replay", job="order-1017", why="paper is back")
    assert again.status_code == 409
    assert "under way already" in again.text
    assert len([act for act in stock.ledger.acts(10) if act["act"] == "replay"]) == 1
    page = operator.get(JOB + "order-1017")
    assert "Replayed by operator: paper is back" in page


@pytest.mark.parametrize("job", ["order-1018", "order-1016", "order-1019", "order-1020", "nobody"])
def test_p8_no_raw_request_replays_what_is_not_proven(operator: Browser, stock: Stock, job: str) -> None:
    """The page lights no such button; whoever sends the form all the same is refused by the verb itself."""
    before = stock.ledger.load(job)
    operator.get("/r/kassa-1/dead")
    done = operator.post("/r/kassa-1/replay", job=job, why="I want it")
    assert done.status_code in {404, 409}
    operator.get("/r/kassa-1/dead")
    operator.post("/r/kassa-1/plan", job=[job], which="chosen", why="I want it")
    run = re.search(r'name="run" value="([^"]+)"', operator.page)
    assert run is None
    assert stock.ledger.load(job) == before
    assert stock.ledger.acts(10) == []


def test_a_reason_is_asked_for(operator: Browser, stock: Stock) -> None:
    operator.get(JOB + "order-1017")
    done = operator.post("/r/kassa-1/replay", job="order-1017", why="  ")
    assert (done.status_code, "Say why" in done.text) == (400, True)
    assert state(stock, "order-1017") is State.DEAD


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Say what you found"),
        ({"verdict": "in_doubt"}, "Say what you found"),
        ({"verdict": "printed", "why": "seen", "sure": "1"}, "number of the fiscal document"),
        (
            {"verdict": "printed", "document": "x", "why": "seen", "sure": "1"},
            "number of the fiscal document",
        ),
        ({"verdict": "not_printed", "sure": "1"}, "Say why"),
        ({"verdict": "not_printed", "why": "seen"}, "Look first"),
    ],
)
def test_a_doubt_is_not_settled_by_a_form_that_lacks_anything(
    operator: Browser, stock: Stock, fields: dict[str, str], said: str
) -> None:
    operator.get(JOB + "order-1018")
    done = operator.post("/r/kassa-1/resolve", job="order-1018", **fields)
    assert (done.status_code, said in done.text) == (400, True)
    assert state(stock, "order-1018") is State.DEAD


def test_a_doubt_is_settled_on_a_persons_word_and_then_may_be_replayed(
    operator: Browser, stock: Stock
) -> None:
    operator.get(JOB + "order-1018")
    word = {"verdict": "not_printed", "why": "not on the roll", "sure": "1"}
    for _ in range(2):  # pressed twice
        done = operator.post("/r/kassa-1/resolve", job="order-1018", **word)
        assert (done.status_code, done.headers["location"]) == (303, f"{JOB}order-1018&done=resolved")
    job = stock.ledger.load("order-1018")
    assert job is not None
    assert job.verdict is Verdict.NOT_PRINTED
    assert ">Replay</button>" in operator.get(JOB + "order-1018")


def test_one_document_proves_one_job(operator: Browser, stock: Stock) -> None:
    stock.print("order-1040")
    operator.get(JOB + "order-1018")
    word = {"verdict": "printed", "document": str(stock.document), "why": "seen", "sure": "1"}
    done = operator.post("/r/kassa-1/resolve", job="order-1018", **word)
    assert (done.status_code, "order-1040" in done.text) == (409, True)
    assert state(stock, "order-1018") is State.DEAD


def test_two_operators_decide_otherwise_at_once_and_one_is_told(
    browse: Callable[..., Browser], stock: Stock
) -> None:
    """A doubt is settled once; the other one reads how it stands now."""
    both = [browse("operator"), browse("petrov")]
    start, statuses = Barrier(2), []

    def settle(browser: Browser, word: dict[str, str]) -> None:
        browser.get(JOB + "order-1018")
        start.wait(10)
        fields = {"why": "seen", "sure": "1", **word}
        statuses.append(browser.post("/r/kassa-1/resolve", job="order-1018", **fields).status_code)

    words = [{"verdict": "printed", "document": "4711"}, {"verdict": "not_printed"}]
    threads = [Thread(target=settle, args=pair) for pair in zip(both, words, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(statuses) == [303, 409]
    assert len([act for act in stock.ledger.acts(10) if act["act"] == "resolve"]) == 1


def finished(browser: Browser, address: str) -> str:
    """The run's page at its end."""
    deadline = monotonic() + 30
    while "Done:" not in browser.get(address):
        assert monotonic() < deadline, browser.page
    return browser.page


def test_many_are_replayed_after_a_dry_run_that_writes_nothing(operator: Browser, stock: Stock) -> None:
    for number in range(45):
        stock.refuse(f"bulk-{number:02}")
    operator.get("/r/kassa-1/dead")
    plan = operator.post("/r/kassa-1/plan", which="all", why="paper is back").text
    assert "46 would be replayed" in plan
    assert "2 would be refused" in plan  # the doubt and the wrong task
    assert plan.index("order-1018") < plan.index("order-1019")
    assert stock.ledger.acts(1) == []
    run = re.search(r'name="run" value="([^"]+)"', plan)
    assert run is not None
    addresses = {
        operator.post("/r/kassa-1/begin", run=run[1]).headers["location"] for _ in range(2)
    }  # pressed twice
    assert len(addresses) == 1
    assert "46 replayed, 0 refused" in finished(operator, addresses.pop())
    assert len(stock.ledger.acts(100)) == 46


def test_a_plan_is_its_makers_alone(browse: Callable[..., Browser], operator: Browser, stock: Stock) -> None:
    operator.get("/r/kassa-1/dead")
    plan = operator.post("/r/kassa-1/plan", which="all", why="paper is back").text
    run = re.search(r'name="run" value="([^"]+)"', plan)
    assert run is not None
    petrov = browse("petrov")
    petrov.get("/r/kassa-1/dead")
    assert petrov.post("/r/kassa-1/begin", run=run[1]).status_code == 404
    assert state(stock, "order-1017") is State.DEAD


def test_those_of_one_reason_are_planned(operator: Browser, stock: Stock) -> None:
    operator.get("/r/kassa-1/dead")
    plan = operator.post("/r/kassa-1/plan", which="reason", reason="task_refused", why="x").text
    assert "Nothing here can be replayed" in plan
    operator.get("/r/kassa-1/dead")
    plan = operator.post("/r/kassa-1/plan", which="reason", reason="submissions_spent", why="x").text
    assert "1 would be replayed" in plan


def test_nothing_chosen_is_nothing_done(operator: Browser) -> None:
    operator.get("/r/kassa-1/dead")
    done = operator.post("/r/kassa-1/plan", which="chosen", why="x")
    assert (done.status_code, "Choose at least one" in done.text) == (400, True)


def test_an_admin_reads_what_was_put_aside_and_nobody_else(
    browse: Callable[..., Browser], stock: Stock
) -> None:
    stock.client.lpush("fiscalq:{kassa-1}:inbox", b'\xff<script>"\x00')
    entry = stock.ledger.peek(1)
    assert entry is not None
    stock.ledger.admit(Candidate(entry, why="no JSON"))
    page = browse("admin").get("/r/kassa-1/aside")
    assert "\\xff&lt;script&gt;&#34;\\x00" in page
    browse("operator").get("/r/kassa-1/aside", status=403)
    browse("operator").get("/r/kassa-1/acts", status=403)


def test_no_name_of_a_product_a_reason_or_a_search_becomes_markup(
    browse: Callable[..., Browser], stock: Stock
) -> None:
    """Whatever a buyer, a CRM or an operator writes is shown as text, everywhere."""
    stock.print("order-2000", sale(ATTACK[:100]), sequence='"><b>x\u202e')
    stock.refuse("order-2001", sale(ATTACK[:100]))
    operator = browse("operator")
    operator.get(JOB + "order-2001")
    operator.post("/r/kassa-1/replay", job="order-2001", why=ATTACK)
    pages = [
        operator.get(JOB + "order-2000"),
        operator.get(JOB + "order-2001"),
        operator.get("/r/kassa-1"),
        operator.get("/find"),
        operator.ask("/find", q=ATTACK).text,
        operator.ask("/r/kassa-1/job", id=ATTACK).text,
        browse("admin").get("/r/kassa-1/acts"),
    ]
    for page in pages:
        assert "<script src=//evil" not in page
        assert "<img" not in page
        assert "<b>x" not in page
        assert ">49" not in page
    assert "\u202e" not in pages[0]  # neither on the paper nor beside it does anything turn the line round


def test_both_languages_are_the_browsers_choice(browse: Callable[..., Browser], stock: Stock) -> None:
    russian = browse("operator", "ru-RU,ru;q=0.9,en;q=0.5").get(JOB + "order-1017")
    assert '<html lang="ru">' in russian
    assert "Доказано: документа оно не оставило" in russian
    english = browse("operator", "de,en;q=0.7,ru;q=0.3").get(JOB + "order-1017")
    assert '<html lang="en">' in english
    assert "Proven: it left no document" in english


@pytest.mark.parametrize(
    "path", ["/r/kassa-9", "/nowhere", JOB + "nobody", "/static/app.py", "/r/kassa-1/run?id=x"]
)
def test_what_is_not_there_is_said_so(operator: Browser, path: str) -> None:
    operator.get(path, status=404)


def test_while_redis_is_away_the_page_says_so_and_comes_back(
    operator: Browser, redis_server: RunningRedis
) -> None:
    redis_server.kill()
    try:
        assert "Redis does not answer" in operator.get("/", status=503)
    finally:
        redis_server.start()
    assert "kassa-1" in operator.get("/")
