"""The only place that names concrete adapters: puts register, ledger, clock and settings together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import redis

from worker.adapters.atol.examining import examine
from worker.adapters.atol.register import AtolRegister
from worker.adapters.atol.wire import Wire
from worker.adapters.ledger import door, server
from worker.adapters.ledger.glancing import glance
from worker.adapters.ledger.keys import Keys
from worker.adapters.ledger.redis import RedisLedger
from worker.adapters.ledger.server import check_server, connect, install, redis_errors
from worker.app import correcting, reconciling
from worker.app.answering import answer, stopped_reason
from worker.app.binding import Binding
from worker.app.clock import RealClock
from worker.app.foresight import Foresight
from worker.app.hearing import HeardRegister, Told
from worker.app.line import Line
from worker.app.owner import Owner, default_state_dir
from worker.app.pilot import Pilot
from worker.app.settings import RegisterSettings, Settings
from worker.app.station import Station
from worker.domain.errors import ConfigError
from worker.domain.examined import Examined
from worker.domain.glance import Glance
from worker.domain.ports import Clock
from worker.domain.reconciliation import Reconciliation
from worker.domain.shifts import Hours
from worker.domain.sides import OfdDocument
from worker.domain.tasks import Defaults, Known

LEDGER_SECONDS = 5.0  # a ledger call that takes longer is an unreachable ledger
GLANCE_SECONDS = 1.5  # whoever draws graphs asks again soon, and does not wait for long
T = TypeVar("T")
UNSAFE = "FISCALQ_ALLOW_UNSAFE_REDIS"

# What the operator's tools speak the contract through (ops/cli/door.py), on a client of `connect_door`.
enqueue, status, keys_of, answering = door.enqueue, door.status, Keys, redis_errors
library_versions = server.library_versions


def defaults_of(register: RegisterSettings) -> Defaults:
    """What the register fills in where the CRM says nothing (design §3)."""
    operator = register.operator.model_dump(exclude_none=True) if register.operator else None
    return Defaults(
        operator=operator,
        taxation_type=register.taxation_type,
        default_tax=register.default_tax,
        marker=register.marker,
    )


def make_ledger(settings: Settings, register: str, ticket: str | None = None) -> RedisLedger:
    """The ledger of one register. `ticket` is the template of a Celery message, needed by a worker alone."""
    client = connect(settings.redis_url, socket_timeout=LEDGER_SECONDS)
    return RedisLedger(client, register, answer, settings.limits, ticket)


def make_register(settings: Settings, name: str) -> AtolRegister:
    """The register behind its web server."""
    register = settings.register_named(name)
    return AtolRegister(
        register.url,
        api=register.api,
        device_id=register.device_id,
        username=register.username,
        password=register.password.get_secret_value() if register.password else None,
        limits=settings.limits,
    )


def examine_register(settings: Settings, name: str) -> Examined:
    """Ask a register's web server how it is, past its queue; prints nothing."""
    register, limits = settings.register_named(name), settings.limits
    password = register.password.get_secret_value() if register.password else ""
    wire = Wire(
        register.url,
        login=None if register.username is None else (register.username, password),
        connect_max_seconds=limits.connect_max_seconds,
        read_max_seconds=limits.read_max_seconds,
    )
    return examine(wire, register.api, register.device_id, limits.connect_max_seconds)


def pilot_of(register: RegisterSettings, clock: Clock) -> Pilot | None:
    """What looks after the shift, where it is switched on."""
    quiet = Hours.read(register.quiet_hours) if register.quiet_hours else None
    return Pilot(clock, quiet) if register.shift_autopilot else None


def make_station(settings: Settings, name: str, ticket: str, clock: RealClock, told: Told) -> Station:
    """A worker's hold of a register; `told` hears of each call to it."""
    register = settings.register_named(name)
    line = Line(
        register=HeardRegister(make_register(settings, name), told),
        ledger=make_ledger(settings, name, ticket),
        clock=clock,
        limits=settings.limits,
        defaults=defaults_of(register),
        settled=Binding(serial=register.serial, inn=register.inn),
        pilot=pilot_of(register, clock),
    )
    owner = Owner(name, settings.state_dir or default_state_dir())
    return Station(line, clock, owner, Foresight(line, register.timezone, register.drawer_max))


def prepare_server(settings: Settings, *names: str) -> Callable[[], None]:
    """What must be true before a worker takes a lease: a durable server, our library, the registers entered."""

    def prepare() -> None:
        problems = server_problems(settings)
        if problems and os.environ.get(UNSAFE) != "1":
            raise ConfigError(
                "Redis would lose receipts:\n" + "\n".join(f"  - {problem}" for problem in problems),
                "redis_unsafe",
                problems=problems,
            )
        client = connect(settings.redis_url, socket_timeout=LEDGER_SECONDS)
        try:
            for name in names:
                install(client, name, settings.limits, stopped_reason(name))
        finally:
            client.close()

    return prepare


def server_problems(settings: Settings) -> Sequence[ConfigError]:
    """What would make Redis lose what it has answered; empty for a durable one."""
    client = connect(settings.redis_url, socket_timeout=LEDGER_SECONDS)
    try:
        return check_server(client)
    finally:
        client.close()


def make_glance(settings: Settings) -> Callable[[str], Glance]:
    """What looks at a line by the register's name, over connections of its own; it raises LedgerError."""
    return partial(glance, connect(settings.redis_url, socket_timeout=GLANCE_SECONDS))


def connect_door(settings: Settings) -> redis.Redis:
    """A client for `enqueue`, `status` and what else the operator's tools read."""
    return connect(settings.redis_url, socket_timeout=LEDGER_SECONDS)


def broker_options(register: str | None) -> Mapping[str, Any]:
    """Celery's transport: own unacked keys per register, and a redelivery by time that never comes (design §4)."""
    keys = Keys(register) if register else None
    own = (
        {
            "unacked_key": keys.unacked,
            "unacked_index_key": keys.unacked_index,
            "unacked_mutex_key": keys.unacked_mutex,
        }
        if keys
        else {}
    )
    return {
        **own,
        "visibility_timeout": 365
        * 86_400,  # recovery is by rebuild; time cannot tell a dead run from a slow one
        "priority_steps": [0],
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }


def queue_of(register: str | None) -> str:
    """The Celery queue of a register; tools that serve none get a name that nobody consumes."""
    return Keys(register).queue if register else "fiscalq"


def decide(settings: Settings, register: str, verb: Callable[..., T], *words: Any, **named: Any) -> T:
    """Say one of the operator's verbs (`worker/app/operating.py`) about a register."""
    settings.register_named(register)
    return verb(make_ledger(settings, register), RealClock(), *words, **named)


def prepare_reversals(
    settings: Settings, register: str, job: str, ffd: str | None
) -> Sequence[tuple[int, Mapping[str, Any]]]:
    """What takes back each document too many of a job; nothing is sent."""
    defaults = defaults_of(settings.register_named(register))
    return correcting.reversals(make_ledger(settings, register), job, defaults, ffd)


def reconcile_shift(
    settings: Settings,
    register: str,
    fn_number: str | None,
    shift: int | None,
    ofd: Sequence[OfdDocument] | None,
) -> Reconciliation:
    """Lay the sides of a shift beside each other; the register is not asked."""
    defaults = defaults_of(settings.register_named(register))
    return reconciling.reconciliation(make_ledger(settings, register), defaults, fn_number, shift, ofd)


def prepare_correction(
    settings: Settings, register: str, job: str, fixed: bytes, known: Known
) -> correcting.PreparedPair:
    """What puts the document of a printed job right; nothing is sent."""
    defaults = defaults_of(settings.register_named(register))
    return correcting.correction(make_ledger(settings, register), job, fixed, defaults, known)
