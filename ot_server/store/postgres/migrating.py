"""`migrate`: creates the tables and brings them up to date; several processes may call it."""

from __future__ import annotations

from typing import Final

from ot_server.store.migrations import migrations, refuse_newer
from ot_server.store.postgres.database import Database, Statements
from ot_server.store.transactions import PATIENT_SECONDS

__all__ = ["migrate"]

MIGRATING: Final = 0x6F745F6D696772
"""The key of the advisory lock of the process that changes tables."""


async def migrate(database: Database) -> None:
    """Take all steps that the tables still need, or none.

    Raises:
        StoreUnavailable: they are of a newer program, or out of reach.
    """

    async def work(db: Statements) -> int:
        await db.rows("SELECT pg_advisory_xact_lock($1)", MIGRATING)
        await db.script("CREATE TABLE IF NOT EXISTS migrations (version bigint PRIMARY KEY)")
        # Read it again: another process, which held the lock before, may have changed it.
        found = await _version(db)
        for step in steps:
            if step.version > found:
                await db.script(step.script)
                await db.rows("INSERT INTO migrations (version) VALUES ($1)", step.version)
        return max(found, known)

    steps = migrations("postgres")
    known = steps[-1].version
    found = await _version(database)
    if found < known:
        found = await database.transact(work, PATIENT_SECONDS)
    refuse_newer(found, steps)


async def _version(db: Database | Statements) -> int:
    """Return the last migration of the tables; 0 if there are none yet."""
    (is_there,) = (await db.rows("SELECT to_regclass('migrations') IS NOT NULL"))[0]
    if not is_there:
        return 0
    ((version,),) = await db.rows("SELECT coalesce(max(version), 0) FROM migrations")
    return int(version)
