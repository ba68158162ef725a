"""One table of roles and actions: the only place that says what a role may do."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from ot_protocol.messages import Role

__all__ = ["ALLOWED", "Action", "is_allowed"]


class Action(Enum):
    """What people can do with a session."""

    READ = auto()
    """See the text, its history and who is there; show presence."""
    EDIT = auto()
    """Commit operations: type, restore, revert, let the assistant write, take its proposals."""
    ASK = auto()
    """Let the assistant look for mistakes, which costs the operator something."""
    STOP = auto()
    """Stop a task of the assistant that somebody else asked for."""
    CHANGE = auto()
    """Change title and language."""
    SHARE = auto()
    """See and change members, links and visibility; remove people."""
    DELETE = auto()


ALLOWED: Final[dict[Role, frozenset[Action]]] = {
    "owner": frozenset(Action),
    "editor": frozenset({Action.READ, Action.EDIT, Action.ASK, Action.CHANGE}),
    "viewer": frozenset({Action.READ}),
}


def is_allowed(role: Role | None, action: Action) -> bool:
    """Whether somebody with this role, or without one, may do this."""
    return role is not None and action in ALLOWED[role]
