"""The page's language: by the browser's wish; the terminal's catalogue, and beside it the texts that are the page's own."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from ops.cli.language import Language, Texts

OWN = "page"  # the section of the page's own texts
LANGUAGES: tuple[Language, ...] = ("ru", "en")
WISH_MAX = 300  # characters of the browser's wish that are read


class PageTexts(Texts):
    """The texts of one language; `texts("page.sign_in")` is the page's own, all else the terminal's."""

    def __init__(self, language: Language) -> None:
        """Read both."""
        super().__init__(language)
        self._texts = {**self._texts, OWN: own(language)}


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
def own(language: Language) -> dict[str, str]:
    """The page's own texts in a language."""
    source = files("ops.console").joinpath("texts", f"{language}.toml")
    return dict(tomllib.loads(source.read_text(encoding="utf-8"))[OWN])
