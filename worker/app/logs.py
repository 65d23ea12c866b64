"""
Logging: structlog, JSON in production, readable on a terminal; what belongs to a buyer, a cashier or a login never.

Two lines of defence: the code logs job, register, state and figures only, and `redact` masks whatever slips through,
by the name of the field and by its look.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"

SECRET_FIELDS = frozenset(
    {
        "task", "body", "payload", "request", "items", "payments", "entry",
        "clientinfo", "emailorphone", "email", "phone", "phones", "buyer", "contact", "identitydocumentdata",
        "operator", "cashier", "vatin", "name",
        "password", "username", "authorization", "auth", "secret", "token", "nonce",
    }
)  # fmt: skip

CONTACTS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|\+7[\d\s()-]{10,16}|(?<!\d)[78]9\d{9}(?!\d)")
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask fields by name and contacts by look, at any depth. The last processor before rendering."""
    return {key: _masked(key, value) for key, value in event.items()}


def _masked(key: str, value: Any) -> Any:
    if key.lower() in SECRET_FIELDS and value is not None:
        return MASK
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        return CONTACTS.sub(MASK, CREDENTIALS.sub(MASK, value))
    if isinstance(value, Mapping):
        return {name: _masked(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", inner) for inner in value]
    return value


def _redact_traceback(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A traceback may quote a task: it is masked by look, as any text."""
    if isinstance(event.get("exception"), str):
        event["exception"] = _masked("", event["exception"])
    return event


SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    redact,
    _redact_traceback,
)


def set_up(
    form: Literal["auto", "json", "console"] = "auto",
    level: str = "info",
    stream: TextIO | None = None,
    *,
    count: Processor | None = None,
) -> None:
    """
    Send structlog and the standard library's logging (Celery's, urllib3's) through the same processors.

    Args:
        form: `auto` is readable on a terminal and JSON elsewhere.
        level: of our own lines; libraries speak from `warning` on.
        stream: where to; standard error.
        count: sees each line of ours first, whatever the level.

    """
    target = stream or sys.stderr
    readable = form == "console" or (form == "auto" and target.isatty())
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=target.isatty())
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=False)
    )
    structlog.configure(
        processors=[
            *((count,) if count is not None else ()),
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *SHARED],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("fiscalq").setLevel(level.upper())
    logging.captureWarnings(True)


def logger() -> structlog.stdlib.BoundLogger:
    """The project's logger. Event names are `noun.participle`, facts are keys."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("fiscalq")
    return bound
