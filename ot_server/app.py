"""The application: a store, a sequencer, a hub and the routes, put together and served."""

from __future__ import annotations

import asyncio
import fcntl
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from aiohttp import web

from ot_server import socket
from ot_server.access.tokens import Tokens, read_secret
from ot_server.http import accounts, health, history, links, members, rooms, sessions, text
from ot_server.http.bad_requests import log_without_quoting
from ot_server.http.page import add_page
from ot_server.http.problem import problems
from ot_server.http.services import SERVICES, Services
from ot_server.sequencer.base import Sequencer
from ot_server.sequencer.local import LocalSequencer
from ot_server.session.hub import Hub
from ot_server.settings import Settings
from ot_server.store.base import Store
from ot_server.store.sqlite import SqliteStore

__all__ = ["DataFolderInUse", "build", "serve"]

log = structlog.get_logger(__name__)

BACKLOG = 1024
API = (
    accounts.routes,
    sessions.routes,
    text.routes,
    members.routes,
    links.routes,
    rooms.routes,
    history.routes,
)


class DataFolderInUse(Exception):
    """Another server works in the same data folder."""


def build(settings: Settings, store: Store, sequencer: Sequencer) -> web.Application:
    """Return the application; the store is opened when it starts, and closed when it ends."""
    secret = settings.secret or read_secret(settings.data_folder)
    hub = Hub(store, sequencer, settings)
    log_without_quoting()
    app = web.Application(middlewares=[problems], client_max_size=settings.frame_bytes)
    app[SERVICES] = Services(settings, store, hub, Tokens(secret))
    for routes in API:
        routes.add_to(app)
    app.add_routes(health.routes)
    app.add_routes(socket.routes)
    add_page(app)

    async def run_store(_app: web.Application) -> AsyncIterator[None]:
        await store.open()
        hub.start()
        yield
        await store.close()

    async def drain(_app: web.Application) -> None:
        await hub.close()

    app.cleanup_ctx.append(run_store)
    app.on_shutdown.append(drain)
    return app


async def serve(settings: Settings, started: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `started` is told the address.

    Raises:
        DataFolderInUse: the data folder is another server's.
        StoreUnavailable: the database can't be opened.
        OSError: the address can't be had, or the data folder not be used.
    """
    with _locked(settings.data_folder):
        store = SqliteStore(settings.data_folder / "ot.sqlite3")
        app = build(settings, store, LocalSequencer())
        runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=settings.drain_seconds,
            keepalive_timeout=settings.keepalive_seconds,
        )
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await runner.setup()
        try:
            site = web.TCPSite(runner, settings.host, settings.port, backlog=BACKLOG)
            await site.start()
            host, port = runner.addresses[0][:2]
            started(f"http://{f'[{host}]' if ':' in host else host}:{port}")
            await stop.wait()
            log.info("draining")
            await site.stop()
            # Ahead of the runner's shutdown, which hears no client any more, not even a goodbye.
            await app[SERVICES].hub.close()
        finally:
            await runner.cleanup()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock file: the operating system lets go of it however we end."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DataFolderInUse(str(folder)) from None
        yield
