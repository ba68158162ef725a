"""``ot-server``: the command line.  A module for each thing that it does.

Here is only what has to do with a terminal: arguments, questions, what is printed, exit
codes.  What is done with sessions is in `ot_server.admin`.

Exit codes: 0 all is well, 1 something is not and standard error says what, 2 the command
was not understood.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

import click

from ot_server.cli.accounts import create_user_command, grant_command
from ot_server.cli.checking import fsck_command
from ot_server.cli.exporting import export_command
from ot_server.cli.importing import import_command
from ot_server.cli.listing import sessions_command
from ot_server.cli.maintenance import bump_epoch_command, migrate_command
from ot_server.cli.serving import serve_command

__all__ = ["cli"]


class Commands(click.Group):
    """Says in a sentence, for all commands, what the system refuses."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run a command."""
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            wanted = f"use {error.filename!r}" if error.filename else "go on"
            click.echo(f"Error: can't {wanted}: {error.strerror or error}", err=True)
            give_up_output()
            sys.exit(1)


def give_up_output() -> None:
    """Drop what standard output doesn't take: Python would try again, and exit with 120."""
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            sys.stdout.close()


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Without a command it serves with the defaults.  Every command has a --help of its own.",
)
@click.version_option(package_name="ot-collab")
@click.pass_context
def cli(context: click.Context) -> None:
    """The OT Collab server: people edit code together."""
    if context.invoked_subcommand is None:
        context.invoke(serve_command)


for command in (
    serve_command,
    create_user_command,
    grant_command,
    sessions_command,
    export_command,
    import_command,
    fsck_command,
    bump_epoch_command,
    migrate_command,
):
    cli.add_command(command)
