"""`fiscalq explain`: a page of the handbook, by the code that the other commands show."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.language import LangOption, choose
from ops.cli.screen import answer, answer_json, examples

EXAMPLES = examples(
    ("fiscalq explain post_unanswered", "what to do about this reason"),
    ("fiscalq explain order_not_printed", "where to begin"),
    ("fiscalq explain", "all pages"),
    "fiscalq explain --lang ru other_program",
    ending="The same pages stand in ops/runbook/pages; ops/runbook/card.en.html is a card for the wall.",
)


def _codes() -> list[str]:
    from ops.runbook.handbook import CODES

    return list(CODES)


def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="A reason, cause or finding.", autocompletion=_codes),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    lang: LangOption = None,
) -> None:
    """Print a page of the handbook: what you see, what is certain, the one next step, and what not to do."""
    from ops.runbook.handbook import CODES, page, title

    language = choose(lang)
    if code is not None:
        text = page(code, language)
        if as_json:
            answer_json({"code": code, "title": title(code, language), "text": text})
        else:
            answer(text)
        return
    titles = {listed: title(listed, language) for listed in CODES}
    if as_json:
        answer_json([{"code": listed, "title": said} for listed, said in titles.items()])
        return
    width = max(map(len, titles))
    for listed, said in titles.items():
        answer(f"{listed:<{width}}  {said}")
