"""The past of a session is what a naive replay of its log says, at every revision.

And it takes little work to look at, however long the log is.
"""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ot_core import Attribution, History, Operation, TextBuffer
from ot_protocol import decode_operation
from ot_server.errors import Corrupt, NoSuchRevision
from ot_server.history.blame import Blamed, blame
from ot_server.history.restore import diff_within
from ot_server.log.past import moment_at
from ot_server.log.reading import read_log, require_revision
from ot_server.log.steps import composed, leading, moved
from ot_server.store.contract import SessionStore
from ot_server.store.rows import Block, CommittedOperation
from tests.server.props.memory_store import MemoryStore
from tests.server.props.nodes import World
from tests.server.props.rows import new_session
from tests.server.props.strict_peer import SESSION
from tests.server.props.virtual_time import in_virtual_time
from tests.server.props.written import write_log
from tests.strategies import Chain, chains, operations
from tests.traces import trace

PEOPLE = ["owner", "ben", "cleo"]
EVERY_FEW = World(snapshot_operations=3).settings


def is_storable(chain: Chain) -> bool:
    """Whether no insert holds what the server refuses."""
    texts = [chain.text, *(part for each in chain.operations for part in each.components)]
    return not any(isinstance(part, str) and set(part) & {"\0", "\r"} for part in texts)


LOGS = chains(longest=16).filter(is_storable)


async def written(chain: Chain) -> MemoryStore:
    """Return a store whose session `s` has come about by these operations, and a first text."""
    store = MemoryStore()
    store.add(new_session("s", (chain.text,) if chain.text else ()))
    await write_log(store, "s", chain.operations, PEOPLE, EVERY_FEW)
    return store


@given(LOGS, st.integers(1, 5))
@in_virtual_time
async def test_text_and_blame_of_every_revision_are_those_of_a_replay(
    chain: Chain, limit: int
) -> None:
    store = await written(chain)
    log = await store.operations("s", 0, 99)
    text, replayed = "", Attribution()
    first = [Operation([chain.text])] if chain.text else []

    for revision, operation in enumerate([Operation(), *first, *chain.operations]):
        if revision:
            text = operation.apply(text)
            replayed.apply(operation, revision)
        assert (await moment_at(store, "s", revision)).text.text == text
        ranges: list[Blamed] = []
        start: int | None = 0
        while start is not None:
            page, start = await blame(store, "s", revision, start, limit)
            assert len(page) <= limit
            ranges += page
        assert [(part.start, part.stop, part.revision) for part in ranges] == [
            tuple(part) for part in replayed.ranges()
        ]
        for part in ranges:
            assert part.revision is not None
            line = log[part.revision - 1]
            assert (part.participant_id, part.committed_at) == (
                line.participant_id,
                line.committed_at,
            )


@given(LOGS, st.data())
@in_virtual_time
async def test_what_leads_from_one_revision_to_another_does_what_the_log_does(
    chain: Chain, data: st.DataObject
) -> None:
    store = await written(chain)
    head = store.sessions["s"].row.head
    last = data.draw(st.integers(0, head))
    first = data.draw(st.integers(0, last))
    before, after = [(await moment_at(store, "s", at)).text.text for at in (first, last)]

    whole = await composed(leading(store, "s", first, last), len(before))
    assert whole.apply(before) == after
    uncommitted = data.draw(operations(len(before)))
    history = History(len(before), first)
    for line in await store.operations("s", first, last):
        history.append(decode_operation(line.operation))
    text = TextBuffer(before)
    late = await moved(uncommitted, text, leading(store, "s", first, last))
    assert (late, text.text) == (history.rebase(uncommitted, first), after)


@given(st.text("ab\n", max_size=60), st.text("ab\n", max_size=60), st.integers(8, 30))
def test_a_diff_has_no_more_components_than_are_allowed(old: str, new: str, most: int) -> None:
    operation = diff_within(old, new, most)
    assert operation.apply(old) == new
    assert len(operation.components) <= most


def test_a_diff_that_is_too_wide_keeps_the_longest_stretches() -> None:
    long = "x" * 100 + "\n"
    old = "".join(f"{number}\n" for number in range(50)) + long
    new = "".join(f"{number}!\n" for number in range(50)) + long
    operation = diff_within(old, new, 8)
    assert operation.apply(old) == new
    assert operation.components[-1] == len(long) + 1


@pytest.mark.parametrize("spoil", ["lost", "altered"])
@in_virtual_time
async def test_a_past_that_is_damaged_is_never_shown_and_the_rest_is(spoil: str) -> None:
    world = World(snapshot_operations=10)
    letters = [Operation([*([at] if at else []), "x"]) for at in range(30)]
    await write_log(world.memory, SESSION, letters, ["owner"], world.settings)
    line = world.kept.log.pop(15)
    if spoil == "altered":
        world.kept.log[15] = CommittedOperation(
            15, None, None, "owner", b'[14,"?"]', line.chain, 0.0
        )

    for revision in (15, 17, 19):
        with pytest.raises(Corrupt):
            await moment_at(world.memory, SESSION, revision)
    for revision in (0, 14, 20, 30):
        assert len((await moment_at(world.memory, SESSION, revision)).text) == revision


@in_virtual_time
async def test_a_snapshot_whose_line_is_missing_is_not_believed() -> None:
    world = World(snapshot_operations=10)
    letters = [Operation([*([at] if at else []), "x"]) for at in range(12)]
    await write_log(world.memory, SESSION, letters, ["owner"], world.settings)
    del world.kept.log[10]
    with pytest.raises(Corrupt):
        await moment_at(world.memory, SESSION, 11)


@in_virtual_time
async def test_a_block_that_is_damaged_is_noticed() -> None:
    world = World(snapshot_operations=10)
    letters = [Operation([*([at] if at else []), "x"]) for at in range(12)]
    await write_log(world.memory, SESSION, letters, ["owner"], world.settings)
    for operation in (b"[true]", b"[7]"):
        world.kept.blocks[10] = Block(0, 10, operation)
        with pytest.raises(Corrupt):
            await composed(leading(world.memory, SESSION, 0, 12), 0)
        with pytest.raises(Corrupt):
            await moved(Operation(), TextBuffer(), leading(world.memory, SESSION, 0, 12))


@in_virtual_time
async def test_a_line_that_is_not_what_was_committed_leads_nowhere() -> None:
    world = World()
    letters = [Operation([*([at] if at else []), "x"]) for at in range(12)]
    await write_log(world.memory, SESSION, letters, ["owner"])
    line = world.kept.log[5]
    world.kept.log[5] = structs.replace(line, operation=b'[4,"?"]')
    assert len(await read_all(world.memory, 5, 12)) == 1
    for first, last in ((4, 5), (0, 12)):
        with pytest.raises(Corrupt):
            await read_all(world.memory, first, last)


@in_virtual_time
async def test_blocks_of_two_nodes_that_overlap_are_one_past() -> None:
    world = World()
    letters = [Operation([*([at] if at else []), "x"]) for at in range(20)]
    await write_log(world.memory, SESSION, letters, ["owner"])
    world.kept.blocks = {
        8: Block(0, 8, b'["xxxxxxxx"]'),
        12: Block(4, 12, b'[4, "xxxxxxxx"]'),
    }
    assert (await composed(leading(world.memory, SESSION, 0, 20), 0)).apply("") == "x" * 20


@in_virtual_time
async def test_a_revision_beyond_the_head_is_none() -> None:
    world = World("hello")
    assert (await require_revision(world.memory, SESSION, 1)).row.head == 1
    with pytest.raises(NoSuchRevision):
        await require_revision(world.memory, SESSION, 2)


# How much work it is.


class Counting:
    """A store that counts the lines and blocks that are read."""

    def __init__(self, inner: MemoryStore) -> None:
        self.inner = inner
        self.rows = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    async def operations(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[CommittedOperation]:
        lines = await self.inner.operations(session_id, first, last, most_bytes)
        self.rows += len(lines)
        return lines

    async def blocks(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[object]:
        blocks = await self.inner.blocks(session_id, first, last, most_bytes)
        self.rows += len(blocks)
        return [*blocks]


@in_virtual_time
async def test_any_revision_of_ten_thousand_is_at_most_a_thousand_lines_away() -> None:
    world = World()
    log = islice(trace("automerge-paper").operations(), 10_000)
    await write_log(world.memory, SESSION, log, PEOPLE)
    seed = 20_261_121
    print(f"seed {seed}")
    random = Random(seed)

    for revision in (0, 1, 999, 1_000, 1_001, 5_500, 9_999, *random.sample(range(10_000), 10)):
        for attributed in (False, True):
            store = Counting(world.memory)
            await moment_at(_as_store(store), SESSION, revision, attributed=attributed)
            assert store.rows <= 1_000
        for last in (revision, 10_000):
            store = Counting(world.memory)
            await read_all(_as_store(store), revision, last)
            assert store.rows <= 1_000 + 10
        if revision:
            store = Counting(world.memory)
            await read_all(_as_store(store), 0, revision)
            assert store.rows <= 1_000 + 10


async def read_all(store: SessionStore, first: int, last: int) -> list[list[Operation]]:
    return [operations async for operations in leading(store, SESSION, first, last)]


def _as_store(store: Counting) -> SessionStore:
    return store  # type: ignore[return-value]  # it passes on what it doesn't count


@in_virtual_time
async def test_the_log_is_read_in_stretches_of_bounded_size() -> None:
    world = World()
    large = [
        Operation([*([at] if at else []), "x" * 400_000]) for at in range(0, 2_400_000, 400_000)
    ]
    await write_log(world.memory, SESSION, large, PEOPLE)
    stretches = [len(lines) async for lines in read_log(world.memory, SESSION, 0, 6)]
    assert stretches == [2, 2, 2]
    world.kept.blocks = {4: Block(3, 4, world.kept.log[4].operation)}
    assert [len(some) for some in await read_all(world.memory, 0, 6)] == [3, 3]
