"""`fiscalq correct`: the correction of what the register printed twice, prepared and never sent."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.completion import register_names
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import answer, examples

EXAMPLES = examples(
    "fiscalq correct kassa-1 order-1042-sell",
    ("fiscalq correct kassa-1 order-1042-sell --json", "for programs"),
    ending="Nothing is sent: whoever answers for it looks at both papers first, and enqueues the task.",
)


def correct(
    register: Annotated[
        str, typer.Argument(metavar="REGISTER", autocompletion=register_names, help="Its short name.")
    ],
    job: Annotated[str, typer.Argument(metavar="JOB", help="The id under which it was enqueued.")],
    ffd: Annotated[
        str | None,
        typer.Option("--ffd", metavar="1.05|1.1|1.2", help="The format; otherwise what the register said."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON a task.")] = False,
    lang: LangOption = None,
) -> None:
    """Show the task that takes back each document too many of a job that the register printed twice."""
    from worker.app.settings import load_settings
    from worker.app.wiring import prepare_reversals
    from worker.domain.jsontext import dumps

    texts = Texts(choose(lang))
    for number, task in prepare_reversals(load_settings(), register, job, ffd):
        name = f"{job}.reversal-{number}"
        if as_json:
            answer(dumps({"job": name, "document": number, "task": task}))
        else:
            answer(texts("correct.prepared", job=job, register=register, document=number, id=name))
            answer(dumps(task))
