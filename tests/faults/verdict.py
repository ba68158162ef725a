"""`judge`: is a session what its people typed, and what they were told?

Invariant: the log is read from the database itself, by SQL of its own.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import asyncpg
import msgspec
from aiohttp import ClientSession

from ot_client import Room
from ot_core import Document, Operation
from ot_server.store.rows import extend_chain, first_chain
from tests.faults.typist import Typist

__all__ = ["Logged", "judge", "read_log", "read_texts"]


class Logged(NamedTuple):
    """One line of a log."""

    revision: int
    client_id: str
    seq: int
    operation: bytes
    chain: bytes

    @property
    def inserted(self) -> str:
        """All text that it inserts."""
        return "".join(part for part in msgspec.json.decode(self.operation) if type(part) is str)


async def read_log(url: str, session_id: str) -> list[Logged]:
    """Read the whole log of a session from a database."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT revision, client_id, seq, operation, chain FROM operations"
            " WHERE session_id = $1 ORDER BY revision",
            session_id,
        )
    finally:
        await connection.close()
    return [Logged(*row) for row in rows]


async def read_texts(urls: Sequence[str], room: Room, revision: int) -> list[str]:
    """Return the text that each node gives when asked for this revision or a later one."""

    async def read(http: ClientSession, url: str) -> str:
        address = f"{url}/api/v1/sessions/{room.session.id}/text?min_revision={revision}"
        async with http.get(address) as response:
            assert response.status == 200, await response.text()
            text: str = (await response.json())["text"]
            return text

    async with ClientSession(headers={"Authorization": f"Bearer {room.token}"}) as http:
        return await asyncio.gather(*(read(http, url) for url in urls))


def judge(
    session_id: str, log: Sequence[Logged], typists: Sequence[Typist], texts: Sequence[str]
) -> None:
    """Judge a session by its log, after everybody has stopped typing.

    Args:
        session_id: the session, which began without text.
        log: its whole log.
        typists: all who have typed there.
        texts: what others believe its text to be.

    Raises:
        AssertionError: a promise is broken.
    """
    _is_whole(session_id, log)
    lines = {(line.client_id, line.seq): line for line in log}
    assert len(lines) == len(log), "a seq is in the log twice"
    for typist in typists:
        _is_kept(typist, lines)
    inserted = Counter(character for line in log for character in line.inserted)
    assert max(inserted.values()) == 1, f"doubled: {inserted.most_common(3)}"

    document = Document("")
    for line in log:
        document.apply(Operation(msgspec.json.decode(line.operation)))
    for text in (*texts, *(typist.session.text for typist in typists)):
        assert text == document.text


def _is_whole(session_id: str, log: Sequence[Logged]) -> None:
    """Fail if a revision is missing, or the chain doesn't match."""
    assert [line.revision for line in log] == list(range(1, len(log) + 1))
    chain = first_chain(session_id)
    for line in log:
        chain = extend_chain(chain, line.operation)
        assert chain == line.chain, f"the chain breaks at revision {line.revision}"


def _is_kept(typist: Typist, lines: dict[tuple[str, int], Logged]) -> None:
    """Fail if the log is not what somebody typed, and was told."""
    recorder = typist.recorder
    assert recorder.taken_back == [], "no fault is a reason to refuse what was typed"
    for ack in recorder.acks:
        line = lines.get((typist.client_id, ack.seq))
        assert line is not None, f"{ack} is lost"
        assert ack.after < line.revision <= ack.until, f"{ack} is revision {line.revision}"
    own = {key: line for key, line in lines.items() if key[0] == typist.client_id}
    assert {seq for _, seq in own} == {ack.seq for ack in recorder.acks}, "unknown to who typed it"
    inserted = {character for line in own.values() for character in line.inserted}
    # What was typed and deleted again before it was sent is not in the log.
    assert inserted <= set(typist.typed)
    assert set(typist.typed) - inserted <= typist.deleted, "typed, and neither kept nor deleted"
