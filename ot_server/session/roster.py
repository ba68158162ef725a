"""`Roster`: who is connected to a session, and their presence.

A participant is here by clients: by connections of this node, known by client id, and by other
nodes.  Each connection shows a presence of its own, under a name that is the same on all nodes.

Every change gets the next stamp, so that a connection, which remembers one number, can be told
the newest of everything that it hasn't heard.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from msgspec import Raw

from ot_core import History, Selection
from ot_protocol.messages import ConnectionPresence, Participant, Participants, Presences, Who

__all__ = ["Presence", "Roster", "clamped"]


@dataclass
class Presence:
    """What one connection shows: its selections in the text at `revision`, and data beside them."""

    connection: str
    """The connection's name."""
    since: float
    """When it was welcomed, in seconds since 1970, by the clock of its node."""
    revision: int
    selections: tuple[Selection, ...]
    typing: bool
    data: bytes | None = None
    """As JSON."""
    client_id: str = ""
    """The client that shows it, or the node that has stated it."""
    stamp: int = 0
    """The roster's, when this was put there."""


@dataclass
class Present:
    """A participant who is connected."""

    participant: Participant
    joined: int
    changed: int
    clients: set[str] = field(default_factory=set)
    presences: dict[str, Presence] = field(default_factory=dict)
    """By connection."""
    moved: int = 0
    """The stamp of the last change of `presences`; 0 if there never was one."""
    dropped: int = 0
    """The stamp of the last change that took one out."""


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
        self._drop(present, client_id)
        if not present.clients:
            del self._here[participant_id]
            self._left[participant_id] = self.stamp

    def put(self, participant_id: str, client_id: str, presence: Presence) -> None:
        """Show a presence of one of a participant's clients.

        A client that has come back by another node may still be connected to the first one:
        what its newest connection shows is what it shows.
        """
        present = self._here.get(participant_id)
        if present is None or client_id not in present.clients:
            return
        before = present.presences.get(presence.connection)
        if before is not None and before.since > presence.since:
            return
        self.stamp += 1
        present.presences[presence.connection] = presence
        presence.client_id, presence.stamp = client_id, self.stamp
        present.moved = self.stamp

    def put_all(self, participant_id: str, client_id: str, presences: Sequence[Presence]) -> None:
        """Show these of a participant's presences by a client, and no others by it."""
        present = self._here.get(participant_id)
        if present is not None:
            self._drop(present, client_id, but=[presence.connection for presence in presences])
        for presence in presences:
            self.put(participant_id, client_id, presence)

    def present_by(self, clients: Collection[str]) -> list[Participant]:
        """Return the participants who are connected by one of these clients."""
        return [
            present.participant
            for present in self._here.values()
            if not present.clients.isdisjoint(clients)
        ]

    def presences_by(self, clients: Collection[str], seen: int) -> dict[str, list[Presence]]:
        """Return all presences by these clients, of each participant where one has changed.

        Those changed after the stamp `seen`, or one went then.
        """
        changed = {}
        for participant_id, present in self._here.items():
            if present.moved <= seen or present.clients.isdisjoint(clients):
                continue
            own = [one for one in present.presences.values() if one.client_id in clients]
            if present.dropped > seen or any(one.stamp > seen for one in own):
                changed[participant_id] = own
        return changed

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
        who = {
            participant_id: _told(present, history)
            for participant_id, present in self._here.items()
            if present.moved > seen
        }
        return Presences(history.revision, who) if who else None

    def who(self, history: History) -> Who | None:
        """Return all presence, at the head, or None if there is none."""
        who = {
            participant_id: _told(present, history)
            for participant_id, present in self._here.items()
            if present.presences
        }
        return who or None

    def forget_presences(self) -> None:
        """Drop all presence: the text that it was in is gone."""
        for present in self._here.values():
            if present.presences:
                self.stamp += 1
                present.presences.clear()
                present.moved = present.dropped = self.stamp

    def bring_forward(self, history: History) -> None:
        """Move all presence to the head, before that becomes a long way."""
        for present in self._here.values():
            for presence in present.presences.values():
                _at_head(presence, history)

    def _drop(self, present: Present, client_id: str, but: Collection[str] = ()) -> None:
        """Take out what a client shows, except by these connections."""
        gone = [
            presence.connection
            for presence in present.presences.values()
            if presence.client_id == client_id and presence.connection not in but
        ]
        if gone:
            self.stamp += 1
            present.moved = present.dropped = self.stamp
        for connection in gone:
            del present.presences[connection]


def clamped(selections: Iterable[tuple[int, int]], length: int) -> tuple[Selection, ...]:
    """Return selections, as anchor and head, within a text of `length` code points."""
    return tuple(Selection(min(anchor, length), min(head, length)) for anchor, head in selections)


def _told(present: Present, history: History) -> list[ConnectionPresence]:
    return [
        ConnectionPresence(
            presence.connection,
            [(selection.anchor, selection.head) for selection in _at_head(presence, history)],
            presence.typing,
            None if presence.data is None else Raw(presence.data),
        )
        for presence in present.presences.values()
    ]


def _at_head(presence: Presence, history: History) -> tuple[Selection, ...]:
    for block in history.between(presence.revision, history.revision):
        presence.selections = tuple(selection.transform(block) for selection in presence.selections)
    presence.revision = history.revision
    return presence.selections
