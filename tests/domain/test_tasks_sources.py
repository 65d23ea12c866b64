"""The tables: each field and each code names whose rule it is, and no code is used that the table does not know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.domain import language
from worker.domain.language.catalogue import DANGEROUS, TASKS
from worker.domain.language.fields import Shape
from worker.domain.refusals import CODES

DOMAIN = Path(language.__file__).parents[1]
FILES = [
    DOMAIN / "tasks.py",
    DOMAIN / "jsontext.py",
    DOMAIN / "refusals.py",
    *sorted(Path(DOMAIN, "language").glob("*.py")),
]
SOURCE = re.compile(r"(8\.[1-6]|9\.[12])(, .*)?")


def used_codes() -> Iterator[str]:
    """The second argument of every note that is taken anywhere, and the one code that is told without."""
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) == 3:
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if name in {"refuse", "warn", "note", "Problem"} and isinstance(node.args[1], ast.Constant):
                    yield str(node.args[1].value)


def test_every_code_has_a_source_and_every_source_a_code() -> None:
    """Programs rely on codes: they stand in one table, as snake_case words."""
    assert set(used_codes()) == set(CODES)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]+", code) and source for code, source in CODES.items())


@pytest.mark.parametrize("name", TASKS)
def test_every_field_names_its_section(name: str) -> None:
    """Sections of the reference, with tags of the FFD where there are any."""
    shape: Shape = TASKS[name].shape
    for field in shape.fields.values():
        assert SOURCE.fullmatch(field.source), field.source


def test_no_task_is_both_done_and_refused() -> None:
    """And all the types that the server counts as fiscal are known (reference 5.1)."""
    fiscal = "openShift closeShift sell buy sellReturn buyReturn sellCorrection buyCorrection reportOfdExchangeStatus"
    assert set(fiscal.split()) <= set(TASKS)
    assert {"registration", "fnChange", "changeRegistrationParameters", "closeArchive"} <= set(DANGEROUS)
    assert not set(TASKS) & set(DANGEROUS)
