"""What must be true at the end: the log, every snapshot, node and client agree."""

from __future__ import annotations

from collections.abc import Iterable

from ot_server.session.loading import load
from ot_server.store.rows import CommittedOperation
from tests.simulation.callers import Put
from tests.simulation.cluster import Cluster
from tests.simulation.person import Person
from tests.simulation.promises import Promise

__all__ = ["judge"]


async def judge(cluster: Cluster, people: list[Person], puts: list[Put]) -> None:
    """Compare everything with the ledger."""
    for session_id in cluster.ledger.sessions:
        await _judge_store(cluster, session_id)
        await _judge_nodes(cluster, session_id)
    for person in people:
        _judge_person(cluster, person)
    for put in puts:
        _judge_put(cluster, put)


async def _judge_store(cluster: Cluster, session_id: str) -> None:
    ledger = cluster.ledger
    kept, lineage = ledger.sessions[session_id], ledger.lineage(session_id)
    if [kept.log[revision] for revision in sorted(kept.log)] != lineage.lines:
        cluster.breach(Promise.LOGGED, session_id)
    if (kept.row.head, kept.row.chain) != (lineage.head, lineage.chains[-1]):
        cluster.breach(Promise.LOGGED, kept.row)
    for revision, text in kept.snapshots.items():
        if text != lineage.texts[revision]:
            cluster.breach(Promise.SNAPSHOT, revision)
    replica, corrupt = await load(ledger, session_id)
    if corrupt is not None or replica.document.text != lineage.texts[-1]:
        cluster.breach(Promise.LOADED, corrupt)


async def _judge_nodes(cluster: Cluster, session_id: str) -> None:
    lineage = cluster.ledger.lineage(session_id)
    for node in cluster.nodes:
        try:
            replica = (await node.actor(session_id)).replica
        except TimeoutError:
            cluster.breach(Promise.REST, node.name)
            return
        held = replica.head, replica.chain, replica.document.text
        if held != (lineage.head, lineage.chains[-1], lineage.texts[-1]):
            cluster.breach(Promise.NODES, (node.name, held))


def _judge_person(cluster: Cluster, person: Person) -> None:
    ledger, session_id = cluster.ledger, person.session_id
    lineage = ledger.lineage(session_id)
    if person.is_put_out != (person.closed is not None):
        cluster.breach(Promise.TOLD, (person.name, person.closed))
    if person.closed is None and person.machine.text != lineage.texts[-1]:
        cluster.breach(Promise.CLIENTS, person.name)
    if person.copy.text != person.machine.text:
        cluster.breach(Promise.CLIENTS, f"the copy of {person.name}")
    lines = _all_lines(cluster, session_id)
    for witness in person.witnesses:
        known = {line.seq for line in lines if line.client_id == witness.client_id}
        if not witness.acked <= known:
            cluster.breach(Promise.KEPT, witness.acked - known)
    offered = "".join(unsaved.text for unsaved in person.offered)
    for sign, is_taken_back in person.typed.items():
        count = _count(lines, sign)
        if count > 1:
            cluster.breach(Promise.ONCE, sign)
        if not (count or is_taken_back or sign in offered):
            cluster.breach(Promise.TYPED, (person.name, sign))


def _judge_put(cluster: Cluster, put: Put) -> None:
    count = _count(_all_lines(cluster, put.session_id), put.sign)
    if count > 1:
        cluster.breach(Promise.ONCE, put)
    if (count, put.was_made) in ((0, "yes"), (1, "no")):
        cluster.breach(Promise.ANSWERED, put)


def _all_lines(cluster: Cluster, session_id: str) -> list[CommittedOperation]:
    """Return everything that was ever committed, also what was lost with a backup."""
    lineages = cluster.ledger.lineages.items()
    logs = [lineage.lines for (id_, _), lineage in lineages if id_ == session_id]
    return list({(line.revision, line.chain): line for log in logs for line in log}.values())


def _count(lines: Iterable[CommittedOperation], sign: str) -> int:
    return sum(line.operation.decode().count(sign) for line in lines)
