"""Whatever the operator reads is there in both languages, with the same blanks."""

from __future__ import annotations

import re
import string
from typing import get_args

import pytest

from ops.cli.language import Texts, _read, choose
from ops.launcher.environment import ROOT
from worker.app.inspecting import NextStep
from worker.app.operating import Missing
from worker.app.standstill import Cause
from worker.domain.answers import Outcome, Stage
from worker.domain.events import Event
from worker.domain.job import State
from worker.domain.outlook import Sign
from worker.domain.verdicts import Verdict

RU, EN = _read("ru"), _read("en")
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
    assert set(RU["verdicts"]) == {verdict.value for verdict in Verdict}


def test_each_cause_of_a_standstill_has_a_text() -> None:
    assert set(RU["standstill"]) == {cause.value for cause in Cause}


def test_each_sign_of_what_approaches_has_a_text() -> None:
    assert set(RU["outlook"]) == {sign.value for sign in Sign}


def test_each_next_step_and_each_lack_of_a_replay_has_a_text() -> None:
    assert set(RU["next"]) == {step.value for step in NextStep}
    assert set(RU["missing"]) == {missing.value for missing in Missing}


def test_each_entry_of_a_history_has_a_sentence() -> None:
    """A history that a newer version has written is told in full, or this fails."""
    names = {get_args(event.model_fields["name"].annotation)[0] for event in get_args(Event)}
    assert names <= set(RU["events"])
    assert set(RU["outcomes"]) == {outcome.value for outcome in Outcome}
    assert set(RU["stages"]) == {stage.value for stage in Stage}


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
