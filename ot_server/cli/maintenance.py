"""``ot-server bump-epoch`` and ``ot-server migrate``."""

from __future__ import annotations

import click

from ot_server.cli.options import examples, quiet_option, with_settings
from ot_server.cli.output import plain
from ot_server.cli.running import fail, with_store
from ot_server.settings import Settings
from ot_server.store.choice import place
from ot_server.store.contract import Store

__all__ = ["bump_epoch_command", "migrate_command"]


@click.command(
    "bump-epoch",
    short_help="After a restored backup: let clients start again.",
    epilog=examples(
        "ot-server bump-epoch --all",
        "ot-server bump-epoch -- -2fX8vJqGd1kPz0a",
        note="An id that begins with a dash comes after two of them.",
    ),
)
@click.argument("session", required=False)
@click.option("--all", "everything", is_flag=True, help="Every session.")
@quiet_option
@with_settings
def bump_epoch_command(
    settings: Settings, session: str | None, everything: bool, quiet: bool
) -> None:
    """Begin a new epoch of SESSION: once, after a backup was restored, before it is served.

    Clients may have seen edits that the backup doesn't hold.  In a new epoch they start again
    from the text as it is.  Those that are open offer what they had and the backup doesn't;
    those that were reloaded offer only what they hadn't saved.  Otherwise they would go on
    from a past that never was.

    The server must be stopped meanwhile.
    """
    if (session is None) != everything:
        raise click.UsageError("say which session, or --all")

    async def bump(store: Store) -> None:
        ids = [session] if session else [one.info.id for one in await store.all_sessions()]
        for session_id in ids:
            epoch = await store.bump_epoch(session_id)
            if epoch is None:
                fail(f"there is no session {session_id!r}")
            if not quiet:
                click.echo(f"{plain(session_id)} is in epoch {epoch}")

    with_store(settings, bump, alone=True)


@click.command(
    "migrate",
    short_help="Bring the database's tables up to date.",
    epilog=examples("ot-server migrate --data /var/lib/ot-collab"),
)
@quiet_option
@with_settings
def migrate_command(settings: Settings, quiet: bool) -> None:
    """Make the database if there is none, and bring its tables up to date.

    Every command does that when it begins; this one does nothing else.
    """

    async def nothing(_store: Store) -> None:
        return None

    with_store(settings, nothing, makes=True)
    if not quiet:
        click.echo(f"the tables in {place(settings)} are up to date")
