"""Another contact on the page: a dead receipt, proven not printed, goes to another e-mail or phone; over a real Redis."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.console.conftest import Browser
from tests.console.stock import Stock, sale

pytestmark = pytest.mark.server

JOB = "/r/kassa-1/job?id="
SEND = "/r/kassa-1/contact"
OLD, NEW = "old@example.com", "new@example.com"
FORM = f'action="{SEND}"'


@pytest.fixture
def dead(stock: Stock) -> str:
    """A dead receipt whose buyer has a wrong address."""
    stock.refuse("order-1030", sale(clientInfo={"emailOrPhone": OLD}))
    return "order-1030"


def contact_of(stock: Stock, job: str) -> Any:
    return json.loads(stock.ledger.task(job)).get("clientInfo", {}).get("emailOrPhone")


def test_a_receipt_is_replayed_to_another_contact_once_however_often_the_button_is_pressed(
    operator: Browser, stock: Stock, dead: str
) -> None:
    assert FORM in operator.get(JOB + dead)
    done = operator.post(SEND, job=dead, contact=NEW, why="the e-mail was wrong")
    assert (done.status_code, done.headers["location"]) == (303, f"{JOB}{dead}&done=replayed")
    assert contact_of(stock, dead) == NEW
    before = stock.ledger.load(dead)
    for contact in (NEW, "third@example.com"):
        operator.get(JOB + dead)
        again = operator.post(SEND, job=dead, contact=contact, why="the e-mail was wrong")
        assert (again.status_code, "under way already" in again.text) == (409, True)
    assert (stock.ledger.load(dead), contact_of(stock, dead)) == (before, NEW)
    assert [(act["act"], act["by"]) for act in stock.ledger.acts(9)] == [("edit", "operator")]
    page = operator.get(JOB + dead)
    assert "Replayed by operator with an edited task (clientInfo.emailOrPhone): the e-mail was wrong" in page
    assert FORM not in page


@pytest.mark.parametrize("job", ["order-1018", "order-1016", "order-1019", "order-1020", "nobody"])
def test_p8_no_raw_request_edits_what_is_not_proven(operator: Browser, stock: Stock, job: str) -> None:
    """In doubt, printed, refused by its rules, open, unknown: no form is there, and the verb refuses by itself."""
    before = stock.ledger.load(job)
    assert FORM not in operator.ask(JOB + job).text
    operator.get("/r/kassa-1/dead")
    assert operator.post(SEND, job=job, contact=NEW, why="I want it").status_code in {404, 409}
    assert (stock.ledger.load(job), stock.ledger.acts(9)) == (before, [])


@pytest.mark.parametrize(
    ("language", "fields", "said"),
    [
        ("en", {"contact": " ", "why": "x"}, "Give the e-mail or phone"),
        ("en", {"contact": NEW, "why": " "}, "Say why"),
        ("en", {"contact": "nobody", "why": "x"}, "nobody gets it"),
        ("ru", {"contact": "nobody", "why": "x"}, "Исправьте адрес"),
        ("ru", {"contact": OLD, "why": "x"}, "уже такое и есть"),
    ],
)
def test_what_is_no_other_contact_is_refused_in_the_visitors_language(
    browse: Callable[..., Browser], stock: Stock, dead: str, language: str, fields: dict[str, str], said: str
) -> None:
    """And what was typed stays in the form."""
    browser = browse("operator", language)
    browser.get(JOB + dead)
    refused = browser.post(SEND, job=dead, **fields)
    assert (refused.status_code, said in refused.text, "fiscalq replay" in refused.text) == (400, True, False)
    assert f'value="{fields["contact"].strip()}"' in refused.text
    assert (contact_of(stock, dead), stock.ledger.acts(9)) == (OLD, [])


def test_who_may_only_look_and_who_sends_no_form_of_ours_edit_nothing(
    browse: Callable[..., Browser], stock: Stock, dead: str
) -> None:
    viewer, operator = browse("viewer"), browse("operator")
    page = viewer.get(JOB + dead)
    assert (FORM in page, OLD in page) == (False, False)
    assert viewer.post(SEND, job=dead, contact=NEW, why="x").status_code == 403
    operator.get(JOB + dead)
    assert operator.send(SEND, {"job": dead, "contact": NEW, "why": "x"}).status_code == 403
    assert contact_of(stock, dead) == OLD


def test_a_contact_that_injects_is_shown_as_text(operator: Browser, stock: Stock, dead: str) -> None:
    operator.get(JOB + dead)
    attack = '"><script>alert(1)</script>'
    refused = operator.post(SEND, job=dead, contact=attack, why="x")
    assert (refused.status_code, "<script>alert" in refused.text) == (400, False)


def test_a_report_of_the_shift_has_no_buyer_to_be_reached(operator: Browser, stock: Stock) -> None:
    stock.refuse("shift-1", {"type": "closeShift"})
    page = operator.get(JOB + "shift-1")
    assert ('action="/r/kassa-1/replay"' in page, FORM in page) == (True, False)
