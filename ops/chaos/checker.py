"""
The checker of promises §4: what the CRM was answered, held against the register's own log of documents.

It shares nothing with the worker but the frozen formulas of design §2, which it works out for itself: a marker or a
submission uuid on a slip names the job.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:fiscalq:1")
SUBMISSIONS_LOOKED_FOR = 60  # more than `limits.submissions_max` allows
ALREADY = {"already_open", "already_closed"}  # a report without a document: what it asks for was so
UNDER_A_RECEIPT = "openShift"  # the one document that the register makes by itself, under a receipt's uuid

Slip = Mapping[str, Any]
Status = Mapping[str, Any]


class Kind(StrEnum):
    """What can be wrong."""

    TWICE = "twice"
    TWICE_BY_REGISTER_UNDETECTED = "twice_by_register_undetected"
    STRANGER = "stranger"
    OUT_OF_ORDER = "out_of_order"
    LOST = "lost"
    DOUBTED = "doubted"
    DISHONEST = "dishonest"


@dataclass(frozen=True)
class Accepted:
    """
    A job whose enqueue was answered.

    Args:
        job: its id.
        type: of its task; None for what may be no task at all.
        sequence: which jobs it must not pass, nor be passed by; None: the whole line, but for what has left its place.

    """

    job: str
    type: str | None
    sequence: str | None = None


@dataclass(frozen=True)
class Finding:
    """One broken promise."""

    kind: Kind
    job: str | None
    text: str


def check(
    register: str,
    accepted: Sequence[Accepted],
    seen: Mapping[str, Sequence[Status]],
    slips: Sequence[Slip],
    *,
    ours: Sequence[Accepted] = (),
    again_by_register: Collection[str] = (),
    foreign: Collection[int] = (),
    doubts_allowed: Collection[str] = (),
    replayed: Collection[str] = (),
    left_place: Collection[str] = (),
    sent_again: Collection[str] = (),
) -> list[Finding]:
    """
    Everything that breaks a promise, once all has settled; empty when nothing does.

    Args:
        register: the register's name.
        accepted: the jobs whose enqueue was answered, in the order of acceptance.
        seen: the status answers of each job, in the order in which they were read; the last one is the present.
        slips: the register's log of documents, in its order.
        ours: the jobs that the shift's autopilot may have made: nobody is told of them, and each prints once.
        again_by_register: jobs that the register itself printed twice (fault 5): to be flagged in their status.
        foreign: documents that the test had somebody else print, by number.
        doubts_allowed: jobs that nothing can settle.
        replayed: jobs that a person did again.
        left_place: jobs that were dead or in doubt on the way, and may be passed.
        sent_again: jobs that a wipe took from Redis and the CRM sent again: while they are on their way anew, nothing
            is said about their end, but the end must be the same.

    """
    documents, strangers = _by_job(register, [*accepted, *ours], slips, foreign)
    findings = [
        Finding(Kind.STRANGER, None, f"document {slip['fd']} is no job's: {slip}") for slip in strangers
    ]
    place = {slip["fd"]: number for number, slip in enumerate(slips)}
    findings += _order(accepted, documents, place, {*replayed, *left_place})
    for one in ours:
        findings += _safety(one.job, documents.get(one.job, []), (), register_did=False)
    for one in accepted:
        history = seen.get(one.job, ())
        slips_of = documents.get(one.job, [])
        findings += _safety(one.job, slips_of, history, register_did=one.job in again_by_register)
        findings += _liveness(one.job, history, may_be_in_doubt=one.job in doubts_allowed)
        ends = [status for status in history if status.get("verdict")] if one.job in sent_again else history
        findings += _honesty(one.job, ends, replayed=one.job in replayed)
        findings += _truth(one, history, slips_of)
    return findings


def marker(register: str, job: str) -> str:
    """What a receipt of the job carries in tag 1192 (design §2)."""
    digest = hashlib.sha1(f"{register}:{job}".encode(), usedforsecurity=False).digest()
    return "fq" + base64.b32encode(digest).decode("ascii").lower()[:14]


def uuids(register: str, job: str) -> list[str]:
    """The submission uuids of the job (design §2)."""
    return [
        str(uuid.uuid5(NAMESPACE, f"{register}:{job}:{number}"))
        for number in range(1, SUBMISSIONS_LOOKED_FOR + 1)
    ]


def _by_job(
    register: str, accepted: Sequence[Accepted], slips: Sequence[Slip], foreign: Collection[int]
) -> tuple[dict[str, list[Slip]], list[Slip]]:
    """The documents of each job by marker, else by submission; and those that belong to none."""
    by_marker = {marker(register, one.job): one.job for one in accepted}
    by_uuid = {number: one.job for one in accepted for number in uuids(register, one.job)}
    types = {one.job: one.type for one in accepted}
    documents: dict[str, list[Slip]] = defaultdict(list)
    strangers = []
    for slip in slips:
        job = by_marker.get(slip["marker"] or "") or by_uuid.get(slip["uuid"] or "")
        opened_by_itself = job is not None and slip["type"] == UNDER_A_RECEIPT != types[job]
        if job is not None and not opened_by_itself:
            documents[job].append(slip)
        elif job is None and slip["fd"] not in foreign:
            strangers.append(slip)
    return documents, strangers


def _safety(
    job: str, slips: Sequence[Slip], history: Sequence[Status], *, register_did: bool
) -> Iterable[Finding]:
    """No second document, but what the register repeated by itself, and that must be flagged."""
    numbers = [slip["fd"] for slip in slips]
    if len(numbers) <= 1:
        return
    if not register_did:
        yield Finding(Kind.TWICE, job, f"documents {numbers}")
        return
    last = history[-1] if history else {}
    warnings = (last.get("fiscal") or {}).get("warnings", [])
    known = {(last.get("fiscal") or {}).get("document_number")}
    known |= {int(text.partition(":")[2]) for text in warnings if text.startswith("doubled:")}
    if not set(numbers) <= known:
        text = f"documents {numbers}, told {sorted(known, key=str)}"
        yield Finding(Kind.TWICE_BY_REGISTER_UNDETECTED, job, text)


def _order(
    accepted: Sequence[Accepted],
    documents: Mapping[str, Sequence[Slip]],
    place: Mapping[int, int],
    free: Collection[str],
) -> Iterable[Finding]:
    """What never left its place prints in the order of acceptance; of one sequence, all that prints does."""
    sequences = {one.sequence for one in accepted if one.sequence is not None}
    lines = [[one.job for one in accepted if one.job not in free]]
    lines += [[one.job for one in accepted if one.sequence == sequence] for sequence in sorted(sequences)]
    pairs = {}
    for line in lines:
        printed = [(place[documents[job][0]["fd"]], job) for job in line if documents.get(job)]
        for (earlier, first), (later, second) in pairwise(printed):
            if later < earlier:
                pairs[second] = first
    for second, first in pairs.items():
        yield Finding(Kind.OUT_OF_ORDER, second, f"printed before {first}")


def _liveness(job: str, history: Sequence[Status], *, may_be_in_doubt: bool) -> Iterable[Finding]:
    last = history[-1] if history else {}
    if last.get("state") not in {"printed", "dead"}:
        yield Finding(Kind.LOST, job, f"neither printed nor dead: {dict(last) or 'unknown'}")
    elif last.get("verdict") == "in_doubt" and not may_be_in_doubt:
        yield Finding(Kind.DOUBTED, job, f"still in doubt: {last.get('reason')}")


def _honesty(job: str, history: Sequence[Status], *, replayed: bool) -> Iterable[Finding]:
    """Nothing leaves `printed`; `not_printed` becomes something else only by a replay; fiscal data stay."""
    for before, after in pairwise(history):
        verdict, now = before.get("verdict"), after.get("verdict")
        if verdict == "printed" and now != "printed":
            yield Finding(Kind.DISHONEST, job, f"was printed, is {after.get('state')}/{now}")
        elif verdict == "not_printed" and now != "not_printed" and not replayed:
            yield Finding(Kind.DISHONEST, job, f"was not_printed, is {after.get('state')}/{now}")
        elif verdict == "in_doubt" and now is None and not replayed:
            yield Finding(Kind.DISHONEST, job, f"was in doubt, is {after.get('state')} again")
        elif before.get("fiscal") and _data(before) != _data(after):
            yield Finding(
                Kind.DISHONEST, job, f"other fiscal data: {before['fiscal']} → {after.get('fiscal')}"
            )


def _data(status: Status) -> Mapping[str, Any]:
    """The fiscal data without the warnings and their advice, to which a late discovery may add."""
    fiscal = status.get("fiscal") or {}
    return {name: value for name, value in fiscal.items() if name not in {"warnings", "advice"}}


def _truth(one: Accepted, history: Sequence[Status], slips: Sequence[Slip]) -> Iterable[Finding]:
    """The present answer against the paper."""
    last = history[-1] if history else {}
    fiscal = last.get("fiscal") or {}
    match last.get("verdict"), list(slips):
        case "not_printed", [_, *_]:
            yield Finding(
                Kind.DISHONEST, one.job, f"not_printed, and document {slips[0]['fd']} is on the tape"
            )
        case "printed", [] if fiscal and ALREADY.isdisjoint(fiscal.get("warnings", ())):
            yield Finding(
                Kind.DISHONEST,
                one.job,
                f"printed as {fiscal.get('document_number')}, and nothing is on the tape",
            )
        case "printed", [_, *_]:
            found = next((slip for slip in slips if slip["fd"] == fiscal.get("document_number")), None)
            if found is None or _money(found["total"]) != _money(fiscal.get("total")):
                yield Finding(Kind.DISHONEST, one.job, f"told {fiscal}, on the tape {list(slips)}")
        case _:
            return


def _money(text: str | None) -> Decimal:
    return Decimal(text or 0)
