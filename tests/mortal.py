"""Programs that tests start: they don't outlive the tests, even if these are killed."""

from __future__ import annotations

import shutil
import socket
from random import SystemRandom
from typing import Final

__all__ = ["free_port", "mortal"]

PORTS: Final = range(20_000, 32_768)
"""Below the ports that systems give to clients.  Otherwise a client that keeps calling a port
where nobody listens could be given that port itself, and keep the program off it."""
CLAIMS: Final[list[socket.socket]] = []
"""The claims of the ports that this process has been given."""


def mortal(signal: str = "KILL") -> tuple[str, ...]:
    """Return the start of a command that gets this signal when the thread that started it ends."""
    setpriv = shutil.which("setpriv")  # on every Linux; elsewhere the program may outlive the tests
    return (setpriv, f"--pdeathsig={signal}") if setpriv else ()


def free_port() -> int:
    """Return a port of 127.0.0.1 for this process alone, while it lives.

    A server there may stop and start again: no other test is given the port meanwhile.
    """
    while True:
        port = SystemRandom().choice(PORTS)
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))  # over UDP, which nobody here uses
            with socket.create_server(("127.0.0.1", port)):
                CLAIMS.append(claim)
                return port
        except OSError:
            claim.close()
