from pathlib import Path

import pytest

from slasync.settings import ConfigurationError
from tests.faults.marks import fault
from tests.settings.configs import ENVIRON, Configuration, shipped

SLASYNC = "config/slasync.yaml"


@fault("S10")
def test_secrets_come_from_the_environment_and_show_themselves_to_nobody(tmp_path: Path) -> None:
    settings = shipped(tmp_path).load()

    assert settings.hubspot
    assert settings.salesforce
    assert settings.hubspot.secrets["access_token"].reveal() == "a-token"
    assert set(settings.salesforce.secrets) == {"consumer_key", "consumer_secret"}
    assert "a-token" not in repr(settings) + str(settings)
    assert "a-secret" not in repr(settings)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_secret_may_stand_in_a_file_that_the_environment_names(
    tmp_path: Path, ending: str
) -> None:
    (tmp_path / "token").write_bytes(b" from a file" + ending.encode())
    environ = {k: v for k, v in ENVIRON.items() if not k.startswith("HUBSPOT")}

    settings = shipped(
        tmp_path, environ | {"HUBSPOT_ACCESS_TOKEN_FILE": str(tmp_path / "token")}
    ).load()

    assert settings.hubspot
    assert settings.hubspot.secrets["access_token"].reveal() == " from a file"


def test_every_secret_that_is_not_set_is_named(tmp_path: Path) -> None:
    found = shipped(tmp_path, environ={}).problems()

    assert len(found) == 3
    for problem, name in zip(
        found,
        ("SALESFORCE_CONSUMER_KEY", "SALESFORCE_CONSUMER_SECRET", "HUBSPOT_ACCESS_TOKEN"),
        strict=True,
    ):
        assert f"environment variable {name} is not set" in problem


def test_an_empty_secret_is_none(tmp_path: Path) -> None:
    found = shipped(tmp_path, ENVIRON | {"HUBSPOT_ACCESS_TOKEN": ""}).problems()

    assert len(found) == 1


def test_an_optional_secret_may_be_missing(tmp_path: Path) -> None:
    without = shipped(tmp_path / "a").load()
    given = shipped(tmp_path / "b", ENVIRON | {"HUBSPOT_WEBHOOK_SECRET": "signed"}).load()

    assert without.hubspot
    assert given.hubspot
    assert "webhook_secret" not in without.hubspot.secrets
    assert given.hubspot.secrets["webhook_secret"].reveal() == "signed"


@fault("S10")
@pytest.mark.parametrize("value", ["hunter2", "${HUBSPOT_ACCESS_TOKEN}", "{env: hunter2}"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, value: str) -> None:
    configuration = shipped(tmp_path).change(
        SLASYNC, "access_token: {env: HUBSPOT_ACCESS_TOKEN}", f"access_token: {value}"
    )

    found = configuration.problems()

    assert len(found) == 1
    assert "systems.hubspot.access_token" in found[0]
    assert "hunter2" not in found[0]
    assert "a-token" not in found[0]


def test_a_variable_and_its_file_together_are_ambiguous(tmp_path: Path) -> None:
    environ = ENVIRON | {"HUBSPOT_ACCESS_TOKEN_FILE": "/dev/null"}

    assert "are both set" in shipped(tmp_path, environ).problems()[0]


def test_a_secret_s_file_that_cannot_be_read_is_named_by_its_variable(tmp_path: Path) -> None:
    environ = {k: v for k, v in ENVIRON.items() if not k.startswith("HUBSPOT")}
    environ |= {"HUBSPOT_ACCESS_TOKEN_FILE": str(tmp_path / "nothing")}

    found = shipped(tmp_path, environ).problems()

    assert len(found) == 1
    assert "HUBSPOT_ACCESS_TOKEN_FILE cannot be read: No such file" in found[0]


@fault("S10")
def test_a_database_password_comes_by_variable_and_is_not_shown(tmp_path: Path) -> None:
    url = "postgresql://slasync:hunter2@db/slasync"

    settings = shipped(tmp_path, ENVIRON | {"SLASYNC_DATABASE": url}).load()

    assert settings.database_url == url
    assert "hunter2" not in repr(settings)


def test_a_database_password_in_the_file_is_refused(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).change(
        SLASYNC,
        "${SLASYNC_DATABASE:-sqlite:///slasync.db}",
        "postgresql://slasync:hunter2@db/slasync",
    )

    with pytest.raises(ConfigurationError) as refused:
        configuration.load()

    assert "clear text" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_configurations_are_values(tmp_path: Path) -> None:
    shipped(tmp_path)

    assert Configuration(tmp_path).load().hubspot == Configuration(tmp_path).load().hubspot
