"""Planted bugs of the client."""

from __future__ import annotations

from typing import Final

import pytest
from msgspec import Raw, json, structs

from ot_client.machine import Machine
from ot_client.outbox import Outbox
from ot_client.view import View
from ot_protocol.messages import Edit
from tests.simulation.planting import Bugs
from tests.simulation.promises import Promise

__all__ = ["BUGS"]

BUGS: Final = Bugs()


@BUGS.breaking(Promise.FROZEN)
def reuse_of_a_frozen_outstanding(patch: pytest.MonkeyPatch) -> None:
    real = Outbox._edit

    def edit(self: Outbox, now: float) -> Edit:
        sent = self.sent
        message = real(self, now)
        client = self._replica.client
        outstanding = client.outstanding
        if sent is None or outstanding is None:
            return message
        op = Raw(json.encode(outstanding.components))
        self.sent = structs.replace(message, revision=client.revision, op=op)
        return self.sent

    patch.setattr(Outbox, "_edit", edit)


@BUGS.breaking(Promise.ONCE)
def new_seq_after_reconnect(patch: pytest.MonkeyPatch) -> None:
    real = Machine.lost

    def lost(self: Machine, code: int = 1006, message: str = "") -> None:
        real(self, code, message)
        self._outbox.sent = None

    patch.setattr(Machine, "lost", lost)


@BUGS.breaking(Promise.TYPED)
def refused_typing_not_offered(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(View, "offer", lambda _self, _reason, _unsaved, **_more: None)
