"""Tokens: who somebody is, signed.  There is one algorithm, and every claim is required.

A token names the key that signed it, so that keys can be replaced while tokens of the earlier one
are still in use.  A refresh token contains nothing: it is random, and the store keeps its hash.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, assert_never

import jwt
from msgspec import Struct

from ot_server.errors import InvalidToken
from ot_server.lock_file import make_folder

__all__ = [
    "AccessToken",
    "GuestToken",
    "Tokens",
    "hash_refresh_token",
    "key_id",
    "new_refresh_token",
    "read_secret",
]

ALGORITHM: Final = "HS256"
ISSUER: Final = "ot-collab"
AUDIENCE: Final = "ot-collab"
REQUIRED: Final = ["exp", "iat", "iss", "aud", "typ", "sub", "sid"]
SECRET_BYTES: Final = 32
ANEW: Final = "without it a new one is made"


class GuestToken(Struct, frozen=True):
    """The contents of a guest's token: a participant of a session, and when it expires."""

    session_id: str
    participant_id: str
    expires: int
    """Seconds since 1970."""


class AccessToken(Struct, frozen=True):
    """The contents of a user's token: a user, their login, and when it expires."""

    user_id: str
    login_id: str
    expires: int
    """Seconds since 1970."""


class Tokens:
    """Makes tokens with one key of at least 32 bytes, and reads those of earlier keys too."""

    def __init__(self, secret: str, previous: Sequence[str] = ()) -> None:
        self._secret = secret
        self._headers = {"kid": key_id(secret)}
        self._secrets = {key_id(known): known for known in (secret, *previous)}

    def issue(self, token: GuestToken | AccessToken, now: int) -> str:
        """Return a token with these contents."""
        match token:
            case GuestToken(session_id, participant_id, expires):
                claims = {"typ": "guest", "sub": participant_id, "sid": session_id}
            case AccessToken(user_id, login_id, expires):
                claims = {"typ": "access", "sub": user_id, "sid": login_id}
            case _:
                assert_never(token)
        common = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": expires}
        return jwt.encode(common | claims, self._secret, algorithm=ALGORITHM, headers=self._headers)

    def read(self, token: str, leeway: float | None = 0) -> GuestToken | AccessToken:
        """Return the contents of a token.

        Args:
            token: what somebody sent.
            leeway: for how many seconds it is still valid after it expires; None: for ever.

        Raises:
            InvalidToken: it is not one of our tokens, or has expired.
        """
        try:
            claims = jwt.decode(
                token,
                self._secrets[jwt.get_unverified_header(token)["kid"]],
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=leeway or 0,
                options={
                    "require": REQUIRED,
                    "strict_aud": True,
                    "verify_exp": leeway is not None,
                },
            )
        except KeyError:
            raise InvalidToken("signed with a key that is not ours") from None
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


def key_id(secret: str) -> str:
    """Return the name of a key in its tokens, which doesn't reveal the key."""
    return hashlib.blake2b(secret.encode(), digest_size=8, person=b"ot key id").hexdigest()


def new_refresh_token() -> str:
    """Return a refresh token of 256 bits."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hash_refresh_token(token: str) -> bytes:
    """Return the hash of a refresh token, which the store keeps."""
    return hashlib.sha256(token.encode()).digest()


def read_secret(folder: Path) -> str:
    """Return the secret in a folder, readable only by its owner; make it if it is missing.

    Two servers that start at the same time agree on one: the first to link its file wins.

    Raises:
        OSError: it can't be read or made, is not text, or is so short that it could be guessed.
    """
    path = folder / "secret"
    if not path.exists():
        make_folder(folder)
        try:
            _make_secret(path)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        secret = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise OSError(errno.EINVAL, f"it is not UTF-8; {ANEW}", str(path)) from None
    if len(secret.encode()) < SECRET_BYTES:
        reason = f"it has fewer than {SECRET_BYTES} bytes; {ANEW}"
        raise OSError(errno.EINVAL, reason, str(path))
    return secret


def _make_secret(path: Path) -> None:
    """Make a secret, unless another process is faster; the file is complete or not there."""
    draft = path.with_name(f"secret.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
