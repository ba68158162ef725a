"""`FaultyStore`: a store that fails on demand, in front of one that doesn't.

It can be down, be held at one method until it is let go, fail a call before anything
was done or after all was done, and fall silent for ever, as it does for a node that dies.
As every store it bounds its calls: one that reads is `StoreUnavailable` then, one that writes
`OutcomeUnknown`.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final, NamedTuple, TypeVar

from ot_server.errors import OutcomeUnknown, StoreUnavailable
from ot_server.store.contract import SessionStore
from ot_server.store.rows import (
    Block,
    ClientRow,
    Commit,
    CommittedOperation,
    NewSession,
    Snapshot,
    Standing,
)

__all__ = ["WRITES", "FaultyStore"]

T = TypeVar("T")

WRITES: Final = frozenset({"create_session", "commit", "claim_client", "save_snapshot"})


class Failure(NamedTuple):
    """How one call fails."""

    error: Exception
    is_done: bool


class FaultyStore:
    """A `SessionStore`; what isn't told to fail does what the one behind it does."""

    def __init__(self, inner: SessionStore, seconds: float = 5) -> None:
        self.inner = inner
        self.seconds = seconds
        """How long a call takes at most."""
        self.calls: Counter[str] = Counter()
        """How often each method has been called."""
        self.is_down = False
        """Whether every call raises `StoreUnavailable`."""
        self.is_silent = False
        """Whether no call ever returns, and none does anything."""
        self._gates: dict[str, asyncio.Event] = {}
        self._failures: defaultdict[str, deque[Failure]] = defaultdict(deque)

    def hold(self, method: str) -> asyncio.Event:
        """Let calls of a method wait, with nothing done, until the event is set."""
        self._gates[method] = asyncio.Event()
        return self._gates[method]

    def fail(self, method: str, error: Exception, *, is_done: bool = False) -> None:
        """Let the next call of a method raise; `is_done`: after it has done its work."""
        self._failures[method].append(Failure(error, is_done))

    async def disturb(self, method: str) -> None:
        """Do whatever else should happen before a call; here nothing."""

    async def _call(self, method: str, work: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(self.seconds):
                return await self._answered(method, work)
        except TimeoutError:
            kind = OutcomeUnknown if method in WRITES else StoreUnavailable
            raise kind("it took too long") from None

    async def _answered(self, method: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do what is asked, or fail, however long that takes."""
        self.calls[method] += 1
        await self.disturb(method)
        if method in self._gates:
            await self._gates[method].wait()
        if self.is_silent:
            await asyncio.get_running_loop().create_future()
        if self.is_down:
            raise StoreUnavailable("it is down")
        failures = self._failures[method]
        if not failures:
            return await work()
        failure = failures.popleft()
        if failure.is_done:
            await work()
        raise failure.error

    def __getattr__(self, name: str) -> Any:
        """Return what no test lets fail, from the store behind this one."""
        return getattr(self.inner, name)

    async def create_session(self, new: NewSession) -> None:
        await self._call("create_session", lambda: self.inner.create_session(new))

    async def standing(
        self, session_id: str, participants: Collection[str], clients: Collection[str]
    ) -> Standing | None:
        return await self._call(
            "standing", lambda: self.inner.standing(session_id, participants, clients)
        )

    async def snapshot(self, session_id: str, revision: int | None = None) -> Snapshot:
        return await self._call("snapshot", lambda: self.inner.snapshot(session_id, revision))

    async def operations(
        self, session_id: str, first: int, last: int, most_bytes: int | None = None
    ) -> list[CommittedOperation]:
        return await self._call(
            "operations", lambda: self.inner.operations(session_id, first, last, most_bytes)
        )

    async def commit(self, commit: Commit) -> bool:
        return await self._call("commit", lambda: self.inner.commit(commit))

    async def save_snapshot(self, session_id: str, snapshot: Snapshot, block: Block) -> None:
        await self._call(
            "save_snapshot", lambda: self.inner.save_snapshot(session_id, snapshot, block)
        )

    async def heads(self, session_ids: Collection[str]) -> dict[str, tuple[int, int, int]]:
        return await self._call("heads", lambda: self.inner.heads(session_ids))

    async def claim_client(self, session_id: str, client_id: str, participant_id: str) -> ClientRow:
        return await self._call(
            "claim_client", lambda: self.inner.claim_client(session_id, client_id, participant_id)
        )

    async def living_logins(self, login_ids: Collection[str]) -> set[str]:
        return await self._call("living_logins", lambda: self.inner.living_logins(login_ids))
