"""`fiscalq shift`: what is known of a register's shift, what comes next, and its tasks on a person's word."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

import typer

from ops.cli.commands.release import By, Json, Register, Why
from ops.cli.language import LangOption, Texts, choose, shift_words
from ops.cli.screen import answer, answer_json, examples

EXAMPLES = examples(
    ("fiscalq shift kassa-1", "open or closed, and what comes next"),
    "fiscalq shift kassa-1 open --by Ivanova",
    ("fiscalq shift kassa-1 x --by Ivanova", "X report"),
    'fiscalq shift kassa-1 close --by Ivanova --why "the shop closes early"',
    ending="A task of the shift stands at the end of the line like any other job. Asked for again before the last one is at "
    "its end, it is that one. To open an open shift, or to close a closed one, prints nothing.",
)


def shift(
    register: Register,
    verb: Annotated[
        Literal["open", "close", "x"] | None,
        typer.Argument(metavar="[open|close|x]", help="Open it, close it, or print an X report."),
    ] = None,
    by: By = None,
    why: Why = None,
    as_json: Json = False,
    lang: LangOption = None,
) -> None:
    """Show the shift and what comes next; or open it, close it, print an X report."""
    from ops.cli.door import Door
    from worker.app import pilot
    from worker.app.desk import ShiftVerb
    from worker.app.operating import Word
    from worker.app.settings import load_settings

    settings, texts = load_settings(), Texts(choose(lang))
    of = settings.register_named(register)
    with Door(settings) as door:
        if verb is None:
            seen = pilot.view(door.line(register).shift, keeps=of.shift_autopilot, quiet_hours=of.quiet_hours)
            if as_json:
                answer_json({"register": register, **asdict(seen)})
            else:
                for told in shift_words(seen, register, texts):
                    answer(told)
            return
        asked = door.desk(register).shift(ShiftVerb[verb.upper()], Word(by, why))
    if as_json:
        answer_json({"register": register, **asdict(asked)})
        return
    state = texts.of("states", asked.state)
    known = "known" if asked.duplicate else "accepted"
    answer(texts(f"enqueue.{known}", job=asked.job, register=register, state=state))
