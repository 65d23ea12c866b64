"""Whatever the page says is there in both languages, with the same blanks, and nothing else."""

from __future__ import annotations

import re

import pytest

from ops.cli.language import _read
from ops.console.asking import VERBS
from ops.console.entry.users import Role
from ops.console.language import LANGUAGES, OWN, PageTexts, catalogue, chosen
from ops.console.looking import DONE
from ops.launcher.environment import ROOT
from tests.cli.test_texts import blanks
from worker.app.intake import OPTION_NAMES

ASKED = re.compile(r'"((?:page|jobs|doctor|next|missing|states|facts|standstill)\.[a-z_]*[a-z])"')
BUILT = {
    *(f"role_{role.value}" for role in Role),
    *(f"done_{done}" for done in [*DONE, "held", "released", "accepted"]),
    *(f"shift_{verb}" for verb in VERBS),
    *(f"option_{name}" for name in OPTION_NAMES),
    *(f"unreadable_{word}" for word in ("id", "options")),
}
SOURCES = [*(ROOT / "ops/console").rglob("*.py"), *(ROOT / "ops/console").rglob("*.html")]
NAMES = {name for file in SOURCES for name in ASKED.findall(file.read_text(encoding="utf-8"))}


def test_both_languages_have_the_same_texts_with_the_same_blanks() -> None:
    shapes = [
        {
            (section, name): blanks(text)
            for section, words in catalogue(language).items()
            for name, text in words.items()
        }
        for language in LANGUAGES
    ]
    assert shapes[0] == shapes[1]


def test_a_text_that_stands_in_for_the_terminals_fills_in_no_more_than_it() -> None:
    """Its blanks are given by the page, which gives what the terminal is given."""
    for section in ("standstill", "shift", "doctor", "missing", "next"):
        for name, text in catalogue("en")[section].items():
            assert blanks(text) <= blanks(_read("en")[section][name]), name


def test_each_act_has_a_word() -> None:
    acted = re.compile(r'(?:\bact|\bAct)\("([a-z_]+)"')
    sources = [ROOT / f"worker/app/{name}.py" for name in ("operating", "editing", "desk")]
    names = {name for source in sources for name in acted.findall(source.read_text(encoding="utf-8"))}
    assert {"hold", "correct", "edit"} <= names <= set(_read("ru")["acts"])


def test_no_text_of_the_page_names_a_command_for_which_it_has_a_button() -> None:
    buttons = re.compile("fiscalq (replay|resolve|hold|release REG|correct|show|status|jobs|dead)")
    for language in LANGUAGES:
        texts = PageTexts(language)._texts
        for section in ("page", "standstill", "shift", "next", "missing"):
            for name, text in texts[section].items():
                if name != "held":  # it has no button; the page says it in its own words
                    assert not buttons.search(text), name


def test_each_text_that_the_page_asks_for_is_there() -> None:
    assert len(NAMES) > 50
    for name in NAMES:
        section, _, word = name.partition(".")
        assert word in (catalogue("en")[OWN] if section == "page" else _read("en")[section]), name


def test_no_text_is_kept_that_nothing_asks_for() -> None:
    asked = {name.removeprefix("page.") for name in NAMES if name.startswith("page.")}
    assert set(catalogue("en")[OWN]) == asked | BUILT


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("ru-RU,ru;q=0.9,en-US;q=0.8", "ru"),
        ("en-US,en;q=0.9,ru;q=0.8", "en"),
        ("en;q=0.1,ru;q=0.2", "ru"),
        ("de", "en"),
        ("ru;q=0", "en"),
        ("ru;q=x,en", "en"),
        ("", "ru"),
        (None, "ru"),
        ("," * 10_000, "en"),
    ],
)
def test_the_browser_chooses_the_language(wish: str | None, language: str) -> None:
    assert chosen(wish) == language
