"""The pages: what Vite built into the package, and nothing from elsewhere.

Beside the page itself there are two that show the REST interface, Swagger UI and ReDoc, and
the one that code runs in, which the page opens in a frame.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from aiohttp import web

from ot_server.http.assets import add_assets, file_response
from ot_server.http.security import REDOC_POLICY, RUN_POLICY

__all__ = ["FOLDER", "add_page"]

FOLDER = Path(str(files("ot_server"))) / "web"
PAGES: Final = {
    "/": "index.html",
    "/join/{link}": "index.html",
    "/s/{session_id}": "index.html",
    "/signin": "index.html",
    "/signup": "index.html",
    "/account": "index.html",
    "/docs": "docs.html",
    "/redoc": "redoc.html",
    "/run": "run.html",
}
# Their names stay, their content changes with every release; what they load is hashed.
HEADERS: Final = {"Cache-Control": "no-cache"}
HEADERS_OF: Final = {
    "redoc.html": HEADERS | {"Content-Security-Policy": REDOC_POLICY},
    "run.html": HEADERS | {"Content-Security-Policy": RUN_POLICY},
}


def add_page(app: web.Application, folder: Path = FOLDER) -> None:
    """Serve the pages where people open them, and the files that they are made of."""
    for path, name in PAGES.items():
        app.router.add_get(path, _Page(folder / name).serve)
    if (folder / "assets").is_dir():
        add_assets(app, folder / "assets")


class _Page:
    """One of the pages."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if not self._file.is_file():
            return web.Response(
                status=503, text="The page has not been built: `make run` does it.\n"
            )
        return file_response(request, self._file, HEADERS_OF.get(self._file.name, HEADERS))
