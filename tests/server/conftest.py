"""Every test here may ask for a running server."""

from tests.server.scene import http, logs, scene
from tests.servers import ProcessServer, Server, StartServer, process_server, server, start_server

__all__ = [
    "ProcessServer",
    "Server",
    "StartServer",
    "http",
    "logs",
    "process_server",
    "scene",
    "server",
    "start_server",
]
