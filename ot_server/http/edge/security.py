"""The headers that tell browsers what our pages never do, on every response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import hdrs, web

from ot_server.settings import Settings

__all__ = ["REDOC_POLICY", "RUN_HEADERS", "tell_policies"]

# Scripts come from here only, and from no markup.
# Styles may stand in the page: CodeMirror, Swagger UI and ReDoc write theirs into it while they
# run, and a nonce would make every page one of a kind that no cache can keep.  A style can't
# run anything, and with images and fonts from here only it can't tell anybody anything either.
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "frame-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
REDOC_POLICY: Final = POLICY.replace("worker-src 'self'", "worker-src 'self' blob:")
"""ReDoc searches in a worker that it makes of a string."""

RUN_POLICY: Final = "; ".join(
    (
        "sandbox allow-scripts",
        "default-src 'none'",
        "script-src 'self' blob: 'wasm-unsafe-eval'",
        "worker-src blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
"""People's code runs in this frame, and in workers that inherit its policy: it has an origin of
its own, without storage or tokens, connects to nothing, and loads no more than it was handed."""
RUN_HEADERS: Final = {
    "Content-Security-Policy": RUN_POLICY,
    # Firefox asks for this on behalf of the frame's own origin, which is nobody's.  Other sites may
    # load the page, and learn nothing by it; by `frame-ancestors` they can't show it.
    "Cross-Origin-Resource-Policy": "cross-origin",
}

HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # The address of a page may be a share link: no site is told it, not even this one.
    "Referrer-Policy": "no-referrer",
    # Alone in its process a page may share memory with workers: they can be interrupted by it.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ONE_YEAR: Final = 365 * 24 * 3600


def tell_policies(
    settings: Settings,
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return what puts the headers on each answer; those that a handler has set stay."""
    headers = dict(HEADERS)
    if settings.https:
        headers["Strict-Transport-Security"] = f"max-age={ONE_YEAR}"

    async def tell(request: web.Request, response: web.StreamResponse) -> None:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        # The version of the software here is of use to attackers only.
        response.headers.popall(hdrs.SERVER, None)
        if request.path.startswith("/api/"):
            # No cache may keep tokens.  What has a tag may be kept, and is asked about each time.
            may_keep = "ETag" in response.headers and response.status < 400
            response.headers.setdefault(
                "Cache-Control", "private, no-cache" if may_keep else "no-store"
            )

    return tell
