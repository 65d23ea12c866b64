"""`fiscalq watch`: the stream of events, as it grows."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.completion import register_names
from ops.cli.language import LangOption, Texts, choose, refused
from ops.cli.screen import STYLES, answer_json, complain, console, examples, local

if TYPE_CHECKING:
    from ops.cli.door import Event

EXAMPLES = examples(
    ("fiscalq watch", "all registers of the settings"),
    ("fiscalq watch kassa-1 --last 0", "only what happens from now on"),
    "fiscalq watch kassa-1 --json | jq 'select(.state == \"dead\")'",
    ending="Ctrl-C ends it.",
)

AWAY_SECONDS = 1.0  # between two tries while Redis is away


def watch(
    register: Annotated[
        str | None,
        typer.Argument(
            metavar="[REGISTER]", autocompletion=register_names, help="All that are set up, if none is named."
        ),
    ] = None,
    last: Annotated[
        int, typer.Option("--last", min=0, max=1000, help="Begin with so many past events of each register.")
    ] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON an event.")] = False,
    lang: LangOption = None,
) -> None:
    """Follow every change of every job, live."""
    from ops.cli.door import BLOCK_SECONDS, Door
    from worker.app.settings import load_settings
    from worker.domain.errors import LedgerError

    settings, texts = load_settings(), Texts(choose(lang))
    registers = settings.chosen([register] if register is not None else None)
    show = _Lines(texts, wide=len(registers) > 1)
    with Door(settings) as door:
        for name in registers:
            door.known(name)
        marks = door.marks(registers, last)
        away = False
        while True:
            try:
                for event in door.events(marks, BLOCK_SECONDS):
                    if as_json:
                        answer_json(asdict(event))
                    else:
                        show(event)
                away = False
            except LedgerError as error:  # it comes back, and the marks are kept
                if not away:
                    complain(refused(error, texts))
                away = True
                time.sleep(AWAY_SECONDS)


class _Lines:
    """One line an event."""

    def __init__(self, texts: Texts, *, wide: bool) -> None:
        self._texts, self._wide, self._screen = texts, wide, console()

    def __call__(self, event: Event) -> None:
        from rich.text import Text

        style = STYLES.get(event.verdict or "", STYLES.get(event.state, ""))
        state = self._texts.of("states", event.state)
        if event.state == "dead":
            state += f": {self._texts.of('verdicts', event.verdict)}"
        register = f"{event.register:<12} " if self._wide else ""
        self._screen.print(
            Text.assemble((f"{local(event.at)}  ", "dim"), register, f"{event.job:<24} ", (state, style))
        )
