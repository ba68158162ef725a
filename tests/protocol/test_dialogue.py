"""The hundred-line client has its part in the conversations that state a rule, as far as it goes.

Compared are the text, edits and hellos as they are sent, what is offered back, and whether the
connection is left.  Where it stops, or does otherwise, is said in so many words.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.protocol import hundred_lines
from tests.protocol.hundred_lines import FINAL, Client, apply

FILE: Final = json.loads((Path(__file__).parents[1] / "vectors" / "dialogue.json").read_text())
BY_HAND: Final[list[dict[str, Any]]] = [case for case in FILE["cases"] if "rule" in case]


UNKNOWN: Final = {
    "select": "it has no carets",
    "stored": "it has no storage",
    "record": "it has no storage",
    "crash": "it has no storage",
    "client_taken": "it keeps its client id",
    "a final close code": "it ends, and offers nothing then",
    "lock": "what it types into a locked session is refused",
    "unavailable": "it sends again after the usual time",
    "silence": "it doesn't look for dead lines",
    "no_welcome": "its own loop counts those seconds",
    "pings": "its library pings",
    "malformed": "it waits for the close that follows",
    "protocol": "it waits for the close that follows",
    "raises": "it trusts its editor",
}
"""What it stops at, and why."""

OTHERWISE: Final = {
    "a reject of any other seq": "it takes that seq for spent",
    "what was refused unheard": "it takes out all that is pending",
    "what is no operation is offered alone": "it takes out all that is pending",
    "what was typed into an edit that is refused": "it takes out all that is pending",
    "of an edit that makes the text too large": "it takes out all that is pending",
    "where all fits": "it takes out all that is pending",
    "where the lock was not told yet": "it takes out all that is pending",
    "an ack that can't be": "it passes over every ack but its own",
    "an ack while nothing": "it passes over every ack but its own",
    "an ack twice": "it passes over every ack but its own",
    "until there is a text anew": "it passes over every ack but its own",
    "a text that comes anew": "it passes over every ack but its own",
    "a change that is": "it fails, and is started again",
    "edits and resends wait": "it keeps no pace",
    "edits made offline": "they are all one buffer, and so one edit",
    "changes from": "it comes back to the same place",
    "carets of a revision": "it doesn't look at carets",
    "diagnostics of a revision": "it doesn't look at diagnostics",
    "before the welcome comes no p": "it has no use for it in any case",
    "before the welcome comes no reject": "it spends that seq",
    "a welcome comes once": "it passes over the second",
    "operations that change nothing": "it sends them",
    "what is left of an edit": "it sends at once what it may",
    "an edit with more components": "it sends all of it",
    "what was acknowledged and is not in the backup": "it offers only what was unconfirmed",
    "where the server can't go on from there (lineage)": "it offers only what was unconfirmed",
}
"""Where it does something else, by how the conversation's title begins, and why that is so."""


class Wire:
    """What is sent, and the time at which it is."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.now = 0.0

    async def send_json(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)


def stops_at(step: dict[str, Any]) -> str | None:
    """Say what the client doesn't know of a step."""
    for told in ("select", "stored", "crash"):
        if told in step:
            return told
    message = step.get("hear", {})
    if message.get("lock") or message.get("session", {}).get("lock"):
        return "lock"
    if message.get("code") in ("unavailable", "client_taken") or message.get("fatal"):
        return str(message["code"])
    if step.get("lost") in FINAL:
        return "a final close code"
    if step.get("leave") in ("silence", "no_welcome"):
        return str(step["leave"])
    return "raises" if "raises" in step else None


async def play(case: dict[str, Any], patch: pytest.MonkeyPatch) -> str | None:
    """Take its steps, and return what it stops at."""
    wire, copy, offered, left = Wire(), "", list[str](), False
    client = Client(FILE["client"])
    client.ws = wire  # type: ignore[assignment]  # all that it needs of one
    patch.setattr(hundred_lines, "monotonic", lambda: wire.now)
    patch.setattr("random.uniform", lambda least, _most: least)
    if "record" in case or "pings" in case:
        return "record" if "record" in case else "pings"
    for step in case["steps"]:
        if stop := stops_at(step):
            return stop
        if left and "lost" not in step:
            continue  # its loop is not there any more
        left = await take(client, wire, step)
        copy = apply(copy, step["edit"]) if "edit" in step else copy
        for shown in step.get("show", []):
            copy = shown["text"] if "text" in shown else apply(copy, shown["op"])
        for told in step.get("tell", []):
            if isinstance(told, dict) and "unsaved" in told:
                offered += [part for part in told["op"] if isinstance(part, str)]
        assert client.text() == copy, step
        assert client.refused == offered, step
        assert left == ("leave" in step), step
        if "say" in step:
            said = [bare(frame) for frame in step["say"] if frame["type"] in ("hello", "edit")]
            assert [bare(frame) for frame in wire.frames] == said, step
            wire.frames = []
    return None


async def take(client: Client, wire: Wire, step: dict[str, Any]) -> bool:
    """Take a step as the client's own loop would, and return whether that would leave."""
    match step:
        case {"at": seconds}:
            wire.now = seconds
        case {"connected": token}:
            await wire.send_json(client.greet(token))
        case {"hear": message}:
            filled = FILE["welcome"] | message if message["type"] == "welcome" else message
            try:
                client.hear({key: value for key, value in filled.items() if value is not None})
            except ConnectionError:
                return True
        case {"lost": _}:
            client.online = False
        case {"edit": operation}:
            await client.edit(operation)
        case _:
            raise ValueError(f"no step: {step}")
    await client.send()
    return client.online and not client.place


def bare(frame: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in frame.items() if (key, value) != ("seq", 0)}


def is_otherwise(case: dict[str, Any]) -> bool:
    return any(case["title"].startswith(begin) for begin in OTHERWISE)


@pytest.mark.parametrize("case", BY_HAND, ids=lambda case: f"{case['rule']} {case['title']}")
async def test_a_rule(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    if is_otherwise(case):
        with pytest.raises((AssertionError, IndexError, KeyError)):
            await play(case, monkeypatch)
    else:
        await play(case, monkeypatch)


async def test_what_it_stops_at_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [case for case in BY_HAND if not is_otherwise(case)]
    stops = {await play(case, monkeypatch) for case in cases}
    assert stops - {None} == set(UNKNOWN)


def test_what_it_does_otherwise_is_in_the_file() -> None:
    for begin in OTHERWISE:
        assert any(case["title"].startswith(begin) for case in BY_HAND), begin
