"""Names of files that are downloaded, in a header that nothing in a title can break out of."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from ot_server.languages import language_of

__all__ = ["attachment", "file_name"]

NOT_IN_NAMES: Final = re.compile(r'[<>:"/\\|?*]')
"""What a file system or a shell takes for more than a letter, somewhere."""
MOST_BYTES: Final = 200
"""Of a name without its extension; file systems take 255 of it all."""
ATTRIBUTE_CHARS: Final = "!#$&+-.^_`|~"
"""What RFC 5987 lets stand for itself, beside letters and digits."""


def file_name(title: str, language: str) -> str:
    """Return the name of the file that a session of this title is saved as.

    >>> file_name("../Fibonacci", "python")
    '_Fibonacci.py'
    >>> file_name("main.py", "python")
    'main.py'
    """
    extension = language_of(language).extension
    stem = "".join(char if char.isprintable() else "_" for char in NOT_IN_NAMES.sub("_", title))
    stem = stem.strip().removesuffix(extension)
    stem = stem.encode()[:MOST_BYTES].decode(errors="ignore").strip(". ")
    return f"{stem or 'untitled'}{extension}"


def attachment(name: str) -> str:
    """Return the ``Content-Disposition`` of a file to be saved by this name (RFC 6266).

    Whoever doesn't know RFC 5987 reads the first name, which is ASCII.
    """
    plain = re.sub(r'[^ -~]|["\\%]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, ATTRIBUTE_CHARS)}"
