"""Bytes in: whatever they are, the answer is a verdict, soon."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.task_samples import KASSA, LEAVE_OUT, NOTHING, found, item, raw, receipt, unhurried
from worker.domain.jsontext import BYTES_MAX, DEPTH_MAX, dumps
from worker.domain.tasks import Checked, check, check_document

Door = Callable[[bytes], Checked]
DOORS: list[Door] = [lambda text: check(text, NOTHING), lambda text: check_document(text, NOTHING)]
both_doors = pytest.mark.parametrize("door", DOORS, ids=["enqueue", "document"])

SURROGATE = b"\\ud800"


def in_a_receipt(text: bytes) -> bytes:
    """A sale whose unknown field `x` has that text as its value."""
    return raw(receipt())[:-1] + b',"x":' + text + b"}"


@both_doors
@pytest.mark.parametrize(
    ("text", "path", "code"),
    [
        (b"", "", "bad_json"),
        (b"sell", "", "bad_json"),
        (b'{"type":"sell"', "", "bad_json"),
        (b"{'type':'sell'}", "", "bad_json"),
        (b'{"type":"sell"} {}', "", "bad_json"),
        (b'{"type":"sell",}', "", "bad_json"),
        (b'{"type":"a\nb"}', "", "bad_json"),
        ('{"type":"Чек"}'.encode("cp1251"), "", "bad_utf8"),
        (b"\xff\xfe{\x00}\x00", "", "bad_utf8"),
        (b"[]", "", "wrong_type"),
        (b'[{"type":"reportX"}]', "", "wrong_type"),
        (b"null", "", "wrong_type"),
        (b'"sell"', "", "wrong_type"),
        (b"1", "", "wrong_type"),
        (b"NaN", "", "wrong_type"),
        (in_a_receipt(b"NaN"), "x", "bad_number"),
        (in_a_receipt(b"-Infinity"), "x", "bad_number"),
        (in_a_receipt(b"1e400"), "x", "bad_number"),
        (in_a_receipt(b"1e-400"), "x", "bad_number"),
        (in_a_receipt(b"1E+99999999999999999999999"), "x", "bad_number"),
        (in_a_receipt(b"1234567890123456"), "x", "bad_number"),
        (in_a_receipt(b"9" * 100_000), "x", "bad_number"),
        (in_a_receipt(b'[{"y":0.' + b"1" * 99 + b"}]"), "x[0].y", "bad_number"),
        (in_a_receipt(b'"' + SURROGATE + b'"'), "x", "bad_text"),
        (in_a_receipt(b'{"' + SURROGATE + b'":1}'), "x.?", "bad_text"),
        (in_a_receipt(b'{"a":1,"b":2,"a":3}'), "x.a", "duplicate_key"),
        (b'{"type":"reportX","type":"closeShift"}', "type", "duplicate_key"),
        (in_a_receipt(b'"' + b"a" * BYTES_MAX + b'"'), "", "too_large"),
        (b"[" * 100_000, "", "too_deep"),
        (b'{"a":' * 20_000, "", "too_deep"),
        (in_a_receipt(b"[" * DEPTH_MAX + b"]" * DEPTH_MAX), "", "too_deep"),
    ],
)
def test_what_is_no_task_text_is_refused_with_a_place(door: Door, text: bytes, path: str, code: str) -> None:
    """Design §3, fault 21: a code and a path for each; syntax errors name line and column."""
    answer = door(text)
    assert (path, code) in found(answer.problems)
    assert not answer.valid


def test_a_syntax_error_says_where() -> None:
    """The message holds line and column."""
    (problem,) = check(b'{\n  "type": sell\n}', NOTHING).problems
    assert "line 2, column 11" in problem.message


@both_doors
def test_a_byte_order_mark_is_tolerated_aloud(door: Door) -> None:
    """Reference §1: the first generation strips one."""
    answer = door(b"\xef\xbb\xbf" + raw(receipt()))
    assert answer.valid
    assert found(answer.warnings) == [("", "byte_order_mark")]


@both_doors
def test_brackets_in_a_text_are_no_depth(door: Door) -> None:
    """A name may hold what it likes, quotes and backslashes too."""
    assert door(raw(receipt(item(name='\\"[' * 40 + "{" * 5)))).valid


@both_doors
def test_the_deepest_document_that_is_allowed_is_read(door: Door) -> None:
    """64 levels, the task's own object counted."""
    assert door(in_a_receipt(b"[" * (DEPTH_MAX - 1) + b"]" * (DEPTH_MAX - 1))).valid


@both_doors
def test_the_answer_to_a_broken_task_stays_small(door: Door) -> None:
    """Of each kind a hundred notes and the number of the rest."""
    answer = door(raw(receipt(*[1] * 5000)))
    assert len(answer.problems) == 101
    assert answer.problems[-1].code == "and_more"
    assert "4901" in answer.problems[-1].message
    assert len(str(answer)) < 50_000


@both_doors
def test_a_long_name_is_cut_in_a_path(door: Door) -> None:
    """Paths are shown to people."""
    answer = door(raw(receipt(**{"x" * 10_000: 1})))
    assert max(len(note.path) for note in answer.warnings) < 100


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
names = st.text(max_size=5) | st.sampled_from(
    [
        "type",
        "items",
        "payments",
        "price",
        "quantity",
        "amount",
        "sum",
        "tax",
        "name",
        "total",
        "taxes",
        "operator",
        "vatin",
        "agentInfo",
        "agents",
        "phones",
        "imcParams",
        "imc",
        "productCodes",
        "codes",
        "taxationType",
        "correctionBaseDate",
        "preItems",
        "request",
        "uuid",
        "print",
        "value",
    ]
)
words = st.sampled_from(
    [
        "sell",
        "sellCorrection",
        "position",
        "cash",
        "additionalAttribute",
        "text",
        "vat20",
        "18",
        "openShift",
        "nonFiscal",
    ]
)
anything = st.recursive(
    scalars | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
    max_leaves=25,
)


@unhurried
@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(text: bytes) -> None:
    """Arbitrary bytes."""
    for door in DOORS:
        assert isinstance(door(text), Checked)


@settings(unhurried, max_examples=1000)
@given(anything, st.sampled_from([NOTHING, KASSA]))
def test_no_json_makes_it_raise(value: Any, defaults: Any) -> None:
    """Arbitrary JSON made of the words of tasks; what has a task has no problem, and the other way round."""
    text = json.dumps(value).encode()
    for answer in (check(text, defaults), check_document(text, defaults)):
        assert answer.valid == (not answer.problems)
        if answer.task is not None:
            assert dumps(answer.task.to_register("fqabcdefghijklmn", "additionalAttribute"))


def replaced(value: Any, place: int, by: Any) -> tuple[Any, int]:
    """`value` with the `place`-th thing in it replaced, and how many things are left to count."""
    if place == 0:
        return by, -1
    place -= 1
    if isinstance(value, dict):
        parts = {}
        for name, part in value.items():
            parts[name], place = replaced(part, place, by) if place >= 0 else (part, place)
        return parts, place
    if isinstance(value, list):
        elements = []
        for part in value:
            changed, place = replaced(part, place, by) if place >= 0 else (part, place)
            elements.append(changed)
        return elements, place
    return value, place


FULL = receipt(
    item(
        paymentMethod="fullPayment",
        department=1,
        measurementUnit="piece",
        infoDiscountAmount=0,
        agentInfo={"agents": ["another"], "payingAgent": {"operation": "x", "phones": ["+79990000005"]}},
        supplierInfo={"name": "x", "vatin": "7707083893", "phones": []},
        imcParams={"imc": "MDEw", "itemFractionalAmount": "1/2"},
        industryInfo=[{"fois": "030", "date": "2023.11.21"}],
    ),
    {"type": "userAttribute", "name": "x", "value": "y"},
    {"type": "barcode", "barcode": "1", "barcodeType": "QR", "overlay": [{"type": "text", "text": "x"}]},
    type="sellCorrection",
    correctionBaseDate="2026.02.14",
    operator={"name": "x", "vatin": ""},
    payments=[{"type": "cash", "sum": 150, "printItems": [{"type": "text"}]}],
    taxes=[{"type": "vat10", "sum": 1}],
    clientInfo={"emailOrPhone": "a@b.ru"},
    customParameters=[{"id": 1, "value": "x"}],
    total=150,
)


@settings(unhurried, max_examples=1500)
@given(st.integers(0, 90), anything)
def test_no_single_strange_value_makes_it_raise(place: int, by: Any) -> None:
    """A full receipt in which any one thing is anything."""
    text = json.dumps(replaced(FULL, place, by)[0]).encode()
    for answer in (check(text, NOTHING), check(text, KASSA)):
        assert answer.valid == (not answer.problems)


def seconds(text: bytes) -> float:
    """The best of three, since other tests run beside."""
    best = 60.0
    for _ in range(3):
        start = time.perf_counter()
        check_document(text, NOTHING)
        best = min(best, time.perf_counter() - start)
    return best


SLOW: dict[str, bytes] = {
    "positions": raw(receipt(*[item()] * 1100)),
    "small positions": raw({"type": "sell", "items": [{}] * 30_000}),
    "unknown fields": raw(receipt(**{f"paymenty{place}": 1 for place in range(6500)})),
    "one object, many names": raw({str(place): 1 for place in range(10_000)}),
    "strange words": raw(receipt(*[item(paymentObject=f"comodity{place}") for place in range(900)])),
    "quotes without end": b'"\\"' * 40_000,
    "backslashes": b"[" * 70 + b'"' + b"\\" * 130_000,
    "brackets": b"[[]" * 40_000,
    "numbers": b"[" + b"1e9," * 32_000 + b"1]",
    "long numbers": b"[" + (b"9" * 60 + b",") * 2000 + b"1]",
    "names said twice": b"{" + b'"a":1,' * 20_000 + b'"a":1}',
    "characters by number": b'"' + b"\\u0436" * 21_000 + b'"',
}


@pytest.mark.parametrize("text", SLOW.values(), ids=SLOW)
def test_no_text_takes_long(text: bytes) -> None:
    """128 KiB take less than 0.1 s on an idle machine; four times that here, since the machine is not idle."""
    assert len(text) <= BYTES_MAX
    assert seconds(text) < 0.4


def test_a_usual_receipt_takes_no_time() -> None:
    """20 lines in less than 2 ms on an idle machine; four times that here."""
    goods = [item(name=f"Товар {place}", price=place + 0.1, amount=LEAVE_OUT) for place in range(20)]
    assert seconds(raw(receipt(*goods))) < 0.008


@unhurried
@given(
    st.decimals(min_value=-(10**14), max_value=10**14, places=6)
    | st.integers(-(10**14), 10**14)
    | st.text()
    | st.booleans()
)
def test_what_is_written_is_read_as_the_same(value: Decimal | int | str | bool) -> None:
    """`dumps` against the standard library's reader, numbers as Decimals."""
    assert json.loads(dumps([value, None, {"x": value}]), parse_float=Decimal) == [value, None, {"x": value}]
