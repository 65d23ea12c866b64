"""A look at one line for whoever draws graphs of it: two turns at Redis, whatever the line holds. Reads alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import redis

from worker.adapters.ledger.keys import Keys
from worker.adapters.ledger.server import redis_errors
from worker.domain.glance import Glance
from worker.domain.verdicts import documents_too_many

NEXT = 2  # a job of the autopilot's may stand before the one that has waited longest
RECENT = 200  # jobs printed last in which one too many is looked for: recorded late, it is filed as the last
DAY_SECONDS = 86_400


def glance(client: redis.Redis, register: str) -> Glance:
    """
    Look at a register's line.

    Raises: LedgerError when Redis is away or holds something else under our names; ConfigError for no register name.
    """
    keys = Keys(register)
    groups = {
        "open": keys.open,
        "stopped": keys.stopped,
        "doubts": keys.doubts,
        "dead": keys.dead,
        "done": keys.done,
    }
    with redis_errors(), client.pipeline(transaction=False) as look:
        for key in groups.values():
            look.zcard(key)
        look.llen(keys.inbox)
        look.xlen(keys.quarantine)
        look.time()
        look.hgetall(keys.line)
        look.exists(keys.lease)
        look.hget(keys.registry, "fence")
        look.zrange(keys.open, 0, NEXT - 1)
        # `doubts` is ordered by acceptance and `dead` by the second of death: of both, the latter's.
        look.zinter({keys.doubts: 0, keys.dead: 1}, withscores=True)
        look.xrevrange(keys.events, count=1)
        look.zrevrange(keys.done, 0, RECENT - 1, withscores=True)
        *counts, time, facts, lease, leases, first, doubts, latest, done = look.execute()
        printed = [job for job, second in done if second > time[0] - DAY_SECONDS]
        for job in (*first, *printed):
            look.hget(keys.view(_text(job)), "answer")
        answers = [json.loads(answer or b"{}") for answer in look.execute()] if first or printed else []
    accepted = (answer.get("accepted_at") for answer in answers[: len(first)])
    return Glance(
        at=time[0] + time[1] / 1e6,
        counts=dict(zip((*groups, "inbox", "quarantine"), counts, strict=True)),
        facts={_text(name): _text(value) for name, value in facts.items()},
        is_served=bool(lease),
        leases=int(leases or 0),
        accepted_at=min(filter(None, accepted), default=None),
        doubtful_since=min(
            (score for _, score in cast("Sequence[tuple[bytes, float]]", doubts)), default=None
        ),
        moved_at=_moment(latest),
        doubled=sum(map(bool, map(documents_too_many, answers[len(first) :]))),
    )


def _moment(entries: Any) -> float | None:
    """The time of a stream's entry, which bears the server's own in its id."""
    return int(entries[0][0].split(b"-")[0]) / 1000 if entries else None


def _text(raw: bytes) -> str:
    return raw.decode(errors="backslashreplace")
