"""`confine`: from then on, this process can compute, and do hardly anything else.

It works on texts of anybody, with a library that does what they say: it looks into folders that
a text puts on ``sys.path``, and lists folders that a string in it names.

Invariant: it reads the files of Python's standard library and of the folders that it was
given, and no others; it writes none, starts no process, and opens no connection.
"""

from __future__ import annotations

import os
import resource
import sys
import sysconfig
from collections.abc import Sequence
from errno import EACCES, ENOENT
from pathlib import Path
from typing import Final

__all__ = ["confine", "standard_library"]

FORBIDDEN: Final = (
    "ctypes.", "ftplib.", "http.", "os.", "pty.", "shutil.", "smtplib.", "socket.", "subprocess.",
    "tempfile.", "urllib.",
)  # fmt: skip
"""How the audit events of all that is not computing begin."""
LISTING: Final = frozenset({"os.listdir", "os.scandir"})
FOREIGN: Final = ("site-packages", "dist-packages")
"""Folders within the standard library's that are no part of it."""
WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def standard_library() -> list[str]:
    """Return the folders of Python's own modules."""
    paths = sysconfig.get_paths()
    return [paths["stdlib"], *(path for path in sys.path if path.endswith("lib-dynload"))]


def confine(folders: Sequence[str | Path], memory: int) -> None:
    """Give up everything but these folders, and memory beyond so many bytes.  For ever.

    Any other file is said not to exist.
    """
    own = [os.path.realpath(folder) + os.sep for folder in folders]
    library = [os.path.realpath(folder) + os.sep for folder in standard_library()]

    def is_known(path: object) -> bool:
        if isinstance(path, int):
            return True  # opened before
        # An audit event's arguments have no types; what is no path raises, which refuses it.
        real = os.path.realpath(os.fsdecode(path)) + os.sep  # type: ignore[arg-type]
        if any(real.startswith(folder) for folder in own):
            return True
        return any(
            real.startswith(folder) and not real.removeprefix(folder).startswith(FOREIGN)
            for folder in library
        )

    def watch(event: str, args: tuple[object, ...]) -> None:
        if event == "open":
            path, mode, flags = args  # of no type either: flags are a number, or None
            if (isinstance(mode, str) and set(mode) & set("wax+")) or int(flags or 0) & WRITING:  # type: ignore[call-overload]
                raise PermissionError(EACCES, "nothing is written here")
            if not is_known(path):
                raise FileNotFoundError(ENOENT, "no such file")
        elif event in LISTING:
            if not is_known(args[0]):
                raise FileNotFoundError(ENOENT, "no such folder")
        elif event == "import":
            if args[1] is not None and not is_known(args[1]):
                raise ImportError("no such module")
        elif event.startswith(FORBIDDEN):
            raise PermissionError(EACCES, event)

    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    sys.addaudithook(watch)
