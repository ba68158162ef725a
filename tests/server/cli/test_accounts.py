"""``ot-server create-user`` and ``grant``: who gets in, and what the others are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ot_server.access.passwords import Passwords
from ot_server.settings import Settings
from tests.server.props.data_folder import SESSION, DataFolder

PASSWORD = "correct horse battery"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    monkeypatch.setenv("OT_ARGON2_MEMORY", "8192")
    return DataFolder(tmp_path)


def create(folder: DataFolder, *arguments: str, password: str = PASSWORD) -> tuple[int, str]:
    """Make an account, and return the exit code and what was printed."""
    result = folder.run("create-user", *arguments, "--password-stdin", stdin=f"{password}\n")
    assert password not in result.output
    return result.exit_code, result.output


async def is_right(password: str, hash_: str) -> bool:
    passwords = Passwords(Settings())
    try:
        return (await passwords.check(password, hash_)).is_right
    finally:
        passwords.close()


@pytest.mark.parametrize("asked", [True, False], ids=["asked twice", "from standard input"])
def test_an_account_is_made_with_the_password_that_was_given(
    folder: DataFolder, asked: bool
) -> None:
    arguments = ["create-user", "Ada", "--email", "ada@example.org"]
    if asked:
        result = folder.run(*arguments, stdin=f"{PASSWORD}\n{PASSWORD}\n")
    else:
        result = folder.run(*arguments, "--password-stdin", stdin=f"{PASSWORD}\r\n")

    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("Ada has an account now\n")
    assert PASSWORD not in result.output
    user = folder.work(lambda store: store.user_by_name("ada"))
    assert user is not None
    assert (user.username, user.email) == ("Ada", "ada@example.org")
    assert folder.work(lambda _store: is_right(PASSWORD, user.password_hash))


def test_a_password_that_was_typed_differently_is_asked_for_again(folder: DataFolder) -> None:
    typed = [PASSWORD, "correct horse batteries", PASSWORD, PASSWORD]

    result = folder.run(
        "create-user", "ada", "--email", "ada@example.org", stdin="\n".join(typed) + "\n"
    )

    assert result.exit_code == 0
    assert "do not match" in result.output


@pytest.mark.parametrize(
    ("name", "email", "password", "wrong"),
    [
        ("a b", "ada@example.org", PASSWORD, "a username has 3 to 32 ASCII letters"),
        ("ada", "ada.example.org", PASSWORD, "an e-mail address has one @"),
        ("ada", "ada@example.org", "too short", "a password has 12 to 128 characters"),
        ("ada", "ada@example.org", "", "a password has 12 to 128 characters"),
        ("ada", "ada@example.org", "password1234!", "too easy to guess: it is one of"),
        ("ada-lovelace", "ada@example.org", "ada-lovelace-1815", "it holds your username"),
    ],
)
def test_what_is_no_account_is_refused_by_the_rules_of_registration(
    folder: DataFolder, name: str, email: str, password: str, wrong: str
) -> None:
    result = folder.run(
        "create-user", name, "--email", email, "--password-stdin", stdin=f"{password}\n"
    )

    assert (result.exit_code, result.stdout) == (2, "")
    assert wrong in result.stderr
    assert not password or password not in result.stderr


def test_a_name_or_an_address_is_of_one_account(folder: DataFolder) -> None:
    create(folder, "ada", "--email", "ada@example.org")

    assert create(folder, "ADA", "--email", "other@example.org") == (
        1,
        "Error: another account has this username\n",
    )
    assert create(folder, "ada2", "--email", "Ada@Example.org") == (
        1,
        "Error: another account has this e-mail address\n",
    )


def test_there_is_no_way_to_give_a_password_as_an_argument(folder: DataFolder) -> None:
    for option in ("--password", "--password=secret"):
        result = folder.run("create-user", "ada", "--email", "ada@example.org", option)
        assert result.exit_code == 2
        assert "secret" not in result.output


def role_of(folder: DataFolder, name: str) -> str | None:
    everybody = folder.work(lambda store: store.participants(SESSION))
    return {participant.name: role for participant, role in everybody}.get(name)


def version(folder: DataFolder) -> int:
    heads = folder.work(lambda store: store.heads([SESSION]))
    return heads[SESSION][1]


def test_a_role_is_given_changed_and_taken_away(folder: DataFolder) -> None:
    ada, _ben = folder.add_user("ada"), folder.add_user("ben")
    folder.add_session(["x"], ada)

    made = folder.run("grant", SESSION, "ben", "viewer")
    assert (made.exit_code, made.stdout) == (0, f"ben is viewer of {SESSION}\n")
    assert role_of(folder, "ben") == "viewer"

    before = version(folder)
    folder.run("grant", SESSION, "BEN@example.org", "editor", "--quiet")
    assert role_of(folder, "ben") == "editor"
    assert version(folder) > before, "no edit that began before is let through"

    taken = folder.run("grant", SESSION, "ben", "none")
    assert (taken.exit_code, taken.stdout) == (0, f"ben is without a role in {SESSION}\n")
    assert role_of(folder, "ben") is None

    assert folder.run("grant", SESSION, "ben", "editor").exit_code == 0
    assert role_of(folder, "ben") == "editor"


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["nothing", "ada", "editor"], "there is no session 'nothing'"),
        ([SESSION, "cleo", "editor"], "nobody here is called 'cleo'"),
        ([SESSION, "ada", "viewer"], "ada is the last owner: make somebody else one first"),
        ([SESSION, "ada", "none"], "ada is the last owner"),
    ],
)
def test_a_role_that_can_not_be_given_is_explained(
    folder: DataFolder, arguments: list[str], wrong: str
) -> None:
    folder.add_session(["x"], folder.add_user("ada"))

    result = folder.run("grant", *arguments)

    assert (result.exit_code, result.stdout) == (1, "")
    assert wrong in result.stderr
    assert role_of(folder, "ada") == "owner"


def test_a_role_has_one_of_four_names(folder: DataFolder) -> None:
    result = folder.run("grant", SESSION, "ada", "admin")

    assert result.exit_code == 2
    assert "'owner', 'editor', 'viewer', 'none'" in result.stderr
