"""`Store`: what the server asks of a database.

Every method is one transaction.  Nothing here crosses two sessions, but where a user
registers or leaves.  Every method may raise `StoreUnavailable`, those that write
`OutcomeUnknown` too.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from ot_protocol.messages import Role
from ot_server.store.rows import (
    ClientRow,
    Commit,
    CommittedOperation,
    InviteRow,
    LinkRow,
    LoginRow,
    NewSession,
    ParticipantRow,
    SessionInfoRow,
    Snapshot,
    Standing,
    UserRow,
    VersionRow,
    Visibility,
)

__all__ = [
    "AccessStore",
    "AccountStore",
    "LastOwner",
    "OutcomeUnknown",
    "SessionStore",
    "Store",
    "StoreUnavailable",
    "Taken",
]


class StoreUnavailable(Exception):
    """The store can't answer now; nothing has changed."""


class OutcomeUnknown(Exception):
    """The store was lost while it committed: it may have happened or not."""


class LastOwner(Exception):
    """A session must keep an owner; nothing has changed."""


class Taken(Exception):
    """Another account has this; nothing has changed."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
        """`username` or `email`."""


class SessionStore(Protocol):
    """Texts and their logs: what a live session asks for."""

    async def create_session(self, new: NewSession) -> None:
        """Add a session with its first participant, link and operations."""

    async def standing(
        self, session_id: str, participants: Collection[str], clients: Collection[str]
    ) -> Standing | None:
        """Return how a session stands for these participants and clients, read in one moment.

        A role that came with a share link counts only while the link lets people in.
        """

    async def snapshot(self, session_id: str, revision: int | None = None) -> Snapshot:
        """Return the newest snapshot, or that at `revision` or next before it.

        Where there is none it is the empty text at 0.
        """

    async def operations(self, session_id: str, first: int, last: int) -> list[CommittedOperation]:
        """Return the log after revision `first` up to `last`, in order."""

    async def commit(self, commit: Commit) -> bool:
        """Do all of it if epoch and version are as believed, else nothing; say which."""

    async def save_snapshot(self, session_id: str, snapshot: Snapshot) -> None:
        """Keep a snapshot; one that is there is left as it is."""

    async def heads(self, session_ids: Collection[str]) -> dict[str, tuple[int, int, int]]:
        """Return (epoch, version, head) of each session that there is."""

    async def claim_client(self, session_id: str, client_id: str, participant_id: str) -> ClientRow:
        """Return a client's row; whoever claims it first has it for good."""

    async def participant(self, session_id: str, participant_id: str) -> ParticipantRow | None:
        """Return a participant, or None where there is none."""


class AccessStore(Protocol):
    """Who may do what with which session.

    What changes a role, a title or a language, or what a link is worth, bumps the session's
    `version` in the same transaction, so that no commit that began before goes through after.
    """

    async def change_session(
        self,
        session_id: str,
        *,
        title: str | None = None,
        language: str | None = None,
        visibility: Visibility | None = None,
    ) -> SessionInfoRow | None:
        """Change what is not None, and return what holds now; None where there is no session."""

    async def delete_session(self, session_id: str) -> bool:
        """Delete a session with all that belongs to it, and say whether there was one."""

    async def sessions_of(
        self, user_id: str, query: str, limit: int, after: tuple[float, str] | None
    ) -> list[tuple[SessionInfoRow, Role]]:
        """Return the sessions that a user has a role in, last updated first, with the role.

        Only those whose title holds `query`, whatever the case; `after` is the `updated_at` and
        id of the last one that the caller has.
        """

    async def participant_of_user(self, session_id: str, user_id: str) -> ParticipantRow | None:
        """Return a user as participant, or None where the user never was one."""

    async def participants(self, session_id: str) -> list[tuple[ParticipantRow, Role | None]]:
        """Return everybody who takes or took part, in the order in which they came.

        With each comes what the role is worth, see `SessionStore.standing`.
        """

    async def add_participant(self, participant: ParticipantRow) -> ParticipantRow:
        """Add a participant and return it with its ordinal.

        A user who is there already is returned as he is, or with the new role and link where the
        old role is worth nothing any more; this too is a change of access.
        """

    async def rename_participant(self, participant_id: str, name: str) -> None:
        """Give a participant another name."""

    async def set_role(self, session_id: str, participant_id: str, role: Role | None) -> bool:
        """Give a participant a role of his own, or none; say whether there is such a participant.

        Raises:
            LastOwner: nobody else owns the session.
        """

    async def link(self, link: str) -> LinkRow | None:
        """Return a share link, or None where there is none."""

    async def links(self, session_id: str) -> list[LinkRow]:
        """Return the share links of a session, oldest first."""

    async def add_link(self, link: LinkRow) -> None:
        """Add a share link."""

    async def delete_link(self, session_id: str, link: str) -> bool:
        """Delete a share link: whoever came by it is out; say whether there was one."""

    async def invites(self, session_id: str) -> list[InviteRow]:
        """Return who was invited and has no account yet, oldest first."""

    async def add_invite(self, invite: InviteRow) -> InviteRow:
        """Invite an address, or change the role of its invite; return the invite that holds."""

    async def delete_invite(self, session_id: str, invite_id: str) -> bool:
        """Take an invite back, and say whether there was one."""

    async def versions(self, session_id: str) -> list[VersionRow]:
        """Return the named revisions of a session, highest first."""

    async def add_version(self, version: VersionRow) -> None:
        """Give a revision a name."""

    async def delete_version(self, session_id: str, version_id: str) -> bool:
        """Take a name away, and say whether there was one."""


class AccountStore(Protocol):
    """Users, and where they are signed in."""

    async def add_user(self, user: UserRow) -> None:
        """Add a user, with the roles that the address was invited to.

        Raises:
            Taken: another user has the name or the address, whatever the case.
        """

    async def user(self, user_id: str) -> UserRow | None:
        """Return a user, or None where there is none."""

    async def user_by_name(self, name: str) -> UserRow | None:
        """Return the user of a username or an e-mail address, whatever the case, or None."""

    async def change_user(
        self,
        user_id: str,
        *,
        username: str | None = None,
        email: str | None = None,
        password_hash: str | None = None,
    ) -> UserRow | None:
        """Change what is not None, and return what holds now; None where there is no user.

        Raises:
            Taken: another user has the name or the address.
        """

    async def sole_owned(self, user_id: str) -> list[SessionInfoRow]:
        """Return the sessions that nobody else owns: they would go with the account."""

    async def delete_user(self, user_id: str) -> list[str]:
        """Delete a user with the sessions that nobody else owns.

        Elsewhere the user stays in history as a participant without name, user and role.
        Returned are the ids of all sessions that the user took part in.
        """

    async def add_login(self, login: LoginRow, token_hash: bytes) -> None:
        """Sign a user in, with a first refresh token."""

    async def login(self, login_id: str) -> tuple[LoginRow, UserRow] | None:
        """Return a login that has not ended and whose it is, or None."""

    async def rotate(
        self, token_hash: bytes, next_hash: bytes, now: float, expires_at: float, grace: float
    ) -> LoginRow | None:
        """Use a refresh token to get the next one, and let its login live on until `expires_at`.

        It is good once, and once more within `grace` seconds as long as what it was used for
        has not been used itself.  Used again otherwise, its login ends with all its tokens.
        None is returned where it isn't good.
        """

    async def end_login(self, login_id: str) -> None:
        """Sign out."""

    async def end_logins(self, user_id: str, but: str | None = None) -> None:
        """Sign a user out everywhere, but in one login."""

    async def living_logins(self, login_ids: Collection[str]) -> set[str]:
        """Return those logins that have not ended."""


class Store(SessionStore, AccessStore, AccountStore, Protocol):
    """All that is kept."""

    async def open(self) -> None:
        """Connect, and bring the tables up to date."""

    async def close(self) -> None:
        """Finish what is being written, and let go."""
