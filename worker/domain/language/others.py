"""The rules between the fields of tasks that are no receipts: the clock, the journal, marking codes (reference 8.6, 9.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worker.domain.language.goods import judge_checked_code
from worker.domain.refusals import Notes


def judge_other(name: str, body: Mapping[str, Any], notes: Notes) -> None:
    """
    Note what is wrong with a task of this name beside its single fields.

    Args:
        name: its type.
        body: the task as read.
        notes: takes what is wrong.

    """
    match name:
        case "setDateTime":
            text = "a clock set forward by mistake cannot be set back behind the last document"
            notes.warn(("type",), "clock", text)
        case "printDocumentsFromJournal":
            if "from" in body and "to" in body and body["from"] > body["to"]:
                text = f"there is nothing from {body['from']} to {body['to']} (93, 232): swap them"
                notes.warn(("from",), "range_reversed", text)
        case "beginMarkingCodeValidation":
            judge_checked_code(("params",), body.get("params", {}), notes)
        case "validateMarks" | "addMarksToBuffer":
            for place, mark in enumerate(body.get("params", ())):
                judge_checked_code(("params", place), mark, notes)
        case _:
            pass
