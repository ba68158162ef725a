"""The assistant's runs, in SQLite."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from msgspec import structs

from ot_server.errors import AlreadyWriting, TokensSpent
from ot_server.store.assistant import DAY, KEPT_ASSISTANT_RUNS
from ot_server.store.columns import ASSISTANT_RUN
from ot_server.store.rows import AssistantRun, Outcome
from ot_server.store.sqlite.database import NOW, Database, marks

__all__ = ["SqliteAssistant"]


class SqliteAssistant:
    """See `ot_server.store.assistant.AssistantStore` for what each method does."""

    _database: Database

    async def begin_assistant_run(
        self, run: AssistantRun, seconds: float, spender: str, most_of_one: int, most_of_all: int
    ) -> None:
        def work(db: sqlite3.Connection) -> None:
            if run.kind == "generate" and db.execute(WRITING, (run.session_id,)).fetchone():
                raise AlreadyWriting(run.session_id)
            db.execute(f"DELETE FROM assistant_tokens WHERE spent_at <= {NOW} - {DAY}")
            wanted = run.input_tokens + run.output_tokens
            of_one, of_all = db.execute(SPENT, (spender,)).fetchone()
            if wanted and of_one + wanted > most_of_one:
                raise TokensSpent("caller")
            if wanted and of_all + wanted > most_of_all:
                raise TokensSpent("server")
            db.execute(FORGET, (run.session_id, run.session_id, KEPT_ASSISTANT_RUNS - 1))
            row = structs.astuple(run)[:-1]
            db.execute(
                f"INSERT INTO assistant_runs ({ASSISTANT_RUN}, until)"
                f" VALUES ({marks(row)}, {NOW} + ?)",
                (*row, seconds),
            )
            db.execute(
                "INSERT INTO assistant_tokens (run_id, spender, spent_at, tokens)"
                f" VALUES (?, ?, {NOW}, ?)",
                (run.id, spender, wanted),
            )

        await self._database.write(work)

    async def renew_assistant_run(self, run_id: str, seconds: float) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            renewed = db.execute(
                f"UPDATE assistant_runs SET until = {NOW} + ?"
                f" WHERE id = ? AND outcome IS NULL AND until > {NOW}",
                (seconds, run_id),
            )
            return renewed.rowcount > 0

        return await self._database.write(work)

    async def end_assistant_run(
        self,
        run_id: str,
        outcome: Outcome,
        problem: str | None = None,
        *,
        now: float,
        is_over: bool = True,
        last: int | None = None,
        tokens: tuple[int, int] | None = None,
        findings: bytes | None = None,
    ) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            is_first = db.execute(
                "UPDATE assistant_runs SET outcome = ?, problem = ?, ended_at = ?"
                " WHERE id = ? AND outcome IS NULL",
                (outcome, problem, now, run_id),
            ).rowcount
            read, written = tokens or (None, None)
            db.execute(
                "UPDATE assistant_runs SET until = iif(?, 0, until), last = coalesce(?, last),"
                " input_tokens = coalesce(?, input_tokens),"
                " output_tokens = coalesce(?, output_tokens), findings = coalesce(?, findings)"
                " WHERE id = ?",
                (is_over, last, read, written, findings, run_id),
            )
            if tokens is not None:
                db.execute(
                    "UPDATE assistant_tokens SET tokens = ? WHERE run_id = ?", (sum(tokens), run_id)
                )
            return is_first > 0

        return await self._database.write(work)

    async def assistant_run(self, session_id: str, run_id: str) -> AssistantRun | None:
        rows = await self._database.rows(
            f"SELECT {ASSISTANT_RUN}, {IS_LIVE} FROM assistant_runs"
            " WHERE session_id = ? AND id = ?",
            session_id,
            run_id,
        )
        return _run(*rows[0]) if rows else None

    async def assistant_runs(self, session_id: str) -> list[AssistantRun]:
        rows = await self._database.rows(
            f"SELECT {ASSISTANT_RUN.replace('findings', 'NULL')}, {IS_LIVE} FROM assistant_runs"
            " WHERE session_id = ? ORDER BY started_at DESC, id LIMIT ?",
            session_id,
            KEPT_ASSISTANT_RUNS,
        )
        return [_run(*row) for row in rows]


IS_LIVE: Final = f"until > {NOW}"

WRITING: Final = (
    f"SELECT 1 FROM assistant_runs WHERE session_id = ? AND kind = 'generate' AND {IS_LIVE}"
)

SPENT: Final = (
    "SELECT coalesce(sum(CASE WHEN spender = ? THEN tokens END), 0), coalesce(sum(tokens), 0)"
    " FROM assistant_tokens"
)

FORGET: Final = (
    "DELETE FROM assistant_runs WHERE session_id = ? AND id IN (SELECT id FROM assistant_runs"
    " WHERE session_id = ? ORDER BY started_at DESC, id LIMIT -1 OFFSET ?)"
)


def _run(*columns: Any) -> AssistantRun:
    """Return a run; SQLite's truth values are numbers."""
    run = AssistantRun(*columns)
    return structs.replace(run, locks=bool(run.locks), is_live=bool(run.is_live))
