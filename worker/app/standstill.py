"""Why a line stands still: kept beside it, so that `fiscalq doctor` and `fiscalq status` can say it and what to do."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Cause(StrEnum):
    """What keeps a line from going on. Each has a text and one next step for the operator."""

    REGISTER_UNREACHABLE = "register_unreachable"  # nothing of the protocol answers at its address
    REGISTER_DECLINES = "register_declines"  # its server takes no tasks now: inactive, unknown, a wrong login
    QUEUE_STANDS = (
        "queue_stands"  # its server takes tasks and does none of them: off, no cable, blocked by another's
    )
    BLOCKED = "blocked"  # the link was lost in mid-print, and the server checks what became of the receipt
    REFUSED_FOR_NOW = "refused_for_now"  # an error that passes: no paper, the cover is open
    REGISTER_CHANGED = "register_changed"  # not the register that the line is bound to
    FN_UNREADABLE = "fn_unreadable"  # the documents since the last known one cannot be read
    HISTORY_UNREADABLE = "history_unreadable"  # a job's history was written by another version
    SHIFT = "shift"  # the shift cannot be opened or closed
    HELD = "held"  # a person stopped the line
    DOUBT = "doubt"  # a doubt holds the line until it is settled, or its time is over


AT_THE_REGISTER = frozenset(
    {Cause.REGISTER_UNREACHABLE, Cause.REGISTER_DECLINES, Cause.QUEUE_STANDS, Cause.BLOCKED}
)  # over as soon as the register is at work
BEFORE_SENDING = AT_THE_REGISTER | {
    Cause.REGISTER_CHANGED,
    Cause.FN_UNREADABLE,
    Cause.SHIFT,
}  # over after a whole survey


class Standstill(BaseModel):
    """A cause, in the register's or the network's own words what is behind it, and since when (ISO 8601 UTC)."""

    model_config = ConfigDict(frozen=True)

    cause: Cause
    text: str = ""
    since: str
