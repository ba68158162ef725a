"""Options that several commands have, and the settings that come of them."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Concatenate, ParamSpec

import click

from ot_server.errors import InvalidSettings
from ot_server.settings import Settings

__all__ = ["DEFAULTS", "data_option", "examples", "quiet_option", "read_settings", "with_settings"]

P = ParamSpec("P")

DEFAULTS = Settings()

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False),
    help=f"Folder of the database and the secret.  [OT_DATA; default: {DEFAULTS.data}]",
)
quiet_option = click.option(
    "--quiet", "-q", is_flag=True, help="Print nothing but what went wrong, and no progress."
)


def read_settings(**flags: object) -> Settings:
    """Return the settings of flags and environment.

    Raises:
        click.UsageError: one of them can't be used.
    """
    try:
        return Settings.read(os.environ, **flags)
    except InvalidSettings as error:
        raise click.UsageError(f"a setting can't be used: {error}") from None


def with_settings(command: Callable[Concatenate[Settings, P], None]) -> Callable[P, None]:
    """Give a command the option ``--data``, and the settings as its first argument."""

    @data_option
    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        command(read_settings(data=kwargs.pop("data")), *args, **kwargs)

    return wrapped


def examples(*lines: str, note: str = "") -> str:
    """Return an epilog of command lines, each shown on a line of its own."""
    shown = "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
    return f"{shown}\n\n{note}" if note else shown
