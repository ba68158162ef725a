"""Nothing that a welcomed client says does harm: a typed answer, and everybody goes on."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ot_protocol import CloseCode
from ot_server.access.tokens import GuestToken
from ot_server.store.rows import ParticipantRow
from ot_server.store.sqlite import SqliteStore
from tests.server.props.bad_frames import MALFORMED, REFUSED, UNANSWERED, Edit, edit
from tests.server.props.bad_hellos import FIRST_MESSAGES, HELLO_FIELDS
from tests.server.props.faulty_store import FaultyStore
from tests.server.props.peer import Peer, join_room
from tests.server.props.scene import Scene, set_scene, tokens_of
from tests.servers import StartServer


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_frame_is_answered_by_an_error(scene: Scene, frame: str) -> None:
    await scene.culprit.say(frame)
    (answer,) = await scene.culprit.answers()
    assert (answer["type"], answer["code"]) == ("error", "malformed")
    assert not answer.get("fatal", False)
    assert len(answer["message"]) < 300
    await scene.is_unharmed()
    await scene.culprit_goes_on()


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
async def test_a_bad_edit_is_rejected(scene: Scene, case: Edit) -> None:
    await scene.culprit.say(case.frame)
    answer = await scene.culprit.hear_of("reject", "error", "update", "reset")
    assert (answer["type"], answer.get("code")) == ("reject", case.code)
    assert answer["seq"] == case.seq
    assert await scene.culprit.answers() == []
    await scene.is_unharmed()
    await scene.culprit_goes_on()


@pytest.mark.parametrize("frame", UNANSWERED.values(), ids=UNANSWERED)
async def test_what_makes_no_sense_now_changes_nothing(scene: Scene, frame: str) -> None:
    await scene.culprit.say(frame)
    assert await scene.culprit.answers() == []
    await scene.is_unharmed()
    await scene.culprit_goes_on()


async def test_a_binary_frame_is_malformed_whatever_it_holds(scene: Scene) -> None:
    for held in (b'{"type":"ping"}', b"", bytes(range(256))):
        await scene.culprit.ws.send_bytes(held)
        (answer,) = await scene.culprit.answers()
        assert answer["code"] == "malformed"
    await scene.is_unharmed()


async def test_a_second_hello_is_a_protocol_error(scene: Scene) -> None:
    await scene.culprit.say(scene.culprit.hello(scene.room))
    (answer,) = await scene.culprit.answers()
    assert answer["code"] == "protocol"
    await scene.is_unharmed()
    await scene.culprit_goes_on()


async def test_a_wrong_checksum_starts_the_client_again_from_the_text(scene: Scene) -> None:
    await scene.culprit.say({"type": "verify", "revision": 2, "crc32": 0})
    reset = await scene.culprit.hear_of("reset")
    assert (reset["reason"], reset["revision"], reset["text"]) == ("diverged", 2, "hello!")
    await scene.is_unharmed()
    await scene.culprit_goes_on()


async def test_too_many_malformed_frames_end_the_connection(scene: Scene) -> None:
    for _ in range(scene.server.settings.malformed_frames):
        await scene.culprit.say("?")
    heard, code = await scene.culprit.closed()
    assert {message["code"] for message in heard if message["type"] == "error"} == {"malformed"}
    assert code == CloseCode.MALFORMED
    await scene.is_unharmed()


@pytest.mark.parametrize("token", ["garbage", "another participant's", "ended"])
async def test_a_token_that_is_no_good_changes_nothing(scene: Scene, token: str) -> None:
    if token == "another participant's":
        token = (await join_room(scene.http, scene.room, "Eve")).token
    elif token == "ended":
        guest = GuestToken(scene.room.session_id, scene.room.participant, int(time.time()) - 60)
        token = tokens_of(scene.server).issue(guest, 0)
    await scene.culprit.say({"type": "auth", "token": token})
    (answer,) = await scene.culprit.answers()
    assert (answer["type"], answer["code"]) == ("error", "protocol")
    await scene.is_unharmed()
    await scene.culprit_goes_on()
    scene.logs.are_clean(token)


async def test_a_viewer_is_told_that_it_may_not_edit(scene: Scene) -> None:
    viewer = ParticipantRow("viewer", scene.room.session_id, "Vera", "guest", "viewer")
    await scene.server.store.add_participant(viewer)
    guest = GuestToken(scene.room.session_id, "viewer", int(time.time()) + 60)
    peer = await Peer.dial(scene.http, scene.room)
    await peer.say(peer.hello(scene.room, token=tokens_of(scene.server).issue(guest, 0)))
    assert (await peer.hear())["role"] == "viewer"
    await peer.say(edit())
    assert (await peer.hear_of("reject"))["code"] == "forbidden"
    await scene.is_unharmed()


# Seqs, while an answer is on its way and long after.


@pytest.fixture
async def held(start_server: StartServer, tmp_path: Path) -> AsyncIterator[Scene]:
    """A scene whose store can be held."""
    store = FaultyStore(SqliteStore(tmp_path / "held.sqlite3"))
    async with set_scene(await start_server(store)) as scene:
        yield scene


def store_of(scene: Scene) -> FaultyStore:
    store = scene.server.store
    assert isinstance(store, FaultyStore)
    return store


async def test_a_second_edit_while_one_is_outstanding_is_a_protocol_error(held: Scene) -> None:
    gate = store_of(held).hold("commit")
    await held.culprit.say(edit('[6,"a"]', seq=6))
    await held.culprit.say(edit('[6,"b"]', seq=7))
    (answer,) = await held.culprit.answers()
    assert (answer["type"], answer["code"], answer["seq"]) == ("error", "protocol", 7)
    gate.set()
    assert (await held.culprit.hear_of("update"))["changes"] == [{"ack": 6}]
    assert [line.seq for line in await held.log()] == [None, 5, 6]


async def test_a_seq_that_comes_again_with_other_content_is_never_acknowledged_for_it(
    held: Scene,
) -> None:
    gate = store_of(held).hold("commit")
    await held.culprit.say(edit('[6,"a"]', seq=6))
    await held.culprit.say(edit('[6,"b"]', seq=6))
    await held.culprit.answers()
    gate.set()
    heard = [await held.culprit.hear_of("update", "reject") for _ in range(2)]
    assert {message["type"] for message in heard} == {"update", "reject"}
    assert [line.operation for line in await held.log()][2:] == [b'[6,"a"]']
    (reject,) = [message for message in heard if message["type"] == "reject"]
    assert reject["code"] == "seq_reused"


async def test_an_older_seq_is_acknowledged_again_only_for_what_it_was(scene: Scene) -> None:
    assert await scene.culprit.type("?") == 3  # seq 7 now; 5 is an older one
    await scene.culprit.say(edit('[5,"!"]', seq=5, revision=1))
    assert (await scene.culprit.hear_of("update", "reject"))["changes"] == [{"ack": 5}]
    await scene.culprit.say(edit('[5,"?"]', seq=5, revision=1))
    assert (await scene.culprit.hear_of("update", "reject"))["code"] == "seq_reused"
    assert len(await scene.log()) == 3


def test_there_are_well_over_forty_kinds_of_bad_input() -> None:
    assert len(MALFORMED) + len(REFUSED) + len(FIRST_MESSAGES) + len(HELLO_FIELDS) > 140
