"""`fiscalq drill`: learn on a register that is not there what to do when a real one misbehaves."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.language import LangOption, Language, Texts, choose
from ops.cli.screen import answer_json, complain, examples

if TYPE_CHECKING:
    from ops.drill.game import Outcome, Question
    from ops.drill.stand import Stand

    Answering = Callable[[Question], str]

EXAMPLES = examples(
    "fiscalq drill",
    ("fiscalq drill --lang ru --count 3", "a short one, in Russian"),
    ("fiscalq drill --seed 7 --answers mine.json --json", "without a terminal"),
    ending="Each fault is really made at a simulated register with a real worker. Exit 0 when all answers are right, else 1.",
)
LETTERS = "abc"
ROUNDS_MAX = 10
SEEDS = 10_000  # short enough to be said over the telephone


def drill(
    seed: Annotated[
        int | None,
        typer.Option(help="Draws the order of faults and of steps; drawn itself without, and told."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=ROUNDS_MAX, help="How many faults.")] = ROUNDS_MAX,
    answers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help='JSON: {"paper": "load_paper", …}; nobody is asked.',
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Close standard output with one line of JSON; all else goes to standard error."
        ),
    ] = False,
    lang: LangOption = None,
) -> None:
    """Play faults at a simulated register, ask for the next step, and count the safe answers."""
    from ops.demo.agreement import NotStarted
    from ops.drill.game import questions

    telling = Telling(choose(lang), stderr=as_json)
    answering = _answering(answers, telling)
    folder = Path(tempfile.mkdtemp(prefix="fiscalq-drill-"))
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    asked = list(questions(seed, count))
    outcomes = []
    telling(telling.text("drill", "opening"))
    telling(telling.text("drill", "drawn", seed=seed))
    try:
        with _stand(folder) as stand:
            for number, question in enumerate(asked, 1):
                telling(f"\n{telling.text('drill', 'round', number=number, count=count)}")
                outcomes.append(_play(stand, question, answering, telling))
    except NotStarted as problem:
        complain(telling.texts(problem.name, **problem.facts))
        raise typer.Exit(1) from problem
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    right = sum(outcome.ok for outcome in outcomes)
    telling(f"\n{telling.text('drill', 'score', right=right, count=count)}")
    if as_json:
        answer_json(
            {"seed": seed, "right": right, "of": count, "rounds": [outcome.dump() for outcome in outcomes]}
        )
    raise typer.Exit(0 if right == count else 1)


@contextmanager
def _stand(folder: Path) -> Iterator[Stand]:
    """A stage of its own, ended behind us however we end."""
    from ops.demo.stage import launch
    from ops.drill.stand import Stand

    stage = launch(folder, keep=False)
    try:
        stage.ready()
        with closing(Stand(stage)) as stand:
            yield stand
    finally:
        stage.end()


def _play(stand: Stand, question: Question, answering: Answering, telling: Telling) -> Outcome:
    """Make one fault, ask, say what would have been safe, and end the fault."""
    from ops.drill.game import Outcome

    played = question.played
    stand.make(played)
    telling(telling.text("stories", played.name))
    telling(f"\n{telling.text('drill', 'seen')}")
    for said in stand.says(played, telling.texts):
        telling(f"  {said}")
    telling("")
    for letter, step in zip(LETTERS, question.steps, strict=True):
        telling(f"  {letter}) {telling.text('steps', step)}")
    answered = answering(question)
    outcome = Outcome(played, answered, stand.end(played))
    right = telling.text("steps", played.right)
    if outcome.ok:
        telling(telling.text("drill", "right"))
    else:
        telling(telling.text("drill", "wrong", why=telling.text("why", answered), step=right))
    telling(telling.text("drill", "page", page=played.page.value))
    fiscal = outcome.answer.get("fiscal") or {}
    telling(telling.text("drill", str(outcome.answer["verdict"]), document=fiscal.get("document_number")))
    return outcome


def _answering(file: Path | None, telling: Telling) -> Answering:
    """Who answers: a file, or the person at the terminal. Raises: OperatorError when there is neither."""
    from ops.drill.game import from_file
    from worker.domain.errors import OperatorError

    if file is not None:
        written = _read(file)

        def refuse(question: Question) -> OperatorError:
            named = ", ".join(question.steps)
            text = telling.text("drill", "unanswered", round=question.played.name, file=file, steps=named)
            return OperatorError("told", text=text)

        return from_file(written, refuse)
    if not sys.stdin.isatty():
        raise OperatorError("told", text=telling.text("drill", "no_terminal"))

    def ask(question: Question) -> str:
        while True:
            said = str(typer.prompt(telling.text("drill", "ask"), err=telling.stderr)).strip().lower()
            if len(said) == 1 and said in LETTERS:
                return question.steps[LETTERS.index(said)]
            telling(telling.text("drill", "again", letters=", ".join(LETTERS)))

    return ask


def _read(file: Path) -> Mapping[str, Any]:
    try:
        written = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise typer.BadParameter(f"{file}: {error}") from error
    if not isinstance(written, dict):
        raise typer.BadParameter(f"{file}: not an object")
    return written


class Telling:
    """Says things in the operator's language; with `stderr`, beside the answer that a program reads."""

    def __init__(self, language: Language, *, stderr: bool) -> None:
        """Say nothing yet."""
        self.texts = Texts(language)
        self.stderr = stderr

    def __call__(self, told: str) -> None:
        """One line, at once."""
        stream = sys.stderr if self.stderr else sys.stdout
        stream.write(f"{told}\n")
        stream.flush()

    def text(self, section: str, word: str, **facts: object) -> str:
        """Give a text of the drill's own catalogue."""
        from ops.drill.game import text

        return text(self.texts.language, section, word, **facts)
