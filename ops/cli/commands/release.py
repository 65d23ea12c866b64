"""`fiscalq hold` and `fiscalq release`: stop a line and let it go on, under a person's name."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.cli.completion import jobs_in, register_names
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import answer, answer_json, examples

HOLD_EXAMPLES = examples(
    'fiscalq hold kassa-1 --by Ivanova --why "the paper roll is being changed"',
    ending="What is under way comes to its end; everything behind it waits, in its order.",
)
EXAMPLES = examples(
    ("fiscalq release kassa-1 --by Ivanova", "after fiscalq hold"),
    (
        "fiscalq release kassa-1 --accept-fn 9999078900001234 --by Ivanova",
        "the FN was replaced, and that is right",
    ),
    (
        'fiscalq release kassa-1 --without order-1017-sell --by Ivanova --why "the buyer has left"',
        "the rest of its sequence goes on",
    ),
    ending="A line stops by itself when the register shows another FN than the one it is bound to. The act is kept with the name.",
)

Register = Annotated[
    str, typer.Argument(metavar="REGISTER", autocompletion=register_names, help="Its short name.")
]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who answers for it.")]
Why = Annotated[str | None, typer.Option("--why", metavar="TEXT", help="The reason, for whoever asks later.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def hold(
    register: Register, by: By = None, why: Why = None, as_json: Json = False, lang: LangOption = None
) -> None:
    """Stop a line before its next job, without losing its order."""
    from worker.app import operating
    from worker.app.settings import load_settings
    from worker.app.wiring import decide

    decide(load_settings(), register, operating.hold, operating.Word(by, why))
    if as_json:
        answer_json({"register": register, "held": True, "by": by, "why": why})
    else:
        answer(Texts(choose(lang))("hold.done", register=register))


def release(
    register: Register,
    accept_fn: Annotated[
        str | None,
        typer.Option(
            "--accept-fn", metavar="NUMBER", help="The number of the FN that is in the register now."
        ),
    ] = None,
    without: Annotated[
        str | None,
        typer.Option(
            "--without",
            metavar="JOB",
            autocompletion=jobs_in("dead"),
            help="Let what is stopped behind this dead job go on.",
        ),
    ] = None,
    by: By = None,
    why: Why = None,
    as_json: Json = False,
    lang: LangOption = None,
) -> None:
    """Let a line go on that a person held; with another FN, only by its number; or a sequence without its dead job."""
    from worker.app import operating
    from worker.app.settings import load_settings
    from worker.app.wiring import decide, make_ledger

    settings, texts = load_settings(), Texts(choose(lang))
    said: dict[str, object] = {"register": register, "by": by}
    if without is not None:
        count = decide(settings, register, operating.forgo, without, operating.Word(by, why))
        said |= {"without": without, "released": count}
        told = texts("release.followers", register=register, job=without, count=count)
    elif accept_fn is not None:
        bound = decide(settings, register, operating.accept_fn, accept_fn, by)
        words = operating.on_word_alone(make_ledger(settings, register))
        said |= {"bound": bound, "accepted": accept_fn, "on_word_alone": words}
        told = texts("release.done", register=register, number=accept_fn)
        if words:
            told += "\n" + texts("release.on_word", register=register, jobs=", ".join(words))
    else:
        was_held = decide(settings, register, operating.release, operating.Word(by, why))
        said |= {"released": was_held}
        told = texts("release.line" if was_held else "release.not_held", register=register)
    if as_json:
        answer_json(said)
    else:
        answer(told)
