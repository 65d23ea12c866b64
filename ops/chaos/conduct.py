"""A run from its first job to its last: the plan's steps in their order, on processes that live and die."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import redis

from ops.chaos.account import Account, account
from ops.chaos.arena import Arena
from ops.chaos.crm import Crm
from ops.chaos.deeds import Deeds
from ops.chaos.plan import Calm, Send, Step, Throw, draw
from ops.chaos.record import Record
from ops.chaos.shop import NotSeen, until
from ops.redis.program import OWN
from ops.redis.server import durable_redis

ON_THEIR_WAY = 8  # jobs: enough for a fault to meet some, few enough to meet the one that it means soon
ROOM_SECONDS = 120.0  # the longest that a line may stand before we take it for stuck
STRIKE_SECONDS = 30.0  # in which the jobs on their way come to the faults that are armed for them
CALM_SECONDS = 120.0  # in which every doubt is settled once all is mended

Tell = Callable[[Record, Step | None], None]


def begin(directory: Path, receipts: int, faults: int, seed: int, api: str) -> None:
    """Write down in an empty directory what is to be run there."""
    record = Record(directory)
    record.begun(receipts=receipts, faults=faults, seed=seed, api=api)
    record.close()


def conduct(directory: Path, tell: Tell) -> Account:
    """
    Do what is left of the run in that directory, and account for all of it.

    Args:
        directory: where `begin` or an earlier command has written; takes logs and data.
        tell: is called at the beginning, with None, and behind each step.

    Returns: the counts, and what broke a promise.
    Raises: RedisUnavailable, or NotSeen when a program does not start.
    """
    record = Record(directory)
    plan = draw(**record.options)
    tell(record, None)
    try:
        with _stage(directory, record, plan) as (arena, crm):
            _perform(plan[record.steps :], arena, crm, record, tell)
            crm.look(everything=True)
        record.ended()
        return account(directory, record, plan)
    finally:
        record.close()


@contextmanager
def _stage(directory: Path, record: Record, plan: Sequence[Step]) -> Iterator[tuple[Arena, Crm]]:
    with ExitStack() as stack:
        server = stack.enter_context(durable_redis(directory / "redis", server=OWN))
        arena = Arena(directory, server, record.options["api"], record)
        stack.callback(arena.close)
        crm = Crm(server.url, record, {step.job: step for step in plan if isinstance(step, Send)})
        stack.callback(crm.close)
        arena.open()
        crm.begin()
        yield arena, crm


def _perform(steps: Sequence[Step], arena: Arena, crm: Crm, record: Record, tell: Tell) -> None:
    """One step after the other; a fault goes on beside the jobs that follow it, until the next fault."""
    deeds = Deeds(arena, crm)
    with ThreadPoolExecutor(1, "fault") as hands:
        fault: Future[None] | None = None
        try:
            for step in steps:
                match step:
                    case Send():
                        until(lambda: crm.on_their_way() < ON_THEIR_WAY, ROOM_SECONDS, "room in the line")
                        crm.send(step)
                    case Throw():
                        _end_of(fault, record)
                        fault = hands.submit(deeds.do, step)
                    case Calm():
                        _end_of(fault, record)
                        fault = None
                        with suppress(NotSeen):  # what is armed for a job on its way is to strike it
                            until(lambda: not crm.unsettled(), STRIKE_SECONDS, "the end of every job")
                        _mend(arena, record)
                        until(lambda: not crm.unsettled(), CALM_SECONDS, "the end of every job")
                record.step_done()
                tell(record, step)
        except NotSeen as stuck:  # the account says whom it has met
            record.has_missed(str(stuck))
        _end_of(fault, record)
        _mend(arena, record)


def _mend(arena: Arena, record: Record) -> None:
    """Mend everything; an armed fault that has struck nobody by now is told of."""
    for one in arena.armed():
        if not one["struck"]:
            record.has_missed(f"{one['kind']} struck nobody ({one['uuid'] or 'any task'})")
    arena.disarm()


def _end_of(fault: Future[None] | None, record: Record) -> None:
    if fault is not None:
        try:
            fault.result()
        except (NotSeen, OSError, redis.RedisError) as problem:  # its target was down, or did nothing
            record.has_missed(str(problem))
