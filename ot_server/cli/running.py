"""`with_store`: what one command does with the store, and why it can't if it can't."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

import click

from ot_server.errors import DataFolderInUse, OutcomeUnknown, StoreUnavailable
from ot_server.settings import Settings
from ot_server.store.choice import chosen_store, is_missing, place
from ot_server.store.contract import Store
from ot_server.store.rows import UserRow
from ot_server.telemetry.logs import set_up_logs

__all__ = ["fail", "user_called", "with_store"]

T = TypeVar("T")


def with_store(
    settings: Settings,
    work: Callable[[Store], Awaitable[T]],
    *,
    makes: bool = False,
    alone: bool = False,
) -> T:
    """Open the store, do something with it, and close it.

    Args:
        settings: they say where it is.
        work: what is done.
        makes: the store is made if it isn't there.
        alone: no server may run meanwhile.

    Raises:
        click.ClickException: it can't be done; the text says why.
    """
    if not makes and is_missing(settings):
        fail(f"there is no database in {settings.data!r}: is --data, or OT_DATA, right?")

    async def run(store: Store) -> T:
        await store.open()
        try:
            return await work(store)
        finally:
            await store.close()

    set_up_logs("critical")  # the person at the terminal is told what is wrong, in words
    try:
        with chosen_store(settings, "alone" if alone else "beside") as store:
            return asyncio.run(run(store))
    except DataFolderInUse:
        fail(f"a server works in {settings.data!r}: stop it first")
    except OutcomeUnknown as error:
        fail(f"the database in {place(settings)} failed while it was written: {error}")
    except StoreUnavailable as error:
        fail(f"the database in {place(settings)} can't be used: {error}")


async def user_called(store: Store, name: str) -> UserRow:
    """Return the user of a username or an e-mail address.

    Raises:
        click.ClickException: there is none.
    """
    user = await store.user_by_name(name)
    if user is None:
        fail(f"nobody here is called {name!r}: ot-server create-user makes an account")
    return user


def fail(reason: str) -> NoReturn:
    """End the command with an error.

    Raises:
        click.ClickException: always.
    """
    raise click.ClickException(reason) from None
