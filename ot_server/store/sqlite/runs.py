"""Shared runs, in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from msgspec import structs

from ot_server.store.columns import RUN
from ot_server.store.rows import KEPT_RUNS, ParticipantRow, RunRow
from ot_server.store.shared.participants import begin, move_version
from ot_server.store.sqlite.database import Database, perform

__all__ = ["SqliteRuns"]


class SqliteRuns:
    """See `ot_server.store.runs.RunStore` for what each method does."""

    _database: Database

    async def add_run(
        self, run: RunRow, body: bytes, by: ParticipantRow | None = None
    ) -> RunRow | None:
        def work(db: sqlite3.Connection) -> RunRow | None:
            perform(db, begin(run.session_id, by))
            counted = db.execute(
                "UPDATE session_info SET runs = runs + 1 WHERE id = ? AND run RETURNING runs",
                (run.session_id,),
            ).fetchone()
            if counted is None:
                return None
            (number,) = counted
            kept = structs.replace(run, number=number)
            db.execute(
                f"INSERT INTO runs ({RUN}, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*structs.astuple(kept), body),
            )
            db.execute(
                "DELETE FROM runs WHERE session_id = ? AND number <= ?",
                (run.session_id, number - KEPT_RUNS),
            )
            perform(db, move_version(run.session_id))
            return kept

        return await self._database.write(work)

    async def runs(self, session_id: str) -> list[RunRow]:
        rows = await self._database.rows(
            f"SELECT {RUN} FROM runs WHERE session_id = ? ORDER BY number DESC", session_id
        )
        return [_run(row) for row in rows]

    async def run(self, session_id: str, number: int) -> tuple[RunRow, bytes] | None:
        rows = await self._database.rows(
            f"SELECT {RUN}, body FROM runs WHERE session_id = ? AND number = ?", session_id, number
        )
        return (_run(rows[0][:-1]), rows[0][-1]) if rows else None


def _run(row: Sequence[Any]) -> RunRow:
    """Return the row whose columns these are; SQLite has no booleans."""
    run = RunRow(*row)
    return structs.replace(run, edited=bool(run.edited))
