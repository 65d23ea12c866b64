"""What came of a run: the CRM's answers held against the register's paper, and counted."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.chaos.checker import Accepted, Finding, Kind, check, uuids
from ops.chaos.crm import WITHOUT_DOCUMENT
from ops.chaos.plan import Send, Step, Throw
from ops.chaos.record import Record
from ops.chaos.shop import REGISTER

Slip = Mapping[str, Any]
OPEN, CLOSE = "openShift", "closeShift"
TRIES = 9  # jobs of the autopilot for one opening or closing

# The counts that must be 0, and what the checker may find that is counted there.
BROKEN: Mapping[str, Collection[Kind]] = {
    "lost": {
        Kind.LOST,
        Kind.DOUBTED,
    },  # nobody can ever print what is in doubt for ever, though the FN was readable
    "twice": {Kind.TWICE, Kind.STRANGER},  # a document of no job is one too many as well
    "twice_by_register_undetected": {Kind.TWICE_BY_REGISTER_UNDETECTED},
    "out_of_order": {Kind.OUT_OF_ORDER},
    "dishonest_answers": {Kind.DISHONEST},
}


@dataclass(frozen=True)
class Account:
    """The closing line, each finding behind its counts, and which faults came to nothing."""

    line: Mapping[str, Any]
    findings: Sequence[Finding]
    missed: Sequence[str]

    @property
    def holds(self) -> bool:
        """Whether every promise was kept."""
        return not self.findings


def account(directory: Path, record: Record, plan: Sequence[Step]) -> Account:
    """Count what the record says and what the register's log of documents says."""
    slips = _slips(directory)
    jobs = {step.job: step for step in plan if isinstance(step, Send)}
    again = repeated_by_register(slips, record.register_starts, plan)
    accepted = [Accepted(job, jobs[job].task["type"], jobs[job].sequence) for job in record.accepted]
    findings = check(
        REGISTER,
        accepted,
        record.seen,
        slips,
        ours=_ours(slips, record),
        again_by_register=again,
        foreign=of_nobody(slips, record.foreign),
        doubts_allowed={job for job in jobs if jobs[job].task["type"] in WITHOUT_DOCUMENT},
        left_place=record.left_place,
        replayed=record.replayed,
        sent_again=record.sent_again,
    )
    kinds = Counter(finding.kind for finding in findings)
    thrown = Counter(step.kind for step in plan[: record.steps] if isinstance(step, Throw))
    ends = Counter(_end(record, job) for job in record.accepted)
    counts = {name: sum(kinds[kind] for kind in of) for name, of in BROKEN.items()}
    return Account(
        {
            "seed": record.options["seed"],
            "receipts": record.options["receipts"],
            "accepted": len(accepted),
            "printed": ends["printed"],
            "dead_not_printed": ends["not_printed"],
            "dead_in_doubt": ends["in_doubt"],
            "documents": len(slips),
            "lost": counts["lost"],
            "twice": counts["twice"],
            "twice_by_register": len(again),
            "twice_by_register_undetected": counts["twice_by_register_undetected"],
            "out_of_order": counts["out_of_order"],
            "dishonest_answers": counts["dishonest_answers"],
            "faults": dict(sorted(thrown.items())),
            "seconds": round(record.seconds, 1),
        },
        findings,
        record.missed,
    )


def repeated_by_register(slips: Sequence[Slip], starts: Sequence[int], plan: Sequence[Step]) -> set[str]:
    """
    The jobs of which the register's own server did one task twice (reference 7.3).

    It does so when it starts, with a task that it has not marked finished. What it had forgotten in between it cannot
    have repeated: that second document would be ours.

    Args:
        slips: the log of documents.
        starts: how many documents there were at each start of the server.
        plan: for the tasks that were never marked finished, and for what made it forget.

    """
    jobs = {uuids(REGISTER, step.job)[0]: step.job for step in plan if isinstance(step, Send)}
    thrown: dict[str, set[str]] = defaultdict(set)
    for step in plan:
        if isinstance(step, Throw):
            thrown[step.kind].add(step.job)
    places: dict[str, list[int]] = defaultdict(list)
    for place, slip in enumerate(slips):
        if slip["uuid"] is not None and slip["marker"] is not None:
            places[slip["uuid"]].append(place)
    forgot = [
        places[uuid][0] for uuid, job in jobs.items() if job in thrown["database_wiped"] and places[uuid]
    ]
    again = set()
    for uuid, (first, *more) in ((uuid, found) for uuid, found in places.items() if len(found) > 1):
        job = jobs.get(uuid)
        began_anew = job in thrown["finish_write_lost"] or any(first < start <= more[-1] for start in starts)
        had_forgotten = job in thrown["retention_purge"] or any(first <= place < more[-1] for place in forgot)
        if job is not None and began_anew and not had_forgotten:
            again.add(job)
    return again


def _slips(directory: Path) -> list[Slip]:
    path = directory / "register" / "slips.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def _ours(slips: Sequence[Slip], record: Record) -> list[Accepted]:
    """The jobs by which the autopilot may have opened and closed each shift of each FN that a receipt named."""
    told = (status.get("fiscal") or {} for history in record.seen.values() for status in history)
    storages = {fiscal["fn_number"] for fiscal in told if fiscal.get("fn_number")}
    shifts = range(1, sum(slip["type"] == OPEN for slip in slips) + 2)
    return [
        Accepted(f"fiscalq.{verb}.{shift}.{fn}{again}", task)
        for verb, task in (("open", OPEN), ("close", CLOSE))
        for shift in shifts
        for fn in sorted(storages)
        for again in ("", *(f".{nth}" for nth in range(2, TRIES + 1)))
    ]


def of_nobody(slips: Sequence[Slip], told: int) -> list[int]:
    """
    The documents of nobody's task, by number: receipts that somebody else was told to print, and the shifts opened for them.

    Args:
        slips: the log of documents.
        told: how many receipts somebody else was told to print; more of them are strangers.

    """
    nobodys = [slip for slip in slips if slip["uuid"] is None and slip["marker"] is None]
    receipts = [slip["fd"] for slip in nobodys if slip["type"] != OPEN][:told]
    openings = [slip["fd"] for slip in nobodys if slip["type"] == OPEN and slip["fd"] + 1 in receipts]
    return receipts + openings


def _end(record: Record, job: str) -> str | None:
    history = record.seen.get(job)
    verdict: str | None = history[-1].get("verdict") if history else None
    return verdict
