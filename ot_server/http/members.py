"""Members: the users who have a role in a session, and those who are invited to have one."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Final

from msgspec import Struct

from ot_protocol.messages import Role
from ot_protocol.names import UsernameOrEmail
from ot_server.access.roles import Action, is_allowed
from ot_server.http.framework.answers import LAST_OWNER
from ot_server.http.framework.paging import Ordinal, PageQuery, from_cursor, page_of
from ot_server.http.framework.problem import FORBIDDEN, Problem, ProblemType
from ot_server.http.framework.routing import Routes, SessionCall
from ot_server.http.framework.services import Services
from ot_server.ids import new_id
from ot_server.store.contract import Store
from ot_server.store.rows import Holder, InviteRow, ParticipantRow, UserRow
from ot_server.times import Time, rfc3339

__all__ = ["routes", "set_role"]

routes = Routes("members")

MOST_INVITES: Final = 200
"""Of one session, those that still wait."""

NO_SUCH_MEMBER: Final = ProblemType(
    HTTPStatus.NOT_FOUND, "no_such_member", "the session has no such member"
)
NO_SUCH_USER: Final = ProblemType(
    HTTPStatus.NOT_FOUND, "no_such_user", "there is no user of this name"
)
NO_SUCH_INVITE: Final = ProblemType(
    HTTPStatus.NOT_FOUND, "no_such_invite", "there is no such invite, or it waits no more"
)
TOO_MANY_INVITES: Final = ProblemType(
    HTTPStatus.CONFLICT, "too_many_invites", f"at most {MOST_INVITES} invites may wait"
)


class NewInvite(Struct, forbid_unknown_fields=True):
    """Somebody who is to have a role."""

    user: UsernameOrEmail
    """A username, or an e-mail address: of a user, or of somebody who may become one."""
    role: Role = "editor"


class Invited(Struct):
    """The role that was given, or waits."""

    user: str
    """As it was asked for."""
    role: Role
    invite_id: str | None
    """Of the invite that waits for its address to register; null where the role holds already."""


class Invite(Struct):
    """A role for the user who will register with an address."""

    id: str
    email: str
    role: Role
    created_at: Time


class NewRole(Struct, forbid_unknown_fields=True):
    """A member's role from now on."""

    role: Role


class Member(Struct):
    """A user with a role in a session."""

    user_id: str
    participant_id: str
    name: str
    role: Role


class Members(Struct):
    """Members, in the order in which they came."""

    items: list[Member]
    next: str | None
    """The cursor of the next page, if there is one."""
    invites: list[Invite]
    """Those that wait, oldest first; shown to owners only."""


@routes.get("/sessions/{session_id}/members", action=Action.READ)
async def list_members(call: SessionCall[None, PageQuery]) -> Members:
    """Return the users who have a role, and to owners the invites too."""
    store, limit = call.services.store, call.query.limit
    rows = await store.participants(
        call.session_id,
        members=True,
        limit=limit + 1,
        after=from_cursor(call.query.after, Ordinal),
    )
    page, following = page_of(rows, limit, lambda row: row[0].ordinal)
    may_share = is_allowed(call.me.role, Action.SHARE)
    invites = await store.invites(call.session_id) if may_share else []
    return Members(
        items=[_member(row, role) for row, role in page if role is not None],
        next=following,
        invites=[_invite(row) for row in invites],
    )


@routes.post(
    "/sessions/{session_id}/invites",
    action=Action.SHARE,
    status=HTTPStatus.CREATED,
    problems=(NO_SUCH_USER, LAST_OWNER, TOO_MANY_INVITES),
)
async def invite(call: SessionCall[NewInvite, None]) -> Invited:
    """Give a role: to a user at once, to any other address when it registers."""
    store, wanted = call.services.store, call.body
    invited: InviteRow | None = None
    while invited is None:
        user = await store.user_by_name(wanted.user)
        if user is not None:
            await _give_role(call, user, wanted.role)
            return Invited(wanted.user, wanted.role, None)
        if "@" not in wanted.user:
            raise Problem(NO_SUCH_USER)
        waiting = await store.invites(call.session_id)
        is_new = wanted.user.casefold() not in {row.email.casefold() for row in waiting}
        if is_new and len(waiting) >= MOST_INVITES:
            raise Problem(TOO_MANY_INVITES)
        # None where the address has just registered: the user is there now.
        invited = await store.add_invite(
            InviteRow(new_id(), call.session_id, wanted.user, wanted.role, time.time()), by=call.me
        )
    return Invited(wanted.user, invited.role, invited.id)


@routes.get(
    "/sessions/{session_id}/invites/{invite_id}", action=Action.SHARE, problems=(NO_SUCH_INVITE,)
)
async def read_invite(call: SessionCall[None, None]) -> Invite:
    """Return an invite that waits."""
    for row in await call.services.store.invites(call.session_id):
        if row.id == call.path["invite_id"]:
            return _invite(row)
    raise Problem(NO_SUCH_INVITE)


@routes.delete(
    "/sessions/{session_id}/invites/{invite_id}", action=Action.SHARE, problems=(NO_SUCH_INVITE,)
)
async def delete_invite(call: SessionCall[None, None]) -> None:
    """Take an invite back."""
    store, invite_id = call.services.store, call.path["invite_id"]
    if not await store.delete_invite(call.session_id, invite_id, by=call.me):
        raise Problem(NO_SUCH_INVITE)


@routes.put(
    "/sessions/{session_id}/members/{user_id}",
    action=Action.SHARE,
    problems=(NO_SUCH_MEMBER, LAST_OWNER),
)
async def change_member(call: SessionCall[NewRole, None]) -> Member:
    """Give a member another role; it holds at once."""
    row = await _find(call.services.store, call.session_id, call.path["user_id"])
    await set_role(call.services, row.session_id, row.id, call.body.role, by=call.me)
    return _member(row, call.body.role)


@routes.delete(
    "/sessions/{session_id}/members/{user_id}",
    action=Action.READ,
    problems=(NO_SUCH_MEMBER, LAST_OWNER),
)
async def remove_member(call: SessionCall[None, None]) -> None:
    """Take a member's role away.  Owners may take anybody's, others only their own."""
    user_id = call.path["user_id"]
    if user_id != call.me.participant.user_id and not is_allowed(call.me.role, Action.SHARE):
        raise Problem(FORBIDDEN)
    row = await _find(call.services.store, call.session_id, user_id)
    await set_role(call.services, row.session_id, row.id, None, by=call.me)


async def set_role(
    services: Services, session_id: str, participant_id: str, role: Role | None, by: Holder
) -> bool:
    """Give a participant another role, or none; return whether there is such a participant.

    Raises:
        LastOwner: the session would have no owner.
        RoleLost: the caller may not do that any more.
    """
    is_there = await services.store.set_role(session_id, participant_id, role, by=by)
    services.hub.mark_stale(session_id)
    return is_there


async def _give_role(call: SessionCall[NewInvite, None], user: UserRow, role: Role) -> None:
    row = await call.services.store.add_participant(
        ParticipantRow(new_id(), call.session_id, user.username, "user", role, user_id=user.id),
        by=call.me,
    )
    if row.given != role or row.link is not None:
        await set_role(call.services, row.session_id, row.id, role, by=call.me)


async def _find(store: Store, session_id: str, user_id: str) -> ParticipantRow:
    """Return a user who has a role in a session.

    Raises:
        Problem: 404, the user has none.
    """
    row = await store.participant_of_user(session_id, user_id)
    standing = await store.standing(session_id, [row.id], ()) if row else None
    if row is None or standing is None or row.id not in standing.roles:
        raise Problem(NO_SUCH_MEMBER)
    return row


def _member(row: ParticipantRow, role: Role) -> Member:
    assert row.user_id is not None
    return Member(user_id=row.user_id, participant_id=row.id, name=row.name, role=role)


def _invite(row: InviteRow) -> Invite:
    return Invite(id=row.id, email=row.email, role=row.role, created_at=rfc3339(row.created_at))
