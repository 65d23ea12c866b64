"""`fiscalq copy`: one more paper of a printed document, which is no second document."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from ops.cli.commands.release import By, Json, Register, Why
from ops.cli.completion import jobs_in
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import answer, answer_json, examples

EXAMPLES = examples(
    "fiscalq copy kassa-1 order-1017-sell --by Ivanova",
    ("fiscalq copy kassa-1 order-1017-sell --again --by Ivanova", "one more, when the last is printed"),
    ending="The register reads the document out of its FN and prints it, marked as a copy: nothing is sold by it. Asked for "
    "twice, it prints once; only --again prints another.",
)


def copy(
    register: Register,
    job: Annotated[str, typer.Argument(metavar="JOB", autocompletion=jobs_in("done"), help="A printed job.")],
    again: Annotated[bool, typer.Option("--again", help="One more, beside those that are printed.")] = False,
    by: By = None,
    why: Why = None,
    as_json: Json = False,
    lang: LangOption = None,
) -> None:
    """Print a non-fiscal copy of a printed job's document, read from the FN."""
    from ops.cli.door import Door
    from worker.app.operating import Word
    from worker.app.settings import load_settings

    texts = Texts(choose(lang))
    with Door(load_settings()) as door:
        asked = door.desk(register).copy(job, Word(by, why), after=None if again else 0)
    if as_json:
        answer_json({"register": register, "of": job, **asdict(asked)})
        return
    state = texts.of("states", asked.state)
    answer(
        texts(
            "copy.known" if asked.duplicate else "enqueue.accepted",
            job=asked.job,
            register=register,
            state=state,
        )
    )
