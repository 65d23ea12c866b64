"""Whatever the operator reads is there in both languages, with the same blanks."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Sequence
from typing import get_args

import pytest
from typer.testing import CliRunner

from ops.cli.language import FAILURES, Texts, _read, choose, failure, stands_still
from ops.cli.main import app
from ops.launcher.environment import ROOT
from tests.app.world import REGISTER, World
from worker.adapters.ledger.door import CODES
from worker.app.answering import _texts
from worker.app.binding import Binding, bind
from worker.app.inspecting import NextStep
from worker.app.operating import Missing
from worker.app.pilot import Plan
from worker.app.settings import WRONG_VALUES
from worker.app.standstill import Cause, Standstill
from worker.domain.answers import Outcome, Stage
from worker.domain.events import Event
from worker.domain.job import State
from worker.domain.outlook import Sign
from worker.domain.shifts import ShiftState
from worker.domain.verdicts import Verdict

RU, EN = _read("ru"), _read("en")
CHOSEN = "chosen by the caller"
USED = re.compile(rf'"((?:{"|".join(EN)})\.[a-z_]+)"')


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_with_the_same_blanks() -> None:
    shape = [
        {
            f"{section}.{word}": blanks(text)
            for section, words in texts.items()
            for word, text in words.items()
        }
        for texts in (RU, EN)
    ]
    assert shape[0] == shape[1]


def test_each_state_and_each_verdict_has_a_word() -> None:
    assert set(RU["states"]) == {state.value for state in State}
    assert set(RU["verdicts"]) == {*(verdict.value for verdict in Verdict), "on_word"}


def test_each_cause_of_a_standstill_has_a_text() -> None:
    assert set(RU["standstill"]) == {cause.value for cause in Cause}


def test_each_sign_of_what_approaches_has_a_text() -> None:
    assert set(RU["outlook"]) == {sign.value for sign in Sign}


def test_each_state_of_a_shift_and_each_plan_for_it_has_a_text() -> None:
    assert set(RU["shift"]) == {*ShiftState, *Plan, "seen", "opened_once", "unknown"}


def test_each_next_step_and_each_lack_of_a_replay_has_a_text() -> None:
    assert set(RU["next"]) == {step.value for step in NextStep}
    assert set(RU["missing"]) == {missing.value for missing in Missing}


def test_each_entry_of_a_history_has_a_sentence() -> None:
    """A history that a newer version has written is told in full, or this fails."""
    names = {get_args(event.model_fields["name"].annotation)[0] for event in get_args(Event)}
    assert names <= set(RU["events"])
    assert set(RU["outcomes"]) == {outcome.value for outcome in Outcome}
    assert set(RU["stages"]) == {stage.value for stage in Stage}


PLACES = {"OperatorError": 0, "ConfigError": 1, "LedgerError": 1}  # where an error takes its code


def refusals() -> Iterator[tuple[str, set[str]]]:
    """Each error in the code that has a text: its code, and the facts that it brings."""
    for file in [*(ROOT / "worker").rglob("*.py"), *(ROOT / "ops").rglob("*.py")]:
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            place = PLACES.get(getattr(call.func, "id", "")) if isinstance(call, ast.Call) else None
            if isinstance(call, ast.Call) and place is not None and len(call.args) > place:
                for code in names_in(call.args[place]):
                    yield code, {fact.arg for fact in call.keywords if fact.arg is not None}


def names_in(code: ast.expr) -> Sequence[str]:
    """The codes that may stand here: one, either of two, or what a variable holds."""
    match code:
        case ast.Constant(value):
            return [str(value)]
        case ast.IfExp(body=body, orelse=orelse):
            return [*names_in(body), *names_in(orelse)]
        case _:
            return [CHOSEN]


def test_each_refusal_of_a_verb_has_a_text_in_both_languages() -> None:
    """A refusal is told in the operator's language, and with all that it knows; no text is kept for none."""
    raised: dict[str, set[str]] = {}
    for code, facts in refusals():
        raised[code] = raised.get(code, set()) | facts
    chosen = {
        *(f"{task}_refused" for task in ("fixed", "reversal", "corrected")),
        *(f"unsafe_{harm}" for harm in ("restart", "cut", "rewrite", "memory")),
        *("redis_refuses", "redis_full", "no_library", "newer_history"),
        *(*WRONG_VALUES, "wrong_value", "no_setting", "no_setting_but"),
        *CODES,
    }  # each of these is told in the tests of its part
    del raised[CHOSEN]
    assert chosen | set(raised) == set(EN["refusals"])
    for code, facts in raised.items():
        assert blanks(EN["refusals"][code]) <= facts, code


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Error 111 connecting to 127.0.0.1:6379. Connection refused.",
            "127.0.0.1:6379: в соединении отказано",
        ),
        (
            "Error -2 connecting to nowhere:6379. Name or service not known.",
            "nowhere:6379: такого имени сеть не знает",
        ),
        ("Timeout reading from 10.0.0.5:6379", "10.0.0.5:6379: ответа нет в срок"),
        ("invalid username-password pair or user is disabled.", "нужны другие имя или пароль"),
        (
            "no connection to http://10.0.0.5:16732 (timed out): is the register's",
            "http://10.0.0.5:16732: ответа",
        ),
        (
            "http://kassa:16732 broke off (Connection reset by peer): the",
            "http://kassa:16732: соединение оборвалось",
        ),
        ("Нет связи", "Нет связи"),
    ],
)
def test_a_known_failure_of_a_connection_is_told_in_the_operators_language(said: str, told: str) -> None:
    """With the address, and without the words of a library; what is not known is told as it came."""
    assert failure(said, Texts("ru")).startswith(told)
    assert set(FAILURES) == set(EN["failures"])


UNREACHABLE = "no connection to http://10.0.0.5:16732 (Connection refused): is the register's computer on?"


@pytest.mark.parametrize(
    ("cause", "said", "told"),
    [
        (
            Cause.REGISTER_UNREACHABLE,
            UNREACHABLE,
            "Касса не отвечает (http://10.0.0.5:16732: в соединении отказано",
        ),
        (Cause.SHIFT, "openShift", "касса говорит открытие смены."),
        (
            Cause.HELD,
            "Ivanova: timeout",
            "(Ivanova: timeout). Ничего не потеряно; продолжить: fiscalq release kassa-1",
        ),
    ],
)
def test_what_was_said_of_a_standstill_is_told_in_the_operators_language(
    cause: Cause, said: str, told: str
) -> None:
    """But a person's own words, which are nobody's to change; and a command can be copied as it stands."""
    assert told in stands_still(Standstill(cause=cause, text=said, since=""), "kassa-1", Texts("ru"))


def test_another_register_is_told_in_the_operators_language_with_the_one_way_on() -> None:
    seen, ledger = Binding("9999078900009999", "0002"), World().ledger
    ledger.remember(fn="9999078900001234", serial="0001")
    told = [
        stands_still(
            Standstill(cause=Cause.REGISTER_CHANGED, text=why or "", since=""), REGISTER, Texts("ru")
        )
        for why in (bind(ledger, Binding(), seen), bind(ledger, Binding(serial="0001"), seen))
    ]
    changed = "номер кассы был 0001, стал 0002."
    assert f"ФН был 9999078900001234, стал 9999078900009999, {changed}" in told[0]
    assert told[0].endswith(f"fiscalq release {REGISTER} --accept-fn 9999078900009999 --by ИМЯ")
    assert changed in told[1]
    assert told[1].endswith(f"исправьте registers.{REGISTER} в настройках.")


def test_each_state_of_a_shift_has_a_word() -> None:
    assert set(RU["shift_states"]) == {state.value for state in ShiftState}


def test_a_command_that_is_advised_names_the_register() -> None:
    """It shall be copied; a placeholder stands only where a person has to choose."""
    texts = [*RU.values(), *EN.values(), _texts("ru"), _texts("en")]
    advised = re.compile(r"fiscalq [a-z]+ (REGISTER|КАССА)")
    assert not [text for words in texts for text in words.values() if advised.search(str(text))]


@pytest.mark.parametrize(("lang", "said"), [("en", "Did you mean"), ("ru", "Может быть")])
def test_a_refusal_is_told_in_the_language_that_was_asked_for(lang: str, said: str) -> None:
    """Whatever the machine's own locale is."""
    done = CliRunner().invoke(app, ["explain", "pst_unanswered", "--lang", lang])
    assert (done.exit_code, said in done.stderr) == (1, True)


def test_each_text_that_the_code_asks_for_is_there() -> None:
    files = [
        *(ROOT / "ops/cli").rglob("*.py"),
        *(ROOT / "ops/demo").rglob("*.py"),
        ROOT / "ops/console/command.py",
    ]
    used = {name for file in files for name in USED.findall(file.read_text(encoding="utf-8"))}
    assert len(used) > 20
    for name in used:
        section, _, word = name.partition(".")
        assert word in EN[section], name


@pytest.mark.parametrize(
    ("asked", "environ", "spoken"),
    [
        ("ru", {"LANG": "en_US.UTF-8"}, "ru"),
        (None, {"LANG": "ru_RU.UTF-8"}, "ru"),
        (None, {"LC_ALL": "C", "LANG": "ru_RU.UTF-8"}, "en"),
        (None, {"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_locale_decides_unless_somebody_asks(
    asked: str | None, environ: dict[str, str], spoken: str
) -> None:
    assert choose(asked, environ) == spoken  # type: ignore[arg-type]


def test_a_word_that_we_do_not_know_is_shown_as_it_came() -> None:
    assert Texts("ru").of("states", "melted") == "melted"
