"""``ot-server create-user`` and ``ot-server grant``."""

from __future__ import annotations

import sys
import time
from typing import Final

import click
import msgspec

from ot_protocol.messages import Role
from ot_protocol.names import LIMITS, LONGEST_EMAIL, LONGEST_PASSWORD, Email, NewPassword, Username
from ot_server.access.passwords import Passwords, weakness_of
from ot_server.cli.options import examples, quiet_option, with_settings
from ot_server.cli.output import plain
from ot_server.cli.running import fail, user_called, with_store
from ot_server.errors import EmailTaken, LastOwner, UsernameTaken
from ot_server.ids import new_id
from ot_server.settings import Settings
from ot_server.store.contract import Store
from ot_server.store.rows import ParticipantRow, UserRow

__all__ = ["create_user_command", "grant_command"]

NO_ROLE: Final = "none"
USERNAMES: Final = (
    f"a username has {LIMITS['usernameLeast']} to {LIMITS['username']} ASCII letters, digits,"
    " dots, dashes and underscores"
)
EMAILS: Final = f"an e-mail address has one @, no spaces, and at most {LONGEST_EMAIL} characters"
PASSWORDS: Final = f"a password has {LIMITS['passwordLeast']} to {LONGEST_PASSWORD} characters"


@click.command(
    "create-user",
    short_help="Make an account.",
    epilog=examples(
        "ot-server create-user ada --email ada@example.org",
        "ot-server create-user ada --email ada@example.org --password-stdin < password",
        note="There is no option for the password itself: others would see it in the list of"
        " processes, and the shell keep it.",
    ),
)
@click.argument("name")
@click.option("--email", required=True, metavar="ADDRESS", help="The user's e-mail address.")
@click.option(
    "--password-stdin",
    "from_stdin",
    is_flag=True,
    help="Take the password from standard input, instead of asking for it twice.",
)
@quiet_option
@with_settings
def create_user_command(
    settings: Settings, name: str, email: str, from_stdin: bool, quiet: bool
) -> None:
    """Make an account for the user NAME, also where registration is off (OT_REGISTRATION).

    Roles that the address was invited to are given at once.  It works beside a running server.
    """
    given = sys.stdin.readline().rstrip("\r\n") if from_stdin else _asked()
    _require_registrable(name, email, given)

    async def create(store: Store) -> None:
        passwords = Passwords(settings)
        try:
            hash_ = await passwords.hash(given)
        finally:
            passwords.close()
        user = UserRow(new_id(), name, email, hash_, time.time())
        try:
            await store.add_user(user)
        except UsernameTaken:
            fail("another account has this username")
        except EmailTaken:
            fail("another account has this e-mail address")

    with_store(settings, create, makes=True)
    if not quiet:
        click.echo(f"{name} has an account now")


def _asked() -> str:
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    return answer


def _require_registrable(name: str, email: str, password: str) -> None:
    """See that an account can be opened, by the same rules as over the network.

    Raises:
        click.UsageError: it can't; the text says why, and quotes no password.
    """
    wanted = (
        (name, Username, USERNAMES),
        (email, Email, EMAILS),
        (password, NewPassword, PASSWORDS),
    )
    for value, type_, rule in wanted:
        try:
            msgspec.convert(value, type_)
        except msgspec.ValidationError:
            raise click.UsageError(rule) from None
    weakness = weakness_of(password, name, email)
    if weakness is not None:
        raise click.UsageError(f"the password is too easy to guess: {weakness.value}")


@click.command(
    "grant",
    short_help="Give somebody a role in a session, or take it away.",
    epilog=examples(
        "ot-server grant 2fX8vJqGd1kPz0aQ ada editor",
        "ot-server grant 2fX8vJqGd1kPz0aQ ada@example.org owner",
        "ot-server grant -- -2fX8vJqGd1kPz0a ada none",
        note="An id that begins with a dash comes after two of them.",
    ),
)
@click.argument("session")
@click.argument("user")
@click.argument("role", type=click.Choice(["owner", "editor", "viewer", NO_ROLE]))
@quiet_option
@with_settings
def grant_command(settings: Settings, session: str, user: str, role: str, quiet: bool) -> None:
    """Give USER, a username or an address, a ROLE in SESSION, or take it away with none.

    It holds at once; a running server shows it to those who are connected within a second
    (OT_POLL_SECONDS).
    """
    wanted: Role | None = None if role == NO_ROLE else role  # type: ignore[assignment]  # Choice

    async def grant(store: Store) -> None:
        if session not in await store.heads([session]):
            fail(f"there is no session {session!r}")
        account = await user_called(store, user)
        try:
            await _grant(store, session, account, wanted)
        except LastOwner:
            fail(f"{plain(account.username)} is the last owner: make somebody else one first")
        if not quiet:
            what = f"{role} of" if wanted else "without a role in"
            click.echo(f"{plain(account.username)} is {what} {plain(session)}")

    with_store(settings, grant)


async def _grant(store: Store, session_id: str, user: UserRow, role: Role | None) -> None:
    participant = await store.participant_of_user(session_id, user.id)
    if participant is not None:
        await store.set_role(session_id, participant.id, role)
    elif role is not None:
        there = await store.add_participant(
            ParticipantRow(new_id(), session_id, user.username, "user", role, user_id=user.id)
        )
        if there.given != role:  # the user has joined by a link a moment ago
            await store.set_role(session_id, there.id, role)
