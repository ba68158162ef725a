"""`Roster`: who is connected to a session, and their presence.

A participant is here by clients: by connections of this node, known by client id, and by other
nodes.

Every change gets the next stamp, so that a connection, which remembers one number, can be told
the newest of everything that it hasn't heard.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from ot_core import History, Selection
from ot_protocol.messages import Participant, ParticipantPresence, Participants, Presences

__all__ = ["Presence", "Roster", "clamped"]


@dataclass
class Presence:
    """One participant's selections in the text at `revision`, and the client that shows them."""

    client_id: str
    revision: int
    selections: tuple[Selection, ...]
    typing: bool


@dataclass
class Present:
    """A participant who is connected."""

    participant: Participant
    joined: int
    changed: int
    clients: set[str] = field(default_factory=set)
    presence: Presence | None = None
    moved: int = 0
    """The stamp of the last change of `presence`; 0 if there never was one."""


class Roster:
    """The participants of one session."""

    def __init__(self) -> None:
        self.stamp = 0
        self._here: dict[str, Present] = {}
        self._left: dict[str, int] = {}

    def everybody(self) -> list[Participant]:
        """Return those who are connected, in the order in which they came."""
        return [present.participant for present in self._here.values()]

    def enter(self, participant: Participant, client_id: str) -> None:
        """Add a client of a participant."""
        self.stamp += 1
        present = self._here.get(participant.id)
        if present is None:
            self._left.pop(participant.id, None)
            present = Present(participant, joined=self.stamp, changed=self.stamp)
            self._here[participant.id] = present
        elif present.participant != participant:
            present.participant = participant
            present.changed = self.stamp
        present.clients.add(client_id)

    def leave(self, participant_id: str, client_id: str) -> None:
        """Remove a client of a participant, who goes with the last one."""
        present = self._here.get(participant_id)
        if present is None or client_id not in present.clients:
            return
        self.stamp += 1
        present.clients.remove(client_id)
        if not present.clients:
            del self._here[participant_id]
            self._left[participant_id] = self.stamp
        elif present.presence is not None and present.presence.client_id == client_id:
            present.presence = None
            present.moved = self.stamp

    def set_presence(
        self,
        participant_id: str,
        client_id: str,
        revision: int,
        selections: Sequence[Selection],
        typing: bool,
    ) -> None:
        """Set a participant's presence; it belongs to the client that sets it last."""
        present = self._here.get(participant_id)
        if present is None or client_id not in present.clients:
            return
        self.stamp += 1
        present.presence = Presence(client_id, revision, tuple(selections), typing)
        present.moved = self.stamp

    def drop_presence(self, participant_id: str, client_id: str) -> None:
        """Remove a participant's presence, if it belongs to this client."""
        present = self._here.get(participant_id)
        if present is None or present.presence is None or present.presence.client_id != client_id:
            return
        self.stamp += 1
        present.presence, present.moved = None, self.stamp

    def present_by(self, clients: Collection[str]) -> list[Participant]:
        """Return the participants who are connected by one of these clients."""
        return [
            present.participant
            for present in self._here.values()
            if not present.clients.isdisjoint(clients)
        ]

    def presences_by(self, clients: Collection[str], seen: int) -> dict[str, Presence | None]:
        """Return the presence of these clients that changed after the stamp `seen`.

        None for participants without presence, or whose presence belongs to another client.
        """
        return {
            participant_id: present.presence
            if present.presence is not None and present.presence.client_id in clients
            else None
            for participant_id, present in self._here.items()
            if present.moved > seen and not present.clients.isdisjoint(clients)
        }

    def forget_left(self, seen: int) -> None:
        """Forget who left up to a stamp that every connection has seen."""
        self._left = {id_: stamp for id_, stamp in self._left.items() if stamp > seen}

    def participants_since(self, seen: int) -> Participants | None:
        """Return who came, went or changed after the stamp `seen`, or None."""
        if seen == self.stamp:
            return None
        joined, changed = [], []
        for present in self._here.values():
            if present.joined > seen:
                joined.append(present.participant)
            elif present.changed > seen:
                changed.append(present.participant)
        left = [participant_id for participant_id, stamp in self._left.items() if stamp > seen]
        if not (joined or left or changed):
            return None
        return Participants(joined, left, changed)

    def presences_since(self, seen: int, history: History) -> Presences | None:
        """Return the presence that changed after the stamp `seen`, at the head, or None."""
        if seen == self.stamp:
            return None
        who: dict[str, ParticipantPresence | None] = {}
        for participant_id, present in self._here.items():
            if present.moved <= seen:
                continue
            who[participant_id] = _told(present.presence, history)
        return Presences(history.revision, who) if who else None

    def forget_presences(self) -> None:
        """Drop all presence: the text that it was in is gone."""
        self.stamp += 1
        for present in self._here.values():
            if present.presence is not None:
                present.presence, present.moved = None, self.stamp

    def bring_forward(self, history: History) -> None:
        """Move all presence to the head, before that becomes a long way."""
        for present in self._here.values():
            if present.presence is not None:
                _at_head(present.presence, history)


def clamped(selections: Iterable[tuple[int, int]], length: int) -> tuple[Selection, ...]:
    """Return selections, as anchor and head, within a text of `length` code points."""
    return tuple(Selection(min(anchor, length), min(head, length)) for anchor, head in selections)


def _told(presence: Presence | None, history: History) -> ParticipantPresence | None:
    if presence is None:
        return None
    selections = _at_head(presence, history)
    return ParticipantPresence(
        [(selection.anchor, selection.head) for selection in selections], presence.typing
    )


def _at_head(presence: Presence, history: History) -> tuple[Selection, ...]:
    for block in history.between(presence.revision, history.revision):
        presence.selections = tuple(selection.transform(block) for selection in presence.selections)
    presence.revision = history.revision
    return presence.selections
