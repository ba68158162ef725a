"""The columns of each row in `ot_server.store.rows`, in the order of its fields.

Every dialect names its columns so; what a dialect has beside these is its own.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ASSISTANT_TASK",
    "CLIENT",
    "INFO",
    "INVITE",
    "LINK",
    "LOCK",
    "LOGIN",
    "PARTICIPANT",
    "RUN",
    "SESSION",
    "USER",
    "VERSION",
]

SESSION: Final = "id, epoch, version, head, chain"
LOCK: Final = "lock_id, lock_by, lock_reason, lock_until"
INFO: Final = "id, title, language, created_at, updated_at, visibility, run, runs"
CLIENT: Final = "client_id, participant_id, last_seq, last_revision, refusal, digest"
PARTICIPANT: Final = "id, session_id, name, kind, given, ordinal, user_id, link"
LINK: Final = "link, session_id, role, created_at, expires_at"
INVITE: Final = "id, session_id, email, role, created_at"
VERSION: Final = "id, session_id, name, revision, participant_id, created_at"
RUN: Final = (
    "session_id, number, participant_id, revision, edited, language, how, exit, milliseconds,"
    " created_at"
)
USER: Final = "id, username, email, password_hash, created_at"
LOGIN: Final = "id, user_id, created_at, expires_at"
ASSISTANT_TASK: Final = (
    "id, session_id, kind, participant_id, instruction, model, locks, epoch, first, started_at,"
    " last, ended_at, outcome, failure, input_tokens, output_tokens, proposals"
)
