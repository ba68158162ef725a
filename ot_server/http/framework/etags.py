"""Entity tags of texts: ``"epoch-revision"``, which never names two texts of one session."""

from __future__ import annotations

from aiohttp import hdrs, web

__all__ = ["etag", "is_expected", "spare_who_knows"]


def etag(epoch: int, revision: int) -> dict[str, str]:
    """Return the header that names a text."""
    return {"ETag": f'"{epoch}-{revision}"'}


def spare_who_knows(request: web.Request, headers: dict[str, str]) -> None:
    """Answer nothing more if a request's ``If-None-Match`` names the tag of these headers.

    Raises:
        HTTPNotModified: it does; the answer has these headers.
    """
    tag = headers["ETag"].strip('"')
    if any(known.value in (tag, "*") for known in request.if_none_match or ()):
        raise web.HTTPNotModified(headers=headers)


def is_expected(request: web.Request, epoch: int, revision: int) -> bool:
    """Whether a request's ``If-Match``, if it has one, names this text; a weak tag names none."""
    if hdrs.IF_MATCH not in request.headers:
        return True
    return any(
        not each.is_weak and each.value in (f"{epoch}-{revision}", "*")
        for each in request.if_match or ()  # what is malformed names nothing
    )
