"""What a person is told of their typing, as tests wait for it."""

from __future__ import annotations

from ot_client import Event, Session, State, StatusChanged

__all__ = ["state", "told", "turns"]


def turns(event: Event, wanted: State) -> bool:
    """Return whether an event tells of this state."""
    return isinstance(event, StatusChanged) and event.status.state is wanted


def told(session: Session) -> State:
    """What a person is told now; a call, because mypy takes it that a property stays."""
    return session.status.state


async def state(session: Session, wanted: State) -> None:
    """Wait until a session is in a state."""
    events = session.events()
    if told(session) is not wanted:
        async for event in events:
            if turns(event, wanted):
                return
