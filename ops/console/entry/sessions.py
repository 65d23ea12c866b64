"""Who is signed in: sessions in this process's memory, ended by rest, by age, and by a restart."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

IDLE_SECONDS = 30 * 60  # a shop's computer that nobody has touched for so long is anybody's
ABSOLUTE_SECONDS = 12 * 3600  # a long shift; a stolen cookie is worth no more than that
SESSIONS_MAX = 500  # far more than operators: the oldest go


@dataclass
class Session:
    """
    One sign-in.

    Args:
        user: name; the role is looked up at each request.
        began: seconds of the monotonic clock, likewise `seen`, the last time a person did something.
        secret: what each form must bring along.

    """

    user: str
    began: float
    seen: float
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def bears(self, token: str) -> bool:
        """Whether a form was made in this session."""
        return secrets.compare_digest(self.secret.encode(), token.encode(errors="replace"))


class Sessions:
    """All sessions by the hash of their cookie: a look into this memory opens none. Safe to share between threads."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Nobody is signed in."""
        self._monotonic = monotonic
        self._kept: dict[str, Session] = {}
        self._lock = Lock()

    def begin(self, user: str) -> tuple[str, Session]:
        """A new session, under a cookie that nobody has seen before."""
        cookie, now = secrets.token_urlsafe(32), self._monotonic()
        with self._lock:
            self._sweep(now)
            while len(self._kept) >= SESSIONS_MAX:
                self._kept.pop(next(iter(self._kept)))
            session = self._kept[_hash(cookie)] = Session(user, now, now)
        return cookie, session

    def find(self, cookie: str | None, *, touch: bool) -> Session | None:
        """The living session of this cookie. `touch` when a person asks, and not a page that keeps itself fresh."""
        if not cookie:
            return None
        now = self._monotonic()
        with self._lock:
            self._sweep(now)
            session = self._kept.get(_hash(cookie))
            if session is not None and touch:
                session.seen = now
            return session

    def end(self, cookie: str | None) -> None:
        """Sign out."""
        with self._lock:
            self._kept.pop(_hash(cookie or ""), None)

    def _sweep(self, now: float) -> None:
        over = [
            key
            for key, session in self._kept.items()
            if now - session.seen >= IDLE_SECONDS or now - session.began >= ABSOLUTE_SECONDS
        ]
        for key in over:
            del self._kept[key]


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode(errors="replace")).hexdigest()
