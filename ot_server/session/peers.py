"""`Peers`: who is connected to a session on other nodes, and what these are told about ours.

Each node states who is connected to it, every few seconds and soon after a change, and their
presence as it changes; it states everything when it meets another node.  Any statement may be
lost: the next one makes up for it, and a node that states nothing is forgotten.

Invariant: in the roster, a participant on another node is present by that node, as by a client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ot_protocol.messages import Participant
from ot_server.ids import new_id
from ot_server.sequencer.base import Sequencer, StatedPresence, Statement
from ot_server.session.audience import Audience
from ot_server.session.feed import Feed
from ot_server.session.roster import Presence, clamped

__all__ = ["Peers"]

GATHERING_SECONDS: Final = 0.03
"""Changes within this time are told together."""
STATED_SECONDS: Final = 5.0
"""How often all participants are stated."""
GONE_SECONDS: Final = 15.0
"""A node that has stated nothing for this long is gone."""


@dataclass
class Peer:
    """What another node has stated."""

    heard_at: float
    participants: dict[str, Participant] = field(default_factory=dict)
    ahead: dict[str, Sequence[StatedPresence]] = field(default_factory=dict)
    """Presence in a text that this node hasn't reached yet, by participant."""
    epoch: int = 0
    """The epoch of that presence."""


class Peers:
    """The other nodes on which one session is live."""

    def __init__(self, feed: Feed, audience: Audience, sequencer: Sequencer) -> None:
        self._feed = feed
        self._id = feed.replica.info.id
        self._audience = audience
        self._sequencer = sequencer
        self._node = new_id()
        """The name of this node here, until it drops the session."""
        self._peers: dict[str, Peer] = {}
        self._stated: list[Participant] = []
        self._stamp = 0
        """The stamp of the roster at the last statement."""
        self._all_at = 0.0
        """When to state everybody again, in the loop's time."""
        self._is_new = False
        """Whether a peer may not know the presence that was stated before."""
        self._timer: asyncio.TimerHandle | None = None
        audience.listeners.append(self.changed)

    def changed(self) -> None:
        """State soon what may have changed here."""
        if self._audience.roster.stamp != self._stamp:
            self._schedule()

    def look_after(self) -> None:
        """Forget silent peers, and state who is here if it is time; called every second."""
        now = asyncio.get_running_loop().time()
        silent = [node for node, peer in self._peers.items() if now - peer.heard_at >= GONE_SECONDS]
        for node in silent:
            self._take_participants(node, self._peers[node], {})
        if now >= self._all_at and self._stated:
            self._state()
        if silent:
            self._audience.wake()

    def hear(self, statement: Statement) -> None:
        """Take in what a node has stated."""
        node = statement.node
        if node == self._node:
            return
        now = asyncio.get_running_loop().time()
        peer = self._peers.get(node)
        if peer is None:
            if not statement.participants:
                return  # it goes, or it was met too late to know its participants
            peer = self._peers[node] = Peer(now)
            self._all_at, self._is_new = now, True  # it may not know us either
            self._schedule()
        peer.heard_at = now
        if statement.participants is not None:
            told = {participant.id: participant for participant in statement.participants}
            self._take_participants(node, peer, told)
        self._take_presences(node, peer, statement)
        self._audience.wake()

    def catch_up(self) -> None:
        """Take in the presence that was ahead of the head, which may have moved."""
        for node, peer in self._peers.items():
            self._show(node, peer)

    def close(self) -> None:
        """State that nobody is connected here: this node drops the session."""
        self._audience.listeners.remove(self.changed)
        if self._timer is not None:
            self._timer.cancel()
        if self._stated:
            self._tell([], {})

    def _schedule(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHERING_SECONDS, self._state)

    def _state(self) -> None:
        """Tell the peers what has changed, and who is here if it is time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = asyncio.get_running_loop().time()
        roster, clients = self._audience.roster, self._audience.clients
        if self._is_new:
            # A node that has just loaded the session holds no more than its end.
            roster.bring_forward(self._feed.replica.document.history)
        is_all = now >= self._all_at
        here = roster.present_by(clients)
        presences = roster.presences_by(clients, 0 if self._is_new else self._stamp)
        is_other = here != self._stated
        self._stamp, self._stated, self._is_new = roster.stamp, here, False
        if is_all:
            self._all_at = now + STATED_SECONDS
        if is_other or presences or (is_all and here):
            self._tell(here if is_all or is_other else None, presences)

    def _tell(
        self, participants: list[Participant] | None, presences: Mapping[str, list[Presence]]
    ) -> None:
        told = {id_: [_stated(one) for one in shown] for id_, shown in presences.items()}
        epoch = self._feed.replica.epoch
        self._sequencer.tell(Statement(self._id, self._node, epoch, participants, told))

    def _take_participants(self, node: str, peer: Peer, told: dict[str, Participant]) -> None:
        roster = self._audience.roster
        for participant_id in peer.participants.keys() - told.keys():
            roster.leave(participant_id, node)
            peer.ahead.pop(participant_id, None)
        for participant_id, participant in told.items():
            if peer.participants.get(participant_id) != participant:
                roster.enter(participant, node)
        peer.participants = told
        if not told:
            del self._peers[node]

    def _take_presences(self, node: str, peer: Peer, statement: Statement) -> None:
        if peer.epoch != statement.epoch:
            peer.epoch = statement.epoch
            peer.ahead.clear()
        peer.ahead |= statement.presences
        self._show(node, peer)

    def _show(self, node: str, peer: Peer) -> None:
        """Show the presence in texts that this node knows; drop what is too old."""
        replica = self._feed.replica
        if peer.epoch != replica.epoch:
            return
        reached = {
            participant_id: stated
            for participant_id, stated in peer.ahead.items()
            if all(one.revision <= replica.head for one in stated)
        }
        for participant_id, stated in reached.items():
            del peer.ahead[participant_id]
            shown = [self._shown(one) for one in stated if one.revision >= replica.start]
            self._audience.roster.put_all(participant_id, node, shown)

    def _shown(self, stated: StatedPresence) -> Presence:
        length = self._feed.replica.document.history.length_at(stated.revision)
        return Presence(
            stated.connection,
            stated.since,
            stated.revision,
            clamped(stated.selections, length),
            stated.typing,
            stated.data,
        )


def _stated(presence: Presence) -> StatedPresence:
    return StatedPresence(
        presence.connection,
        presence.since,
        presence.revision,
        [(selection.anchor, selection.head) for selection in presence.selections],
        presence.typing,
        presence.data,
    )
