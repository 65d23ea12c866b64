"""A job's history in the operator's words, for the terminal and the page alike: one sentence an entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.cli.language import Texts, failure
from worker.app.answering import message
from worker.app.inspecting import ALREADY_SO, NextStep
from worker.domain import events
from worker.domain.events import Event
from worker.domain.verdicts import ReasonCode, Verdict

if TYPE_CHECKING:
    from worker.app.inspecting import Row

UNKNOWN = "?"


@dataclass(frozen=True)
class Moment:
    """One entry as a person reads it; `name` is the event's, `tone` the state or verdict that it brought, or empty."""

    at: str
    name: str
    text: str
    tone: str = ""


def moments(history: Sequence[Event], texts: Texts) -> Iterator[Moment]:
    """The history in sentences; waits that follow one another are one wait, and the reason that holds stands above them."""
    waited = 0.0
    for place, event in enumerate(history):
        if isinstance(event, events.Waited):
            waited += event.seconds
            later = history[place + 1] if place + 1 < len(history) else None
            if not isinstance(later, events.Waited):
                yield Moment(event.at, event.name, texts("events.waited", seconds=f"{waited:.0f}"))
                waited = 0.0
        elif isinstance(event, events.GaveUp) and place == len(history) - 1:
            yield Moment(event.at, event.name, texts("events.gave_up_last"), _tone(event))
        else:
            yield Moment(event.at, event.name, _told(event, texts), _tone(event))


def _told(event: Event, texts: Texts) -> str:
    name: str = event.name
    facts = event.model_dump(exclude={"name"})
    match event:
        case events.SubmitStarted(evidence=None):
            name = "submit_started_blind"
        case events.SubmitStarted(evidence=evidence) if evidence is not None:
            name = "submit_started" if evidence.document is not None else "submit_started_blind"
            facts |= {"fn_number": evidence.fn_number or UNKNOWN, "document": evidence.document}
        case events.PrintStarted(stage=stage):
            facts["stage"] = texts(f"stages.{stage.value}")
        case events.Found(outcome=outcome, code=code):
            facts |= {"outcome": texts(f"outcomes.{outcome.value}"), "code": code or ""}
        case events.Disproved(by=by, document=document):
            name = "disproved_word" if by else "disproved" if document is not None else "disproved_plain"
        case events.Printed():
            name, facts["document"] = _printed(event)
        case events.GaveUp(reason=reason):
            facts["reason"] = message(reason, texts.language)
        case events.Replayed(edited=edited) if edited:
            name, facts["edited"] = "replayed_edited", ", ".join(edited)
        case events.NotSent(text=text):
            facts["text"] = failure(text, texts)
        case _:
            pass
    # The register's own number and words may be missing in the middle of a sentence.
    return " ".join(texts(f"events.{name}", **facts).split()).replace(" .", ".")


def _printed(event: events.Printed) -> tuple[str, int | None]:
    """By which text a printed one is told, and its document."""
    warnings = event.fiscal.warnings if event.fiscal is not None else ()
    document = event.fiscal.document_number if event.fiscal is not None else None
    if not ALREADY_SO.isdisjoint(warnings):
        return "printed_already", document
    if event.by:
        return "printed_word", document
    return ("printed" if document is not None else "printed_plain"), document


def _tone(event: Event) -> str:
    match event:
        case events.Printed():
            return "printed"
        case events.Doubled():
            return Verdict.IN_DOUBT.value
        case events.GaveUp():
            return event.verdict.value
        case events.Disproved() | events.Replayed():
            return "queued"
        case _:
            return ""


def state_words(row: Row, texts: Texts) -> str:
    """State, and verdict of a dead one: `dead: in doubt`; what was so already is done, and not printed."""
    return words_of(row.state, row.verdict, row.reason, row.next_step, texts)


def words_of(
    state: str, verdict: str | None, reason: Mapping[str, Any] | None, step: NextStep, texts: Texts
) -> str:
    """Likewise, for whoever has no row."""
    if step is NextStep.DONE:
        return texts("outcomes.ready")
    told = texts.of("states", state)
    if state != "dead":
        return told
    is_word = reason is not None and reason["code"] == ReasonCode.RESOLVED
    return f"{told}: {texts('verdicts.on_word') if is_word else texts.of('verdicts', verdict)}"


def what_to_do(row: Row, texts: Texts) -> str:
    """What is known of a job that is dead or stopped, which ends with its next step; else the next step alone."""
    if row.reason is not None and row.next_step is not NextStep.FORGONE:
        return str(row.reason[f"message_{texts.language}"])
    return texts(f"next.{row.next_step.value}")
