"""`judge`: how a client that says hello is welcomed.  A pure function; `Conversation` performs it.

A client that was here before says where it was.  If the log confirms that place, the client is
told what has happened since then, including its own outstanding operation; otherwise it starts
again from the text.
"""

from __future__ import annotations

from dataclasses import dataclass

from ot_protocol.messages import (
    PROTOCOL,
    Hello,
    Limits,
    Participant,
    ResetReason,
    SessionInfo,
    Welcome,
    Who,
)
from ot_server.session.audience import wire_lock
from ot_server.session.connection import Connection
from ot_server.session.replica import Replica
from ot_server.session.seqs import Seqs
from ot_server.settings import Settings
from ot_server.store.rows import ClientRow

__all__ = ["Fresh", "Reset", "Resume", "judge", "place_of", "welcome_of"]


@dataclass(frozen=True)
class Fresh:
    """It begins with the text at the head."""

    seqs: Seqs


@dataclass(frozen=True)
class Resume:
    """It goes on from `revision`, and is told what followed."""

    revision: int
    seqs: Seqs


@dataclass(frozen=True)
class Reset:
    """It can't go on from where it was, so it begins again with the text at the head."""

    reason: ResetReason
    seqs: Seqs


def judge(replica: Replica, client: ClientRow, hello: Hello, lag: int) -> Fresh | Resume | Reset:
    """Decide how a client, whose row this is, is welcomed.

    The replica must hold history back to where the client was, if that is at most `lag`
    revisions ago and the log leads there.

        where the client says it was                    how it is welcomed
        nowhere: epoch, revision or chain is missing    Fresh
        in another epoch, or after the head             Reset, "lineage"
        longer ago than `lag`, or than what is held     Reset, "history_trimmed"
        at a revision that has another chain            Reset, "lineage"
        at a revision that has this chain               Resume

    If it doesn't resume, the edit that it waits for is over.  If it resumes, an edit in the
    client's row is over too: the changes acknowledge it, or it was refused.  Any other edit is
    on its way.
    """
    declared = hello.outstanding or 0
    used = max(client.last_seq, hello.seq, declared)
    over = Seqs(answered=max(client.last_seq, declared), used=used)
    if hello.epoch is None or hello.revision is None or hello.chain is None:
        return Fresh(over)
    if hello.epoch != replica.epoch or hello.revision > replica.head:
        return Reset("lineage", over)
    if replica.head - hello.revision > lag or hello.revision < replica.start:
        return Reset("history_trimmed", over)
    if replica.chain_at(hello.revision).hex() != hello.chain:
        return Reset("lineage", over)
    outstanding = declared if declared > client.last_seq else None
    return Resume(hello.revision, Seqs(client.last_seq, used, outstanding))


def place_of(replica: Replica, hello: Hello, lag: int) -> int | None:
    """Return the revision that history must reach back to for `judge`; None where it needs none."""
    if hello.revision is None or hello.chain is None or hello.epoch != replica.epoch:
        return None
    return hello.revision if 0 <= replica.head - hello.revision <= lag else None


def welcome_of(
    verdict: Fresh | Resume | Reset,
    replica: Replica,
    connection: Connection,
    participants: list[Participant],
    who: Who | None,
    settings: Settings,
    *,
    text: bool,
) -> Welcome:
    """Return the message, without the changes for a client that resumes.

    `text` says that the client wants the text even if it resumes.
    """
    resumes = isinstance(verdict, Resume)
    visitor = connection.visitor
    return Welcome(
        protocol=PROTOCOL,
        client=visitor.client_id,
        connection=connection.name,
        participant=visitor.participant.id,
        role=visitor.participant.role,
        session=SessionInfo(
            id=replica.info.id,
            title=replica.info.title,
            language=replica.info.language,
            run=replica.info.run,
            runs=replica.info.runs,
            lock=wire_lock(replica.lock),
        ),
        participants=participants,
        limits=Limits(
            frame_bytes=settings.frame_bytes,
            document_bytes=settings.document_bytes,
            components=settings.components,
            edits_per_second=settings.edits_per_second,
            edits_burst=settings.edits_burst,
            presence_per_second=settings.presence_per_second,
            ping_seconds=settings.ping_seconds,
            run=settings.run,
            run_bytes=settings.run_bytes,
            diagnostics=settings.diagnostics,
        ),
        last_seq=replica.clients[visitor.client_id].last_seq,
        epoch=replica.epoch,
        chain=replica.chain.hex(),
        text=replica.document.text if text or not resumes else None,
        reset=verdict.reason if isinstance(verdict, Reset) else None,
        revision=None if resumes else replica.head,
        who=who,
    )
