"""An nginx with ``deploy/nginx.conf``, in a process of its own in front of a test's nodes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from typing import Final

from tests.mortal import free_port, mortal
from tests.patience import within

__all__ = ["Nginx", "running_nginx"]

CONFIGURATION: Final = Path(__file__).parents[1] / "deploy" / "nginx.conf"
SBIN: Final = "/usr/sbin"
"""Where Debian puts it, which is not on every PATH."""


@dataclass
class Nginx:
    """A running nginx."""

    url: str
    log: Path
    """Its requests and errors."""


@contextlib.asynccontextmanager
async def running_nginx(nodes: Sequence[str], folder: Path) -> AsyncIterator[Nginx]:
    """Run it in front of these nodes, each ``host:port``; only addresses are changed."""
    program = shutil.which("nginx") or shutil.which("nginx", path=SBIN)
    assert program, "there is no nginx: `make nginx` installs it"
    port, log = free_port(), folder / "nginx.log"
    written = CONFIGURATION.read_text("utf-8")
    for number, node in enumerate(nodes, 1):
        written = _with(written, f"server node{number}:8000 ", f"server {node} ")
    written = _with(written, "listen 8080;", f"listen 127.0.0.1:{port};")
    written = written.replace("/tmp/", f"{folder}/")
    written = re.sub("/dev/std(err|out)", str(log), written)
    # As root it would work as another user, who may not enter the folder.
    who = f"user {getuser()};" if os.geteuid() == 0 else ""
    written = f"daemon off; {who}\n{written}"
    (folder / "nginx.conf").write_text(written, "utf-8")
    process = await asyncio.create_subprocess_exec(
        *mortal("TERM"),
        *(program, "-c", str(folder / "nginx.conf"), "-e", str(log)),
        stdin=asyncio.subprocess.DEVNULL,
    )
    try:
        while not await _listens(port):
            assert process.returncode is None, log.read_text()
        yield Nginx(f"http://127.0.0.1:{port}", log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await within(process.wait())


def _with(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        await asyncio.sleep(0.01)  # it tells nobody
        return False
    writer.close()
    await writer.wait_closed()
    return True
