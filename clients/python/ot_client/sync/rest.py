"""The REST calls that lead to a session, with nothing to await: see `ot_client.rest`."""

from __future__ import annotations

import threading

from ot_client import rest
from ot_client.login import Login as AsyncLogin
from ot_client.login import User
from ot_client.rest import Joined, Room, Snapshot
from ot_client.sync.background import run

__all__ = ["Login", "create_room", "fetch_text", "join", "sign_in"]


def create_room(
    server: str,
    *,
    title: str | None = None,
    language: str | None = None,
    name: str | None = None,
    text: str | None = None,
) -> Room:
    """Do as `ot_client.create_room`."""
    return run(rest.create_room(server, title=title, language=language, name=name, text=text))


def join(link: str, name: str | None = None, *, token: str | None = None) -> Joined:
    """Do as `ot_client.join`."""
    return run(rest.join(link, name, token=token))


def fetch_text(address: str, token: str) -> Snapshot:
    """Do as `ot_client.fetch_text`."""
    return run(rest.fetch_text(address, token))


def sign_in(server: str, username: str, password: str) -> Login:
    """Do as `ot_client.sign_in`."""
    return Login(run(rest.sign_in(server, username, password)))


class Login:
    """One sign-in of a user, as `ot_client.Login`: ``connect(address, login.token)``."""

    def __init__(self, login: AsyncLogin) -> None:
        self._login = login
        self._asking = threading.Lock()

    def __repr__(self) -> str:
        return repr(self._login)

    @property
    def server(self) -> str:
        """The server's address."""
        return self._login.server

    @property
    def user(self) -> User:
        """Who has signed in."""
        return self._login.user

    def token(self) -> str:
        """Return a token that is good for a minute and more, from whatever thread."""
        with self._asking:
            return run(self._login.token())

    def sign_out(self) -> None:
        """End the login, and all connections that it has opened."""
        with self._asking:
            run(self._login.sign_out())
