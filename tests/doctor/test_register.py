"""What the doctor finds at a register's web server: on the real simulator, and on servers that are something else."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from ops.cli.language import Texts
from ops.doctor import machine
from ops.doctor.register import look
from tests.doctor.conftest import Answer, findings, ills, serving, settings_for
from tests.simulator.desk import Desk

INFO = {"serverVersion": "10.9.2", "driverVersion": "10.9.2"}


def refusing(status: int, text: str) -> object:
    """A v2 server that refuses the question for the register itself."""

    def answer(_method: str, path: str) -> Answer:
        if path.endswith("/serverInfo"):
            return 200, INFO
        return status, {"error": {"code": 505, "description": text}}

    return answer


def test_a_register_that_is_well_has_nothing_to_put_right(desk: Desk) -> None:
    """Driver, paper, cover, shift and clock are each looked at, and nothing is printed."""
    before = desk.slips()
    found = findings(desk.url)
    assert all(finding.ok for finding in found.values())
    assert {"door", "device", "paper", "cover", "shift", "clock"} <= set(found)
    assert desk.slips() == before


def test_a_register_of_the_older_generation_is_not_asked_through_its_queue(desk: Desk) -> None:
    """A reading on v1 is a task in the queue that is the worker's alone."""
    before = desk.call("GET", "/stat/requests").json()
    assert set(findings(desk.url, api="v1")) == {"door"}
    assert desk.call("GET", "/stat/requests").json() == before


@pytest.mark.parametrize(
    ("turned", "ill"),
    [
        ({"paper": False}, {"paper": "paper_out"}),
        ({"cover_open": True}, {"cover": "cover_open"}),
        ({"active": False}, {"device": "device_inactive"}),
        ({"power": False}, {"device": "queue_stands"}),
        ({"clock_offset_seconds": 3600}, {"clock": "clock_wrong"}),
        ({"clock_offset_seconds": -3600}, {"clock": "clock_wrong"}),
    ],
    ids=str,
)
def test_what_is_wrong_at_the_register_is_found(
    desk: Desk, turned: dict[str, object], ill: dict[str, str]
) -> None:
    """Each switch of the simulator alone makes its finding, and no other."""
    desk.turn(**turned)
    assert ills(desk.url) == ill


def test_a_shift_of_more_than_24_hours_is_found(desk: Desk) -> None:
    operator = {"name": "Кассир Тестовый"}
    desk.done({"type": "openShift", "operator": operator})
    assert ills(desk.url) == {}
    desk.turn(shift_hours=25)
    assert ills(desk.url) == {"shift": "shift_expired"}


def test_the_shift_and_a_failed_connection_are_told_in_russian(desk: Desk) -> None:
    """A word of the protocol or of the system inside a Russian sentence helps no cashier."""
    russian = Texts("ru")
    found = {one.name: one.text for one in look(settings_for(desk.url), "kassa-1", russian)}
    assert found["kassa-1.shift"] == "kassa-1: смена — закрыта"
    (away,) = look(settings_for("http://no-such-host.invalid:16732"), "kassa-1", russian)
    assert "(такого имени сеть не знает)" in away.text


def test_a_clock_set_back_by_an_hour_is_told_with_the_difference(desk: Desk) -> None:
    desk.turn(clock_offset_seconds=-3600)
    assert "-1:00:0" in findings(desk.url)["clock"].text or "-0:59:5" in findings(desk.url)["clock"].text


def test_a_device_id_that_the_server_does_not_know_is_told_with_those_it_has(desk: Desk) -> None:
    found = findings(desk.url, device_id="other")["device"]
    assert (found.ok, str(found.page)) == (False, "device_unknown")
    assert "other" in found.text
    assert "kassa)" in found.text


def test_a_server_with_accounts_wants_name_and_password(tmp_path: Path) -> None:
    """401 without them, or with wrong ones; well with the right ones."""
    desk = Desk(tmp_path / "closed", "--api", "v2", "--username", "shop", "--password", "pw").start()
    try:
        assert ills(desk.url) == {"device": "wrong_login"}
        assert ills(desk.url, username="shop", password="wrong") == {"device": "wrong_login"}
        assert ills(desk.url, username="shop", password="pw") == {}
    finally:
        desk.stop()


def test_the_generation_of_the_settings_must_answer(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "old", "--api", "v1").start()
    try:
        assert ills(desk.url, api="v2") == {"door": "wrong_generation"}
        assert "v1" in findings(desk.url, api="v2")["door"].text
        assert ills(desk.url, api="auto") == {}
    finally:
        desk.stop()


@pytest.mark.parametrize(
    ("status", "text", "page"),
    [
        (401, "Требуется авторизация", "wrong_login"),
        (403, "Устройство не активировано", "device_inactive"),
        (403, "Подходящие лицензии не найдены", "license_missing"),
        (404, "Устройство не найдено", "device_unknown"),
        (408, "Не удалось захватить драйвер", "server_busy"),
        (409, "Устройство не подключено", "queue_stands"),
        (420, "Нет связи", "queue_stands"),
        (500, "Внутренняя ошибка", "queue_stands"),
        (599, "?", "queue_stands"),
    ],
)
def test_what_the_server_refuses_is_told_by_its_status(status: int, text: str, page: str) -> None:
    """Reference 3.1; the server's own words stand in the finding."""
    with serving(refusing(status, text)) as url:  # type: ignore[arg-type]
        assert ills(url) == {"device": page}


def test_a_device_without_a_licence_is_found() -> None:
    """Reference 3.6: `hasLicense`, which the simulator's register always has."""

    def answer(_method: str, path: str) -> Answer:
        if path.endswith("/serverInfo"):
            return 200, INFO
        if path.endswith("/devices/default"):
            return 200, {"id": "k", "isActive": True, "hasLicense": False}
        return 200, {"deviceStatus": {}}

    with serving(answer) as url:
        assert ills(url) == {"device": "license_missing"}


def test_a_blocked_queue_is_found_though_the_driver_answers(desk: Desk) -> None:
    """A receipt whose outcome the server is finding out: nothing may be printed by hand meanwhile."""

    def answer(_method: str, path: str) -> Answer:
        if path.endswith("/serverInfo"):
            return 200, INFO
        if "getRequestsQueueStatus" in path:
            return 200, {"number": 1, "isBlocked": True, "blockReason": "connectionError"}
        return 200, {"deviceStatus": {"paperPresent": True}}

    with serving(answer) as url:
        assert ills(url) == {"queue": "blocked"}


@pytest.mark.parametrize("body", ["<html><title>Another cash program</title></html>", "", "{}", "[1"])
def test_another_program_at_the_port_is_found_and_named(body: str) -> None:
    """Whatever it answers that is not the protocol; on this machine with the name of the program."""
    with serving(lambda _method, _path: (200, body)) as url:
        found = findings(url)["door"]
        assert str(found.page) == "other_program"
        assert f"({os.getpid()})" in found.text
        if "title" in body:
            assert "Another cash program" in found.text


def test_another_program_that_only_listens_is_found() -> None:
    """It accepts connections and never speaks HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert ills(f"http://127.0.0.1:{silent.getsockname()[1]}") == {"door": "other_program"}


def test_a_web_server_that_is_not_switched_on_is_told_from_a_computer_that_is_away() -> None:
    """Refused at once: the computer is there and nothing listens. No answer: nobody is there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert ills(f"http://127.0.0.1:{port}") == {"door": "web_server_off"}
    assert ills("http://register.invalid:16732") == {"door": "register_unreachable"}


ELF32, ELF64 = b"\x7fELF\x01" + bytes(60), b"\x7fELF\x02" + bytes(60)


def pe(machine_field: bytes) -> bytes:
    """The head of a Windows program."""
    return b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + machine_field + bytes(20)


@pytest.mark.parametrize(
    ("head", "bits"),
    [
        (ELF32, 32),
        (ELF64, 64),
        (pe(b"\x4c\x01"), 32),
        (pe(b"\x64\x86"), 64),
        (pe(b"\xff\xff"), None),
        (b"#!/bin/sh\n", None),
        (b"\x7fELF", None),
        (b"MZ", None),
        (b"", None),
    ],
)
def test_a_programs_bitness_is_read_from_its_head(tmp_path: Path, head: bytes, bits: int | None) -> None:
    """ELF's EI_CLASS, and the machine field of a PE; anything else is unknown, never guessed."""
    program = tmp_path / "program"
    program.write_bytes(head)
    assert machine.bits_of(program) == bits


def test_java_of_another_bitness_than_the_driver_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service cannot load such a driver; it is looked for where nothing listens at this machine's own port."""
    java, driver = tmp_path / "java", tmp_path / "libfptr10.so"
    java.write_bytes(ELF32)
    java.chmod(0o755)
    driver.write_bytes(ELF64)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(machine.driver_bits, "__defaults__", ((driver,),))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert ills(f"http://127.0.0.1:{port}") == {"door": "web_server_off", "java": "java_bitness"}
    java.write_bytes(ELF64)
    assert ills(f"http://127.0.0.1:{port}") == {"door": "web_server_off"}
