"""Every test in these folders, one for each room of the server, may ask for a running one."""

from tests.postgres import postgres
from tests.redis import private_redis
from tests.server.props.postgres_scene import open_store, postgres_url
from tests.server.props.scene import http, logs, scene
from tests.server.props.stores import empty_store
from tests.servers import ProcessServer, Server, StartServer, process_server, server, start_server

__all__ = [
    "ProcessServer",
    "Server",
    "StartServer",
    "empty_store",
    "http",
    "logs",
    "open_store",
    "postgres",
    "postgres_url",
    "private_redis",
    "process_server",
    "scene",
    "server",
    "start_server",
]
