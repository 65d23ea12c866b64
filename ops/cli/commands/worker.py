"""`fiscalq worker`: the Celery worker of one register, in this process."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ops.cli.completion import register_names
from ops.cli.language import Texts, choose, refused
from ops.cli.screen import complain, examples

EXAMPLES = examples(
    "fiscalq worker kassa-1",
    ("fiscalq worker kassa-1 --standby", "takes over when the first is gone"),
    ending="Exit codes: 0 stopped by SIGTERM, 75 another worker holds the register, 78 Redis or settings are wrong.",
)


EXIT_CONFIG = 78  # sysexits: a supervisor need not start it again before somebody has mended it


def worker(
    register: Annotated[
        str, typer.Argument(metavar="REGISTER", autocompletion=register_names, help="Its short name.")
    ],
    standby: Annotated[
        bool, typer.Option("--standby", help="Wait for as long as another worker holds the register.")
    ] = False,
) -> None:
    """Print what is enqueued for a register. One worker a register; stop it by SIGTERM."""
    from worker.app.settings import load_settings
    from worker.domain.errors import ConfigError

    try:
        load_settings().register_named(register)
    except ConfigError as error:
        complain(refused(error, Texts(choose(None))))
        raise typer.Exit(EXIT_CONFIG) from error
    os.environ["FISCALQ_REGISTER"] = (
        register  # the app reads it when it is imported, as it does under plain celery
    )
    if standby:
        os.environ["FISCALQ_STANDBY"] = "1"
    from worker.app.celery_app import make_worker

    served = make_worker(register)
    served.start()
    raise typer.Exit(served.exitcode or 0)
