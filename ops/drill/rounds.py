"""
The ten rounds: which fault is made at the simulated register, what shows it, and which steps are offered.

The texts of all of it stand in `texts/{en,ru}.toml` under the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.runbook.symptoms import Symptom
from worker.app.standstill import Cause
from worker.domain.verdicts import ReasonCode

SALE = {
    "type": "sell",
    "items": [{"name": "Пакет", "price": 1.1, "quantity": 1}],
    "payments": "cash",
}


@dataclass(frozen=True)
class Round:
    """
    One fault.

    Args:
        name: of the round and of its story.
        page: of the handbook: what the line or the job shows.
        steps: names of the steps that are offered; the first is the safe one.
        turn: switches of the register that make the fault.
        turn_back: switches that end it.
        fault: is armed before the job is enqueued; see ops/simulator/README.md.
        swap_fn: another FN is put in while the register declines, and it is switched on again.
        task: what is enqueued.
        follower: a second sale of the same sequence is enqueued behind it, and is what is asked about.

    """

    name: str
    page: ReasonCode | Cause | Symptom
    steps: tuple[str, str, str]
    turn: Mapping[str, Any] = field(default_factory=dict)
    turn_back: Mapping[str, Any] = field(default_factory=dict)
    fault: Mapping[str, Any] | None = None
    swap_fn: bool = False
    task: Mapping[str, Any] = field(default_factory=lambda: SALE)
    follower: bool = False

    @property
    def right(self) -> str:
        """The safe step."""
        return self.steps[0]


ROUNDS = (
    Round(
        "paper",
        Symptom.PAPER_OUT,
        ("load_paper", "new_id", "by_hand"),
        turn={"paper": False},
        turn_back={"paper": True},
    ),
    Round(
        "inactive",
        Cause.REGISTER_DECLINES,
        ("activate", "new_device", "new_id"),
        turn={"active": False},
        turn_back={"active": True},
    ),
    Round(
        "power",
        Cause.QUEUE_STANDS,
        ("switch_on", "clear_queue", "by_hand"),
        turn={"power": False},
        turn_back={"power": True},
    ),
    Round(
        "link",
        Cause.BLOCKED,
        ("mend_and_wait", "by_hand", "clear_queue"),
        fault={"kind": "link_lost_after_close", "type": "sell", "seconds": 0},
        turn_back={"link": "up"},
    ),
    Round(
        "wrong_task",
        ReasonCode.TASK_REFUSED,
        ("mend_task", "replay", "by_hand"),
        task={**SALE, "items": [{"name": "Пакет", "price": -1, "quantity": 1}]},
    ),
    Round(
        "refused",
        ReasonCode.REGISTER_REFUSED,
        ("replay", "new_id", "by_hand"),
        fault={"kind": "driver_error", "type": "sell", "code": 143},
    ),
    Round(
        "unknown_word",
        ReasonCode.STATUS_UNKNOWN,
        ("look_and_resolve", "by_hand", "new_id"),
        fault={"kind": "get_unknown_status", "count": 0},
    ),
    Round(
        "no_paper_after",
        Symptom.PAPER_MISSING,
        ("copy", "sell_again", "refund"),
        fault={"kind": "paper_out_after_registration", "type": "sell"},
        turn_back={"paper": True},
    ),
    Round(
        "sequence",
        ReasonCode.SEQUENCE_STOPPED,
        ("replay_first", "new_id", "by_hand"),
        fault={"kind": "driver_error", "type": "sell", "code": 143},
        follower=True,
    ),
    Round(
        "fn",
        Cause.REGISTER_CHANGED,
        ("ask_and_accept", "accept_blind", "reset"),
        turn={"active": False},
        swap_fn=True,
    ),
)
