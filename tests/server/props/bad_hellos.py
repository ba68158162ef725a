"""First messages that don't open a connection, and tokens that nobody should have.

A table says what the server answers and how it closes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import jwt

from ot_protocol import CloseCode
from ot_protocol.messages import ErrorCode
from ot_server.access.tokens import key_id
from tests.server.props.bad_frames import edit

__all__ = ["FIRST_MESSAGES", "HELLO_FIELDS", "TOKENS", "First", "Forged"]

CLIENT = "0a1b2c3d-0000-4000-8000-000000000000"


class First(NamedTuple):
    """A first frame, and the error that comes before close 4400."""

    frame: str | bytes
    error: ErrorCode


FIRST_MESSAGES: Final[dict[str, First]] = {
    "no JSON": First("hello", "malformed"),
    "nothing": First("", "malformed"),
    "cut off": First('{"type":"hello","protocol":1', "malformed"),
    "an unknown type": First('{"type":"hi"}', "malformed"),
    "nested 100,000 deep": First("[" * 100_000, "malformed"),
    "a field with an endless name": First(
        '{"type":"hello","' + "a" * 100_000 + '":1}', "malformed"
    ),
    "a ping": First('{"type":"ping"}', "protocol"),
    "an edit": First(edit(), "protocol"),
    "presence": First('{"type":"presence","revision":1,"selections":[]}', "protocol"),
    "a checksum": First('{"type":"verify","revision":1,"crc32":0}', "protocol"),
    "a token": First('{"type":"auth","token":"a.b.c"}', "protocol"),
}

MISSING: Final = object()


class Field(NamedTuple):
    """A field of an otherwise good hello, and the error that comes before close 4400."""

    name: str
    value: object
    error: ErrorCode = "malformed"


HELLO_FIELDS: Final[dict[str, Field]] = {
    "protocol 0": Field("protocol", 0, "protocol"),
    "protocol 2": Field("protocol", 2, "protocol"),
    "protocol -1": Field("protocol", -1, "protocol"),
    "protocol 2**60": Field("protocol", 2**60, "protocol"),
    "protocol 2**64": Field("protocol", 2**64, "protocol"),
    "protocol 1.5": Field("protocol", 1.5),
    "protocol true": Field("protocol", True),
    "protocol in quotes": Field("protocol", "1"),
    "a client id that is none": Field("client", "me"),
    "an empty client id": Field("client", ""),
    "a client id in capitals": Field("client", CLIENT.upper()),
    "a client id in braces": Field("client", f"{{{CLIENT}}}"),
    "a client id without hyphens": Field("client", CLIENT.replace("-", "")),
    "a client id and a line end": Field("client", CLIENT + "\n"),
    "a client id that is a number": Field("client", 1),
    "a client id that is null": Field("client", None),
    "a token that is a number": Field("token", 1),
    "an endless token": Field("token", "a" * 4097),
    "a token with half a surrogate pair": Field("token", "\ud800"),
    "an empty name": Field("name", ""),
    "a name of 65 letters": Field("name", "a" * 65),
    "a name with a NUL": Field("name", "a\0b"),
    "a name of two lines": Field("name", "a\nb"),
    "a chain too short": Field("chain", "0" * 31),
    "a chain too long": Field("chain", "0" * 33),
    "a chain and a line end": Field("chain", "0" * 32 + "\n"),
    "a chain in capitals": Field("chain", "A" * 32),
    "a chain that is none": Field("chain", "z" * 32),
    "a chain that is a number": Field("chain", 0),
    "epoch -1": Field("epoch", -1),
    "epoch 2**53": Field("epoch", 2**53),
    "revision -1": Field("revision", -1),
    "revision 1.5": Field("revision", 1.5),
    "revision 2**53": Field("revision", 2**53),
    "outstanding 0": Field("outstanding", 0),
    "outstanding true": Field("outstanding", True),
    "seq -1": Field("seq", -1),
    "seq 2**53": Field("seq", 2**53),
    "text in quotes": Field("text", "true"),
    "an unknown field": Field("role", "owner"),
}


class Forged(NamedTuple):
    """A token, made from the claims of a good one and its key, and the close that it earns."""

    make: Callable[[dict[str, Any], str], str | None]
    close: CloseCode = CloseCode.NOT_AUTHENTICATED


def signed(**changed: object) -> Forged:
    """Return a token with the right key, but other claims; `MISSING` leaves one out."""

    def make(claims: dict[str, Any], key: str) -> str:
        changed_claims = {**claims, **changed}
        kept = {name: value for name, value in changed_claims.items() if value is not MISSING}
        return jwt.encode(kept, key, algorithm="HS256", headers={"kid": key_id(key)})

    return Forged(make)


def in_parts(header: str) -> Forged:
    """Return a token with a header of one's own, and the right claims unsigned."""

    def make(claims: dict[str, Any], key: str) -> str:
        good = jwt.encode(claims, key, algorithm="HS256").split(".")
        return ".".join([jwt.utils.base64url_encode(header.encode()).decode(), *good[1:]])

    return Forged(make)


def literally(token: str | None) -> Forged:
    return Forged(lambda _claims, _key: token)


TOKENS: Final[dict[str, Forged]] = {
    "no token": literally(None),
    "an empty token": literally(""),
    "a word": literally("let-me-in"),
    "three words": literally("let.me.in"),
    "dots": literally(".."),
    "letters beyond ASCII": literally("ä.ö.ü"),
    "a NUL": literally("a\0b.c.d"),
    "4,096 letters": literally("a" * 4096),
    "a header nested too deeply": in_parts("[" * 2_500),
    "a header that is no object": in_parts("[1]"),
    "a header that is cut off": in_parts('{"alg":"HS256"'),
    "a header with a number that is too long": in_parts('{"alg":' + "9" * 2_000 + "}"),
    "an algorithm that is no word": in_parts('{"alg":["HS256"],"typ":"JWT"}'),
    "an unknown critical extension": in_parts('{"alg":"HS256","crit":["x"],"x":1}'),
    "a detached body": in_parts('{"alg":"HS256","crit":["b64"],"b64":false}'),
    "no algorithm": Forged(
        lambda claims, key: jwt.encode(claims, None, algorithm="none", headers={"kid": key_id(key)})
    ),
    "no signature": Forged(
        lambda claims, key: (
            jwt.encode(claims, key, headers={"kid": key_id(key)}).rpartition(".")[0] + "."
        )
    ),
    "another key": Forged(
        lambda claims, key: jwt.encode(claims, "k" * 43, headers={"kid": key_id(key)})
    ),
    "another algorithm": in_parts('{"alg":"HS512","typ":"JWT"}'),
    "another issuer": signed(iss="somebody"),
    "another audience": signed(aud="somebody"),
    "another kind": signed(typ="access"),
    "a kind that is a list": signed(typ=["guest"]),
    "one that has ended": signed(exp=int(time.time()) - 3_600),
    "one that ends at a word": signed(exp="tomorrow"),
    "one that begins later": signed(nbf=int(time.time()) + 3_600),
    "one without an end": signed(exp=MISSING),
    "one without an issuer": signed(iss=MISSING),
    "one without an audience": signed(aud=MISSING),
    "one without a kind": signed(typ=MISSING),
    "one without a participant": signed(sub=MISSING),
    "one without a session": signed(sid=MISSING),
    "one of a participant that is a number": signed(sub=5),
    "one of a session that is a list": signed(sid=["a"]),
    "one of another session": signed(sid="another")._replace(close=CloseCode.NO_SUCH_SESSION),
    "one of nobody": signed(sub="nobody")._replace(close=CloseCode.NO_SUCH_SESSION),
}
