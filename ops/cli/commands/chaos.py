"""`fiscalq chaos`: a run of jobs under faults on real processes, and the count of what came of it."""

from __future__ import annotations

import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

import typer

from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import answer, answer_json, complain, console, examples

if TYPE_CHECKING:
    from ops.chaos.account import Account
    from ops.chaos.plan import Step
    from ops.chaos.record import Record

EXAMPLES = examples(
    ("fiscalq chaos", "100 jobs, 20 faults, about a minute"),
    ("fiscalq chaos --seed 7 --api v2", "the same faults at the same jobs"),
    ("fiscalq chaos --receipts 5000 --faults 250 --keep run", "long, and kept"),
    ("fiscalq chaos --resume run", "goes on with a run that was killed"),
    ("fiscalq chaos --json 2>/dev/null", "the closing line alone"),
    ("fiscalq chaos --virtual --seeds 2000", "no processes: virtual time, many seeds"),
    ("fiscalq chaos --virtual --first 7 --seeds 1 --verbose", "the story of one of them"),
    ending="Exit 1 when a job was lost or printed twice, the order or an answer was broken, or a second print of the register "
    "itself went unnoticed. A seed repeats jobs and faults; the moments of real processes cannot be repeated.",
)

SEEDS = 1_000_000_000
LINE_EACH = 100  # jobs, where progress is told in lines


def chaos(
    receipts: Annotated[
        int, typer.Option("--receipts", min=10, help="Jobs: sales, returns, cash, X reports.")
    ] = 100,
    faults: Annotated[int, typer.Option("--faults", min=0, help="Faults thrown meanwhile.")] = 20,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Of jobs and faults; drawn and told without.")
    ] = None,
    api: Annotated[Literal["v1", "v2"], typer.Option("--api", help="The register's generation.")] = "v1",
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Keep logs, data and record in a new directory."),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            "--resume", metavar="DIR", help="Go on with what --keep has kept; its own options count."
        ),
    ] = None,
    virtual: Annotated[
        bool,
        typer.Option(
            "--virtual", help="On virtual time instead: two workers, ledger and register in memory."
        ),
    ] = False,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="With --virtual: how many.")] = 500,
    first: Annotated[int, typer.Option("--first", min=0, help="With --virtual: the first seed.")] = 0,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="With --virtual: processes; one per core without.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="With --virtual: tell the story of each seed that is played.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Nothing on standard output but a closing line of JSON.")
    ] = False,
    lang: LangOption = None,
) -> None:
    """Throw faults at a shop of real processes (Redis, worker, simulated register), then count the paper."""
    if virtual:
        from ops.chaos.virtual.command import play_seeds

        raise typer.Exit(
            play_seeds(first, seeds, jobs, Texts(choose(lang)), as_json=as_json, verbose=verbose)
        )
    from ops.chaos.conduct import begin, conduct
    from ops.chaos.record import InUse
    from ops.chaos.shop import NotSeen
    from ops.redis.program import RedisUnavailable

    texts = Texts(choose(lang))
    if keep is not None and resume is not None:
        raise typer.BadParameter(
            "--keep and --resume contradict each other: --resume keeps what it goes on with"
        )
    for name in ("SIGTERM", "SIGHUP"):  # what was started is ended in order, as after Ctrl-C
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupted)
    with _directory(keep, resume, texts) as directory:
        try:
            if resume is None:
                begin(directory, receipts, faults, secrets.randbelow(SEEDS) if seed is None else seed, api)
            with _Progress(texts, to_stderr=as_json) as progress:
                account = conduct(directory, progress)
        except (InUse, NotSeen, RedisUnavailable) as problem:
            complain(str(problem))
            raise typer.Exit(1) from problem
        _show(account, texts, as_json=as_json)
    raise typer.Exit(0 if account.holds else 1)


@contextmanager
def _directory(keep: Path | None, resume: Path | None, texts: Texts) -> Iterator[Path]:
    """Where the run takes place: a new directory to keep, one that was kept, or one that is removed behind us."""
    from ops.chaos.record import FILE

    if resume is not None:
        if not (resume / FILE).is_file():
            complain(texts("chaos.nothing_kept", folder=resume))
            raise typer.Exit(1)
        yield resume.absolute()
        return
    if keep is not None:
        if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
            complain(texts("chaos.not_empty", folder=keep))
            raise typer.Exit(1)
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.absolute()
        return
    folder = Path(tempfile.mkdtemp(prefix="fiscalq-chaos-"))
    try:
        yield folder
    except typer.Exit:
        complain(texts("chaos.left", folder=folder))  # what went wrong is to be looked at
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


class _Progress:
    """A bar on a terminal, lines in a pipe."""

    def __init__(self, texts: Texts, *, to_stderr: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._texts = texts
        self._screen = console(stderr=to_stderr)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._screen,
            disable=not self._screen.is_terminal,
        )
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, record: Record, step: Step | None) -> None:
        """One more step is done; None: the run begins."""
        from ops.chaos.plan import Send, Throw

        options = record.options
        if step is None:
            self._screen.print(self._texts("chaos.begins", **options))
            self._bar.update(self._task, total=options["receipts"])
        sent = len(record.accepted)
        self._bar.update(self._task, completed=sent)
        match step:
            case Throw():
                what = self._texts(
                    "chaos.thrown", number=step.number, faults=options["faults"], kind=step.kind, job=step.job
                )
                self._bar.update(self._task, description=what)
                if not self._screen.is_terminal:
                    self._screen.print(what)
            case Send() if sent % LINE_EACH == 0 and not self._screen.is_terminal:
                self._screen.print(self._texts("chaos.sent", sent=sent, receipts=options["receipts"]))
            case _:
                return


def _show(account: Account, texts: Texts, *, as_json: bool) -> None:
    for finding in account.findings:
        complain(f"{finding.kind}: {finding.job or '-'}: {finding.text}")
    for missed in account.missed:
        complain(texts("chaos.missed", what=missed))
    if as_json:
        answer_json(account.line)
        return
    for name, value in account.line.items():
        shown = (
            ", ".join(f"{kind} {count}" for kind, count in value.items())
            if isinstance(value, dict)
            else value
        )
        answer(f"{texts(f'chaos.{name}')}: {shown}")
    answer(texts("chaos.holds" if account.holds else "chaos.broken"))


def _interrupted(number: int, _: object) -> None:
    # As shells say it; no Exception, which a library on the way might take for its own.
    sys.exit(128 + number)
