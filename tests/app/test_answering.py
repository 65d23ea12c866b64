"""What the CRM reads: exact money, a reason in two languages, and nothing of the buyer."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

import worker.app
from worker.app.answering import LANGUAGES, answer, message
from worker.domain.job import Job, State
from worker.domain.shifts import ALREADY
from worker.domain.tasks import Kind, Problem
from worker.domain.verdicts import MISNAMED, UNFORESEEN, Fiscal, Reason, ReasonCode, Verdict

TEXTS = Path(worker.app.__file__).parent / "texts"
JOB = Job("order-1", "kassa-1", 1, State.QUEUED, "sell", Kind.RECEIPT, accepted_at="2026-11-23T10:00:00.000Z")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_a_text_in_both_languages_and_no_text_is_left_over(language: str) -> None:
    texts = tomllib.loads((TEXTS / f"{language}.toml").read_text("utf-8"))
    assert set(texts) - {"warnings"} == {code.value for code in ReasonCode}
    for code in ReasonCode:
        said = message(Reason(code=code, register_code=44, text="Нет бумаги"), language)
        assert said
        assert "{" not in said


def test_an_open_job_has_neither_verdict_nor_reason_nor_fiscal_data() -> None:
    said = json.loads(answer(JOB))
    assert (said["state"], said["type"], said["verdict"], said["reason"], said["fiscal"]) == (
        "queued",
        "sell",
        None,
        None,
        None,
    )


def test_fiscal_data_are_told_with_money_as_text() -> None:
    printed = replace(
        JOB,
        state=State.PRINTED,
        verdict=Verdict.PRINTED,
        fiscal=Fiscal(document_number=1207, total=Decimal("149.9"), sign="1", warnings=("notPrinted",)),
        doubled=(1208,),
    )
    fiscal = json.loads(answer(printed))["fiscal"]
    assert (fiscal["document_number"], fiscal["total"]) == (1207, "149.90")
    assert fiscal["warnings"] == ["notPrinted", "doubled:1208"]
    assert [advice["code"] for advice in fiscal["advice"]] == ["notPrinted", "doubled"]
    assert "1208" in fiscal["advice"][1]["message_ru"]


def test_every_warning_has_its_advice_in_both_languages() -> None:
    """Reference 8.7 and what the core adds; a word that nobody knows is passed on as it is."""
    texts = [
        tomllib.loads((TEXTS / f"{language}.toml").read_text("utf-8"))["warnings"] for language in LANGUAGES
    ]
    assert set(texts[0]) == set(texts[1])
    assert {
        "notPrinted",
        "nonFiscal",
        "recovered",
        "dataForSendIsEmpty",
        "doubled",
        UNFORESEEN,
        MISNAMED.removesuffix(":"),
        *ALREADY.values(),
    } == set(texts[0])
    strange = replace(JOB, state=State.PRINTED, fiscal=Fiscal(warnings=("newWord",)))
    assert json.loads(answer(strange))["fiscal"]["advice"] == []


def test_every_problem_of_a_refused_task_is_told_by_its_path() -> None:
    problems = (Problem("items[0].price", "wrong_type", "write a number"),)
    reason = Reason(code=ReasonCode.TASK_REFUSED, problems=problems)
    said = json.loads(answer(replace(JOB, state=State.DEAD, verdict=Verdict.NOT_PRINTED, reason=reason)))
    assert said["reason"]["problems"] == [
        {"path": "items[0].price", "code": "wrong_type", "message": "write a number"}
    ]
    assert said["reason"]["message_ru"] != said["reason"]["message_en"]


def test_a_missing_number_leaves_no_empty_brackets() -> None:
    assert "()" not in message(Reason(code=ReasonCode.REGISTER_REFUSED), "en")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_who_stands_behind_a_task_that_no_replay_can_print_is_told_the_other_way_on(language: str) -> None:
    """A refused task is refused by `fiscalq replay` as well: its followers would wait for ever on that advice alone."""
    told = message(Reason(code=ReasonCode.SEQUENCE_STOPPED, text="order-1.sell"), language)
    assert "--without order-1.sell" in told
