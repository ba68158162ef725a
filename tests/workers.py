"""Which worker runs which tests, and what a worker must not do.

Two things are mended here that pytest-xdist 3.8 and pytest-cov 7.1 say nothing of.
"""

from __future__ import annotations

from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

__all__ = ["pytest_sessionstart", "pytest_xdist_make_scheduler"]

TOGETHER: Final = ("tests/browser/test_run.py", "tests/browser", "tests/faults")
"""What one worker runs alone, beside tests that compute: these start what costs more than a test, a
browser of each kind or a cluster, and mostly wait.  The first that a test is in counts."""


class Sharing(LoadScopeScheduling):
    """Shares the tests out one by one, except those that are to stay together.

    The library's own marker for that does nothing with pytest 9.2, which knows a test by more than
    the name that the marker changes.
    """

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def unit_of(nodeid: str) -> str:
    """What a test is given to a worker with: others of its kind, or nothing else."""
    file = nodeid.partition("::")[0]
    return next((one for one in TOGETHER if f"{file}/".startswith(f"{one}/")), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    return Sharing(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Let a worker watch only what it shall.

    There pytest-cov begins to watch twice, and pauses for `no_cover` only the second time.
    """
    watching = session.config.pluginmanager.get_plugin("_cov")
    if hasattr(session.config, "workerinput") and watching and watching.cov_controller:
        watching.cov_controller.cov.stop()
