"""What runs the server elsewhere names what there is: settings, services, files, metrics."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from ot_server.settings import Settings
from ot_server.telemetry.meters import Meters
from ot_server.telemetry.metrics import Metrics

ROOT: Final = Path(__file__).parents[3]
SETTINGS: Final = {f"OT_{name.upper()}" for name in Settings.__struct_fields__}
COMPOSE_ALONE: Final = {"OT_PUBLISH"}
"""What ``compose.yaml`` asks for itself."""
PINNED: Final = re.compile(r"[a-z]+:\d+\.\d+(\.\d+)?-[a-z-]+")


def read(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


@pytest.fixture
def compose() -> Any:
    return msgspec.yaml.decode(read("compose.yaml"))


def nodes(compose: Any) -> Iterator[tuple[str, Any]]:
    for name, service in compose["services"].items():
        if service["image"] == "ot-collab":
            yield name, service


@pytest.mark.parametrize("path", ["compose.yaml", "Dockerfile", "deploy/example.env", "README.md"])
def test_every_setting_that_is_named_exists(path: str) -> None:
    named = set(re.findall(r"\bOT_[A-Z0-9_]+", read(path)))

    assert named - COMPOSE_ALONE <= SETTINGS


def test_the_manual_has_every_setting_and_no_other() -> None:
    rows = re.findall(r"^\| (`OT_.*?) \|", read("docs/operations.md"), re.MULTILINE)

    assert {name for row in rows for name in re.findall(r"OT_[A-Z0-9_]+", row)} == SETTINGS


def test_what_the_nodes_are_told_are_settings_that_can_be(compose: Any) -> None:
    given = {"POSTGRES_PASSWORD": "f" * 64, "OT_SECRET": "f" * 64, "OT_METRICS_TOKEN": ""}

    def filled(value: str) -> str:
        return re.sub(r"\$\{(\w+)(?::[?-](.*?))?\}", lambda m: given.get(m[1], m[2]), value)

    for _, service in nodes(compose):
        settings = Settings.read({k: filled(v) for k, v in service["environment"].items()})
        assert settings.store == f"postgres://ot:{'f' * 64}@postgres:5432/ot"
        assert settings.store_connections * 3 < 100, "what Postgres takes as it comes"
        subnet = compose["networks"]["default"]["ipam"]["config"][0]["subnet"]
        assert [str(network) for network in settings.proxies] == [subnet]


def test_what_has_to_be_said_is_in_the_example_and_the_example_holds_no_secret() -> None:
    example = dict(re.findall(r"^(\w+)=(.*)$", read("deploy/example.env"), re.MULTILINE))

    asked = set(re.findall(r"\$\{(\w+)", read("compose.yaml")))
    assert asked == example.keys()
    required = set(re.findall(r"\$\{(\w+):\?", read("compose.yaml")))
    assert {name for name in required if example[name]} == set()


def test_the_nodes_wait_until_one_has_made_the_tables_and_nginx_knows_them_all(
    compose: Any,
) -> None:
    services = compose["services"]
    serving = {name for name, service in nodes(compose) if "command" not in service}
    assert len(serving) == 3
    assert services["migrate"]["command"] == ["migrate"]
    for name in serving:
        condition = services[name]["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully"

    upstream = re.findall(r"^ +server (\w+):8000 ", read("deploy/nginx.conf"), re.MULTILINE)
    assert set(upstream) == services["nginx"]["depends_on"].keys() == serving
    for service in services.values():
        assert service.get("depends_on", {}).keys() <= services.keys()
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (ROOT / source).is_file() if "/" in source else source in compose["volumes"]


def test_nginx_waits_for_what_takes_longest() -> None:
    (seconds,) = re.findall(r"proxy_read_timeout (\d+)s;", read("deploy/nginx.conf"))
    settings = Settings()
    assert int(seconds) > settings.assistant_seconds > settings.ping_seconds


def test_who_is_routed_to_is_healthy_and_the_image_says_how_to_tell(compose: Any) -> None:
    conditions = compose["services"]["nginx"]["depends_on"].values()
    assert list(conditions) == [{"condition": "service_healthy"}] * 3
    assert re.search(r"^HEALTHCHECK ", read("Dockerfile"), re.MULTILINE)
    assert re.search(r"^USER (?!root)", read("Dockerfile"), re.MULTILINE)


def test_the_image_has_all_that_a_setting_may_ask_for() -> None:
    (named,) = re.findall(r"\.whl\)\[([\w,]+)\]", read("Dockerfile"))
    extras = tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]
    assert set(named.split(",")) == extras.keys() - {"server", "client", "dev", "test"}


def test_what_is_fetched_has_a_version(compose: Any) -> None:
    fetched = [service["image"] for service in compose["services"].values()]
    fetched += re.findall(r"^FROM (\S+)", read("Dockerfile"), re.MULTILINE)

    for image in set(fetched) - {"ot-collab"}:
        assert PINNED.fullmatch(image), image


def test_an_image_is_made_of_what_there_is_and_holds_no_secret() -> None:
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", read("Dockerfile"), re.MULTILINE)

    for source in " ".join(sources).split():
        assert (ROOT / source).exists(), source
    ignored = read(".dockerignore").split("\n")
    assert {".env", ".git", "data"} <= set(ignored)
    assert "/.env" in read(".gitignore").split("\n")


def test_it_is_no_root_that_runs(compose: Any) -> None:
    stages = re.split(r"^FROM ", read("Dockerfile"), flags=re.MULTILINE)
    assert re.search(r"^USER (?!root)\w+$", stages[-1], re.MULTILINE)
    for _, service in nodes(compose):
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"]


async def test_alerts_are_about_metrics_that_there_are_and_explained_in_the_manual() -> None:
    rules = msgspec.yaml.decode(read("deploy/alerts.yml"))["groups"][0]["rules"]
    served = (await Metrics(Meters()).written()).decode()

    manual = read("docs/operations.md")
    for rule in rules:
        for name in re.findall(r"\bot_[a-z_]+", rule["expr"]):
            kind = re.sub("_(bucket|count|sum|total)$", "", name)
            assert f"# TYPE {kind}" in served or f"| `{kind}" in manual, name
        assert re.search(rf"^\| .*`{rule['alert']}`.* \|", manual, re.MULTILINE)
        assert rule["annotations"]["summary"]
