"""Compose file, systemd unit and Kubernetes manifests agree with the code and the image."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from ruamel.yaml import YAML

from slasync.settings import Settings, copy_defaults, load
from slasync.web.health import health_app
from slasync.web.metrics import Metrics
from slasync.web.symptoms import Health
from tests.packaging.dockerfile import ROOT, read

DEPLOY = ROOT / "deploy"
TODAY = date(2026, 3, 2)
FOLDERS = ("two", "one")
SECRETS = {
    "SALESFORCE_CONSUMER_KEY": "key",
    "SALESFORCE_CONSUMER_SECRET": "secret",
    "HUBSPOT_ACCESS_TOKEN": "token",
}


def documents(path: Path) -> list[Any]:
    return list(YAML(typ="safe").load_all(path.read_text("utf-8")))


COMPOSE: Any = documents(DEPLOY / "compose/compose.yaml")[0]
OBJECTS = {
    found["kind"]: found
    for path in sorted((DEPLOY / "kubernetes/two").glob("*.yaml"))
    for found in documents(path)
}
POD: Any = OBJECTS["Deployment"]["spec"]["template"]["spec"]
CONTAINER: Any = POD["containers"][0]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """What slasync makes of the shipped configuration."""
    copy_defaults(tmp_path)
    return load(tmp_path / "config", tmp_path / "connectors", SECRETS, today=TODAY)


def unit() -> dict[str, list[str]]:
    """Return the keys of the unit, each with all its values."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / "systemd/slasync.service").read_text("utf-8").splitlines():
        key, is_pair, value = line.partition("=")
        if is_pair and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def given(environment: Any) -> dict[str, str]:
    if isinstance(environment, dict):
        return {name: str(value) for name, value in environment.items()}
    return {pair["name"]: str(pair["value"]) for pair in environment}


def environments() -> Iterator[tuple[str, dict[str, str]]]:
    yield "compose", given(COMPOSE["services"]["slasync"]["environment"])
    yield "kubernetes", given(CONTAINER["env"])
    pairs = [value.partition("=") for value in unit()["Environment"]]
    yield "systemd", {name: value for name, _, value in pairs}


def image_user() -> str:
    return read()[-1].last("USER").text


def test_the_users_are_those_of_the_image() -> None:
    uid, gid = map(int, image_user().split(":"))
    assert COMPOSE["services"]["slasync"]["user"] == image_user()
    context = POD["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (uid, gid, gid)


def test_the_ports_are_those_of_the_configuration_and_the_image(settings: Settings) -> None:
    listeners = settings.listeners
    ports = {"webhooks": listeners.webhooks.port, "health": listeners.health.port}
    assert listeners.dashboard is not None
    every = ports | {"dashboard": listeners.dashboard.port}
    assert {p["name"]: p["containerPort"] for p in CONTAINER["ports"]} == every
    assert {p["name"]: p["port"] for p in OBJECTS["Service"]["spec"]["ports"]} == ports
    exposed = read()[-1].last("EXPOSE").text.split()
    assert {int(port) for port in exposed} == set(every.values())
    published = COMPOSE["services"]["slasync"]["ports"]
    assert {f"127.0.0.1:{port}:{port}" for port in every.values()} == set(published)
    policy = OBJECTS["NetworkPolicy"]["spec"]["ingress"]
    assert {port["port"] for rule in policy for port in rule["ports"]} == set(ports.values())


def test_probes_ask_what_is_answered_and_keep_webhooks_coming() -> None:
    app = health_app(lambda: Health(ready=False), Metrics())
    paths = {route.path for route in app.routes if isinstance(route, APIRoute)}
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = CONTAINER[name]["httpGet"]
        assert asked == {"path": "/livez", "port": "health"}
        assert asked["path"] in paths
    assert OBJECTS["Service"]["metadata"]["annotations"]["prometheus.io/path"] in paths


@pytest.mark.parametrize(("name", "environment"), list(environments()))
def test_every_variable_means_something(name: str, environment: dict[str, str]) -> None:
    shipped = (ROOT / "config/slasync.yaml").read_text("utf-8")
    known = set(re.findall(r"\b[A-Z][A-Z_]{4,}\b", shipped)) | {"SLASYNC_CONFIG"}
    ours = {variable.removesuffix("_FILE") for variable in environment}
    assert ours - {"PYTHONUNBUFFERED"} <= known, name


@pytest.mark.parametrize(("name", "environment"), list(environments()))
def test_secrets_come_from_files(name: str, environment: dict[str, str]) -> None:
    needed = {f"{secret}_FILE" for secret in SECRETS}
    assert needed <= environment.keys(), name
    assert not SECRETS.keys() & environment.keys(), name
    assert all(environment[variable].startswith(("/run/secrets/", "%d/")) for variable in needed)


def test_every_secret_that_is_read_is_given() -> None:
    service = COMPOSE["services"]["slasync"]
    read_ = {Path(value).name for name, value in given(service["environment"]).items()
             if name.endswith("_FILE")}  # fmt: skip
    assert read_ == set(service["secrets"]) <= COMPOSE["secrets"].keys()
    loaded = {value.partition(":")[0] for value in unit()["LoadCredential"]}
    assert loaded == {value.rpartition("/")[2] for value in unit()["Environment"] if "%d/" in value}


def test_the_health_listener_can_be_reached_where_it_has_to_be(tmp_path: Path) -> None:
    copy_defaults(tmp_path)
    for name, environment in environments():
        if name == "systemd":
            continue
        hosts = {key: value for key, value in environment.items() if key.endswith("_HOST")}
        found = load(
            tmp_path / "config", tmp_path / "connectors", SECRETS | hosts, today=TODAY
        ).listeners
        assert (found.health.host, found.webhooks.host) == ("0.0.0.0", "0.0.0.0")  # noqa: S104 - in a container


def test_as_shipped_only_this_machine_is_answered(settings: Settings) -> None:
    assert settings.listeners.health.host == settings.listeners.webhooks.host == "127.0.0.1"


def test_containers_of_compose_can_do_little() -> None:
    for name, service in COMPOSE["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert not service["user"].startswith("0"), name
        assert "privileged" not in service, name
    assert COMPOSE["networks"]["database"]["internal"] is True
    assert COMPOSE["services"]["postgres"]["networks"] == ["database"]


def test_pods_can_do_little() -> None:
    context = CONTAINER["securityContext"]
    assert context["readOnlyRootFilesystem"] is True
    assert context["allowPrivilegeEscalation"] is False
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["automountServiceAccountToken"] is False
    assert CONTAINER["resources"]["limits"]["memory"]


def test_two_replicas_stand_on_postgresql_and_one_on_sqlite() -> None:
    one = documents(DEPLOY / "kubernetes/one/one.yaml")[0]["spec"]
    assert OBJECTS["Deployment"]["spec"]["replicas"] == 2
    assert given(CONTAINER["env"])["SLASYNC_DATABASE"] == ""
    assert OBJECTS["PodDisruptionBudget"]["spec"]["minAvailable"] == 1
    assert one["replicas"] == 1
    assert one["strategy"]["type"] == "Recreate", "two at once would share one SQLite file"
    database = given(one["template"]["spec"]["containers"][0]["env"])["SLASYNC_DATABASE"]
    assert database.startswith(f"sqlite:///{read()[-1].last('VOLUME').text}/")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_that_a_kustomization_names_is_there(folder: str) -> None:
    place = DEPLOY / "kubernetes" / folder
    told = documents(place / "kustomization.yaml")[0]
    patches = [patch["path"] for patch in told.get("patches", []) if "path" in patch]
    named = {*told["resources"], *patches}
    assert all((place / name).exists() for name in named)
    assert {path.name for path in place.glob("*.yaml")} - {"kustomization.yaml"} <= named


def test_pods_find_each_other_by_one_label() -> None:
    label = {"app": "slasync"}
    spec = OBJECTS["Deployment"]["spec"]
    assert spec["template"]["metadata"]["labels"] == spec["selector"]["matchLabels"] == label
    assert OBJECTS["Service"]["spec"]["selector"] == label
    for kind, key in (("NetworkPolicy", "podSelector"), ("PodDisruptionBudget", "selector")):
        assert OBJECTS[kind]["spec"][key]["matchLabels"] == label


def test_grace_is_longer_than_slasync_takes_to_end() -> None:
    assert POD["terminationGracePeriodSeconds"] > 10
    assert COMPOSE["services"]["slasync"]["stop_grace_period"] == "15s"
    assert unit()["TimeoutStopSec"] == ["15"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateDevices", "yes"),
        ("CapabilityBoundingSet", ""),
        ("UMask", "0077"),
        ("LimitCORE", "0"),
        ("RestartPreventExitStatus", "2"),
    ],
)
def test_the_unit_can_do_little(key: str, value: str) -> None:
    assert unit()[key] == [value]


def test_the_unit_runs_what_the_image_runs() -> None:
    image = read()[-1]
    command = unit()["ExecStart"][0].split()
    assert [Path(command[0]).name, *command[1:]] == image.last("ENTRYPOINT").argv + image.last(
        "CMD"
    ).argv
    assert unit()["User"] != ["root"]
    state = unit()["StateDirectory"][0]
    assert f"SLASYNC_DATABASE=sqlite:////var/lib/{state}/slasync.db" in unit()["Environment"]


SERVICE_KEYS = {
    "image", "build", "user", "read_only", "cap_drop", "security_opt", "pids_limit", "mem_limit",
    "restart", "stop_grace_period", "depends_on", "environment", "secrets", "volumes", "ports",
    "networks", "logging", "shm_size", "tmpfs", "healthcheck",
}  # fmt: skip


def test_compose_names_what_it_declares_and_nothing_else() -> None:
    assert COMPOSE.keys() == {"name", "services", "networks", "volumes", "secrets"}
    services = COMPOSE["services"]
    for name, service in services.items():
        assert service.keys() <= SERVICE_KEYS, name
        assert set(service.get("depends_on", {})) <= services.keys() - {name}
    for kind in ("networks", "secrets"):
        used = {each for service in services.values() for each in service[kind]}
        assert used == COMPOSE[kind].keys(), kind
    mounted = {volume.partition(":")[0] for s in services.values() for volume in s["volumes"]}
    assert {name for name in mounted if not name.startswith(".")} == COMPOSE["volumes"].keys()


def test_what_kubernetes_mounts_is_a_volume_of_the_pod() -> None:
    volumes = {volume["name"] for volume in POD["volumes"]}
    assert {mount["name"] for mount in CONTAINER["volumeMounts"]} == volumes
    objects = [found for kind, found in OBJECTS.items() if kind != "Kustomization"]
    assert all(found["apiVersion"] and found["metadata"]["name"] for found in objects)
