"""The operator's language: which one, and the texts of the commands in it (`texts/ru.toml`, `texts/en.toml`)."""

from __future__ import annotations

import locale
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ops.cli.screen import local, plain

if TYPE_CHECKING:
    from datetime import tzinfo

    from worker.app.pilot import View
    from worker.app.standstill import Standstill
    from worker.domain.errors import FiscalqError
    from worker.domain.refusals import Problem

Language = Literal["ru", "en"]
ADDRESS = re.compile(r"(https?://[^\s/()]+|[\w.-]+:\d+)")
BOUND = {"FN": "fn", "serial number": "serial", "tax id": "inn"}
CHANGED = re.compile(rf"({'|'.join(BOUND)}) changed from (\S+) to ([^\s,:]+)")
ACCEPT = re.compile(r"--accept-fn (\d+)")
FAILURES = {
    name: re.compile(words, re.IGNORECASE)
    for name, words in {
        "refused": "connection refused|actively refused",
        "late": "timed out|timeout|no whole reply",
        "no_name": "name or service not known|name resolution|getaddrinfo failed|no address associated",
        "no_way": "no route to host|unreachable",
        "broken": "broke off|connection reset|closed by server|connection aborted|broken pipe",
        "login": "authentication required|invalid username-password|wrongpass|noauth|unauthorized",
        "rights": "permission denied|noperm|no permissions",
        "loading": "loading the dataset|loading redis",
        "stranger": "something else than a register|it is no register|wrong version number",
    }.items()
}  # as the system, the client libraries and the register's adapter say them


def _keep(context: typer.Context, asked: Language | None) -> Language | None:
    """Whatever refuses the command later is told in the language that was asked for."""
    context.find_root().obj = asked
    return asked


LangOption = Annotated[
    Language | None,
    typer.Option(
        "--lang",
        envvar="FISCALQ_LANG",
        callback=_keep,
        help="Russian or English; otherwise as the locale says.",
    ),
]


def choose(asked: Language | None, environ: Mapping[str, str] = os.environ) -> Language:
    """The language that was asked for, else that of the locale: Russian or English."""
    if asked is not None:
        return asked
    names = ("FISCALQ_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    said = next((environ[name] for name in names if environ.get(name)), None)
    if said is None:
        said = locale.getlocale()[0] or ""  # Windows has no such variables
    return "ru" if said.lower().startswith("ru") else "en"


class Texts:
    """The texts of one language: `texts("install.done", registers="kassa-1")`."""

    def __init__(self, language: Language) -> None:
        """Read them."""
        self.language = language
        self._texts = _read(language)

    def __call__(self, name: str, /, **facts: object) -> str:
        """
        Give the text of that name (`section.word`), with its blanks filled in.

        Raises: KeyError for a name that is not there, which is a mistake of ours.
        """
        section, _, word = name.partition(".")
        return str(self._texts[section][word]).format(**facts)

    def rule(self, code: str, message: str) -> str:
        """What is wrong where a task breaks a rule; in Russian what the rule wants, since what was found is told in English."""
        from worker.domain.rulebook import RULES

        known = RULES.get(code) if self.language == "ru" else None
        return message if known is None else known.advice_ru

    def of(self, section: str, word: str | None) -> str:
        """Give the text of a word that comes from outside (a state, say), or the word itself when there is none."""
        return str(self._texts[section].get(word or "", word or "–"))


@cache
def _read(language: Language) -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("ops.cli").joinpath("texts", f"{language}.toml").read_text(encoding="utf-8"))


def help_words(language: Language) -> Mapping[str, str]:
    """What `--help` says otherwise than in the code, where it stands in English; by the English words."""
    return {} if language == "en" else _help(language)


@cache
def _help(language: Language) -> Mapping[str, str]:
    source = files("ops.cli").joinpath("texts", f"help.{language}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def refused(error: FiscalqError, texts: Texts) -> str:
    """What went wrong and what to do, in the operator's words; each of its problems on a line of its own."""
    if not error.code:
        return str(error)
    facts = dict(error.facts)
    if "text" in facts:
        facts["text"] = failure(str(facts["text"]), texts)
    if isinstance(problems := facts.get("problems"), list):
        facts["problems"] = "".join(f"\n  - {_problem(problem, texts)}" for problem in problems)
    if isinstance(changes := facts.get("changes"), list):
        facts["changes"] = "".join(f"\n  - {plain(change)}" for change in changes)
    return texts(f"refusals.{error.code}", **facts)


def _problem(problem: FiscalqError | Problem, texts: Texts) -> str:
    """One of several: a setting that is wrong, or a rule that a task breaks."""
    from worker.domain.errors import FiscalqError

    if isinstance(problem, FiscalqError):
        return refused(problem, texts)
    return f"{plain(problem.path or 'task')}: {plain(texts.rule(problem.code, problem.message))} ({problem.code})"


def failure(text: str, texts: Texts) -> str:
    """Why a connection failed, in the operator's words where the words of system or library are known ones."""
    known = next((name for name, words in FAILURES.items() if words.search(text)), None)
    if known is None:
        return text
    where = ADDRESS.search(text)
    told = texts(f"failures.{known}")
    return f"{where[1]}: {told}" if where else told


def shift_words(seen: View, register: str, texts: Texts, zone: tzinfo | None = None) -> Sequence[str]:
    """How the shift stands, as far as that is known, and what becomes of it next; `zone` is where the reader is, else here."""
    facts = {"register": register, "number": seen.number or "", "quiet": seen.quiet_hours}
    facts |= {"ends": _minute(seen.ends), "closes_by": _minute(seen.closes_by), "since": _minute(seen.since)}
    word = seen.state or ("unknown" if seen.next == "off" else None)  # else what comes next says it
    if seen.state == "opened" and seen.since is None:
        word = "opened_once"
    said = [] if word is None else [" ".join(texts(f"shift.{word}", **facts).split())]
    if seen.seen is not None:
        said.append(texts("shift.seen", at=local(seen.seen, zone)))
    return [*said, texts(f"shift.{seen.next.value}", **facts)]


def _minute(at: str | None) -> str:
    """A moment of the register's clock, to the minute."""
    return "–" if at is None else at[: len("YYYY-MM-DDTHH:MM")].replace("T", " ")


def stands_still(standstill: Standstill, register: str, texts: Texts) -> str:
    """Why a line stands still and what to do, in the operator's words."""
    text = plain(said_of(standstill, register, texts)) or "–"
    return texts(f"standstill.{standstill.cause.value}", text=text, register=register)


def said_of(standstill: Standstill, register: str, texts: Texts) -> str:
    """What was said of the cause: of a connection and of another register in the operator's words, else as it came."""
    match standstill.cause.value:
        case "register_unreachable" | "register_declines":
            return failure(standstill.text, texts)
        case "register_changed":
            return _changed(standstill.text, register, texts)
        case "shift":
            return texts.of("kinds", standstill.text)
        case _:
            return standstill.text


def _changed(text: str, register: str, texts: Texts) -> str:
    """What is another at the register (`worker/app/binding.py` says it for the log), and the one way on."""
    changes = list(CHANGED.finditer(text))
    if not changes:
        return text
    told = ", ".join(texts(f"changed.{BOUND[one[1]]}", was=one[2], now=one[3]) for one in changes)
    accept = ACCEPT.search(text)
    way = "settings" if accept is None else "accept"
    return f"{told}. {texts(f'changed.{way}', register=register, fn=accept and accept[1])}"
