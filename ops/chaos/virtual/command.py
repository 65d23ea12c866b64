"""The face of `fiscalq chaos --virtual`."""

from __future__ import annotations

from rich.progress import Progress

from ops.chaos.virtual.run import run
from ops.chaos.virtual.shop import Outcome
from ops.cli.language import Texts
from ops.cli.screen import answer, answer_json, complain, console


def play_seeds(
    first: int, seeds: int, jobs: int | None, texts: Texts, *, as_json: bool, verbose: bool
) -> int:
    """Play the seeds and show what came of them. Returns the exit code: 1 when a promise was broken."""
    screen = console(stderr=True)
    with Progress(console=screen, disable=not screen.is_terminal) as bar:
        task = bar.add_task("", total=seeds)

        def tell(outcome: Outcome) -> None:
            bar.update(
                task, advance=1, description=texts("chaos.virtual", seed=outcome.seed, last=first + seeds - 1)
            )
            if verbose:
                for line in outcome.story:
                    screen.print(f"{outcome.seed}  {line}")
            for kind, text in outcome.findings:
                complain(texts("chaos.repeat", seed=outcome.seed, kind=kind, text=text))

        summary = run(first, seeds, 1 if verbose else jobs, tell)
    if as_json:
        answer_json(summary.line)
    else:
        for name, value in summary.line.items():
            shown = (
                ", ".join(f"{kind} {count}" for kind, count in value.items())
                if isinstance(value, dict)
                else value
            )
            answer(f"{name}: {shown}")
        answer(texts("chaos.holds" if summary.holds else "chaos.broken"))
    return 0 if summary.holds else 1
