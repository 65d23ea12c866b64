"""jobs, dead and show against a real Redis with jobs in every state."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest

from ops.cli.language import Texts
from ops.cli.story import moments
from tests.cli.conftest import Run
from tests.console.stock import Stock, sale
from worker.app.settings import load_settings
from worker.app.standstill import Cause
from worker.domain.events import GaveUp, Printed, Replayed
from worker.domain.refusals import Problem
from worker.domain.verdicts import Fiscal, Reason, ReasonCode, Verdict

pytestmark = pytest.mark.server

NO_PAPER = Reason(code=ReasonCode.SUBMISSIONS_SPENT, register_code=44, text="Нет бумаги")
DEAD = GaveUp(at="2026-11-23T10:00:00.000Z", verdict=Verdict.NOT_PRINTED, reason=NO_PAPER)
HISTORY = [DEAD, Replayed(at=DEAD.at, by="Ivanova", why="paper is back"), DEAD]
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


@pytest.mark.parametrize(
    ("lang", "verdict"), [("ru", "не напечатано, доказано"), ("en", "proven not printed")]
)
def test_the_verdict_stands_above_the_story_and_not_in_it_again(
    stock: Stock, run: Run, lang: str, verdict: str
) -> None:
    """What holds is told once; why it was given up before stands in the story, since nothing above tells it."""
    above, _, story = run("show", "kassa-1", "order-1017", "--lang", lang).stdout.partition("\n\n")
    assert verdict in above
    assert verdict not in story.lower()
    told = " ".join(moment.text for moment in moments(HISTORY, Texts(lang)))  # type: ignore[arg-type]
    assert told.count("44 Нет бумаги") == 1


def test_the_qr_is_whole_however_narrow_the_terminal_is(
    stock: Stock, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is copied into the tax service's own check, which takes no line break."""
    monkeypatch.setenv("COLUMNS", "40")
    qr = json.loads(run("show", "kassa-1", "order-1019", "--json").stdout)["fiscal"]["qr"]
    for command in ("show", "status"):
        assert qr in run(command, "kassa-1", "order-1019").stdout


def test_what_people_decided_stands_in_the_story(stock: Stock, run: Run) -> None:
    run("replay", "kassa-1", "order-1017", "--by", "Ivanova", "--why", "paper is back")
    told = run("show", "kassa-1", "order-1017").stdout
    assert "Replayed by Ivanova: paper is back" in told
    acts = json.loads(run("show", "kassa-1", "order-1017", "--json").stdout)["acts"]
    assert [(act["act"], act["by"], act["why"]) for act in acts] == [("replay", "Ivanova", "paper is back")]


@pytest.mark.parametrize(
    ("lang", "done", "not_said"), [("ru", "выполнено", "напечатано"), ("en", "done", "· printed")]
)
def test_a_shift_that_stands_so_already_is_told_as_done_and_not_as_printed(
    stock: Stock, run: Run, lang: str, done: str, not_said: str
) -> None:
    """One thing is said of it: nobody shall look for a paper that there is not."""
    stock.accept("order-1021")  # it stands before this one
    stock.accept("open-again", {"type": "openShift"})
    stock.write("open-again", Printed(at=stock.now, fiscal=Fiscal(warnings=("already_open",))))
    for command in ("status", "show"):
        told = run(command, "kassa-1", "open-again", "--lang", lang).stdout
        assert told.startswith(f"open-again · kassa-1 · {done}")
        assert (not_said in told.lower(), "already_open" in told) == (False, False), told
    listed = run("jobs", "kassa-1", "--group", "done", "--find", "open-again", "--lang", lang).stdout
    assert (done in listed, not_said in listed.lower()) == (True, False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dead"], "kassa-1: мёртвых заданий нет."),
        (["jobs"], "kassa-1: очередь пуста."),
        (["jobs", "--group", "done"], "kassa-1: напечатанных заданий ещё нет."),
        (["jobs", "--find", "1017"], "kassa-1: ничего не найдено."),
    ],
    ids=" ".join,
)
def test_an_empty_list_says_what_there_is_none_of(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, run: Run, words: list[str], said: str
) -> None:
    monkeypatch.setenv("FISCALQ_REDIS_URL", redis_url)
    monkeypatch.setenv("FISCALQ_REGISTERS__KASSA_1__URL", "http://127.0.0.1:9")
    Stock(load_settings()).close()
    verb, *more = words
    assert said in run(verb, "kassa-1", *more, "--lang", "ru").stdout.splitlines()


@pytest.mark.parametrize(("number", "told"), [(105, True), (102, False)])
def test_a_document_that_the_fn_has_not_shown_yet_is_settled_with_a_word_of_warning(
    stock: Stock, run: Run, number: int, told: bool
) -> None:
    stock.ledger.remember(accounted="102")
    word = ("--by", "Ivanova", "--why", "paper", "--document", str(number), "--lang", "ru")
    said = run("resolve", "kassa-1", "order-1018", "--printed", *word).stdout
    assert ("ещё не показывал" in said, "напечатано, со слов" in said) == (told, True)
    again = json.loads(run("resolve", "kassa-1", "order-1018", "--printed", *word, "--json").stdout)
    assert again["last_seen"] == (102 if told else None)


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


def test_the_registers_words_cannot_steer_the_terminal(stock: Stock, run: Run) -> None:
    """What answers at the register's address is not ours: its words are shown in every command, and obeyed in none."""
    stock.accept("order-1021")
    stock.begin("order-1021")
    hostile = Reason(code=ReasonCode.STATUS_UNKNOWN, text=ESCAPE)
    stock.write("order-1021", GaveUp(at=stock.now, verdict=Verdict.IN_DOUBT, reason=hostile))
    stock.stand_still(Cause.REFUSED_FOR_NOW, ESCAPE)
    commands = (
        ("status", "kassa-1", "order-1021"),
        ("status", "kassa-1", "order-1020"),
        ("show", "kassa-1", "order-1021"),
        ("jobs", "kassa-1"),
        ("replay", "kassa-1", "order-1021", "--by", "Ivanova", "--why", "paper is back"),
    )
    for command in commands:
        told = run(*command).stdout
        assert "[2J" in told, command
        assert not {"\x1b", "\x07"} & set(told), command


def test_no_letter_of_the_advice_is_lost_on_a_narrow_terminal(
    stock: Stock, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line of advice that is cut off at the edge is no advice: long ids make way for it."""
    monkeypatch.setenv("COLUMNS", "80")
    stock.accept("order-1021")
    stock.refuse("order-2026-11-23-0000001017-sell")
    told = run("dead", "kassa-1").stdout
    reason = json.loads(run("dead", "kassa-1", "--json").stdout)["jobs"][1]["reason"]["message_en"]
    assert set(reason.split()) <= set(told.split())


def test_times_are_told_by_the_readers_own_clock_and_programs_read_utc(
    stock: Stock, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cashier compares them with the clock on the wall."""
    stock.stand_still(Cause.REFUSED_FOR_NOW, "44 Нет бумаги")
    at = str(json.loads(run("status", "kassa-1", "order-1020", "--json").stdout)["accepted_at"])
    assert at.startswith("2026-11-23T07:")
    there = at.replace("T07:", " 17:")[: len("2026-11-23 17:00:00")]
    monkeypatch.setenv("TZ", "Asia/Vladivostok")
    time.tzset()
    try:
        for command in ("status", "show"):
            told = run(command, "kassa-1", "order-1020").stdout
            assert there in told
            assert "stands still since 2026-11-23 17:" in told
            assert "T07:" not in told
            assert zoneless(told.partition("What happened")[0]) == []
        story = run("show", "kassa-1", "order-1020").stdout.partition("What happened")[2]
        assert "UTC+1000" in story
        assert len(zoneless(story)) > 0, "the heading names the zone once"
        assert zoneless(run("doctor").stdout) == []
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


def zoneless(told: str) -> list[str]:
    """Times of a text that no offset follows."""
    return re.findall(r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?! [+-][0-9]{4})", told)


@pytest.mark.usefixtures("stock")
def test_what_people_decided_is_told_in_the_order_of_the_history(run: Run) -> None:
    """A story is read from its beginning."""
    order, word = ("kassa-1", "order-1018"), ("--by", "Ivanova", "--why")
    run("resolve", *order, "--not-printed", *word, "first")
    run("replay", *order, *word, "second")
    acts = run("show", *order).stdout.partition("What people decided")[2]
    assert 0 < acts.index("first") < acts.index("second")


def test_a_reason_names_its_page_of_the_handbook(stock: Stock, run: Run) -> None:
    """The card on the wall says `fiscalq status`, then `fiscalq explain REASON`: the code must be there to be read."""
    for command in ("status", "show"):
        assert "fiscalq explain submissions_spent" in run(command, "kassa-1", "order-1017").stdout


def test_who_waits_in_a_line_that_stands_still_is_told_why(stock: Stock, run: Run) -> None:
    """“It goes on by itself” is not so while somebody must load paper first (promises P7)."""
    assert "goes on by itself" in run("show", "kassa-1", "order-1020").stdout
    stock.stand_still(Cause.REFUSED_FOR_NOW, "44 Нет бумаги")
    for command in (("show", "kassa-1", "order-1020"), ("jobs", "kassa-1")):
        told = run(*command).stdout
        assert "44 Нет бумаги" in told
        assert "fiscalq explain refused_for_now" in told
    assert "goes on by itself" not in run("show", "kassa-1", "order-1020").stdout
    assert "44 Нет бумаги" not in run("show", "kassa-1", "order-1019").stdout


def break_a_rule(stock: Stock) -> None:
    """Dead, for the positions do not add up."""
    problem = Problem(path="total", code="wrong_total", message="the positions add up to 0.70")
    reason = Reason(code=ReasonCode.TASK_REFUSED, problems=(problem,))
    stock.write("order-1020", GaveUp(at=stock.now, verdict=Verdict.NOT_PRINTED, reason=reason))


def test_a_broken_rule_and_an_act_are_told_in_the_operators_language(stock: Stock, run: Run) -> None:
    """What was found is told in English; a Russian operator reads what the rule wants."""
    break_a_rule(stock)
    told = run("status", "kassa-1", "order-1020", "--lang", "ru").stdout
    assert "Уберите итог" in " ".join(told.split())
    assert "positions add up" not in told
    assert "the positions add up" in run("status", "kassa-1", "order-1020", "--lang", "en").stdout
    run("replay", "kassa-1", "order-1017", "--by", "Оля", "--why", "бумага")
    assert "Оля · повторено: бумага" in run("show", "kassa-1", "order-1017", "--lang", "ru").stdout


@pytest.mark.parametrize(("said", "moved"), [("д\n", True), ("y\n", True), ("н\n", False), ("", False)])
def test_many_are_replayed_when_somebody_agrees_on_either_keyboard(
    stock: Stock, run: Run, said: str, moved: bool
) -> None:
    """Where nobody answers, nobody has agreed, and the way to do it unasked is told."""
    done = run("replay", "kassa-1", "--all", "--by", "Оля", "--why", "бумага", "--lang", "ru", given=said)
    assert ("order-1017: в конец очереди" in done.stdout) is moved
    assert ("--yes" in done.stdout) is not moved


def test_no_advice_of_a_refusal_is_refused_again(stock: Stock, run: Run) -> None:
    """A task that breaks a rule is not replayed: whoever wants its copy is led to its page, which says what to do."""
    break_a_rule(stock)
    said = run("copy", "kassa-1", "order-1020", "--by", "Olga", "--lang", "en").stderr
    assert "fiscalq show kassa-1 order-1020" in said
    assert "replay" not in said
    word = ("--printed", "--document", "7", "--by", "Olga", "--why", "seen", "--lang", "en")
    assert "fiscalq show kassa-1 order-1017" in run("resolve", "kassa-1", "order-1017", *word).stderr


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_replay_of_what_waits_says_how_it_is_taken_back_first(stock: Stock, run: Run, lang: str) -> None:
    """What the register has cannot be taken back, and is told otherwise."""
    word = ("--by", "Olga", "--why", "wrong e-mail", "--lang", lang)
    stock.accept("order-1021")
    stock.refuse("order-1023", sequence="a")
    stock.accept("order-1024", sequence="a")
    stock.begin("order-1020")
    for job, taken_back in (("order-1021", True), ("order-1024", True), ("order-1020", False)):
        done = run("replay", "kassa-1", job, *word)
        assert (done.exit_code, f"fiscalq withdraw kassa-1 {job} --by" in done.stdout) == (1, taken_back)


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_a_doubt_is_shown_with_the_command_that_settles_it(run: Run, lang: str) -> None:
    told = run("show", "kassa-1", "order-1018", "--lang", lang).stdout
    assert "fiscalq resolve kassa-1 order-1018 --printed --document" in told


@pytest.mark.parametrize(("lang", "where"), [("en", "when the FN was put in"), ("ru", "при замене ФН")])
def test_a_new_fn_is_told_with_the_place_of_its_number_and_the_ready_command(
    stock: Stock, run: Run, lang: str, where: str
) -> None:
    """The last receipt bears the old one's number."""
    stock.ledger.remember(fn="9999078900001234")
    said = [run("release", "kassa-1", "--accept-fn", "12", "--by", "Olga", "--lang", lang).stderr]
    assert "fiscalq release kassa-1 --accept-fn" in said[0]
    stock.ledger.remember(seen_fn="9999078900009999")
    for number in ("12", "9999078900005678"):
        said.append(run("release", "kassa-1", "--accept-fn", number, "--by", "Olga", "--lang", lang).stderr)
        assert "fiscalq release kassa-1 --accept-fn 9999078900009999 --by" in said[-1]
    assert [words for words in said if where not in words] == []
