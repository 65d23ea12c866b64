"""`fiscalq resolve`: settle a doubt on a named person's word, where the register cannot."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.commands.release import By, Json, Register, Why
from ops.cli.completion import jobs_in
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import answer, answer_json, examples

EXAMPLES = examples(
    (
        'fiscalq resolve kassa-1 order-1017-sell --printed --document 1207 --by Ivanova --why "paper seen"',
        "it printed",
    ),
    (
        'fiscalq resolve kassa-1 order-1017-sell --not-printed --by Ivanova --why "not among today\'s receipts"',
        "it did not",
    ),
    ending="A doubt settles by itself as soon as the register can be read. This is for what no reading can prove: look at the "
    "paper first. What is proven already is nobody's to change.",
)


def resolve(
    register: Register,
    job: Annotated[
        str, typer.Argument(metavar="JOB", autocompletion=jobs_in("doubts"), help="A job in doubt.")
    ],
    printed: Annotated[
        bool | None,
        typer.Option("--printed/--not-printed", help="What the person found.", show_default=False),
    ] = None,
    document: Annotated[
        int | None,
        typer.Option("--document", metavar="N", help="Number of the fiscal document on the paper (ФД)."),
    ] = None,
    by: By = None,
    why: Why = None,
    as_json: Json = False,
    lang: LangOption = None,
) -> None:
    """Say what became of a job in doubt, when the register cannot."""
    from worker.app import operating
    from worker.app.settings import load_settings
    from worker.app.wiring import decide, make_ledger
    from worker.domain.errors import OperatorError
    from worker.domain.verdicts import Verdict

    if printed is None:
        raise OperatorError("found")
    verdict = Verdict.PRINTED if printed else Verdict.NOT_PRINTED
    word = operating.Word(by, why)
    settings, texts = load_settings(), Texts(choose(lang))
    settled = decide(settings, register, operating.resolve, job, verdict, word, document=document)
    last = operating.unseen(make_ledger(settings, register), settled)
    if as_json:
        answer_json(
            {
                "register": register,
                "job": job,
                "state": settled.state.value,
                "verdict": verdict.value,
                "by": by,
                "last_seen": last,
            }
        )
    else:
        answer(texts(f"resolve.{verdict.value}", job=job, register=register, by=by))
        if last is not None:
            answer(texts("resolve.unseen", last=last, document=document))
