"""Reading a document back: what the driver writes, what its imitations write, and what must not be believed."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any

import pytest

from worker.adapters.atol.documents import read_document
from worker.domain.proof import Document
from worker.domain.verdicts import Fiscal

SIGN = 2839104455
SIGN_BYTES = b"\x31\x04" + SIGN.to_bytes(4, "big")

# A receipt as the driver's own script writes one: byte strings in hexadecimal, sums as numbers, structures by tag.
RECEIPT: dict[str, Any] = {
    "fiscalDocumentType": "receipt",
    "short": False,
    "qr": "t=20310301T1241&s=149.90&fn=9999078900001234&i=1207&fp=2839104455&n=1",
    "1012": "2031-03-01T12:41:00+03:00",
    "1018": "7700000016",
    "1020": Decimal("149.9"),
    "1037": "0000000001012345    ",
    "1038": 41,
    "1040": 1207,
    "1041": "9999078900001234",
    "1042": 18,
    "1054": 1,
    "1059": [
        {
            "1030": "Хлеб",
            "1023": 1,
            "1079": Decimal("149.9"),
            "1043": Decimal("149.9"),
            "1191": "not a marker",
        }
    ],
    "1077": SIGN_BYTES.hex().upper(),
    "1192": "fqabcdefghijklmn",
}


def read(**changes: Any) -> Document | None:
    """The receipt with some tags changed; None takes one away."""
    names = {
        f"{name[1:] if name[0] == 't' and name[1:].isdigit() else name}": value
        for name, value in changes.items()
    }
    tags = {name: value for name, value in {**RECEIPT, **names}.items() if value is not None}
    return read_document({"documentTLV": tags}, 1207)


def test_a_receipt_is_read_whole() -> None:
    assert read() == Document(
        number=1207,
        type="sell",
        total=Decimal("149.90"),
        markers=frozenset({"fqabcdefghijklmn"}),
        fiscal=Fiscal(
            document_number=1207,
            sign="2839104455",
            datetime="2031-03-01T12:41:00+03:00",
            receipt_number=18,
            shift_number=41,
            fn_number="9999078900001234",
            registration_number="0000000001012345",
            total=Decimal("149.90"),
            qr=RECEIPT["qr"],
        ),
    )


@pytest.mark.parametrize(
    ("kind", "sign", "task"),
    [
        ("receipt", 1, "sell"),
        ("receipt", 2, "sellReturn"),
        ("receipt", 3, "buy"),
        ("receipt", 4, "buyReturn"),
        ("bso", 1, "sell"),
        ("receiptCorrection", 1, "sellCorrection"),
        ("receiptCorrection", 4, "buyReturnCorrection"),
        ("bsoCorrection", 2, "sellReturnCorrection"),
        ("openShift", None, "openShift"),
        ("closeShift", None, "closeShift"),
        ("ofdExchangeStatus", None, "reportOfdExchangeStatus"),
        ("registration", None, "registration"),
        ("changeRegistrationParameters", None, "changeRegistrationParameters"),
        ("closeArchive", None, "closeArchive"),
        (3, 1, "sell"),
        ("3", 1, "sell"),
        (31, 2, "sellReturnCorrection"),
        (2, None, "openShift"),
        (5, None, "closeShift"),
        (21, None, "reportOfdExchangeStatus"),
        (11, None, "changeRegistrationParameters"),
        ("receipt", None, None),
        ("receipt", 5, None),
        ("somethingNew", None, None),
        ("99", None, None),
        ("9" * 5000, None, None),
        (99, None, None),
        (None, 1, None),
        ([], 1, None),
    ],
)
def test_the_kind_of_document_tells_the_task_that_makes_it(
    kind: object, sign: int | None, task: str | None
) -> None:
    document = read(fiscalDocumentType=kind, t1054=sign)
    assert document is not None
    assert document.type == task


@pytest.mark.parametrize("kind", ["receipt", "receiptCorrection", "bso", "bsoCorrection", 3, 31])
def test_a_receipt_of_which_the_fn_gives_a_few_fields_only_could_be_anybodys(kind: object) -> None:
    """
    Of an old document the FN keeps a header, in which no marker stands (`short`).

    Taken for a receipt without our marker, it would prove that ours was not printed, and ours would be printed twice.
    """
    assert read(fiscalDocumentType=kind, short=True, t1192=None, t1059=None) is None


def test_a_shift_report_is_known_by_its_kind_alone() -> None:
    document = read(fiscalDocumentType="closeShift", short=True, t1054=None, t1020=None, t1192=None, qr=None)
    assert document is not None
    assert (document.type, document.total, document.markers) == ("closeShift", None, frozenset())


@pytest.mark.parametrize(
    ("changes", "markers"),
    [
        ({"t1192": " fqaaaaaaaaaaaaaa "}, {"fqaaaaaaaaaaaaaa"}),
        ({"t1192": None, "t1084": {"1085": "fq", "1086": "fqbbbbbbbbbbbbbb"}}, {"fqbbbbbbbbbbbbbb"}),
        ({"t1192": None, "t1084": [{"1085": "fq", "1086": "fqbbbbbbbbbbbbbb"}]}, {"fqbbbbbbbbbbbbbb"}),
        ({"t1192": None, "t1086": "fqbbbbbbbbbbbbbb"}, {"fqbbbbbbbbbbbbbb"}),
        ({"t1192": ["one", "two"]}, {"one", "two"}),
        ({"t1192": "other", "t1084": {"1085": "x", "1086": "y"}}, {"other", "y"}),
        ({"t1192": 12345}, {"12345"}),
        ({"t1192": ""}, set()),
        ({"t1192": None}, set()),
    ],
)
def test_every_attribute_that_could_be_a_marker_is_found(changes: dict[str, Any], markers: set[str]) -> None:
    document = read(**changes)
    assert document is not None
    assert document.markers == markers


@pytest.mark.parametrize(
    ("value", "sign"),
    [
        (SIGN_BYTES.hex().upper(), "2839104455"),
        (SIGN_BYTES.hex(), "2839104455"),
        ("2839104455", "2839104455"),
        (SIGN, "2839104455"),
        (Decimal(SIGN), "2839104455"),
        (base64.b64encode(SIGN_BYTES).decode(), "2839104455"),
        ("310400000007", "7"),
        ("12345678", "12345678"),
        ("310412345678", "305419896"),  # all of its hexadecimal digits are decimal ones
        ("99999999999", None),
        (2**32, None),
        (-1, None),
        ("not a sign", None),
        ("", None),
        (None, None),
        ({}, None),
    ],
)
def test_the_fiscal_sign_is_read_in_every_spelling(value: object, sign: str | None) -> None:
    document = read(t1077=value)
    assert document is not None
    assert document.fiscal.sign == sign


def test_the_sign_of_a_short_document_is_hexadecimal_without_its_first_two_bytes() -> None:
    document = read(fiscalDocumentType="openShift", short=True, t1077="12345678")
    assert document is not None
    assert document.fiscal.sign == str(0x12345678)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2031-03-01T12:41:00+03:00", "2031-03-01T12:41:00+03:00"),
        ("2031-03-01T12:41:00", "2031-03-01T12:41:00"),
        ("2031-03-01 12:41", "2031-03-01T12:41:00"),
        ("2031.03.01 12:41:30", "2031-03-01T12:41:30"),
        ("2031.03.01 12:41", "2031-03-01T12:41:00"),
        ("01.03.2031 12:41", "2031-03-01T12:41:00"),
        (1930135260, "2031-03-01T12:41:00"),
        (Decimal("1930135260.0"), "2031-03-01T12:41:00"),
        (10**30, None),
        ("soon", None),
        (None, None),
        ([], None),
    ],
)
def test_the_time_is_the_registers_own_in_iso_text(value: object, text: str | None) -> None:
    document = read(t1012=value)
    assert document is not None
    assert document.fiscal.datetime == text


@pytest.mark.parametrize(
    ("value", "total"),
    [
        (150, "150.00"),
        (Decimal("0.1"), "0.10"),
        (Decimal("149.90000000000001"), "149.90"),
        ("x", None),
        (None, None),
    ],
)
def test_the_total_is_roubles_to_the_kopeck(value: object, total: str | None) -> None:
    document = read(t1020=value)
    assert document is not None
    assert document.total == (None if total is None else Decimal(total))
    assert document.fiscal.total == document.total


@pytest.mark.parametrize("number", [1206, None, "1207", Decimal("1207.5"), True])
def test_another_document_than_the_one_asked_for_is_none(number: object) -> None:
    assert read(t1040=number) is None


@pytest.mark.parametrize(
    "result", [None, {}, {"documentTLV": None}, {"documentTLV": []}, {"documentTLV": "x"}]
)
def test_a_result_without_a_document_is_none(result: dict[str, Any] | None) -> None:
    assert read_document(result, 1207) is None


def test_counters_that_could_not_be_read_are_left_out() -> None:
    """The driver says 0 for them (reference 8.7)."""
    document = read(t1042=0, t1038=0, t1041="  ", t1037=None, qr=None)
    assert document is not None
    assert document.fiscal.receipt_number is None
    assert document.fiscal.shift_number is None
    assert document.fiscal.fn_number is None
    assert document.fiscal.qr is None
