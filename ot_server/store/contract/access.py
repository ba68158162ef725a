"""`AccessStore`: what members, links, invites and named versions ask of a `Store`."""

from __future__ import annotations

from typing import Protocol

from ot_protocol.messages import Role
from ot_server.store.rows import (
    Holder,
    InviteRow,
    LinkRow,
    ParticipantRow,
    SessionInfoRow,
    VersionRow,
    Visibility,
)

__all__ = ["AccessStore"]


class AccessStore(Protocol):
    """Who may do what with which session.

    A change of a role, a title, a language or a link bumps the session's `version` in the same
    transaction, so that no commit that began before goes through after.

    `by` is the participant who asks, with the role that allowed it; None is the server's
    operator.  One who does not hold that role any more changes nothing: `RoleLost` is raised.
    """

    async def change_session(
        self,
        session_id: str,
        *,
        title: str | None = None,
        language: str | None = None,
        visibility: Visibility | None = None,
        run: bool | None = None,
        by: Holder | None = None,
    ) -> SessionInfoRow | None:
        """Change what is not None, and return what holds now; None where there is no session."""

    async def delete_session(self, session_id: str, by: Holder | None = None) -> bool:
        """Delete a session with all that belongs to it, and say whether there was one."""

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
        self, participant: ParticipantRow, by: Holder | None = None
    ) -> ParticipantRow:
        """Add a participant and return it with its ordinal.

        Who is there already, as that user or by that id, is returned unchanged, or with the new
        role and link where the old role is worth nothing any more; this too is a change of access.
        """

    async def rename_participant(self, participant_id: str, name: str) -> None:
        """Give a participant another name."""

    async def set_role(
        self,
        session_id: str,
        participant_id: str,
        role: Role | None,
        by: Holder | None = None,
    ) -> bool:
        """Give a participant a role that needs no link, or none; say whether they are there.

        Raises:
            LastOwner: nobody else owns the session.
        """

    async def link(self, link: str) -> LinkRow | None:
        """Return a share link, or None where there is none."""

    async def links(self, session_id: str) -> list[LinkRow]:
        """Return the share links of a session, oldest first."""

    async def add_link(self, link: LinkRow, by: Holder | None = None) -> None:
        """Add a share link."""

    async def delete_link(self, session_id: str, link: str, by: Holder | None = None) -> bool:
        """Delete a share link: who came by it is out; say whether there was one."""

    async def invites(self, session_id: str) -> list[InviteRow]:
        """Return who was invited and has no account yet, oldest first."""

    async def add_invite(self, invite: InviteRow, by: Holder | None = None) -> InviteRow | None:
        """Invite an address, or change the role of its invite; return the invite that holds.

        None is returned where a user has the address: users are participants at once.
        """

    async def delete_invite(
        self, session_id: str, invite_id: str, by: Holder | None = None
    ) -> bool:
        """Take an invite back, and say whether there was one."""

    async def versions(self, session_id: str) -> list[VersionRow]:
        """Return the named revisions of a session, highest first."""

    async def add_version(self, version: VersionRow) -> None:
        """Give a revision a name."""

    async def delete_version(self, session_id: str, version_id: str) -> bool:
        """Take a name away, and say whether there was one."""
