"""Whatever the page says is there in both languages, with the same blanks, and nothing else."""

from __future__ import annotations

import re

import pytest

from ops.cli.language import _read
from ops.console.asking import VERBS
from ops.console.entry.users import Role
from ops.console.language import chosen, own
from ops.console.looking import DONE
from ops.launcher.environment import ROOT
from tests.cli.test_texts import blanks

ASKED = re.compile(r'"((?:page|jobs|doctor|next|missing|states|facts|standstill)\.[a-z_]*[a-z])"')
BUILT = {
    *(f"role_{role.value}" for role in Role),
    *(f"done_{done}" for done in [*DONE, "held", "released", "accepted"]),
    *(f"shift_{verb}" for verb in VERBS),
}
SOURCES = [*(ROOT / "ops/console").rglob("*.py"), *(ROOT / "ops/console").rglob("*.html")]
NAMES = {name for file in SOURCES for name in ASKED.findall(file.read_text(encoding="utf-8"))}


def test_both_languages_have_the_same_texts_with_the_same_blanks() -> None:
    shapes = [{name: blanks(text) for name, text in own(language).items()} for language in ("ru", "en")]
    assert shapes[0] == shapes[1]


def test_each_text_that_the_page_asks_for_is_there() -> None:
    assert len(NAMES) > 50
    for name in NAMES:
        section, _, word = name.partition(".")
        assert word in (own("en") if section == "page" else _read("en")[section]), name


def test_no_text_is_kept_that_nothing_asks_for() -> None:
    asked = {name.removeprefix("page.") for name in NAMES if name.startswith("page.")}
    assert set(own("en")) == asked | BUILT


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
