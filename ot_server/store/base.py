"""`Store`: what the server asks of a database.

Every method is one transaction.  Nothing here crosses two sessions, but where a user
registers or leaves.  Every method may raise `StoreUnavailable`, those that write
`OutcomeUnknown` too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Protocol

from ot_protocol.messages import Role
from ot_server.store.admin import AdminStore
from ot_server.store.rows import (
    Block,
    ClientRow,
    Commit,
    CommittedOperation,
    Departure,
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
    "LASTING_SNAPSHOTS",
    "RECENT_SNAPSHOTS",
    "AccessStore",
    "AccountStore",
    "LastOwner",
    "OutcomeUnknown",
    "OwnsSessions",
    "RoleLost",
    "SessionStore",
    "Store",
    "StoreUnavailable",
    "Taken",
]


RECENT_SNAPSHOTS: Final = 10
LASTING_SNAPSHOTS: Final = 4
"""See `SessionStore.save_snapshot`."""


class StoreUnavailable(Exception):
    """The store can't answer now; nothing has changed."""


class OutcomeUnknown(Exception):
    """The store was lost while it committed: it may have happened or not."""


class LastOwner(Exception):
    """A session must keep an owner; nothing has changed."""


class OwnsSessions(Exception):
    """These sessions would go with the account; nothing has changed."""

    def __init__(self, sessions: Sequence[SessionInfoRow]) -> None:
        super().__init__([session.id for session in sessions])
        self.sessions = sessions


class RoleLost(Exception):
    """Whoever asks does not hold the role any more that allowed it; nothing has changed."""


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

        Where there is none it is the empty text at 0.  One that can't be read is passed over.
        """

    async def blocks(self, session_id: str, first: int, last: int) -> list[Block]:
        """Return the blocks that lie between revisions `first` and `last`, in order."""

    async def operations(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[CommittedOperation]:
        """Return the log after revision `first` up to `last`, in order.

        It ends where its operations would have more than `most_bytes` together, but not before
        there is one.
        """

    async def authors(
        self, session_id: str, revisions: Collection[int]
    ) -> dict[int, tuple[str, float]]:
        """Return the participant and the time of each of these revisions, 1,000 at most."""

    async def commit(self, commit: Commit) -> bool:
        """Do all of it if epoch and version are as believed, else nothing; say which."""

    async def save_snapshot(self, session_id: str, snapshot: Snapshot, block: Block) -> None:
        """Keep a snapshot and the block that leads to it; what is there is left as it is.

        Snapshots are thinned by age: of all but the newest `RECENT_SNAPSHOTS` only each
        `LASTING_SNAPSHOTS`th stays, so that none of the past is far from one.  Blocks stay.
        """

    async def touch(self, session_id: str, now: float) -> None:
        """Let a session have been updated `now`, or later if it was; its version stays."""

    async def heads(self, session_ids: Collection[str]) -> dict[str, tuple[int, int, int]]:
        """Return (epoch, version, head) of each session that there is."""

    async def claim_client(self, session_id: str, client_id: str, participant_id: str) -> ClientRow:
        """Return a client's row; whoever claims it first has it for good."""

    async def participant(self, session_id: str, participant_id: str) -> ParticipantRow | None:
        """Return a participant, or None where there is none."""

    async def living_logins(self, login_ids: Collection[str]) -> set[str]:
        """Return those logins that have not ended."""


class AccessStore(Protocol):
    """Who may do what with which session.

    What changes a role, a title or a language, or what a link is worth, bumps the session's
    `version` in the same transaction, so that no commit that began before goes through after.

    `by` is who asks, with the role that allowed it; None is whoever runs the server.  Who has
    lost that role since then changes nothing: `RoleLost` is raised.
    """

    async def change_session(
        self,
        session_id: str,
        *,
        title: str | None = None,
        language: str | None = None,
        visibility: Visibility | None = None,
        by: ParticipantRow | None = None,
    ) -> SessionInfoRow | None:
        """Change what is not None, and return what holds now; None where there is no session."""

    async def delete_session(self, session_id: str, by: ParticipantRow | None = None) -> bool:
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

    async def participants(
        self,
        session_id: str,
        *,
        members: bool = False,
        limit: int | None = None,
        after: int | None = None,
    ) -> list[tuple[ParticipantRow, Role | None]]:
        """Return everybody who takes or took part, in the order in which they came.

        With each comes what the role is worth, see `SessionStore.standing`.  With `members` it
        is only the users who have a role; `after` is the ordinal of the last one that the
        caller has.
        """

    async def add_participant(
        self, participant: ParticipantRow, by: ParticipantRow | None = None
    ) -> ParticipantRow:
        """Add a participant and return it with its ordinal.

        Who is there already, as that user or by that id, is returned as he is, or with the new
        role and link where the old role is worth nothing any more; this too is a change of access.
        """

    async def rename_participant(self, participant_id: str, name: str) -> None:
        """Give a participant another name."""

    async def set_role(
        self,
        session_id: str,
        participant_id: str,
        role: Role | None,
        by: ParticipantRow | None = None,
    ) -> bool:
        """Give a participant a role of his own, or none; say whether there is such a participant.

        Raises:
            LastOwner: nobody else owns the session.
        """

    async def link(self, link: str) -> LinkRow | None:
        """Return a share link, or None where there is none."""

    async def links(self, session_id: str) -> list[LinkRow]:
        """Return the share links of a session, oldest first."""

    async def add_link(self, link: LinkRow, by: ParticipantRow | None = None) -> None:
        """Add a share link."""

    async def delete_link(
        self, session_id: str, link: str, by: ParticipantRow | None = None
    ) -> bool:
        """Delete a share link: whoever came by it is out; say whether there was one."""

    async def invites(self, session_id: str) -> list[InviteRow]:
        """Return who was invited and has no account yet, oldest first."""

    async def add_invite(
        self, invite: InviteRow, by: ParticipantRow | None = None
    ) -> InviteRow | None:
        """Invite an address, or change the role of its invite; return the invite that holds.

        None is returned where a user has the address: users are participants at once.
        """

    async def delete_invite(
        self, session_id: str, invite_id: str, by: ParticipantRow | None = None
    ) -> bool:
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
        self, user_id: str, *, username: str | None = None, email: str | None = None
    ) -> UserRow | None:
        """Change what is not None, and return what holds now; None where there is no user.

        Participants that are called by the old username are called by the new one; a new
        address brings the roles that it was invited to.

        Raises:
            Taken: another user has the name or the address, whatever the case.
        """

    async def change_password(
        self, user_id: str, old_hash: str, new_hash: str, login_id: str, token_hash: bytes
    ) -> bool:
        """Replace a password, and say whether that was possible.

        With it all logins of the user end but one, which goes on with this refresh token alone.
        Nothing changes if that one has ended, or the password is not the old one any more.
        """

    async def delete_user(self, user_id: str, *, delete_sessions: bool) -> Departure:
        """Delete a user, with the sessions that nobody else owns; say which they were.

        Elsewhere the user stays in history as a participant without name, user and role.

        Raises:
            OwnsSessions: there are such sessions, and `delete_sessions` is not so.
        """

    async def add_login(
        self, login: LoginRow, token_hash: bytes, checked: str, rehashed: str | None = None
    ) -> bool:
        """Sign a user in, with a first refresh token, and say whether that was possible.

        It isn't where the user's password hash is not `checked` any more; where it is, and
        there is a `rehashed` one, that replaces it.
        """

    async def login(self, login_id: str) -> tuple[LoginRow, UserRow] | None:
        """Return a login that has not ended and whose it is, or None."""

    async def rotate(
        self, token_hash: bytes, next_hash: bytes, now: float, expires_at: float, grace: float
    ) -> LoginRow | None:
        """Use a refresh token to get the next one, and let its login live on until `expires_at`.

        It is good once, and again within `grace` seconds as long as nothing that it was used
        for has been used itself.  Used again otherwise, its login ends with all its tokens.
        None is returned where it isn't good.  Tokens that were used longer ago than a login
        lives are forgotten.
        """

    async def end_login(self, login_id: str) -> None:
        """Sign out."""


class Store(SessionStore, AccessStore, AccountStore, AdminStore, Protocol):
    """All that is kept."""

    async def open(self) -> None:
        """Connect, and bring the tables up to date."""

    async def close(self) -> None:
        """Finish what is being written, and let go."""
