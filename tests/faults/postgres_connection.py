"""`PostgresConnection`: a connection of a node to Postgres, on which a commit can be caught.

What it reads of the protocol: every message except the first is a byte for its kind, four bytes
for its length, and a body.  The store prepares a statement once (Parse) and then calls it by
name (Bind, Execute, Sync), one at a time.  Each is answered up to a ReadyForQuery, which comes
when the statement is durable.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import Final

from ot_server.store.postgres.log import COMMIT
from tests.faults.proxy import Connection, Proxy

__all__ = ["At", "PostgresConnection", "PostgresProxy"]

PARSE, BIND, READY_FOR_QUERY = b"P", b"B", b"Z"
LENGTH_BYTES: Final = 4


class At(Enum):
    """Where a commit is caught."""

    STATEMENT = auto()
    """On its way to Postgres, which has not received it."""
    ANSWER = auto()
    """Durable, and on its way back to the node."""


class PostgresProxy(Proxy):
    """The proxy in front of Postgres."""

    def __init__(self, target: int) -> None:
        super().__init__([target], lambda near, far: PostgresConnection(self, near, far))
        self.catching: At | None = None
        self.caught: asyncio.Future[PostgresConnection] | None = None

    async def catch(self, at: At) -> PostgresConnection:
        """Wait until the next commit is caught; return its connection, which is now held up."""
        self.catching = at
        self.caught = asyncio.get_running_loop().create_future()
        return await self.caught


class PostgresConnection(Connection):
    """One connection to Postgres."""

    def __init__(
        self, proxy: PostgresProxy, near: asyncio.StreamWriter, far: asyncio.StreamWriter
    ) -> None:
        super().__init__(near, far)
        self._proxy = proxy
        self._asked = _Messages(skips_first=True)
        self._answered = _Messages(skips_first=False)
        self._commits: set[bytes] = set()
        """The names of the commit's prepared statement on this connection."""
        self._catching: At | None = None
        """Set while a commit is being caught, from its statement to the end of its answer."""
        self._held = b""

    def to_server(self, data: bytes) -> bytes:
        is_commit = False
        for kind, body in self._asked.take(data):
            if kind == PARSE:
                name, sql, _ = body.split(b"\0", 2)
                if sql.decode() == COMMIT:
                    self._commits.add(name)
            elif kind == BIND:
                _, name, _ = body.split(b"\0", 2)
                is_commit = name in self._commits
        if is_commit and self._proxy.catching is not None:
            self._catching, self._proxy.catching = self._proxy.catching, None
        if self._catching is At.STATEMENT:
            return self._hold(data, is_all=True)
        return data

    def to_client(self, data: bytes) -> bytes:
        is_over = any(kind == READY_FOR_QUERY for kind, _ in self._answered.take(data))
        if self._catching is At.ANSWER:
            return self._hold(data, is_all=is_over)
        return data

    def release(self) -> None:
        """Pass the caught statement on to Postgres, even if its node is dead."""
        assert self._catching is At.STATEMENT
        self._far.write(self._held)
        self._let_go()

    def drop(self) -> None:
        """Lose the caught answer; the connection stays open."""
        assert self._catching is At.ANSWER
        self._let_go()

    def _hold(self, data: bytes, *, is_all: bool) -> bytes:
        self._held += data
        caught = self._proxy.caught
        if is_all and caught is not None and not caught.done():
            caught.set_result(self)
        return b""

    def _let_go(self) -> None:
        self._catching, self._held = None, b""


class _Messages:
    """Splits a stream into messages."""

    def __init__(self, *, skips_first: bool) -> None:
        self._kind_bytes = 0 if skips_first else 1
        self._data = b""

    def take(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Return the kinds and bodies of the messages that end within `data`."""
        self._data += data
        messages = []
        while len(self._data) >= self._kind_bytes + LENGTH_BYTES:
            begin = self._kind_bytes + LENGTH_BYTES
            end = self._kind_bytes + int.from_bytes(self._data[self._kind_bytes : begin], "big")
            if len(self._data) < end:
                break
            messages.append((self._data[: self._kind_bytes], self._data[begin:end]))
            self._data = self._data[end:]
            self._kind_bytes = 1  # only a client's first message has none
        return messages
