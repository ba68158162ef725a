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
CLAIMS: Final[list[socket.socket]] = []
"""Of the ports that this process has been given."""


def mortal(signal: str = "KILL") -> tuple[str, ...]:
    """Return how a command begins that gets this signal when the thread that started it ends."""
    setpriv = shutil.which("setpriv")  # of every Linux; elsewhere the program is on its own
    return (setpriv, f"--pdeathsig={signal}") if setpriv else ()


def free_port() -> int:
    """Return a port of 127.0.0.1 for this process alone, while it lives.

    Whoever begins to listen there may stop, and begin again: no other test is given it meanwhile.
    """
    while True:
        port = SystemRandom().choice(PORTS)
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))  # over UDP, which nobody here speaks
            with socket.create_server(("127.0.0.1", port)):
                CLAIMS.append(claim)
                return port
        except OSError:
            claim.close()
