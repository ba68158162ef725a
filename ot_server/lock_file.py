"""The lock file of a data folder: only one process at a time serves or repairs it."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ot_server.errors import DataFolderInUse

__all__ = ["locked", "make_folder"]


def make_folder(folder: Path) -> None:
    """Make a data folder if it is missing, readable by its owner only: all texts are in it.

    Raises:
        OSError: it can't be made, or is something else.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock file; the operating system releases it however this process ends.

    A missing folder is made.

    Raises:
        DataFolderInUse: another process holds it.
        OSError: the folder can't be used.
    """
    make_folder(folder)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataFolderInUse(str(folder)) from None
        yield
