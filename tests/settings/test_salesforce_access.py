"""How Salesforce is reached: what each login needs, and how much goes to a call."""

from pathlib import Path

import pytest

from slasync.systems import Login, SalesforceConfig
from tests.settings.configs import ENVIRON, Configuration, shipped

CONFIG, CONNECTOR = "config/slasync.yaml", "connectors/salesforce/connector.yaml"
LOGIN = "    login: client_credentials\n"
PATH = "    # outbound_message_path: {env: SALESFORCE_OUTBOUND_PATH}\n"
LONG = "0123456789abcdef0123456789abcdef"


def salesforce(configuration: Configuration) -> SalesforceConfig:
    found = configuration.load().salesforce
    assert found
    return found


def by_password(root: Path, *lines: str, **environ: str) -> Configuration:
    text = "".join(f"    {line}\n" for line in ("login: soap", *lines))
    return shipped(root, ENVIRON | environ).change(CONFIG, LOGIN, text)


def test_a_soap_login_has_user_password_and_token(tmp_path: Path) -> None:
    configuration = by_password(
        tmp_path, "username: bot@acme.example", "password: {env: PW}",
        "security_token: {env: TOKEN}", PW="hush", TOKEN="t0ken",
    )  # fmt: skip
    found = salesforce(configuration)
    assert (found.login, found.username) == (Login.SOAP, "bot@acme.example")
    assert found.secrets["password"].reveal() + found.secrets["security_token"].reveal() == (
        "husht0ken"
    )


def test_the_token_of_a_soap_login_may_be_left_out(tmp_path: Path) -> None:
    configuration = by_password(
        tmp_path, "username: bot@acme.example", "password: {env: PW}", PW="hush"
    )
    assert "security_token" not in salesforce(configuration).secrets


def test_a_soap_login_without_user_or_password_is_refused_by_name(tmp_path: Path) -> None:
    [problem] = by_password(tmp_path).problems()
    assert "login: soap needs username and password" in problem


def test_a_password_never_stands_in_the_file(tmp_path: Path) -> None:
    problems = by_password(tmp_path, "username: bot@acme.example", "password: hush").problems()
    assert any("a secret never stands in a file" in problem for problem in problems)
    assert not any("hush" in problem for problem in problems)


def test_the_end_of_the_address_for_outbound_messages_is_a_secret(tmp_path: Path) -> None:
    configuration = shipped(tmp_path, ENVIRON | {"SALESFORCE_OUTBOUND_PATH": LONG})
    configuration.change(CONFIG, PATH, PATH.replace("# ", ""))
    found = salesforce(configuration)
    assert found.secrets["outbound_message_path"].reveal() == LONG
    assert LONG not in repr(found)


def test_an_address_that_can_be_guessed_is_refused_with_how_to_make_another(tmp_path: Path) -> None:
    configuration = shipped(tmp_path, ENVIRON | {"SALESFORCE_OUTBOUND_PATH": LONG[1:]})
    [problem] = configuration.change(CONFIG, PATH, PATH.replace("# ", "")).problems()
    assert "has 31 characters, and 32 are needed" in problem
    assert "openssl rand -hex 24" in problem
    assert LONG[1:] not in problem


def test_as_shipped_five_collections_go_to_a_call_and_nothing_is_written_by_bulk(
    tmp_path: Path,
) -> None:
    found = salesforce(shipped(tmp_path))
    assert (found.task_batch, found.collections_a_call) == (200, 5)
    assert (found.bulk_read_from, found.bulk_write_from) == (20_000, None)


def test_what_goes_to_a_call_can_be_chosen(tmp_path: Path) -> None:
    configuration = shipped(tmp_path)
    configuration.change(CONNECTOR, "collections: 5 ", "collections: 1 ")
    configuration.change(CONNECTOR, "read_from: 20000", "read_from: 5000")
    configuration.change(CONNECTOR, "write_from: null", "write_from: 2500")
    found = salesforce(configuration)
    assert found.collections_a_call == 1
    assert (found.bulk_read_from, found.bulk_write_from) == (5_000, 2_500)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("collections: 5 ", "collections: 6 ", "collections"),
        ("read_from: 20000", "read_from: 10", "bulk.read_from"),
        ("write_from: null", "write_from: 10", "bulk.write_from"),
        ("write_from: null", "wirte_from: null", "write_from"),
    ],
)
def test_numbers_that_salesforce_or_sense_forbids_are_refused_by_name(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    [problem] = shipped(tmp_path).change(CONNECTOR, old, new).problems()
    assert words in problem


@pytest.mark.parametrize(
    ("url", "audience"),
    [
        ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
    ],
)
def test_users_of_a_sandbox_log_in_elsewhere(tmp_path: Path, url: str, audience: str) -> None:
    configuration = shipped(tmp_path, ENVIRON | {"SALESFORCE_URL": url})
    assert salesforce(configuration).audience == audience
    configuration.change(CONFIG, LOGIN, f"{LOGIN}    audience: https://login.acme.example\n")
    assert salesforce(configuration).audience == "https://login.acme.example"
