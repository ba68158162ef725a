"""Exports sessions: as JSON with their whole history, or as text."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
from msgspec import Raw

from ot_server.admin import Progress
from ot_server.admin.portable import (
    FORMAT,
    PortableClient,
    PortableHead,
    PortableLine,
    PortableParticipant,
    PortableVersion,
)
from ot_server.errors import Corrupt, NoSuchSession
from ot_server.log.past import beginning, walk
from ot_server.session.loading import load
from ot_server.store.contract import Store
from ot_server.store.contract.admin import SessionRows

__all__ = ["export_json", "export_text"]


async def export_json(store: Store, session_id: str, progress: Progress) -> AsyncIterator[bytes]:
    """Yield a `PortableSession`, piece by piece, with one line of text for each line of the log.

    Raises:
        NoSuchSession: there is none, or it was deleted meanwhile.
        Corrupt: the log doesn't match its chain.
        StoreUnavailable: the store can't be read.
    """
    rows = await store.session_rows(session_id)
    if rows is None:
        raise NoSuchSession(session_id)
    head = msgspec.json.encode(await _head(store, rows))
    yield head.removesuffix(b"}") + b',"operations":['
    row = rows.row
    moment = beginning(session_id)
    try:
        async for line, _ in walk(moment, store, session_id, row.head):
            portable = PortableLine(
                revision=line.revision,
                participant=line.participant_id,
                client=line.client_id,
                seq=line.seq,
                committed_at=line.committed_at,
                operation=Raw(line.operation),
            )
            yield (b",\n" if line.revision > 1 else b"\n") + msgspec.json.encode(portable)
            progress(line.revision, row.head)
        if moment.chain != row.chain:
            raise Corrupt("its chain is not the one that the session names")
    except Corrupt:
        if not await store.heads([session_id]):
            raise NoSuchSession(session_id) from None
        raise
    yield b"\n]}\n"


async def export_text(store: Store, session_id: str) -> tuple[str, Corrupt | None]:
    """Return the text at the head; or at the last sound line, and what is wrong after it.

    Raises:
        NoSuchSession: there is none.
        StoreUnavailable: the store can't be read.
    """
    replica, corrupt = await load(store, session_id)
    return replica.document.text, corrupt


async def _head(store: Store, rows: SessionRows) -> PortableHead:
    info, participants = rows.info, []
    for participant in rows.participants:
        user = await store.user(participant.user_id) if participant.user_id else None
        participants.append(
            PortableParticipant(
                id=participant.id,
                name=participant.name,
                kind=participant.kind,
                role=participant.given if user and participant.link is None else None,
                username=user.username if user else None,
            )
        )
    return PortableHead(
        format=FORMAT,
        id=info.id,
        title=info.title,
        language=info.language,
        visibility=info.visibility,
        run=info.run,
        created_at=info.created_at,
        updated_at=info.updated_at,
        epoch=rows.row.epoch,
        head=rows.row.head,
        chain=rows.row.chain.hex(),
        participants=participants,
        clients=[
            PortableClient(
                id=client.client_id,
                participant=client.participant_id,
                last_seq=client.last_seq,
                last_revision=client.last_revision,
                refusal=client.refusal,
                digest=client.digest.hex(),
            )
            for client in rows.clients
        ],
        versions=[
            PortableVersion(
                id=version.id,
                name=version.name,
                revision=version.revision,
                participant=version.participant_id,
                created_at=version.created_at,
            )
            for version in rows.versions
        ],
    )
