"""How often somebody may try to sign in: failures are counted by name, by address, and by both."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock

WINDOW_SECONDS = 15 * 60
PAIR_MAX = 5  # one name from one address: a person who mistypes gets through, a program does not
ADDRESS_MAX = 30  # a shop behind one address
NAME_MAX = 50  # from many addresses; so high that nobody is easily locked out by a stranger
KEYS_MAX = 10_000


class Brake:
    """Counts failures of the last quarter of an hour. Safe to share between threads."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Nobody has failed yet."""
        self._monotonic = monotonic
        self._failures: dict[tuple[str, str], deque[float]] = {}
        self._lock = Lock()

    def try_now(self, name: str, address: str) -> float:
        """
        Count a try before the password is looked at, so that a hundred at once are a hundred tries.

        Returns: 0 when it may go on, else seconds until the next one is looked at; that one is not counted.
        """
        now = self._monotonic()
        with self._lock:
            wait = max(self._wait(key, limit, now) for key, limit in _keys(name, address))
            if wait <= 0:
                for key, limit in _keys(name, address):
                    self._count(key, limit, now)
            return wait

    def passed(self, name: str, address: str) -> None:
        """The right password: this pair has not failed, and the try counts against nobody."""
        with self._lock:
            self._failures.pop((name, address), None)
            for key in (("", address), (name, "")):
                if self._failures.get(key):
                    self._failures[key].pop()

    def _count(self, key: tuple[str, str], limit: int, now: float) -> None:
        if key not in self._failures and len(self._failures) >= KEYS_MAX:
            self._failures.pop(next(iter(self._failures)))
        self._failures.setdefault(key, deque(maxlen=limit)).append(now)

    def _wait(self, key: tuple[str, str], limit: int, now: float) -> float:
        tries = self._failures.get(key, ())
        recent = [at for at in tries if now - at < WINDOW_SECONDS]
        return 0.0 if len(recent) < limit else recent[-limit] + WINDOW_SECONDS - now


def _keys(name: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
    return ((name, address), PAIR_MAX), (("", address), ADDRESS_MAX), ((name, ""), NAME_MAX)
