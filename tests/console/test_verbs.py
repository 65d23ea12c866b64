"""What the page lets people ask for and take back: copies, shifts, corrections, a held line; over a real Redis."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.console.conftest import Browser
from tests.console.stock import FN, Stock, sale
from worker.app.settings import Settings
from worker.domain.job import State

pytestmark = pytest.mark.server

JOB = "/r/kassa-1/job?id="
PAGE = "/r/kassa-1"
RIGHT = json.dumps(sale("Кружка", 300.00))
LIT = re.compile(r'<(?:button|a) class="lit"[^>]*>(.*?)</(?:button|a)>')


@pytest.fixture
def register_url(idle_register: str) -> str:
    """A register that can be asked."""
    return idle_register


def led_to(answer: Any) -> tuple[str, str]:
    """The job and the word of the page to which a form has led."""
    assert answer.status_code == 303, answer.text
    words = parse_qs(urlsplit(answer.headers["location"]).query)
    return words.get("id", [""])[0], words["done"][0]


def inbox(stock: Stock) -> list[str]:
    """Ids that lie in the inbox, oldest first."""
    entries: Any = stock.client.lrange("fiscalq:{kassa-1}:inbox", 0, -1)
    return [json.loads(entry)["id"] for entry in reversed(entries)]


def state(stock: Stock, job: str) -> State:
    loaded = stock.ledger.load(job)
    assert loaded is not None
    return loaded.state


def test_a_copy_is_one_paper_however_often_the_button_is_pressed(
    browse: Callable[..., Browser], operator: Browser, stock: Stock
) -> None:
    """A double click, and a second operator with the same page before them; the act is kept once, by name."""
    petrov = browse("petrov")
    for browser in (operator, petrov):
        assert "Print a copy" in browser.get(JOB + "order-1016")
    done = [
        led_to(browser.post(PAGE + "/copy", job="order-1016", after="0"))
        for browser in (operator, operator, petrov)
    ]
    assert done == [("order-1016.copy.1", "asked"), *[("order-1016.copy.1", "known")] * 2]
    assert inbox(stock) == ["order-1016.copy.1"]
    assert [(act["act"], act["by"]) for act in stock.ledger.acts(9)] == [("copy", "operator")]


def test_what_is_not_printed_is_not_copied_by_a_raw_request(operator: Browser, stock: Stock) -> None:
    for job in ("order-1017", "order-1018", "order-1020"):
        assert "/copy" not in operator.get(JOB + job)
        assert operator.post(PAGE + "/copy", job=job, after="0").status_code == 409
    assert inbox(stock) == []


def test_a_receipt_without_paper_lights_its_copy(operator: Browser, stock: Stock) -> None:
    """Reference 8.7: registered and not on paper. The advice stands beside it, and the copy is the one next step."""
    stock.print("order-1030", warnings=("notPrinted",))
    page = operator.get(JOB + "order-1030")
    assert LIT.findall(page) == ["Print a copy"]
    assert "message_en" not in page
    assert "the paper is missing" in page


def test_a_waiting_job_is_taken_back_and_lights_nothing(operator: Browser, stock: Stock) -> None:
    operator.get(JOB + "order-1020")
    for _ in range(2):  # pressed twice
        done = operator.post(PAGE + "/withdraw", job="order-1020", why="the buyer has left")
        assert led_to(done) == ("order-1020", "withdrawn")
    assert state(stock, "order-1020") is State.DEAD
    page = operator.get(JOB + "order-1020")
    assert LIT.findall(page) == []
    assert "operator: the buyer has left" in page
    plan = operator.get("/r/kassa-1/dead")
    assert 'value="order-1020" disabled' in plan
    planned = operator.post("/r/kassa-1/plan", which="all", why="outage").text
    assert "order-1020" not in planned


def test_what_does_not_wait_is_not_taken_back_by_a_raw_request(operator: Browser, stock: Stock) -> None:
    for job in ("order-1016", "order-1017", "order-1018", "nobody"):
        before = stock.ledger.load(job)
        operator.get("/r/kassa-1/dead")
        assert operator.post(PAGE + "/withdraw", job=job, why="I want it").status_code in {404, 409}
        assert stock.ledger.load(job) == before


def test_the_rest_of_a_sequence_goes_on_without_its_dead_job(operator: Browser, stock: Stock) -> None:
    operator.get(JOB + "order-1017")
    assert led_to(operator.post(PAGE + "/forgo", job="order-1017", why="the buyer has left"))[1] == "forgone"
    assert stock.ledger.stopped() == {}


def test_a_held_line_says_by_whom_and_lights_its_release_alone(operator: Browser, stock: Stock) -> None:
    """Before the worker has noticed, too; what is held twice is held once."""
    assert operator.get(PAGE)
    assert operator.post(PAGE + "/hold", why=" ").status_code == 400
    assert led_to(operator.post(PAGE + "/hold", why="the roll"))[1] == "held"
    page = operator.get(PAGE)
    assert "Held by operator: the roll." in page
    assert LIT.findall(page) == ["Let the line go on"]
    for _ in range(2):
        assert led_to(operator.post(PAGE + "/release", held="operator: the roll"))[1] == "released"
    assert "held" not in stock.ledger.recall()
    assert [act["act"] for act in stock.ledger.acts(9)] == ["release", "hold"]


def test_another_fn_is_accepted_by_an_admin_alone(
    browse: Callable[..., Browser], operator: Browser, stock: Stock
) -> None:
    stock.ledger.remember(fn=FN, seen_fn="9999078900009999")
    assert "/accept-fn" not in operator.get(PAGE)
    assert operator.post(PAGE + "/accept-fn", number="9999078900009999").status_code == 403
    admin = browse("admin")
    admin.get(PAGE)
    wrong = admin.post(PAGE + "/accept-fn", number="9999078900001111")
    assert (wrong.status_code, "shows FN 9999078900009999" in wrong.text) == (409, True)
    assert led_to(admin.post(PAGE + "/accept-fn", number="9999078900009999"))[1] == "accepted"
    assert stock.ledger.recall()["accept_fn"] == "9999078900009999"


def test_a_task_of_the_shift_is_one_job_however_often_the_button_is_pressed(
    operator: Browser, stock: Stock
) -> None:
    operator.get(PAGE)
    done = [led_to(operator.post(PAGE + "/shift", verb="close", after="0")) for _ in range(2)]
    assert (done[0][0], [word for _, word in done]) == (done[1][0], ["asked", "known"])
    assert inbox(stock) == [done[0][0]]
    assert operator.post(PAGE + "/shift", verb="fnChange").status_code == 404


@pytest.mark.parametrize(
    ("language", "said"), [("en", "closes it at 2026-11-24 08:30"), ("ru", "не позже 2026-11-24 08:30")]
)
def test_the_registers_page_says_what_the_autopilot_does_next_and_what_comes_to_an_end(
    settings: Settings, browse: Callable[..., Browser], stock: Stock, language: str, said: str
) -> None:
    told = {
        "state": "opened",
        "number": 12,
        "ends": "2026-11-24T09:00:00",
        "closes_by": "2026-11-24T08:30:00",
    }
    ending = [{"sign": "fn_life", "urgent": False, "number": 12}]
    stock.ledger.remember(shift=json.dumps(told), outlook=json.dumps(ending))
    register = settings.registers["kassa-1"]
    settings.registers["kassa-1"] = register.model_copy(update={"shift_autopilot": True})
    page = browse("viewer", language).get(PAGE)
    assert said in page
    assert {"en": "ends in 12 days", "ru": "кончается через 12 дн."}[language] in page
    assert "<form" not in page.partition("<main")[2]  # a viewer decides nothing


@pytest.mark.parametrize(
    ("language", "unknown", "known"),
    [
        (
            "ru",
            "Открыта ли смена, ещё неизвестно",
            ["смена 12 открыта с 2026-11-23 09:00", "2026-11-23 13:00:00"],
        ),
        (
            "en",
            "not known yet whether the shift is open",
            ["shift 12 is open since 2026-11-23 09:00", "2026-11-23 13:00:00"],
        ),
    ],
)
def test_the_registers_page_says_how_a_persons_shift_stands(
    browse: Callable[..., Browser], stock: Stock, language: str, unknown: str, known: list[str]
) -> None:
    viewer = browse("viewer", language)
    assert unknown in viewer.get(PAGE)
    told = {"state": "opened", "number": 12, "ends": "2026-11-24T09:00:00", "closes_by": None}
    stock.ledger.remember(shift=json.dumps({**told, "seen": "2026-11-23T10:00:00Z"}))
    page = viewer.get(PAGE)
    assert [words for words in known if words not in page] == []


def test_a_wrong_receipt_is_put_right_after_a_look_at_both_papers(operator: Browser, stock: Stock) -> None:
    """Nothing is sent by looking; what was shown is what is sent, once, the reversal first."""
    stock.ledger.remember(ffd="1.05")
    operator.get(JOB + "order-1016")
    shown = operator.post(PAGE + "/correct", job="order-1016", task=RIGHT)
    assert shown.status_code == 200
    assert inbox(stock) == []
    assert ("ВОЗВРАТ ПРИХОДА" in shown.text, "=300.00" in shown.text, LIT.findall(shown.text)) == (
        True,
        True,
        ["Print these"],
    )
    done = [
        led_to(operator.post(PAGE + "/put-right", job="order-1016", task=RIGHT, why="wrong price"))
        for _ in range(2)
    ]
    assert done == [("order-1016.reversal", "asked"), ("order-1016.reversal", "known")]
    assert inbox(stock) == ["order-1016.reversal", "order-1016.corrected"]
    assert {(act["act"], act["what"]) for act in stock.ledger.acts(9)} == {("correct", "order-1016")}


def test_what_puts_nothing_right_is_refused_and_sends_nothing(operator: Browser, stock: Stock) -> None:
    stock.ledger.remember(ffd="1.05")
    for task in ("", "[", "{}", '{"type":"closeShift"}'):
        operator.get(JOB + "order-1016")
        for act in ("/correct", "/put-right"):
            assert operator.post(PAGE + act, job="order-1016", task=task, why="x").status_code == 409
    assert inbox(stock) == []


def test_a_viewer_asks_for_nothing_whatever_they_send(browse: Callable[..., Browser], stock: Stock) -> None:
    viewer = browse("viewer")
    fields = {"job": "order-1016", "verb": "close", "after": "0", "why": "x", "number": FN, "task": RIGHT}
    for act in (
        "copy",
        "withdraw",
        "forgo",
        "hold",
        "release",
        "shift",
        "correct",
        "put-right",
        "accept-fn",
    ):
        viewer.get("/")
        assert viewer.post(f"{PAGE}/{act}", **fields).status_code == 403
        assert viewer.send(f"{PAGE}/{act}", fields).status_code == 403  # nor without the session's token
    assert (inbox(stock), stock.ledger.acts(9), "held" in stock.ledger.recall()) == ([], [], False)
