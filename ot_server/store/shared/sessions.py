"""How a session begins."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import structs

from ot_server.store.rows import (
    CommittedOperation,
    NewSession,
    SessionInfoRow,
    SessionRow,
    first_chain,
)
from ot_server.store.shared.locks import share_accounts
from ot_server.store.shared.participants import insert_participant
from ot_server.store.transactions import Each, Shared, Statement, Transaction, insert, write

__all__ = ["SharedSessions", "insert_info", "insert_lines"]


class SharedSessions(Shared):
    """See `ot_server.store.contract.log.SessionStore` for what it does."""

    @write
    def create_session(self, new: NewSession) -> Transaction[None]:
        if new.participant.user_id is not None:
            yield from share_accounts()
        id_, head = new.info.id, len(new.operations)
        chain = new.operations[-1].chain if new.operations else first_chain(id_)
        yield from insert("sessions", SessionRow(id_, 1, 1, head, chain))
        yield from insert_info(new.info)
        yield from insert_participant(new.participant)
        if new.link is not None:
            yield from insert("links", new.link)
        yield from insert_lines(id_, new.operations)


def insert_info(info: SessionInfoRow) -> Statement[None]:
    """Add the columns that lists and searches read."""
    return insert("session_info", info, title_key=info.title.casefold())


def insert_lines(session_id: str, lines: Iterable[CommittedOperation]) -> Each:
    """Add lines to a log."""
    return Each(
        "INSERT INTO operations (session_id, revision, client_id, seq, participant_id,"
        " operation, chain, committed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        ((session_id, *structs.astuple(line)) for line in lines),
    )
