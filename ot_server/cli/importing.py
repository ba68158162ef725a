"""``ot-server import``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ot_server.admin.importing import import_file
from ot_server.admin.restoring import Imported, Refused
from ot_server.cli.options import examples, quiet_option, with_settings
from ot_server.cli.output import Advance, count, plain, progress
from ot_server.cli.running import fail, user_called, with_store
from ot_server.settings import Settings
from ot_server.store.contract import Store
from ot_server.store.rows import UserRow

__all__ = ["import_command"]


@click.command(
    "import",
    short_help="Make sessions of files.",
    epilog=examples(
        "ot-server import main.py --owner ada",
        "ot-server import src/ --owner ada",
        "ot-server import backup/ --owner ada",
        note="Exit code: 0 if every file has become a session, 1 if one was refused.",
    ),
)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--owner", required=True, metavar="NAME", help="Username or address of who will own them."
)
@quiet_option
@with_settings
def import_command(settings: Settings, path: Path, owner: str, quiet: bool) -> None:
    """Make sessions of PATH: of a file, or of every file in a folder and the folders in it.

    A text file becomes a new session, called by its name; its extension tells the language.
    A file that export --format json has written becomes the same session again, with its id,
    its history and those members who have an account of the same username here.

    What is binary, too large or not UTF-8 is refused, and the rest goes on.  In a folder,
    what begins with a dot is left out, and links are not followed.  It works beside a
    running server.
    """
    files = list(_files(path))
    if not files:
        fail(f"there is no file in {str(path)!r}")

    async def run(store: Store) -> int:
        user = await user_called(store, owner)
        imports = 0
        with progress(quiet) as advance:
            for number, file in enumerate(files):
                title = file.relative_to(path).as_posix() if file != path else file.name
                if len(files) > 1:
                    advance("files", number, len(files))
                imported = await _import(store, settings, file, title, user, advance)
                if imported is not None:
                    imports += 1
                    if not quiet:
                        _tell(imported)
        if not quiet:
            of_all = f"{imports} of {count(len(files), 'file')}"
            click.echo(f"imported {of_all} for {plain(user.username)}")
        return imports

    if with_store(settings, run, makes=True) < len(files):
        sys.exit(1)


def _files(path: Path) -> Iterator[Path]:
    """Yield the files of a folder in order, or the one file."""
    if not path.is_dir():
        yield path
        return
    with os.scandir(path) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            if entry.is_dir():
                yield from _files(Path(entry.path))
            elif entry.is_file():
                yield Path(entry.path)


async def _import(
    store: Store, settings: Settings, file: Path, title: str, owner: UserRow, advance: Advance
) -> Imported | None:
    """Make a session of one file; of one that can't be standard error says why."""
    try:
        return await import_file(
            store,
            file,
            title,
            owner,
            settings.document_bytes,
            lambda done, all_: advance(title, done, all_),
        )
    except Refused as error:
        reason = str(error)
    except OSError as error:
        reason = error.strerror or str(error)
    click.echo(f"Error: {plain(str(file))}: {plain(reason)}", err=True)
    return None


def _tell(imported: Imported) -> None:
    revisions = count(imported.revisions, "revision")
    click.echo(f"{imported.session_id} {plain(imported.title)!r}: {revisions}")
    if imported.strangers:
        names = ", ".join(map(plain, imported.strangers))
        click.echo(f"  without an account here, and so without a role: {names}")
