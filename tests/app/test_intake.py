"""An inbox entry, judged as bytes: kept exactly, told by path, and never a reason to stop."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.app.intake import read_entry
from worker.domain.events import Accepted, GaveUp
from worker.domain.identity import marker
from worker.domain.job import State
from worker.domain.tasks import Defaults

AT = "2026-11-23T10:00:00.000Z"
SALE = '{ "type":"sell", "items":[{"name":"Bag","price":0.70,"quantity":1}],"payments":"cash"}'


def candidate(entry: str | bytes) -> Any:
    return read_entry(entry if isinstance(entry, bytes) else entry.encode(), "kassa-1", Defaults(), AT)


def test_the_task_is_kept_byte_for_byte_and_hashed_as_it_stands() -> None:
    """The same content is the same bytes: nothing may be written again by a JSON library."""
    read = candidate(f' {{"options" : {{"producer":"shop"}} , "task":\t{SALE} ,"id":"order-1"}}\n')
    assert read.task == SALE.encode()
    assert read.hash == hashlib.sha1(SALE.encode()).hexdigest()
    assert json.loads(read.options) == {"producer": "shop"}


def test_a_good_task_is_accepted_with_what_its_proof_will_need() -> None:
    read = candidate(f'{{"id":"order-1","task":{SALE}}}')
    (accepted,) = read.history
    assert isinstance(accepted, Accepted)
    assert (accepted.type, str(accepted.total), accepted.marker) == (
        "sell",
        "0.70",
        marker("kassa-1", "order-1"),
    )
    assert read.job.state is State.QUEUED


def test_a_task_that_breaks_a_rule_is_dead_under_its_id_with_every_problem() -> None:
    read = candidate(
        '{"id":"order-1","task":{"type":"sell","items":[{"name":"x","price":"1","quantity":-1}]}}'
    )
    accepted, gave_up = read.history
    assert isinstance(gave_up, GaveUp)
    assert read.job.state is State.DEAD
    paths = {problem.path for problem in gave_up.reason.problems}
    assert {"items[0].price", "items[0].quantity", "payments"} <= paths
    assert accepted.type == "sell"


@pytest.mark.parametrize("name", ["producer", "sequence"])
def test_half_of_a_character_in_an_option_is_refused_as_at_the_door(name: str) -> None:
    """It could be written into no page; `fiscalq_enqueue` refuses it, and the raw door accepts nothing else."""
    read = candidate(f'{{"id":"order-1","task":{SALE},"options":{{"{name}":"A\\ud800"}}}}')
    assert read.job is None
    assert name in read.why


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"\xff\xfe",
        "[]",
        "{}",
        '{"id":7,"task":{}}',
        '{"id":"","task":{}}',
        '{"id":"a b","task":{}}',
        '{"id":"fiscalq.shift","task":{}}',
        '{"id":"order-1"}',
        '{"id":"order-1","task":{}} trailing',
        '{"id":"order-1","task":{},}',
        '{"id":"order-1","task":{},"options":[]}',
        '{"id":"order-1","task":{}',
        '{"task":' + "[" * 100_000,
    ],
    ids=lambda entry: str(entry)[:30],
)
def test_what_has_no_readable_id_or_shape_goes_to_quarantine_with_its_bytes(entry: str | bytes) -> None:
    read = candidate(entry)
    assert read.job is None
    assert read.why
    assert read.entry == (entry if isinstance(entry, bytes) else entry.encode())


def test_a_task_that_our_own_rules_stumble_over_is_dead_under_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise P2: enqueue has answered for it, so it must end, and tell."""
    monkeypatch.setattr("worker.app.intake.check", lambda *_: 1 / 0)
    read = candidate(f'{{"id":"order-1","task":{SALE}}}')
    assert read.job.state is State.DEAD
    assert read.history[1].reason.problems[0].code == "not_judged"


@given(st.binary(max_size=300))
def test_no_bytes_make_the_intake_stumble(entry: bytes) -> None:
    read = candidate(entry)
    assert (read.job is None) == bool(read.why)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, st.sampled_from(["sell", "openShift", "cashIn", "nonFiscal", "what"]))
def test_any_task_ends_accepted_or_dead_under_its_id(value: Any, task_type: str) -> None:
    task = value if not isinstance(value, dict) else {"type": task_type, **value}
    read = candidate(json.dumps({"id": "order-1", "task": task}))
    assert read.job is not None
    assert read.job.state in {State.QUEUED, State.DEAD}
