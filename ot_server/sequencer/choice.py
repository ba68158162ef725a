"""Which `Sequencer` the settings ask for; only that one's library is loaded."""

from __future__ import annotations

from ot_server.errors import InvalidSettings
from ot_server.sequencer.base import Sequencer
from ot_server.sequencer.local import LocalSequencer
from ot_server.settings import Settings

__all__ = ["chosen_sequencer"]


def chosen_sequencer(settings: Settings) -> Sequencer:
    """Return the sequencer of the settings, not yet opened.

    Raises:
        InvalidSettings: what it needs isn't installed, or its address is invalid.
    """
    if not settings.sequencer:
        return LocalSequencer()
    try:
        from ot_server.sequencer.redis import RedisSequencer
    except ImportError:
        raise InvalidSettings(
            "OT_SEQUENCER needs an extra: pip install 'ot-collab[redis]'"
        ) from None
    try:
        return RedisSequencer(settings.sequencer)
    except ValueError:  # its text may quote a password
        raise InvalidSettings("OT_SEQUENCER is not the address of a Redis") from None
