"""Scenes: a standing one for each generation, which serves the tests of a file round by round, or a test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from ops.redis.server import RunningRedis
from tests.faults.scene import Scene

MakeScene = Callable[..., Scene]
BROKEN = pytest.StashKey[bool]()
DATABASES = {"v1": 1, "v2": 2}  # beside number 0, which every test that asks for `redis_url` empties


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A scene on which a test has failed is not used again."""
    report = yield
    item.stash[BROKEN] = item.stash.get(BROKEN, False) or report.failed  # type: ignore[attr-defined]
    return report


@pytest.fixture
def make_scene(tmp_path: Path, redis_url: str) -> Iterator[MakeScene]:
    """A scene in which nothing runs yet: the generation, and limits of the worker as keywords."""
    scenes: list[Scene] = []

    def make(api: str = "v1", **limits: str) -> Scene:
        scenes.append(Scene(tmp_path, redis_url, api, **limits))
        return scenes[-1]

    yield make
    for scene in scenes:
        scene.close()


@pytest.fixture(scope="module")
def standing() -> Iterator[dict[str, Scene]]:
    """The scenes that stand, by generation."""
    scenes: dict[str, Scene] = {}
    yield scenes
    for scene in scenes.values():
        scene.close()


@pytest.fixture
def scene(
    request: pytest.FixtureRequest,
    standing: dict[str, Scene],
    tmp_path_factory: pytest.TempPathFactory,
    redis_server: RunningRedis,
) -> Iterator[Scene]:
    """A round on the standing scene; the generation by `indirect`, v1 without; limits by the file's own `LIMITS`."""
    api = getattr(request, "param", "v1")
    if api not in standing:
        redis_server.start()
        url = f"{redis_server.url.rpartition('/')[0]}/{DATABASES[api]}"
        with redis.Redis.from_url(url) as client:
            client.flushdb()
        standing[api] = Scene(tmp_path_factory.mktemp(api), url, api, **getattr(request.module, "LIMITS", {}))
        standing[api].begin()
    standing[api].next_round()
    yield standing[api]
    if request.node.stash.get(BROKEN, False):
        standing.pop(api).close()
