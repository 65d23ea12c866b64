"""The simulators of this room: one shared and reset, one of its own for whoever kills it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator.desk import Desk


@pytest.fixture(scope="session")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Start one simulator for all tests that leave it alive."""
    desk = Desk(tmp_path_factory.mktemp("desk"), "--seed", "7").start()
    yield desk
    assert desk.stop() == 0


@pytest.fixture
def desk(shared_desk: Desk) -> Desk:
    """Give a simulator with an empty store, a fresh register and no faults."""
    return shared_desk.fresh()


@pytest.fixture
def own_desk(tmp_path: Path) -> Iterator[Desk]:
    """Give a simulator that may be killed and started again."""
    desk = Desk(tmp_path / "own").start().fresh()
    yield desk
    desk.stop()
