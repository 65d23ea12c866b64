"""`fiscalq install`: the function library and the registers' entries, into Redis."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.completion import register_names
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import answer, answer_json, examples

EXAMPLES = examples(
    ("fiscalq install", "all registers of the settings"),
    "fiscalq install kassa-1",
    ending="Every worker does the same for its register when it starts. A newer library is never replaced by an older one.",
)


def install(
    registers: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REGISTER]...",
            autocompletion=register_names,
            help="All that are set up, if none is named.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    lang: LangOption = None,
) -> None:
    """Load the function library into Redis and enter the registers, so that a CRM can enqueue."""
    from worker.app.settings import load_settings
    from worker.app.wiring import prepare_server

    settings = load_settings()
    for name in registers or ():
        settings.register_named(name)
    names = settings.chosen(registers)
    prepare_server(settings, *names)()
    if as_json:
        answer_json({"installed": names})
    else:
        answer(Texts(choose(lang))("install.done", registers=", ".join(names)))
