"""`fiscalq jobs`, `fiscalq dead`, `fiscalq show`: what stands in a register's ledger, read alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ops.cli.commands.release import Json, Register
from ops.cli.completion import jobs_in
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import (
    MOMENT,
    STYLES,
    answer,
    answer_json,
    complain,
    console,
    examples,
    local,
    plain,
    unseen_escaped,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.app.inspecting import Row, Story
    from worker.app.settings import Settings

JOBS_EXAMPLES = examples(
    ("fiscalq jobs kassa-1", "the line, in the order in which it prints"),
    ("fiscalq jobs kassa-1 --group done", "what was printed last"),
    ("fiscalq jobs kassa-1 --find 1017", "by a part of the id or sequence, sum, document"),
    "fiscalq jobs kassa-1 --json | jq '.jobs[].job'",
)
DEAD_EXAMPLES = examples(
    ("fiscalq dead kassa-1", "those in doubt first"),
    "fiscalq dead kassa-1 --json | jq '.jobs[] | select(.verdict == \"in_doubt\") | .job'",
    ending="Each line ends with the one safe next step.",
)
SHOW_EXAMPLES = examples(
    "fiscalq show kassa-1 order-1017-sell",
    "fiscalq show kassa-1 order-1017-sell --json | jq '.history[].name'",
    ("fiscalq show kassa-1 order-1017-sell --task > task.json", "for `fiscalq replay --edit`"),
    ending="All that the register said and all that people decided, and what to do now. Nothing of the buyer is shown, "
    "but with --task.",
)

LimitOption = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")]
GroupName = Literal["open", "stopped", "dead", "doubts", "done"]


def jobs(
    register: Register,
    group: Annotated[
        GroupName, typer.Option("--group", help="Which: the line, stopped behind a dead one, dead, …")
    ] = "open",
    find: Annotated[
        str | None,
        typer.Option("--find", metavar="TEXT", help="A part of id or sequence, a sum, a document's number."),
    ] = None,
    limit: LimitOption = 50,
    as_json: Json = False,
    lang: LangOption = None,
) -> None:
    """List jobs of a register, or find some."""
    from worker.app import inspecting
    from worker.app.settings import load_settings
    from worker.app.wiring import make_ledger
    from worker.domain.ports import Group

    settings, texts = load_settings(), Texts(choose(lang))
    settings.register_named(register)
    ledger = make_ledger(settings, register)
    if find is not None:
        found = inspecting.find(ledger, find)
        facts = {"looked_through": found.looked, "whole": found.whole}
        ending = texts("jobs.looked" if found.whole else "jobs.looked_partly", count=found.looked)
        _list(register, found.rows[:limit], "found", facts, [ending], texts, as_json=as_json)
        return
    rows, counts = inspecting.listed(ledger, Group(group), limit), ledger.counts()
    endings = _endings(register, rows, group, counts, texts)
    if group == "open" and rows and not as_json:
        endings += _standing(settings, register, texts)
    _list(register, rows, group, counts, endings, texts, as_json=as_json)


def dead(register: Register, limit: LimitOption = 50, as_json: Json = False, lang: LangOption = None) -> None:
    """List the dead jobs of a register, led by those in doubt."""
    from worker.app import inspecting
    from worker.app.settings import load_settings
    from worker.app.wiring import make_ledger

    settings, texts = load_settings(), Texts(choose(lang))
    settings.register_named(register)
    ledger = make_ledger(settings, register)
    rows, counts = inspecting.dead(ledger, limit), ledger.counts()
    endings = _endings(register, rows, "dead", counts, texts)
    _list(register, rows, "dead", counts, endings, texts, as_json=as_json)


def show(
    register: Register,
    job: Annotated[
        str,
        typer.Argument(
            metavar="JOB",
            autocompletion=jobs_in("dead", "open", "stopped", "done"),
            help="The id under which it was enqueued.",
        ),
    ],
    task: Annotated[
        bool,
        typer.Option("--task", help="Its task alone, as the register gets or got it; buyer's data is in it."),
    ] = False,
    as_json: Json = False,
    lang: LangOption = None,
) -> None:
    """Show all that happened to a job, who decided what, and what to do."""
    from worker.app import inspecting
    from worker.app.settings import load_settings
    from worker.app.wiring import make_ledger

    settings, texts = load_settings(), Texts(choose(lang))
    settings.register_named(register)
    ledger = make_ledger(settings, register)
    story = inspecting.show(ledger, job)
    if story is None:
        complain(texts("jobs.unknown", job=plain(job), register=register))
        raise typer.Exit(1)
    if task:
        answer(unseen_escaped(inspecting.task_of(ledger, story).decode(errors="backslashreplace")))
    elif as_json:
        answer_json(_story(story))
    else:
        waits = story.row.next_step is inspecting.NextStep.WAIT
        _tell(story, texts, _standing(settings, register, texts) if waits else [])


def _standing(settings: Settings, register: str, texts: Texts) -> Sequence[str]:
    """Why the line stands still and where to read on; nothing when it does not. What waits goes on no earlier."""
    from ops.cli.commands.status import standing
    from ops.cli.door import Door

    with Door(settings) as door:
        stalled = door.line(register).standstill
    return [] if stalled is None else list(standing(stalled, register, texts))


def _endings(register: str, rows: Sequence[Row], group: str, counts: Any, texts: Texts) -> list[str]:
    """What a list does not show."""
    said = []
    if len(rows) < counts[group]:
        said.append(texts("jobs.more", shown=len(rows), count=counts[group]))
    if group == "open" and counts["inbox"]:
        said.append(texts("jobs.inbox", register=register, count=counts["inbox"]))
    if group == "open" and counts["stopped"]:
        said.append(texts("jobs.stopped", register=register, count=counts["stopped"]))
    return said


def _list(
    register: str,
    rows: Sequence[Row],
    what: str,
    facts: Any,
    endings: Sequence[str],
    texts: Texts,
    *,
    as_json: bool,
) -> None:
    from dataclasses import asdict

    if as_json:
        answer_json({"register": register, "jobs": [asdict(row) for row in rows], **facts})
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from ops.cli.story import state_words, what_to_do

    if not rows and not (
        what == "open" and facts["stopped"]
    ):  # a line with jobs behind a dead one is not empty
        answer(texts(f"none.{what}", register=register))
    elif rows:
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for name, right in (("job", False), ("state", False), ("total", True), ("document", True)):
            table.add_column(texts(f"jobs.{name}"), justify="right" if right else "left", overflow="fold")
        table.add_column(texts("jobs.why"), overflow="fold")
        for row in rows:
            style = STYLES.get(row.verdict or "", STYLES.get(row.state, ""))
            cells = (
                state_words(row, texts),
                row.total or "",
                str(row.document or ""),
                what_to_do(row, texts),
            )
            state, total, document, why = map(plain, cells)
            table.add_row(Text(plain(row.job), "bold"), Text(state, style), total, document, Text(why))
        console().print(table, soft_wrap=False)
    for ending in endings:
        answer(ending)


def _story(story: Story) -> dict[str, Any]:
    return {
        **story.answer,
        "next_step": story.row.next_step.value,
        "total": story.row.total,
        "options": story.options,
        "history": [event.model_dump(mode="json", exclude_none=True) for event in story.history],
        "acts": list(story.acts),
        "edit_unsent": story.edit_unsent,
    }


def _tell(story: Story, texts: Texts, standing: Sequence[str]) -> None:
    from rich.text import Text

    from ops.cli.commands.status import show as show_answer
    from ops.cli.story import moments

    show_answer(story.answer, texts, as_json=False)
    screen = console()
    if story.edit_unsent:
        screen.print(Text(texts("jobs.edit_unsent"), STYLES["in_doubt"]))
    clock = texts("jobs.clock", ahead=local(story.row.accepted_at, form="%z"))
    screen.print(Text.assemble((f"\n{texts('jobs.history')}", "bold"), (f"  {clock}", "dim")))
    for moment in moments(story.history, texts):
        told = Text.assemble(
            (f"  {local(moment.at, form=MOMENT)}  ", "dim"), (plain(moment.text), STYLES.get(moment.tone, ""))
        )
        screen.print(told)
    if story.acts:
        screen.print(Text(f"\n{texts('jobs.acts')}", "bold"))
        for act in story.acts:
            facts = {name: plain(act.get(name, "–")) for name in ("by", "why")}
            of_another = f" ({act['what']})" if act["what"] != story.row.job else ""
            facts["act"] = plain(f"{texts.of('acts', act.get('act'))}{of_another}")
            screen.print(
                Text.assemble(
                    (f"  {local(act.get('at', ''), form=MOMENT)}  ", "dim"), texts("jobs.act", **facts)
                )
            )
    screen.print(Text(f"\n{texts('jobs.next_step')}", "bold"))
    for step in standing or [
        texts(f"next.{story.row.next_step.value}", register=story.answer["register"], job=story.row.job)
    ]:
        screen.print(Text(f"  {plain(step)}"))
