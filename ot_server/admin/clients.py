"""`Clients`: does the row of each client say what the log says?

Exactly once depends on it: a client that sends an edit again is answered by its row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import structs

from ot_protocol.messages import RejectCode
from ot_server.store.rows import ClientRow, CommittedOperation

__all__ = ["Clients"]

OF_WHAT_IS_MISSING: Final[RejectCode] = "unknown_revision"


class Clients:
    """Gathers lines, then judges rows."""

    def __init__(self) -> None:
        self.mended: list[ClientRow] = []
        """What the wrong rows should be, by the log."""
        self._last: dict[str, CommittedOperation] = {}
        """The line with each client's highest seq."""
        self._twice: list[str] = []

    def note(self, line: CommittedOperation) -> None:
        """Take in the next line of the log."""
        if line.client_id is None or line.seq is None:
            return
        before = self._last.get(line.client_id)
        if before is not None and before.seq is not None and line.seq <= before.seq:
            self._twice.append(
                f"edit {line.seq} of client {line.client_id} is at revision {line.revision},"
                f" after its edit {before.seq}: it may be in the text twice"
            )
            return
        self._last[line.client_id] = line

    def judge(self, rows: Iterable[ClientRow]) -> list[str]:
        """Say in plain words which rows don't agree with the whole log."""
        findings = self._twice.copy()
        known = {row.client_id: row for row in rows}
        for client_id, line in self._last.items():
            assert line.seq is not None
            row = known.get(client_id) or ClientRow(client_id, line.participant_id)
            is_behind = row.last_seq < line.seq
            if is_behind or (row.last_seq == line.seq and row.last_revision != line.revision):
                findings.append(
                    f"client {client_id} should know its edit {line.seq} as revision"
                    f" {line.revision}: sent again, it could be committed twice"
                )
                right = structs.replace(
                    row, last_seq=line.seq, last_revision=line.revision, refusal=None
                )
                # What the row kept is about another edit.
                self.mended.append(structs.replace(right, digest=b"") if is_behind else right)
        for row in known.values():
            last = self._last.get(row.client_id)
            if row.last_revision is not None and (last is None or row.last_seq > (last.seq or 0)):
                findings.append(
                    f"client {row.client_id} was told that its edit {row.last_seq} is revision"
                    f" {row.last_revision}, but the log doesn't have it"
                )
                self.mended.append(
                    structs.replace(row, last_revision=None, refusal=OF_WHAT_IS_MISSING)
                )
        return findings
