"""What every `SessionStore` promises.  The one of the tests is held to it as well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from ot_server.errors import StoreUnavailable
from ot_server.store.contract import SessionStore
from ot_server.store.rows import (
    Block,
    ClientRow,
    SessionInfoRow,
    SessionRow,
    Snapshot,
    first_chain,
)
from tests.postgres import Postgres
from tests.server.props.memory_store import MemoryStore
from tests.server.props.rows import commit_of, lines, log_of, new_session, row_of
from tests.server.props.stores import KINDS, new_store


@pytest.fixture(params=["memory", *KINDS])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres
) -> AsyncIterator[SessionStore]:
    """An open store without sessions."""
    if request.param == "memory":
        yield MemoryStore()
        return
    store = await new_store(request.param, tmp_path, postgres)
    await store.open()
    yield store
    await store.close()


async def test_a_new_session_is_what_it_was_made_with(store: SessionStore) -> None:
    await store.create_session(new_session(texts=("hello",)))

    standing = await store.standing("s", ["s-owner", "nobody"], ["c"])
    assert standing is not None
    assert standing.row == SessionRow("s", 1, 1, 1, (await store.operations("s", 0, 1))[0].chain)
    assert (standing.roles, standing.clients) == ({"s-owner": "owner"}, {})
    assert standing.info == SessionInfoRow("s", "Title", "python", 7.5, 8.5, "link")
    assert await store.snapshot("s") == Snapshot(0, "")
    assert await log_of(store) == ["hello"]


async def test_what_nobody_made_is_not_there(store: SessionStore) -> None:
    assert await store.standing("s", ["p"], ["c"]) is None
    assert await store.participant("s", "p") is None
    assert await store.heads(["s"]) == {}


async def test_a_commit_adds_operations_and_moves_version_head_and_chain(
    store: SessionStore,
) -> None:
    await store.create_session(new_session(texts=("a",)))

    assert await store.commit(await commit_of(store, "b", "c"))

    row = await row_of(store)
    assert (row.epoch, row.version, row.head) == (1, 2, 3)
    assert await log_of(store) == ["a", "b", "c"]
    assert [line.revision for line in await store.operations("s", 1, 2)] == [2]


@pytest.mark.parametrize(
    "wrong", [{"version": 2}, {"version": 0}, {"epoch": 2}, {"session_id": "another"}], ids=str
)
async def test_a_commit_with_another_belief_does_nothing(
    store: SessionStore, wrong: dict[str, object]
) -> None:
    for session_id in ("s", "another"):
        await store.create_session(new_session(session_id))
    await store.commit(await commit_of(store, "x", session_id="another"))
    await store.claim_client("s", "c", "p")
    commit = await commit_of(store, "a", clients=(ClientRow("c", "p", 1, 1),))

    assert not await store.commit(structs.replace(commit, **wrong))

    assert await log_of(store) == []
    assert (await row_of(store)).version == 1
    assert await store.claim_client("s", "c", "p") == ClientRow("c", "p")


async def test_of_commits_with_one_belief_exactly_one_is_done(store: SessionStore) -> None:
    await store.create_session(new_session())
    commits = [await commit_of(store, str(number)) for number in range(20)]

    done = await asyncio.gather(*(store.commit(commit) for commit in commits))

    assert done.count(True) == 1
    assert await log_of(store) == [str(done.index(True))]


async def test_a_commit_without_operations_is_a_refusal_and_moves_the_version(
    store: SessionStore,
) -> None:
    await store.create_session(new_session(texts=("a",)))
    await store.claim_client("s", "c", "p")
    refused = ClientRow("c", "p", 3, None, "too_large", b"digest")

    assert await store.commit(await commit_of(store, clients=(refused,)))

    standing = await store.standing("s", (), ["c"])
    assert standing is not None
    assert (standing.row.version, standing.row.head) == (2, 1)
    assert standing.clients == {"c": refused}
    assert await log_of(store) == ["a"]


async def test_a_client_belongs_to_whoever_claims_it_first_and_no_commit_changes_that(
    store: SessionStore,
) -> None:
    await store.create_session(new_session())

    rows = await asyncio.gather(*(store.claim_client("s", "c", str(n)) for n in range(10)))
    owner = rows[0].participant_id
    assert {row.participant_id for row in rows} == {owner}
    await store.commit(await commit_of(store, "a", clients=(ClientRow("c", "thief", 1, 1),)))

    assert await store.claim_client("s", "c", "thief") == ClientRow("c", owner, 1, 1)


async def test_a_client_id_is_of_one_session(store: SessionStore) -> None:
    for session_id in ("s", "t"):
        await store.create_session(new_session(session_id))

    assert (await store.claim_client("s", "c", "p")).participant_id == "p"
    assert (await store.claim_client("t", "c", "q")).participant_id == "q"


async def test_a_standing_is_of_one_moment(store: SessionStore) -> None:
    await store.create_session(new_session())
    await store.claim_client("s", "c", "p")

    async def write() -> None:
        for seq in range(1, 60):
            row = ClientRow("c", "p", seq, seq)
            assert await store.commit(await commit_of(store, str(seq), clients=(row,)))

    writing = asyncio.create_task(write())
    while not writing.done():
        standing = await store.standing("s", (), ["c"])
        assert standing is not None
        assert standing.row.version == standing.row.head + 1
        assert standing.clients["c"].last_seq == standing.row.head
        await asyncio.sleep(0)
    await writing


async def test_sessions_commit_together_and_one_that_fails_fails_alone(store: SessionStore) -> None:
    names = [f"s{number}" for number in range(30)]
    for name in names:
        await store.create_session(new_session(name, ("a",)))
        await store.claim_client(name, "c", "p")
    commits = [
        await commit_of(store, "b", session_id=name, clients=(ClientRow("c", "p", 1, 2),))
        for name in names
    ]
    # Its first line is one that the log has already: something is very wrong with this node.
    commits[7] = structs.replace(
        commits[7], operations=lines("s7", 0, first_chain("s7"), "again", "and more")
    )

    done = await asyncio.gather(*map(store.commit, commits), return_exceptions=True)

    assert isinstance(done.pop(7), StoreUnavailable)
    assert done == [True] * 29
    for name in names:
        assert await log_of(store, name) == (["a"] if name == "s7" else ["a", "b"])
    assert await store.claim_client("s7", "c", "p") == ClientRow("c", "p")


async def test_the_newest_snapshot_counts_and_none_is_ever_changed(store: SessionStore) -> None:
    await store.create_session(new_session(texts=("a", "b")))

    for revision, text in ((2, "é\n😀" * 1000), (1, "a"), (2, "another")):
        await store.save_snapshot("s", Snapshot(revision, text), Block(0, revision, b"[]"))

    assert await store.snapshot("s") == Snapshot(2, "é\n😀" * 1000)


async def test_of_old_snapshots_each_second_stays_and_every_block(store: SessionStore) -> None:
    await store.create_session(new_session(texts=tuple("x" * 25)))
    await store.create_session(new_session("t", texts=("y",)))
    await store.save_snapshot("t", Snapshot(1, "y"), Block(0, 1, b'["y"]'))

    for revision in range(1, 26):
        block = Block(revision - 1, revision, b"[1]")
        await store.save_snapshot("s", Snapshot(revision, "x" * revision, b"[]"), block)

    found = {(await store.snapshot("s", revision)).revision for revision in range(26)}
    assert found == {*range(0, 16, 2), *range(16, 26)}
    assert await store.snapshot("s", 15) == Snapshot(14, "x" * 14, b"[]")
    assert await store.snapshot("t") == Snapshot(1, "y")
    assert await store.blocks("s", 0, 25) == [Block(at, at + 1, b"[1]") for at in range(25)]
    assert await store.blocks("s", 3, 5) == [Block(3, 4, b"[1]"), Block(4, 5, b"[1]")]
    for most_bytes, count in ((0, 1), (5, 1), (6, 2), (None, 22)):
        assert len(await store.blocks("s", 3, 25, most_bytes)) == count


async def test_of_two_blocks_to_one_revision_the_first_stays(store: SessionStore) -> None:
    await store.create_session(new_session(texts=("a", "b")))
    for first in (1, 0):
        await store.save_snapshot("s", Snapshot(2, "ba"), Block(first, 2, b"[]"))
    assert await store.blocks("s", 0, 2) == [Block(1, 2, b"[]")]


async def test_the_log_is_read_as_far_as_bytes_allow_but_never_less_than_a_line(
    store: SessionStore,
) -> None:
    await store.create_session(new_session(texts=("aaaa", "bb", "cc", "dd")))

    for most_bytes, last in ((1, 1), (8, 1), (13, 1), (14, 2), (20, 3), (26, 4), (None, 4)):
        found = await store.operations("s", 0, 4, most_bytes)
        assert [line.revision for line in found] == list(range(1, last + 1))
    assert await store.operations("s", 4, 9, 100) == []


async def test_who_wrote_a_revision_is_known(store: SessionStore) -> None:
    await store.create_session(new_session(texts=("a", "b", "c")))
    assert await store.authors("s", [3, 1, 9]) == {3: ("s-owner", 1.25), 1: ("s-owner", 1.25)}
    assert await store.authors("s", []) == {}


async def test_a_session_was_updated_when_its_head_was_committed_unless_it_was_changed_later(
    store: SessionStore,
) -> None:
    await store.create_session(new_session())  # updated at 8.5
    for version, committed_at, expected in ((2, 4.5, 8.5), (3, 9.5, 9.5), (4, 9.75, 9.75)):
        assert await store.commit(await commit_of(store, "a", committed_at=committed_at))

        standing = await store.standing("s", (), ())
        assert standing is not None
        assert (standing.info.updated_at, standing.row.version) == (expected, version)


async def test_heads_are_told_of_the_sessions_that_there_are(store: SessionStore) -> None:
    for session_id in ("s", "t"):
        await store.create_session(new_session(session_id, ("a",)))
    await store.commit(await commit_of(store, "b", session_id="t"))

    assert await store.heads(["s", "t", "u"]) == {"s": (1, 1, 1), "t": (1, 2, 2)}
    assert await store.heads([]) == {}


async def test_a_caller_who_gives_up_does_not_take_the_commit_back(store: SessionStore) -> None:
    await store.create_session(new_session())
    commit = await commit_of(store, "a")

    task = asyncio.create_task(store.commit(commit))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    while (await store.heads(["s"]))["s"][2] == 0:
        pass  # it is on its way

    assert await log_of(store) == ["a"]
