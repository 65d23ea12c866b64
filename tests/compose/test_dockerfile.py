"""What goes into the image: what the lock names, by hash, and nothing of the machine that it was built on."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "ops" / "docker" / "Dockerfile").read_text(encoding="utf-8")
INSTRUCTIONS = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)).splitlines()


def test_every_stage_stands_on_the_base_image_that_the_builder_names() -> None:
    bases = [line.split()[1] for line in INSTRUCTIONS if line.startswith("FROM ")]
    assert bases == ["${PYTHON_IMAGE}", "${PYTHON_IMAGE}"]


def test_packages_come_from_the_lock_by_hash_and_are_never_compiled() -> None:
    asking = [
        line for line in INSTRUCTIONS if " install " in line and "pip" in line and "--no-index" not in line
    ]
    assert len(asking) == 1
    for word in ("--require-hashes", "--no-deps", "--only-binary=:all:", "-r requirements.lock"):
        assert word in asking[0]


def test_a_mirrors_settings_are_lent_and_never_copied() -> None:
    assert "type=secret,id=pip_conf" in DOCKERFILE
    copied = [line for line in INSTRUCTIONS if line.startswith(("COPY ", "ADD "))]
    assert not [line for line in copied if "pip.conf" in line]
    assert not [line for line in INSTRUCTIONS if line.startswith("ADD ")]
    assert "index-url" not in DOCKERFILE


def test_the_finished_image_has_no_installer_of_its_own_environment() -> None:
    assert "venv --without-pip" in DOCKERFILE


def test_what_is_copied_is_let_through_to_the_engine_and_nothing_else_is() -> None:
    """A list of what goes, not of what stays: a new secret beside the sources stays away by itself."""
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert rules[0] == "*"
    let_through = {rule[1:].rstrip("/") for rule in rules if rule.startswith("!")}
    sources = [
        word.rstrip("/")
        for line in INSTRUCTIONS
        if line.startswith("COPY ") and "--from=" not in line
        for word in line.split()[1:-1]
    ]
    assert {source.split("/")[0] for source in sources} == let_through
    assert all((ROOT / name).exists() for name in let_through)
    assert {"**/*.acl", "**/*.env", "**/.*"} <= set(rules)
