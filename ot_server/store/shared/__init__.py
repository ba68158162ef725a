"""The parts of a store that are written once for all databases, one module for each.

Each method says by its decorator whether it only reads.  All of them understand the
SQL here; what they say differently has a name in `transactions`.
"""

from __future__ import annotations

from ot_server.store.shared.access import SharedAccess
from ot_server.store.shared.accounts import SharedAccounts
from ot_server.store.shared.admin import SharedAdmin
from ot_server.store.shared.assistant import SharedAssistant
from ot_server.store.shared.listing import SharedListing
from ot_server.store.shared.locking import SharedLocking
from ot_server.store.shared.logins import SharedLogins
from ot_server.store.shared.runs import SharedRuns
from ot_server.store.shared.sessions import SharedSessions

__all__ = ["SharedStore"]


class SharedStore(
    SharedSessions,
    SharedAccess,
    SharedListing,
    SharedLocking,
    SharedAssistant,
    SharedRuns,
    SharedAccounts,
    SharedLogins,
    SharedAdmin,
):
    """All of a store except its log."""
