"""The application: a store, a sequencer, a hub and the routes, put together and served."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable

import structlog
from aiohttp import web

from ot_server import socket
from ot_server.access.passwords import Passwords
from ot_server.access.tokens import Tokens, read_secret
from ot_server.assistant.assistant import Assistant
from ot_server.codehelp.completer import Completer
from ot_server.codehelp.ruff import Ruff
from ot_server.errors import TryLater
from ot_server.http import (
    accounts,
    assistant,
    codehelp,
    history,
    links,
    logins,
    members,
    proposals,
    rooms,
    runs,
    sessions,
    text,
    versions,
)
from ot_server.http.edge import health
from ot_server.http.edge.bad_requests import log_without_quoting
from ot_server.http.edge.connections import attend, listen, new_runner
from ot_server.http.edge.cors import check_origins, tell_origins
from ot_server.http.edge.limits import Limits
from ot_server.http.edge.metrics import add_metrics, measure
from ot_server.http.edge.page import add_page
from ot_server.http.edge.security import tell_policies
from ot_server.http.framework.answers import problems
from ot_server.http.framework.openapi import add_description
from ot_server.http.framework.services import SERVICES, Services
from ot_server.http.framework.serving import add_endpoints
from ot_server.sequencer.base import Sequencer
from ot_server.sequencer.choice import chosen_sequencer
from ot_server.session.hub import Hub
from ot_server.settings import Settings
from ot_server.store.choice import chosen_store
from ot_server.store.contract import Store
from ot_server.telemetry.loop import watch_loop
from ot_server.telemetry.meters import Meters
from ot_server.telemetry.timing import timed

__all__ = ["build", "serve"]

log = structlog.get_logger(__name__)

API = (
    accounts.routes,
    logins.routes,
    sessions.routes,
    text.routes,
    members.routes,
    links.routes,
    rooms.routes,
    history.routes,
    versions.routes,
    codehelp.routes,
    assistant.routes,
    proposals.routes,
    runs.routes,
    health.routes,
)


def build(settings: Settings, store: Store, sequencer: Sequencer) -> web.Application:
    """Return the application, which opens the store when it starts and closes it when it ends."""
    secret = settings.secret or read_secret(settings.data_folder)
    meters = Meters()
    store = timed(store, meters.store_seconds, meters.store_errors)
    sequencer = timed(sequencer, meters.sequencer_seconds)
    ruff, completer = Ruff(settings), Completer(settings)
    hub = Hub(store, sequencer, settings, meters, ruff if settings.diagnostics else None)
    helper = Assistant(settings, store, hub, ruff)
    log_without_quoting()
    app = web.Application(
        middlewares=[  # the outermost first
            attend,  # stops the connection's clock before anything else can wait
            measure,  # counts the answers of the next ones, including refusals
            problems,  # answers every error that is raised within
            check_origins(settings),  # refuses before a handler does anything
        ],
        client_max_size=settings.frame_bytes,
    )
    # Before the head of every answer, including aiohttp's own errors.
    app.on_response_prepare.extend([tell_origins(settings), tell_policies(settings)])
    tokens = Tokens(secret, settings.earlier_secrets)
    passwords = Passwords(settings)
    limits = Limits(settings, meters)
    app[SERVICES] = Services(
        settings, store, hub, tokens, passwords, limits, meters, ruff, completer, helper
    )
    add_endpoints(app, API)
    add_description(app, API)
    app.add_routes(socket.routes)
    add_page(app)
    add_metrics(app)

    async def run_store(_app: web.Application) -> AsyncIterator[None]:
        await store.open()
        await _warn_of_weaknesses(store)
        await sequencer.open()
        hub.start()
        watching = asyncio.create_task(watch_loop(meters.loop_seconds), name="loop")
        yield
        watching.cancel()
        passwords.close()
        await completer.close()
        await sequencer.close()
        await store.close()

    async def drain(_app: web.Application) -> None:
        await helper.close()
        await hub.close()

    app.cleanup_ctx.append(run_store)
    app.on_shutdown.append(drain)
    return app


async def _warn_of_weaknesses(store: Store) -> None:
    """Log at the start if the store may lose acknowledged edits."""
    try:
        weaknesses = (await store.condition()).weaknesses
    except TryLater as error:  # it can be read later, and heals by itself
        log.warning("store_unavailable", error=type(error).__name__)
        return
    if weaknesses:
        log.warning("store_not_durable", weaknesses=weaknesses)


async def serve(settings: Settings, started: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `started` is called with the address.

    Raises:
        DataFolderInUse: another process works in the data folder.
        StoreUnavailable: the database can't be opened in time.
        InvalidSettings: the sequencer isn't installed, or its address is invalid.
        CannotListen: the address can't be listened on.
        OSError: the data folder can't be used.
    """
    with chosen_store(settings, "serve") as store:
        app = build(settings, store, chosen_sequencer(settings))
        runner = new_runner(app, settings)
        stop = asyncio.Event()
        starting = asyncio.create_task(runner.setup())
        stopping = asyncio.create_task(stop.wait())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        try:
            await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():  # it waits for the store
                return
            await starting
            listening = await listen(runner, settings)
            host, port = listening.sockets[0].getsockname()[:2]
            started(f"http://{f'[{host}]' if ':' in host else host}:{port}")
            await stop.wait()
            log.info("draining")
            listening.close()
            # Before the runner's shutdown, which doesn't read what clients send, not even closes.
            await app[SERVICES].assistant.close()
            await app[SERVICES].hub.close()
        finally:
            starting.cancel()
            stopping.cancel()
            await asyncio.wait((starting, stopping))
            await runner.cleanup()
