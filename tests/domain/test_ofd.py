"""An operator's export is found its way through by the names of its columns; whatever is wrong is named by its row."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.errors import OperatorError
from worker.domain.ofd import COLUMNS, read_export

FN = "9999078900001234"
RUSSIAN = f"""Отчёт по чекам;;;;;;
Период: 01.03.2031;;;;;;

Дата/время;Тип документа;Номер ФД;Признак расчёта;Сумма чека, руб.;Наличными;Безналичными (электронно);Заводской номер ФН
01.03.2031 09:00;Отчет об открытии смены;10;;;;;="{FN}"
01.03.2031 09:05;Кассовый чек;11;Приход;1 234,50;1 234,50;0,00;="{FN}"
01.03.2031 09:09;Кассовый чек;12;Возврат прихода;-10,00;;10,00;="{FN}"
01.03.2031 09:10;Кассовый чек коррекции;13;Приход;"90";0;90;="{FN}"
;;Итого;;1 314,50;;;
"""
ENGLISH = "fiscalDocumentNumber,operationType,totalSum,cashTotalSum,ecashTotalSum\n11,1,1234.50,1234.50,0\n12,2,10,0,10.00\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_an_export_in_russian_is_read_in_each_encoding(encoding: str) -> None:
    """Title above, sums below, reports between, decimal comma, blanks between thousands, numbers dressed as text."""
    text = RUSSIAN.replace("1 234", "1\u00a0234")
    first, second, third = read_export(text.encode(encoding))
    assert (first.number, first.total, first.kind, first.fn_number) == (11, Decimal("1234.50"), "sell", FN)
    assert first.ways == {"cash": Decimal("1234.50"), "electronically": Decimal(0)}
    assert (second.kind, second.total, second.ways["electronically"]) == (
        "sellReturn",
        Decimal(10),
        Decimal(10),
    )
    assert (third.kind, third.total) == ("sellCorrection", Decimal(90))


def test_an_export_in_english_with_commas_is_read() -> None:
    found = read_export(ENGLISH.encode())
    assert [(one.number, one.kind, one.total) for one in found] == [
        (11, "sell", Decimal("1234.50")),
        (12, "sellReturn", Decimal(10)),
    ]
    assert found[0].ways["cash"] == Decimal("1234.50")


def test_columns_that_nobody_knows_can_be_named() -> None:
    raw = "Док;Всего к оплате\n11;5,00\n".encode()
    with pytest.raises(OperatorError, match="export_columns"):
        read_export(raw)
    (only,) = read_export(raw, {"number": "док", "total": "Всего к оплате"})
    assert (only.number, only.total, only.kind, only.row) == (11, Decimal(5), None, 2)


@pytest.mark.parametrize(
    "name", ["Сумма, коп.", "Сумма (коп.)", "Сумма в копейках", "Сумма коп", "total (kopecks)"]
)
def test_a_column_that_says_kopecks_is_read_so(name: str) -> None:
    """Each column by itself: another one may be in roubles."""
    (only,) = read_export(f"ФД;{name};Наличными, руб.\n11;123450;1234,50\n".encode())
    assert (only.total, only.ways) == (Decimal("1234.50"), {"cash": Decimal("1234.50")})
    with pytest.raises(OperatorError, match="is no sum"):
        read_export(f"ФД;{name}\n11;1234,50\n".encode())


@pytest.mark.parametrize("head", ["Сумма;Итого по чеку", "Сумма;Всего", "amount;total"])
def test_a_total_of_the_receipt_goes_before_a_sum_of_the_position(head: str) -> None:
    """An export by positions has both, in any order."""
    raw = f"ФД;{head}\n11;2,00;5,00\n11;3,00;5,00\n"
    assert [one.total for one in read_export(raw.encode())] == [Decimal(5)]
    turned = f"ФД;{';'.join(reversed(head.split(';')))}\n11;5,00;2,00\n11;5,00;3,00\n"
    assert [one.total for one in read_export(turned.encode())] == [Decimal(5)]


def test_a_column_that_is_named_exactly_goes_before_one_that_is_only_meant() -> None:
    raw = "ФД;Сумма (позиции);Сумма, коп.\n11;2,00;500\n11;3,00;500\n"
    for name in ("Сумма, коп.", "сумма, КОП."):
        assert [one.total for one in read_export(raw.encode(), {"total": name})] == [Decimal(5)]
    with pytest.raises(OperatorError, match="stands in row 2 with another total"):
        read_export(raw.encode())


def test_an_export_by_positions_counts_a_document_once() -> None:
    """One row a position repeats number and total."""
    raw = b"fd,total,name\n11,5.00,a\n11,5.00,b\n12,1.00,c\n"
    assert [one.number for one in read_export(raw)] == [11, 12]


def test_every_problem_is_named_by_its_row() -> None:
    raw = "ФД;Сумма;Признак расчета\nx11;5,00;приход\n12;пять;приход\n13;1,234;приход\n14;1,00;подарок\n15;2,00;приход\n15;3,00;приход\n"
    with pytest.raises(OperatorError) as refused:
        read_export(raw.encode())
    told = str(refused.value)
    for problem in (
        "row 2: number: 'x11'", "row 3: total: 'пять'", "row 4: total: '1,234'", "row 5: kind: 'подарок'",
        "row 7: document 15 stands in row 6 with another total",
    ):  # fmt: skip
        assert problem in told


@pytest.mark.parametrize(
    ("row", "name"),
    [(f"11;{cell};7,00;0", "total") for cell in ("–", "-", "", " ")]
    + [(f"11;7,00;5,00;{cell}", "electronically") for cell in ("–", "-")],
)
def test_no_amount_is_not_zero(row: str, name: str) -> None:
    """A total that is not there, or a payment that is no sum, is an error and no 0.00."""
    raw = f"ФД;Сумма;Наличными;Безналичными\n10;1,00;1,00;0\n{row}\n"
    with pytest.raises(OperatorError, match=f"row 3: {name}: ") as refused:
        read_export(raw.encode())
    assert str(refused.value).count("row ") == 1


@pytest.mark.parametrize(
    ("row", "ways"),
    [
        ("11;7,00;;7,00", {"cash": Decimal(0), "electronically": Decimal(7)}),
        ("11;7,00;5,00;", {"cash": Decimal(5)}),
        ("11;7,00;;", {}),
    ],
)
def test_an_empty_payment_was_none_only_where_the_others_make_up_the_total(
    row: str, ways: dict[str, Decimal]
) -> None:
    """Else it is not told, as on the further rows of one receipt, and is not compared."""
    (only,) = read_export(f"ФД;Сумма;Наличными;Безналичными\n{row}\n".encode())
    assert only.ways == ways


def test_the_names_that_are_looked_for_are_told_as_exports_have_them() -> None:
    """In Russian as operators' offices write them, and in English as their interfaces do."""
    with pytest.raises(OperatorError) as refused:
        read_export(b"a;b\n1;2\n")
    wanted = str(refused.value.facts["wanted"])
    assert [word for word in ("номер фд", "итог", "document", "amount") if word not in wanted] == []


def test_a_file_of_another_kind_names_a_bounded_number_of_problems() -> None:
    raw = "fd;total\n" + "a;b\n" * 5000
    with pytest.raises(OperatorError, match="and 9980 more") as refused:
        read_export(raw.encode())
    assert len(str(refused.value).splitlines()) < 30


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "export_columns"),
        (b"PK\x03\x04 and so on", "export_workbook"),
        (b"\x98\x98\x98", "export_encoding"),
        (b'fd;total\n11;"' + b"1" * 200_000 + b'"\n', "export_cut"),
        ("Номер;Дата\n1;2\n".encode(), "export_columns"),
    ],
    ids=["empty", "workbook", "no text", "a field without end", "another table"],
)
def test_a_broken_file_is_refused_with_what_is_wrong(raw: bytes, said: str) -> None:
    with pytest.raises(OperatorError, match=said):
        read_export(raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """A file that anybody may give ends no command with a traceback."""
    with suppress(OperatorError):
        read_export(raw)


@given(
    st.decimals(min_value=0, max_value=Decimal("9999999.99"), places=2),
    st.sampled_from([",", "."]),
    st.booleans(),
)
def test_a_sum_is_the_same_with_comma_or_point_and_blanks(amount: Decimal, point: str, blanks: bool) -> None:
    text = f"{amount:,.2f}" if blanks else f"{amount:.2f}"
    text = text.replace(",", "\u00a0").replace(".", point)
    (only,) = read_export(f"fd;total\n1;{text} руб.\n".encode())
    assert only.total == amount


def test_no_column_has_two_meanings() -> None:
    names = [name for words in COLUMNS.values() for name in words]
    assert len(names) == len(set(names))
