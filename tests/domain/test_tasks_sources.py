"""The tables: each field and each code names whose rule it is, and no code is used that the table does not know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.runbook.rules import PAGE, page
from worker.domain import language
from worker.domain.language.catalogue import DANGEROUS, TASKS
from worker.domain.language.fields import Shape
from worker.domain.rulebook import RULES, Severity

DOMAIN = Path(language.__file__).parents[1]
FILES = sorted(DOMAIN.parent.rglob("*.py"))
SOURCE = re.compile(r"(8\.[1-6]|9\.[12])(, .*)?")


def used_codes() -> Iterator[tuple[str, set[str]]]:
    """The second argument of every note that is taken anywhere, with what becomes of the task there."""
    outcomes = {
        "refuse": {"refused"},
        "warn": {"warned"},
        "note": {"refused", "warned"},
        "Problem": set[str](),
    }
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) == 3:
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if name in outcomes and isinstance(node.args[1], ast.Constant):
                    yield str(node.args[1].value), outcomes[name]


def test_every_code_in_the_worker_is_a_rule_and_every_rule_is_used() -> None:
    """Programs rely on codes: they stand in one table, as snake_case words."""
    assert {code for code, _ in used_codes()} == set(RULES)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]+", code) for code in RULES)


def test_a_rule_has_the_severity_that_it_is_used_with() -> None:
    """The handbook says refused only of what is refused; what is told without a note says it itself."""
    found: dict[str, set[str]] = {}
    for code, outcomes in used_codes():
        found.setdefault(code, set()).update(outcomes)
    told = {
        code: {"refused", "warned"} if rule.severity is Severity.BOTH else {str(rule.severity)}
        for code, rule in RULES.items()
    }
    assert {code: outcomes or told[code] for code, outcomes in found.items()} == told


def test_a_rule_names_its_source_and_what_to_do_in_both_languages() -> None:
    for rule in RULES.values():
        assert rule.source
        assert rule.advice_en.endswith(".")
        assert re.search(r"[а-яё].*\.$", rule.advice_ru)


def test_the_page_of_rules_is_what_the_rulebook_makes() -> None:
    """Otherwise: python -m ops.runbook.rules."""
    assert PAGE.read_text(encoding="utf-8") == page()


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
