"""
The cash register: its condition, its FN with every document, its paper. What it did stays done through a SIGKILL.

A document exists when its row is committed here; paper and oracle follow, and are made up for at the next start, as the
real register goes on printing while the server on the PC is dead.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.simulator import errors, jsontext
from ops.simulator.errors import DriverError
from ops.simulator.jsontext import Fields
from ops.simulator.kkt import condition as conditions
from ops.simulator.kkt.condition import Condition
from ops.simulator.kkt.tape import Lines, Slips

_TABLES = """
CREATE TABLE IF NOT EXISTS condition (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, fn TEXT NOT NULL, fd INTEGER NOT NULL, tags TEXT NOT NULL,
    params TEXT NOT NULL, slip TEXT NOT NULL, lines TEXT NOT NULL, UNIQUE (fn, fd));
"""


class Register:
    """
    The register in one folder.

    Args:
        folder: where `register.s3db`, `tape.txt` and `slips.jsonl` lie.
        seed: of serials and fiscal signs; kept from the first start on.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._lock = threading.RLock()
        self._db = connect(folder / "register.s3db", _TABLES, alone=True)
        self.tape = Lines(folder / "tape.txt")
        self.slips = Slips(folder / "slips.jsonl")
        saved = self._db.execute("SELECT body FROM condition").fetchone()
        self.condition = conditions.load(jsontext.read_plain(saved[0])) if saved else Condition.new(seed)
        self._save()
        self._catch_up()

    @contextmanager
    def change(self) -> Iterator[Condition]:
        """Change the condition; it is on the disk when the block ends."""
        with self._lock:
            yield self.condition
            self._save()

    def reach(self) -> None:
        """Find the register at the other end of the cable. Raises: DriverError 2, or whatever `link_code` says."""
        if not self.condition.linked:
            raise DriverError(self.condition.link_code)

    def printable(self) -> None:
        """Find paper under a closed cover. Raises: DriverError 44, 45."""
        if self.condition.cover_open:
            raise DriverError(errors.COVER_OPENED)
        if not self.condition.paper:
            raise DriverError(errors.NO_PAPER)

    def close_document(
        self,
        slip: Fields,
        build: Callable[[Condition], tuple[Fields, Fields, list[str]]],
        paper_out: Callable[[], None],
        *,
        electronically: bool = False,
    ) -> Fields:
        """
        Write a document into the FN, then print it.

        Args:
            slip: the oracle's `type`, `total`, `uuid`, `marker`.
            build: counts the document in the condition; gives its tags, the driver's fiscalParams and its lines.
            paper_out: the last moment before printing, where paper may run out.
            electronically: no paper for this one.

        Returns: the fiscalParams.
        Raises: DriverError 36 when the clock stands before the last document; then nothing was written.
        """
        with self._lock:
            now = self.condition.now
            if now // 60 < self.condition.last_at // 60:
                raise DriverError(errors.DATE_TIME_LESS_THAN_FS)
            self.condition.last_at = now
            self.condition.last_fd += 1
            tags, params, lines = build(self.condition)
            slip = {"fd": self.condition.last_fd, **slip, "datetime": conditions.iso(now)}
            lines = [] if electronically else lines
            self._db.execute(
                "INSERT INTO documents (fn, fd, tags, params, slip, lines) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    self.condition.fn_serial,
                    self.condition.last_fd,
                    *map(jsontext.write, (tags, params, slip, lines)),
                ),
            )
            self._save()
        paper_out()
        with self._lock:
            self._come_out(slip, lines)
        return params

    def document(self, fd: int) -> tuple[Fields, Fields, list[str]]:
        """Read tags, fiscalParams and lines of a document. Raises: DriverError 123."""
        with self._lock:
            found = self._db.execute(
                "SELECT tags, params, lines FROM documents WHERE fn = ? AND fd = ?",
                (self.condition.fn_serial, fd),
            ).fetchone()
        if not found:
            raise DriverError(errors.FN_NO_MORE_DATA)
        tags, params, lines = map(jsontext.read, found)
        return tags, params, lines

    def journal(self, by: str, first: int, last: int) -> list[list[str]]:
        """Read the lines of every document between two shifts or two document numbers, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT fd, tags, lines FROM documents WHERE fn = ? ORDER BY fd", (self.condition.fn_serial,)
            ).fetchall()
        found = [
            (fd if by == "fiscalDocumentNumber" else jsontext.read(tags)["1038"], lines)
            for fd, tags, lines in rows
        ]
        return [jsontext.read(lines) for number, lines in found if first <= number <= last]

    def print_slip(self, lines: list[str]) -> None:
        """Print what is no fiscal document. Raises: DriverError 44, 45."""
        with self._lock:
            self.printable()
            self.tape.append(lines)

    def continue_print(self) -> None:
        """Print what an interruption left behind; nothing to do is fine. Raises: DriverError 44, 45."""
        with self._lock:
            if self.condition.pending:
                self.printable()
                self.tape.append(self.condition.pending)
                self.condition.pending = []
                self._save()

    def swap_fn(self) -> None:
        """Put a new FN into the register, as a service engineer would."""
        with self.change() as condition:
            condition.insert_fn()

    def reset(self) -> None:
        """Start over: a fresh register with an empty FN of the next serial, a blank tape, no slips."""
        with self._lock:
            epoch, seed = self.condition.fn_epoch, self.condition.seed
            self.condition = Condition.new(seed)
            self.condition.fn_epoch = epoch
            self.condition.insert_fn()
            self._db.execute("DELETE FROM documents")
            self._save()
            self.tape.clear()
            self.slips.clear()

    def _come_out(self, slip: Fields, lines: list[str]) -> None:
        printed = bool(lines) and self.condition.can_print and not self.condition.pending
        if printed:
            self.tape.append(lines)
        elif lines:
            self.condition.pending += lines
            self._save()
        self.slips.add({**slip, "printed": printed})

    def _catch_up(self) -> None:
        rows = self._db.execute(
            "SELECT slip, lines FROM documents ORDER BY number LIMIT -1 OFFSET ?", (len(self.slips),)
        )
        for slip, lines in rows.fetchall():
            self._come_out(jsontext.read(slip), jsontext.read(lines))

    def _save(self) -> None:
        body = jsontext.write(conditions.dump(self.condition))
        self._db.execute("INSERT OR REPLACE INTO condition (id, body) VALUES (1, ?)", (body,))
        self._db.commit()

    def close(self) -> None:
        """Put everything away."""
        with self._lock:
            self._db.close()


class Taken(Exception):
    """Another simulator works in this folder: there is one register, not two."""


def connect(path: Path, tables: str, *, alone: bool = False) -> sqlite3.Connection:
    """
    Open a database of this program: shared by its threads, synced at each commit.

    Raises: Taken when it is to be had `alone` and another process has it.
    """
    connection = sqlite3.connect(path, check_same_thread=False, timeout=1)
    if alone:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        try:
            connection.execute("BEGIN EXCLUSIVE")
            connection.commit()
        except sqlite3.OperationalError as locked:
            raise Taken(f"{path.parent} is in use by another simulator; give another --state") from locked
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(tables)
    return connection


def last_params(register: Register, *, receipt: bool) -> Fields | None:
    """Give the fiscalParams of the last receipt or of the last document; None when the FN has none yet."""
    fd = register.condition.last_receipt_fd if receipt else register.condition.last_fd
    return register.document(fd)[1] if fd else None
