"""
What the web server knows of tasks: its SQLite file (reference §7.2). Waiting tasks, results and the block survive it.

The register's own memory is elsewhere (register.py): wiping this file makes the server forget every uuid, no document.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.simulator import errors, jsontext
from ops.simulator.jsontext import Fields
from ops.simulator.kkt.register import connect

V1_RETENTION_HOURS = 720  # after creation, by a trigger on the next insert, even unfinished tasks (7.1)
V2_RETENTION_MINUTES = 43200  # after the finish (3.6)

_TABLES = """
CREATE TABLE IF NOT EXISTS tasks (
    number INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, generation TEXT NOT NULL, data TEXT NOT NULL,
    created REAL NOT NULL, finished REAL, ready INTEGER NOT NULL DEFAULT 0, canceled INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS results (
    uuid TEXT NOT NULL, place INTEGER NOT NULL, status TEXT NOT NULL DEFAULT 'wait', code INTEGER NOT NULL DEFAULT 0,
    description TEXT NOT NULL DEFAULT '', result TEXT, PRIMARY KEY (uuid, place));
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

SETTINGS: Fields = {
    "scriptsPath": "",
    "invertCashDrawerStatus": False,
    "additionalHeaderLines": "",
    "additionalFooterLines": "",
    "blockQueueOnPrintErrors": True,
    "deleteRequestsAfter": V2_RETENTION_MINUTES,
    "validateRequestsOnAdd": False,
}


class Duplicate(Exception):
    """The uuid is stored already, or is no uuid at all; the text is the database's."""


@dataclass(frozen=True)
class Task:
    """One posted task: `subtasks` in order, `generation` that of the API it came by."""

    uuid: str
    generation: str
    subtasks: list[Fields]
    ready: bool
    canceled: bool


@dataclass(frozen=True)
class Item:
    """The result of one sub-task, as stored."""

    status: str
    code: int = 0
    description: str = ""
    result: Any = None


@dataclass(frozen=True)
class Block:
    """
    The record that stops the queue.

    Args:
        uuid: the task that stopped it.
        place: its sub-task.
        last_fd: the FN's last document before that sub-task.
        reason: v2's `connectionError`, `fnError` or `paperError`; empty in v1.
        code: the driver's error.
        description: its text.
    """

    uuid: str
    place: int
    last_fd: int
    reason: str
    code: int
    description: str


@dataclass(frozen=True)
class Counts:
    """How many tasks are unfinished, finished but not canceled, canceled."""

    unfinished: int
    ready: int
    canceled: int


class Store:
    """The tasks of one server, safe to use from its threads. Every change is on the disk when the call returns."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = connect(path, _TABLES)

    def add(self, uuid: str | None, generation: str, subtasks: list[Fields]) -> None:
        """Store a task in one transaction. Raises: Duplicate, also for a uuid of null."""
        with self._lock:
            if uuid is None:
                raise Duplicate("NOT NULL constraint failed: json_tasks.uuid")
            self._purge()
            if self._one("SELECT 1 FROM tasks WHERE uuid = ?", uuid):
                self._db.commit()
                raise Duplicate("UNIQUE constraint failed: json_tasks.uuid")
            self._db.execute(
                "INSERT INTO tasks (uuid, generation, data, created) VALUES (?, ?, ?, ?)",
                (uuid, generation, jsontext.write(subtasks), time.time()),
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO results (uuid, place) VALUES (?, ?)",
                [(uuid, place) for place in range(len(subtasks))],
            )
            self._db.commit()

    def next(self, skipped: Iterable[str] = ()) -> Task | None:
        """Give the oldest task that is neither finished nor canceled."""
        with self._lock:
            rows = self._db.execute(
                "SELECT uuid FROM tasks WHERE ready = 0 AND canceled = 0 ORDER BY number LIMIT 100"
            ).fetchall()
        stuck = set(skipped)
        return next((self.task(uuid) for (uuid,) in rows if uuid not in stuck), None)

    def task(self, uuid: str) -> Task | None:
        """Give a task, None when it is unknown."""
        with self._lock:
            row = self._one("SELECT uuid, generation, data, ready, canceled FROM tasks WHERE uuid = ?", uuid)
        if not row:
            return None
        return Task(row[0], row[1], jsontext.read(row[2]), bool(row[3]), bool(row[4]))

    def items(self, uuid: str) -> list[Item]:
        """Give the results of a task in order; none when it is unknown or has no sub-task."""
        with self._lock:
            rows = self._db.execute(
                "SELECT status, code, description, result FROM results WHERE uuid = ? ORDER BY place", (uuid,)
            ).fetchall()
        return [Item(row[0], row[1], row[2], jsontext.read(row[3]) if row[3] else None) for row in rows]

    def write(self, uuid: str, place: int, item: Item) -> None:
        """Write the result of one sub-task."""
        result = None if item.result is None else jsontext.write(item.result)
        with self._lock:
            self._db.execute(
                "UPDATE results SET status = ?, code = ?, description = ?, result = ? WHERE uuid = ? AND place = ?",
                (item.status, item.code, item.description, result, uuid, place),
            )
            self._db.commit()

    def finish(self, uuid: str) -> None:
        """Mark a task finished: it is not run again."""
        with self._lock:
            self._db.execute("UPDATE tasks SET ready = 1, finished = ? WHERE uuid = ?", (time.time(), uuid))
            self._db.commit()

    def cancel(self, uuid: str, item: Item) -> None:
        """Mark a task canceled, which finishes it, and all its results."""
        with self._lock:
            self._db.execute(
                "UPDATE tasks SET ready = 1, canceled = 1, finished = ? WHERE uuid = ?", (time.time(), uuid)
            )
            self._db.execute(
                "UPDATE results SET status = ?, code = ?, description = ?, result = NULL WHERE uuid = ?",
                (item.status, item.code, item.description, uuid),
            )
            self._db.commit()

    def counts(self) -> Counts:
        """Count the tasks."""
        with self._lock:
            row = self._one(
                "SELECT count(*) FILTER (WHERE ready = 0), count(*) FILTER (WHERE ready = 1 AND canceled = 0),"
                " count(*) FILTER (WHERE canceled = 1) FROM tasks"
            )
        return Counts(*row) if row else Counts(0, 0, 0)

    def block(self) -> Block | None:
        """Give the record that stops the queue."""
        saved = self._state("block")
        return Block(**saved) if saved else None

    def set_block(self, block: Block | None) -> None:
        """Stop the queue, or let it go on."""
        self._set_state("block", None if block is None else block.__dict__)

    def settings(self) -> Fields:
        """Give v2's settings."""
        return {**SETTINGS, **(self._state("settings") or {})}

    def set_settings(self, changed: Fields) -> None:
        """Change some of v2's settings."""
        self._set_state("settings", {**self.settings(), **changed})

    def form(self) -> Fields:
        """Give what was sent to v1's settings page."""
        return self._state("form") or {}

    def set_form(self, form: Fields) -> None:
        """Keep what was sent to v1's settings page."""
        self._set_state("form", form)

    def forget(self, uuid: str | None = None, older_than_seconds: float = 0.0) -> int:
        """Purge one task, or all that were created before. Returns how many."""
        with self._lock:
            if uuid is None:
                where, value = "created <= ?", time.time() - older_than_seconds
                rows = self._db.execute(f"SELECT uuid FROM tasks WHERE {where}", (value,))  # noqa: S608 - our own text
            else:
                rows = self._db.execute("SELECT uuid FROM tasks WHERE uuid = ?", (uuid,))
            return self._delete([row[0] for row in rows.fetchall()])

    def wipe(self) -> None:
        """Forget every task and the block, as a reinstalled server does."""
        with self._lock:
            for table in ("tasks", "results", "state"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own three names
            self._db.commit()

    def close(self) -> None:
        """Put the file away."""
        with self._lock:
            self._db.close()

    def _purge(self) -> None:
        now = time.time()
        rows = self._db.execute(
            "SELECT uuid FROM tasks WHERE (generation = 'v1' AND created <= ?) OR (generation = 'v2' AND finished <= ?)",
            (now - V1_RETENTION_HOURS * 3600, now - float(self.settings()["deleteRequestsAfter"]) * 60),
        )
        self._delete([row[0] for row in rows.fetchall()])

    def _delete(self, uuids: list[str]) -> int:
        for table in ("tasks", "results"):
            self._db.executemany(f"DELETE FROM {table} WHERE uuid = ?", [(uuid,) for uuid in uuids])  # noqa: S608
        self._db.commit()
        return len(uuids)

    def _state(self, name: str) -> Fields | None:
        with self._lock:
            row = self._one("SELECT value FROM state WHERE name = ?", name)
        return jsontext.read(row[0]) if row else None

    def _set_state(self, name: str, value: Fields | None) -> None:
        with self._lock:
            if value is None:
                self._db.execute("DELETE FROM state WHERE name = ?", (name,))
            else:
                self._db.execute(
                    "INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)", (name, jsontext.write(value))
                )
            self._db.commit()

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._db.execute(query, values).fetchone()
        return row


WAITING = Item("wait")
RUNNING = Item("inProgress")
INTERRUPTED = Item("interrupted", errors.INTERRUPTED, errors.TEXTS[errors.INTERRUPTED])
