"""`InTypeScript`: the TypeScript client's machine, asked and told as the Python one is.

It runs in a Node of its own, one for all machines of this process; each call is a line there
and a line back, so that a run is still made from its seed alone.
"""

from __future__ import annotations

import json
import subprocess
from functools import cache
from itertools import count
from random import Random
from typing import Any, Final

import msgspec

from ot_client.connection import Phase
from ot_client.events import Cause, Changed, Event, Unsaved
from ot_client.presence import Presence
from ot_client.record import Forget, Keep, Record, Write
from ot_client.status import End
from ot_core import Operation, Selection
from ot_protocol import decode_client, encode
from ot_protocol.messages import FromClient, ServerMessage
from tests.typescript import program

__all__ = ["InTypeScript", "forget_all"]

NUMBERS: Final = count()


class InTypeScript:
    """What a `Socket` and a `Person` use of a `Machine`."""

    def __init__(self, client_id: str, random: Random, record: Record | None) -> None:
        self.client_id = client_id
        self._number = next(NUMBERS)
        self._state: dict[str, Any] = {}
        self._call("begin", client_id, random.getrandbits(31), record and record.to_json())

    def at(self, now: float) -> None:
        self._call("at", now)

    def connected(self, token: str | None) -> None:
        self._call("connected", token)

    def hear(self, message: ServerMessage | None) -> None:
        assert message is not None
        self._call("hear", msgspec.json.decode(encode(message)))

    def lost(self, code: int = 1006, message: str = "") -> None:
        self._call("lost", code, message)

    def edit(self, operation: Operation) -> None:
        self._call("edit", operation.to_wire())

    def select(
        self, selections: list[Selection], is_typing: bool = False, data: object = None
    ) -> None:
        self._call("select", [(one.anchor, one.head) for one in selections], is_typing, data)

    @property
    def presences(self) -> InTypeScript:
        """Itself: it is asked for no more than `others`."""
        return self

    def others(self) -> dict[str, tuple[Presence, ...]]:
        return {
            participant: tuple(
                Presence(tuple(Selection(*at) for at in selections), data=data, connection=name)
                for name, selections, data in presences
            )
            for participant, presences in self._call("others")
        }

    def stored(self, is_stored: bool) -> None:
        self._call("stored", is_stored)

    def rename(self, client_id: str) -> None:
        self.client_id = client_id
        self._call("rename", client_id)

    def end(self, reason: str, code: int = 1000, message: str = "") -> None:
        self._call("end", reason, code, message)

    def events(self) -> list[Event]:
        """Return the changes and the offers."""
        return [event for told in self._call("events") if (event := _event(told)) is not None]

    def outgoing(self) -> list[FromClient]:
        return [decode_client(msgspec.json.encode(said)) for said in self._call("outgoing")]

    def writes(self) -> list[Write]:
        return [
            Forget() if stored is None else Keep(Record.from_json(stored))
            for stored in self._call("writes")
        ]

    @property
    def text(self) -> str:
        text: str = self._call("text")
        return text

    @property
    def phase(self) -> Phase:
        return Phase[self._state["phase"].upper()]

    @property
    def ended(self) -> End | None:
        ended = self._state["ended"]
        return None if ended is None else End(**ended)

    def __getattr__(self, name: str) -> Any:
        """Return what else the machine's state says."""
        try:
            return self._state[name]
        except KeyError:
            raise AttributeError(name) from None

    def _call(self, name: str, *arguments: object) -> Any:
        answer = _ask(self._number, name, *arguments)
        self._state = answer["state"]
        assert "error" not in answer, f"{name}{arguments}: {answer['error']}"
        return answer["result"]


def forget_all() -> None:
    """A run is over: nobody asks its machines any more."""
    _ask(0, "forget_all")


def _event(told: dict[str, Any]) -> Event | None:
    match told:
        case {"type": "changed", "operation": components, "by": by, "cause": cause}:
            return Changed(Operation(components), by, Cause(cause))
        case {"type": "unsaved", "operation": components, "reason": reason, "text": text}:
            return Unsaved(reason, text, Operation(components), told["id"])
        case _:
            return None


def _ask(*line: object) -> Any:
    node = _node()
    assert node.stdin is not None
    assert node.stdout is not None
    node.stdin.write(json.dumps(line) + "\n")
    node.stdin.flush()
    return json.loads(node.stdout.readline())


@cache
def _node() -> subprocess.Popen[str]:
    """Start the Node of this process; it ends when its input does."""
    return subprocess.Popen(
        ["node", program("machines")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
