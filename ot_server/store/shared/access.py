"""Who may do what in which session.

Invariants: a transaction that takes access from anybody, or changes what a role is worth,
changes the session's `version`.  A change of a session other than a commit locks its row first,
so that such transactions follow one another.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import structs

from ot_protocol.messages import Role
from ot_server.errors import LastOwner
from ot_server.store.columns import INFO, INVITE, LINK, PARTICIPANT, VERSION
from ot_server.store.rows import (
    Holder,
    InviteRow,
    LinkRow,
    ParticipantRow,
    SessionInfoRow,
    VersionRow,
    Visibility,
)
from ot_server.store.shared.locks import share_accounts
from ot_server.store.shared.participants import begin, insert_participant, move_version
from ot_server.store.transactions import (
    NO_LIMIT,
    NOW,
    Shared,
    Statement,
    Transaction,
    any_of,
    change,
    insert,
    long_write,
    one,
    read,
    row,
    rows,
    some,
    write,
)

__all__ = ["SharedAccess", "remove_sessions"]


class SharedAccess(Shared):
    """See `ot_server.store.contract.access.AccessStore` for what each method does."""

    @write
    def change_session(
        self,
        session_id: str,
        *,
        title: str | None = None,
        language: str | None = None,
        visibility: Visibility | None = None,
        run: bool | None = None,
        by: Holder | None = None,
    ) -> Transaction[SessionInfoRow | None]:
        yield from begin(session_id, by)
        yield from change(
            "UPDATE session_info SET title = coalesce($2, title),"
            " title_key = coalesce($3, title_key), language = coalesce($4, language),"
            " visibility = coalesce($5, visibility), run = coalesce($6, run),"
            f" updated_at = {NOW} WHERE id = $1",
            session_id,
            title,
            title and title.casefold(),
            language,
            visibility,
            run,
        )
        yield from move_version(session_id)
        return (
            yield from row(SessionInfoRow, f"SELECT {INFO} FROM infos WHERE id = $1", session_id)
        )

    @long_write
    def delete_session(self, session_id: str, by: Holder | None = None) -> Transaction[bool]:
        yield from begin(session_id, by)
        return (yield from remove_sessions([session_id]))

    @read
    def participant(self, session_id: str, participant_id: str) -> Statement[ParticipantRow | None]:
        return row(
            ParticipantRow,
            f"SELECT {PARTICIPANT} FROM participants WHERE session_id = $1 AND id = $2",
            session_id,
            participant_id,
        )

    @read
    def participant_of_user(
        self, session_id: str, user_id: str
    ) -> Statement[ParticipantRow | None]:
        return row(
            ParticipantRow,
            f"SELECT {PARTICIPANT} FROM participants WHERE session_id = $1 AND user_id = $2",
            session_id,
            user_id,
        )

    @read
    def participants(
        self,
        session_id: str,
        *,
        members: bool = False,
        limit: int | None = None,
        after: int | None = None,
    ) -> Statement[list[tuple[ParticipantRow, Role | None]]]:
        return rows(
            tuple[ParticipantRow, Role | None],
            "SELECT who.*, held_roles.role FROM (SELECT"
            f" {PARTICIPANT} FROM participants WHERE session_id = $1 AND ordinal > $2) AS who"
            " JOIN held_roles ON held_roles.participant_id = who.id"
            " WHERE NOT $3 OR (who.user_id IS NOT NULL AND held_roles.role IS NOT NULL)"
            " ORDER BY who.ordinal LIMIT $4",
            session_id,
            -1 if after is None else after,
            members,
            NO_LIMIT if limit is None else limit,
        )

    @write
    def add_participant(
        self, participant: ParticipantRow, by: Holder | None = None
    ) -> Transaction[ParticipantRow]:
        if participant.user_id is not None:
            yield from share_accounts()
        yield from begin(participant.session_id, by)
        return (yield from insert_participant(participant))

    @write
    def rename_participant(self, participant_id: str, name: str) -> Statement[None]:
        return change("UPDATE participants SET name = $2 WHERE id = $1", participant_id, name)

    @write
    def set_role(
        self,
        session_id: str,
        participant_id: str,
        role: Role | None,
        by: Holder | None = None,
    ) -> Transaction[bool]:
        yield from begin(session_id, by)
        if role != "owner":
            owners = yield from rows(
                str,
                "SELECT participant_id FROM held_roles WHERE session_id = $1 AND role = 'owner'",
                session_id,
            )
            if owners == [participant_id]:
                raise LastOwner(session_id)
        is_there = yield from some(
            "UPDATE participants SET given = $3, link = NULL WHERE session_id = $1 AND id = $2"
            " RETURNING id",
            session_id,
            participant_id,
            role,
        )
        if is_there:
            yield from move_version(session_id)
        return is_there

    @read
    def link(self, link: str) -> Statement[LinkRow | None]:
        return row(LinkRow, f"SELECT {LINK} FROM links WHERE link = $1", link)

    @read
    def links(self, session_id: str) -> Statement[list[LinkRow]]:
        return rows(
            LinkRow,
            f"SELECT {LINK} FROM links WHERE session_id = $1 ORDER BY created_at, link",
            session_id,
        )

    @write
    def add_link(self, link: LinkRow, by: Holder | None = None) -> Transaction[None]:
        yield from begin(link.session_id, by)
        yield from insert("links", link)

    @write
    def delete_link(
        self, session_id: str, link: str, by: Holder | None = None
    ) -> Transaction[bool]:
        yield from begin(session_id, by)
        was_there = yield from some(
            "DELETE FROM links WHERE session_id = $1 AND link = $2 RETURNING link",
            session_id,
            link,
        )
        if was_there:
            yield from move_version(session_id)
        return was_there

    @read
    def invites(self, session_id: str) -> Statement[list[InviteRow]]:
        return rows(
            InviteRow,
            f"SELECT {INVITE} FROM invites WHERE session_id = $1 ORDER BY created_at, id",
            session_id,
        )

    @write
    def add_invite(
        self, invite: InviteRow, by: Holder | None = None
    ) -> Transaction[InviteRow | None]:
        yield from share_accounts()  # otherwise an account could be created that misses the invite
        yield from begin(invite.session_id, by)
        key = invite.email.casefold()
        if (yield from some("SELECT 1 FROM users WHERE email_key = $1", key)):
            return None
        return (
            yield from one(
                InviteRow,
                f"INSERT INTO invites ({INVITE}, email_key) VALUES ($1, $2, $3, $4, $5, $6)"
                " ON CONFLICT (session_id, email_key) DO UPDATE SET role = excluded.role"
                f" RETURNING {INVITE}",
                *structs.astuple(invite),
                key,
            )
        )

    @write
    def delete_invite(
        self, session_id: str, invite_id: str, by: Holder | None = None
    ) -> Transaction[bool]:
        yield from begin(session_id, by)
        return (
            yield from some(
                "DELETE FROM invites WHERE session_id = $1 AND id = $2 RETURNING id",
                session_id,
                invite_id,
            )
        )

    @read
    def versions(self, session_id: str) -> Statement[list[VersionRow]]:
        return rows(
            VersionRow,
            f"SELECT {VERSION} FROM versions WHERE session_id = $1"
            " ORDER BY revision DESC, created_at DESC, id",
            session_id,
        )

    @write
    def add_version(self, version: VersionRow) -> Statement[None]:
        return insert("versions", version)

    @write
    def delete_version(self, session_id: str, version_id: str) -> Statement[bool]:
        return some(
            "DELETE FROM versions WHERE session_id = $1 AND id = $2 RETURNING id",
            session_id,
            version_id,
        )


def remove_sessions(session_ids: Collection[str]) -> Transaction[bool]:
    """Delete sessions, which are locked, with everything in them; return whether there were any."""
    ids = [*session_ids]
    yield from change(f"DELETE FROM operations WHERE session_id {any_of('$1')}", ids)
    return (yield from some(f"DELETE FROM sessions WHERE id {any_of('$1')} RETURNING id", ids))
