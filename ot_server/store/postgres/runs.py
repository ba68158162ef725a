"""Shared runs, in Postgres."""

from __future__ import annotations

from msgspec import structs

from ot_server.store.columns import RUN
from ot_server.store.postgres.database import Database, Statements
from ot_server.store.rows import KEPT_RUNS, ParticipantRow, RunRow
from ot_server.store.shared.participants import begin, move_version

__all__ = ["PostgresRuns"]


class PostgresRuns:
    """See `ot_server.store.runs.RunStore` for what each method does."""

    _database: Database

    async def add_run(
        self, run: RunRow, body: bytes, by: ParticipantRow | None = None
    ) -> RunRow | None:
        async def work(db: Statements) -> RunRow | None:
            await db.perform(begin(run.session_id, by))
            counted = await db.row(
                "UPDATE session_info SET runs = runs + 1 WHERE id = $1 AND run RETURNING runs",
                run.session_id,
            )
            if counted is None:
                return None
            (number,) = counted
            kept = structs.replace(run, number=number)
            await db.rows(
                f"INSERT INTO runs ({RUN}, body)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                *structs.astuple(kept),
                body,
            )
            await db.rows(
                "DELETE FROM runs WHERE session_id = $1 AND number <= $2",
                run.session_id,
                number - KEPT_RUNS,
            )
            await db.perform(move_version(run.session_id))
            return kept

        return await self._database.transact(work)

    async def runs(self, session_id: str) -> list[RunRow]:
        rows = await self._database.rows(
            f"SELECT {RUN} FROM runs WHERE session_id = $1 ORDER BY number DESC", session_id
        )
        return [RunRow(*row) for row in rows]

    async def run(self, session_id: str, number: int) -> tuple[RunRow, bytes] | None:
        row = await self._database.row(
            f"SELECT {RUN}, body FROM runs WHERE session_id = $1 AND number = $2",
            session_id,
            number,
        )
        return (RunRow(*row[:-1]), row[-1]) if row else None
