"""Programs that tests start, which don't outlive them: not even tests that are killed."""

from __future__ import annotations

import shutil
import socket
from random import SystemRandom
from typing import Final

__all__ = ["free_port", "mortal"]

PORTS: Final = range(20_000, 32_768)
"""Below those that systems give to who calls, or who calls a port again and again while nobody
listens there would one day be given it, and keep the program off it."""


def mortal(signal: str = "KILL") -> tuple[str, ...]:
    """Return how a command begins that gets this signal when the thread that started it ends."""
    setpriv = shutil.which("setpriv")  # of every Linux; elsewhere the program is on its own
    return (setpriv, f"--pdeathsig={signal}") if setpriv else ()


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens."""
    while True:
        port = SystemRandom().choice(PORTS)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
