"""Nothing that outlives the worker is written, and nobody is asked for anything, outside of a named step."""

from __future__ import annotations

import ast

import pytest

from tests.crash.labels import NO_STEPS, NO_WRITES, WORKER, labels, outside, sources
from worker.domain import steps


def test_every_write_and_every_call_of_the_worker_stands_inside_a_step() -> None:
    """A call without a label would be one before and after which no test ever ends the worker."""
    assert [place for name, tree in sources() for place in outside(name, tree)] == []


@pytest.mark.parametrize(
    "line",
    [
        'self._client.fcall("fiscalq_append", 1)',
        'take = self._client.fcall; take("fiscalq_append", 1)',
        'self._session.request("GET", "/")',
        "os.replace(a, b)",
        'with path.open("w") as file: file.write("1")',
        "client.hset(key, mapping={})",
        "super().basic_ack(tag)",
    ],
)
def test_a_new_call_without_a_label_is_found(line: str) -> None:
    assert len(outside("app/new.py", ast.parse(line))) == 1
    assert outside("app/new.py", ast.parse(f'with lock, step("new"):\n    {line}')) == []


def test_what_is_excused_is_there() -> None:
    """An excuse that nobody needs any more would cover the next one."""
    assert all((WORKER / name).is_file() for name in NO_STEPS)
    text = "".join(ast.unparse(tree) for _, tree in sources())
    assert [call for call in NO_WRITES if call not in text] == []


def test_the_labels_are_read_from_the_source() -> None:
    found = labels()
    assert {"ledger.append.*", "ledger.admit", "ledger.lease", "register.post.*", "register.delete"} <= set(
        found
    )
    assert {"broker.ack", "broker.deliver", "owner.write", "ledger.install"} <= set(found)
    assert "*" not in found


def test_nobody_but_a_test_sets_the_hook() -> None:
    """No setting and no variable leads there: a worker in a shop cannot be told to end itself."""
    named = [
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "steps.hook"
    ]
    assert named == []
    assert steps.hook is None
