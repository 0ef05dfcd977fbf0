"""How HubSpot is reached: a private app's token or OAuth's three secrets, and which version."""

from pathlib import Path

import pytest

from slasync.systems import HubSpotConfig
from tests.settings.configs import ENVIRON, Configuration, shipped

CONFIG, CONNECTOR = "config/slasync.yaml", "connectors/hubspot/connector.yaml"
TOKEN = "    access_token: {env: HUBSPOT_ACCESS_TOKEN}\n"
ID, SECRET, REFRESH = (
    f"    {name}: {{env: HUBSPOT_{name.upper()}}}\n"
    for name in ("client_id", "client_secret", "refresh_token")
)
OF_APP = {f"HUBSPOT_{name}": name for name in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")}


def with_lines(root: Path, *lines: str) -> Configuration:
    return shipped(root, ENVIRON | OF_APP).change(CONFIG, TOKEN, "".join(lines))


def hubspot(configuration: Configuration) -> HubSpotConfig:
    found = configuration.load().hubspot
    assert found
    return found


def test_an_app_with_oauth_needs_no_access_token(tmp_path: Path) -> None:
    secrets = hubspot(with_lines(tmp_path, ID, SECRET, REFRESH)).secrets
    assert {name: secrets[name].reveal() for name in ("client_id", "refresh_token")} == {
        "client_id": "CLIENT_ID",
        "refresh_token": "REFRESH_TOKEN",
    }
    assert "access_token" not in secrets


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((), "hubspot needs access_token, or for OAuth client_id, client_secret and refresh_token"),
        ((ID, REFRESH), "OAuth needs client_secret as well"),
        ((SECRET,), "OAuth needs client_id and refresh_token as well"),
        ((TOKEN, ID, SECRET, REFRESH), "access_token is a private app's, client_id is OAuth's"),
    ],
)
def test_what_is_missing_or_too_much_is_told_by_name(
    tmp_path: Path, lines: tuple[str, ...], words: str
) -> None:
    [problem] = with_lines(tmp_path, *lines).problems()
    assert words in problem


def test_a_refresh_token_never_stands_in_the_file(tmp_path: Path) -> None:
    problems = with_lines(tmp_path, ID, SECRET, "    refresh_token: hush\n").problems()
    assert any("a secret never stands in a file" in problem for problem in problems)
    assert not any("hush" in problem for problem in problems)


@pytest.mark.parametrize(("version", "held"), [("v3", "v3"), ("2026-03", "2026-03")])
def test_the_version_of_the_interface_is_chosen(tmp_path: Path, version: str, held: str) -> None:
    made = shipped(tmp_path).change(CONNECTOR, "api_version: v3", f"api_version: {version}")
    assert hubspot(made).api_version == held


@pytest.mark.parametrize("version", ["v4", "2026-05", "2026-03-01", "v3/x"])
def test_a_version_that_hubspot_does_not_have_is_refused(tmp_path: Path, version: str) -> None:
    made = shipped(tmp_path).change(CONNECTOR, "api_version: v3", f"api_version: {version}")
    assert any("api_version" in problem for problem in made.problems())
