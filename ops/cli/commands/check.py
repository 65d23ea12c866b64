"""`fiscalq check`: the rules for a task, without a queue, a register or a Redis."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ops.cli.completion import register_names
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import answer, console, examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.domain.tasks import Checked, Defaults, Known, Problem

Format = Literal["1.05", "1.1", "1.2"]

EXAMPLES = examples(
    ("fiscalq check sale.json", "exit 0 when valid, else 1"),
    ("fiscalq check sale.json --json", "for programs, as in a pipe"),
    ("fiscalq check sale.json --register kassa-1", "with its cashier and tax"),
    "fiscalq check sale.json --on 2026-01-01 --ffd 1.2",
    "crm-export A-1 | fiscalq check - | jq .problems",
)


def check(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(metavar="FILE|-", help="One ATOL JSON task, bare or in the vendor's envelope."),
    ],
    register: Annotated[
        str | None,
        typer.Option(
            "--register", autocompletion=register_names, help="Fill in what this register's settings say."
        ),
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(
            "--on", formats=["%Y-%m-%d"], metavar="DAY", help="The day of the settlement; otherwise today."
        ),
    ] = None,
    ffd: Annotated[
        Format | None,
        typer.Option("--ffd", help="The register's format; otherwise what depends on it is not judged."),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Answer in JSON; so it does whenever standard output is no terminal."),
    ] = False,
    lang: LangOption = None,
) -> None:
    """Say whether a task would be accepted, and everything that is wrong with it. Sends nothing anywhere."""
    from worker.domain.tasks import check_document

    texts = Texts(choose(lang))
    checked = check_document(file.read(), _defaults(register), _known(on, ffd))
    if as_json or not sys.stdout.isatty():
        answer(_as_json(checked, texts))
    else:
        _show(checked, texts)
    raise typer.Exit(0 if checked.valid else 1)


def _defaults(register: str | None) -> Defaults:
    """What a register fills in; without one, nothing, and no settings are read."""
    from worker.domain.tasks import Defaults

    if register is None:
        return Defaults()
    from worker.app.settings import load_settings
    from worker.app.wiring import defaults_of

    return defaults_of(load_settings().register_named(register))


def _known(on: datetime | None, ffd: Format | None) -> Known:
    """The day and the format that the rules are asked about."""
    from worker.domain.tasks import Known

    day = on if on is not None else datetime.now(UTC).astimezone()
    return Known(today=day.date(), ffd=ffd)


def _as_json(checked: Checked, texts: Texts) -> str:
    """`{"valid","problems","warnings","task"}`; messages in the reader's language, while path and code are for programs. The task's numbers stand exactly as they would be sent."""
    from worker.domain.jsontext import dumps

    return dumps(
        {
            "valid": checked.valid,
            "problems": _notes(checked.problems, texts),
            "warnings": _notes(checked.warnings, texts),
            "task": checked.task.body if checked.task is not None else None,
        }
    )


def _notes(notes: Sequence[Problem], texts: Texts) -> list[dict[str, str]]:
    return [
        {"path": note.path, "code": note.code, "message": texts.rule(note.code, note.message)}
        for note in notes
    ]


def _show(checked: Checked, texts: Texts) -> None:
    from rich.table import Table
    from rich.text import Text

    screen = console()
    screen.print(
        Text(
            texts(f"check.{'valid' if checked.valid else 'invalid'}"),
            "green" if checked.valid else "bold red",
        )
    )
    if checked.enveloped:
        screen.print(Text(texts("check.envelope")))
    for title, style, notes in (
        ("problems", "red", checked.problems),
        ("warnings", "yellow", checked.warnings),
    ):
        if not notes:
            continue
        table = Table(title=texts(f"check.{title}"), title_justify="left", title_style=style, box=None)
        for column in ("path", "code", "message"):
            table.add_column(texts(f"check.{column}"), overflow="fold")
        for note in notes:
            table.add_row(Text(note.path or "–"), Text(note.code), Text(texts.rule(note.code, note.message)))
        screen.print(table)
