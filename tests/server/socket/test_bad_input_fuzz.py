"""Whatever bytes a client sends, it hears typed answers or a typed close, and nothing breaks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import WSMsgType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ot_core import Document
from ot_protocol import CloseCode, Malformed, decode_client, decode_operation, decode_server
from ot_protocol.messages import Pong
from tests.patience import within
from tests.server.props.peer import Peer
from tests.server.props.scene import Scene, set_scene
from tests.servers import StartServer

TYPED_CLOSES = {*CloseCode, 1002, 1007}
"""Ours, and those with which a WebSocket library ends what is no WebSocket frame."""

NUMBERS = st.integers() | st.integers(-3, 9) | st.floats() | st.booleans() | st.none()
TEXTS = st.text(max_size=8) | st.sampled_from(["", "\0", "\r", "\ud800", "😀"])
ANYTHING = st.recursive(
    NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
COMPONENTS = st.lists(st.integers(-4, 8) | TEXTS | ANYTHING, max_size=5)

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "protocol": NUMBERS,
    "client": TEXTS,
    "token": TEXTS,
    "name": TEXTS,
    "epoch": NUMBERS,
    "chain": TEXTS,
    "outstanding": NUMBERS,
    "text": NUMBERS,
    "seq": st.integers(1, 20) | NUMBERS,
    "revision": st.integers(0, 4) | NUMBERS,
    "op": COMPONENTS | ANYTHING,
    "selections": st.lists(st.lists(NUMBERS, min_size=2, max_size=2), max_size=3) | ANYTHING,
    "typing": NUMBERS,
    "data": ANYTHING,
    "crc32": NUMBERS,
    "urgent": ANYTHING,
}
NEEDED = {
    "hello": ["protocol", "client"],
    "edit": ["seq", "revision", "op"],
    "presence": ["revision", "selections"],
    "verify": ["revision", "crc32"],
    "auth": ["token"],
    "ping": [],
}


@st.composite
def nearly_messages(draw: st.DrawFn) -> str:
    """Draw a message with the right type and about the right fields."""
    kind = draw(st.sampled_from(sorted(NEEDED)))
    names = {*NEEDED[kind], *draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=1))}
    names -= set(draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=1)))
    return json.dumps({"type": kind} | {name: draw(FIELDS[name]) for name in sorted(names)})


def damaged(frame: str) -> st.SearchStrategy[bytes]:
    """Cut a frame off somewhere, or put something into it."""
    raw = frame.encode(errors="surrogatepass")
    return st.tuples(st.integers(0, len(raw)), st.integers(0, len(raw)), st.binary(max_size=3)).map(
        lambda cut: raw[: cut[0]] + cut[2] + raw[cut[1] :]
    )


FRAMES = st.one_of(
    st.binary(max_size=64),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=64).map(str.encode),
    ANYTHING.map(lambda value: json.dumps(value).encode()),
    nearly_messages().map(str.encode),
    nearly_messages().flatmap(damaged),
)

fuzz = settings(
    max_examples=300,
    deadline=None,  # a shared machine stalls now and then
    print_blob=True,  # a failure prints what replays it
    # One server for all examples: what one leaves behind is what the next one meets.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@fuzz
@given(FRAMES)
def test_decoding_raises_nothing_but_malformed(frame: bytes) -> None:
    with suppress(Malformed):
        decode_client(frame)


@pytest.fixture
async def patient(start_server: StartServer) -> AsyncIterator[Scene]:
    """A scene on a server that takes any number of malformed frames."""
    async with set_scene(await start_server(malformed_frames=10**9)) as scene:
        yield scene


@fuzz
@given(frames=st.lists(FRAMES, min_size=1, max_size=8), is_welcome=st.booleans())
async def test_whatever_is_said_is_answered_by_what_the_protocol_knows(
    patient: Scene, frames: list[bytes], is_welcome: bool
) -> None:
    peer = await Peer.dial(patient.http, patient.room)
    if is_welcome:
        await peer.say(peer.hello(patient.room))
    with suppress(ConnectionError):  # it was closed after one of the frames: read why
        for frame in [*frames, b'{"type":"ping"}']:
            await peer.say(frame)
    while (heard := await within(peer.ws.receive())).type is WSMsgType.TEXT:
        if isinstance(decode_server(heard.data), Pong):
            break
    else:
        assert peer.ws.close_code in TYPED_CLOSES
    await peer.ws.close()
    patient.logs.are_clean(patient.room.token)
    await is_sound(patient)


async def is_sound(scene: Scene) -> None:
    """Fail unless the log leads to the text that everybody is told."""
    headers = {"Authorization": f"Bearer {scene.room.token}"}
    async with scene.http.get(scene.room.text_url, headers=headers) as response:
        told = await response.json()
    document = Document()
    for line in await scene.log():
        if line.revision <= told["revision"]:  # what was said last may commit just now
            document.apply(decode_operation(line.operation))
    assert (told["text"], told["revision"]) == (document.text, document.revision)
