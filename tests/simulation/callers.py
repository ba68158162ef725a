"""Calls of the REST interface, from the handlers' helpers inwards: reading and putting a text.

Answers are true: a text that is read has everything that was committed before, and an edit whose
call failed was not made, unless the answer says that the outcome is unknown.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from ot_server.errors import Evicted, OutcomeUnknown, StoreUnavailable
from ot_server.history.restore import put_text
from ot_server.http import text as rest_text
from ot_server.http.framework.problem import Problem
from ot_server.session.request import Committed
from tests.simulation.cluster import Cluster
from tests.simulation.node import Node
from tests.simulation.person import Person
from tests.simulation.promises import Promise

__all__ = ["Put", "put", "read"]


@dataclass
class Put:
    """An edit made by a call."""

    node: Node
    session_id: str
    sign: str
    was_made: Literal["yes", "no", "unknown"] = "unknown"
    is_answered: bool = False

    @property
    def is_over(self) -> bool:
        """Whether its outcome can't change any more."""
        return self.is_answered or self.node.process.is_dead

    def __str__(self) -> str:
        return f"{self.sign} of {self.session_id} by {self.node.name}: {self.was_made}"


def put(cluster: Cluster, node: Node, person: Person, sign: str) -> Put:
    """Let somebody put a text with one more sign."""
    made = Put(node, person.session_id, sign)
    node.process.start(_put(cluster, node, person, made))
    return made


def read(cluster: Cluster, node: Node, session_id: str) -> None:
    """Let somebody read a text."""
    node.process.start(_read(cluster, node, session_id))


async def _put(cluster: Cluster, node: Node, person: Person, made: Put) -> None:
    try:
        actor = await rest_text.newest(node.services, made.session_id)
        text = actor.replica.document.text
        place = cluster.random.randint(0, len(text))
        answer = await put_text(actor, person.name, text[:place] + made.sign + text[place:])
    except OutcomeUnknown:
        pass
    except (Evicted, StoreUnavailable):
        made.was_made = "no"
    else:
        made.was_made = "yes" if isinstance(answer, Committed) else "no"
    made.is_answered = True
    cluster.note(person.name, "has put", made)


async def _read(cluster: Cluster, node: Node, session_id: str) -> None:
    ledger = cluster.ledger
    epoch, head = ledger.sessions[session_id].row.epoch, ledger.lineage(session_id).head
    with suppress(Evicted, StoreUnavailable, Problem):
        replica = (await rest_text.newest(node.services, session_id, head)).replica
        if replica.epoch == epoch and replica.head < head:
            cluster.breach(Promise.READ, (replica.head, head))
        lineage = ledger.lineages[session_id, replica.epoch]
        if replica.document.text != lineage.texts[replica.head]:
            cluster.breach(Promise.SHOWN, replica.document.text)
