"""A session with one of each: members, a guest, a link, an invite, a version; and who wants in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from aiohttp import ClientSession

from ot_server.ids import new_id
from ot_server.store.rows import InviteRow, VersionRow
from tests.server.props.peer import Room, join_room, open_room
from tests.server.props.people import Person, person
from tests.servers import Server

__all__ = ["Ids", "Stage", "Who", "everything", "set_stage"]

Who = Literal[
    "owner",
    "editor",
    "viewer",
    "guest editor",
    "removed",
    "stranger",
    "guest of another session",
    "nobody",
]
Ids = Mapping[str, str]
"""Parameters of a path, by name."""


class Stage:
    """A session with one of each: members, a guest, a link, an invite, a version."""

    def __init__(self, ids: Ids, tokens: Mapping[Who, str | None], owner: Person) -> None:
        self.ids = ids
        self.tokens = tokens
        self.owner = owner


async def set_stage(server: Server, http: ClientSession, name: str) -> Stage:
    """Make a session, everybody of it, and everybody who has nothing to do with it.

    The linter finds something in its text.
    """
    store = server.store
    people = {
        who: await person(server, http, f"{name}-{who}")
        for who in ("owner", "editor", "viewer", "removed", "stranger", "member")
    }
    owner = people["owner"]
    session_id = await owner.new_session(visibility="link", text="import os\n")
    for who in ("editor", "viewer", "removed"):
        await people[who].becomes(session_id, "viewer" if who == "viewer" else "editor")
    await people["removed"].becomes(session_id, None)
    member = await people["member"].becomes(session_id, "viewer")
    link = (await owner.do("POST", f"/sessions/{session_id}/links", role="editor"))["link"]
    guest = await join_room(http, Room(server.url, session_id, link, "", ""), "Guest")
    invite = InviteRow(new_id(), session_id, f"{name}@example.net", "viewer", 1.0)
    await store.add_invite(invite)
    version = VersionRow(new_id(), session_id, "First", 1, guest.participant, 1.0)
    await store.add_version(version)
    asked = await owner.do("POST", f"/sessions/{session_id}/ai/debug")
    elsewhere = await open_room(http, server.url)
    ids = {
        "session_id": session_id,
        "user_id": people["member"].user_id,
        "participant_id": member.participant,
        "link": link,
        "invite_id": invite.id,
        "version_id": version.id,
        "task_id": asked["task"]["id"],
        "proposal_id": asked["items"][0]["id"],
        "guest": guest.participant,
        **{f"{who}_id": people[who].user_id for who in ("owner", "editor", "viewer")},
    }
    tokens: dict[Who, str | None] = {
        "owner": owner.token,
        "editor": people["editor"].token,
        "viewer": people["viewer"].token,
        "guest editor": guest.token,
        "removed": people["removed"].token,
        "stranger": people["stranger"].token,
        "guest of another session": elsewhere.token,
        "nobody": None,
    }
    return Stage(ids, tokens, owner)


async def everything(stage: Stage) -> list[object]:
    """Return all that a session's ids lead to."""
    store, session_id = stage.owner.server.store, stage.ids["session_id"]
    return [
        await store.participants(session_id),
        await store.links(session_id),
        await store.invites(session_id),
        await store.versions(session_id),
        await store.standing(session_id, (), ()),
    ]
