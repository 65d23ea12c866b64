"""`fiscalq doctor`: is everything there that a receipt needs, and if not, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.completion import register_names
from ops.cli.language import LangOption, Texts, choose, refused
from ops.cli.screen import answer, answer_json, examples

if TYPE_CHECKING:
    from ops.doctor.finding import Finding

EXAMPLES = examples(
    "fiscalq doctor",
    "fiscalq doctor --json | jq '.findings[] | select(.ok | not)'",
    ("fiscalq doctor --live kassa-1", "health check: is kassa-1 served?"),
    ending="Exit 0 when all is well, else 1.",
)


def doctor(
    live: Annotated[
        str | None,
        typer.Option(
            "--live",
            metavar="REGISTER",
            autocompletion=register_names,
            help="Only: does some worker hold this register?",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    lang: LangOption = None,
) -> None:
    """Look at settings, Redis, workers and registers, and say what to do. Changes nothing, prints nothing."""
    texts = Texts(choose(lang))
    findings = []
    for finding in _live(live, texts) if live is not None else _look(texts):
        findings.append(finding)
        if not as_json:
            answer(f"{'✓' if finding.ok else '✗'} {finding.text}" if live is None else finding.text)
            if live is None and finding.page is not None:
                answer(f"  → fiscalq explain {finding.page.value}")
    ill = sum(not finding.ok for finding in findings)
    if as_json:
        answer_json({"ok": not ill, "findings": [asdict(finding) for finding in findings]})
    elif live is None:
        answer(texts("doctor.ill", count=ill) if ill else texts("doctor.well"))
    raise typer.Exit(1 if ill else 0)


def _live(register: str, texts: Texts) -> Iterator[Finding]:
    from ops.cli.door import Door
    from ops.doctor import broker
    from ops.doctor.finding import Finding
    from worker.app.settings import load_settings
    from worker.domain.errors import FiscalqError

    try:
        with Door(load_settings()) as door:
            yield broker.live(door, register, texts)
    except FiscalqError as error:
        yield Finding("live", False, refused(error, texts))


def _look(texts: Texts) -> Iterator[Finding]:
    """Settings, registers, Redis: what cannot be asked because something before it is missing is left out."""
    from ops.cli.door import Door
    from ops.doctor import broker, register
    from ops.doctor.finding import Finding
    from ops.runbook.symptoms import Symptom
    from worker.app.settings import load_settings
    from worker.domain.errors import ConfigError

    try:
        settings = load_settings()
    except ConfigError as error:
        yield Finding("settings", False, refused(error, texts), Symptom.SETTINGS_WRONG)
        return
    names = sorted(settings.registers)
    try:
        settings.chosen(None)
        yield Finding("settings", True, texts("doctor.settings", registers=", ".join(names)))
    except ConfigError as error:
        yield Finding("settings", False, refused(error, texts), Symptom.SETTINGS_WRONG)
    seen = set()
    for name in names:
        for finding in register.look(settings, name, texts):
            seen.add(finding.name)
            yield finding
    with Door(settings) as door:
        for finding in broker.look(settings, door, names, texts):
            if (
                finding.name not in seen
            ):  # what was just read at the register goes before what the worker remembers
                yield finding
