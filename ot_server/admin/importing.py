"""Imports sessions: a text file becomes a new one, an exported one is restored.

Invariant: a file either becomes a whole session, or is refused with a reason and leaves
nothing behind.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Final

import msgspec

from ot_protocol.names import LONGEST_TITLE, Title
from ot_server.admin import Progress
from ot_server.admin.portable import FORMAT
from ot_server.admin.restoring import Imported, Refused, restore, too_large
from ot_server.languages import language_of_file
from ot_server.log.new import begin, new_owner
from ot_server.store.contract import Store
from ot_server.store.rows import UserRow

__all__ = ["import_file"]

PEEK: Final = 256
EXPORTED: Final = re.compile(rb'\s*\{\s*"format"\s*:\s*"(ot-collab session [0-9.]{1,16})"')
"""How an exported session begins, within its first `PEEK` bytes."""


async def import_file(
    store: Store,
    path: Path,
    title: str,
    owner: UserRow,
    most_bytes: int,
    progress: Progress,
) -> Imported:
    """Make a session from a file: an exported one with its history, any other as a text.

    Args:
        store: where the session is added.
        path: the file.
        title: the title for a text; an exported session has its own.
        owner: who will own it.
        most_bytes: how long its text may be, in UTF-8.
        progress: called while the lines of its history are checked.

    Raises:
        Refused: it can't be done, and nothing has changed.
        OSError: the file can't be read.
        StoreUnavailable, OutcomeUnknown: the store can't be written.
    """
    content, format_ = _read(path, most_bytes)
    if format_ is None:
        return await _import_text(store, content, path.name, title, owner, most_bytes)
    if format_ != FORMAT:
        raise Refused(f"it is an {format_!r}; only {FORMAT!r} can be read here")
    return await restore(store, content, owner, most_bytes, progress)


def _read(path: Path, most_bytes: int) -> tuple[bytes, str | None]:
    """Return the contents of a file, and the format if it is an exported session.

    Raises:
        Refused: it is too large for a text, and not an exported session.
    """
    with path.open("rb") as file:
        beginning = file.read(PEEK)
        exported = EXPORTED.match(beginning)
        if exported is not None:
            return beginning + file.read(), exported[1].decode()
        content = beginning + file.read(most_bytes)
    if len(content) > most_bytes:
        raise Refused(too_large(most_bytes))
    return content, None


async def _import_text(
    store: Store, content: bytes, name: str, title: str, owner: UserRow, most_bytes: int
) -> Imported:
    if b"\0" in content:
        raise Refused("it is binary, not text")
    try:
        new = begin(
            title=msgspec.convert(title, Title),
            language=language_of_file(name),
            text=content.decode("utf-8-sig"),
            owner=new_owner(owner.username, owner.id),
            now=time.time(),
            most_bytes=most_bytes,
        )
    except msgspec.ValidationError:
        raise Refused(
            f"a title has 1 to {LONGEST_TITLE} characters, and no control characters"
        ) from None
    except UnicodeDecodeError as error:
        raise Refused(f"it is not UTF-8: see byte {error.start + 1}") from None
    await store.create_session(new)
    return Imported(new.info.id, title, len(new.operations))
