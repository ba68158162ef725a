"""What every `AccessStore` promises: roles, links and invites, and the version that fences them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from ot_server.store.base import Store
from ot_server.store.rows import ParticipantRow
from ot_server.store.sqlite import SqliteStore
from tests.server.rows import new_session


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An open store without sessions."""
    store = SqliteStore(tmp_path / "ot.sqlite3")
    await store.open()
    yield store
    await store.close()


async def test_participants_are_numbered_in_the_order_in_which_they_came(store: Store) -> None:
    await store.create_session(new_session())

    added = [
        await store.add_participant(ParticipantRow(f"p{n}", "s", f"P{n}", "guest", "editor"))
        for n in range(3)
    ]
    await store.rename_participant("p1", "Ben")

    assert [row.ordinal for row in added] == [1, 2, 3]
    assert await store.participant("s", "p1") == structs.replace(added[1], name="Ben")
    assert await store.participant("another", "p1") is None
