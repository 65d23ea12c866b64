"""
The handbook: one page a code and a language, `pages/{en,ru}/CODE.md`.

Which codes there are is said by the code's own lists, so a new reason, cause or finding without a page fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib.resources import files
from typing import Literal

from ops.runbook.symptoms import SEEN_AT_ONCE, Symptom
from worker.app.standstill import Cause
from worker.domain.errors import OperatorError
from worker.domain.outlook import Sign
from worker.domain.verdicts import ReasonCode

Language = Literal["en", "ru"]

HEADINGS: Mapping[Language, Sequence[str]] = {
    "en": ("What you see", "What is certain", "The next step", "What not to do"),
    "ru": ("Что вы видите", "Что известно точно", "Следующий шаг", "Чего не делать"),
}
GROUPS: Mapping[str, Sequence[str]] = {
    "symptoms": tuple(Symptom),
    "standstill": tuple(Cause),
    "outlook": tuple(sign for sign in Sign if sign not in SEEN_AT_ONCE),
    "reasons": tuple(ReasonCode),
}
CODES = tuple(str(code) for codes in GROUPS.values() for code in codes)


def page(code: str, language: Language) -> str:
    """
    Give a page as Markdown.

    Raises: OperatorError, with the likely code, when there is none of that name.
    """
    if code not in CODES:
        likely = get_close_matches(code, CODES, n=1)
        if likely:
            raise OperatorError("no_page_but", code=code, likely=likely[0])
        raise OperatorError("no_page", code=code)
    return files("ops.runbook").joinpath("pages", language, f"{code}.md").read_text(encoding="utf-8").strip()


def title(code: str, language: Language) -> str:
    """Give a page's first line."""
    return page(code, language).partition("\n")[0].removeprefix("# ")


def sections(code: str, language: Language) -> Mapping[str, str]:
    """Give the text under each heading of a page."""
    parts = page(code, language).split("\n## ")[1:]
    return {head.strip(): text.strip() for head, _, text in (part.partition("\n") for part in parts)}
