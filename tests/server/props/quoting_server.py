"""``ot-server`` over a store whose failures quote what they were asked, as libraries' may.

What is asked for with a word in it that says so fails in one of the ways in which a server
can: a bug, a store that is out of reach, a task that nobody waits for, a callback.
"""

from __future__ import annotations

import asyncio

from ot_server.cli import cli
from ot_server.errors import OutcomeUnknown, StoreUnavailable
from ot_server.store import choice
from ot_server.store.rows import LinkRow, UserRow
from ot_server.store.sqlite import SqliteStore

__all__ = ["BUG", "CALLBACK", "OUT_OF_REACH", "TASK", "UNKNOWN"]

BUG, OUT_OF_REACH, UNKNOWN, TASK, CALLBACK = "a-bug", "out-of-reach", "unknown", "task", "callback"


class Quoting(Exception):
    """A failure that says what it was about."""


class QuotingStore(SqliteStore):
    """Fails when it is asked for what says so."""

    async def link(self, link: str) -> LinkRow | None:
        await _fail(link)
        return await super().link(link)

    async def user_by_name(self, name: str) -> UserRow | None:
        await _fail(name)
        return await super().user_by_name(name)


async def _fail(asked: str) -> None:
    if BUG in asked:
        try:
            raise KeyError(asked)
        except KeyError as error:
            raise Quoting(f"there is no {asked}") from error
    if OUT_OF_REACH in asked:
        raise StoreUnavailable(asked)
    if UNKNOWN in asked:
        raise OutcomeUnknown(asked)
    if TASK in asked:
        task = asyncio.create_task(_forgotten(asked))
        await asyncio.wait([task])
    if CALLBACK in asked:
        asyncio.get_running_loop().call_soon(_called_back, asked)


async def _forgotten(asked: str) -> None:
    raise Quoting(asked)


def _called_back(asked: str) -> None:
    raise Quoting(asked)


if __name__ == "__main__":
    vars(choice)["SqliteStore"] = QuotingStore
    cli(prog_name="ot-server")
