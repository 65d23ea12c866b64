"""The drill: its faults really show at a real worker, its score counts, and its texts are whole in both languages."""

from __future__ import annotations

import json
import string
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ops.cli.main import app
from ops.drill.game import questions
from ops.drill.rounds import ROUNDS
from ops.launcher.environment import ROOT
from ops.runbook.handbook import CODES
from tests.compose.conftest import flower_environment

TEXTS = {
    language: tomllib.loads((ROOT / f"ops/drill/texts/{language}.toml").read_text(encoding="utf-8"))
    for language in ("en", "ru")
}
RIGHT = {played.name: played.right for played in ROUNDS}
UNSAFE = {"by_hand", "new_id", "sell_again", "refund", "clear_queue", "reset"}


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_there_are_ten_faults_each_with_a_story_three_steps_and_a_page() -> None:
    assert len(ROUNDS) == len(RIGHT) == 10
    for played in ROUNDS:
        assert played.name in TEXTS["en"]["stories"]
        assert set(played.steps) <= set(TEXTS["en"]["steps"])
        assert len(set(played.steps)) == 3
        assert played.page in CODES


def test_no_right_step_is_a_dangerous_one() -> None:
    """Nothing that makes a second document, or destroys a proof, is ever taught."""
    assert not UNSAFE & set(RIGHT.values())
    assert all(UNSAFE & set(played.steps) or played.name == "inactive" for played in ROUNDS)


def test_both_languages_have_the_same_texts_with_the_same_blanks() -> None:
    """And no text that no round needs."""
    shape = [
        {(section, word): blanks(text) for section, words in texts.items() for word, text in words.items()}
        for texts in TEXTS.values()
    ]
    assert shape[0] == shape[1]
    assert set(TEXTS["en"]["steps"]) == {step for played in ROUNDS for step in played.steps}
    assert set(TEXTS["en"]["stories"]) == set(RIGHT)
    assert set(TEXTS["en"]["why"]) == {step for played in ROUNDS for step in played.steps[1:]}


def test_a_seed_draws_the_same_drill_again_and_another_seed_another() -> None:
    """All ten are asked once, and the right step does not always stand in the same place."""
    assert list(questions(7, 10)) == list(questions(7, 10))
    assert list(questions(7, 10)) != list(questions(8, 10))
    asked = list(questions(7, 10))
    assert {question.played.name for question in asked} == set(RIGHT)
    assert len({question.steps.index(question.played.right) for question in asked}) > 1


def drill(folder: Path, answers: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """`fiscalq drill` with answers from a file, as a program of its own."""
    file = folder / "answers.json"
    file.write_text(json.dumps(answers), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "ops.cli.main", "drill", "--answers", str(file), "--json", *options],
        cwd=ROOT,
        env={**flower_environment(), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.parametrize(("language", "seed"), [("en", "1"), ("ru", "2")])
def test_ten_faults_are_played_and_every_safe_step_counts(tmp_path: Path, language: str, seed: str) -> None:
    """Each shows what its page is about, is told in the language, and every job comes to a proven end."""
    done = drill(tmp_path, RIGHT, "--seed", seed, "--lang", language)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert (said["right"], said["of"], len(said["rounds"])) == (10, 10, 10)
    for played in said["rounds"]:
        assert played["verdict"] == ("not_printed" if played["round"] == "wrong_task" else "printed"), played
        assert TEXTS[language]["stories"][played["round"]] in done.stderr
        assert f"fiscalq explain {played['page']}" in done.stderr


@pytest.mark.server
@pytest.mark.slow
def test_a_dangerous_step_costs_its_point_and_the_safe_one_is_told(tmp_path: Path) -> None:
    answers = {played.name: played.steps[1] for played in ROUNDS}
    done = drill(tmp_path, answers, "--count", "2")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert (said["right"], said["of"]) == (0, 2)
    for played in said["rounds"]:
        assert not played["ok"]
        assert TEXTS["en"]["steps"][played["right"]] in done.stderr
        assert TEXTS["en"]["why"][answers[played["round"]]] in done.stderr
    assert f"--seed {said['seed']}" in done.stderr


@pytest.mark.server
@pytest.mark.slow
def test_an_answer_that_is_none_of_the_steps_is_refused(tmp_path: Path) -> None:
    done = drill(tmp_path, dict.fromkeys(RIGHT, "pray"), "--count", "1")
    assert done.returncode == 1
    assert "name one of" in done.stderr
    assert done.stdout == ""


def test_without_a_terminal_and_without_answers_nothing_is_started() -> None:
    refused = CliRunner().invoke(app, ["drill"])
    assert refused.exit_code == 1
    assert "--answers" in refused.stderr


@pytest.mark.parametrize("written", ["[1", "[]"])
def test_a_file_that_holds_no_answers_is_wrong_usage(tmp_path: Path, written: str) -> None:
    file = tmp_path / "answers.json"
    file.write_text(written, encoding="utf-8")
    assert CliRunner().invoke(app, ["drill", "--answers", str(file)]).exit_code == 2
