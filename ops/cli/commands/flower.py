"""`fiscalq flower`: Celery's dashboard on our app and our settings (`ops/flower/flowerconfig.py`), in this process."""

from __future__ import annotations

import os
import sys
from importlib.resources import files
from typing import Annotated

import typer

from ops.cli.screen import complain, examples

EXAMPLES = examples(
    ("FISCALQ_FLOWER_PASSWORD=… fiscalq flower", "http://127.0.0.1:5555, as operator"),
    ("fiscalq flower --port 8080", "another port"),
    ("fiscalq flower --console http://127.0.0.1:8790", "with links to the console"),
    ending="Looks only. FISCALQ_FLOWER_PASSWORD or FISCALQ_FLOWER_PASSWORD_FILE must be set; /metrics and /healthcheck ask "
    "for none, so keep the address on this machine. More: ops/flower/README.md.",
)
LOOPBACK = ("127.", "localhost", "::1")


def flower(
    port: Annotated[int, typer.Option(min=1, max=65535, help="TCP port.")] = 5555,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    console: Annotated[
        str,
        typer.Option(
            envvar="FISCALQ_FLOWER_CONSOLE", metavar="URL", help="Link to the console at this address."
        ),
    ] = "",
) -> None:
    """Start Flower, read-only and behind a password: what the workers have in hand, by the CRM's own ids."""
    from worker.app.owner import default_state_dir
    from worker.app.settings import load_settings

    settings = load_settings()
    folder = settings.state_dir or default_state_dir()
    if folder is not None:
        os.environ.setdefault("FISCALQ_FLOWER_DB", str(folder / "flower"))
    if not address.startswith(LOOPBACK):
        complain(f"{address}: /metrics and /healthcheck are open to whoever reaches this address")
    os.environ["FISCALQ_FLOWER_CONSOLE"] = console
    os.environ.pop("FISCALQ_REGISTER", None)  # Flower serves none
    from celery.__main__ import main

    options = [
        f"--conf={files('ops.flower').joinpath('flowerconfig.py')}",
        f"--port={port}",
        f"--address={address}",
    ]
    sys.argv = ["celery", "--app=worker.app.celery_app:app", "flower", *options]
    main()
