"""A token is good only as it was made: this key, this algorithm, every claim, and for this."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import jwt
import pytest

from ot_server.access.tokens import (
    AccessToken,
    GuestToken,
    Tokens,
    hash_refresh_token,
    key_id,
    new_refresh_token,
    read_secret,
)
from ot_server.errors import InvalidToken

HOUR = 3600
KEY, OLD_KEY, FOREIGN_KEY = "k" * 32, "o" * 32, "f" * 32
# In seconds since 1970: a day on either side of a test, however long ago this was imported.
NOW = int(time.time())
YESTERDAY, TOMORROW = NOW - 24 * HOUR, NOW + 24 * HOUR
ADA = AccessToken("ada", "login", TOMORROW)
CLAIMS = {
    "iss": "ot-collab",
    "aud": "ot-collab",
    "typ": "access",
    "sub": "ada",
    "sid": "login",
    "iat": NOW,
    "exp": TOMORROW,
}


def forged(
    key: str | None = KEY,
    kid: object = key_id(KEY),
    alg: str = "HS256",
    without: str = "",
    **claims: object,
) -> str:
    """Return a token whose claims are good except for these."""
    kept = {**CLAIMS, **claims}
    kept.pop(without, None)
    headers = {} if kid is None else {"kid": kid}
    # Not `jwt.encode`: it would refuse some of these.
    return jwt.PyJWS().encode(json.dumps(kept).encode(), key, algorithm=alg, headers=headers)


def with_header(**header: object) -> str:
    """Return a token with another header than it was signed with."""
    _, body, signature = forged().split(".")
    return ".".join([encoded({"alg": "HS256", "kid": key_id(KEY), **header}), body, signature])


def encoded(value: object) -> str:
    return jwt.utils.base64url_encode(json.dumps(value).encode()).decode()


def changed_after_signing() -> str:
    head, _, signature = forged().split(".")
    return ".".join([head, encoded({**CLAIMS, "sub": "ben"}), signature])


@pytest.mark.parametrize("token", [ADA, GuestToken("session", "participant", TOMORROW)])
def test_what_was_issued_is_read(token: AccessToken | GuestToken) -> None:
    tokens = Tokens(KEY)

    assert tokens.read(tokens.issue(token, NOW)) == token


def test_a_forged_token_would_be_good_if_it_were_not_for_what_is_wrong_with_it() -> None:
    assert Tokens(KEY).read(forged()) == ADA


BAD: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "a word": lambda: "token",
    "no algorithm": lambda: forged(None, alg="none"),
    "no algorithm, and the signature of another": lambda: with_header(alg="none"),
    "no signature": lambda: forged().rpartition(".")[0] + ".",
    "another algorithm with the right key": lambda: forged("k" * 64, alg="HS512"),
    "another algorithm in the header": lambda: with_header(alg="HS384"),
    "another key": lambda: forged(FOREIGN_KEY),
    "another key by its own id": lambda: forged(FOREIGN_KEY, key_id(FOREIGN_KEY)),
    "another key in its own header": lambda: with_header(jwk={"kty": "oct", "k": "Zg"}),
    "no key id": lambda: forged(kid=None),
    "a key id that is a path": lambda: forged(kid="../../dev/null"),
    "a key id that is a list": lambda: with_header(kid=["k"]),
    "a key id that is null": lambda: with_header(kid=None),
    "a body that was changed": changed_after_signing,
    "one that has ended": lambda: forged(exp=NOW - 1),
    "one that ends in a word": lambda: forged(exp="never"),
    "one that was made later": lambda: forged(iat=TOMORROW),
    "one that is good later": lambda: forged(nbf=TOMORROW),
    "another issuer": lambda: forged(iss="somebody"),
    "two issuers": lambda: forged(iss=["ot-collab", "somebody"]),
    "another audience": lambda: forged(aud="somebody"),
    "two audiences": lambda: forged(aud=["ot-collab", "somebody"]),
    "another kind": lambda: forged(typ="refresh"),
    "a kind that is a list": lambda: forged(typ=["access"]),
    "a subject that is a number": lambda: forged(sub=5),
    "a login that is a number": lambda: forged(sid=5),
    **{f"no {name}": partial(forged, without=name) for name in CLAIMS},
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_a_token_that_is_not_as_it_was_made_is_refused(make: Callable[[], str]) -> None:
    with pytest.raises(InvalidToken):
        Tokens(KEY, [OLD_KEY]).read(make())


def test_a_token_of_an_earlier_key_is_good_until_that_key_is_forgotten() -> None:
    token = Tokens(OLD_KEY).issue(ADA, NOW)

    assert Tokens(KEY, [FOREIGN_KEY, OLD_KEY]).read(token) == ADA
    with pytest.raises(InvalidToken):
        Tokens(KEY).read(token)


def test_new_tokens_are_signed_with_the_current_key_and_name_it() -> None:
    token = Tokens(KEY, [OLD_KEY]).issue(ADA, NOW)

    assert jwt.get_unverified_header(token)["kid"] == key_id(KEY)
    assert Tokens(KEY).read(token) == ADA
    assert KEY not in key_id(KEY)


def test_one_key_does_not_vouch_for_the_tokens_of_another() -> None:
    with pytest.raises(InvalidToken):
        Tokens(KEY, [OLD_KEY]).read(forged(KEY, key_id(OLD_KEY)))


def test_after_its_end_a_token_is_good_for_the_leeway() -> None:
    tokens = Tokens(KEY)
    token = tokens.issue(AccessToken("ada", "login", YESTERDAY), YESTERDAY - HOUR)

    assert tokens.read(token, leeway=48 * HOUR).expires == YESTERDAY
    with pytest.raises(InvalidToken):
        tokens.read(token, leeway=HOUR)
    assert tokens.read(token, leeway=None).expires == YESTERDAY


def test_a_refresh_token_says_nothing_and_is_never_the_same() -> None:
    made = {new_refresh_token() for _ in range(100)}

    assert len(made) == 100
    assert len({hash_refresh_token(token) for token in made}) == 100
    for token in made:
        assert len(token) >= 43  # 256 bits
        with pytest.raises(InvalidToken):
            Tokens(KEY).read(token)


def test_the_secret_is_made_once_and_is_its_owner_s_only(tmp_path: Path) -> None:
    secret = read_secret(tmp_path)

    assert read_secret(tmp_path) == secret
    assert len(secret.encode()) >= 32
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("secret", ["", "\n", "x" * 31])
def test_a_secret_that_can_be_guessed_is_not_used(tmp_path: Path, secret: str) -> None:
    (tmp_path / "secret").write_text(secret)

    with pytest.raises(OSError, match="fewer than 32 bytes"):
        read_secret(tmp_path)


def test_an_error_does_not_repeat_the_token() -> None:
    for make in BAD.values():
        token: str = make()
        with pytest.raises(InvalidToken) as error:
            Tokens(KEY).read(token)
        assert not token or token not in str(error.value)
