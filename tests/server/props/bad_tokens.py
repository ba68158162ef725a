"""Tokens that nobody should get in with: each is a good one except for what it is called by.

Some are made of the claims of a good token and of the server's own key; some are somebody's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import jwt

from ot_server.access.tokens import key_id

__all__ = ["BAD_TOKENS", "Forge", "forged"]

Claims = dict[str, Any]
Forge = Callable[[Claims, str], str]
"""Makes a token of the claims of a good one and of the server's key."""


def forged(**changed: object) -> Forge:
    """Return what signs well, but claims something else; None claims nothing at all."""

    def make(claims: Claims, key: str) -> str:
        kept = {name: it for name, it in {**claims, **changed}.items() if it is not None}
        return jwt.encode(kept, key, headers={"kid": key_id(key)})

    return make


def signed(key: str | None, kid: str | None = None, alg: str = "HS256") -> Forge:
    """Return what claims well, but is signed in another way."""

    def make(claims: Claims, ours: str) -> str:
        headers = {"kid": kid or key_id(ours)}
        return jwt.encode(claims, key, algorithm=alg, headers=headers)

    return make


def ended(claims: Claims, key: str) -> str:
    return forged(exp=int(time.time()) - 1)(claims, key)


def without_signature(claims: Claims, key: str) -> str:
    return forged()(claims, key).rpartition(".")[0] + "."


def changed_after_signing(claims: Claims, key: str) -> str:
    (head, _, signature), body = (
        forged()(claims, key).split("."),
        forged(sub="ada")(claims, key).split(".")[1],
    )
    return f"{head}.{body}.{signature}"


BAD_TOKENS: Final[dict[str, str | Forge]] = {
    "without an algorithm": signed(None, alg="none"),
    "without a signature": without_signature,
    "changed after signing": changed_after_signing,
    "signed with another key": signed("k" * 43),
    "signed with another key by its own id": signed("k" * 43, key_id("k" * 43)),
    "signed with our key by an id that nobody knows": lambda claims, key: signed(key, "0" * 16)(
        claims, key
    ),
    "signed with our key by an id that is a path": lambda claims, key: signed(
        key, "../../../dev/null"
    )(claims, key),
    "signed with another algorithm": lambda claims, key: signed(key * 2, alg="HS512")(claims, key),
    "that has ended": ended,
    "that never ends": forged(exp=None),
    "from later": forged(iat=2**31),
    "of another issuer": forged(iss="somebody"),
    "without an issuer": forged(iss=None),
    "for somebody else": forged(aud="somebody"),
    "for us and somebody else": forged(aud=["ot-collab", "somebody"]),
    "of another kind": forged(typ="refresh"),
    "without a kind": forged(typ=None),
    "that says guest": forged(typ="guest"),
    "of another user by one's own login": forged(sub="ada"),
    "of a login that never was": forged(sid="none"),
    "of a login that is SQL": forged(sid="' OR 1=1 --"),
    "that is no token": "no token at all",
    "that is a refresh token": "ada's refresh token",
    "that is a guest's": "guest editor",
}
