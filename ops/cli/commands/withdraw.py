"""`fiscalq withdraw`: take back a job that the register does not have yet."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.commands.release import By, Json, Register, Why
from ops.cli.completion import jobs_in
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import answer, answer_json, examples

EXAMPLES = examples(
    'fiscalq withdraw kassa-1 order-1017-sell --by Ivanova --why "the buyer has left"',
    ending="Only what waits in the line, or behind a dead job of its sequence. What the register has may print at any "
    "moment, and is refused. What stands behind it in its sequence is stopped: fiscalq release REGISTER --without JOB",
)


def withdraw(
    register: Register,
    job: Annotated[
        str,
        typer.Argument(metavar="JOB", autocompletion=jobs_in("open", "stopped"), help="A job that waits."),
    ],
    by: By = None,
    why: Why = None,
    as_json: Json = False,
    lang: LangOption = None,
) -> None:
    """Take back a job before the register has it: it is dead then, proven not printed."""
    from worker.app import operating
    from worker.app.settings import load_settings
    from worker.app.wiring import decide, make_register

    settings = load_settings()
    word, asked = operating.Word(by, why), make_register(settings, register)
    taken = decide(settings, register, operating.withdraw, job, word, asked)
    if as_json:
        answer_json({"register": register, "job": job, "state": taken.state.value, "by": by, "why": why})
    else:
        answer(Texts(choose(lang))("withdraw.done", register=register, job=job))
