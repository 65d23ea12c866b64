"""`fiscalq metrics`: what Prometheus is told of each register, whether its worker lives or not."""

from __future__ import annotations

import signal
from threading import Event
from typing import Annotated

import typer

from ops.cli.completion import register_names
from ops.cli.screen import answer, complain, examples

EXAMPLES = examples(
    ("fiscalq metrics", "answers on http://127.0.0.1:9732/metrics"),
    ("fiscalq metrics kassa-1 --listen 10.0.0.5:9732", "one register, for another machine"),
    ("fiscalq metrics --once", "prints them, as for a textfile collector"),
    ending="Reads the ledger only, so that an alarm is raised when a worker is dead. What a worker counts of its own work it "
    "answers itself: FISCALQ_METRICS_LISTEN=127.0.0.1:9733. No password is asked for. Names and alarms: ops/prometheus/README.md.",
)
LISTEN = "127.0.0.1:9732"
PORT_MAX = 65535


def metrics(
    registers: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REGISTER]…", autocompletion=register_names, help="All of the settings without."
        ),
    ] = None,
    listen: Annotated[str, typer.Option("--listen", metavar="HOST:PORT", help="Where to answer.")] = LISTEN,
    once: Annotated[bool, typer.Option("--once", help="Print them once, and end.")] = False,
) -> None:
    """Tell Prometheus of each register: how long its line is, since when it stands, what is in doubt, what ends soon."""
    from prometheus_client import CollectorRegistry, generate_latest, start_http_server

    from ops.prometheus.collector import LineCollector
    from worker.app.settings import load_settings
    from worker.app.wiring import make_glance

    settings = load_settings()
    names = settings.chosen(registers)
    zones = {name: settings.register_named(name).timezone for name in names}
    registry = CollectorRegistry(auto_describe=False)
    registry.register(LineCollector(zones, make_glance(settings)))
    if once:
        answer(generate_latest(registry).decode().rstrip("\n"))
        return
    host, _, port = listen.rpartition(":")
    if (
        not host
        or not port.isdecimal()
        or not 0 < int(port) <= PORT_MAX
        or (":" in host) != host.startswith("[")
    ):
        raise typer.BadParameter(f"{listen} is not HOST:PORT", param_hint="--listen")
    try:
        start_http_server(int(port), addr=host.removeprefix("[").removesuffix("]"), registry=registry)
    except OSError as error:
        complain(f"{listen}: {error.strerror or error}. Is it taken? Give another one by --listen.")
        raise typer.Exit(1) from error
    complain(f"http://{listen}/metrics")
    over = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    over.wait()
