"""Every test here may ask for a running server."""

from tests.servers import process_server, server, start_server

__all__ = ["process_server", "server", "start_server"]
