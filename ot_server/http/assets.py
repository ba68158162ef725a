"""The files that pages are made of, as Vite has packed them: under names that change with them.

Beside a file lie `.brotli` and `.gzip`, of the huge ones `.gzip` alone; a request is answered
with the smallest that it takes.  Anybody may read them: they are the same for everybody, and
the frame that code runs in has an origin that is nobody's.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from ot_server.http.problem import INVALID_PATH, Problem

__all__ = ["add_assets", "file_response"]

WAYS: Final = {"br": ".brotli", "gzip": ".gzip"}
"""How a file may be packed, the smallest first, and what it is called then.  aiohttp, which would
choose by itself, and not look at weights, knows no such names."""
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


def add_assets(app: web.Application, folder: Path) -> None:
    """Serve the files of a folder."""
    there = {
        file.with_suffix("").name if file.suffix in WAYS.values() else file.name
        for file in folder.glob("*.*")
    }

    async def serve(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in there:
            raise Problem(INVALID_PATH)
        return file_response(request, folder / name, FOREVER)

    app.router.add_get("/assets/{name}", serve)


def file_response(request: web.Request, file: Path, headers: dict[str, str]) -> web.StreamResponse:
    """Return a file, packed as the request takes it.

    A request that says nothing takes any way (RFC 9110, 12.5.3).

    Raises:
        HTTPNotAcceptable: it takes none that there is.
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
    """Whether an ``Accept-Encoding`` takes a way of packing; what names it goes before ``*``."""
    weights: dict[str, bool] = {}
    for part in said.lower().split(","):
        name, _, weight = part.partition(";")
        weights[name.strip()] = weight.replace(" ", "").rstrip("0.") != "q="
    return weights.get(way, weights.get("*", False))
