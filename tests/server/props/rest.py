"""What the tests of the REST interface share: a look at its errors, and a header."""

from __future__ import annotations

from aiohttp import ClientResponse

__all__ = ["bearing", "problem"]


async def problem(response: ClientResponse) -> tuple[int, str]:
    """Return status and code of a problem, after a look at its shape (RFC 9457)."""
    body = await response.json(content_type="application/problem+json")
    assert sorted(body) == ["code", "detail", "status", "title", "type"]
    assert body["type"] == "about:blank"
    assert body["status"] == response.status
    assert len(body["detail"]) < 300
    return response.status, body["code"]


def bearing(token: str, **more: str) -> dict[str, str]:
    """Return headers with a token."""
    return {"Authorization": f"Bearer {token}", **more}
