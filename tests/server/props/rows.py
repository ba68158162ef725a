"""Rows to fill a store with, and the whole log back out of it, checked."""

from __future__ import annotations

from msgspec import json, structs

from ot_server.store.contract import SessionStore
from ot_server.store.rows import (
    ClientRow,
    Commit,
    CommittedOperation,
    LinkRow,
    NewSession,
    ParticipantRow,
    SessionInfoRow,
    SessionRow,
    extend_chain,
    first_chain,
)

__all__ = ["commit_of", "lines", "log_of", "new_session", "row_of"]


def new_session(session_id: str = "s", texts: tuple[str, ...] = ()) -> NewSession:
    """Return a session that begins with these inserts."""
    return NewSession(
        SessionInfoRow(session_id, "Title", "python", 7.5, 8.5, "link"),
        participant=ParticipantRow(f"{session_id}-owner", session_id, "Ada", "guest", "owner"),
        link=LinkRow(f"{session_id}-link", session_id, "editor", 7.5),
        operations=lines(session_id, 0, first_chain(session_id), *texts),
    )


def lines(session_id: str, head: int, chain: bytes, *texts: str) -> list[CommittedOperation]:
    """Return the lines that follow revision `head`, where the log has this chain."""
    found = []
    for revision, text in enumerate(texts, head + 1):
        operation = json.encode([text])
        chain = extend_chain(chain, operation)
        found.append(
            CommittedOperation(
                revision, "c", revision, f"{session_id}-owner", operation, chain, 1.25
            )
        )
    return found


async def row_of(store: SessionStore, session_id: str = "s") -> SessionRow:
    standing = await store.standing(session_id, (), ())
    assert standing is not None
    return standing.row


async def commit_of(
    store: SessionStore,
    *texts: str,
    session_id: str = "s",
    clients: tuple[ClientRow, ...] = (),
    committed_at: float = 1.25,
) -> Commit:
    """Return a commit that follows what the store has now."""
    row = await row_of(store, session_id)
    operations = [
        structs.replace(line, committed_at=committed_at)
        for line in lines(session_id, row.head, row.chain, *texts)
    ]
    return Commit(session_id, row.epoch, row.version, operations, clients)


async def log_of(store: SessionStore, session_id: str = "s") -> list[str]:
    """Return the inserts of the whole log; its revisions are 1..n, and its chain holds."""
    log = await store.operations(session_id, 0, 2**31)
    chain = first_chain(session_id)
    for revision, line in enumerate(log, 1):
        chain = extend_chain(chain, line.operation)
        assert (line.revision, line.chain) == (revision, chain)
    row = await row_of(store, session_id)
    assert (row.head, row.chain) == (len(log), chain)
    return [json.decode(line.operation)[0] for line in log]
