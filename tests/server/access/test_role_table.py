"""Every call of the REST interface, made by everybody: who is let in, and who is told what.

The table is made from the declarations themselves: a call that is added is in it at once.
Who is let in may still be told that the request makes no sense, but never that they may not.
"""

from __future__ import annotations

import re
from typing import Final, assert_never, get_args

import pytest
from aiohttp import ClientSession

from ot_protocol.messages import Role
from ot_server.access.roles import ALLOWED, Action
from ot_server.app import API
from ot_server.http.framework.routing import Call, Endpoint, SessionCall, UserCall
from tests.server.props.rest import bearing, problem
from tests.server.props.stage import Ids, Who, everything, set_stage
from tests.servers import Server

ROLE_OF: Final[dict[Who, Role]] = {
    "owner": "owner",
    "editor": "editor",
    "viewer": "viewer",
    "guest editor": "editor",
}

ENDPOINTS: Final = [
    (f"{routes.prefix}{endpoint.path}", endpoint) for routes in API for endpoint in routes.endpoints
]
NAMES: Final = [f"{endpoint.method} {path}" for path, endpoint in ENDPOINTS]
OF_A_SESSION: Final = [
    (path, endpoint) for path, endpoint in ENDPOINTS if endpoint.call is SessionCall
]

STRICTER: Final = {
    "DELETE /sessions/{session_id}/members/{user_id}": Action.SHARE,
    "DELETE /sessions/{session_id}/ai/{task_id}": Action.STOP,
}
"""What takes more than is declared where it is about somebody else, as it is here."""
TAKES_AN_ACCOUNT: Final = {"POST /sessions/{session_id}/fork"}
"""What no guest can do, whatever the role."""


def parameters(endpoint: Endpoint) -> list[str]:
    """Return the names of a path's parameters."""
    return re.findall(r"{(\w+)}", endpoint.path)


def expected(endpoint: Endpoint, who: Who) -> tuple[int, str] | None:
    """Return how somebody is refused by the table of roles, or None who is let in."""
    is_guest = who in ("guest editor", "guest of another session")
    call = f"{endpoint.method} {endpoint.path}"
    if endpoint.call is Call:
        return None
    if who == "nobody":
        return 401, "not_authenticated"
    if endpoint.call is UserCall:
        return (401, "invalid_token") if is_guest else None
    assert endpoint.action is not None
    match who:
        case "stranger" | "guest of another session":
            return 404, "no_such_session"
        case "removed":
            return 403, "forbidden"
        case "owner" | "editor" | "viewer" | "guest editor":
            if STRICTER.get(call, endpoint.action) not in ALLOWED[ROLE_OF[who]]:
                return 403, "forbidden"
            return (401, "invalid_token") if is_guest and call in TAKES_AN_ACCOUNT else None
        case _:
            assert_never(who)


@pytest.mark.parametrize(("path", "endpoint"), ENDPOINTS, ids=NAMES)
async def test_everybody_is_let_in_or_refused_by_the_table(
    server: Server, http: ClientSession, path: str, endpoint: Endpoint
) -> None:
    stage = await set_stage(server, http, "a")
    url = server.url + fill(path, endpoint, stage.ids)
    for who in reversed(get_args(Who)):  # the owner last: they may delete it all
        token = stage.tokens[who]
        headers = bearing(token) if token else {}
        async with http.request(endpoint.method, url, headers=headers, json={}) as response:
            refused = expected(endpoint, who)
            if refused is not None:
                assert (who, await problem(response)) == (who, refused)
            else:
                assert response.status < 500, who
                assert response.status not in (401, 403), (who, await response.text())


# No id opens the door of another session.

BODIES: Final = {"PUT /sessions/{session_id}/members/{user_id}": {"role": "owner"}}
"""Where the empty one would be refused for what it is."""


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        (path, endpoint)
        for path, endpoint in OF_A_SESSION
        if set(parameters(endpoint)) - {"session_id", *endpoint.numbers}
    ],
    ids=lambda value: value if isinstance(value, str) else value.method,
)
async def test_no_id_of_one_session_is_any_good_in_another(
    server: Server, http: ClientSession, path: str, endpoint: Endpoint
) -> None:
    theirs, mine = await set_stage(server, http, "a"), await set_stage(server, http, "b")
    before = await everything(theirs)
    ids = {**theirs.ids, "session_id": mine.ids["session_id"]}
    url = server.url + fill(path, endpoint, ids)
    body = BODIES.get(f"{endpoint.method} {endpoint.path}", {})

    headers = bearing(mine.owner.token)
    async with http.request(endpoint.method, url, headers=headers, json=body) as response:
        status, code = await problem(response)

    assert (status, code.startswith("no_such_")) == (404, True)
    assert await everything(theirs) == before


# Nobody raises their own role.


@pytest.mark.parametrize("who", ["editor", "viewer", "guest editor", "removed", "stranger"])
async def test_nobody_raises_their_own_role(server: Server, http: ClientSession, who: Who) -> None:
    stage = await set_stage(server, http, "a")
    session_id = stage.ids["session_id"]
    url = f"{server.url}/api/v1/sessions/{session_id}"
    before = await everything(stage)
    token = stage.tokens[who]
    assert token is not None
    attempts = (
        ("PUT", f"{url}/members/{stage.ids['user_id']}", {"role": "owner"}),
        ("POST", f"{url}/invites", {"user": f"a-{who}", "role": "owner"}),
        ("POST", f"{url}/links", {"role": "editor"}),
        ("PATCH", url, {"visibility": "private"}),
    )

    for method, target, body in attempts:
        async with http.request(method, target, json=body, headers=bearing(token)) as response:
            assert response.status in (403, 404)

    assert await everything(stage) == before


def fill(path: str, endpoint: Endpoint, ids: Ids) -> str:
    """Return a path with its parameters filled in; one that nobody knows fails here."""
    numbers = dict.fromkeys(endpoint.numbers, "1")
    return path.format_map({**numbers, **ids})
