"""The pages that only show: registers, lists, one job's story, the search, what was put aside, what was decided."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import category

from starlette.responses import Response

from ops.cli import screen
from ops.cli.language import shift_words
from ops.cli.story import Moment, moments, state_words, what_to_do
from ops.console.entry.users import Role
from ops.console.gate import Gate, Refused, Visit
from ops.console.house import MOMENT, House, local
from ops.console.language import BRACKETS, PageTexts
from ops.console.paper import draw, plain
from worker.app import inspecting, operating
from worker.app.autopilot import OURS
from worker.app.clock import RealClock
from worker.app.desk import ShiftVerb
from worker.app.inspecting import NextStep, Row, Story
from worker.domain.errors import LedgerError
from worker.domain.events import Event, GaveUp
from worker.domain.jsontext import dumps, read
from worker.domain.ports import Group, Ledger
from worker.domain.refusals import Notes
from worker.domain.tasks import SUMMED
from worker.domain.verdicts import ReasonCode

SHOWN = 50  # of a list that may be long
GLIMPSED = 10  # of one that stands beside others
ASIDE_MAX = 100
ASKING = operating.Word("console", "dry run")  # never written down
DONE = {"replayed", "resolved", "resolved_unseen", "withdrawn", "forgone", "asked", "known"}
LABEL_MAX = 70  # characters of a reason in a list to choose from
FROM_OUTSIDE = frozenset({"not_sent", "gave_up"})  # entries that quote what a protocol said
TEXT_BYTES_MAX = 4096  # of an entry that was put aside


@dataclass(frozen=True)
class Card:
    """A row with its words in the visitor's language; `tone` colours it."""

    row: Row
    state: str
    todo: str
    tone: str
    at: str


@dataclass(frozen=True)
class ActsOn:
    """
    What may be decided of a job as it stands.

    Args:
        replay: it is proven not printed.
        contact: and has a buyer, who may be reached elsewhere.
        withdraw: the register does not have it.
        forgo: jobs of its sequence are stopped behind it.
        is_fiscal: it leaves a document.
        copies: how many copies are at their end; None when there is nothing to copy.
        task: its text, to be put right; empty for what is no receipt.
        doubled: the register printed it more than once.

    """

    replay: bool = False
    contact: bool = False
    withdraw: bool = False
    forgo: bool = False
    is_fiscal: bool = False
    copies: int | None = None
    task: str = ""
    doubled: bool = False


class Looking:
    """The pages of a house."""

    def __init__(self, gate: Gate, house: House) -> None:
        """Show this house through that gate."""
        self._gate, self._house = gate, house

    def home(self, visit: Visit) -> Response:
        """All registers, the worst first."""
        standings = [self._house.standing(name) for name in self._house.names]
        order = ("ill", "doubt", "well")
        standings.sort(key=lambda standing: order.index(standing.tone))
        first = next((standing.name for standing in standings if standing.step), None)
        return self._gate.page(visit, "home.html", standings=standings, lit=first)

    def register(self, visit: Visit, *, said: str = "", status: int = 200) -> Response:
        """One register: how it stands, its shift, its line, its dead, what it printed last."""
        name, ledger = self.of(visit)
        standing = self._house.standing(name)
        seen, acted = self._house.shift(name, standing.line), visit.asked("done")
        may = visit.user.role.covers(Role.OPERATOR)
        desk = self._house.desk(name)
        return self._gate.page(
            visit,
            "register.html",
            status=status,
            register=name,
            standing=standing,
            outlook=standing.outlook(visit.texts),
            shift=shift_words(seen, name, visit.texts, self._house.zone(name)),
            verbs={verb.name.lower(): desk.shift_tasks(verb) for verb in ShiftVerb} if may else {},
            may=may,
            acted=acted if acted in {"held", "released", "accepted"} else "",
            said=said,
            line=self._cards(name, inspecting.listed(ledger, Group.OPEN, SHOWN), visit),
            stopped=self._cards(name, inspecting.listed(ledger, Group.STOPPED, SHOWN), visit),
            dead=self._cards(name, inspecting.dead(ledger, GLIMPSED), visit),
            done=self._cards(name, inspecting.listed(ledger, Group.DONE, GLIMPSED), visit),
        )

    def dead(self, visit: Visit, *, said: str = "", status: int = 200) -> Response:
        """The dead letters, led by those in doubt, to be chosen from."""
        name, ledger = self.of(visit)
        after = int(visit.asked("after")) if visit.asked("after").isdecimal() else 0
        rows = inspecting.dead(ledger, SHOWN, min(after, 10**6))
        reasons = {
            str(row.reason["code"]): _label(what_to_do(row, visit.texts))
            for row in rows
            if row.reason and row.next_step is NextStep.REPLAY
        }
        return self._gate.page(
            visit,
            "dead.html",
            status=status,
            register=name,
            dead=self._cards(name, rows, visit),
            count=ledger.counts()["dead"],
            after=after,
            further=after + SHOWN if len(rows) == SHOWN else None,
            reasons=reasons,
            said=said,
        )

    def job(self, visit: Visit, *, job: str = "", said: str = "", status: int = 200) -> Response:
        """One job: what to do, what happened, its paper."""
        name, ledger = self.of(visit)
        job = job or visit.asked("id")
        story = inspecting.show(ledger, job)
        if story is None:
            raise Refused(404, "page.not_found")
        (card,) = self._cards(name, [story.row], visit)
        done = visit.asked("done")
        return self._gate.page(
            visit,
            "job.html",
            status=status,
            register=name,
            card=card,
            row=story.row,
            answer=story.answer,
            problems=_problems(story.row, visit.texts),
            word=_status_word(story.history, card.todo),
            moments=[
                (local(moment.at, self._house.zone(name), MOMENT), _told(moment, visit.texts), moment.tone)
                for moment in moments(_ours_told(story.history, visit.texts), visit.texts)
            ],
            acts=[(self._clock(name, act.get("at", "")), act) for act in story.acts],
            facts=list(_facts(story.answer, visit)),
            options={name: plain(value) for name, value in story.options.items()},
            paper=self._paper(name, ledger, story, visit),
            edit_unsent=story.edit_unsent,
            ahead=screen.local(story.row.accepted_at, self._house.zone(name), "%z"),
            hindered=self._hindered(name, story.row, visit.texts),
            behind=ledger.stopped().get(job) if story.row.next_step is NextStep.BEFORE else None,
            acts_on=self._acts_on(name, ledger, story.row),
            advice=_advice(story.answer, visit.texts),
            may=visit.user.role.covers(Role.OPERATOR),
            done=done if done in DONE else "",
            said=said,
            why=visit.said("why"),
            contact=visit.said("contact"),
            document=visit.said("document"),
            verdict=visit.said("verdict"),
        )

    def _hindered(self, name: str, row: Row, texts: PageTexts) -> str:
        """Why an open job does not go on by itself: its line stands still."""
        if row.next_step is not NextStep.WAIT:
            return ""
        standing = self._house.standing(name)
        return next(standing.sayings(texts), "") if standing.tone == "ill" else ""

    def _acts_on(self, name: str, ledger: Ledger, row: Row) -> ActsOn:
        """What the verbs would not refuse, so that no button is there that would be."""
        job = ledger.load(row.job)
        if job is None:
            return ActsOn()
        if row.state != "printed":
            asked = (
                row.state == "dead"
                and operating.replay(ledger, RealClock(), [row.job], ASKING, dry_run=True).moved
            )
            return ActsOn(
                replay=bool(asked),
                contact=bool(asked) and job.kind in SUMMED,
                withdraw=operating.withdrawal_obstacle(job) is None,
                forgo=row.job in ledger.stopped().values(),
                is_fiscal=job.is_fiscal,
            )
        corrects = job.kind in SUMMED and job.fiscal is not None
        copies = None if row.document is None else self._house.desk(name).copies(row.job)
        task = read(ledger.task(row.job), Notes()) if corrects else None
        return ActsOn(
            copies=copies, task=_plainly(dumps(task.value)) if task else "", doubled=bool(job.doubled)
        )

    def find(self, visit: Visit) -> Response:
        """What the words bring, register by register."""
        words = visit.asked("q")[:200]
        found = {name: inspecting.find(self._house.ledger(name), words) for name in self._house.names}
        cards = {name: self._cards(name, one.rows, visit) for name, one in found.items() if one.rows}
        looked = sum(one.looked for one in found.values())
        whole = all(one.whole for one in found.values())
        return self._gate.page(visit, "find.html", words=words, found=cards, looked=looked, whole=whole)

    def aside(self, visit: Visit) -> Response:
        """What was put aside, byte by byte: buyers' data may be in it, so it is an admin's."""
        name, ledger = self.of(visit)
        kept = [
            (self._clock(name, at), _unread(why, visit.texts), _readable(entry))
            for at, why, entry in ledger.set_aside(ASIDE_MAX)
        ]
        return self._gate.page(visit, "aside.html", register=name, kept=kept)

    def acts(self, visit: Visit) -> Response:
        """What people decided at this register."""
        name, ledger = self.of(visit)
        acts = [(self._clock(name, act.get("at", "")), act) for act in ledger.acts(ASIDE_MAX)]
        return self._gate.page(visit, "acts.html", register=name, acts=acts)

    def of(self, visit: Visit) -> tuple[str, Ledger]:
        """The register that the address names, and its ledger. Raises Refused for one that is not set up."""
        name = str(visit.request.path_params["register"])
        if name not in self._house.names:
            raise Refused(404, "page.not_found")
        return name, self._house.ledger(name)

    def _cards(self, register: str, rows: Sequence[Row], visit: Visit) -> list[Card]:
        texts = visit.texts
        return [
            Card(
                row,
                state_words(row, texts),
                texts.spoken(what_to_do(row, texts)),
                _tone(row),
                self._clock(register, row.updated_at),
            )
            for row in rows
        ]

    def _paper(self, name: str, ledger: Ledger, story: Story, visit: Visit) -> Any:
        try:
            task = inspecting.task_of(ledger, story)
        except LedgerError:  # it lies in the inbox yet
            return None
        with_contact = visit.user.role.covers(Role.OPERATOR)
        return draw(task, story.answer["fiscal"], self._house.defaults(name), with_contact=with_contact)

    def _clock(self, register: str, at: str) -> str:
        """A time as it is at the register."""
        return local(at, self._house.zone(register))


def _label(said: str) -> str:
    """The first sentence of a reason, without the register's own words in it: to choose by."""
    first = BRACKETS.sub("", said).partition(". ")[0]
    return first if len(first) <= LABEL_MAX else f"{first[:LABEL_MAX]}…"


def _problems(row: Row, texts: PageTexts) -> list[tuple[str, str]]:
    """Where the task breaks a rule, and how or what to do."""
    problems = (row.reason or {}).get("problems") or ()
    return [(one["path"], texts.rule(one["code"], one["message"])) for one in problems]


def _status_word(history: Sequence[Event], told: str) -> str:
    """The register's word that its protocol does not know, where the reason is told without it; empty for none."""
    last = next((event.reason for event in reversed(history) if isinstance(event, GaveUp)), None)
    unknown = last is not None and last.code is ReasonCode.STATUS_UNKNOWN and last.text not in told
    return plain(last.text) if last is not None and unknown else ""


def _ours_told(history: Sequence[Event], texts: PageTexts) -> list[Event]:
    """The history with what the autopilot decides in the visitor's language."""
    why = {"why": texts("page.for_the_shift")}
    return [
        event.model_copy(update=why) if getattr(event, "by", None) == OURS else event for event in history
    ]


def _told(moment: Moment, texts: PageTexts) -> str:
    """People's own words are left as they are."""
    return texts.spoken(moment.text) if moment.name in FROM_OUTSIDE else moment.text


def _unread(why: str, texts: PageTexts) -> str:
    """Why an entry became no job."""
    if texts.language == "en":
        return plain(why)
    word = next((word for word in ("id", "options") if why.startswith((word, f"'{word}'"))), "")
    return texts(f"page.unreadable_{word}" if word else "page.unreadable")


def _advice(answer: Any, texts: PageTexts) -> list[str]:
    return [texts.spoken(told) for told in inspecting.advice(answer, texts.language)]


def _tone(row: Row) -> str:
    if row.next_step in {NextStep.RESOLVE, NextStep.CORRECT, NextStep.COPY}:
        return "doubt"
    if row.next_step in {NextStep.LEAVE, NextStep.FORGONE}:
        return "under"
    if row.state == "dead":
        return "ill"
    return "well" if row.state == "printed" else "under"


def _facts(answer: Any, visit: Visit) -> Iterator[tuple[str, str]]:
    texts, fiscal = visit.texts, answer["fiscal"] or {}
    if answer.get("type"):
        yield texts("facts.type"), plain(texts.of("kinds", answer["type"]))
    yield texts("facts.submissions"), plain(answer["submissions"])
    for name, value in fiscal.items():
        if value not in (None, "") and name not in {"qr", "advice", "warnings"}:
            yield texts.of("facts", name), plain(value)
    explained = {said["code"] for said in fiscal.get("advice") or ()}
    told = [one for one in fiscal.get("warnings") or () if one.partition(":")[0] not in explained]
    if told or explained:  # what is explained is told in the visitor's words alone
        yield texts("facts.warnings"), plain(" ".join([*told, *_advice(answer, texts)]))


def _readable(entry: bytes) -> str:
    """Bytes as text: what is no UTF-8, and what steers a screen, by its number."""
    text = entry[:TEXT_BYTES_MAX].decode(errors="backslashreplace")
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)


def _plainly(text: str) -> str:
    """JSON text in which whatever is not seen, or turns the line round, is written by its number."""
    return "".join(json.dumps(each)[1:-1] if category(each) == "Cf" else each for each in text)
