"""The assistant's tasks."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from ot_server.errors import AlreadyWriting, TokensSpent
from ot_server.store.columns import ASSISTANT_TASK
from ot_server.store.contract.assistant import DAY, KEPT_ASSISTANT_TASKS
from ot_server.store.rows import AssistantTask, Outcome
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
"""The key of the lock under which tasks begin, one after the other."""
IS_LIVE: Final = f"until > {NOW}"


class SharedAssistant(Shared):
    """See `ot_server.store.contract.assistant.AssistantStore` for what each method does."""

    @write
    def begin_assistant_task(
        self, task: AssistantTask, seconds: float, spender: str, most_of_one: int, most_of_all: int
    ) -> Transaction[None]:
        yield from Lock(BEGINNING)
        if task.kind == "generate" and (
            yield from some(
                "SELECT 1 FROM assistant_tasks"
                f" WHERE session_id = $1 AND kind = 'generate' AND {IS_LIVE}",
                task.session_id,
            )
        ):
            raise AlreadyWriting(task.session_id)
        yield from change(f"DELETE FROM assistant_tokens WHERE spent_at <= {NOW} - {DAY}")
        of_one, of_all = yield from one(tuple[int, int], SPENT, spender)
        wanted = task.input_tokens + task.output_tokens
        if wanted and of_one + wanted > most_of_one:
            raise TokensSpent("caller")
        if wanted and of_all + wanted > most_of_all:
            raise TokensSpent("server")
        yield from change(FORGET, task.session_id, KEPT_ASSISTANT_TASKS - 1, NO_LIMIT)
        yield from change(INSERT, *structs.astuple(task)[:-1], seconds)
        yield from change(
            "INSERT INTO assistant_tokens (task_id, spender, spent_at, tokens)"
            f" VALUES ($1, $2, {NOW}, $3)",
            task.id,
            spender,
            wanted,
        )

    @write
    def renew_assistant_task(self, task_id: str, seconds: float) -> Statement[bool]:
        return some(
            f"UPDATE assistant_tasks SET until = {NOW} + $2"
            f" WHERE id = $1 AND outcome IS NULL AND {IS_LIVE} RETURNING id",
            task_id,
            seconds,
        )

    @write
    def end_assistant_task(
        self,
        task_id: str,
        outcome: Outcome,
        failure: str | None = None,
        *,
        now: float,
        is_over: bool = True,
        last: int | None = None,
        tokens: tuple[int, int] | None = None,
        proposals: bytes | None = None,
    ) -> Transaction[bool]:
        is_first = yield from some(
            "UPDATE assistant_tasks SET outcome = $2, failure = $3, ended_at = $4"
            " WHERE id = $1 AND outcome IS NULL RETURNING id",
            task_id,
            outcome,
            failure,
            now,
        )
        taken, written = tokens or (None, None)
        yield from change(ADD, task_id, is_over, last, taken, written, proposals)
        if tokens is not None:
            yield from change(
                "UPDATE assistant_tokens SET tokens = $2 WHERE task_id = $1", task_id, sum(tokens)
            )
        return is_first

    @read
    def assistant_task(self, session_id: str, task_id: str) -> Statement[AssistantTask | None]:
        return row(
            AssistantTask,
            f"SELECT {ASSISTANT_TASK}, {IS_LIVE} FROM assistant_tasks"
            " WHERE session_id = $1 AND id = $2",
            session_id,
            task_id,
        )

    @read
    def assistant_tasks(self, session_id: str) -> Statement[list[AssistantTask]]:
        return rows(
            AssistantTask,
            f"SELECT {ASSISTANT_TASK.replace('proposals', 'NULL')}, {IS_LIVE} FROM assistant_tasks"
            " WHERE session_id = $1 ORDER BY started_at DESC, id LIMIT $2",
            session_id,
            KEPT_ASSISTANT_TASKS,
        )


SPENT: Final = """
SELECT CAST(coalesce(sum(CASE WHEN spender = $1 THEN tokens END), 0) AS bigint),
    CAST(coalesce(sum(tokens), 0) AS bigint)
FROM assistant_tokens
"""

FORGET: Final = """
DELETE FROM assistant_tasks WHERE session_id = $1 AND id IN (
    SELECT id FROM assistant_tasks WHERE session_id = $1
    ORDER BY started_at DESC, id LIMIT $3 OFFSET $2
)
"""

INSERT: Final = (
    f"INSERT INTO assistant_tasks ({ASSISTANT_TASK}, until) VALUES"
    f" ({', '.join(f'${number}' for number in range(1, 18))}, {NOW} + $18)"
)

ADD: Final = """
UPDATE assistant_tasks SET until = CASE WHEN $2 THEN 0 ELSE until END, last = coalesce($3, last),
    input_tokens = coalesce($4, input_tokens), output_tokens = coalesce($5, output_tokens),
    proposals = coalesce($6, proposals)
WHERE id = $1
"""
