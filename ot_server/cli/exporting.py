"""``ot-server export``."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Literal

import click

from ot_server.admin import Progress
from ot_server.admin.exporting import export_json, export_text
from ot_server.cli.options import examples, quiet_option, with_settings
from ot_server.cli.output import count, plain, progress
from ot_server.cli.running import with_store
from ot_server.errors import Corrupt, NoSuchSession
from ot_server.languages import file_name
from ot_server.settings import Settings
from ot_server.store.contract import Store
from ot_server.store.rows import SessionInfoRow

__all__ = ["export_command"]

Format = Literal["text", "json"]
STANDARD_OUTPUT: Final = "-"


@click.command(
    "export",
    short_help="Write sessions to files.",
    epilog=examples(
        "ot-server export 2fX8vJqGd1kPz0aQ --output main.py",
        "ot-server export 2fX8vJqGd1kPz0aQ --format json --output main.json",
        "ot-server export --all backup --format json",
        note="An id that begins with a dash comes last, after two of them:"
        " ot-server export -- -2fX8vJqGd1kPz0a",
    ),
)
@click.argument("session", required=False)
@click.option(
    "--all",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Every session, into a file each.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    default=STANDARD_OUTPUT,
    show_default=True,
    help="Where to; - is standard output.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The text as it is now; or all of it, with history and members, for import.",
)
@quiet_option
@with_settings
def export_command(
    settings: Settings,
    session: str | None,
    folder: Path | None,
    output: str,
    form: Format,
    quiet: bool,
) -> None:
    """Write SESSION, or all of them, to a file.

    Files are readable by their owner only, and are there whole or not at all.  It works beside
    a running server.
    """
    if (session is None) == (folder is None):
        raise click.UsageError("say which session, or --all FOLDER")

    async def one(store: Store, session_id: str, path: str) -> bool:
        return await _export(store, session_id, session_id, path, form, quiet)

    async def every(store: Store, folder: Path) -> bool:
        os.makedirs(folder, exist_ok=True)
        sessions = [listed.info for listed in await store.all_sessions()]
        done = [
            await _export(store, info.id, info.title, str(folder / _name(info, form)), form, quiet)
            for info in sessions
        ]
        if not quiet:
            click.echo(f"exported {done.count(True)} of {count(len(done), 'session')}")
        return all(done)

    if session is not None:
        is_whole = with_store(settings, lambda store: one(store, session, output))
    else:
        assert folder is not None
        is_whole = with_store(settings, lambda store: every(store, folder))
    if not is_whole:
        sys.exit(1)


async def _export(
    store: Store, session_id: str, title: str, path: str, form: Format, quiet: bool
) -> bool:
    """Write one session, and say whether it is whole; if not, standard error says why."""
    try:
        with _written(path) as file, progress(quiet) as advance:
            if form == "json":
                damage = None
                await _write_json(
                    store, session_id, file, lambda done, all_: advance(title, done, all_)
                )
            else:
                text, damage = await export_text(store, session_id)
                file.write(text.encode())
    except NoSuchSession:
        return _say(f"there is no session {session_id!r}")
    except Corrupt as error:
        return _say(f"{session_id} was not exported: {error}; ot-server fsck says more")
    if damage is not None:
        return _say(f"{session_id} is damaged, and its newest text is not here: {damage}")
    return True


async def _write_json(store: Store, session_id: str, file: BinaryIO, advance: Progress) -> None:
    async for piece in export_json(store, session_id, advance):
        file.write(piece)


def _say(error: str) -> Literal[False]:
    click.echo(f"Error: {plain(error)}", err=True)
    return False


@contextmanager
def _written(path: str) -> Iterator[BinaryIO]:
    """Open a file that is there, whole, when all went well, and otherwise is as it was."""
    if path == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        return
    target = Path(path)
    descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:80]}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    except BaseException as error:
        os.unlink(draft)
        if isinstance(error, OSError):
            error.filename = path
        raise


def _name(info: SessionInfoRow, form: Format) -> str:
    """Return the name of a session's file in a folder: of its title, and no other's."""
    stem, extension = os.path.splitext(file_name(info.title, info.language))
    return f"{stem}-{info.id}{'.json' if form == 'json' else extension}"
