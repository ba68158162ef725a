"""The lock file of a data folder: only one process at a time serves or repairs it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ot_server.errors import DataFolderInUse

__all__ = ["locked"]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock file; the operating system releases it however this process ends.

    A missing folder is created, readable by its owner only: all texts are in it.

    Raises:
        DataFolderInUse: another process holds it.
        OSError: the folder can't be used.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataFolderInUse(str(folder)) from None
        yield
