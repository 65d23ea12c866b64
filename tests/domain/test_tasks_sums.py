"""Sums to the kopeck, against whole numbers; and the way of a task to the register and back."""

from __future__ import annotations

import json
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.domain.task_samples import KASSA, LEAVE_OUT, NOTHING, checked, found, item, receipt, unhurried
from worker.domain import inn
from worker.domain.money import kopecks, line, share, total_of
from worker.domain.tasks import Task, check, dumps

prices = st.integers(0, 10**9)  # kopecks
quantities = st.integers(1, 10**6)  # thousandths
goods = st.lists(st.tuples(prices, quantities), min_size=1, max_size=20)


def oracle(price: int, quantity: int) -> int:
    """Kopecks of a line, by whole numbers: price in kopecks, quantity in thousandths, half a kopeck upwards."""
    return (price * quantity + 500) // 1000


def text_of(units: int, places: int) -> str:
    """`units` of the `places`-th decimal as JSON text, without any arithmetic: 105, 2 → 1.05."""
    digits = str(units).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


def sale(lines: list[tuple[int, int]], payments: str = '"cash"') -> bytes:
    positions = ",".join(
        f'{{"name":"x","price":{text_of(price, 2)},"quantity":{text_of(quantity, 3)}}}'
        for price, quantity in lines
    )
    return f'{{"type":"sell","items":[{positions}],"payments":{payments}}}'.encode()


def task_of(raw: bytes) -> Task:
    answer = check(raw, KASSA)
    assert answer.task is not None, answer.problems
    return answer.task


@unhurried
@given(goods)
def test_amounts_and_total_are_exact(lines: list[tuple[int, int]]) -> None:
    """Each line by whole numbers, and their sum: no kopeck is lost or found."""
    task = task_of(sale(lines))
    expected = [oracle(*each) for each in lines]
    assert [position["amount"] * 100 for position in task.body["items"]] == expected
    assert task.total is not None
    assert task.total * 100 == sum(expected)
    assert task.body["payments"] == [{"type": "cash", "sum": task.total}]


@unhurried
@given(goods, st.integers(-1, 1))
def test_a_kopeck_too_little_is_refused_and_one_too_much_without_cash_as_well(
    lines: list[tuple[int, int]], off: int
) -> None:
    """66 and 52 are decided to the kopeck."""
    due = sum(oracle(*each) for each in lines)
    assume(due + off >= 0)
    answer = check(sale(lines, f'[{{"type":"1","sum":{text_of(due + off, 2)}}}]'), KASSA)
    expected = {
        -1: [("payments[0].sum", "not_fully_paid")],
        0: [],
        1: [("payments[0].sum", "cashless_above_total")],
    }
    assert found(answer.problems) == expected[off]


@unhurried
@given(goods)
def test_a_task_comes_back_from_the_wire_as_it_went(lines: list[tuple[int, int]]) -> None:
    """to_register → text → numbers: the same Decimals, and no more than two decimals of money."""
    task = task_of(sale(lines))
    wire = dumps(task.to_register("fqabcdefghijklmn", "additionalAttribute"))
    back = json.loads(wire, parse_float=Decimal)
    assert back["items"][:-1] == task.body["items"]
    assert all(-position["amount"].as_tuple().exponent <= 2 for position in back["items"][:-1])
    assert json.loads(wire)["items"][0]["amount"] == float(task.body["items"][0]["amount"]), (
        "a double reads it right"
    )


@unhurried
@given(goods)
def test_normalisation_is_idempotent(lines: list[tuple[int, int]]) -> None:
    """What is normal stays as it is."""
    task = task_of(sale(lines))
    assert task_of(dumps(task.body).encode()) == task
    assert task.to_json() == dumps(task.body)


@unhurried
@given(st.floats(0.01, 10**6), st.floats(0.001, 10**4))
def test_floats_as_clients_print_them_are_normalised_once(price: float, quantity: float) -> None:
    """Whatever a binary fraction looks like, the second check changes nothing and adds no problem."""
    answer = checked(receipt(item(price=price, quantity=quantity, amount=LEAVE_OUT)))
    assert answer.task is not None
    assert check(dumps(answer.task.body).encode(), NOTHING).task == answer.task
    for position in answer.task.body["items"]:
        assert position["amount"] == kopecks(position["amount"])


@unhurried
@given(st.integers(1, 10**9), st.integers(1, 10**6))
def test_sums_do_not_depend_on_the_callers_decimal_context(price: int, quantity: int) -> None:
    """A library that lowers the precision somewhere must not move a kopeck."""
    with localcontext() as context:
        context.prec = 3
        exact = line(Decimal(text_of(price, 2)), Decimal(text_of(quantity, 3)))
        doubled = total_of([exact, exact])
    assert exact == Decimal(text_of(oracle(price, quantity), 2))
    assert doubled == Decimal(text_of(2 * oracle(price, quantity), 2))


def test_a_check_does_not_depend_on_the_callers_decimal_context() -> None:
    """Payments and totals are compared to the kopeck there too."""
    raw = sale([(1234567, 1000)], '[{"type":"0","sum":0.02},{"type":"1","sum":12345.65}]')
    with localcontext() as context:
        context.prec = 3
        assert found(check(raw, KASSA).problems) == []


@pytest.mark.parametrize(
    ("amount", "numerator", "denominator", "expected"),
    [
        ("120.00", 20, 120, "20.00"),
        ("149.90", 10, 110, "13.63"),
        ("0.03", 20, 120, "0.01"),
        ("122.00", 22, 122, "22.00"),
    ],
)
def test_vat_is_a_part_of_the_price(amount: str, numerator: int, denominator: int, expected: str) -> None:
    """Rounded half up to the kopeck."""
    assert share(Decimal(amount), numerator, denominator) == Decimal(expected)


@pytest.mark.parametrize(
    "digits", ["7707083893", "7830002293", "7707000030", "123456789047", "500100732259", "0000000000"]
)
def test_an_inn_fits_its_control_digits_and_no_other(digits: str) -> None:
    """Public companies' numbers and made-up persons'; another last digit never fits."""
    assert inn.fits(digits)
    assert not any(inn.fits(digits[:-1] + last) for last in "0123456789" if last != digits[-1])


# A second reading of reference 8.1, by types alone, as the vendor's validator has it: what it refuses, we refuse.

STRING, NUMBER, BOOLEAN, OBJECT, ARRAY = (str,), (int, float), (bool,), (dict,), (list,)
TYPES: dict[tuple[str, ...], tuple[type, ...]] = {
    ("taxationType",): STRING,
    ("operator",): OBJECT,
    ("operator", "name"): STRING,
    ("operator", "vatin"): STRING,
    ("items",): ARRAY,
    ("items", "0", "name"): STRING,
    ("items", "0", "price"): NUMBER,
    ("items", "0", "quantity"): NUMBER,
    ("items", "0", "amount"): NUMBER,
    ("items", "0", "department"): NUMBER,
    ("items", "0", "measurementUnit"): (str, int, float),
    ("items", "0", "piece"): BOOLEAN,
    ("items", "0", "paymentMethod"): STRING,
    ("items", "0", "paymentObject"): STRING,
    ("items", "0", "tax"): OBJECT,
    ("items", "0", "tax", "type"): STRING,
    ("items", "0", "tax", "sum"): NUMBER,
    ("items", "0", "additionalAttribute"): STRING,
    ("items", "0", "exciseSum"): NUMBER,
    ("items", "0", "countryCode"): STRING,
    ("items", "0", "customsDeclaration"): STRING,
    ("items", "0", "industryInfo"): ARRAY,
    ("items", "1", "value"): STRING,
    ("items", "1", "print"): BOOLEAN,
    ("payments", "0", "type"): STRING,
    ("payments", "0", "sum"): NUMBER,
    ("taxes",): ARRAY,
    ("total",): NUMBER,
    ("electronically",): BOOLEAN,
    ("useVAT18",): BOOLEAN,
    ("validateMarkingCodes",): BOOLEAN,
    ("clientInfo",): OBJECT,
    ("paymentsPlace",): STRING,
    ("machineNumber",): STRING,
    ("preItems",): ARRAY,
    ("customParameters",): ARRAY,
}
REQUIRED = {
    ("operator", "name"),
    ("items", "0", "name"),
    ("items", "0", "price"),
    ("items", "0", "quantity"),
    ("items", "0", "tax", "type"),
    ("items", "1", "value"),
    ("payments", "0", "type"),
    ("payments", "0", "sum"),
    ("items",),
}


def is_taken(value: Any, types: tuple[type, ...], *, required: bool) -> bool:
    """Null, and {} for what is an object or an array, are missing; a boolean is no number."""
    if value is None or (value == {} and types in {OBJECT, ARRAY}):
        return not required
    return isinstance(value, types) and (isinstance(value, bool) == (types == BOOLEAN))


@unhurried
@given(
    st.sampled_from(sorted(TYPES)),
    st.sampled_from([None, {}, [], {"x": 1}, [1], "", "1", "x", 0, 1, 1.5, True, False]),
)
def test_what_the_vendors_validator_refuses_by_type_is_refused_here(
    path: tuple[str, ...], value: Any
) -> None:
    """Nothing that a register would answer with 501 may pass."""
    task: Any = receipt(
        item(),
        {"type": "additionalAttribute", "value": "1"},
        operator={"name": "x"},
        payments=[{"type": "cash", "sum": 150}],
    )
    here = task
    for step in path[:-1]:
        here = here[int(step)] if isinstance(here, list) else here[step]
    here[path[-1]] = value
    if not is_taken(value, TYPES[path], required=path in REQUIRED):
        assert not checked(task).valid
