"""What is wrong at a register's web server, the first thing first: what stands behind it cannot be asked then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from ops.cli.language import failure
from ops.doctor import machine
from ops.doctor.finding import Finding
from ops.runbook.symptoms import Symptom
from worker.app.standstill import Cause
from worker.app.wiring import examine_register
from worker.domain.outlook import DRIFT

if TYPE_CHECKING:
    from ops.cli.language import Texts
    from worker.app.settings import RegisterSettings, Settings
    from worker.domain.examined import Examined

LICENSE = re.compile(r"лиценз|licen[cs]e", re.IGNORECASE)  # reference §10: 94, 96, 189, 245 to 248
STATUSES: Mapping[int, Symptom] = {
    HTTPStatus.UNAUTHORIZED: Symptom.WRONG_LOGIN,
    HTTPStatus.FORBIDDEN: Symptom.DEVICE_INACTIVE,
    HTTPStatus.NOT_FOUND: Symptom.DEVICE_UNKNOWN,
    HTTPStatus.REQUEST_TIMEOUT: Symptom.SERVER_BUSY,
}  # of the question for the register itself (reference 3.1)


def look(settings: Settings, name: str, texts: Texts, now: datetime | None = None) -> Iterator[Finding]:
    """
    Look at one register.

    Args:
        settings: all of them.
        name: of the register.
        texts: in the operator's language.
        now: what this machine's clock says, with an offset; by default it is asked.

    """
    register = settings.register_named(name)
    examined = examine_register(settings, name)

    def ill(page: Symptom | Cause, part: str) -> Finding:
        facts = {
            "register": name,
            "url": register.url,
            "words": failure(examined.words, texts) or "–",
            "api": register.api,
            "speaks": ", ".join(examined.speaks),
            "device": register.device_id or "default",
            "devices": ", ".join(examined.devices) or "–",
            "program": (page is Symptom.OTHER_PROGRAM and _program(register)) or "–",
        }
        return Finding(f"{name}.{part}", False, texts(f"doctor.{page.value}", **facts), page)

    trouble = _at_the_door(examined)
    if trouble is not None:
        yield ill(trouble, "door")
        if trouble is Symptom.WEB_SERVER_OFF:
            yield from _bitness(name, register, texts)
        return
    said = texts("doctor.door", register=name, door=f"{examined.wanted} {register.url}")
    yield Finding(f"{name}.door", True, said)
    if examined.blocked:
        yield ill(Cause.BLOCKED, "queue")
    trouble = _at_the_device(examined)
    if trouble is not None:
        yield ill(trouble, "device")
        if trouble is Cause.QUEUE_STANDS:
            yield from _bitness(name, register, texts)
    elif examined.condition:
        yield Finding(f"{name}.device", True, texts("doctor.device", register=name))
        yield from _condition(name, register, examined, texts, now or datetime.now(UTC))


def _at_the_door(examined: Examined) -> Symptom | Cause | None:
    """What keeps the web server from being spoken to; None when it speaks as the settings want."""
    if examined.way == "away":
        return Cause.REGISTER_UNREACHABLE
    if examined.way == "closed":
        return Symptom.WEB_SERVER_OFF
    if not examined.speaks:
        wants_login = examined.status == HTTPStatus.UNAUTHORIZED
        return Symptom.WRONG_LOGIN if wants_login else Symptom.OTHER_PROGRAM
    return None if examined.wanted in examined.speaks else Symptom.WRONG_GENERATION


def _at_the_device(examined: Examined) -> Symptom | Cause | None:
    """What keeps the driver from being asked; None when it was, or when this generation has no such question."""
    if examined.device.get("isActive") is False:
        return Symptom.DEVICE_INACTIVE
    if examined.device.get("hasLicense") is False:
        return Symptom.LICENSE_MISSING
    if examined.wanted == "v1" or examined.status == HTTPStatus.OK:
        return None
    if LICENSE.search(examined.words):
        return Symptom.LICENSE_MISSING
    if examined.status is None:
        return Symptom.SERVER_BUSY  # it took the question and did not come back with the answer
    return STATUSES.get(examined.status, Cause.QUEUE_STANDS)


def _condition(
    name: str, register: RegisterSettings, examined: Examined, texts: Texts, now: datetime
) -> Iterator[Finding]:
    """Paper, cover, shift and clock, as the driver says them."""
    said = examined.condition
    for part, key, bad, page in (
        ("paper", "paperPresent", False, Symptom.PAPER_OUT),
        ("cover", "coverOpened", True, Symptom.COVER_OPEN),
        ("shift", "shift", "expired", Symptom.SHIFT_EXPIRED),
    ):
        if key in said:
            well = said[key] != bad
            text = texts(
                f"doctor.{key.lower()}" if well else f"doctor.{page.value}",
                register=name,
                shift=texts.of("shift_states", str(said[key])),
            )
            yield Finding(f"{name}.{part}", well, text, None if well else page)
    if examined.clock is not None:
        zoned = examined.clock.tzinfo is not None
        clock = examined.clock if zoned else examined.clock.replace(tzinfo=ZoneInfo(register.timezone))
        ahead = round((clock - now).total_seconds())
        well = timedelta(seconds=abs(ahead)) <= DRIFT
        text = texts("doctor.clock" if well else "doctor.clock_wrong", register=name, difference=_span(ahead))
        yield Finding(f"{name}.clock", well, text, None if well else Symptom.CLOCK_WRONG)


def _span(seconds: int) -> str:
    return f"{'+' if seconds >= 0 else '-'}{timedelta(seconds=abs(seconds))}"


def _bitness(name: str, register: RegisterSettings, texts: Texts) -> Iterator[Finding]:
    """On the register's own machine: can its service load the driver?"""
    if not machine.is_here(urlsplit(register.url).hostname or ""):
        return
    java, drivers = machine.java_bits(), machine.driver_bits()
    if java and drivers and java not in drivers:
        text = texts(
            "doctor.java_bitness", register=name, java=java, driver=", ".join(map(str, sorted(drivers)))
        )
        yield Finding(f"{name}.java", False, text, Symptom.JAVA_BITNESS)


def _program(register: RegisterSettings) -> str | None:
    parts = urlsplit(register.url)
    return machine.listener(parts.port or 80) if machine.is_here(parts.hostname or "") else None
