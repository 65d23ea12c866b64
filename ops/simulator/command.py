"""`fiscalq simulator`: the options, and nothing that takes time to import before they are read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Api(StrEnum):
    """Which generation answers."""

    V1 = "v1"
    V2 = "v2"
    BOTH = "both"


class Shape(StrEnum):
    """How v1 writes the error of a result."""

    FLAT = "flat"
    NESTED = "nested"


def simulator(  # noqa: PLR0913, PLR0917 - a command's options are its arguments
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port; 0 takes a free one.")] = 16732,
    state: Annotated[Path, typer.Option(help="Folder of all that outlives the process.")] = Path("simulator"),
    api: Annotated[Api, typer.Option(help="Which API generations answer.")] = Api.BOTH,
    seed: Annotated[int, typer.Option(help="Of serial numbers and fiscal signs, at the first start.")] = 1,
    faults: Annotated[
        Path | None,
        typer.Option(help="JSON or TOML of faults to arm; GET /_sim/faults?known=1 lists the kinds."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    v1_items: Annotated[Shape, typer.Option(help="Shape of an error in v1's results.")] = Shape.FLAT,
    username: Annotated[str, typer.Option(help="Of HTTP Basic on v2; empty for none.")] = "",
    password: Annotated[str, typer.Option(help="To the username.")] = "",
) -> None:
    """Stand in for an ATOL register and its web server: FN, shift, drawer, paper, and every fault of the reference."""
    from ops.simulator.faults import WrongFault  # noqa: PLC0415 - `--help` must not wait for a web server
    from ops.simulator.kkt.register import Taken  # noqa: PLC0415 - the same
    from ops.simulator.server import Options, serve  # noqa: PLC0415 - the same

    options = Options(state, api.value, seed, faults, v1_items.value, username, password)
    try:
        serve(options, host, port)
    except (WrongFault, Taken) as problem:
        typer.echo(f"simulator: {problem}", err=True)
        raise typer.Exit(2) from problem
    except OSError as problem:
        where = problem.filename or f"{host}:{port}"
        typer.echo(
            f"simulator: {where}: {problem.strerror or problem}; give another --port or --state", err=True
        )
        raise typer.Exit(1) from problem
