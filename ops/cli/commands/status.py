"""`fiscalq status`: what became of a job, in the contract's words or in the operator's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.completion import jobs_in, register_names
from ops.cli.language import LangOption, Texts, choose, stands_still
from ops.cli.screen import STYLES, answer, answer_json, complain, console, examples, local, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from worker.app.standstill import Standstill

PAGE = "  → fiscalq explain {}"  # as in `fiscalq doctor`: the code is what the handbook asks for
EXAMPLES = examples(
    "fiscalq status kassa-1 order-1042-sell",
    "fiscalq status kassa-1 order-1042-sell --wait 60 --json",
    ending="Exit 0 when the job is known; with --wait, when it is printed.",
)


def status(
    register: Annotated[
        str, typer.Argument(metavar="REGISTER", autocompletion=register_names, help="Its short name.")
    ],
    job: Annotated[
        str,
        typer.Argument(
            metavar="JOB",
            autocompletion=jobs_in("open", "stopped", "dead", "done"),
            help="The id under which it was enqueued.",
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Answer in JSON, as the contract gives it.")
    ] = False,
    wait: Annotated[
        float | None,
        typer.Option(
            "--wait", min=0, metavar="SECONDS", help="Wait for the end; exit 1 unless it is printed."
        ),
    ] = None,
    lang: LangOption = None,
) -> None:
    """Say what became of a job: its state, its fiscal data, or why it is dead and what to do."""
    from ops.cli.door import FINAL, Door
    from worker.app.settings import load_settings

    texts = Texts(choose(lang))
    with Door(load_settings()) as door:
        said = door.status(register, job) if wait is None else door.wait(register, job, wait)
        stalled = None if said is None or said["state"] in FINAL else door.line(register).standstill
    if said is None:
        complain(texts("status.unknown", job=job, register=register))
        raise typer.Exit(1)
    show(said, texts, as_json=as_json)
    if stalled is not None and not as_json:
        for told in standing(stalled, register, texts):
            answer(told)
    if wait is not None:
        end(said, wait, texts)


def standing(stalled: Standstill, register: str, texts: Texts) -> Iterator[str]:
    """Since when and why the line stands still, and the page of the handbook about it."""
    why = stands_still(stalled, register, texts)
    yield texts("status.stands_still", since=local(stalled.since), why=why)
    yield PAGE.format(stalled.cause.value)


def end(said: Mapping[str, Any], seconds: float, texts: Texts) -> None:
    """Whoever waited for the end gets exit 0 only when it is paper."""
    if said["state"] == "printed":
        return
    if said["state"] != "dead":
        text = "status.not_yet" if said["reason"] is None else "status.behind"  # the reason says behind which
        complain(texts(text, seconds=f"{seconds:g}", register=said["register"], job=said["job"]))
    raise typer.Exit(1)


def show(said: Mapping[str, Any], texts: Texts, *, as_json: bool) -> None:
    """Show the contract's answer: as it is, or for people."""
    if as_json:
        answer_json(said)
        return
    from rich.text import Text

    from ops.cli.story import words_of
    from worker.app.inspecting import NextStep, advice, next_step

    screen = console()
    style = STYLES.get(said["verdict"] or "", STYLES.get(said["state"], ""))
    step = next_step(said)
    state = words_of(said["state"], said["verdict"], said["reason"], step, texts)
    screen.print(Text.assemble((said["job"], "bold"), " · ", said["register"], " · ", (state, style)))
    facts = list(_facts(said, texts))
    wide = max((len(name) for name, _ in facts), default=0)
    for name, value in facts:  # lines and no table, which would break the QR's text at the terminal's edge
        screen.print(Text.assemble((f"  {name:<{wide}}  ", "dim"), plain(value)))
    for told in advice(said, texts.language):
        screen.print(Text(told, style if step is NextStep.DONE else STYLES["in_doubt"]))
    if said["reason"] is not None:
        screen.print(Text(plain(said["reason"][f"message_{texts.language}"]), style))
        for problem in said["reason"].get("problems") or ():
            path, words = (
                plain(problem["path"]) or "–",
                plain(f"{problem['code']}  {texts.rule(problem['code'], problem['message'])}"),
            )
            screen.print(Text.assemble("  ", (path, "bold"), f"  {words}"))
        screen.print(PAGE.format(said["reason"]["code"]))


def _shown(name: str, value: object, texts: Texts) -> str:
    """One fact for people: a moment by their own clock, a kind of task in their language."""
    if name.endswith("_at"):
        return local(str(value))
    return texts.of("kinds", str(value)) if name == "type" else str(value)


def _facts(said: Mapping[str, Any], texts: Texts) -> Iterator[tuple[str, str]]:
    for name in ("type", "submissions", "accepted_at", "updated_at"):
        if said.get(name) is not None:
            yield texts(f"facts.{name}"), _shown(name, said[name], texts)
    fiscal = said["fiscal"] or {}
    explained = {told["code"] for told in fiscal.get("advice") or ()}  # and so told in the reader's words
    for name, value in fiscal.items():
        told = [one for one in value if one not in explained] if name == "warnings" else value
        if told not in (None, [], "") and name != "advice":
            yield texts.of("facts", name), ", ".join(map(str, told)) if isinstance(told, list) else str(told)
