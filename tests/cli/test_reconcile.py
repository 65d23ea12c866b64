"""`fiscalq reconcile` refuses wrong usage before it looks at anything, and a broken export by its rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.cli.commands.reconcile import told
from tests.cli.conftest import Run
from tests.cli.test_texts import EN, RU
from worker.domain.reconciliation import Note, Reconciliation
from worker.domain.sides import KINDS, WAYS


@pytest.mark.parametrize(
    "words",
    [
        ["--shift", "0"],
        ["--shift", "first"],
        ["--columns", "number=N"],
        ["--ofd", "-", "--columns", "numbr=N"],
        ["--ofd", "-", "--columns", "number"],
        ["--ofd", "-", "--columns", "number="],
        ["--ofd", "nowhere.csv"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_2(run: Run, words: list[str]) -> None:
    assert run("reconcile", "kassa-1", *words, given="").exit_code == 2


def test_a_broken_export_is_named_by_its_row_before_the_ledger_is_asked(run: Run, folder: Path) -> None:
    """No Redis is set up here: nothing but the file has been looked at."""
    (folder / "export.csv").write_text("ФД;Сумма\n11;1,00\nx;2,00\n", "utf-8")
    said = run("reconcile", "kassa-1", "--ofd", "export.csv")
    assert said.exit_code == 1
    assert "row 3: number: 'x'" in said.stderr
    assert "--columns total=" in said.stderr, "and how another column is named"


def test_an_unknown_register_is_refused(run: Run) -> None:
    said = run("reconcile", "kassa-9")
    assert (said.exit_code, "kassa-9" in said.stderr) == (1, True)


def test_each_kind_figure_and_note_has_a_text() -> None:
    for texts in (EN, RU):
        assert set(KINDS) <= set(texts["kinds"])
        assert {way for way in WAYS if not way.startswith("user")} <= set(texts["figures"])
        assert set(texts["notes"]) == {note.value for note in Note}


def test_a_program_is_told_every_part() -> None:
    """Whatever a comparison holds is in the JSON, so that nothing is seen by people alone."""
    answer = told("kassa-1", Reconciliation(fn_number="1", shift=2))
    assert {name for name in Reconciliation.model_fields if name != "fn_number"} < set(answer)
    assert answer["zero"] is True
