"""Every knob of the server, read once at the start; nobody reads the environment later.

A setting ``edits_burst`` is the variable ``OT_EDITS_BURST`` or, for the few that
people type, a flag of ``ot-server serve``; the flag wins.  Sizes are bytes, times
seconds, rates per second and connection unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

__all__ = ["InvalidSettings", "Settings"]

Positive = Annotated[int, Meta(ge=1)]
Rate = Annotated[float, Meta(gt=0)]
Seconds = Annotated[float, Meta(gt=0)]


class InvalidSettings(Exception):
    """A setting has a value that it can't have; the text names both."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One value for every knob, with a default that suits a small machine."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    data: str = "data"
    """The folder of the embedded store and of the secret."""
    secret: str = ""
    """The key of the tokens, 32 characters at least; made once in `data` where it is empty."""
    rooms: bool = True
    """Whether anybody may start a session without an account."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    # What one client may do.
    frame_bytes: Positive = 8 * 2**20
    document_bytes: Positive = 2 * 2**20
    components: Positive = 10_000
    edits_per_second: Rate = 30
    edits_burst: Positive = 120
    presence_per_second: Rate = 20
    malformed_frames: Positive = 10
    connections_per_session: Positive = 200
    connections_per_participant: Positive = 20
    guest_token_seconds: Seconds = 30 * 24 * 3600

    # How long the server waits for whom.
    hello_seconds: Seconds = 5
    body_seconds: Seconds = 30
    keepalive_seconds: Seconds = 75
    ping_seconds: Seconds = 20
    slow_reader_seconds: Seconds = 30
    token_grace_seconds: Seconds = 30
    unavailable_seconds: Seconds = 5
    drain_seconds: Seconds = 5

    # What a live session keeps, and for how long.
    batch_operations: Positive = 64
    batch_bytes: Positive = 256 * 1024
    transform_lag: Positive = 100_000
    """How many revisions late an operation may come; what is later is reset."""
    history_revisions: Positive = 10_000
    """How many revisions are kept in memory; older ones are read back when wanted."""
    history_bytes: Positive = 16 * 2**20
    """How many bytes of operations are kept in memory, likewise."""
    snapshot_operations: Positive = 1_000
    snapshot_bytes: Positive = 2**20
    idle_seconds: Seconds = 60
    poll_seconds: Seconds = 1

    @classmethod
    def read(cls, environment: Mapping[str, str], **flags: object) -> Settings:
        """Take flags that are not None, then ``OT_*`` variables, then defaults.

        Raises:
            InvalidSettings: a value is out of its range.
        """
        values: dict[str, object] = {
            name: environment[f"OT_{name.upper()}"]
            for name in cls.__struct_fields__
            if f"OT_{name.upper()}" in environment
        }
        values |= {name: value for name, value in flags.items() if value is not None}
        try:
            settings = msgspec.convert(values, cls, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidSettings(str(error)) from None
        if settings.secret and len(settings.secret.encode()) < 32:
            raise InvalidSettings("OT_SECRET must have 32 bytes at least")
        return settings

    @property
    def data_folder(self) -> Path:
        """The folder `data`, as a path."""
        return Path(self.data)
