"""
Celery's remote control, cut down to looking.

By it anybody who can write to Redis, or to a Flower that is not read-only, may tell a worker to revoke a ticket, to leave
its queue, or to end. None of these knows the ledger: a revoked ticket would be thrown away as often as the ledger makes
it anew, and the line would stand behind it. A line is held and released, and a dead job replayed, by the operator's own
verbs (`worker/app/operating.py`), which leave a name and a reason.
"""

from __future__ import annotations

from typing import Any

from celery.worker.control import Panel

from worker.app import logs

HARMLESS = frozenset({"enable_events", "heartbeat", "election"})  # what Flower says to be told more
HEAVY = frozenset({"objgraph", "memsample", "memdump"})  # of those that look: they write files or take long
ANSWER = {
    "error": "fiscalq takes no orders this way: fiscalq hold, release, replay and resolve do, with a name and a reason"
}


def look_only() -> None:
    """Answer every command that would change a worker with a refusal; for good, in this process."""
    for name, command in Panel.meta.items():
        if (command.type == "control" and name not in HARMLESS) or name in HEAVY:
            for known in filter(None, (name, command.alias)):
                Panel.data[known] = _refusing(name)


def _refusing(name: str) -> Any:
    def refuse(_state: Any, **_arguments: Any) -> dict[str, str]:
        logs.logger().warning("control.refused", command=name)
        return ANSWER

    return refuse
