"""What an operator may meet that is neither a dead job's reason nor a line's cause: each has a page in the handbook."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from worker.domain.outlook import Sign


class Symptom(StrEnum):
    """The name of a page. All but the last five are found by `fiscalq doctor`."""

    SETTINGS_WRONG = "settings_wrong"  # a setting is missing or not understood
    REDIS_UNREACHABLE = "redis_unreachable"
    REDIS_UNSAFE = "redis_unsafe"  # it would forget what it has answered
    LIBRARY_MISSING = "library_missing"  # the function library is absent, or older than this program
    REGISTER_NOT_ENTERED = "register_not_entered"  # Redis refuses what is enqueued for it
    NO_WORKER = "no_worker"  # nobody holds the register's lease
    DEAF_WORKER = "deaf_worker"  # it holds the lease and begins nothing
    UNREADABLE_ENTRIES = "unreadable_entries"  # the quarantine is not empty
    WEB_SERVER_OFF = "web_server_off"  # the computer is there, and nothing listens at the port
    JAVA_BITNESS = "java_bitness"  # the driver and its Java are not of the same bitness
    OTHER_PROGRAM = "other_program"  # something else answers at the port
    WRONG_LOGIN = "wrong_login"  # 401
    DEVICE_INACTIVE = "device_inactive"  # 403, or `isActive` false
    DEVICE_UNKNOWN = "device_unknown"  # 404 for the device id
    LICENSE_MISSING = "license_missing"
    WRONG_GENERATION = "wrong_generation"  # `api` is set to the one that does not answer
    SERVER_BUSY = "server_busy"  # 408: the driver could not be seized
    SHIFT_EXPIRED = "shift_expired"  # older than 24 hours
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    CLOCK_WRONG = "clock_wrong"  # the register's clock and this computer's differ
    RECONCILIATION_DIFFERS = "reconciliation_differs"  # ledger and register do not agree over a shift
    PRINTED_TWICE = "printed_twice"  # by the register's own server
    ORDER_NOT_PRINTED = "order_not_printed"  # where to begin
    PAPER_MISSING = "paper_missing"  # registered, and nothing or half of it on paper
    WRONG_CONTACT = "wrong_contact"  # the buyer's e-mail or phone
    ID_CONFLICT = "id_conflict"  # FISCALQ_CONFLICT
    QUEUE_FULL = "queue_full"  # FISCALQ_QUEUE_FULL


# What can be read at once has one page, whoever saw it first.
SEEN_AT_ONCE: Mapping[Sign, Symptom] = {
    Sign.PAPER: Symptom.PAPER_OUT,
    Sign.COVER: Symptom.COVER_OPEN,
    Sign.CLOCK: Symptom.CLOCK_WRONG,
}
