"""While nothing prints the worker looks ahead, says each sign once, and keeps it for the doctor."""

from __future__ import annotations

import json
from decimal import Decimal

from tests.app.world import World
from worker.app.foresight import LOOK_SECONDS, Foresight

IDLE = 61.0


def test_a_clock_that_is_off_is_told_once_and_kept_until_it_is_right() -> None:
    """The register stands in another time zone than its settings say."""
    world = World()
    world.keep_shift()
    wrong, right = Foresight(world.line, "Asia/Vladivostok"), Foresight(world.line, "Europe/Moscow")
    for _ in range(2):
        wrong.look(IDLE)
        world.clock.pause(LOOK_SECONDS)
    assert [note.split()[0] for note in world.notes] == ["outlook.clock"]
    kept = json.loads(world.ledger.recall()["outlook"])
    assert [(one["sign"], one["urgent"]) for one in kept] == [("clock", False)]
    right.look(IDLE)
    assert "outlook" not in world.ledger.recall()


def test_a_busy_register_and_one_that_does_not_answer_are_left_alone() -> None:
    world = World()
    foresight = Foresight(world.line, "Europe/Moscow")
    foresight.look(59.0)
    assert world.register.calls == []
    world.register.reachable = False
    foresight.look(IDLE)
    assert "outlook" not in world.ledger.recall()


def test_the_drawer_is_asked_for_only_where_it_has_a_limit() -> None:
    world = World()
    world.register.driver.drawer = Decimal(700)
    Foresight(world.line, "Europe/Moscow").look(IDLE)
    kept = json.loads(world.ledger.recall().get("outlook", "[]"))
    assert "drawer" not in [one["sign"] for one in kept]
    world.clock.pause(LOOK_SECONDS)
    Foresight(world.line, "Europe/Moscow", 500).look(IDLE)
    kept = json.loads(world.ledger.recall()["outlook"])
    assert [one["number"] for one in kept if one["sign"] == "drawer"] == [700]
