"""
The JSON tasks as models: what the CRM may say, normalised and summed to the kopeck; refusals name every path.

`check` reads one task as enqueue takes it, `check_document` what `fiscalq check` is given. Both answer for any bytes
whatever and never raise. What is said is never changed but for rounding to the kopeck, which is warned about; what
design §3 lets out is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Any, Literal

from worker.domain.jsontext import Document, dumps, read, scan
from worker.domain.language.catalogue import DANGEROUS, TASKS, meant_type
from worker.domain.language.fields import missing, read_object, wrong_type
from worker.domain.language.known import NOTHING_KNOWN, Known
from worker.domain.language.others import judge_other
from worker.domain.language.rules import judge
from worker.domain.language.sums import settle
from worker.domain.language.vocabulary import FISCAL_KINDS, Kind
from worker.domain.money import EXACT
from worker.domain.refusals import Location, Notes, Problem, shown

__all__ = [
    "NOTHING_KNOWN",
    "Checked",
    "Defaults",
    "Kind",
    "Known",
    "Problem",
    "Task",
    "check",
    "check_document",
    "dumps",
]

Attribute = Literal["additionalAttribute", "userAttribute", "off"]
MARKER_NAME = "fq"  # tag 1085, where the marker is a user's attribute

NOT_SAID = (None, "")  # a tuple: what is looked for may be anything, unhashable too
SUMMED = frozenset({Kind.RECEIPT, Kind.CORRECTION})
ENVELOPE = ("uuid", "request")  # reference 2.1
ENVELOPE_EXTRAS = ("callbacks", "deviceID")  # reference 3.2: the worker has its own


@dataclass(frozen=True)
class Defaults:
    """
    What the register's settings fill in where the CRM says nothing (design §3).

    Args:
        operator: `name` and perhaps `vatin`, for every task that has a cashier.
        taxation_type: tag 1055, for receipts and corrections.
        default_tax: type of `tax`, for positions.
        marker: the attribute that carries the marker.

    """

    operator: Mapping[str, Any] | None = None
    taxation_type: str | None = None
    default_tax: str | None = None
    marker: Attribute = "additionalAttribute"


@dataclass(frozen=True)
class Task:
    """
    A task that may be sent.

    Args:
        type: the vendor's name.
        kind: what it leaves behind.
        body: all of it, normalised; numbers are int or Decimal, money has two decimals.
        total: roubles that the FN will register, or that go into or out of the drawer; None for all other kinds.

    """

    type: str
    kind: Kind
    body: Mapping[str, Any]
    total: Decimal | None = None

    @property
    def is_fiscal(self) -> bool:
        """Whether it leaves a fiscal document."""
        return self.kind in FISCAL_KINDS

    def carries_marker(self, attribute: str) -> bool:
        """
        Whether our marker may stand in this task; if not, its document is known by its content.

        Receipts only: in a correction tag 1192 holds the sign of the corrected document (reference 8.4). Nor where the
        CRM uses that attribute itself, since a document holds one of each.
        """
        if self.kind is not Kind.RECEIPT or attribute == "off":
            return False
        return all(item.get("type") != attribute for item in self.body.get("items", ()))

    def to_register(self, marker: str | None, attribute: str) -> dict[str, Any]:
        """
        The JSON object to POST, with Decimals; `dumps` gives its text.

        Args:
            marker: 16 characters, or None for a task without; not inserted where `carries_marker` says no.
            attribute: `additionalAttribute` or `userAttribute`.

        """
        body = dict(self.body)
        if marker is not None and self.carries_marker(attribute):
            name = {"name": MARKER_NAME} if attribute == "userAttribute" else {}
            body["items"] = [*body["items"], {"type": attribute, **name, "value": marker, "print": False}]
        return body

    def to_json(self) -> str:
        """The normalised task as JSON text, exact to the last digit."""
        return dumps(self.body)


@dataclass(frozen=True)
class Checked:
    """
    The answer of a check.

    Args:
        task: None when there is any problem.
        problems: why it must not be sent, in the order of the document.
        warnings: what the register would take and a careful client would not send, likewise.
        type: what the task calls itself, also when it is refused; None when it does not say.
        enveloped: it was read out of the vendor's envelope, which is not what is enqueued.

    """

    task: Task | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    type: str | None = None
    enveloped: bool = False

    @property
    def valid(self) -> bool:
        """Whether it may be sent."""
        return self.task is not None


Setting = tuple[Defaults, Known]  # what the task is judged against


def check(raw: bytes, defaults: Defaults, known: Known = NOTHING_KNOWN) -> Checked:
    """
    Read one bare task object, as enqueue accepts it.

    Args:
        raw: the bytes of `task-json`.
        defaults: the register's.
        known: the day and the register's format; what is not known refuses nothing.

    Returns: the task, or every problem by its path. Never raises.

    """
    notes = Notes()
    document = read(raw, notes)
    if document is None:
        return _answer(None, None, notes, None)
    if isinstance(document.value, dict) and "request" in document.value and "type" not in document.value:
        text = "this is the web server's envelope: enqueue the task object in it"
        notes.refuse(("request",), "envelope", text)
        return _answer(None, document.value, notes, None)
    return _check_task(document, document.value, (), notes, (defaults, known))


def check_document(raw: bytes, defaults: Defaults, known: Known = NOTHING_KNOWN) -> Checked:
    """
    Read a bare task, or the vendor's envelope `{uuid, request}` around exactly one (reference 2.1).

    Args:
        raw: the bytes of the document.
        defaults: the register's.
        known: as in `check`.

    Returns: as `check`; paths of problems in the task are relative to the task, others to the envelope. Never raises.

    """
    notes = Notes()
    document = read(raw, notes)
    if document is None:
        return _answer(None, None, notes, None)
    if not _is_envelope(document.value):
        return _check_task(document, document.value, (), notes, (defaults, known))
    _judge_envelope(document, notes)
    request = document.value.get("request")
    tasks = request if isinstance(request, list) else [request]
    if len(tasks) == 1:
        at: Location = ("request", 0) if isinstance(request, list) else ("request",)
        return replace(_check_task(document, tasks[0], at, notes, (defaults, known)), enveloped=True)
    found = f"{len(tasks)} tasks" if tasks else "no task"
    notes.refuse(("request",), "not_one_task", f"holds {found}: one job is one task, enqueue each by itself")
    scan(document, request, ("request",), notes)
    return _answer(None, document.value, notes, None)


def _is_envelope(value: Any) -> bool:
    return isinstance(value, dict) and "type" not in value and not value.keys().isdisjoint(ENVELOPE)


def _judge_envelope(document: Document, notes: Notes) -> None:
    """Reference 2.1, 3.2: the server wants a uuid that is text; the rest of an envelope is none of a job's business."""
    envelope = document.value
    for name in document.doubled.get(id(envelope), ()):
        notes.refuse((name,), "duplicate_key", "said twice in one object: say it once")
    for name, part in envelope.items():
        if name != "request":
            scan(document, part, (name,), notes)
        if name not in ENVELOPE:
            text = "the worker has its own" if name in ENVELOPE_EXTRAS else "no part of an envelope"
            notes.warn((name,), "unknown_field", f"{text}: ignored")
    uuid = envelope.get("uuid")
    if missing(uuid) or uuid == "":
        text = "the server takes no envelope without it (400): say it, or the bare task"
        notes.refuse(("uuid",), "missing", text)
    elif not isinstance(uuid, str):
        wrong_type(uuid, "a string", ("uuid",), notes)


def _check_task(document: Document, said: Any, envelope: Location, notes: Notes, setting: Setting) -> Checked:
    """Judge what should be a task; `envelope` is where it stands when it is not even an object."""
    if not isinstance(said, dict):
        wrong_type(said, "one task object", envelope, notes)
        return _answer(None, said, notes, None)
    scan(document, said, (), notes)
    name = said.get("type")
    if missing(name):
        notes.refuse(("type",), "missing", "required: say what is to be done, for instance 'sell'")
    elif not isinstance(name, str):
        wrong_type(name, "a string", ("type",), notes)
    elif name in DANGEROUS:
        text = f"{DANGEROUS[name]}: fiscalq never does it, use the vendor's own tools"
        notes.refuse(("type",), "refused_type", text)
    elif name not in TASKS:
        notes.refuse(("type",), "unknown_type", f"there is no task {shown(name)!r}{meant_type(name, notes)}")
    else:
        return _read_task(name, said, notes, setting)
    return _answer(None, said, notes, name if isinstance(name, str) else None)


def _read_task(name: str, said: Mapping[str, Any], notes: Notes, setting: Setting) -> Checked:
    with localcontext(EXACT):
        return _read_exactly(name, said, notes, setting)


def _read_exactly(name: str, said: Mapping[str, Any], notes: Notes, setting: Setting) -> Checked:
    defaults, known = setting
    kind = TASKS[name].kind
    body = read_object(_filled(name, said, defaults), (), notes, TASKS[name].shape)
    total: Decimal | None = None
    if body is None:
        return _answer(None, said, notes, name)
    if kind in SUMMED:
        total = settle(said, body, notes, old_forms=known.takes_old_corrections)
        if not notes.overflow:
            judge(said, body, total, known, notes)
    elif kind is Kind.CASH:
        total = body.get("cashSum")
        if total is not None and not total:
            notes.warn(("cashSum",), "zero_sum", "nothing goes into or out of the drawer")
    else:
        judge_other(name, body, notes)
    task = None if notes.refused else Task(name, kind, body, total)
    return _answer(task, said, notes, name)


def _filled(name: str, said: Mapping[str, Any], defaults: Defaults) -> dict[str, Any]:
    """What was said, and the register's defaults where nothing was (design §3)."""
    fields = TASKS[name].shape.fields
    filled = dict(said)
    if "operator" in fields and missing(said.get("operator")) and defaults.operator:
        filled["operator"] = dict(defaults.operator)
    if TASKS[name].kind not in SUMMED:
        return filled
    if said.get("taxationType") in NOT_SAID and defaults.taxation_type:
        filled["taxationType"] = defaults.taxation_type
    if isinstance(said.get("items"), list) and defaults.default_tax:
        filled["items"] = [_with_tax(item, defaults.default_tax) for item in said["items"]]
    return filled


def _with_tax(item: Any, tax: str) -> Any:
    is_position = isinstance(item, dict) and (missing(item.get("type")) or item["type"] == "position")
    return {**item, "tax": {"type": tax}} if is_position and missing(item.get("tax")) else item


def _answer(task: Task | None, document: Any, notes: Notes, name: str | None) -> Checked:
    return Checked(task, notes.problems(document), notes.warnings(document), name)
