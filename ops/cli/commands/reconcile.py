"""`fiscalq reconcile`: the sides of one shift beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ops.cli.commands.release import Json, Register
from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import answer, answer_json, console, examples

if TYPE_CHECKING:
    from decimal import Decimal

    from worker.domain.reconciliation import Reconciliation
    from worker.domain.sides import OfdDocument, Stranger

EXAMPLES = examples(
    ("fiscalq reconcile kassa-1", "the shift that was closed last"),
    "fiscalq reconcile kassa-1 --shift 41 --ofd receipts.csv",
    "fiscalq reconcile kassa-1 --ofd receipts.csv --columns number=Документ,total=Всего",
    "fiscalq reconcile kassa-1 --json | jq '.strangers'",
    ending="The ledger's side is gathered now, so a doubt that was settled since is in it; the register's side is what it "
    "said when it closed. An OFD operator's export is read as CSV in UTF-8 or Windows-1251; columns are found by their "
    "names: number, total, kind, form, fn, cash, electronically, prepaid, credit, other. A column whose name says kopecks is "
    "read so. Exit 0 when nothing differs, 1 when "
    "something does, 2 for wrong usage.",
)
EXPORT_BYTES_MAX = 64 * 1024 * 1024  # some hundred thousand receipts


def reconcile(
    register: Register,
    shift: Annotated[
        int | None, typer.Option("--shift", min=1, metavar="N", help="Its number; else the last closed one.")
    ] = None,
    fn: Annotated[
        str | None, typer.Option("--fn", metavar="N", help="The FN's serial; else the bound one.")
    ] = None,
    ofd: Annotated[
        typer.FileBinaryRead | None,
        typer.Option("--ofd", metavar="FILE.csv|-", help="An OFD operator's export, as the third side."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", metavar="OURS=THEIRS,…", help="Names of columns that are not known here."),
    ] = None,
    as_json: Json = False,
    lang: LangOption = None,
) -> None:
    """Compare ledger, register and OFD operator over one shift. Changes nothing, asks the register nothing."""
    from worker.app.settings import load_settings
    from worker.app.wiring import reconcile_shift

    texts = Texts(choose(lang))
    named = _columns(columns)
    if named and ofd is None:
        raise typer.BadParameter("names columns of an export: give it by --ofd FILE", param_hint="--columns")
    documents = _export(ofd, named) if ofd is not None else None
    found = reconcile_shift(load_settings(), register, fn, shift, documents)
    if as_json:
        answer_json(told(register, found))
    else:
        _show(register, found, texts, with_ofd=documents is not None)
    raise typer.Exit(0 if found.is_zero else 1)


def _columns(said: str | None) -> dict[str, str]:
    from worker.domain.ofd import COLUMNS

    pairs = [part.partition("=") for part in (said or "").split(",") if part]
    wrong = [
        name
        for name, equals, theirs in pairs
        if name.strip() not in COLUMNS or not (equals and theirs.strip())
    ]
    if wrong:
        raise typer.BadParameter(
            f"say OURS=THEIRS for any of {', '.join(COLUMNS)}, not {wrong[0]!r}", param_hint="--columns"
        )
    return {name.strip(): theirs.strip() for name, _, theirs in pairs}


def _export(file: typer.FileBinaryRead, columns: dict[str, str]) -> tuple[OfdDocument, ...]:
    from worker.domain.errors import OperatorError
    from worker.domain.ofd import read_export

    raw = file.read(EXPORT_BYTES_MAX + 1)
    if len(raw) > EXPORT_BYTES_MAX:
        raise OperatorError("export_too_large")
    return read_export(raw, columns)


def told(register: str, found: Reconciliation) -> dict[str, Any]:
    """The answer for programs: money and counts as text, every difference with both sides."""
    return {
        "register": register,
        "fn": found.fn_number,
        "shift": found.shift,
        "zero": found.is_zero,
        "open": found.is_open,
        "rows": [
            {
                "kind": row.kind,
                "what": row.what,
                "ledger": str(row.ledger),
                "register": _text(row.register_side),
                "ofd": _text(row.ofd),
                "difference": _text(row.difference),
                "register_difference": _text(row.register_difference),
                "ofd_difference": _text(row.ofd_difference),
            }
            for row in found.rows
        ],
        "strangers": [_stranger(one) for one in found.strangers],
        "unplaced": list(found.unplaced),
        "doubts": list(found.doubts),
        "ofd_missing": list(found.ofd_missing),
        "ofd_extra": [_stranger(one) for one in found.ofd_extra],
        "ofd_unlike": [one.model_dump(mode="json") for one in found.ofd_unlike],
        "notes": [note.value for note in found.notes],
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _stranger(one: Stranger) -> dict[str, Any]:
    return {"document": one.document, "kind": one.kind, "total": _text(one.total), "ofd": one.at_ofd}


def _show(register: str, found: Reconciliation, texts: Texts, *, with_ofd: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    screen = console()
    screen.print(
        Text(texts("reconcile.title", register=register, shift=found.shift, fn=found.fn_number), "bold")
    )
    table = Table(box=None, pad_edge=False)
    table.add_column(texts("reconcile.kind"))
    table.add_column(texts("reconcile.what"))
    differences = ["register_difference", "ofd_difference"] if with_ofd else ["difference"]
    sides = ["ledger", "register_side", *(["ofd"] if with_ofd else []), *differences]
    for side in sides:
        table.add_column(texts.of("reconcile", side), justify="right")
    for row in found.rows:
        figures = [
            texts("reconcile.not_compared") if (side := getattr(row, name)) is None else str(side)
            for name in sides
        ]
        kind, what = texts.of("kinds", row.kind), texts.of("figures", row.what)
        table.add_row(kind, what, *figures, style="bold red" if row.difference else "")
    screen.print(table)
    for line in _endings(found, texts):
        answer(line)
    if found.is_zero:
        receipts = next((row.ledger for row in found.rows if row.kind == "receipts"), 0)
        compared = any(row.difference is not None for row in found.rows)
        ending = ("so_far" if compared else "open") if found.is_open else "zero" if compared else "alone"
        answer(texts(f"reconcile.{ending}", register=register, shift=found.shift, receipts=receipts))
    else:
        answer(texts("reconcile.differs"))


def _endings(found: Reconciliation, texts: Texts) -> Iterator[str]:
    """What is named by itself, and what was not compared."""
    if found.strangers:
        yield texts("reconcile.strangers")
        yield from (f"  {_named(one, texts)}{_at_ofd(one, texts)}" for one in found.strangers)
    if found.unplaced:
        yield texts("reconcile.unplaced")
        yield from (f"  {job}" for job in found.unplaced)
    if found.ofd_missing:
        yield texts("reconcile.ofd_missing", documents=", ".join(map(str, found.ofd_missing)))
    if found.ofd_extra:
        yield texts("reconcile.ofd_extra")
        yield from (f"  {_named(one, texts)}" for one in found.ofd_extra)
    if found.ofd_unlike:
        yield texts("reconcile.ofd_unlike")
    for one in found.ofd_unlike:
        kinds = {
            "ledger_kind": texts.of("kinds", one.ledger_kind),
            "ofd_kind": texts.of("kinds", one.ofd_kind),
        }
        yield "  " + texts("reconcile.unlike", document=one.document, ledger=one.ledger, ofd=one.ofd, **kinds)
    if found.doubts and not found.is_zero:
        yield texts("reconcile.doubts", jobs=", ".join(found.doubts))
    yield from (texts.of("notes", note.value) for note in found.notes)


def _at_ofd(one: Stranger, texts: Texts) -> str:
    if one.at_ofd is None:
        return ""
    return f" ({texts('reconcile.at_ofd' if one.at_ofd else 'reconcile.not_at_ofd')})"


def _named(one: Stranger, texts: Texts) -> str:
    if one.total is not None:
        kind = texts.of("kinds", one.kind)
        return texts("reconcile.document_told", document=one.document, kind=kind, total=one.total)
    if one.kind is not None:
        return texts("reconcile.document_named", document=one.document, kind=texts.of("kinds", one.kind))
    return texts("reconcile.document", document=one.document)
