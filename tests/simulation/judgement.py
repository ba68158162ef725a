"""What must be so when all is over: the log, every snapshot, node and client say the same."""

from __future__ import annotations

from ot_server.session.loading import load
from tests.simulation.cluster import Cluster
from tests.simulation.person import Person

__all__ = ["judge"]


async def judge(cluster: Cluster, people: list[Person]) -> None:
    """Hold all that there is against the ledger."""
    for session_id in cluster.ledger.sessions:
        await _judge_store(cluster, session_id)
        await _judge_nodes(cluster, session_id)
    for person in people:
        _judge_person(cluster, person)


async def _judge_store(cluster: Cluster, session_id: str) -> None:
    ledger = cluster.ledger
    kept, lineage = ledger.sessions[session_id], ledger.lineage(session_id)
    if [kept.log[revision] for revision in sorted(kept.log)] != lineage.lines:
        cluster.breach("the log is what was committed", session_id)
    if (kept.row.head, kept.row.chain) != (lineage.head, lineage.chains[-1]):
        cluster.breach("the log is what was committed", kept.row)
    for revision, text in kept.snapshots.items():
        if text != lineage.texts[revision]:
            cluster.breach("a snapshot is of what was committed", revision)
    replica, corrupt = await load(ledger, session_id)
    if corrupt is not None or replica.document.text != lineage.texts[-1]:
        cluster.breach("the newest snapshot and the log after it lead to the text", corrupt)


async def _judge_nodes(cluster: Cluster, session_id: str) -> None:
    lineage = cluster.ledger.lineage(session_id)
    for node in cluster.nodes:
        try:
            replica = (await node.actor(session_id)).replica
        except TimeoutError:
            cluster.breach("it comes to rest", node.name)
            return
        held = replica.head, replica.chain, replica.document.text
        if held != (lineage.head, lineage.chains[-1], lineage.texts[-1]):
            cluster.breach("every node has the text of the log", (node.name, held))


def _judge_person(cluster: Cluster, person: Person) -> None:
    ledger, session_id = cluster.ledger, person.session_id
    lineage = ledger.lineage(session_id)
    if person.is_put_out != (person.closed is not None):
        cluster.breach("who is put out is told, and nobody else", (person.name, person.closed))
    if person.closed is None and person.connection.text != lineage.texts[-1]:
        cluster.breach("every client has the text of the log", person.name)
    if person.copy.text != person.connection.text:
        cluster.breach("every client has the text of the log", f"the copy of {person.name}")
    logs = [
        lineage.lines for (of, _), lineage in ledger.lineages.items() if of == session_id
    ]
    lines = {(line.revision, line.chain): line for log in logs for line in log}.values()
    known = {line.seq for line in lines if line.client_id == person.client_id}
    if not person.witness.acked <= known:
        cluster.breach("what was acknowledged is in the log", person.witness.acked - known)
    offered = "".join(unsaved.text for unsaved in person.offered)
    for sign, is_taken_back in person.typed.items():
        count = sum(line.operation.decode().count(sign) for line in lines)
        if count > 1:
            cluster.breach("each edit has one effect", sign)
        if not (count or is_taken_back or sign in offered):
            cluster.breach("nothing typed is lost", (person.name, sign))
