"""How a register's web server is, as far as it can be asked past its queue: for the operator, never for a proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Way = Literal["open", "closed", "away"]  # a connection is made; refused at once; nobody there


@dataclass(frozen=True)
class Examined:
    """
    What a register's web server tells.

    Args:
        way: whether a connection could be made.
        speaks: the generations that were proven to answer.
        wanted: the generation of the settings, or the one that is used.
        status: HTTP status of the question for the register itself; None: it was not asked, or no whole reply came.
        words: the server's own words for whatever is wrong.
        devices: ids of the registers that the server has, where it tells.
        device: the server's own entry of this register; empty where it does not tell.
        condition: `deviceStatus` of the driver; empty where it cannot be asked.
        clock: the register's own time as it says it, naive or with an offset.
        blocked: the queue is blocked by a task whose outcome is not known.

    """

    way: Way
    speaks: tuple[str, ...] = ()
    wanted: str | None = None
    status: int | None = None
    words: str = ""
    devices: tuple[str, ...] = ()
    device: Mapping[str, Any] = field(default_factory=dict)
    condition: Mapping[str, Any] = field(default_factory=dict)
    clock: datetime | None = None
    blocked: bool = False
