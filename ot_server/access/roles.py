"""One table of role and action: the only place that knows what a role may do."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from ot_protocol.messages import Role

__all__ = ["ALLOWED", "Action", "is_allowed"]


class Action(Enum):
    """What somebody may want to do with a session."""

    READ = auto()
    """See the text, its history and who is there; show one's presence."""
    EDIT = auto()
    """Commit operations: type, restore, revert, let the assistant write, take its proposals."""
    ASK = auto()
    """Let the assistant look for mistakes, which costs the server's operator something."""
    STOP = auto()
    """Stop a task of the assistant's that somebody else asked for."""
    CHANGE = auto()
    """Change title and language."""
    SHARE = auto()
    """See and change members, links and visibility; kick."""
    DELETE = auto()


ALLOWED: Final[dict[Role, frozenset[Action]]] = {
    "owner": frozenset(Action),
    "editor": frozenset({Action.READ, Action.EDIT, Action.ASK, Action.CHANGE}),
    "viewer": frozenset({Action.READ}),
}


def is_allowed(role: Role | None, action: Action) -> bool:
    """Whether somebody with this role, or with none, may do this."""
    return role is not None and action in ALLOWED[role]
