"""Disks of the tests' own: small, so that they are soon full, or not to be written."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["filled", "mounted"]


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """Make a file system of its own in a folder; where nobody may do so the test is skipped."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("nobody may mount here; in other tests a limit for files stands for it")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled(folder: Path, *, but: int = 0) -> Iterator[None]:
    """In this block the disk of a folder has only so many bytes left."""
    filler = folder / "filler"
    place = os.statvfs(folder)
    filler.write_bytes(b"\0" * (place.f_bavail * place.f_frsize - but))
    try:
        yield
    finally:
        filler.unlink()
