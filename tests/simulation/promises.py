"""`Promise`: everything that a run must keep; the text is shown when a promise is broken."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Promise"]


class Promise(StrEnum):
    """What the server and its clients promise, whatever fails."""

    # The log.
    ACKED = "an ack follows the commit"
    KEPT = "what was acknowledged is in the log"
    LOGGED = "the log is what was committed"
    CONTIGUOUS = "revisions are contiguous"
    CHAINED = "there is one chain"
    APPLIES = "each operation follows the text before it"
    ONCE = "each edit has one effect"
    ORDERED = "a client's edits commit in order"
    REFUSED = "what was refused is not in the log"
    RECORDED = "a refusal is a fact"

    # What is made of the log.
    COMMITTED = "nothing is shown before it is committed"
    SHOWN = "what is shown is the log"
    SNAPSHOT = "a snapshot is of what was committed"
    LOADED = "the newest snapshot and the log after it lead to the text"
    NODES = "every node has the text of the log"
    CLIENTS = "every client has the text of the log"

    # Those who call.
    READ = "a read finds what was written"
    ANSWERED = "the answer to a call is true"
    FAST = "news travels fast"

    # Access.
    ROLES = "roles hold at the commit"
    PUT_OUT = "those who are put out hear no more"
    TOLD = "those who are put out are told, and nobody else is"

    # The client.
    FROZEN = "what has been sent is frozen"
    TYPED = "nothing typed is lost"

    # Presence.
    PRESENT = "in the end each tab sees the carets of all others, and no more"

    # Everything.
    REST = "it comes to rest"
    UNHEARD = "nothing fails unheard"
