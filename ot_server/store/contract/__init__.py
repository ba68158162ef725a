"""What is asked of any database: a protocol for each part, and `Store`, which is all of them.

Every method is one transaction, and none crosses two sessions, except where a user registers,
is renamed or leaves.  Every method may raise `StoreUnavailable`, those that write
`OutcomeUnknown` too: within the seconds that the store was made with it answers, or raises.
What takes longer is `StoreUnavailable` where it reads; what writes may still be done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from ot_server.store.contract.access import AccessStore
from ot_server.store.contract.accounts import AccountStore
from ot_server.store.contract.admin import AdminStore
from ot_server.store.contract.assistant import AssistantStore
from ot_server.store.contract.listing import ListingStore
from ot_server.store.contract.locking import LockStore
from ot_server.store.contract.log import SessionStore
from ot_server.store.contract.logins import LoginStore
from ot_server.store.contract.runs import RunStore

__all__ = ["Condition", "SessionStore", "Store", "Use"]

Use = Literal["serve", "beside", "alone"]
"""What a process does with a store: serve it, something beside servers, or without any."""


class Condition(Struct, frozen=True):
    """How a store is set up, as what commits has it."""

    tables: int
    """Which migration its tables have come to."""
    is_writable: bool
    """Whether anything can be committed, as far as is known beforehand."""
    weaknesses: Sequence[str]
    """By which settings a loss of power can take what was acknowledged; none, if all is well."""


class Store(
    SessionStore,
    AccessStore,
    LockStore,
    AssistantStore,
    RunStore,
    AccountStore,
    LoginStore,
    ListingStore,
    AdminStore,
    Protocol,
):
    """All that is kept."""

    async def open(self) -> None:
        """Connect, and bring the tables up to date."""

    async def close(self) -> None:
        """Finish what is being written, and let go."""

    async def condition(self) -> Condition:
        """Return how it is set up now; what can't be committed to may raise as a commit would."""
