"""The page's language: by the browser's wish; the terminal's catalogue, and beside it the texts that are the page's own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from ops.cli.language import Language, Texts

OWN = "page"  # the section of the page's own texts; the others stand in for the terminal's, where the page has a button
LANGUAGES: tuple[Language, ...] = ("ru", "en")
WISH_MAX = 300  # characters of the browser's wish that are read
BRACKETS = re.compile(r" ?\(([^()]*)\)")
COMMAND = "fiscalq "
BUTTONS = "show|jobs|dead|status|hold|release|resolve|replay|copy|withdraw|shift|correct"
TOLD_BY_A_BUTTON = re.compile(
    rf"\. [^.]*: fiscalq (?:{BUTTONS})\b.*$", re.DOTALL
)  # the last sentence of a refusal
LATIN, CYRILLIC = re.compile("[A-Za-z]"), re.compile("[А-Яа-яЁё]")


class PageTexts(Texts):
    """The texts of one language; `texts("page.sign_in")` is the page's own, all else the terminal's."""

    def __init__(self, language: Language) -> None:
        """Read both."""
        super().__init__(language)
        for section, words in catalogue(language).items():
            self._texts = {**self._texts, section: {**self._texts.get(section, {}), **words}}

    def native(self, text: str) -> str:
        """Words of the register or of a protocol, if a Russian page can show them; else nothing."""
        foreign = self.language == "ru" and LATIN.search(text) and not CYRILLIC.search(text)
        return "" if foreign else text

    def rule(self, code: str, message: str) -> str:
        """As on the terminal; a Russian page shows nothing else in English."""
        return self.native(super().rule(code, message))

    def spoken(self, text: str) -> str:
        """A sentence of ours without the commands in it, for which the page has buttons, and without what is foreign here."""

        def kept(brackets: re.Match[str]) -> str:
            inside = brackets[1].strip()
            return brackets[0] if self.native(inside) and not inside.startswith(COMMAND) else ""

        return TOLD_BY_A_BUTTON.sub(".", BRACKETS.sub(kept, text))


def chosen(wish: str | None) -> Language:
    """Russian or English, whichever stands first in `Accept-Language` (RFC 9110, 12.5.4); Russian when neither does."""
    liked: list[tuple[float, int, Language]] = []
    for place, part in enumerate((wish or "")[:WISH_MAX].split(",")):
        tag, _, quality = part.strip().partition(";q=")
        name = tag.strip().lower().partition("-")[0]
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        liked += [(-weight, place, language) for language in LANGUAGES if language == name and weight > 0]
    if liked:
        return min(liked)[2]
    return "en" if (wish or "").strip() else "ru"


@cache
def catalogue(language: Language) -> Mapping[str, Mapping[str, str]]:
    """What the page says otherwise than the terminal, or alone."""
    source = files("ops.console").joinpath("texts", f"{language}.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))
