"""Derived ids are frozen for ever: whoever knows a job's id can ask the register about every submission of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from worker.domain.identity import NAMESPACE, is_marker, marker, submission_uuid

VECTORS = json.loads(
    (Path(__file__).parents[2] / "producers/contract/golden-vectors.json").read_text("utf-8")
)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["job"][:20])
def test_the_golden_vectors_hold(vector: dict[str, str]) -> None:
    uuid = submission_uuid(vector["register"], vector["job"], int(vector["submission"]))
    assert str(uuid) == vector["submission_uuid"]
    assert marker(vector["register"], vector["job"]) == vector["marker"]


def test_the_namespace_is_the_one_of_the_design() -> None:
    """uuid5(NAMESPACE_URL, "urn:fiscalq:1"), written out."""
    assert str(NAMESPACE) == VECTORS["namespace"] == "dfed3b60-77a1-5b9a-9e90-c3991be51883"


def test_a_marker_fills_the_sixteen_characters_of_tag_1192() -> None:
    assert len(marker("kassa-1", "order-1")) == 16
    assert marker("kassa-1", "order-1") != marker("kassa-2", "order-1")


@pytest.mark.parametrize(
    "text", ["fq", "fq-12", "fqabc", "FQABCDEFGHIJKLMN", "fqabcdefghijklm1", "xfqabcdefghijklmn"]
)
def test_what_only_resembles_a_marker_is_none(text: str) -> None:
    assert is_marker(marker("kassa-1", "order-1"))
    assert not is_marker(text)


def test_submissions_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="from 1"):
        submission_uuid("kassa-1", "order-1", 0)
