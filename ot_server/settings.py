"""Every setting of the server, read once at the start; nothing reads the environment later.

A setting ``edits_burst`` is set by the variable ``OT_EDITS_BURST`` or, for the few that
people type, by a flag of ``ot-server serve``; the flag wins.  Sizes are in bytes, times in
seconds, rates per second and connection, unless a name says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from ot_server.errors import InvalidSettings

__all__ = ["Network", "Settings"]

Network = IPv4Network | IPv6Network

Positive = Annotated[int, Meta(ge=1)]
Rate = Annotated[float, Meta(gt=0)]
Seconds = Annotated[float, Meta(gt=0)]
SECRET_BYTES: Final = 32
"""A shorter key could be guessed."""
METRICS_TOKEN_LENGTH: Final = 16
ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?")
STORE: Final = re.compile(r"postgres(ql)?://")
REDIS: Final = re.compile(r"(rediss?|unix)://.")


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One value for every setting, with defaults that suit a small machine."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    data: str = "data"
    """The folder of the SQLite store and of the secret."""
    store: str = ""
    """``postgres://user:password@host/database``; if empty, SQLite in `data`."""
    store_connections: Positive = 16
    """The most connections to Postgres that one process opens."""
    store_wait_seconds: Annotated[float, Meta(ge=0)] = 30
    """How long a server that starts waits for a Postgres that is not there yet."""
    sequencer: str = ""
    """How nodes reach each other, as ``redis://host:6379``; empty if this is the only one."""
    secret: str = ""
    """The key that signs tokens, at least 32 bytes; if empty, one is made once in `data`."""
    previous_secrets: str = ""
    """Keys, separated by commas, whose tokens are still accepted; they sign no new ones."""
    registration: bool = True
    """Whether anybody may create an account."""
    rooms: bool = True
    """Whether anybody may start a session without an account."""
    metrics_token: str = ""
    """The bearer token that is needed to read ``/metrics``; if empty, nobody can."""
    run: bool = True
    """Whether pages run code, in people's browsers, and share what it printed."""
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
    run_bytes: Positive = 64 * 1024
    """How much is kept of a shared run's output, and of its input."""

    # How long people stay signed in, and what checking a password costs.
    access_token_seconds: Seconds = 600
    refresh_token_seconds: Seconds = 30 * 24 * 3600
    """How long a login lasts while it isn't used."""
    refresh_grace_seconds: Seconds = 10
    """How long a used refresh token may be used again, in case the answer was lost."""
    guest_token_seconds: Seconds = 30 * 24 * 3600
    argon2_memory: Annotated[int, Meta(ge=8 * 1024)] = 19 * 2**20
    """How much memory one computation fills."""
    argon2_passes: Positive = 2
    argon2_threads: Positive = 2
    """How many computations run at once."""

    # How long the server waits, and for what.
    hello_seconds: Seconds = 5
    body_seconds: Seconds = 30
    keepalive_seconds: Seconds = 75
    ping_seconds: Seconds = 20
    slow_reader_seconds: Seconds = 30
    token_grace_seconds: Seconds = 30
    unavailable_seconds: Seconds = 5
    """For the store: how long one call of it, or an edit that waits for it, may take."""
    drain_seconds: Seconds = 5

    # What a live session keeps, and for how long.
    batch_operations: Positive = 64
    batch_bytes: Positive = 256 * 1024
    transform_lag: Positive = 100_000
    """How many revisions late an operation may come; a client that is later gets a reset."""
    history_revisions: Positive = 10_000
    """How many revisions are kept in memory; older ones are read again when needed."""
    history_bytes: Positive = 16 * 2**20
    """How many bytes of operations are kept in memory; older ones are read again when needed."""
    snapshot_operations: Positive = 1_000
    snapshot_bytes: Positive = 2**20
    idle_seconds: Seconds = 60
    poll_seconds: Seconds = 1

    # Help with the code.
    help_gives_way: bool = True
    """Whether the helping processes only get the processor time that the server leaves."""
    diagnostics: bool = True
    """Whether Python in sessions is linted."""
    diagnostics_at_once: Positive = 2
    diagnostics_seconds: Seconds = 5
    """How long linting one text may take."""
    ruff: str = ""
    """The program that lints Python; if empty, the one that came with the server."""
    completion: bool = True
    """Whether Python is completed by what its names mean; words and keywords always are."""
    completion_workers: Positive = 2
    """How many processes complete Python."""
    completion_seconds: Seconds = 2
    """How long one answer may take."""
    completion_calls: Positive = 1_000
    """How many answers a process gives before it is replaced."""
    completion_bytes: Positive = 512 * 2**20
    """How much memory such a process may have."""

    # The assistant.
    assistant_key: str = ""
    """The key of the Messages API; without one there is no assistant."""
    assistant_url: str = "https://api.anthropic.com"
    """Where the Messages API is served."""
    assistant_model: str = "claude-sonnet-5-5"
    assistant_output_tokens: Positive = 8_192
    """The most tokens in one answer."""
    assistant_characters: Positive = 200_000
    """How much of a text the assistant reads at once, in code points."""
    assistant_seconds: Seconds = 180
    """How long one answer may take."""
    assistant_silence_seconds: Seconds = 60
    """How long an answer may pause before it is given up."""
    assistant_tokens_per_caller: Annotated[int, Meta(ge=0)] = 500_000
    """The most tokens in any 24 hours for one user or guest."""
    assistant_tokens: Annotated[int, Meta(ge=0)] = 5_000_000
    """The most tokens in any 24 hours for everybody together."""
    lock_seconds: Annotated[float, Meta(ge=0.3)] = 30
    """How long a session stays locked by a node that has died."""

    # The edge: who may ask, how often, and from where.
    https: bool = False
    """Whether browsers reach this server by HTTPS only; if so, they are told to insist on it."""
    origins: str = ""
    """Other sites whose pages may use this server, as ``https://site.example``; separated by
    commas."""
    trusted_proxies: str = ""
    """Addresses or networks whose ``X-Forwarded-For`` is believed; separated by commas."""
    requests_per_address: Positive = 3_000
    """Requests per minute; many people may share an address."""
    requests_per_caller: Positive = 600
    """Requests per minute by one user or guest."""
    logins_per_address: Positive = 30
    """Attempts per minute."""
    logins_per_account: Positive = 10
    """Attempts per minute, from addresses that the account was never used from."""
    registrations_per_address: Positive = 60
    """Accounts per hour."""
    rooms_per_address: Positive = 600
    """Rooms per hour; they need no account, and are kept."""
    shared_runs_per_caller: Positive = 30
    """Runs per minute that one user or guest shares."""
    connections_per_address: Positive = 1_000
    header_seconds: Seconds = 10
    """How long a request's headers may take, from its first byte on."""

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
        for name in values.keys() - {"data"}:  # a path is bytes
            try:
                str(values[name]).encode()
            except UnicodeEncodeError:
                raise InvalidSettings(f"OT_{name.upper()} is not UTF-8") from None
        try:
            settings = msgspec.convert(values, cls, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidSettings(str(error)) from None
        if settings.secret and len(settings.secret.encode()) < SECRET_BYTES:
            raise InvalidSettings(f"OT_SECRET must have {SECRET_BYTES} bytes at least")
        if any(len(secret.encode()) < SECRET_BYTES for secret in settings.earlier_secrets):
            raise InvalidSettings(
                f"each of OT_PREVIOUS_SECRETS must have {SECRET_BYTES} bytes at least"
            )
        if settings.metrics_token and len(settings.metrics_token) < METRICS_TOKEN_LENGTH:
            raise InvalidSettings(
                f"OT_METRICS_TOKEN must have {METRICS_TOKEN_LENGTH} characters at least"
            )
        if settings.sequencer and not REDIS.match(settings.sequencer):
            raise InvalidSettings("OT_SEQUENCER must look like redis://host:6379")
        if not all(ORIGIN.fullmatch(origin) for origin in settings.allowed_origins):
            raise InvalidSettings("each of OT_ORIGINS must look like https://site.example")
        if settings.store and not STORE.match(settings.store):
            raise InvalidSettings("OT_STORE must look like postgres://user@host/database")
        try:
            _ = settings.proxies
        except ValueError as error:
            raise InvalidSettings(f"each of OT_TRUSTED_PROXIES is an address: {error}") from None
        return settings

    @property
    def data_folder(self) -> Path:
        """The folder `data`, as a path."""
        return Path(self.data)

    @property
    def earlier_secrets(self) -> list[str]:
        """The keys of `previous_secrets`, split."""
        return _parts(self.previous_secrets)

    @property
    def allowed_origins(self) -> frozenset[str]:
        """The sites of `origins`, in lower case, as browsers send them."""
        return frozenset(origin.lower() for origin in _parts(self.origins))

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The networks of `trusted_proxies`.

        Raises:
            ValueError: one of them is not an address or network.
        """
        return tuple(ip_network(network) for network in _parts(self.trusted_proxies))


def _parts(value: str) -> list[str]:
    """Split a value at its commas."""
    return [part.strip() for part in value.split(",") if part.strip()]
