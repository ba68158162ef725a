"""What a session is called, as SQLite has it: without booleans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import structs

from ot_server.store.rows import SessionInfoRow

__all__ = ["read_info"]


def read_info(row: Sequence[Any]) -> SessionInfoRow:
    """Return the row whose columns these are."""
    info = SessionInfoRow(*row)
    return structs.replace(info, run=bool(info.run))
