"""People with an account, who are signed in, for tests that need many of them.

They are put into the store as they are: to hash their passwords would take a while.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse, ClientSession

from ot_protocol.messages import Role
from ot_server.access.tokens import AccessToken
from ot_server.ids import new_id
from ot_server.store.rows import LoginRow, ParticipantRow, UserRow
from tests.server.props.peer import Room
from tests.server.props.rest import bearing
from tests.server.props.scene import tokens_of
from tests.servers import Server

__all__ = ["Person", "person"]

HOUR = 3600


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in, and talks to one server."""

    server: Server
    http: ClientSession
    user_id: str
    name: str
    token: str

    @property
    def email(self) -> str:
        return f"{self.name}@example.org"

    @asynccontextmanager
    async def ask(self, method: str, path: str, **more: Any) -> AsyncIterator[ClientResponse]:
        """Make a REST call of one's own."""
        url = f"{self.server.url}/api/v1{path}"
        async with self.http.request(method, url, headers=bearing(self.token), **more) as response:
            yield response

    async def get(self, path: str, **query: str | int) -> Any:
        """Return what a call answers that has to succeed."""
        async with self.ask("GET", path, params=query) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def do(self, method: str, path: str, **body: object) -> Any:
        """Make a call that has to succeed; return what it answers, if anything."""
        async with self.ask(method, path, json=body) as response:
            assert response.status in (200, 201, 204), await response.text()
            return await response.json() if response.status != 204 else None

    async def new_session(self, **body: object) -> str:
        """Make a session of one's own, and return its id."""
        made = await self.do("POST", "/sessions", **body)
        return str(made["id"])

    async def becomes(self, session_id: str, role: Role | None) -> Room:
        """Take part in a session with a role, or with none any more; return the way into it."""
        store = self.server.store
        row = await store.add_participant(
            ParticipantRow(new_id(), session_id, self.name, "user", role, user_id=self.user_id)
        )
        if row.given != role:
            await store.set_role(session_id, row.id, role)
        return Room(self.server.url, session_id, "", self.token, row.id)


async def person(server: Server, http: ClientSession, name: str) -> Person:
    """Return somebody new."""
    now = time.time()
    user = UserRow(new_id(), name, f"{name}@example.org", "no password", now)
    login = LoginRow(new_id(), user.id, now, now + HOUR)
    await server.store.add_user(user)
    await server.store.add_login(login, new_id().encode(), user.password_hash)
    access = AccessToken(user.id, login.id, int(now) + HOUR)
    return Person(server, http, user.id, name, tokens_of(server).issue(access, int(now)))
