"""`fiscalq doctor`: is everything there that a receipt needs, and if not, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.completion import register_names
from ops.cli.language import LangOption, Texts, choose
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
        yield Finding("live", False, str(error))


def _look(texts: Texts) -> Iterator[Finding]:
    """From the settings outwards: what cannot be asked because something before it is missing is left out."""
    from ops.cli.door import Door
    from ops.doctor import broker, register
    from ops.doctor.finding import Finding
    from ops.runbook.symptoms import Symptom
    from worker.app.settings import load_settings
    from worker.domain.errors import ConfigError

    try:
        settings = load_settings()
    except ConfigError as error:
        yield Finding("settings", False, str(error), Symptom.SETTINGS_WRONG)
        return
    names = sorted(settings.registers)
    if names:
        yield Finding("settings", True, texts("doctor.settings", registers=", ".join(names)))
    else:
        yield Finding("settings", False, texts("doctor.no_registers"), Symptom.SETTINGS_WRONG)
    with Door(settings) as door:
        yield from _look_at_redis(settings, door, registers, texts)
    yield from _look_at_registers(settings, texts)


def _look_at_redis(settings: Settings, door: Door, registers: list[str], texts: Texts) -> Iterator[Finding]:
    from worker.app.wiring import server_problems
    from worker.domain.errors import FiscalqError

    try:
        problems = server_problems(settings)
        yield Finding("redis", True, texts("doctor.redis", url=door.where))
        for problem in problems:
            yield Finding("durable", False, problem)
        if not problems:
            yield Finding("durable", True, texts("doctor.durable"))
        loaded = door.has_library()
        yield Finding("library", loaded, texts("doctor.library" if loaded else "doctor.no_library"))
        for name in registers:
            entered = door.is_entered(name)
            yield Finding(
                f"{name}.entered",
                entered,
                texts("doctor.entered" if entered else "doctor.not_entered", register=name),
            )
            holder = door.holder(name)
            said = (
                texts("doctor.held", register=name, holder=holder)
                if holder
                else texts("doctor.not_held", register=name)
            )
            yield Finding(f"{name}.held", holder is not None, said)
            yield from _look_at_line(name, door, texts)
    except FiscalqError as error:
        yield Finding("redis", False, str(error))


def _look_at_line(register: str, door: Door, texts: Texts) -> Iterator[Finding]:
    """What keeps it from going on, which jobs nobody is sure of, and what could not be read."""
    line = door.line(register)
    if line.standstill is None:
        yield Finding(f"{register}.line", True, texts("doctor.line", register=register, open=line.open))
    else:
        why = texts("doctor.standstill", register=register, since=line.standstill.since, open=line.open)
        yield Finding(f"{register}.line", False, f"{why} {stands_still(line.standstill, texts)}")
    if line.doubts:
        some = ", ".join(line.doubts[:DOUBTS_SHOWN]) + (", …" if len(line.doubts) > DOUBTS_SHOWN else "")
        doubts = texts("doctor.doubts", register=register, count=len(line.doubts), jobs=some)
        yield Finding(f"{register}.doubts", False, doubts)
    if line.stopped:
        yield Finding(
            f"{register}.stopped", False, texts("doctor.stopped", register=register, count=line.stopped)
        )
    if line.shift is not None:
        yield Finding(f"{register}.shift", True, _shift(register, line.shift, texts))
    for notice in line.outlook:
        told = texts(f"outlook.{notice['sign']}", register=register, number=notice["number"])
        yield Finding(f"{register}.{notice['sign']}", not notice["urgent"], told)
    if line.quarantined:
        kept = texts("doctor.quarantine", register=register, count=line.quarantined)
        yield Finding(f"{register}.quarantine", False, kept)


def _shift(register: str, shift: Mapping[str, Any], texts: Texts) -> str:
    """What the autopilot has seen, and what it will do next."""
    if shift["state"] == "closed":
        return texts("doctor.shift_closed", register=register, number=shift["number"])
    told = str(shift["closes_by"] or "–").replace("T", " ")[: len("2031-03-01 09:00")]
    return texts("doctor.shift_open", register=register, number=shift["number"], closes_by=told)


def _look_at_registers(settings: Settings, texts: Texts) -> Iterator[Finding]:
    from worker.app.wiring import make_register

    for name, register in sorted(settings.registers.items()):
        door = make_register(settings, name).knock()
        said = (
            texts("doctor.door", register=name, door=door)
            if door
            else texts("doctor.no_door", register=name, url=register.url)
        )
        yield Finding(f"{name}.door", door is not None, said)
        yield from broker.look(settings, door, names, texts)
    for name in names:
        yield from register.look(settings, name, texts)
