"""copy, withdraw and shift in the terminal, against a real Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Run
from tests.console.stock import Stock
from worker.app.settings import load_settings

pytestmark = pytest.mark.server

WORD = ("--by", "Ivanova", "--why", "the buyer asks")
SEEN = {"state": "opened", "number": 12, "ends": "2026-11-24T09:00:00", "closes_by": "2026-11-24T08:30:00"}


@pytest.fixture
def stock(redis_url: str, idle_register: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stock]:
    monkeypatch.setenv("FISCALQ_REDIS_URL", redis_url)
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", idle_register)
    stock = Stock(load_settings())
    yield stock
    stock.close()


def test_a_copy_asked_for_twice_is_one_job_and_one_act(stock: Stock, run: Run) -> None:
    """Who asks second is told that it is there, and how another one is asked for."""
    stock.print("order-1017")
    said = json.loads(run("copy", "kassa-1", "order-1017", *WORD, "--json").stdout)
    assert said == {
        "register": "kassa-1",
        "of": "order-1017",
        "job": "order-1017.copy.1",
        "state": "queued",
        "duplicate": False,
    }
    again = run("copy", "kassa-1", "order-1017", "--by", "Petrov")
    assert (again.exit_code, "--again" in again.stdout) == (0, True)
    assert stock.client.llen("fiscalq:{kassa-1}:inbox") == 1
    assert [(act["act"], act["what"], act["by"]) for act in stock.ledger.acts(9)] == [
        ("copy", "order-1017", "Ivanova")
    ]


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "fiscalq show kassa-1 order-1017"), ("ru", "Почему и что делать")]
)
def test_a_copy_that_there_cannot_be_is_refused_with_the_next_step(
    stock: Stock, run: Run, lang: str, said: str
) -> None:
    stock.refuse("order-1017")
    done = run("copy", "kassa-1", "order-1017", *WORD, "--lang", lang)
    assert (done.exit_code, said in done.stderr, done.stdout) == (1, True, "")


def test_a_withdrawn_job_stops_its_sequence_and_says_who_took_it_back(stock: Stock, run: Run) -> None:
    """A return never prints because its sale was taken back."""
    stock.accept("sale", sequence="1017")
    stock.accept("return", sequence="1017")
    assert run("withdraw", "kassa-1", "sale", *WORD).exit_code == 0
    said = json.loads(run("show", "kassa-1", "sale", "--json").stdout)
    assert (said["state"], said["next_step"]) == ("dead", "leave")
    assert "Ivanova: the buyer asks" in said["reason"]["message_en"]
    assert list(stock.ledger.stopped()) == ["return"]
    assert (
        run("withdraw", "kassa-1", "return", *WORD).exit_code == 0
    )  # what is stopped may be taken back, too
    assert (stock.ledger.head(), stock.ledger.stopped()) == (None, {})


def test_nothing_is_withdrawn_while_the_register_cannot_be_asked(
    stock: Stock, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis may have been wiped: only the register knows what it printed under this id before (promises P3)."""
    stock.accept("order-1017")
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", "http://127.0.0.1:9")
    done = run("withdraw", "kassa-1", "order-1017", *WORD)
    assert (done.exit_code, "fiscalq hold kassa-1" in done.stderr) == (1, True)
    assert stock.ledger.head() == "order-1017"


def test_what_the_register_has_is_not_withdrawn(stock: Stock, run: Run) -> None:
    stock.accept("order-1017")
    stock.begin("order-1017")
    done = run("withdraw", "kassa-1", "order-1017", *WORD)
    assert (done.exit_code, "may print it at any moment" in done.stderr) == (1, True)


def test_many_are_replayed_without_what_was_withdrawn(stock: Stock, run: Run) -> None:
    stock.refuse("order-1016")
    stock.accept("order-1017")
    run("withdraw", "kassa-1", "order-1017", *WORD)
    planned = run("replay", "kassa-1", "--all", "--dry-run", "--json", *WORD)
    assert json.loads(planned.stdout)["replayed"] == ["order-1016"]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ["shift 12 is open", "at 2026-11-24 08:30"]),
        ("ru", ["смена 12 открыта", "не позже 2026-11-24 08:30"]),
    ],
)
def test_the_shift_says_how_it_stands_and_what_the_autopilot_does_next(
    stock: Stock, run: Run, monkeypatch: pytest.MonkeyPatch, lang: str, said: list[str]
) -> None:
    """Without the autopilot what it told once is old, and the shift is a person's."""
    stock.ledger.remember(shift=json.dumps(SEEN))
    assert json.loads(run("shift", "kassa-1", "--json").stdout)["next"] == "off"
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__SHIFT_AUTOPILOT", "1")
    told = run("shift", "kassa-1", "--lang", lang).stdout
    assert [words for words in said if words not in told] == []
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__QUIET_HOURS", "22:30-07:00")
    seen = json.loads(run("shift", "kassa-1", "--json").stdout)
    assert (seen["next"], seen["quiet_hours"], seen["number"]) == ("close_quiet", "22:30-07:00", 12)


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "shift 12 is open"), ("ru", "смена 12 открыта")], ids=["en", "ru"]
)
def test_a_shift_that_is_a_persons_is_told_as_the_register_last_said(
    stock: Stock, run: Run, lang: str, said: str
) -> None:
    """Whether it is open is what decides who opens it; since when it is known stands beside it."""
    stock.ledger.remember(shift=json.dumps({**SEEN, "seen": "2026-11-23T10:00:00Z"}))
    told = run("shift", "kassa-1", "--lang", lang).stdout
    assert said in told
    assert "10:00" in told
    assert "shift_autopilot" in told
    answer = json.loads(run("shift", "kassa-1", "--json").stdout)
    assert (answer["state"], answer["next"], answer["seen"]) == ("opened", "off", "2026-11-23T10:00:00Z")
    assert (answer["number"], answer["since"]) == (12, "2026-11-23T09:00:00")
    assert "2026-11-23 09:00" in told


@pytest.mark.parametrize(
    ("told", "lang", "said"),
    [
        (None, "ru", "открыта ли смена, ещё неизвестно"),
        (None, "en", "not known yet whether the shift is open"),
        ({"state": "opened", "ends": None, "closes_by": None}, "ru", "смена 12 открыта; когда кончатся"),
        (
            {"state": "opened", "ends": None, "closes_by": None},
            "en",
            "shift 12 is open; the register did not",
        ),
        ({"state": "expired"}, "ru", "смене 12 больше 24 часов"),
        ({"state": "closed"}, "en", "shift 12 is closed."),
    ],
)
def test_what_is_not_known_of_a_persons_shift_is_said(
    stock: Stock, run: Run, told: dict[str, object] | None, lang: str, said: str
) -> None:
    """Silence would be read as closed."""
    if told is not None:
        stock.ledger.remember(shift=json.dumps({**SEEN, "seen": "2026-11-23T10:00:00Z", **told}))
    lines = run("shift", "kassa-1", "--lang", lang).stdout
    assert said in lines
    assert "–" not in lines
    since = json.loads(run("shift", "kassa-1", "--json").stdout)["since"]
    assert (since is not None) == (told is not None and told["state"] == "expired")


def test_a_shift_whose_number_the_register_does_not_tell_is_told_without_one(
    stock: Stock, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no shift 0."""
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__SHIFT_AUTOPILOT", "1")
    stock.ledger.remember(shift=json.dumps({**SEEN, "state": "closed", "number": 0}))
    assert "kassa-1: смена закрыта." in run("shift", "kassa-1", "--lang", "ru").stdout
    assert json.loads(run("shift", "kassa-1", "--json").stdout)["number"] is None
    assert "смена закрыта; следующая" in run("doctor", "--lang", "ru").stdout


def test_a_task_of_the_shift_is_one_job_until_it_is_at_its_end(stock: Stock, run: Run) -> None:
    said = [json.loads(run("shift", "kassa-1", "x", *WORD, "--json").stdout) for _ in range(2)]
    assert (said[0]["job"], said[0]["duplicate"], said[1]["duplicate"]) == (said[1]["job"], False, True)
    assert [(act["act"], act["what"]) for act in stock.ledger.acts(9)] == [("shift", said[0]["job"])]
    assert run("shift", "kassa-1", "close").exit_code == 1  # nobody answers for it
