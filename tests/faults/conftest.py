"""One cluster for all faults: each must leave it as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio

from tests.browser.conftest import browser_name, browsers, open_browser
from tests.faults.cluster import Cluster, running_cluster
from tests.faults.summary import Summary
from tests.postgres import Postgres, postgres
from tests.redis import private_redis, running_redis

__all__ = [
    "browser_name",
    "browsers",
    "cluster",
    "open_browser",
    "postgres",
    "private_redis",
    "summary",
]

SUMMARY: Final = pytest.StashKey[Summary]()


# Not per test session: its proxies pass nothing on while tests with other loops run.
@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def cluster(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> AsyncIterator[Cluster]:
    """Three nodes over one Postgres and one Redis."""
    folder = tmp_path_factory.mktemp("cluster")
    async with running_redis(folder) as redis, running_cluster(folder, postgres, redis) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def summary(pytestconfig: pytest.Config) -> Summary:
    """What is printed at the end."""
    return pytestconfig.stash.setdefault(SUMMARY, Summary())


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how the faults went."""
    for line in config.stash.get(SUMMARY, Summary()).lines():
        terminalreporter.write_line(line)
