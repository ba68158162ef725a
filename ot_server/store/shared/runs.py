"""Shared runs."""

from __future__ import annotations

from msgspec import structs

from ot_server.store.columns import RUN
from ot_server.store.rows import KEPT_RUNS, Holder, RunRow
from ot_server.store.shared.participants import begin, move_version
from ot_server.store.transactions import (
    Shared,
    Statement,
    Transaction,
    change,
    insert,
    read,
    row,
    rows,
    write,
)

__all__ = ["SharedRuns"]


class SharedRuns(Shared):
    """See `ot_server.store.contract.runs.RunStore` for what each method does."""

    @write
    def add_run(
        self, run: RunRow, body: bytes, by: Holder | None = None
    ) -> Transaction[RunRow | None]:
        yield from begin(run.session_id, by)
        number = yield from row(
            int,
            "UPDATE session_info SET runs = runs + 1 WHERE id = $1 AND run RETURNING runs",
            run.session_id,
        )
        if number is None:
            return None
        kept = structs.replace(run, number=number)
        yield from insert("runs", kept, body=body)
        yield from change(
            "DELETE FROM runs WHERE session_id = $1 AND number <= $2",
            run.session_id,
            number - KEPT_RUNS,
        )
        yield from move_version(run.session_id)
        return kept

    @read
    def runs(self, session_id: str) -> Statement[list[RunRow]]:
        return rows(
            RunRow,
            f"SELECT {RUN} FROM runs WHERE session_id = $1 ORDER BY number DESC",
            session_id,
        )

    @read
    def run(self, session_id: str, number: int) -> Statement[tuple[RunRow, bytes] | None]:
        return row(
            tuple[RunRow, bytes],
            f"SELECT {RUN}, body FROM runs WHERE session_id = $1 AND number = $2",
            session_id,
            number,
        )
