"""Which store the settings name, its name in messages, and who may use it at the same time.

A SQLite file has one server at a time, guarded by the lock file of its folder.  A Postgres
database can have many; a command that must be alone with either is kept apart from all servers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from urllib.parse import urlsplit

from ot_server.errors import StoreUnavailable
from ot_server.lock_file import locked
from ot_server.settings import Settings
from ot_server.store.contract import Store, Use
from ot_server.store.sqlite import SqliteStore

__all__ = ["chosen_store", "is_missing", "place"]


@contextmanager
def chosen_store(settings: Settings, use: Use) -> Iterator[Store]:
    """Return the store that the settings name, for this use, not opened yet.

    Raises:
        DataFolderInUse: another process works in the data folder.
        OSError: the data folder can't be used.
        StoreUnavailable: the library for Postgres is not installed.
    """
    if settings.store:
        yield _postgres(settings, use)
        return
    with nullcontext() if use == "beside" else locked(settings.data_folder):
        yield SqliteStore(settings.data_folder / "ot.sqlite3", settings.unavailable_seconds)


def is_missing(settings: Settings) -> bool:
    """Return whether there is certainly no store yet, without making one."""
    return not settings.store and not (settings.data_folder / "ot.sqlite3").exists()


def place(settings: Settings) -> str:
    """Return where the store is, without a password."""
    if not settings.store:
        return repr(settings.data)
    url = urlsplit(settings.store)
    return repr(f"{url.scheme}://{url.netloc.rpartition('@')[2]}{url.path}")


def _postgres(settings: Settings, use: Use) -> Store:
    try:
        from ot_server.store.postgres import PostgresStore
    except ImportError as error:
        raise StoreUnavailable(
            f"{error.name} is missing: pip install 'ot-collab[postgres]'"
        ) from None
    # People at a terminal want to know at once that the server isn't there.
    wait_seconds = settings.store_wait_seconds if use == "serve" else 0
    return PostgresStore(
        settings.store, settings.store_connections, use, settings.unavailable_seconds, wait_seconds
    )
