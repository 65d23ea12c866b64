"""`fiscalq replay`: do dead jobs again that are proven not printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.commands.release import By, Json, Register, Why
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import agreed, answer, answer_json, examples, plain

if TYPE_CHECKING:
    from worker.app.operating import Lack

EXAMPLES = examples(
    'fiscalq replay kassa-1 order-1017-sell --by Ivanova --why "paper is back"',
    ("fiscalq replay kassa-1 --all --dry-run --by Ivanova --why outage", "what would happen"),
    (
        "fiscalq replay kassa-1 --reason register_not_working --yes --by Ivanova --why outage",
        "many at once",
    ),
    ending="Only what is proven not printed is replayed; for all else it says what is missing. A replayed job takes a new place at "
    "the end of the line, and what waits behind it in its sequence follows it. Exit code 1 when any job was refused.",
)


def replay(
    register: Register,
    jobs: Annotated[list[str] | None, typer.Argument(metavar="[JOB]...", help="Ids of dead jobs.")] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All dead jobs of the register, but those that were withdrawn.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="CODE", help="All dead jobs with this reason.")
    ] = None,
    by: By = None,
    why: Why = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before many are replayed.")] = False,
    as_json: Json = False,
    lang: LangOption = None,
) -> None:
    """Do dead jobs again, each once, that are proven not printed."""
    from worker.app import operating
    from worker.app.settings import load_settings
    from worker.app.wiring import decide, make_ledger
    from worker.domain.errors import OperatorError

    settings, texts = load_settings(), Texts(choose(lang))
    chosen = jobs or []
    if every or reason is not None:
        settings.register_named(register)
        chosen = [*chosen, *operating.replayable(make_ledger(settings, register), reason)]
        if not chosen:
            raise OperatorError("nothing_to_replay")
        if not (dry_run or yes or as_json):
            planned = decide(
                settings, register, operating.replay, chosen, operating.Word(by, why), dry_run=True
            )
            if not agreed(texts("replay.sure", moved=len(planned.moved))):
                answer(texts("replay.left"))
                raise typer.Exit(1)
    if not chosen:
        raise OperatorError("nothing_to_replay")
    done = decide(settings, register, operating.replay, chosen, operating.Word(by, why), dry_run=dry_run)
    if as_json:
        refused = {job: lack.missing.value for job, lack in done.refused.items()}
        answer_json(
            {"register": register, "dry_run": dry_run, "replayed": list(done.moved), "refused": refused}
        )
    else:
        for job in done.moved:
            answer(texts("replay.moved", job=job))
        for job, lack in done.refused.items():
            answer(texts("replay.refused", job=job, missing=_told(lack, job, register, texts)))
        counts = {"moved": len(done.moved), "refused": len(done.refused)}
        answer(texts("replay.dry" if dry_run else "replay.done", **counts))
    if done.refused:
        raise typer.Exit(1)


def _told(lack: Lack, job: str, register: str, texts: Texts) -> str:
    """What a replay of the job lacks, with the next step."""
    from worker.app.answering import message

    why = plain(message(lack.reason, texts.language)) if lack.reason is not None else ""
    return texts(f"missing.{lack.missing.value}", job=job, register=register, reason=why)
