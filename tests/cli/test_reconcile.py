"""`fiscalq reconcile` refuses wrong usage before it looks at anything, and a broken export by its rows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ops.cli.commands.reconcile import told
from tests.cli.conftest import Run
from tests.cli.test_texts import EN, RU
from worker.domain.reconciliation import Note, Reconciliation, compare
from worker.domain.sides import KINDS, WAYS, LedgerSide, OfdDocument, Recorded


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


SOLD = Recorded("job-11", "sell", 11, Decimal("11.00"), {"cash": Decimal("11.00")})
AT_OFD = [OfdDocument(number, Decimal(number), "sell") for number in (11, 12, 20)]
CLOSED = LedgerSide([SOLD], 10, 14, "close", since_known=True)  # documents 12 and 13 are nobody's


@pytest.mark.parametrize(
    ("side", "ofd", "lang", "said", "unsaid"),
    [
        (CLOSED, AT_OFD, "ru", ["ФД 12: приход, 12 (у ОФД есть)", "ФД 13 (у ОФД чека", "Нет у ОФД: 13"], "20"),
        (CLOSED, AT_OFD, "en", ["12 (the OFD operator has it)", "FD 13 (the OFD operator has no"], "FD 20"),
        (CLOSED, None, "ru", ["ФД 12\n", "ФД 13\n"], "у ОФД"),
        (LedgerSide([SOLD], 10), None, "ru", ["смена 2 открыта"], "0.00"),
        (LedgerSide([SOLD], 10), None, "en", ["shift 2 is open"], "0.00"),
        (LedgerSide([SOLD], 10), AT_OFD, "ru", ["Чек есть у ОФД", "ФД 12: приход", "ФД 20: приход"], "только"),
        (LedgerSide([SOLD], 10, later=20), None, "ru", ["закрыли не через fiscalq", "не с чем"], "0.00"),
        (LedgerSide([SOLD], 10, later=20), None, "en", ["closed past fiscalq", "nothing to compare"], "is open"),
    ],
)  # fmt: skip
def test_each_document_is_told_with_who_has_it_and_a_shift_with_how_it_stands(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    side: LedgerSide,
    ofd: list[OfdDocument] | None,
    lang: str,
    said: list[str],
    unsaid: str,
) -> None:
    """Nothing is called zero that was not compared."""
    found = compare("9999078900001234", 2, side, ofd=ofd)
    monkeypatch.setattr("worker.app.wiring.reconcile_shift", lambda *_: found)
    (Path.cwd() / "export.csv").write_text("ФД;Сумма\n11;11,00\n", "utf-8")
    export = [] if ofd is None else ["--ofd", "export.csv"]
    told = run("reconcile", "kassa-1", "--lang", lang, *export).stdout
    assert [words for words in said if words not in told] == []
    endings = told[told.index("\n", told.rindex("11.00")) :]  # behind the table
    assert unsaid not in endings


def test_a_program_is_told_whether_the_operator_has_a_stranger() -> None:
    found = compare("9999078900001234", 2, CLOSED, ofd=AT_OFD)
    strangers = told("kassa-1", found)["strangers"]
    assert [(one["document"], one["ofd"]) for one in strangers] == [(12, True), (13, False)]
