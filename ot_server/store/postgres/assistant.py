"""The assistant's runs, in Postgres."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from ot_server.errors import AlreadyWriting, TokensSpent
from ot_server.store.assistant import DAY, KEPT_ASSISTANT_RUNS
from ot_server.store.columns import ASSISTANT_RUN
from ot_server.store.postgres.database import NOW, Database, Statements
from ot_server.store.rows import AssistantRun, Outcome

__all__ = ["PostgresAssistant"]

BEGINNING: Final = 0x6F745F61736B6564
"""Key of the advisory lock that runs begin under, one after the other."""


class PostgresAssistant:
    """See `ot_server.store.assistant.AssistantStore` for what each method does."""

    _database: Database

    async def begin_assistant_run(
        self, run: AssistantRun, seconds: float, spender: str, most_of_one: int, most_of_all: int
    ) -> None:
        async def work(db: Statements) -> None:
            await db.rows("SELECT pg_advisory_xact_lock($1)", BEGINNING)
            if run.kind == "generate" and await db.rows(WRITING, run.session_id):
                raise AlreadyWriting(run.session_id)
            await db.rows(f"DELETE FROM assistant_tokens WHERE spent_at <= {NOW} - {DAY}")
            wanted = run.input_tokens + run.output_tokens
            ((of_one, of_all),) = await db.rows(SPENT, spender)
            if wanted and of_one + wanted > most_of_one:
                raise TokensSpent("caller")
            if wanted and of_all + wanted > most_of_all:
                raise TokensSpent("server")
            await db.rows(FORGET, run.session_id, KEPT_ASSISTANT_RUNS - 1)
            await db.rows(INSERT, *structs.astuple(run)[:-1], seconds)
            await db.rows(
                "INSERT INTO assistant_tokens (run_id, spender, spent_at, tokens)"
                f" VALUES ($1, $2, {NOW}, $3)",
                run.id,
                spender,
                wanted,
            )

        await self._database.transact(work)

    async def renew_assistant_run(self, run_id: str, seconds: float) -> bool:
        return bool(
            await self._database.write(
                f"UPDATE assistant_runs SET until = {NOW} + $2::double precision"
                f" WHERE id = $1 AND outcome IS NULL AND {IS_LIVE} RETURNING id",
                run_id,
                seconds,
            )
        )

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
        async def work(db: Statements) -> bool:
            is_first = await db.rows(
                "UPDATE assistant_runs SET outcome = $2, problem = $3, ended_at = $4"
                " WHERE id = $1 AND outcome IS NULL RETURNING id",
                run_id,
                outcome,
                problem,
                now,
            )
            read, written = tokens or (None, None)
            await db.rows(ADD, run_id, is_over, last, read, written, findings)
            if tokens is not None:
                await db.rows(
                    "UPDATE assistant_tokens SET tokens = $2 WHERE run_id = $1", run_id, sum(tokens)
                )
            return bool(is_first)

        return await self._database.transact(work)

    async def assistant_run(self, session_id: str, run_id: str) -> AssistantRun | None:
        row = await self._database.row(
            f"SELECT {ASSISTANT_RUN}, {IS_LIVE} FROM assistant_runs"
            " WHERE session_id = $1 AND id = $2",
            session_id,
            run_id,
        )
        return AssistantRun(*row) if row else None

    async def assistant_runs(self, session_id: str) -> list[AssistantRun]:
        rows = await self._database.rows(
            f"SELECT {ASSISTANT_RUN.replace('findings', 'NULL')}, {IS_LIVE} FROM assistant_runs"
            " WHERE session_id = $1 ORDER BY started_at DESC, id LIMIT $2",
            session_id,
            KEPT_ASSISTANT_RUNS,
        )
        return [AssistantRun(*row) for row in rows]


IS_LIVE: Final = f"until > {NOW}"

WRITING: Final = (
    f"SELECT FROM assistant_runs WHERE session_id = $1 AND kind = 'generate' AND {IS_LIVE}"
)

SPENT: Final = (
    "SELECT coalesce(sum(tokens) FILTER (WHERE spender = $1), 0)::bigint,"
    " coalesce(sum(tokens), 0)::bigint FROM assistant_tokens"
)

FORGET: Final = """
DELETE FROM assistant_runs WHERE session_id = $1 AND id IN (
    SELECT id FROM assistant_runs WHERE session_id = $1
    ORDER BY started_at DESC, id OFFSET $2::bigint
)
"""

INSERT: Final = (
    f"INSERT INTO assistant_runs ({ASSISTANT_RUN}, until) VALUES"
    f" ({', '.join(f'${number}' for number in range(1, 18))}, {NOW} + $18::double precision)"
)

ADD: Final = """
UPDATE assistant_runs SET until = CASE WHEN $2 THEN 0 ELSE until END, last = coalesce($3, last),
    input_tokens = coalesce($4, input_tokens), output_tokens = coalesce($5, output_tokens),
    findings = coalesce($6, findings)
WHERE id = $1
"""
