"""An edited replay is the same receipt: what may differ stands in one table, and whatever else differs is found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.edits import EDITABLE, body_of, changes, with_contact
from worker.domain.jsontext import dumps
from worker.domain.language.catalogue import TASKS
from worker.domain.language.fields import Field
from worker.domain.language.shapes import ATTRIBUTES, CLIENT, PAYMENT, POSITION, RECEIPT

TEXT: Mapping[str, Any] = {"type": "text", "text": "Спасибо"}
AGENT = {"agents": ["attorney"], "payingAgent": {"operation": "x", "phones": ["+79990000000"]}}
WHOLE: Mapping[str, Any] = {
    "type": "sellCorrection",
    "taxationType": "osn",
    "operator": {"name": "Иванова", "vatin": "123456789047"},
    "items": [
        TEXT,
        {
            "type": "position",
            "name": "Сыр",
            "price": 10,
            "quantity": 2,
            "amount": 20,
            "infoDiscountAmount": 1,
            "department": 1,
            "measurementUnit": "piece",
            "paymentMethod": "fullPayment",
            "paymentObject": "commodity",
            "tax": {"type": "vat22", "sum": 3.61},
            "imcParams": {"imc": "MDEwNDY=", "itemInfoCheckResult": {"imcCheckFlag": True}},
            "productCodes": {"codes": ["MDEw"]},
            "agentInfo": AGENT,
            "supplierInfo": {"name": "x", "vatin": "7707083893", "phones": ["+79990000000"]},
            "additionalAttribute": "x",
            "exciseSum": 1,
            "countryCode": "643",
            "customsDeclaration": "x",
            "industryInfo": [{"fois": "001", "date": "2026.01.01", "number": "1", "industryAttribute": "x"}],
            "ucUserParam3": 1,
        },
        {"type": "additionalAttribute", "value": "3000000001", "print": True},
        {"type": "userAttribute", "name": "order", "value": "17", "print": True},
        {"type": "nobody knows it", "value": 1},
    ],
    "payments": [{"type": "cash", "sum": 20, "printItems": [TEXT]}],
    "total": 20,
    "taxes": [{"type": "vat22", "sum": 3.61}],
    "useVAT18": False,
    "internet": True,
    "checkSize": False,
    "validateMarkingCodes": False,
    "clientInfo": {"emailOrPhone": "old@example.com", "name": "Петров", "vatin": "7707083893"},
    "companyInfo": {"email": "shop@example.com"},
    "paymentsPlace": "shop.example",
    "paymentsAddress": "Москва",
    "machineNumber": "1",
    "agentInfo": AGENT,
    "operationInfo": {"id": 1, "data": "x", "dateTime": "2026.01.01 10:00:00"},
    "paymentsAddInfo": [{"sum": 1}],
    "customParameters": [{"id": 1, "value": "x"}],
    "correctionType": "self",
    "correctionBaseDate": "2026.01.01",
    "correctionBaseNumber": "1",
    "electronically": False,
    "ignoreNonFiscalPrintErrors": False,
    "preItems": [TEXT],
    "postItems": [TEXT],
}
OTHER = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.integers(), max_size=2)
)
NAMES = st.text(max_size=8) | st.sampled_from(sorted({*RECEIPT.fields, *POSITION.fields, *CLIENT.fields}))
Place = tuple[str | int, ...]


def written(at: Place) -> str:
    """A place as the table writes it."""
    return re.sub(r"\.(\[\])", r"\1", ".".join("[]" if isinstance(step, int) else step for step in at))


def is_allowed(at: Place) -> bool:
    """Said once more, apart from the code: by the table, and by what an element among the positions is."""
    if at[:1] == ("items",) and len(at) > 1:
        return at[1] == 0 and at[2:] != ("type",)  # the text; all other elements are fiscal, or unknown
    path = written(at)
    return any(path == row or path.startswith((f"{row}.", f"{row}[")) for row in EDITABLE)


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Every place in the task, from the root's members to the leaves."""
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        yield from places(part, (*at, name))


TASK: Any = body_of(json.dumps(WHOLE).encode())
PLACES = list(places(TASK))


def parent_of(task: Any, at: Place) -> Any:
    """The object or array in which the place is."""
    for step in at[:-1]:
        task = task[step]
    return task


def holds_nothing_else(at: Place) -> bool:
    """Whether all that is said there may differ, as in an object with the shop's e-mail alone."""
    inner = [place for place in PLACES if place[: len(at)] == at and place != at]
    return is_allowed(at) or (bool(inner) and all(map(is_allowed, inner)))


def paths(before: Any, after: Any, *, editable: bool) -> list[str]:
    """Where they differ and may, or may not."""
    return [one.path for one in changes(before, after) if one.editable is editable]


@given(st.sampled_from(PLACES), OTHER)
def test_a_value_that_is_changed_outside_the_table_is_found(at: Place, value: Any) -> None:
    """A position, a sum, a payment, a tax, an agent, a mark, an attribute, the buyer's tax id: each is another receipt."""
    edited = deepcopy(TASK)
    before = parent_of(edited, at)[at[-1]]
    parent_of(edited, at)[at[-1]] = value
    same = dumps(value) == dumps(before) or (value is None and before == {})
    assert bool(changes(TASK, edited)) is not same
    if (is_allowed(at) and at != ("items", 0)) or (
        value is None and holds_nothing_else(at) and at[0] != "items"
    ):
        assert paths(TASK, edited, editable=False) == []
    elif not same:
        assert paths(TASK, edited, editable=False)


@given(st.sampled_from(PLACES))
def test_what_is_left_out_outside_the_table_is_found(at: Place) -> None:
    edited = deepcopy(TASK)
    del parent_of(edited, at)[at[-1]]
    assert bool(paths(TASK, edited, editable=False)) is not holds_nothing_else(at)
    assert bool(paths(edited, TASK, editable=False)) is not holds_nothing_else(at)


@given(st.sampled_from([(), *PLACES]), NAMES, st.integers())
def test_what_is_added_outside_the_table_is_found(at: Place, name: str, value: int) -> None:
    """One more element of an array too, and a field that nobody knows: the register may learn it."""
    edited = deepcopy(TASK)
    inside = parent_of(edited, (*at, name))
    if isinstance(inside, list):
        inside.append(value)
    elif isinstance(inside, dict) and name not in inside:
        inside[name] = value
    else:
        return
    added = (*at, 0 if isinstance(inside, list) else name)
    allowed = is_allowed(added) and written(added) != "items[]"
    assert bool(paths(TASK, edited, editable=False)) is not allowed


@pytest.mark.parametrize("place", range(1, len(WHOLE["items"])))
def test_positions_and_attributes_keep_their_order(place: int) -> None:
    items = TASK["items"]
    edited = {**TASK, "items": [items[0], *items[place + 1 :], *items[1 : place + 1]]}
    assert edited == TASK or paths(TASK, edited, editable=False)


def test_a_text_may_come_go_and_move_between_the_positions() -> None:
    """And is told as one change, whatever is in it: what a stranger named there is written down nowhere."""
    text, position, *rest = TASK["items"]
    for items in ([position, *rest], [position, text, *rest], [text, {**text, "a@b.ru": 1}, position, *rest]):
        (change,) = changes(TASK, {**TASK, "items": items})
        assert (change.editable, bool(re.fullmatch(r"items\[\d\]", change.path))) == (True, True)


def test_another_contact_is_the_one_change_and_leaves_the_buyer_as_he_is() -> None:
    edited = with_contact(TASK, "new@example.com")
    (change,) = changes(TASK, edited)
    assert (change.path, change.before, change.after) == (
        "clientInfo.emailOrPhone",
        "old@example.com",
        "new@example.com",
    )
    assert with_contact({"type": "sell", "clientInfo": None}, "a@b.ru")["clientInfo"] == {
        "emailOrPhone": "a@b.ru"
    }


def test_the_same_task_written_otherwise_has_no_changes() -> None:
    """1.10 is 1.1, null is nothing, and the order of names says nothing; but true is not 1."""
    one = body_of(b'{"type":"sell","total":1.10,"operator":null,"agentInfo":{},"internet":true}')
    other = body_of(b'\n{"internet": true, "total": 1.1, "type": "sell"}')
    assert changes(one, other) == ()
    assert paths(one, {**other, "internet": 1}, editable=False) == ["internet"]


def test_each_row_of_the_table_is_a_field_of_the_vendors() -> None:
    """A row that no task has would allow nothing today, and who knows what tomorrow."""
    shapes: Mapping[str, Mapping[str, Field]] = {"clientInfo": CLIENT.fields, "payments[]": PAYMENT.fields}
    for row in EDITABLE:
        parent, _, name = row.rpartition(".")
        assert name.removesuffix("[]") in shapes.get(parent, RECEIPT.fields) or row == "companyInfo.email"
    assert not {"type", "value", "print"} & {row.rpartition(".")[2] for row in EDITABLE}
    assert set(ATTRIBUTES) == {"userAttribute", "additionalAttribute"}  # neither is only printed
    assert "items" in TASKS["nonFiscal"].shape.fields
