"""
Faults as data: what may be made to go wrong, at which moment, for which task, how often (reference §12, "Faults").

Armed faults and how often they struck lie in `faults.json`, synced: a fault that kills the server must not kill it
again when the same task is repeated after the start.
"""

from __future__ import annotations

import os
import threading
import time
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ops.simulator import jsontext
from ops.simulator.jsontext import Fields

KINDS: dict[str, tuple[str, str]] = {
    # kind: (moment, what happens)
    "link_lost_before_open": ("before_open", "the cable goes before the receipt is opened"),
    "link_lost_after_auto_open": ("after_auto_open", "… after the shift was opened for it: a false `ready`"),
    "link_lost_between_items": ("between_items", "… between its elements"),
    "link_lost_before_close": ("before_close", "… when all is in, before the FN closes it"),
    "link_lost_after_close": ("after_close", "… after the FN closed it, before the driver heard so"),
    "paper_out_before_registration": ("before_open", "the paper ends before the receipt is opened"),
    "paper_out_after_registration": ("before_paper", "the FN has it, the paper has not"),
    "driver_error": ("any_stage", "the driver answers `code` at `stage` (default before_open)"),
    "slow": ("any_stage", "the register takes `seconds` longer at `stage` (default before_open)"),
    "slow_marking": ("marking", "a marking code takes `seconds` (default 60) to check"),
    "bad_mark": ("mark_verdict", "a marking code is refused"),
    "fn_swapped": ("task_start", "another FN is in the register when the task starts"),
    "foreign_document": ("blocked", "somebody else prints a receipt while the queue is blocked"),
    "clock_back": ("task_start", "the register's clock steps back by `seconds` (default 3600)"),
    "kkt_off": ("task_start", "the register is switched off; for good without `seconds`"),
    "device_inactive": ("task_start", "the device is deactivated, as by hand"),
    "task_stuck": ("pick_up", "the task is never taken: its status stays `wait`"),
    "server_halts_before_execute": ("before_execute", "SIGKILL between pick-up and the driver"),
    "server_halts_after_close": ("before_status", "SIGKILL after the driver, before the status is written"),
    "server_halts_after_status": ("before_finish", "SIGKILL after the status, before the task is finished"),
    "server_halts_after_store": ("post_stored", "SIGKILL after the POST was stored, before its answer"),
    "status_write_lost": ("status_write", "the sub-task's final status is not written"),
    "block_record_lost": ("block_write", "the record of the block is not written"),
    "finish_write_lost": ("finish_write", "the task is not marked finished"),
    "recovery_result_lost": (
        "recovery_result",
        "after a block there is no result to be had: `ready` with null",
    ),
    "post_dropped": ("post_arrives", "POST: connection reset, nothing stored"),
    "post_500": ("post_arrives", "POST: 500, nothing stored"),
    "post_408": ("post_arrives", "POST in v2: 408, nothing stored"),
    "post_delayed": (
        "post_arrives",
        "POST: stored `seconds` (default 5) later; `reset`: the client is cut off at once",
    ),
    "post_answer_lost": ("post_stored", "POST: stored, connection reset"),
    "post_500_stored": ("post_stored", "POST: stored, answered 500"),
    "get_html": ("get", "GET of a task: another product's page"),
    "get_truncated": ("get", "GET: JSON that ends in the middle"),
    "get_unknown_status": ("get", "GET: a status word that nobody knows (`text`, default `paused`)"),
    "get_stale": ("get", "GET: the answer that was right before the first run"),
    "get_500": ("get", "GET: 500"),
    "get_dropped": ("get", "GET: connection reset"),
    "retention_purge": ("get_look", "the task's row is purged just before this GET"),
    "database_wiped": ("task_finished", "the server's database is new after this task"),
    "delete_race": ("delete", "DELETE: 200, but the task had been taken and prints"),
    "delete_refused": ("delete", "DELETE: refused though the task waits"),
    "delete_dropped": ("delete", "DELETE: connection reset, nothing canceled"),
    "http_delay": ("http", "any request under the API takes `seconds` (default 2) longer"),
}
STAGES = ("before_open", "after_auto_open", "between_items", "before_close", "after_close")


@dataclass
class Fault:
    """
    One armed fault.

    Args:
        kind: out of KINDS.
        name: yours; a name that is already known is not armed twice.
        type: only tasks of this type.
        uuid: only the task whose uuid starts so.
        generation: only tasks posted to `v1` or `v2`.
        nth: only from the nth match on, counted from 1.
        count: how often it strikes; 0 for ever.
        seconds: how long; its meaning and default are the kind's.
        code: the driver's error, for `driver_error` and for lost links (default: `link_code`).
        stage: for `driver_error` and `slow`.
        text: for `get_unknown_status`.
        reset: for `post_delayed`.
    """

    kind: str
    name: str = ""
    type: str | None = None
    uuid: str | None = None
    generation: str | None = None
    nth: int = 1
    count: int = 1
    seconds: float | None = None
    code: int | None = None
    stage: str = "before_open"
    text: str | None = None
    reset: bool = False
    seen: int = 0
    struck: int = 0
    struck_on: list[str] = field(default_factory=list)

    @property
    def moment(self) -> str:
        """When it is asked for."""
        moment = KINDS[self.kind][0]
        return self.stage if moment == "any_stage" else moment

    def matches(self, task_type: str | None, uuid: str | None, generation: str | None) -> bool:
        """Say whether it concerns that task; what a moment does not know (a type in a GET) restricts nothing."""
        return (
            (self.type is None or task_type is None or self.type == task_type)
            and (self.uuid is None or (uuid or "").startswith(self.uuid))
            and (self.generation is None or self.generation == generation)
        )


_FIELDS: dict[str, Any] = {
    **dict.fromkeys(("kind", "name", "stage"), str),
    **dict.fromkeys(("type", "uuid", "generation", "text"), str | None),
    **dict.fromkeys(("nth", "count", "seen", "struck"), int),
    "seconds": int | float | None,
    "code": int | None,
    "reset": bool,
    "struck_on": list,
}


class WrongFault(ValueError):
    """A fault that this program does not know, or a field that it does not have."""


class Faults:
    """The armed faults of one simulator; safe to ask from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._armed: list[Fault] = []
        if path.exists():
            self._armed = [parse(entry) for entry in jsontext.read_plain(path.read_text())]

    def arm(self, faults: Iterable[Fault]) -> list[Fault]:
        """Arm faults; those whose name is known already are left as they are. Returns what was added."""
        with self._lock:
            names = {fault.name for fault in self._armed}
            added = []
            for fault in faults:
                fault.name = fault.name or self._new_name(fault.kind, names)
                if fault.name not in names:
                    names.add(fault.name)
                    added.append(fault)
            self._armed += added
            self._save()
            return added

    def strike(
        self,
        moment: str,
        *,
        task_type: str | None = None,
        uuid: str | None = None,
        generation: str | None = None,
        named: bool = False,
    ) -> Fault | None:
        """
        Give the first armed fault for that moment and task, counted as struck; None when all goes well.

        `named` passes over the faults that do not name the task's type.
        """
        with self._lock:
            for fault in self._armed:
                if fault.moment != moment or not fault.matches(task_type, uuid, generation):
                    continue
                if (named and fault.type is None) or (fault.count and fault.struck >= fault.count):
                    continue
                fault.seen += 1
                if fault.seen < fault.nth:
                    self._save()
                    continue
                fault.struck += 1
                fault.struck_on = [*fault.struck_on[-99:], f"{uuid or '-'} at {time.time():.3f}"]
                self._save()
                return fault
            return None

    def listed(self) -> list[Fields]:
        """Give every armed fault with what it did so far."""
        with self._lock:
            return [asdict(fault) for fault in self._armed]

    def clear(self) -> None:
        """Disarm everything."""
        with self._lock:
            self._armed = []
            self._save()

    @staticmethod
    def _new_name(kind: str, names: set[str]) -> str:
        number = 1
        while f"{kind}-{number}" in names:
            number += 1
        return f"{kind}-{number}"

    def _save(self) -> None:
        part = self._path.with_suffix(".part")
        with part.open("w") as file:
            file.write(jsontext.write([asdict(fault) for fault in self._armed]))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)


def parse(entry: object) -> Fault:
    """Turn one JSON or TOML entry into a fault. Raises: WrongFault."""
    if not isinstance(entry, dict):
        raise WrongFault('a fault is an object such as {"kind": "post_dropped"}')
    if entry.get("kind") not in KINDS:
        raise WrongFault(f"unknown kind {entry.get('kind')!r}; known: {', '.join(KINDS)}")
    unknown = sorted(entry.keys() - _FIELDS.keys())
    if unknown:
        raise WrongFault(f"unknown field {', '.join(unknown)}; known: {', '.join(_FIELDS)}")
    for key, value in entry.items():
        if not isinstance(value, _FIELDS[key]) or (isinstance(value, bool) and _FIELDS[key] is not bool):
            raise WrongFault(f"{key} has the wrong type")
    fault = Fault(**entry)
    if fault.stage not in STAGES:
        raise WrongFault(f"unknown stage {fault.stage!r}; known: {', '.join(STAGES)}")
    return fault


def read_file(path: Path) -> list[Fault]:
    """
    Read faults from a file: a JSON array, or TOML tables `[[fault]]`.

    Each gets a name from its place in the file, so that a restart with the same file arms nothing twice.
    Raises: WrongFault naming the file.
    """
    text = path.read_text()
    try:
        entries = (
            tomllib.loads(text).get("fault", []) if path.suffix == ".toml" else jsontext.read_plain(text)
        )
        entries = entries.get("faults", []) if isinstance(entries, dict) else entries
        faults = [parse(entry) for entry in entries]
    except ValueError as problem:
        raise WrongFault(f"{path}: {problem}") from problem
    for place, fault in enumerate(faults, 1):
        fault.name = fault.name or f"{path.name}-{place}"
    return faults
