"""``ot-server serve``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import click

from ot_server.app import serve
from ot_server.cli.options import DEFAULTS, data_option, examples, read_settings
from ot_server.errors import CannotListen, DataFolderInUse, InvalidSettings, StoreUnavailable
from ot_server.settings import Settings
from ot_server.store.choice import place
from ot_server.telemetry.logs import set_up_logs

__all__ = ["serve_command"]


@click.command(
    "serve",
    epilog=examples(
        "ot-server serve",
        "ot-server serve --host 0.0.0.0 --port 8000 --data /var/lib/ot-collab",
        note="Every other setting is an OT_* variable: docs/operations.md lists them.",
    ),
)
@click.option("--host", help=f"Address to listen on.  [OT_HOST; default: {DEFAULTS.host}]")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Port to listen on; 0 takes a free one.  [OT_PORT; default: {DEFAULTS.port}]",
)
@data_option
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    help=f"What is logged.  [OT_LOG_LEVEL; default: {DEFAULTS.log_level}]",
)
def serve_command(
    host: str | None = None,
    port: int | None = None,
    data: str | None = None,
    log_level: str | None = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    settings = read_settings(host=host, port=port, data=data, log_level=log_level)
    set_up_logs(settings.log_level)
    try:
        _run(settings)
    except DataFolderInUse:
        raise click.ClickException(
            f"another server works in {settings.data!r}: choose another --data"
        ) from None
    except StoreUnavailable as error:
        raise click.ClickException(
            f"the database in {place(settings)} can't be opened: {error}"
        ) from None
    except InvalidSettings as error:
        raise click.UsageError(f"a setting can't be used: {error}") from None
    except CannotListen as error:
        raise click.ClickException(f"can't listen on {error}") from None


def _run(settings: Settings) -> None:
    def started(address: str) -> None:
        click.echo(f"OT Collab is on {address}")
        sys.stdout.flush()

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(settings, started))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return uvloop's where that extra is installed; without it everything works, only slower."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.new_event_loop
    return new_event_loop
