"""The corpus of real clients' tasks: every case is judged as its index says."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.domain.task_samples import NOTHING
from worker.domain.tasks import check_document, dumps

CORPUS = Path(os.environ.get("FISCALQ_CORPUS") or Path(__file__).parents[2] / "../shared/data/atol-tasks")
INDEX = CORPUS / "index.json"
CASES: list[dict[str, Any]] = (
    json.loads(INDEX.read_text(encoding="utf-8"))["files"] if INDEX.is_file() else []
)
REFUSED_THOUGH_TAKEN = {
    "dangerous",
    "multi",
}  # tags: irreversible types, and several sub-tasks in one envelope

pytestmark = pytest.mark.skipif(not CASES, reason=f"no corpus at {CORPUS}: say where it is by FISCALQ_CORPUS")


def read(case: dict[str, Any]) -> bytes:
    return Path(CORPUS, case["file"]).read_bytes()


def path(case: dict[str, Any]) -> str:
    """The index's path relative to the task, as our paths are."""
    return re.sub(r"^request\[0\]\.", "", case.get("path", ""))


@pytest.mark.parametrize("case", CASES or [{}], ids=lambda case: case.get("file"))
def test_a_real_clients_task_is_judged_as_the_index_says(case: dict[str, Any]) -> None:
    """Valid without a word; invalid with a problem, questionable with a warning, at the place that the index names."""
    answer = check_document(read(case), NOTHING)
    problems, warnings = ({note.path for note in notes} for notes in (answer.problems, answer.warnings))
    match case["verdict"]:
        case "valid":
            assert (answer.problems, answer.warnings) == ((), ())
        case "invalid":
            assert path(case) in problems if path(case) else problems
        case "questionable" if REFUSED_THOUGH_TAKEN & set(case["tags"]):
            assert problems
        case "questionable":
            assert answer.valid
            assert path(case) in warnings
        case other:
            pytest.fail(f"the index knows a verdict that this test does not: {other}")


@pytest.mark.parametrize("case", CASES or [{}], ids=lambda case: case.get("file"))
def test_a_normalised_task_is_normal(case: dict[str, Any]) -> None:
    """What we would send is judged as valid again and does not change any more."""
    task = check_document(read(case), NOTHING).task
    if task is not None:
        assert check_document(dumps(task.body).encode(), NOTHING).task == task
