"""What every test may ask for: a durable Redis of its own, and an empty database in it."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Iterator

import pytest
import redis

from ops.chaos.shop import Shop
from ops.redis.program import OWN
from ops.redis.server import RunningRedis, durable_redis

SEED = "FISCALQ_TEST_SEED"


def pytest_configure() -> None:
    """Run in the background of a shell, we were told to ignore Ctrl-C, and so would be the programs under test."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # One seed for all rows of one run: whatever draws a sample draws the same one in each of them.
    os.environ.setdefault(SEED, str(secrets.randbelow(10**6)))


def pytest_report_header() -> str:
    """Say by which seed the samples are drawn."""
    return f"{SEED}={os.environ[SEED]} repeats the samples of this run"


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRedis]:
    """
    Start the Redis of this run, which a test may kill and start again.

    `FISCALQ_TEST_REDIS` chooses it: `embedded`, the path of a server program, or a URL. A running one is never taken
    because it is there (`FISCALQ_REDIS_URL` is not read), and one that holds data is refused: the tests empty it.
    """
    choice = os.environ.get("FISCALQ_TEST_REDIS") or OWN
    with durable_redis(tmp_path_factory.mktemp("redis"), server=choice) as server:
        with redis.Redis.from_url(server.url) as client:
            if client.dbsize():
                pytest.exit(
                    "FISCALQ_TEST_REDIS names a database that holds data, which the tests would remove.", 2
                )
        yield server


@pytest.fixture
def redis_url(redis_server: RunningRedis) -> str:
    """Give the URL of an empty database without functions, on a server that runs (again)."""
    redis_server.start()
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushdb()
        client.function_flush()
    return redis_server.url


@pytest.fixture(scope="module")
def idle_register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A register that nobody has ever sent anything, by its address."""
    shop = Shop(tmp_path_factory.mktemp("register"), "redis://127.0.0.1:9/0")
    shop.start_simulator()
    try:
        yield f"http://127.0.0.1:{shop.port}"
    finally:
        shop.close()
