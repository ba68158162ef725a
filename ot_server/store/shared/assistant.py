"""The assistant's runs."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from ot_server.errors import AlreadyWriting, TokensSpent
from ot_server.store.columns import ASSISTANT_RUN
from ot_server.store.contract.assistant import DAY, KEPT_ASSISTANT_RUNS
from ot_server.store.rows import AssistantRun, Outcome
from ot_server.store.transactions import (
    NO_LIMIT,
    NOW,
    Lock,
    Shared,
    Statement,
    Transaction,
    change,
    one,
    read,
    row,
    rows,
    some,
    write,
)

__all__ = ["SharedAssistant"]

BEGINNING: Final = 0x6F745F61736B6564
"""Key of the lock that runs begin under, one after the other."""
IS_LIVE: Final = f"until > {NOW}"


class SharedAssistant(Shared):
    """See `ot_server.store.contract.assistant.AssistantStore` for what each method does."""

    @write
    def begin_assistant_run(
        self, run: AssistantRun, seconds: float, spender: str, most_of_one: int, most_of_all: int
    ) -> Transaction[None]:
        yield from Lock(BEGINNING)
        if run.kind == "generate" and (
            yield from some(
                "SELECT 1 FROM assistant_runs"
                f" WHERE session_id = $1 AND kind = 'generate' AND {IS_LIVE}",
                run.session_id,
            )
        ):
            raise AlreadyWriting(run.session_id)
        yield from change(f"DELETE FROM assistant_tokens WHERE spent_at <= {NOW} - {DAY}")
        of_one, of_all = yield from one(tuple[int, int], SPENT, spender)
        wanted = run.input_tokens + run.output_tokens
        if wanted and of_one + wanted > most_of_one:
            raise TokensSpent("caller")
        if wanted and of_all + wanted > most_of_all:
            raise TokensSpent("server")
        yield from change(FORGET, run.session_id, KEPT_ASSISTANT_RUNS - 1, NO_LIMIT)
        yield from change(INSERT, *structs.astuple(run)[:-1], seconds)
        yield from change(
            "INSERT INTO assistant_tokens (run_id, spender, spent_at, tokens)"
            f" VALUES ($1, $2, {NOW}, $3)",
            run.id,
            spender,
            wanted,
        )

    @write
    def renew_assistant_run(self, run_id: str, seconds: float) -> Statement[bool]:
        return some(
            f"UPDATE assistant_runs SET until = {NOW} + $2"
            f" WHERE id = $1 AND outcome IS NULL AND {IS_LIVE} RETURNING id",
            run_id,
            seconds,
        )

    @write
    def end_assistant_run(
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
    ) -> Transaction[bool]:
        is_first = yield from some(
            "UPDATE assistant_runs SET outcome = $2, problem = $3, ended_at = $4"
            " WHERE id = $1 AND outcome IS NULL RETURNING id",
            run_id,
            outcome,
            problem,
            now,
        )
        taken, written = tokens or (None, None)
        yield from change(ADD, run_id, is_over, last, taken, written, findings)
        if tokens is not None:
            yield from change(
                "UPDATE assistant_tokens SET tokens = $2 WHERE run_id = $1", run_id, sum(tokens)
            )
        return is_first

    @read
    def assistant_run(self, session_id: str, run_id: str) -> Statement[AssistantRun | None]:
        return row(
            AssistantRun,
            f"SELECT {ASSISTANT_RUN}, {IS_LIVE} FROM assistant_runs"
            " WHERE session_id = $1 AND id = $2",
            session_id,
            run_id,
        )

    @read
    def assistant_runs(self, session_id: str) -> Statement[list[AssistantRun]]:
        return rows(
            AssistantRun,
            f"SELECT {ASSISTANT_RUN.replace('findings', 'NULL')}, {IS_LIVE} FROM assistant_runs"
            " WHERE session_id = $1 ORDER BY started_at DESC, id LIMIT $2",
            session_id,
            KEPT_ASSISTANT_RUNS,
        )


SPENT: Final = """
SELECT CAST(coalesce(sum(CASE WHEN spender = $1 THEN tokens END), 0) AS bigint),
    CAST(coalesce(sum(tokens), 0) AS bigint)
FROM assistant_tokens
"""

FORGET: Final = """
DELETE FROM assistant_runs WHERE session_id = $1 AND id IN (
    SELECT id FROM assistant_runs WHERE session_id = $1
    ORDER BY started_at DESC, id LIMIT $3 OFFSET $2
)
"""

INSERT: Final = (
    f"INSERT INTO assistant_runs ({ASSISTANT_RUN}, until) VALUES"
    f" ({', '.join(f'${number}' for number in range(1, 18))}, {NOW} + $18)"
)

ADD: Final = """
UPDATE assistant_runs SET until = CASE WHEN $2 THEN 0 ELSE until END, last = coalesce($3, last),
    input_tokens = coalesce($4, input_tokens), output_tokens = coalesce($5, output_tokens),
    findings = coalesce($6, findings)
WHERE id = $1
"""
