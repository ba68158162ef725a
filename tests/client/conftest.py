"""Every test here may ask for a running server."""

from tests.postgres import postgres
from tests.servers import process_server, server, start_server

__all__ = ["postgres", "process_server", "server", "start_server"]
