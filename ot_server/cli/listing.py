"""``ot-server sessions``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click
import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ot_server.cli.options import examples, with_settings
from ot_server.cli.output import day, plain
from ot_server.cli.running import with_store
from ot_server.settings import Settings
from ot_server.store.contract import Store
from ot_server.store.contract.admin import ListedSession
from ot_server.store.rows import Visibility
from ot_server.times import rfc3339

__all__ = ["sessions_command"]

UNLIMITED: Final = 2**16
"""Columns: who reads a file or a pipe wants lines whole."""


class SessionLine(Struct, frozen=True):
    """A session in the output of ``--json``."""

    id: str
    title: str
    language: str
    visibility: Visibility
    owners: Sequence[str]
    revisions: int
    epoch: int
    created_at: str
    updated_at: str


@click.command(
    "sessions",
    epilog=examples(
        "ot-server sessions",
        "ot-server sessions --json | jq -r '.[].id'",
    ),
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array, for programs.")
@with_settings
def sessions_command(settings: Settings, as_json: bool) -> None:
    """List all sessions, last updated first.

    Times are in UTC.  It works beside a running server.
    """

    async def list_them(store: Store) -> list[ListedSession]:
        return await store.all_sessions()

    sessions = with_store(settings, list_them)
    if as_json:
        lines = msgspec.json.encode([_line(session) for session in sessions])
        click.echo(msgspec.json.format(lines, indent=2))
    else:
        _print_table(sessions)


def _line(session: ListedSession) -> SessionLine:
    info = session.info
    return SessionLine(
        id=info.id,
        title=info.title,
        language=info.language,
        visibility=info.visibility,
        owners=session.owners,
        revisions=session.row.head,
        epoch=session.row.epoch,
        created_at=rfc3339(info.created_at),
        updated_at=rfc3339(info.updated_at),
    )


def _print_table(sessions: Sequence[ListedSession]) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("session", no_wrap=True)
    for heading in ("owner", "title", "language"):
        table.add_column(heading, overflow="fold")
    table.add_column("revisions", justify="right")
    table.add_column("updated", no_wrap=True)
    for session in sessions:
        info = session.info
        told = (
            info.id,
            ", ".join(session.owners),
            info.title,
            info.language,
            f"{session.row.head}",
            day(info.updated_at),
        )
        table.add_row(*(Text(plain(cell)) for cell in told))
    console = Console()
    if not console.is_terminal:
        console.width = UNLIMITED
    console.print(table)
