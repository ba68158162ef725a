"""Settings come from flags, then the environment, then defaults; what can't be is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from ot_server.errors import InvalidSettings
from ot_server.settings import Settings


def test_without_anything_the_defaults_hold() -> None:
    assert Settings.read({}) == Settings()
    assert Settings().data_folder == Path("data")


def test_every_setting_can_be_a_variable() -> None:
    environment = {
        "OT_PORT": "80",
        "OT_ROOMS": "false",
        "OT_IDLE_SECONDS": "1.5",
        "OT_DATA": "/srv/ot",
        "PORT": "81",
    }

    settings = Settings.read(environment)

    assert (settings.port, settings.rooms, settings.idle_seconds) == (80, False, 1.5)
    assert settings.data_folder == Path("/srv/ot")


def test_a_flag_wins_over_a_variable_and_one_that_is_not_given_over_nothing() -> None:
    settings = Settings.read({"OT_PORT": "80", "OT_HOST": "::1"}, port=90, host=None)

    assert (settings.port, settings.host) == (90, "::1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OT_PORT", "70000"),
        ("OT_PORT", "http"),
        ("OT_PORT", ""),
        ("OT_BATCH_OPERATIONS", "0"),
        ("OT_FRAME_BYTES", "-1"),
        ("OT_FRAME_BYTES", "1.5"),
        ("OT_POLL_SECONDS", "0"),
        ("OT_POLL_SECONDS", "nan"),
        ("OT_ROOMS", "perhaps"),
        ("OT_LOG_LEVEL", "loud"),
    ],
)
def test_a_value_that_can_not_be_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=name.removeprefix("OT_").lower()):
        Settings.read({name: value})


def test_a_secret_that_is_too_short_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidSettings, match="OT_SECRET") as caught:
        Settings.read({"OT_SECRET": "hunter2"})

    assert "hunter2" not in str(caught.value)


def test_a_secret_of_32_bytes_will_do() -> None:
    assert Settings.read({"OT_SECRET": "é" * 16}).secret == "é" * 16


def test_earlier_secrets_are_separated_by_commas_and_as_long() -> None:
    environment = {"OT_PREVIOUS_SECRETS": f"{'a' * 32}, {'b' * 40} ,"}

    assert Settings.read(environment).earlier_secrets == ["a" * 32, "b" * 40]
    assert Settings().earlier_secrets == []
    with pytest.raises(InvalidSettings, match="OT_PREVIOUS_SECRETS") as caught:
        Settings.read({"OT_PREVIOUS_SECRETS": f"{'a' * 32},hunter2"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://ada:hunter2@host/ot", "ot.sqlite3", "postgres:ot"])
def test_a_store_that_is_not_known_is_refused_and_its_password_not_repeated(url: str) -> None:
    with pytest.raises(InvalidSettings, match="OT_STORE") as caught:
        Settings.read({"OT_STORE": url})

    assert "hunter2" not in str(caught.value)
    assert Settings.read({"OT_STORE": "postgres://ada@host/ot"}).store == "postgres://ada@host/ot"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OT_ORIGINS", "*"),
        ("OT_ORIGINS", "https://friend.example/"),
        ("OT_ORIGINS", "https://friend.example, friend.example"),
        ("OT_ORIGINS", "null"),
        ("OT_TRUSTED_PROXIES", "proxy.example"),
        ("OT_TRUSTED_PROXIES", "10.0.0.0/8, 10.0.0.1/8"),
    ],
)
def test_an_origin_and_a_proxy_are_named_exactly_or_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=name):
        Settings.read({name: value})


def test_origins_and_proxies_are_lists_with_commas() -> None:
    settings = Settings.read(
        {
            "OT_ORIGINS": " https://Friend.example,http://[::1]:8080 ,",
            "OT_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
        }
    )

    assert settings.allowed_origins == {"https://friend.example", "http://[::1]:8080"}
    assert [str(network) for network in settings.proxies] == ["10.0.0.0/8", "::1/128"]
