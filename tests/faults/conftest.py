"""A scene for each test: its own register, worker, network and empty database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.redis.server import RunningRedis
from tests.faults.scene import Scene

MakeScene = Callable[..., Scene]


@pytest.fixture
def make_scene(tmp_path: Path, redis_url: str, redis_server: RunningRedis) -> Iterator[MakeScene]:
    """A scene in which nothing runs yet: the generation, and limits of the worker as keywords."""
    scenes: list[Scene] = []

    def make(api: str = "v1", **limits: str) -> Scene:
        scenes.append(Scene(tmp_path, redis_server, api, **limits))
        return scenes[-1]

    yield make
    for scene in scenes:
        scene.close()
