"""`RunStore`: the part of a `Store` for shared runs."""

from __future__ import annotations

from typing import Protocol

from ot_server.store.rows import Holder, RunRow

__all__ = ["RunStore"]


class RunStore(Protocol):
    """Shared runs: the newest `KEPT_RUNS` of each session."""

    async def add_run(self, run: RunRow, body: bytes, by: Holder | None = None) -> RunRow | None:
        """Add a run, and return it with its number; None if code may not be run there.

        The session's `runs` and `version` go up with it.  `by` is the caller, see `AccessStore`.
        """

    async def runs(self, session_id: str) -> list[RunRow]:
        """Return the runs that are kept, the newest first."""

    async def run(self, session_id: str, number: int) -> tuple[RunRow, bytes] | None:
        """Return a run and its body, or None if it isn't kept."""
