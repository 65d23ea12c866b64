"""The handbook has a page for whatever the code can say, in both languages, and each page says four things."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.cli.main import app
from ops.launcher.environment import ROOT
from ops.runbook.handbook import CODES, HEADINGS, Language, page, sections, title
from ops.runbook.index import PAGES, index
from ops.runbook.symptoms import SEEN_AT_ONCE, Symptom
from worker.app.standstill import Cause
from worker.domain.outlook import Sign
from worker.domain.verdicts import ReasonCode

LANGUAGES: list[Language] = ["en", "ru"]
COMMAND = re.compile(r"`fiscalq ([a-z]+)")
CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
WORDS_MIN = 2  # a section that says less says nothing
NEVER_SAID = re.compile(r"\b(requeue|abort|journal entry|attempts?)\b")  # words that design §2 rules out


def test_every_reason_cause_and_symptom_has_one_page_of_its_own() -> None:
    """One code names one page: a cause and a reason of equal name would share it."""
    assert len(CODES) == len(set(CODES))
    signs = [SEEN_AT_ONCE.get(sign, sign) for sign in Sign]
    assert {*ReasonCode, *Cause, *Symptom, *signs} == set(CODES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_each_page_says_what_is_seen_what_is_certain_the_next_step_and_what_not_to_do(
    code: str, language: Language
) -> None:
    """The four headings in their order, none of them empty, in the page's own language."""
    parts = sections(code, language)
    assert tuple(parts) == tuple(HEADINGS[language])
    for text in [title(code, language), *parts.values()]:
        assert len(text.split()) >= WORDS_MIN, (code, text)
        assert bool(CYRILLIC.search(text)) == (language == "ru"), (code, text)
    assert not NEVER_SAID.search(page(code, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_is_left_over(language: Language) -> None:
    """A page whose code is gone would be found by nobody but the one who needs another."""
    assert {path.stem for path in (PAGES / language).glob("*.md")} == {*CODES, "index"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_pages_have_the_same_title(language: Language) -> None:
    titles = [title(code, language) for code in CODES]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_name_only_commands_that_there_are(language: Language) -> None:
    """A command that does not exist is the worst next step."""
    there = {
        command.name or command.callback.__name__ for command in app.registered_commands if command.callback
    }
    texts = [page(code, language) for code in CODES]
    texts += [(ROOT / f"ops/runbook/card.{language}.html").read_text(encoding="utf-8").replace("<code>", "`")]
    named = {name for text in texts for name in COMMAND.findall(text)}
    assert len(named) >= 5
    assert named <= there


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_of_pages_is_what_the_pages_make(language: Language) -> None:
    assert (PAGES / language / "index.md").read_text(encoding="utf-8") == index(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_in_doubt_never_advises_a_replay_before_a_proof(language: Language) -> None:
    """Where nothing is proven, the next step is the register or `resolve`, and the page warns of printing by hand."""
    doubtful = ("post_unanswered", "withdraw_unproven", "proof_unreadable", "no_evidence", "door_changed")
    warning = {"en": "Do not print it by hand", "ru": "Не печатайте вручную"}[language]
    _, _, step, forbidden = HEADINGS[language]
    for code in doubtful:
        assert "fiscalq replay" not in sections(code, language)[step]
        assert warning in sections(code, language)[forbidden]


class _Shape(HTMLParser):
    """Counts what is open, and keeps the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name in {"src", "href"} for name, _ in attrs)  # a card on the wall loads nothing
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_is_one_page_that_needs_nothing_else(language: Language) -> None:
    """Well-formed, with rules for print, and nothing to be loaded."""
    html = Path(ROOT / f"ops/runbook/card.{language}.html").read_text(encoding="utf-8")
    shape = _Shape()
    shape.feed(html)
    assert shape.open == []
    assert "@page" in html
    assert {"en": "in doubt", "ru": "под вопросом"}[language] in shape.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_explain_prints_the_page(language: Language) -> None:
    run = CliRunner().invoke
    said = run(app, ["explain", "sequence_stopped", "--lang", language])
    assert said.stdout.strip() == page("sequence_stopped", language)
    told = json.loads(run(app, ["explain", "sequence_stopped", "--lang", language, "--json"]).stdout)
    assert told == {
        "code": "sequence_stopped",
        "title": title("sequence_stopped", language),
        "text": page("sequence_stopped", language),
    }
    listed = run(app, ["explain", "--lang", language]).stdout
    assert all(code in listed and title(code, language) in listed for code in CODES)


def test_a_page_that_there_is_not_is_refused_with_the_likely_one() -> None:
    refused = CliRunner().invoke(app, ["explain", "post_unanswerd"])
    assert refused.exit_code == 1
    assert "post_unanswered" in refused.stderr
