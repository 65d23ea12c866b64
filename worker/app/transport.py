"""
Celery's Redis transport with a guard at its mouth: what is no ticket of ours is kept in quarantine, not delivered.

Celery's own list is written by the ledger alone. One malformed message there would end the worker, or block it for
ever (reference/celery-on-redis §5.2), so each is judged before Celery sees it. A second line: it leans on a private
method of kombu 5.7, which is why the version is pinned and the fault has a test of its own.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from queue import Empty
from typing import Any

from kombu.transport import redis
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads

from worker.app import logs
from worker.domain.identity import JOB_ID
from worker.domain.steps import step

TASK = "fiscalq.print"
QUEUE, QUARANTINE = ":queue", ":quarantine"


def why_not_ours(message: bytes) -> str | None:
    """Say why Celery must not see this message; None for a ticket: JSON, our task, a job's id, and what kombu needs."""
    try:
        ticket = json.loads(message)
        headers, properties = ticket["headers"], ticket["properties"]
        arguments = json.loads(ticket["body"])
        known = headers["task"] == TASK and ticket["content-type"] == "application/json"
        whole = properties["delivery_tag"] and "routing_key" in properties["delivery_info"]
        named = len(arguments) == 3 and arguments[0] == [headers["id"]] and JOB_ID.fullmatch(headers["id"])  # noqa: PLR2004
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        return f"no Celery message: {type(error).__name__} {error}"
    if not known:
        return "another task than ours"
    return None if whole and named else "no ticket of ours"


class GuardedChannel(redis.Channel):
    """A channel that delivers tickets and keeps everything else."""

    def _brpop_read(self, **options: Any) -> bool:
        """Take what BRPOP brought; as the method that it replaces, but for the guard."""
        try:
            try:
                brought = self.client.parse_response(self.client.connection, "BRPOP", **options)
            except self.connection_errors:
                self.client.connection.disconnect()
                raise
            if not brought:
                raise Empty
            queue = bytes_to_str(brought[0]).rsplit(self.sep, 1)[0]
            self._queue_cycle.rotate(queue)
            why = why_not_ours(brought[1]) if queue.endswith(QUEUE) else None
            if why is None:
                with step(
                    "broker.deliver"
                ):  # which keeps it among the unacknowledged; until then nobody has it
                    self.connection._deliver(loads(bytes_to_str(brought[1])), queue)  # noqa: SLF001
            else:
                self._keep(queue, brought[1], why)
            return True
        finally:
            self._in_poll = None  # type: ignore[assignment]  # as kombu does
            self._flush_brpop_reauth()

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's
        """Forget a ticket whose run is over."""
        with step("broker.ack"):
            super().basic_ack(delivery_tag, multiple)

    def _keep(self, queue: str, message: bytes, why: str) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with step("broker.quarantine"), self.conn_or_acquire() as client:
            client.xadd(queue.removesuffix(QUEUE) + QUARANTINE, {"at": at, "why": why, "entry": message})
        logs.logger().error("message.quarantined", queue=queue, reason=why)


class Transport(redis.Transport):
    """The Redis transport with the guarded channel."""

    Channel = GuardedChannel
