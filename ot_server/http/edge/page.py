"""The pages and the files that they are made of: what Vite built into the package.

Beside the page itself there are two that show the REST interface, Swagger UI and ReDoc, and
the one that code runs in, which the page opens in a frame.

The names of files change with their content.  Beside each lie `.brotli` and `.gzip`, beside huge
ones only `.gzip`, and a request gets the smallest that it takes.  All sites may read them: they
hold no secrets, and the frame that code runs in has an origin of its own.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from ot_server.http.edge.security import REDOC_POLICY, RUN_HEADERS
from ot_server.http.framework.problem import INVALID_PATH, Problem

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
    "run.html": HEADERS | RUN_HEADERS,
}

WAYS: Final = {"br": ".brotli", "gzip": ".gzip"}
"""The content encodings, the smallest first, and the endings of files packed so.  They are not
the usual endings, by which aiohttp would choose a file itself, without a look at weights."""
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".tar": "application/x-tar",
    ".wasm": "application/wasm",
    ".zip": "application/zip",
}
FOREVER: Final = {
    hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable",
    hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def add_page(app: web.Application, folder: Path = FOLDER) -> None:
    """Serve the pages where people open them, and the files that they are made of."""
    for path, name in PAGES.items():
        app.router.add_get(path, _Page(folder / name).serve)
    if (folder / "assets").is_dir():
        _add_assets(app, folder / "assets")


class _Page:
    """One of the pages."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if not self._file.is_file():
            return web.Response(
                status=503, text="The page has not been built: `make run` does it.\n"
            )
        return _file_response(request, self._file, HEADERS_OF.get(self._file.name, HEADERS))


def _add_assets(app: web.Application, folder: Path) -> None:
    """Serve the files of a folder."""
    there = {
        file.with_suffix("").name if file.suffix in WAYS.values() else file.name
        for file in folder.glob("*.*")
    }

    async def serve(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in there:
            raise Problem(INVALID_PATH)
        return _file_response(request, folder / name, FOREVER)

    app.router.add_get("/assets/{name}", serve)


def _file_response(request: web.Request, file: Path, headers: dict[str, str]) -> web.StreamResponse:
    """Return a file, packed as the request takes it.

    A request that says nothing takes any way (RFC 9110, 12.5.3).

    Raises:
        HTTPNotAcceptable: it takes no encoding that the file has.
    """
    said = request.headers.get(hdrs.ACCEPT_ENCODING)
    headers = headers | {
        hdrs.CONTENT_TYPE: TYPES.get(file.suffix, "application/octet-stream"),
        hdrs.VARY: hdrs.ACCEPT_ENCODING,
    }
    for way, suffix in WAYS.items():
        packed = file.with_name(file.name + suffix)
        if said is not None and _takes(said, way) and packed.is_file():
            return web.FileResponse(packed, headers=headers | {hdrs.CONTENT_ENCODING: way})
    if file.is_file():
        return web.FileResponse(file, headers=headers)
    packed = file.with_name(file.name + WAYS["gzip"])
    if said is None and packed.is_file():
        return web.FileResponse(packed, headers=headers | {hdrs.CONTENT_ENCODING: "gzip"})
    raise web.HTTPNotAcceptable


def _takes(said: str, way: str) -> bool:
    """Whether an ``Accept-Encoding`` takes an encoding; its name counts before ``*``."""
    weights: dict[str, bool] = {}
    for part in said.lower().split(","):
        name, _, weight = part.partition(";")
        weights[name.strip()] = weight.replace(" ", "").rstrip("0.") != "q="
    return weights.get(way, weights.get("*", False))
