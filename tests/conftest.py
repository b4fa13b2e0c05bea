"""What every suite shares. Imports no Django: `pytest tests/domain -p no:django` must pass without it."""

import os
import sys
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings as properties

from tests.needs import missing, redis_server
from tests.redis import RedisServer

# A machine under load is no reason for a property to fail.
properties.register_profile("ipviz", deadline=None)
properties.load_profile("ipviz")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("requires"):
        for name in mark.args:
            if advice := missing(name):
                pytest.skip(advice)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where `CI` is set, everything is there to be run, so that a skipped test is a failed one."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"a suite that should have run was {reason[:1].lower()}{reason[1:]}"
    return report


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    """Each test has tables of its own, with the same ids in them."""
    if memory := sys.modules.get("ipviz.polling.memory"):
        memory.forget()


@pytest.fixture(scope="session")
def running_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One for the whole session; a test that asks for `redis` gets it empty."""
    program = redis_server()
    assert program, "mark the test: @pytest.mark.requires('redis-server')"
    with RedisServer(program, tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def redis(running_redis: RedisServer) -> RedisServer:
    running_redis.flush()
    return running_redis


@pytest.fixture
def empty_queue() -> None:
    """Nothing waits that another test sent to the workers, and nobody took."""
    from tests.broker import sent

    sent()
