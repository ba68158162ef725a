"""Calls that nobody should make, and what exactly each is answered by.

They are made to a session with one of each, which its owner has made; "ada" is somebody with
a password, who has nothing to do with it, and "thief" owns another session, which `{mine}` is.
Paths and the texts in bodies hold the ids of the first one by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from tests.server.props.bad_tokens import BAD_TOKENS, Forge

__all__ = ["BAD_CALLS", "SESSION", "YES", "BadCall"]

JSON: Final = "application/json"
SESSION: Final = "/sessions/{session_id}"
MINE: Final = "/sessions/{mine}"
YES: Final = {"role": "owner"}
"""What everybody would like to be."""


class BadCall(NamedTuple):
    """One call, and its answer: a problem with this status and code, and nothing has changed."""

    method: str
    path: str
    status: int
    code: str
    who: str | Forge | None = None
    """Whose token comes along."""
    body: object = None
    """JSON; or bytes, which are sent as they are."""
    kind: str = JSON
    headers: Mapping[str, str] = {}
    detail: str | None = None
    """What it says, where that is more than the code does."""
    told: Mapping[str, str] = {}
    """Headers of the answer."""


OF_TOKENS: Final = {
    f"a token {name}": BadCall(
        "GET", "/sessions", 401, "invalid_token", token, told={"WWW-Authenticate": "Bearer"}
    )
    for name, token in BAD_TOKENS.items()
}

OF_HEADERS: Final = {
    "no token": BadCall("GET", "/sessions", 401, "not_authenticated"),
    "a token in another scheme": BadCall(
        "GET", "/sessions", 401, "not_authenticated", headers={"Authorization": "Basic YTpi"}
    ),
    "a scheme without a token": BadCall(
        "GET", "/sessions", 401, "not_authenticated", headers={"Authorization": "Bearer "}
    ),
    "a token in the query": BadCall("GET", "/sessions?token=x", 401, "not_authenticated"),
    "a token in a cookie": BadCall(
        "GET", "/sessions", 401, "not_authenticated", headers={"Cookie": "token=x"}
    ),
    "If-Match of another text": BadCall(
        "PUT", f"{SESSION}/text", 412, "precondition_failed", "owner", {"text": ""},
        headers={"If-Match": '"1-99"'}, told={"ETag": '"1-1"'},
    ),
    "If-Match that is no tag": BadCall(
        "PUT", f"{SESSION}/text", 412, "precondition_failed", "owner", {"text": ""},
        headers={"If-Match": "1-1"},
    ),
    "a method in a header": BadCall(
        "POST", f"{SESSION}", 405, "method_not_allowed", "owner",
        headers={"X-HTTP-Method-Override": "DELETE"}, told={"Allow": "DELETE,GET,HEAD,PATCH"},
    ),
    "a page of another site that asks": BadCall(
        "OPTIONS", "/sessions", 403, "origin_not_allowed",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    ),
}  # fmt: skip

OF_IDS: Final = {
    "another's session": BadCall("GET", SESSION, 404, "no_such_session", "thief"),
    "another's text": BadCall("GET", f"{SESSION}/text", 404, "no_such_session", "thief"),
    "another's history": BadCall("GET", f"{SESSION}/revisions/1", 404, "no_such_session", "thief"),
    "another's session, deleted": BadCall("DELETE", SESSION, 404, "no_such_session", "thief"),
    "another's session, forked": BadCall(
        "POST", f"{SESSION}/fork", 404, "no_such_session", "thief", {}
    ),
    "a session by a guest of another one": BadCall(
        "GET", f"{SESSION}/text", 404, "no_such_session", "guest of another session"
    ),
    "a user of another session, raised": BadCall(
        "PUT", f"{MINE}/members/{{user_id}}", 404, "no_such_member", "thief", YES
    ),
    "a user of another session, removed": BadCall(
        "DELETE", f"{MINE}/members/{{user_id}}", 404, "no_such_member", "thief"
    ),
    "a participant of another session": BadCall(
        "DELETE", f"{MINE}/participants/{{participant_id}}", 404, "no_such_participant", "thief"
    ),
    "a link of another session": BadCall(
        "DELETE", f"{MINE}/links/{{link}}", 404, "no_such_link", "thief"
    ),
    "an invite of another session": BadCall(
        "GET", f"{MINE}/invites/{{invite_id}}", 404, "no_such_invite", "thief"
    ),
    "an invite of another session, deleted": BadCall(
        "DELETE", f"{MINE}/invites/{{invite_id}}", 404, "no_such_invite", "thief"
    ),
    "a version of another session": BadCall(
        "DELETE", f"{MINE}/versions/{{version_id}}", 404, "no_such_version", "thief"
    ),
    "a revision that is not there": BadCall(
        "GET", f"{MINE}/revisions/1", 404, "no_such_revision", "thief"
    ),
    "a revision that is not there, restored": BadCall(
        "POST", f"{MINE}/restore", 404, "no_such_revision", "thief", {"revision": 1}
    ),
    "a revision of another epoch": BadCall(
        "GET", f"{SESSION}/revisions/1?epoch=2", 404, "no_such_revision", "owner"
    ),
    "a participant for a user": BadCall(
        "PUT", f"{SESSION}/members/{{participant_id}}", 404, "no_such_member", "owner", YES
    ),
    "a guest for a user": BadCall(
        "PUT", f"{SESSION}/members/{{guest}}", 404, "no_such_member", "owner", YES
    ),
    "a user for a participant": BadCall(
        "DELETE", f"{SESSION}/participants/{{user_id}}", 404, "no_such_participant", "owner"
    ),
    "a session's id for a link": BadCall(
        "POST", "/join/{session_id}", 404, "no_such_link", body={}
    ),
    "a guessed link": BadCall(
        "POST", "/join/aaaaaaaaaaaaaaaaaaaaaaaa", 404, "no_such_link", body={}
    ),
    "a pattern for a link": BadCall("POST", "/join/%25", 404, "no_such_link", body={}),
    "a path out of sessions": BadCall(
        "GET", "/sessions/..%2f..%2fopenapi.json", 404, "no_such_session", "owner"
    ),
    "a path out of links": BadCall(
        "DELETE", f"{SESSION}/links/..%2f..", 404, "no_such_link", "owner"
    ),
    "a NUL for an id": BadCall("GET", "/sessions/%00", 404, "no_such_session", "owner"),
    "SQL for an id": BadCall("GET", "/sessions/'%20OR%201=1%20--", 404, "no_such_session", "owner"),
    "an id of 6,000 letters": BadCall(
        "GET", f"/sessions/{'a' * 6_000}", 404, "no_such_session", "owner"
    ),
    "a revision below zero": BadCall("GET", f"{SESSION}/revisions/-1", 404, "not_found", "owner"),
    "a revision in other digits": BadCall(
        "GET", f"{SESSION}/revisions/%D9%A1", 404, "not_found", "owner"
    ),
    "a revision of a hundred digits": BadCall(
        "GET", f"{SESSION}/revisions/{'9' * 100}", 404, "not_found", "owner"
    ),
}  # fmt: skip

OF_ROLES: Final = {
    "a viewer raises their own role": BadCall(
        "PUT", f"{SESSION}/members/{{viewer_id}}", 403, "forbidden", "viewer", YES
    ),
    "an editor raises their own role": BadCall(
        "PUT", f"{SESSION}/members/{{editor_id}}", 403, "forbidden", "editor", YES
    ),
    "an editor invites their own account as owner": BadCall(
        "POST", f"{SESSION}/invites", 403, "forbidden", "editor", {"user": "a-editor", **YES}
    ),
    "a guest makes a link": BadCall(
        "POST", f"{SESSION}/links", 403, "forbidden", "guest editor", {}
    ),
    "an editor reads the links": BadCall("GET", f"{SESSION}/links", 403, "forbidden", "editor"),
    "an editor says who may come in": BadCall(
        "PATCH", SESSION, 403, "forbidden", "editor", {"title": "New", "visibility": "private"}
    ),
    "a viewer renames": BadCall("PATCH", SESSION, 403, "forbidden", "viewer", {"title": "New"}),
    "a viewer writes": BadCall("PUT", f"{SESSION}/text", 403, "forbidden", "viewer", {"text": ""}),
    "a viewer restores": BadCall(
        "POST", f"{SESSION}/restore", 403, "forbidden", "viewer", {"revision": 0}
    ),
    "a viewer removes somebody": BadCall(
        "DELETE", f"{SESSION}/members/{{user_id}}", 403, "forbidden", "viewer"
    ),
    "an editor kicks": BadCall(
        "DELETE", f"{SESSION}/participants/{{participant_id}}", 403, "forbidden", "editor"
    ),
    "an editor deletes": BadCall("DELETE", SESSION, 403, "forbidden", "editor"),
    "who was removed reads": BadCall("GET", f"{SESSION}/text", 403, "forbidden", "removed"),
    "a guest makes a session": BadCall(
        "POST", "/sessions", 401, "invalid_token", "guest editor", {}
    ),
    "a guest forks": BadCall("POST", f"{SESSION}/fork", 401, "invalid_token", "guest editor", {}),
    "a guest asks who they are": BadCall(
        "GET", "/auth/me", 401, "invalid_token", "guest editor",
        detail="this needs an account, and the token is a guest's",
    ),
    "the last owner leaves": BadCall(
        "DELETE", f"{SESSION}/members/{{owner_id}}", 409, "last_owner", "owner"
    ),
    "the last owner steps down": BadCall(
        "PUT", f"{SESSION}/members/{{owner_id}}", 409, "last_owner", "owner", {"role": "viewer"}
    ),
    "a link into what is private": BadCall("POST", f"{MINE}/links", 409, "private", "thief", {}),
    "a link that makes owners": BadCall(
        "POST", f"{SESSION}/links", 422, "invalid_body", "owner", YES,
        detail="Invalid enum value 'owner' - at `$.role`",
    ),
}  # fmt: skip

BAD_CALLS: Final = {**OF_TOKENS, **OF_HEADERS, **OF_IDS, **OF_ROLES}
