"""`fiscalq enqueue`: one task through the door, its bytes unchanged."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ops.cli.commands.status import end, show
from ops.cli.completion import register_names
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import answer, answer_json, complain, examples

EXAMPLES = examples(
    "fiscalq enqueue kassa-1 sale.json --id order-1042-sell",
    "fiscalq enqueue kassa-1 sale.json --id order-1042-sell --wait 60",
    'echo \'{"type":"reportX"}\' | fiscalq enqueue kassa-1 - --id x-2026-01-31',
    ("fiscalq enqueue kassa-1 entry.json", 'an inbox entry, {"id":…,"task":{…}}'),
    ending="The id names the business fact: the same id with the same bytes is the same job, however often it is sent.",
)


def enqueue(
    register: Annotated[
        str, typer.Argument(metavar="REGISTER", autocompletion=register_names, help="Its short name.")
    ],
    file: Annotated[
        typer.FileBinaryRead, typer.Argument(metavar="FILE|-", help="One ATOL JSON task; or an inbox entry.")
    ],
    job: Annotated[
        str | None, typer.Option("--id", metavar="JOB", help="The job's id; an inbox entry names its own.")
    ] = None,
    producer: Annotated[
        str | None, typer.Option("--producer", help="Who sends it, for the operator.")
    ] = None,
    sequence: Annotated[
        str | None,
        typer.Option(
            "--sequence", help="Jobs of one sequence (a sale and its return) stay behind each other."
        ),
    ] = None,
    wait: Annotated[
        float | None,
        typer.Option(
            "--wait", min=0, metavar="SECONDS", help="Wait for the end; exit 1 unless it is printed."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Answer in JSON, as the contract gives it.")
    ] = False,
    lang: LangOption = None,
) -> None:
    """Hand in a task: it is on the disk before this answers. Sends the bytes of the file unchanged."""
    from ops.cli.door import Door
    from worker.app.settings import load_settings

    settings = load_settings()
    raw = file.read()
    job, task, options = (job, raw, {}) if job is not None else _read_entry(raw, register)
    options |= {
        name: value for name, value in (("producer", producer), ("sequence", sequence)) if value is not None
    }
    texts = Texts(choose(lang))
    with Door(settings) as door:
        accepted = door.enqueue(
            register, job, task, json.dumps(options, ensure_ascii=False) if options else None
        )
        if wait is None:
            if as_json:
                answer_json(accepted)
            else:
                known = "known" if accepted["duplicate"] else "accepted"
                answer(
                    texts(
                        f"enqueue.{known}",
                        job=job,
                        register=register,
                        state=texts.of("states", accepted["state"]),
                    )
                )
            return
        said = door.wait(register, job, wait)
    if said is None:
        complain(texts("status.unknown", job=job, register=register))
        raise typer.Exit(1)
    show(said, texts, as_json=as_json)
    end(said, wait, texts)


def _read_entry(raw: bytes, register: str) -> tuple[str, bytes, dict[str, object]]:
    """Id, task and options of an inbox entry; the task's bytes as they stand there."""
    from worker.app.intake import read_entry
    from worker.domain.tasks import Defaults

    candidate = read_entry(raw, register, Defaults(), "")
    if candidate.job is None:
        raise typer.BadParameter(
            f'name the job by --id, or give an inbox entry {{"id":…,"task":{{…}}}}; this is none: {candidate.why}',
            param_hint="FILE",
        )
    return candidate.job.id, candidate.task, json.loads(candidate.options)
