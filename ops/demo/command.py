"""`fiscalq demo`: does a shop's day on real parts and shows how each job becomes paper."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import answer, answer_json, complain, examples
from ops.demo.day import DAY

if TYPE_CHECKING:
    from ops.demo.stage import Stage

EXAMPLES = examples(
    "fiscalq demo",
    ("fiscalq demo --json 2>/dev/null", "one line of JSON"),
    ("fiscalq demo --keep", "leaves it running: enqueue by hand"),
    ("fiscalq demo --stop", "ends what --keep has left running"),
)

KEPT = Path(".fiscalq-demo")
END = {"jobs": 6, "printed": 6, "dead": 0, "documents": 5}  # the X report is paper, and no fiscal document


def demo(
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Close standard output with one line of JSON; all else goes to standard error."
        ),
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help=f"Leave everything running, in {KEPT}/, and say how to use it.")
    ] = False,
    stop: Annotated[
        bool, typer.Option("--stop", help="End what --keep has left running in this folder.")
    ] = False,
    lang: LangOption = None,
) -> None:
    """A shop's day on a simulated register: sales, a return, reports; from one Redis command to paper."""
    began = time.monotonic()
    texts = Texts(choose(lang))
    if keep and stop:
        raise typer.BadParameter("--keep and --stop contradict each other")
    if stop:
        _stop(texts)
        return
    for name in ("SIGTERM", "SIGHUP"):  # what was started is ended in order, as after Ctrl-C
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupted)
    with _stage(texts, keep=keep) as stage:
        from ops.demo.performance import perform  # slow, and the stage is being built meanwhile
        from ops.demo.show import Show

        show = Show(texts, stderr=as_json)
        show.opening()
        stage.ready()
        show.stage(stage.facts)
        counted: dict[str, Any] = {**perform(stage, show)}
    counted["seconds"] = round(time.monotonic() - began, 1)
    show.summary(counted)
    if keep:
        show.hints(*_hints(stage))
    else:
        show.hints(("demo.next", ""))
    if as_json:
        answer_json(counted)
    if {name: counted[name] for name in END} != END:
        raise typer.Exit(1)


@contextmanager
def _stage(texts: Texts, *, keep: bool) -> Iterator[Stage]:
    """A stage to play on; ended and removed behind us, unless it is to be kept. What goes wrong on it is told here."""
    from ops.demo.agreement import NotStarted
    from ops.demo.stage import last_lines, launch

    folder = _folder_to_keep(texts) if keep else Path(tempfile.mkdtemp(prefix="fiscalq-demo-"))
    stage = launch(folder, keep=keep)
    try:
        yield stage
    except NotStarted as problem:
        keep = False
        complain(texts(problem.name, **problem.facts))
        if "log" in problem.facts:
            complain(f"\n{last_lines(str(problem.facts['log']))}\n{texts('demo.advice')}")
        raise typer.Exit(1) from problem
    except BaseException:
        keep = False
        raise
    finally:
        if not keep:
            stage.end()
            shutil.rmtree(folder, ignore_errors=True)


def _folder_to_keep(texts: Texts) -> Path:
    """Make the folder anew; what an earlier stage left there without ending in order is of no use any more."""
    from ops.demo.stage import runs_in

    folder = KEPT.absolute()
    if sys.platform == "win32":
        complain(texts("demo.not_here"))
        raise typer.Exit(1)
    if runs_in(folder):
        complain(texts("demo.running", folder=KEPT, stop=f"{_ourselves()} demo --stop"))
        raise typer.Exit(1)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except OSError as problem:
        complain(texts("demo.no_folder", folder=folder, problem=problem))
        raise typer.Exit(1) from problem
    return folder


def _stop(texts: Texts) -> None:
    from ops.demo.stage import stop_kept

    if not stop_kept(KEPT.absolute()):
        complain(texts("demo.none", folder=KEPT.absolute().parent))
        raise typer.Exit(1)
    answer(texts("demo.stopped"))


def _hints(stage: Stage) -> Iterator[tuple[str, str]]:
    """How to go on by hand: a text, or a command that can be copied as it stands."""
    register, ours = stage.facts["register"], f"FISCALQ_CONFIG={KEPT}/fiscalq.toml {_ourselves()}"
    lent = (
        stage.facts["redis"]["kind"] == "external"
    )  # its password is the person's own, and stays off the screen
    redis_cli = f"redis-cli -u {'$FISCALQ_REDIS_URL' if lent else stage.facts['redis']['url']}"
    for number, task in enumerate(('{"type":"openShift"}', DAY[1].task), 1):
        command = f"{redis_cli} FCALL fiscalq_enqueue 1 'fiscalq:{{{register}}}' by-hand-{number} '{task}'"
        yield ("demo.kept" if number == 1 else "", command)
    yield "", f'echo \'{{"type":"reportX"}}\' | {ours} enqueue {register} - --id by-hand-3 --wait 10'
    yield "", f"{redis_cli} FCALL_RO fiscalq_status 1 'fiscalq:{{{register}}}' by-hand-2"
    yield "", f"{ours} watch"
    yield "demo.kept_paper", f"{stage.facts['simulator']['url']}/_sim/tape"
    yield "demo.kept_logs", f"{KEPT}/"
    yield "demo.kept_stop", f"{_ourselves()} demo --stop"


def _ourselves() -> str:
    """How this program is called from here: by its name, or by run.py where its environment is not on the path."""
    return "fiscalq" if shutil.which("fiscalq") else "python3 run.py"


def _interrupted(number: int, _: object) -> None:
    # As shells say it; no Exception, which a library on the way might take for its own.
    sys.exit(128 + number)
