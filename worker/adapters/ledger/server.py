"""
The Redis server as the ledger needs it: how it is spoken to, what it must be set to, and our function library on it.

No exception of the client library leaves this folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.adapters.ledger.keys import Keys
from worker.domain.errors import ConfigError, Fenced, LedgerError, PlaceTaken
from worker.domain.policy import Limits
from worker.domain.steps import step

LIBRARY = "fiscalq"
_VERSION = re.compile(rb"^local VERSION = (\d+)", re.MULTILINE)

_REQUIRED: Mapping[str, tuple[str, str, str]] = {
    "appendonly": ("yes", "unsafe_restart", "a restart would lose every job since the last snapshot"),
    "appendfsync": ("always", "unsafe_cut", "a power cut would lose jobs that the CRM was told are accepted"),
    "no-appendfsync-on-rewrite": (
        "no",
        "unsafe_rewrite",
        "a power cut while the file is rewritten would lose accepted jobs",
    ),
    "maxmemory-policy": (
        "noeviction",
        "unsafe_memory",
        "a full Redis would throw jobs away instead of refusing new ones",
    ),
}


def connect(url: str, *, socket_timeout: float) -> redis.Redis:
    """
    A client that never waits longer than `socket_timeout` seconds and never sends a command twice by itself.

    (redis-py 8 repeats a push whose answer was lost: reference/celery-on-redis §5.4.)

    Raises: ConfigError when `url` is none.
    """
    try:
        client: redis.Redis = redis.Redis.from_url(
            url,
            socket_timeout=socket_timeout,
            socket_connect_timeout=socket_timeout,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
            retry_on_error=[],
            decode_responses=False,
            protocol=2,  # one shape of answers on every server, and no HELLO for a user's rights to name
        )
    except ValueError as error:
        raise ConfigError(
            f"{url} is no Redis URL: write redis://host:6379/0", "no_redis_url", url=url
        ) from error
    return client


@contextmanager
def redis_errors() -> Iterator[None]:
    """Turn what the client library raises, and what our functions refuse, into the exceptions of fiscalq."""
    try:
        yield
    except redis.ResponseError as error:
        code, _, text = str(error).partition(" ")
        if code == "FISCALQ_FENCED":
            raise Fenced(text) from error
        if code == "FISCALQ_PLACE_TAKEN":
            raise PlaceTaken(text) from error
        refusal, code, advice = str(error).rstrip("."), *_advice(error)
        raise LedgerError(f"Redis refuses: {refusal}{advice}", code, text=refusal) from error
    except redis.RedisError as error:
        raise LedgerError(f"Redis does not answer: {error}", "redis_silent", text=str(error)) from error


def _advice(error: redis.ResponseError) -> tuple[str, str]:
    """The code of the operator's text, and what to do."""
    if isinstance(error, redis.OutOfMemoryError):
        return "redis_full", ": it is full, give it more memory (maxmemory)"
    if "Function not found" in str(error):
        return "no_library", ": run `fiscalq install`"
    return "redis_refuses", ""


def check_server(client: redis.Redis) -> list[ConfigError]:
    """
    What is wrong with the server's settings: each says what to do; empty when all is well (promises P6).

    Raises: LedgerError when it does not answer.
    """
    with redis_errors():
        try:
            settings = cast("Mapping[str, str]", client.config_get(*_REQUIRED))
        except redis.ResponseError as error:
            wanted = ", ".join(f"{name} {value}" for name, (value, _, _) in _REQUIRED.items())
            return [
                ConfigError(
                    f"Redis does not tell its settings ({error}): give the worker's user +config|get, or have the provider "
                    f"confirm {wanted}",
                    "unsafe_unknown",
                    text=str(error),
                    wanted=wanted,
                )
            ]
    return [
        ConfigError(
            f"{name} is {found}, so {harm}: CONFIG SET {name} {value}, and the same in redis.conf.",
            code,
            name=name,
            found=found,
            value=value,
        )
        for name, (value, code, harm) in _REQUIRED.items()
        if (found := settings.get(name, "unknown")) != value
    ]


def install(client: redis.Redis, register: str, limits: Limits, stopped_reason: str = "null") -> None:
    """
    Load the function library if the server has none or an older one, and enter the register.

    A newer library stays, whoever brought it, so that an old worker that starts late breaks nothing. One of our own
    version whose text differs is replaced: only a library under development is changed without a new number.

    Args:
        client: of the server.
        register: its name.
        limits: `queue_max` is used here.
        stopped_reason: JSON text of the reason that the CRM reads of a job behind a dead one, which stands as @JOB@ in it.

    Raises: LedgerError, ConfigError for what is no register name.
    """
    keys = Keys(register)
    with redis_errors():
        wanted: dict[Any, Any] = {"library": _load(client, _own()), "queue_max": limits.queue_max}
        wanted["stopped_reason"] = stopped_reason
        entered = cast("list[bytes | None]", client.hmget(keys.registry, list(wanted)))
        if entered == [str(value).encode() for value in wanted.values()]:
            return  # a worker must be able to start on a Redis that is full
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        with step("ledger.enter"):
            client.hsetnx(keys.registry, "installed_at", now)
            client.hset(keys.registry, mapping=wanted)


def library_versions(client: redis.Redis) -> tuple[int | None, int]:
    """
    The number of the function library on the server, None when it has none, and that of our own.

    Raises: LedgerError, also when this user has no right to look.
    """
    with redis_errors():
        installed = _installed(client)
    return None if installed is None else _version(installed), _version(_own())


def _own() -> bytes:
    return files("worker.adapters.ledger").joinpath("fiscalq.lua").read_bytes()


def _load(client: redis.Redis, code: bytes) -> int:
    """Returns the version that is on the server then."""
    ours = _version(code)
    while True:
        installed = _installed(client)
        if installed is not None and (_version(installed) > ours or installed == code):
            return _version(installed)
        try:
            with step("ledger.install"):
                client.function_load(code.decode(), replace=installed is not None)
        except redis.ResponseError as error:
            if "already exists" not in str(error):
                raise
            continue  # another worker was quicker; perhaps with a newer one
        return ours


def _installed(client: redis.Redis) -> bytes | None:
    """The text of our library on the server."""
    for library in cast("list[list[Any]]", client.function_list(LIBRARY, withcode=True)):
        fields = dict(zip(library[::2], library[1::2], strict=True))
        return bytes(fields[b"library_code"])
    return None


def _version(code: bytes) -> int:
    said = _VERSION.search(code)
    return int(said[1]) if said else 0
