"""What every `AdminStore` promises: whole sessions, listed, carried elsewhere, and mended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import structs

from ot_server.store.contract import Store
from ot_server.store.contract.admin import ListedSession
from ot_server.store.rows import (
    Block,
    ClientRow,
    CommittedOperation,
    ParticipantRow,
    SessionRow,
    Snapshot,
    VersionRow,
    first_chain,
)
from tests.server.props.account_rows import user
from tests.server.props.rows import commit_of, lines, log_of, new_session, row_of


@pytest.fixture
async def store(empty_store: Store) -> Store:
    """An open store with a session, "s", of five revisions, and all that belongs to it."""
    store = empty_store
    await store.create_session(new_session(texts=tuple("abcde")))
    await store.add_participant(ParticipantRow("gus", "s", "Gus", "guest", "viewer"))
    for client, revision in (("c", 2), ("d", 4)):
        await store.claim_client("s", client, "gus")
        row = ClientRow(client, "gus", 1, revision, None, b"digest")
        assert await store.commit(await commit_of(store, clients=(row,)))
    for revision in (1, 3, 5):
        block = Block(max(revision - 2, 0), revision, b"[]")
        await store.save_snapshot("s", Snapshot(revision, "text"), block)
        await store.add_version(VersionRow(f"v{revision}", "s", "name", revision, "gus", 1.0))
    return store


async def test_sessions_are_listed_with_their_owners_the_last_updated_first(store: Store) -> None:
    await store.create_session(new_session("new"))
    assert await store.commit(await commit_of(store, "a", session_id="new", committed_at=99.0))
    await store.add_participant(ParticipantRow("two", "s", "Ben", "guest", "owner"))

    new, old = await store.all_sessions()

    info = structs.replace(new_session("new").info, updated_at=99.0)
    assert new == ListedSession(await row_of(store, "new"), info, ["Ada"])
    assert (old.row, old.info, old.owners) == (
        await row_of(store),
        new_session().info,
        ["Ada", "Ben"],
    )


async def test_a_session_goes_elsewhere_and_comes_back_as_it_was(store: Store) -> None:
    await store.add_user(user("ada"))
    await store.add_participant(
        ParticipantRow("ada", "s", "ada", "user", "owner", user_id="id of ada")
    )
    rows = await store.session_rows("s")
    assert rows is not None
    assert [row.id for row in rows.participants] == ["s-owner", "gus", "ada"]
    assert [row.client_id for row in rows.clients] == ["c", "d"]
    assert [row.id for row in rows.versions] == ["v1", "v3", "v5"]
    log = await store.operations("s", 0, 9)

    assert not await store.restore_session(rows, iter(log)), "it is there"
    assert await store.delete_session("s")
    assert await store.session_rows("s") is None
    assert await store.restore_session(rows, iter(log))

    assert await store.session_rows("s") == rows
    assert await log_of(store) == list("abcde")
    assert len(await store.sessions_of("id of ada", "TITLE", 9, None)) == 1


@pytest.mark.parametrize("sound", [0, 3, 3_000])
async def test_a_log_that_ends_in_an_error_leaves_no_session_behind(
    store: Store, sound: int
) -> None:
    def broken(session_id: str) -> Iterator[CommittedOperation]:
        yield from lines(session_id, 0, first_chain(session_id), *["a"] * sound)
        raise ZeroDivisionError

    rows = await store.session_rows("s")
    assert rows is not None
    await store.delete_session("s")

    with pytest.raises(ZeroDivisionError):
        await store.restore_session(rows, broken("s"))

    assert await store.session_rows("s") is None
    assert await store.operations("s", 0, 9) == []


async def test_a_restored_log_may_be_long(store: Store) -> None:
    rows = await store.session_rows("s")
    assert rows is not None
    log = lines("long", 0, first_chain("long"), *map(str, range(2500)))
    row = SessionRow("long", 7, 8, 2500, log[-1].chain)
    moved = structs.replace(
        rows, row=row, info=structs.replace(rows.info, id="long"), participants=[], versions=[]
    )

    assert await store.restore_session(moved, iter(log))

    assert await row_of(store, "long") == row
    assert len(await log_of(store, "long")) == await store.log_end("long") == 2500


async def test_what_is_kept_beside_the_log_can_be_mended(store: Store) -> None:
    assert await store.snapshot_revisions("s") == [1, 3, 5]
    await store.delete_snapshots("s", [1, 5, 9])
    assert await store.snapshot_revisions("s") == [3]
    await store.delete_snapshots("s", [])

    await store.mend_blocks("s", iter([Block(2, 3, b"[2]"), Block(0, 9, b"[9]")]))
    assert await store.blocks("s", 0, 9) == [
        Block(0, 1, b"[]"),
        Block(2, 3, b"[2]"),
        Block(3, 5, b"[]"),
    ]

    mended = [ClientRow("c", "s-owner", 9, None, "forbidden", b"x"), ClientRow("new", "gus")]
    await store.mend_clients("s", iter(mended))
    standing = await store.standing("s", (), ["c", "d", "new"])
    assert standing is not None
    assert [standing.clients["c"], standing.clients["new"]] == mended
    assert standing.clients["d"].last_seq == 1


async def test_a_log_that_is_cut_ends_there_and_begins_an_epoch(store: Store) -> None:
    late, before = await commit_of(store, "late"), await row_of(store)
    chain = (await store.operations("s", 2, 3))[0].chain

    await store.cut_log("s", 3, chain)

    assert await log_of(store) == ["a", "b", "c"]
    row = await row_of(store)
    assert (row.epoch, row.version) == (before.epoch + 1, before.version + 1)
    assert not await store.commit(late)
    assert await store.log_end("s") == 3
    assert await store.snapshot_revisions("s") == [1, 3]
    assert [block.last for block in await store.blocks("s", 0, 9)] == [1, 3]
    assert [version.revision for version in await store.versions("s")] == [3, 1]
    assert await store.claim_client("s", "c", "gus") == ClientRow("c", "gus", 1, 2, None, b"digest")
    refused = ClientRow("d", "gus", 1, None, "unknown_revision", b"digest")
    assert await store.claim_client("s", "d", "gus") == refused


async def test_a_new_epoch_begins_only_where_there_is_a_session(store: Store) -> None:
    assert await store.bump_epoch("s") == 2
    assert await store.bump_epoch("none") is None
    assert await store.log_end("none") == 0
