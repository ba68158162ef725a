"""What every database must offer: a protocol for each part, and `Store`, which is all of them.

Every method is one transaction.  None touches two sessions, except when a user registers, is
renamed or leaves.  Every method may raise `StoreUnavailable`, and those that write also
`OutcomeUnknown`.  Each answers or raises within the seconds with which the store was made: a read
that takes longer raises `StoreUnavailable`; a write may still be done.
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
"""How a process uses a store: to serve it, beside servers, or alone."""


class Condition(Struct, frozen=True):
    """How a store is set up, as seen by the connection that commits."""

    tables: int
    """The last migration of its tables."""
    is_writable: bool
    """Whether anything can be committed, as far as is known beforehand."""
    weaknesses: Sequence[str]
    """The settings by which a power failure can lose acknowledged edits; empty if all is well."""


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
    """Everything that is kept."""

    async def open(self) -> None:
        """Connect, and bring the tables up to date."""

    async def close(self) -> None:
        """Finish what is being written, and close."""

    async def condition(self) -> Condition:
        """Return how it is set up now; may raise what a commit would raise."""
