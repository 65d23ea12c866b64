"""
The users file: names, roles and hashed passwords, as JSON; and what each role may do.

It is read again whenever it changes, so that whoever is taken out of it is out at once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any

from worker.domain.errors import ConfigError, OperatorError

NAME = re.compile(r"[\w.@+-]{1,64}")  # letters of any language; no space, which a reader would not see
PASSWORD_MIN = 10
PASSWORD_BYTES_MAX = 1024  # a longer one is an attack on the hash
COST, BLOCK, PARALLEL = 2**15, 8, 1  # scrypt: 32 MiB and some 80 ms a guess
MEMORY = 2 * 128 * COST * BLOCK
SALT_BYTES, HASH_BYTES = 16, 32


class Role(StrEnum):
    """What a person may do; each may do what those before it may."""

    VIEWER = "viewer"  # look, without the buyer's contact
    OPERATOR = "operator"  # decide: replay, resolve
    ADMIN = "admin"  # see what was put aside, byte by byte, and what everybody decided

    def covers(self, wanted: Role) -> bool:
        """Whether it is enough for what this role may do."""
        order = list(Role)
        return order.index(self) >= order.index(wanted)


@dataclass(frozen=True)
class User:
    """Somebody who may come in."""

    name: str
    role: Role


class Users:
    """The users file. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Nothing is read yet; a file that is not there has nobody in it."""
        self.path = path
        self._read_at: tuple[int, int, int] | None = None
        self._known: dict[str, dict[str, str]] = {}
        self._hashing = Lock()  # one at a time: a crowd that guesses must not fill the memory

    def add(self, name: str, role: Role, password: str) -> None:
        """
        Enter a user, or give a known one another role and password.

        Raises: OperatorError for a name or a password that will not do; ConfigError for a file that cannot be used.
        """
        if not NAME.fullmatch(name):
            raise OperatorError("user_name")
        if len(password) < PASSWORD_MIN or len(password.encode()) > PASSWORD_BYTES_MAX:
            raise OperatorError("user_password", least=PASSWORD_MIN)
        users = {**self._users(), name: {"role": role.value, "password": hashed(password)}}
        text = json.dumps({"users": users}, ensure_ascii=False, indent=2) + "\n"
        draft = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        except OSError as error:
            text = f"{self.path} cannot be written: {error}"
            raise ConfigError(text, "users_not_written", file=self.path, text=error.strerror) from error

    def names(self) -> list[str]:
        """Everybody who may come in. Raises ConfigError."""
        return sorted(self._users())

    def named(self, name: str) -> User | None:
        """The user of that name as they are in the file now; None when they are not in it."""
        entry = self._users().get(name)
        return None if entry is None else User(name, Role(entry["role"]))

    def verified(self, name: str, password: str) -> User | None:
        """The user, if that is the password. An unknown name takes as long as a known one."""
        entry = self._users().get(name)
        kept = entry["password"] if entry else NOBODYS
        with self._hashing:
            right = _matches(password, kept)
        return self.named(name) if right and entry is not None else None

    def _users(self) -> dict[str, dict[str, str]]:
        try:
            stat = self.path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if stamp != self._read_at:
                self._known = _checked(json.loads(self.path.read_text(encoding="utf-8")))
                self._read_at = stamp
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{self.path} is no users file: {error}", "no_users_file", file=self.path
            ) from error
        return self._known


def hashed(password: str) -> str:
    """`scrypt$cost$block$parallel$salt$hash`, the last two in base64."""
    salt = secrets.token_bytes(SALT_BYTES)
    return _joined(COST, BLOCK, PARALLEL, salt, _scrypt(password, salt, COST, BLOCK, PARALLEL))


def _matches(password: str, kept: str) -> bool:
    _, cost, block, parallel, salt, right = kept.split("$")
    if len(password.encode(errors="replace")) > PASSWORD_BYTES_MAX:
        return False
    made = _scrypt(password, base64.b64decode(salt), int(cost), int(block), int(parallel))
    return hmac.compare_digest(made, base64.b64decode(right))


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    secret = password.encode(errors="replace")
    return hashlib.scrypt(secret, salt=salt, n=cost, r=block, p=parallel, maxmem=MEMORY, dklen=HASH_BYTES)


def _joined(cost: int, block: int, parallel: int, salt: bytes, made: bytes) -> str:
    words = (base64.b64encode(part).decode() for part in (salt, made))
    return "$".join(("scrypt", str(cost), str(block), str(parallel), *words))


def _checked(said: Any) -> dict[str, dict[str, str]]:
    """The users of the file. Raises ValueError that names what is wrong."""
    users = said.get("users") if isinstance(said, dict) else None
    if not isinstance(users, dict):
        raise ValueError("an object with `users` is expected")  # noqa: TRY004 - the file is wrong, not our code
    for name, entry in users.items():
        if not NAME.fullmatch(name) or not isinstance(entry, dict):
            raise ValueError(f"{name!r} is no user")
        Role(str(entry.get("role")))
        parts = str(entry.get("password")).split("$")
        if len(parts) != len(NOBODYS.split("$")) or parts[0] != "scrypt":
            raise ValueError(f"the password of {name} is not hashed: fiscalq console --add-user {name}")
    return users


NOBODYS = _joined(COST, BLOCK, PARALLEL, bytes(SALT_BYTES), bytes(HASH_BYTES))
"""Compared with when the name is unknown: nothing hashes to zeros."""
