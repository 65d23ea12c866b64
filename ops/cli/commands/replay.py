"""`fiscalq replay`: do dead jobs again that are proven not printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.commands.release import By, Json, Register, Why
from ops.cli.completion import jobs_in, reasons
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import agreed, answer, answer_json, examples, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.app.editing import Edit
    from worker.app.inspecting import Row
    from worker.app.operating import Lack, Replay, Word
    from worker.app.settings import Settings
    from worker.domain.edits import Change

EXAMPLES = examples(
    'fiscalq replay kassa-1 order-1017-sell --by Ivanova --why "paper is back"',
    ("fiscalq replay kassa-1 --all --dry-run --by Ivanova --why outage", "what would happen"),
    (
        "fiscalq replay kassa-1 --reason register_not_working --yes --by Ivanova --why outage",
        "many at once",
    ),
    (
        'fiscalq replay kassa-1 order-1017-sell --contact buyer@example.com --by Ivanova --why "wrong e-mail"',
        "to another e-mail or phone",
    ),
    ("fiscalq show kassa-1 order-1017-sell --task > task.json", "the task, to be edited"),
    'fiscalq replay kassa-1 order-1017-sell --edit task.json --dry-run --by Ivanova --why "text too long"',
    ending="Only what is proven not printed is replayed; for all else it says what is missing. A replayed job takes a new place at "
    "the end of the line, and what waits behind it in its sequence follows it. An edited one is the same receipt: another contact, "
    "with or without paper, other texts around it; whatever else differs is refused by its path and belongs under a new id. Of an "
    "edit the paths are kept, not the values. Exit code 1 when any job was refused.",
)


def replay(
    register: Register,
    jobs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[JOB]...", autocompletion=jobs_in("dead"), help="Ids of dead jobs."),
    ] = None,
    every: Annotated[
        bool,
        typer.Option(
            "--all",
            help="All dead jobs of the register, but those that were withdrawn or that their sequence went on without.",
        ),
    ] = False,
    reason: Annotated[
        str | None,
        typer.Option(
            "--reason", metavar="CODE", autocompletion=reasons, help="All dead jobs with this reason."
        ),
    ] = None,
    edit: Annotated[
        typer.FileBinaryRead | None,
        typer.Option(
            "--edit", metavar="FILE|-", help="One job with this whole task, which is the same receipt."
        ),
    ] = None,
    contact: Annotated[
        str | None,
        typer.Option("--contact", metavar="ADDRESS", help="One job to another e-mail or phone of its buyer."),
    ] = None,
    by: By = None,
    why: Why = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before many are replayed.")] = False,
    as_json: Json = False,
    lang: LangOption = None,
) -> None:
    """Do dead jobs again, each once, that are proven not printed."""
    from worker.app import inspecting, operating
    from worker.app.settings import load_settings
    from worker.app.wiring import decide, defaults_of, make_ledger
    from worker.domain.errors import OperatorError

    settings, texts = load_settings(), Texts(choose(lang))
    chosen = jobs or []
    if edit is not None or contact is not None:
        if len(chosen) != 1 or every or reason is not None or (edit is not None and contact is not None):
            raise typer.BadParameter("give one JOB, and either --edit or --contact")
        from worker.app.editing import to_contact, to_task

        defaults = defaults_of(settings.register_named(register))
        wanted = to_contact(contact or "", defaults) if edit is None else to_task(edit.read(), defaults)
        word = operating.Word(by, why)
        done, edited = _edited(settings, register, chosen[0], wanted, word, dry_run=dry_run)
        _tell(done, register, texts, dry_run=dry_run, as_json=as_json, edited=edited)
        return
    if every or reason is not None:
        settings.register_named(register)
        chosen = [*chosen, *operating.replayable(make_ledger(settings, register), reason)]
        if not chosen:
            raise OperatorError("nothing_to_replay")
        if not (dry_run or yes or as_json):
            planned = decide(
                settings, register, operating.replay, chosen, operating.Word(by, why), dry_run=True
            )
            _list(inspecting.rows(make_ledger(settings, register), planned.moved), texts)
            if not agreed(texts("replay.sure", moved=len(planned.moved))):
                answer(texts("replay.left"))
                raise typer.Exit(1)
    if not chosen:
        raise OperatorError("nothing_to_replay")
    done = decide(settings, register, operating.replay, chosen, operating.Word(by, why), dry_run=dry_run)
    _tell(done, register, texts, dry_run=dry_run, as_json=as_json)


def _list(rows: Sequence[Row], texts: Texts) -> None:
    """What is about to be replayed, a line each."""
    for row in rows:
        code = (row.reason or {}).get("code", "")
        kind = texts.of("kinds", row.type) if row.type else ""
        answer("  ".join(plain(part) for part in (f"  {row.job}", kind, row.total or "", code) if part))


def _edited(
    settings: Settings, register: str, job: str, edit: Edit, word: Word, *, dry_run: bool
) -> tuple[Replay, Sequence[Change]]:
    """One job with the edited task, or to the other contact; and what changed by it."""
    from worker.app.editing import replay_edited
    from worker.app.operating import Replay
    from worker.app.wiring import decide

    done = decide(settings, register, replay_edited, job, edit, word, dry_run=dry_run)
    if done.lack is not None:
        return Replay(refused={job: done.lack}), ()
    return Replay(moved=(job,)), done.changes


def _tell(
    done: Replay,
    register: str,
    texts: Texts,
    *,
    dry_run: bool,
    as_json: bool,
    edited: Sequence[Change] = (),
) -> None:
    """What moved and what was refused. Of an edit a person sees the values, a program the paths: its output is kept."""
    from worker.domain.edits import value_text

    if as_json:
        refused = {job: lack.missing.value for job, lack in done.refused.items()}
        told = {"register": register, "dry_run": dry_run, "replayed": list(done.moved), "refused": refused}
        answer_json({**told, "edited": [one.path for one in edited]} if edited else told)
    else:
        for job in done.moved:
            answer(texts("replay.moved", job=job))
        for one in edited:
            values = {"before": plain(value_text(one.before)), "after": plain(value_text(one.after))}
            answer(texts("replay.edited", path=plain(one.path), **values))
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
