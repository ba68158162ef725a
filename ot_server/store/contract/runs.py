"""`RunStore`: what shared runs ask of a `Store`."""

from __future__ import annotations

from typing import Protocol

from ot_server.store.rows import Holder, RunRow

__all__ = ["RunStore"]


class RunStore(Protocol):
    """Runs that were shown to everybody in a session: the newest `KEPT_RUNS` of each."""

    async def add_run(self, run: RunRow, body: bytes, by: Holder | None = None) -> RunRow | None:
        """Keep a run, and return it with its number; None where no code may be run there.

        The session's `runs` and `version` advance with it.  `by` is who asks, see `AccessStore`.
        """

    async def runs(self, session_id: str) -> list[RunRow]:
        """Return the runs that are kept, the newest first."""

    async def run(self, session_id: str, number: int) -> tuple[RunRow, bytes] | None:
        """Return a run and its body, or None where it isn't kept."""
