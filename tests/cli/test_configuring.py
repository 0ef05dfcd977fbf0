"""init, check, config schema: from nothing to a configuration that is right."""

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from slasync.cli.main import main
from slasync.sandbox.faults import Kind, Rule
from tests.cli.desk import Desk
from tests.faults.marks import fault


def test_init_copies_the_files_in_mode_observe_and_says_what_is_next(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["init", str(tmp_path / "here")])

    assert done.exit_code == 0
    assert "mode: ${SLASYNC_MODE:-observe}" in (tmp_path / "here/config/slasync.yaml").read_text()
    assert f"slasync check --config {tmp_path / 'here'}" in done.output
    assert "HUBSPOT_ACCESS_TOKEN" in done.output


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    mine = tmp_path / "config/teams.yaml"
    mine.parent.mkdir()
    mine.write_text("mine")

    done = CliRunner().invoke(main, ["init", str(tmp_path)])

    assert done.exit_code == 2
    assert mine.read_text() == "mine"
    assert not (tmp_path / "config/slasync.yaml").exists()


def test_check_reports_every_problem_with_its_place(new_desk: Desk) -> None:
    new_desk.change("config/agreement.yaml", "score >= 75", "scoer >= 75")
    new_desk.change("config/teams.yaml", "members:", "membres:")

    done = new_desk.slasync("check")

    lines = done.stderr.splitlines()
    assert done.exit_code == 2
    assert any("did you mean score?" in line for line in lines)
    assert any("config/teams.yaml:" in line and "members" in line for line in lines)
    assert all(line.removeprefix(str(new_desk.home)).count(":") >= 4 for line in lines)


def test_check_says_what_the_configuration_amounts_to(new_desk: Desk) -> None:
    done = new_desk.slasync("check")

    assert done.exit_code == 0
    for words in (
        "mode enforce: writes", "score >= 75", "3 business days", "digest to leadership, reassign",
        "berlin    Europe/Berlin  2024-01-01  2029-12-31", "polled every 15 s by 1 call",
    ):  # fmt: skip
        assert words in done.output


def test_check_says_how_rarely_is_polled_what_tells_of_its_changes(new_desk: Desk) -> None:
    new_desk.change("connectors/salesforce/connector.yaml", "changes: poll", "changes: pubsub")

    done = new_desk.slasync("check")

    assert "told of changes by Pub/Sub; polled every 10 min by 1 call" in done.output


def test_check_says_whose_calendar_a_clock_follows(new_desk: Desk) -> None:
    clocks = ("  first_touch:\n", "  processing:\n")
    for clock, whose in zip(
        clocks, ("owner", "{field: country, calendars: {AT: berlin}}"), strict=True
    ):
        new_desk.change("config/agreement.yaml", clock, f"{clock}    calendar_by: {whose}\n")

    told = new_desk.json("check")["clocks"]

    assert told["first_touch"]["calendar"] == "the owner's, else berlin"
    assert told["processing"]["calendar"] == "by country, else berlin"


@fault("S10")
def test_check_shows_no_secret(new_desk: Desk) -> None:
    done = new_desk.slasync("check").output + json.dumps(new_desk.json("check"))

    secrets = [v for n, v in new_desk.environ.items() if n.endswith(("SECRET", "TOKEN", "KEY"))]
    assert len(secrets) == 6
    assert not [secret for secret in secrets if secret in done]


def test_check_looks_at_the_files_where_secrets_are_missing_and_says_which(
    new_desk: Desk,
) -> None:
    new_desk.change("config/agreement.yaml", "to: 2027-12-31", "to: 2026-03-20")
    del new_desk.environ["HUBSPOT_ACCESS_TOKEN"]

    done, told = new_desk.slasync("check", "--live"), new_desk.slasync("check", "--json")

    assert (done.exit_code, told.exit_code) == (2, 2)
    assert "score >= 75" in done.stdout
    assert "the agreement ends on 2026-03-20: its clocks go on until a new one" in done.stderr
    [missing] = json.loads(told.stdout)["missing_secrets"]
    assert "config/slasync.yaml:" in missing
    assert "environment variable HUBSPOT_ACCESS_TOKEN is not set: set it" in missing
    assert missing in done.stderr
    assert "The configuration is right but for secrets:" in done.stdout
    assert not new_desk.town.salesforce.calls  # nothing is asked without all of them


def test_check_tells_mistakes_that_show_only_together_though_secrets_are_missing(
    new_desk: Desk,
) -> None:
    """What a clock reads is compared with slasync.yaml, which itself lacks nothing but a secret."""
    reads = "reads: [salesforce.leads, salesforce.lead_history]"
    new_desk.change("config/agreement.yaml", reads, "reads: [marketo.contacts]")
    del new_desk.environ["HUBSPOT_ACCESS_TOKEN"]

    done = new_desk.slasync("check")

    assert done.exit_code == 2
    assert "marketo is not among the systems of slasync.yaml" in done.stderr
    assert "HUBSPOT_ACCESS_TOKEN is not set" in done.stderr


def test_check_warns_of_an_agreement_that_ends_soon(new_desk: Desk) -> None:
    new_desk.change("config/agreement.yaml", "to: 2027-12-31", "to: 2026-03-20")

    done = new_desk.slasync("check")

    assert done.exit_code == 0
    assert "the agreement ends on 2026-03-20" in done.stderr


def test_check_without_live_asks_nobody(new_desk: Desk) -> None:
    new_desk.slasync("check")

    assert not new_desk.town.salesforce.calls
    assert not new_desk.town.hubspot.calls


def test_check_live_names_the_organisation_when_nothing_is_missing(new_desk: Desk) -> None:
    done = new_desk.slasync("check", "--live")

    org = new_desk.town.salesforce.credentials()["organization_id"]
    assert (done.exit_code, f"salesforce {org}: nothing is missing" in done.output) == (0, True)


def test_check_live_says_what_is_missing(new_desk: Desk) -> None:
    new_desk.change("connectors/salesforce/connector.yaml", "Slasync_Key__c", "Nowhere__c")

    done = new_desk.slasync("check", "--live")

    assert done.exit_code == 1
    assert "Task.Nowhere__c does not exist" in done.output


def test_check_live_with_wrong_credentials_is_something_wrong(new_desk: Desk) -> None:
    new_desk.environ["SALESFORCE_CONSUMER_SECRET"] = "wrong"

    found = new_desk.slasync("check", "--live", "--json")

    live = json.loads(found.stdout)["live"]
    assert (found.exit_code, live["salesforce"]["ok"], live["hubspot"]["ok"]) == (1, False, True)


def test_check_live_tells_a_system_out_of_reach_from_one_that_is_wrong(new_desk: Desk) -> None:
    new_desk.town.world.faults.switch_on(Rule(Kind.TIMEOUT_BEFORE, ".*account-info.*"))

    found = new_desk.slasync("check", "--live", "--json")

    live = json.loads(found.stdout)["live"]
    assert (found.exit_code, live["salesforce"]["ok"], live["hubspot"]["ok"]) == (3, True, False)


@pytest.mark.parametrize("file", ["config/teams.yaml", "connectors/hubspot/connector.yaml"])
def test_the_schemas_fit_the_shipped_files(new_desk: Desk, tmp_path: Path, file: str) -> None:
    out = tmp_path / "schemas"

    new_desk.slasync("config", "schema", "--out", str(out))

    schema = json.loads((out / file).with_suffix(".schema.json").read_text())
    written = YAML(typ="safe", pure=True).load(new_desk.home / file)
    jsonschema.Draft202012Validator(schema).validate(json.loads(json.dumps(written, default=str)))


def test_the_schemas_are_printed_as_one_object() -> None:
    printed = json.loads(CliRunner().invoke(main, ["config", "schema"]).stdout)

    assert "config/agreement.yaml" in printed
