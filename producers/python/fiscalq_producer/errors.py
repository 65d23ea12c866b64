"""What can go wrong at the door. Every class says what the CRM shall do."""

from __future__ import annotations


class Refused(Exception):
    """
    The door refused the job and stored nothing: mend the task or the id. `code` is one of the contract's words.

    FISCALQ_BAD_ID, FISCALQ_BAD_JSON, FISCALQ_TOO_LARGE, FISCALQ_UNKNOWN_REGISTER, or a subclass below.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Conflict(Refused):
    """The id is known with other content: a mistake in how the CRM makes ids. Nothing was changed."""


class QueueFull(Refused):
    """The line has no room: enqueue the same job again later. Look why the register does not print."""


class Unreachable(Exception):
    """Redis did not answer in time. The job may have been accepted or not: enqueue the same job again, it is safe."""


def refusal(text: str) -> Refused | None:
    """The refusal in an error of Redis, None when it is another error."""
    code, _, message = text.partition(" ")
    if not code.startswith("FISCALQ_"):
        return None
    known = {"FISCALQ_CONFLICT": Conflict, "FISCALQ_QUEUE_FULL": QueueFull}
    return known.get(code, Refused)(code, message.strip())
