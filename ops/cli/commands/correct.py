"""`fiscalq correct`: what puts a document right, shown in full, and enqueued only when a named person says so."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.commands.check import Format
from ops.cli.commands.release import Why
from ops.cli.completion import jobs_in, register_names
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import agreed, answer, complain, examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.app.desk import Asked
    from worker.app.operating import Word
    from worker.app.settings import Settings
    from worker.domain.tasks import Checked

EXAMPLES = examples(
    "fiscalq correct kassa-1 order-1042-sell",
    ("fiscalq correct kassa-1 order-1042-sell --json", "for programs"),
    "fiscalq correct kassa-1 order-1042-sell --task right.json",
    "fiscalq correct kassa-1 order-1042-sell --task right.json --enqueue --by Ivanova",
    ending="Without --task: what takes back a document that the register printed twice. With --task: the pair that puts "
    "a wrong document right, as the register's format wants it; with --enqueue both go in as one sequence, the second "
    "only behind the first. Nothing is sent without --enqueue: look at both papers first.",
)


def correct(
    register: Annotated[
        str, typer.Argument(metavar="REGISTER", autocompletion=register_names, help="Its short name.")
    ],
    job: Annotated[
        str,
        typer.Argument(
            metavar="JOB", autocompletion=jobs_in("done"), help="The id under which it was enqueued."
        ),
    ],
    task: Annotated[
        typer.FileBinaryRead | None,
        typer.Option("--task", metavar="FILE|-", help="The task as it should have been."),
    ] = None,
    ffd: Annotated[
        Format | None, typer.Option("--ffd", help="The format; otherwise what the register said.")
    ] = None,
    enqueue: Annotated[bool, typer.Option("--enqueue", help="Hand both tasks in, after a question.")] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who answers for it.")] = None,
    why: Why = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; needed where nobody can answer.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON a task.")] = False,
    lang: LangOption = None,
) -> None:
    """Show the tasks that put a printed document right, and enqueue them if that is wanted."""
    from worker.app.operating import Word
    from worker.app.settings import load_settings

    texts = Texts(choose(lang))
    if enqueue:
        _must_be_said(task, by, texts, yes=yes)
    settings = load_settings()
    if task is None:
        _show_reversals(settings, register, job, ffd, texts, as_json=as_json)
        return
    prepared = _prepare(settings, register, job, task.read(), ffd)
    if not as_json:
        _show_pair(prepared, register, job, texts)
    if enqueue and not yes and not agreed(texts("correct.ask", register=register)):
        complain(texts("correct.nothing"))
        raise typer.Exit(1)
    if enqueue:
        accepted = _hand_in(settings, register, job, prepared, Word(by, why))
        prepared = [
            {**part, "register": register, **asdict(each)}
            for part, each in zip(prepared, accepted, strict=True)
        ]
    for part in prepared:
        if as_json:
            answer(_as_json(part))
        elif enqueue:
            known = "known" if part["duplicate"] else "accepted"
            state = texts.of("states", part["state"])
            answer(texts(f"enqueue.{known}", job=part["job"], register=register, state=state))


def _must_be_said(task: object, by: str | None, texts: Texts, *, yes: bool) -> None:
    """Raise BadParameter unless it is clear what is to be enqueued, who answers for it and that somebody has looked."""
    missing = None
    if task is None:
        missing = "no_task"
    elif not (by and by.strip()):
        missing = "no_name"
    elif not yes and not sys.stdin.isatty():
        missing = "no_answer"
    if missing is not None:
        raise typer.BadParameter(texts(f"correct.{missing}"), param_hint="--enqueue")


def _show_reversals(
    settings: Settings, register: str, job: str, ffd: str | None, texts: Texts, *, as_json: bool
) -> None:
    """What takes back each document too many of a job that the register printed twice."""
    from worker.app.wiring import prepare_reversals
    from worker.domain.corrections import derived_id
    from worker.domain.jsontext import dumps

    for number, body in prepare_reversals(settings, register, job, ffd):
        name = derived_id(job, f"reversal-{number}")
        if as_json:
            answer(dumps({"job": name, "document": number, "task": body}))
        else:
            answer(texts("correct.prepared", job=job, register=register, document=number, id=name))
            answer(dumps(body))


def _prepare(
    settings: Settings, register: str, job: str, fixed: bytes, ffd: Format | None
) -> list[dict[str, Any]]:
    """Both tasks with their ids, in their order, as they would be sent."""
    from worker.app.wiring import prepare_correction
    from worker.domain.corrections import derived_id
    from worker.domain.tasks import Known

    known = Known(today=datetime.now(UTC).astimezone().date(), ffd=ffd)
    prepared = prepare_correction(settings, register, job, fixed, known)
    return [
        {
            "job": derived_id(job, what),
            "document": prepared.document,
            "sequence": job,
            "warnings": _warnings(checked),
            "task": checked.task.body if checked.task is not None else None,
        }
        for what, checked in zip(("reversal", "corrected"), prepared.checked, strict=True)
    ]


def _warnings(checked: Checked) -> list[dict[str, str]]:
    return [{"path": each.path, "code": each.code, "message": each.message} for each in checked.warnings]


def _as_json(part: dict[str, Any]) -> str:
    from worker.domain.jsontext import dumps

    return dumps(part)


def _show_pair(prepared: list[dict[str, Any]], register: str, job: str, texts: Texts) -> None:
    """Both tasks in full, as they would be sent, and what a careful client would ask about them."""
    from worker.domain.jsontext import dumps

    answer(texts("correct.pair", job=job, register=register, document=prepared[0]["document"]))
    for part, what in zip(prepared, ("reversal", "corrected"), strict=True):
        answer("")
        answer(texts(f"correct.{what}", id=part["job"], type=part["task"]["type"]))
        answer(dumps(part["task"]))
        for warning in part["warnings"]:
            told = texts.rule(warning["code"], warning["message"])
            answer(f"  {warning['path']}: {told} ({warning['code']})")


def _hand_in(
    settings: Settings, register: str, job: str, prepared: list[dict[str, Any]], word: Word
) -> Sequence[Asked]:
    """Both through the door, the reversal first."""
    from ops.cli.door import Door
    from worker.domain.jsontext import dumps

    tasks = [(part["job"], dumps(part["task"]).encode()) for part in prepared]
    with Door(settings) as door:
        return door.desk(register).put_right(job, tasks, word)
