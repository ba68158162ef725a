"""The page: what Vite built into the package, and nothing from elsewhere."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from aiohttp import web

__all__ = ["add_page"]

FOLDER = Path(str(files("ot_server"))) / "web"
PATHS = ("/", "/join/{link}", "/s/{session_id}")


def add_page(app: web.Application, folder: Path = FOLDER) -> None:
    """Serve the page where people open it, and the files that it is made of."""
    index = folder / "index.html"

    async def page(_request: web.Request) -> web.StreamResponse:
        if not index.is_file():
            return web.Response(
                status=503, text="The page has not been built: `make run` does it.\n"
            )
        # Its name stays, its content changes with every release; what it loads is hashed.
        return web.FileResponse(index, headers={"Cache-Control": "no-cache"})

    for path in PATHS:
        app.router.add_get(path, page)
    if (folder / "assets").is_dir():
        app.router.add_static("/assets", folder / "assets")
