"""Tokens: who somebody is, signed.  One algorithm, and every claim is required."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final, assert_never

import jwt
from msgspec import Struct

__all__ = ["AccessToken", "GuestToken", "InvalidToken", "Tokens", "read_secret"]

ALGORITHM: Final = "HS256"
ISSUER: Final = "ot-collab"
AUDIENCE: Final = "ot-collab"
SECRET_BYTES: Final = 32


class InvalidToken(Exception):
    """The token is not ours, not for this, or too old."""


class GuestToken(Struct, frozen=True):
    """What a guest's token says: this participant of this session, until then."""

    session_id: str
    participant_id: str
    expires: int
    """Seconds since 1970."""


class AccessToken(Struct, frozen=True):
    """What a user's token says: this user, signed in by this login, until then."""

    user_id: str
    login_id: str
    expires: int
    """Seconds since 1970."""


class Tokens:
    """Makes and reads tokens with one key of 32 bytes at least."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def issue(self, token: GuestToken | AccessToken, now: int) -> str:
        """Return a token that says this."""
        match token:
            case GuestToken(session_id, participant_id, expires):
                claims = {"typ": "guest", "sub": participant_id, "sid": session_id}
            case AccessToken(user_id, login_id, expires):
                claims = {"typ": "access", "sub": user_id, "sid": login_id}
            case _:
                assert_never(token)
        common = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": expires}
        return jwt.encode(common | claims, self._secret, algorithm=ALGORITHM)

    def read(self, token: str, leeway: float | None = 0) -> GuestToken | AccessToken:
        """Return what a token says.

        Args:
            token: what somebody sent.
            leeway: how many seconds after its end it is still good; None for ever.

        Raises:
            InvalidToken: it is no such token, or has ended.
        """
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=leeway or 0,
                options={
                    "require": ["exp", "iat", "iss", "aud", "sub", "sid", "typ"],
                    "verify_exp": leeway is not None,
                },
            )
        except (jwt.InvalidTokenError, ValueError) as error:
            raise InvalidToken(type(error).__name__) from None
        typ, subject, sid = claims["typ"], claims["sub"], claims["sid"]
        if not isinstance(sid, str):
            raise InvalidToken("sid is no text")
        if typ == "guest":
            return GuestToken(sid, subject, int(claims["exp"]))
        if typ == "access":
            return AccessToken(subject, sid, int(claims["exp"]))
        raise InvalidToken("a token of another kind")


def read_secret(folder: Path) -> str:
    """Return the secret that is kept in a folder; it is made when first wanted, for its owner only.

    Two servers that start at once agree on one: whoever links its file first wins.
    """
    path = folder / "secret"
    if not path.exists():
        draft = folder / f"secret.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
