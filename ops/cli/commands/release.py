"""`fiscalq release`: let a line go on that was stopped, under a person's name."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.completion import register_names
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import answer, answer_json, examples

EXAMPLES = examples(
    (
        "fiscalq release kassa-1 --accept-fn 9999078900001234 --by Ivanova",
        "the FN was replaced, and that is right",
    ),
    ending="A line stops by itself when the register shows another FN than the one it is bound to. The act is kept with the name.",
)


def release(
    register: Annotated[
        str, typer.Argument(metavar="REGISTER", autocompletion=register_names, help="Its short name.")
    ],
    accept_fn: Annotated[
        str | None,
        typer.Option(
            "--accept-fn", metavar="NUMBER", help="The number of the FN that is in the register now."
        ),
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who answers for it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    lang: LangOption = None,
) -> None:
    """Let a stopped line go on: with another FN, only by its number and under a name."""
    from worker.app.settings import load_settings
    from worker.app.wiring import accept_fn as accept

    settings = load_settings()
    settings.register_named(register)
    bound = accept(settings, register, accept_fn, by)
    if as_json:
        answer_json({"register": register, "bound": bound, "accepted": accept_fn, "by": by})
    else:
        answer(Texts(choose(lang))("release.done", register=register, number=str(accept_fn)))
