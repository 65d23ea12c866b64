"""A running shop: simulator and worker on an empty database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.chaos.shop import Shop

MakeShop = Callable[..., Shop]


@pytest.fixture
def make_shop(tmp_path: Path, redis_url: str) -> Iterator[MakeShop]:
    """A shop without anything started; settings of the worker as keywords."""
    shops: list[Shop] = []

    def make(**environment: str) -> Shop:
        shops.append(Shop(tmp_path, redis_url, **environment))
        return shops[-1]

    yield make
    for shop in shops:
        shop.close()


@pytest.fixture
def shop(make_shop: MakeShop) -> Shop:
    """A shop whose register and worker run, on the generation that the register offers first."""
    running = make_shop()
    running.install()
    running.start_simulator()
    running.start_worker()
    return running
