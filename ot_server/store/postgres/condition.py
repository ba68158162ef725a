"""`condition`: whether Postgres accepts commits, and keeps them."""

from __future__ import annotations

from typing import Final

from ot_server.errors import StoreUnavailable
from ot_server.store.contract import Condition
from ot_server.store.postgres.database import Database

__all__ = ["condition"]

# As one of our connections sees it: the host's defaults may differ.
SELECT_CONDITION: Final = """
SELECT current_setting('fsync'), current_setting('full_page_writes'),
    current_setting('synchronous_commit'),
    NOT (pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean),
    (SELECT coalesce(max(version), 0) FROM migrations)
"""


async def condition(database: Database) -> Condition:
    """Return how the database is set up.

    Raises:
        StoreUnavailable: it can't be asked.
    """
    row = await database.row(SELECT_CONDITION)
    if row is None:
        raise StoreUnavailable("it says nothing of itself")
    fsync, full_page_writes, synchronous_commit, is_writable, tables = row
    settings = {
        "fsync": fsync,
        "full_page_writes": full_page_writes,
        "synchronous_commit": synchronous_commit,
    }
    weaknesses = [f"{name} is off" for name, value in settings.items() if value == "off"]
    return Condition(tables, is_writable, weaknesses)
