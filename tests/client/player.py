"""`Player`: plays a conversation of ``dialogue.json`` with a machine, and says what came of it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET

from ot_client import ClientError, TooLarge
from ot_client.events import (
    Cause,
    Changed,
    Complaint,
    DiagnosticsChanged,
    Event,
    ParticipantsChanged,
    PresenceChanged,
    SessionUpdated,
    Unsaved,
)
from ot_client.machine import Machine
from ot_client.presence import Presence
from ot_client.record import Keep, Record
from ot_client.socket import read
from ot_core import Operation, OTError, Selection, TextBuffer
from ot_protocol import encode

__all__ = ["ALWAYS", "Player", "bare"]

ALWAYS: Final[dict[str, Any]] = {
    "show": [],
    "tell": [],
    "leave": None,
    "ended": None,
    "raises": None,
}
"""What is compared after every step, with what it is where the step doesn't say."""


class Player:
    """A machine with the simplest host: a copy of the text, and a storage for one record."""

    def __init__(self, case: dict[str, Any], client: str, welcome: dict[str, Any]) -> None:
        self.stored: dict[str, Any] | None = case.get("record")
        self._case = case
        self._client = client
        self._welcome = welcome
        self._now = 0.0
        self.machine = self._begin()

    def take(self, step: dict[str, Any]) -> dict[str, Any]:
        """Take a step, and return all that came of it; `say` only where the step asks for it."""
        shown = self.copy.text
        raises = self._tell(step)
        came: dict[str, Any] = {"show": [], "tell": [], "raises": raises}
        machine = self.machine
        for event in machine.events():
            if isinstance(event, Changed):
                came["show"].append(self._show(event))
            else:
                came["tell"].append(told(event))
        if "say" in step:
            came["say"] = [bare(msgspec.json.decode(encode(one))) for one in machine.outgoing()]
        for write in machine.writes():
            self.stored = write.record.to_json() if isinstance(write, Keep) else None
        assert machine.is_synchronized == (self.stored is None)
        assert machine.text == self.copy.text, f"shown after {shown!r}: {self.copy.text!r}"
        return came | self._asked()

    def _begin(self) -> Machine:
        record = None if self.stored is None else Record.from_json(self.stored)
        pings = self._case.get("pings", False)
        self.copy = TextBuffer()
        machine = Machine(self._client, lambda _, most: most, record=record, pings=pings)
        machine.at(self._now)
        return machine

    def _tell(self, step: dict[str, Any]) -> str | None:
        machine = self.machine
        match step:
            case {"at": seconds}:
                self._now = seconds
                machine.at(seconds)
            case {"connected": token}:
                machine.connected(token)
            case {"hear": message}:
                filled = self._welcome if message["type"] == "welcome" else {}
                machine.hear(read(msgspec.json.encode(filled | message)))
            case {"lost": code}:
                machine.lost(code)
            case {"edit": components}:
                return self._edit(components)
            case {"select": selections}:
                return self._select(selections, step)
            case {"stored": is_stored}:
                machine.stored(is_stored)
            case {"rename": client}:
                self._client, self.stored = client, None
                machine.rename(client)
            case {"end": reason}:
                machine.end(reason)
            case {"crash": True}:
                self.machine = self._begin()
            case _:
                raise ValueError(f"no step: {step}")
        return None

    def _edit(self, components: Any) -> str | None:
        try:
            operation = Operation(components)
            self.machine.edit(operation)
        except TooLarge:
            return "too_large"
        except (OTError, ClientError) as error:
            return getattr(error, "code", "not_editable")
        self.copy.apply(operation)
        return None

    def _select(self, selections: Any, step: dict[str, Any]) -> str | None:
        where = None if selections is None else [Selection(*one) for one in selections]
        try:
            self.machine.select(where, step.get("typing", False), step.get("data", UNSET))
        except TooLarge:
            return "too_large"
        return None

    def _show(self, event: Changed) -> dict[str, Any]:
        self.copy.apply(event.operation)
        if event.cause is Cause.RESET:
            return {"text": self.copy.text, "cause": "reset"}
        by = {} if event.by is None else {"by": event.by}
        cause = {"cause": "refused"} if event.cause is Cause.REFUSED else {}
        return {"op": event.operation.to_wire()} | by | cause

    def _asked(self) -> dict[str, Any]:
        machine = self.machine
        facts = machine.facts
        known = (
            {
                **msgspec.to_builtins(facts.session),
                "role": facts.role,
            }
            if facts.is_known
            else {}
        )
        others = {
            participant: [shown(one) for one in presences]
            for participant, presences in machine.presences.others().items()
        }
        status = machine.status
        return {
            "leave": machine.leaving,
            "ended": machine.ended and machine.ended.reason,
            "text": machine.text,
            "status": status.state.value,
            "reason": status.reason,
            "safe": status.is_safe,
            "deadline": machine.deadline,
            "facts": known,
            "participants": {
                one.id: one.name for one in (facts.participants.values() if facts.is_known else ())
            },
            "others": others,
            "diagnostics": [msgspec.to_builtins(one) for one in machine.diagnostics.all()],
            "store": self.stored,
            "offers": [one.to_wire() for one in machine.offers().values()],
        }


def shown(presence: Presence) -> dict[str, Any]:
    """Return what a connection shows as the vectors write it."""
    fields = {name: getattr(presence, name) for name in ("connection", "typing", "data")}
    return bare(fields | {"selections": [[one.anchor, one.head] for one in presence.selections]})


def told(event: Event) -> Any:
    """Return an event as the vectors write it."""
    match event:
        case SessionUpdated():
            return "session"
        case ParticipantsChanged():
            return "participants"
        case PresenceChanged():
            return "presence"
        case DiagnosticsChanged():
            return "diagnostics"
        case Unsaved(reason, text, operation):
            return {"unsaved": reason, "text": text, "op": operation.to_wire()}
        case Complaint(code):
            return {"complaint": code}
        case _:
            raise ValueError(f"not told: {event}")


def bare(message: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is the same as not there."""
    return {
        name: value
        for name, value in message.items()
        if value is not None and value is not False and (name, value) != ("seq", 0)
    }
