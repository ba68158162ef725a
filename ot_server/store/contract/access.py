"""`AccessStore`: the part of a `Store` for members, links, invites and named revisions."""

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
    """Who may do what in which session.

    A change of a role, a title, a language or a link also changes the session's `version`, in
    the same transaction, so that no commit that began before it goes through after it.

    `by` is the participant who calls, with the role that allowed it; None is the server's
    operator.  If they no longer hold that role, nothing changes and `RoleLost` is raised.
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
        """Change what is not None, and return the result; None if there is no such session."""

    async def delete_session(self, session_id: str, by: Holder | None = None) -> bool:
        """Delete a session with everything in it; return whether there was one."""

    async def participant_of_user(self, session_id: str, user_id: str) -> ParticipantRow | None:
        """Return a user as a participant, or None if they never were one."""

    async def participants(
        self,
        session_id: str,
        *,
        members: bool = False,
        limit: int | None = None,
        after: int | None = None,
    ) -> list[tuple[ParticipantRow, Role | None]]:
        """Return everybody who takes or took part, in the order in which they joined.

        Each comes with the held role, see `SessionStore.standing`.  With `members`, only users
        with a role are returned; `after` is the ordinal of the last one that the caller has.
        """

    async def add_participant(
        self, participant: ParticipantRow, by: Holder | None = None
    ) -> ParticipantRow:
        """Add a participant, and return them with their ordinal.

        Somebody who is there already, as that user or with that id, is returned unchanged; or
        with the new role and link, if they no longer hold a role.  That is a change of access.
        """

    async def rename_participant(self, participant_id: str, name: str) -> None:
        """Rename a participant."""

    async def set_role(
        self,
        session_id: str,
        participant_id: str,
        role: Role | None,
        by: Holder | None = None,
    ) -> bool:
        """Give a participant a role that needs no link, or None; return whether they exist.

        Raises:
            LastOwner: nobody else owns the session.
        """

    async def link(self, link: str) -> LinkRow | None:
        """Return a share link, or None if there is none."""

    async def links(self, session_id: str) -> list[LinkRow]:
        """Return the share links of a session, oldest first."""

    async def add_link(self, link: LinkRow, by: Holder | None = None) -> None:
        """Add a share link."""

    async def delete_link(self, session_id: str, link: str, by: Holder | None = None) -> bool:
        """Delete a share link, and put out those who came by it; return whether there was one."""

    async def invites(self, session_id: str) -> list[InviteRow]:
        """Return the invites of people who have no account yet, oldest first."""

    async def add_invite(self, invite: InviteRow, by: Holder | None = None) -> InviteRow | None:
        """Invite an address, or change the role of its invite; return the invite.

        Returns None if a user has the address: users become participants at once.
        """

    async def delete_invite(
        self, session_id: str, invite_id: str, by: Holder | None = None
    ) -> bool:
        """Cancel an invite; return whether there was one."""

    async def versions(self, session_id: str) -> list[VersionRow]:
        """Return the named revisions of a session, highest first."""

    async def add_version(self, version: VersionRow) -> None:
        """Name a revision."""

    async def delete_version(self, session_id: str, version_id: str) -> bool:
        """Remove a name; return whether there was one."""
