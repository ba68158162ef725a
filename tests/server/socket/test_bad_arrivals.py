"""Who may not come in is told so, or just closed; nobody who is in notices."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ot_protocol import CloseCode
from ot_server.access.tokens import GuestToken, read_secret
from tests.server.props.bad_hellos import FIRST_MESSAGES, HELLO_FIELDS, TOKENS, Field, First, Forged
from tests.server.props.peer import Message, Peer, join_room
from tests.server.props.scene import Scene, forged_claims, set_scene, tokens_of
from tests.servers import StartServer


async def refused(scene: Scene, first: Any, query: str = "") -> tuple[Message | None, int | None]:
    """Say one thing on a new connection; return the error, if one comes, and the close code."""
    peer = await Peer.dial(scene.http, scene.room, query)
    await peer.say(first(peer) if callable(first) else first)
    heard, code = await peer.closed()
    assert [message["type"] for message in heard] in ([], ["error"])
    assert all(message["fatal"] for message in heard)
    return (heard[0] if heard else None), code


@pytest.mark.parametrize("first", FIRST_MESSAGES.values(), ids=FIRST_MESSAGES)
async def test_what_comes_first_must_be_a_hello(scene: Scene, first: First) -> None:
    error, code = await refused(scene, first.frame)
    assert error is not None
    assert (error["code"], code) == (first.error, CloseCode.MALFORMED)
    await scene.is_unharmed()


@pytest.mark.parametrize("field", HELLO_FIELDS.values(), ids=HELLO_FIELDS)
async def test_a_bad_hello_opens_nothing(scene: Scene, field: Field) -> None:
    error, code = await refused(
        scene, lambda peer: peer.hello(scene.room, **{field.name: field.value})
    )
    assert error is not None
    assert (error["code"], code) == (field.error, CloseCode.MALFORMED)
    await scene.is_unharmed()


@pytest.mark.parametrize("forged", TOKENS.values(), ids=TOKENS)
async def test_a_bad_token_opens_nothing(scene: Scene, forged: Forged) -> None:
    token = forged.make(forged_claims(scene.room), read_secret(scene.server.settings.data_folder))
    error, code = await refused(scene, lambda peer: peer.hello(scene.room, token=token))
    assert (error, code) == (None, forged.close)
    await scene.is_unharmed()
    if token:
        scene.logs.are_clean(token)


async def test_a_token_in_the_address_is_as_good_as_elsewhere_and_is_not_logged(
    scene: Scene,
) -> None:
    peer = await Peer.dial(scene.http, scene.room, f"?token={scene.room.token}")
    await peer.say(peer.hello(scene.room, token=None))
    assert (await peer.hear())["type"] == "welcome"
    error, code = await refused(
        scene, lambda peer: peer.hello(scene.room, token=None), "?token=%ff%00"
    )
    assert (error, code) == (None, CloseCode.NOT_AUTHENTICATED)
    await scene.is_unharmed()


async def test_a_client_id_of_somebody_else_is_taken(scene: Scene) -> None:
    eve = await join_room(scene.http, scene.room, "Eve")
    error, code = await refused(scene, lambda peer: peer.hello(eve, client=scene.culprit.client))
    assert error is not None
    assert (error["code"], code) == ("client_taken", CloseCode.NORMAL)
    await scene.is_unharmed()
    await scene.culprit_goes_on()


@pytest.mark.parametrize(
    "lie",
    [{"epoch": 2}, {"revision": 3}, {"revision": 2**53 - 1}, {"chain": "0" * 32}, {"revision": 0}],
    ids=str,
)
async def test_a_place_that_the_log_does_not_vouch_for_is_reset(
    scene: Scene, lie: dict[str, object]
) -> None:
    peer = await Peer.dial(scene.http, scene.room)
    await peer.say(peer.hello(scene.room))
    welcome = await peer.hear()
    await peer.ws.close()
    place = {name: welcome[name] for name in ("epoch", "revision", "chain")}
    again = await Peer.dial(scene.http, scene.room)
    await again.say(again.hello(scene.room, **{**place, "outstanding": 9, **lie}))
    reset = await again.hear()
    assert (reset["reset"], reset["text"], reset["revision"]) == ("lineage", "hello!", 2)
    await scene.is_unharmed()


async def test_there_is_no_such_session(scene: Scene) -> None:
    for session_id in ("nowhere", "..%2f..%2fetc%2fpasswd", "%00", "a" * 4_000):
        url = f"{scene.server.url}/ws/{session_id}"
        peer = Peer(await scene.http.ws_connect(url))
        await peer.say(peer.hello(scene.room))
        assert await peer.closed() == ([], CloseCode.NO_SUCH_SESSION)
    await scene.is_unharmed()


async def test_the_same_client_again_replaces_the_first(scene: Scene) -> None:
    again = await Peer.dial(scene.http, scene.room)
    await again.say(again.hello(scene.room, client=scene.culprit.client))
    assert (await again.hear())["last_seq"] == 5
    _, code = await scene.culprit.closed()
    assert code == CloseCode.REPLACED
    await scene.is_unharmed()


async def test_a_fresh_token_keeps_a_connection_that_would_have_ended(scene: Scene) -> None:
    guest = GuestToken(scene.room.session_id, scene.room.participant, int(time.time()) - 28)
    short = tokens_of(scene.server).issue(guest, 0)
    peer = await Peer.dial(scene.http, scene.room)
    await peer.say(peer.hello(scene.room, token=short))
    ends = await Peer.dial(scene.http, scene.room)
    await ends.say(ends.hello(scene.room, token=short))
    await peer.say({"type": "auth", "token": scene.room.token})
    assert (await peer.hear_of("session"))["expires"].endswith("Z")
    _, code = await ends.closed()
    assert code == CloseCode.NOT_AUTHENTICATED
    assert await peer.answers() == []
    await scene.is_unharmed()


@pytest.mark.parametrize(
    "limit", ["connections_per_session", "connections_per_participant"], ids=str
)
async def test_a_connection_too_many_is_told_to_come_later(
    start_server: StartServer, limit: str
) -> None:
    async with set_scene(await start_server(**{limit: 2})) as scene:
        error, code = await refused(scene, lambda peer: peer.hello(scene.room))
        assert (error, code) == (None, CloseCode.TRY_AGAIN_LATER)
        await scene.is_unharmed()
