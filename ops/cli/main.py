"""
`fiscalq`: all commands, and what holds for each of them.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 interrupted. What went wrong on purpose (a FiscalqError)
is one readable message on standard error; a traceback is a mistake of ours.
"""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from typing import Annotated, Any

import typer

from ops.cli.commands import (
    chaos,
    check,
    copy,
    correct,
    doctor,
    drill,
    enqueue,
    explain,
    flower,
    install,
    jobs,
    metrics,
    reconcile,
    release,
    replay,
    resolve,
    shift,
    status,
    watch,
    withdraw,
    worker,
)
from ops.cli.help import Command, Group
from ops.cli.language import Texts, choose, refused
from ops.cli.screen import complain, examples, speak_utf8
from ops.console import command as console
from ops.demo import command as demo
from ops.simulator import command as simulator
from worker.domain.errors import FiscalqError

INTERRUPTED = 130  # 128 and SIGINT, as shells say it


class Commands(Group):
    """The group of all commands: what any of them may end with is handled here once."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a FiscalqError becomes its sentence and exit 1, Ctrl-C becomes exit 130."""
        speak_utf8()
        try:
            return super().invoke(ctx)
        except FiscalqError as error:
            complain(refused(error, Texts(choose(ctx.obj))))
            raise typer.Exit(1) from error
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    name="fiscalq",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        ("fiscalq demo", "a shop's day, simulated"),
        ("fiscalq check sale.json", "would this be printed?"),
        ("fiscalq doctor", "what is missing, what to do"),
        ("fiscalq worker kassa-1", "print what is enqueued"),
        ("fiscalq enqueue kassa-1 sale.json --id A-1", "hand in a task"),
        ("fiscalq status kassa-1 A-1", "what became of it"),
        ending="Settings: fiscalq.toml (or the file that FISCALQ_CONFIG names) and FISCALQ_… variables, which win. "
        "Exit codes: 0 done, 1 refused or failed, 2 wrong usage.",
    ),
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"fiscalq {version_of('fiscalq')}\n")
        raise typer.Exit


@app.callback()
def fiscalq(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and end.")
    ] = False,
) -> None:
    """Queue of fiscal documents for ATOL cash registers: from one Redis command to paper, each exactly once."""


app.command(epilog=demo.EXAMPLES)(demo.demo)
app.command(epilog=worker.EXAMPLES)(worker.worker)
app.command()(simulator.simulator)
app.command(epilog=install.EXAMPLES)(install.install)
app.command(epilog=enqueue.EXAMPLES)(enqueue.enqueue)
app.command(epilog=replay.EXAMPLES)(replay.replay)
app.command(epilog=resolve.EXAMPLES)(resolve.resolve)
app.command(epilog=release.HOLD_EXAMPLES)(release.hold)
app.command(epilog=release.EXAMPLES)(release.release)
app.command(epilog=withdraw.EXAMPLES)(withdraw.withdraw)
app.command(epilog=copy.EXAMPLES)(copy.copy)
app.command(epilog=correct.EXAMPLES)(correct.correct)
app.command(epilog=reconcile.EXAMPLES)(reconcile.reconcile)
app.command(epilog=shift.EXAMPLES)(shift.shift)
app.command(epilog=status.EXAMPLES)(status.status)
app.command(epilog=jobs.JOBS_EXAMPLES)(jobs.jobs)
app.command(epilog=jobs.DEAD_EXAMPLES)(jobs.dead)
app.command(epilog=jobs.SHOW_EXAMPLES)(jobs.show)
app.command(epilog=check.EXAMPLES)(check.check)
app.command(epilog=watch.EXAMPLES)(watch.watch)
app.command(epilog=doctor.EXAMPLES)(doctor.doctor)
app.command(epilog=console.EXAMPLES)(console.console)
app.command(epilog=explain.EXAMPLES)(explain.explain)
app.command(epilog=flower.EXAMPLES)(flower.flower)
app.command(epilog=metrics.EXAMPLES)(metrics.metrics)
app.command(epilog=drill.EXAMPLES)(drill.drill)
app.command(epilog=chaos.EXAMPLES)(chaos.chaos)
for registered in app.registered_commands:
    registered.cls = Command


if __name__ == "__main__":
    app()
