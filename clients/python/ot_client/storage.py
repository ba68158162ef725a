"""`FileStorage`: keeps what is unsaved in a file, so that a crash loses nothing that was typed.

Invariant: the file holds a whole record or none, whenever the program is killed.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

import msgspec

from ot_client.errors import NoStorage
from ot_client.record import Keep, Record, Write
from ot_core import OTError

__all__ = ["FileStorage"]


class FileStorage:
    """What one client of one session has unsaved; one program has it at a time."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open a file, which need not be there yet; beside it is another one for a lock.

        Raises:
            NoStorage: it can't be opened, or another program has it open, or it holds
                something else.
        """
        self._path = Path(path)
        self._lock: int | None = None
        try:
            self._lock = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.client_id, self.record = self._read()
        except BlockingIOError:
            self.close()
            raise NoStorage(f"another program has {self._path} open") from None
        except OSError as error:
            self.close()
            raise NoStorage(str(error)) from error
        except NoStorage:
            self.close()
            raise

    def perform(self, client_id: str, write: Write) -> bool:
        """Write, and return whether it is written."""
        try:
            if isinstance(write, Keep):
                body = {"client": client_id, "record": write.record.to_json()}
                fresh = self._path.with_name(f"{self._path.name}.new")
                fresh.write_text(json.dumps(body), "ascii")
                fresh.replace(self._path)
            else:
                self._path.unlink(missing_ok=True)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Let another program have it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _read(self) -> tuple[str | None, Record | None]:
        """Return the client of whom something is kept, and what; it may be nobody."""
        try:
            body: Any = json.loads(self._path.read_text("ascii"))
            return body["client"], Record.from_json(body["record"])
        except FileNotFoundError:
            return None, None
        except (ValueError, KeyError, TypeError, OTError, msgspec.ValidationError):
            # Whatever it is, it is not ours to write over.
            raise NoStorage(f"{self._path} holds no record") from None
