"""A data folder that the command line is tried on, and what a disk or a hand may do to it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from ot_core import Attribution, Operation, diff
from ot_server.cli import cli
from ot_server.store.rows import (
    Block,
    ClientRow,
    Commit,
    CommittedOperation,
    NewSession,
    ParticipantRow,
    SessionInfoRow,
    Snapshot,
    UserRow,
    VersionRow,
    extend_chain,
    first_chain,
)
from ot_server.store.sqlite import SqliteStore

__all__ = ["SESSION", "DataFolder"]

T = TypeVar("T")

SESSION = "a-session"


class DataFolder:
    """What `OT_DATA` names."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        """Run ``ot-server`` with these arguments, in this process."""
        with capture_logs(), pytest.MonkeyPatch.context() as patch:
            # How this process logs is not the command's to say.
            patch.setattr("ot_server.cli.running.set_up_logs", lambda _level: None)
            return CliRunner().invoke(
                cli, arguments, input=stdin, env={"OT_DATA": str(self.path)}, catch_exceptions=False
            )

    def work(self, work: Callable[[SqliteStore], Awaitable[T]]) -> T:
        """Do something with the store."""

        async def run() -> T:
            store = SqliteStore(self.path / "ot.sqlite3")
            await store.open()
            try:
                return await work(store)
            finally:
                await store.close()

        return asyncio.run(run())

    def sql(self, statement: str, *parameters: object) -> None:
        """Do to the file what we never would."""
        with closing(sqlite3.connect(self.path / "ot.sqlite3")) as db, db:
            changed = db.execute(statement, parameters).rowcount
            assert changed, statement

    def add_user(self, name: str) -> UserRow:
        """Add somebody who can't sign in."""
        user = UserRow(f"user-{name}", name, f"{name}@example.org", "-", 1.5)
        self.work(lambda store: store.add_user(user))
        return user

    def add_session(
        self,
        texts: Sequence[str],
        owner: UserRow | None = None,
        *,
        session_id: str = SESSION,
        snapshots: Sequence[int] = (),
    ) -> None:
        """Add a session that had these texts, one a revision; two clients took turns."""

        async def add(store: SqliteStore) -> None:
            name, user_id = (owner.username, owner.id) if owner else ("Guest", None)
            ann = ParticipantRow(
                f"{session_id}-ann", session_id, name, "user" if owner else "guest", "owner"
            )
            ann = msgspec.structs.replace(ann, user_id=user_id)
            info = SessionInfoRow(session_id, "fib.py", "python", 1.25, 2.5)
            await store.create_session(NewSession(info, ann))
            bob = ParticipantRow(f"{session_id}-bob", session_id, "Bob", "guest", "editor")
            await store.add_participant(bob)
            log = _log(session_id, texts, (ann.id, bob.id))
            clients: dict[str, ClientRow] = {}
            for line in log:
                assert line.client_id is not None
                assert line.seq is not None
                await store.claim_client(session_id, line.client_id, line.participant_id)
                clients[line.client_id] = ClientRow(
                    line.client_id, line.participant_id, line.seq, line.revision, None, b"digest"
                )
            assert await store.commit(Commit(session_id, 1, 1, log, list(clients.values())))
            if texts:
                await store.add_version(
                    VersionRow(f"{session_id}-v", session_id, "first", 1, ann.id, 3.5)
                )
            first = 0
            for revision in snapshots:
                await store.save_snapshot(session_id, *_kept(log, texts, first, revision))
                first = revision

        self.work(add)

    def texts(self, session_id: str = SESSION) -> list[str]:
        """Return the text at every revision, as the log makes it."""
        lines = self.lines(session_id)
        texts = [""]
        for line in lines:
            texts.append(Operation.from_wire(msgspec.json.decode(line.operation)).apply(texts[-1]))
        return texts[1:]

    def lines(self, session_id: str = SESSION) -> list[CommittedOperation]:
        """Return the log."""
        return self.work(lambda store: store.operations(session_id, 0, 2**31))

    def standing(self, session_id: str = SESSION) -> tuple[int, int, str]:
        """Return (epoch, head, chain)."""
        rows = self.work(lambda store: store.session_rows(session_id))
        assert rows is not None
        return rows.row.epoch, rows.row.head, rows.row.chain.hex()


def _log(
    session_id: str, texts: Sequence[str], participants: Sequence[str]
) -> list[CommittedOperation]:
    chain = first_chain(session_id)
    log, before = [], ""
    for index, text in enumerate(texts):
        operation = msgspec.json.encode(diff(before, text).components)
        chain = extend_chain(chain, operation)
        turn = index % 2
        log.append(
            CommittedOperation(
                revision=index + 1,
                client_id=f"client-{turn}",
                seq=index // 2 + 1,
                participant_id=participants[turn],
                operation=operation,
                chain=chain,
                committed_at=1000.0625 + index,
            )
        )
        before = text
    return log


def _kept(
    log: Sequence[CommittedOperation], texts: Sequence[str], first: int, revision: int
) -> tuple[Snapshot, Block]:
    operations = [Operation.from_wire(msgspec.json.decode(line.operation)) for line in log]
    attribution = Attribution.from_log(
        (operation, number) for number, operation in enumerate(operations[:revision], 1)
    )
    composed = operations[first]
    for operation in operations[first + 1 : revision]:
        composed = composed.compose(operation)
    return (
        Snapshot(revision, texts[revision - 1], msgspec.json.encode(attribution.to_wire())),
        Block(first, revision, msgspec.json.encode(composed.components)),
    )
