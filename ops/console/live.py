"""
Server-sent events: what moves in Redis is told to every open page, by one reader for all of them.

An event says only that something has moved; the page asks for itself again, with its own rights.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

from ops.console.house import House
from worker.domain.errors import FiscalqError

TURN_SECONDS = 1.0  # one look at the streams; a standstill, which is in none, is seen as late as that
AWAY_SECONDS = 2.0  # between two looks while Redis is away
BEAT_SECONDS = 15.0  # a proxy closes what says nothing for a minute
PAGES_MAX = 100


class Feed:
    """One reader of the streams, and the pages that listen."""

    def __init__(self, house: House) -> None:
        """Nobody listens, and nothing is read yet."""
        self._house = house
        self._marks: dict[str, str] | None = None
        self._seen = ""
        self._listeners: set[asyncio.Queue[str]] = set()

    @property
    def is_full(self) -> bool:
        """Whether as many pages listen as may."""
        return len(self._listeners) >= PAGES_MAX

    async def run(self) -> None:
        """Read until cancelled. While Redis is away, the pages are told once."""
        away = False
        while True:
            try:
                moved = await run_in_threadpool(self._look) if self._listeners else False
                if moved or away:
                    self.tell("moved")
                away = False
                if not self._listeners:
                    await asyncio.sleep(TURN_SECONDS)
            except FiscalqError:
                if not away:
                    self.tell("away")
                away, self._marks = True, None
                await asyncio.sleep(AWAY_SECONDS)

    def tell(self, what: str) -> None:
        """Say it to every page that listens; one that has not heard the last word yet needs no second."""
        for listener in self._listeners:
            with suppress(asyncio.QueueFull):
                listener.put_nowait(what)

    async def listen(self, still_in: Callable[[], bool]) -> AsyncIterator[str]:
        """The events for one page, as text of the protocol, until its person is not signed in any more."""
        told: asyncio.Queue[str] = asyncio.Queue(1)
        self._listeners.add(told)
        try:
            yield "retry: 2000\nevent: here\ndata: \n\n"
            while still_in():
                try:
                    what = await asyncio.wait_for(told.get(), BEAT_SECONDS)
                    yield f"event: {what}\ndata: \n\n"
                except TimeoutError:
                    yield ": still here\n\n"
            yield "event: over\ndata: \n\n"
        finally:
            self._listeners.discard(told)

    def _look(self) -> bool:
        """Wait one turn for events. Says whether anything has moved since the last look."""
        if self._marks is None:
            self._marks = self._house.door.marks(list(self._house.names))
        moved = bool(self._marks) and any([*self._house.door.events(self._marks, TURN_SECONDS)])
        before, self._seen = self._seen, self._digest()
        return moved or before != self._seen

    def _digest(self) -> str:
        """What is in no stream: standstills, workers, inboxes, quarantines, holds, the shift, what comes to an end."""
        said: list[object] = []
        for name in self._house.names:
            standing = self._house.standing(name)
            line, still = standing.line, standing.line.standstill
            said.append([name, standing.holder, still and still.model_dump_json(), *standing.counts.values()])
            said.append([standing.held, line.shift, list(line.outlook)])
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()
