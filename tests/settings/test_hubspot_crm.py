"""HubSpot as the CRM in the configuration: the files for it, and each mistake told."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

from slasync.cli.main import main
from slasync.polling import calls_a_poll, slow_streams
from slasync.settings import copy_defaults
from slasync.systems import AccountsConfig
from tests.settings.configs import ENVIRON, Configuration, shipped
from tests.settings.test_marketo import IN_MARKETO

SLASYNC, HUBSPOT, AGREEMENT = (
    "config/slasync.yaml", "connectors/hubspot/connector.yaml", "config/agreement.yaml",
)  # fmt: skip
KEYS = {"HUBSPOT_ACCESS_TOKEN": "a-token"}
MARKETO = """
  marketo:
    url: https://123-abc-456.mktorest.com
    client_id: {env: MARKETO_CLIENT_ID}
    client_secret: {env: MARKETO_CLIENT_SECRET}
"""


def configured(root: Path) -> Configuration:
    copy_defaults(root, crm="hubspot")
    return Configuration(root, KEYS)


def test_one_account_is_both_systems(tmp_path: Path) -> None:
    found = configured(tmp_path).load()

    assert found.crm is found.marketing is found.hubspot
    assert (found.agreement.crm, found.agreement.marketing) == ("hubspot", "hubspot")
    assert found.agreement.stages["UNQUALIFIED"] == "disqualified"
    assert {s for clock in found.agreement.clocks for s in clock.streams} == {
        "hubspot.leads", "hubspot.tasks", "hubspot.events", "hubspot.lead_history",
    }  # fmt: skip
    assert not found.creates_leads
    assert calls_a_poll(found, "hubspot") > 1


def test_the_accounts_number_leads_people_to_the_contact(tmp_path: Path) -> None:
    made = configured(tmp_path).change(HUBSPOT, 'portal: ""', 'portal: "4711"')

    home = made.load().agreement.crm_url
    assert home == "https://app.hubspot.com/contacts/4711/record/0-1"


def test_where_no_number_is_configured_the_account_that_the_database_belongs_to_leads_there(
    tmp_path: Path,
) -> None:
    found = configured(tmp_path).load()
    assert found.hubspot
    real = replace(found, hubspot=replace(found.hubspot, url="https://api.hubapi.com"))
    simulated = replace(found, hubspot=replace(found.hubspot, url="http://127.0.0.1:8802"))

    assert real.records_at("4711") == "https://app.hubspot.com/contacts/4711/record/0-1"
    assert (real.records_at(""), simulated.records_at("4711")) == ("", "")


def test_a_number_that_is_configured_counts_and_salesforce_has_its_own_address(
    tmp_path: Path,
) -> None:
    made = configured(tmp_path).change(HUBSPOT, 'portal: ""', 'portal: "4711"').load()
    usual = shipped(tmp_path / "usual").load()

    assert made.records_at("1") == "https://app.hubspot.com/contacts/4711/record/0-1"
    assert usual.records_at("00D000000000001") == usual.agreement.crm_url == "http://127.0.0.1:8801"


def test_companies_are_read_where_a_rule_asks_for_an_accounts_owner(tmp_path: Path) -> None:
    made = configured(tmp_path)
    found = made.load()
    assert found.crm_terms
    assert (found.crm_terms.accounts, found.crm_terms.opportunities) == (None, None)
    assert not slow_streams(found)

    made.change(HUBSPOT, "read: when_needed", "read: always").change(
        HUBSPOT, "read: never ", "read: always"
    ).change(HUBSPOT, "every: 15 min", "every: 1 h")
    found = made.load()
    assert found.crm_terms
    assert found.crm_terms.accounts == AccountsConfig(("domain", "website"), timedelta(hours=1))
    assert slow_streams(found) == {
        "hubspot.accounts": timedelta(hours=1), "hubspot.opportunities": timedelta(minutes=15),
    }  # fmt: skip


def test_two_crms_are_one_too_many(tmp_path: Path) -> None:
    made = shipped(tmp_path).change(SLASYNC, "systems:\n", "crm: hubspot\nsystems:\n")

    assert any("crm: hubspot, and salesforce is among the systems" in p for p in made.problems())


def test_a_crm_that_is_not_configured_is_told(tmp_path: Path) -> None:
    copy_defaults(tmp_path, "marketo")
    made = Configuration(tmp_path, IN_MARKETO | ENVIRON)
    made.change(SLASYNC, "systems:\n", "crm: hubspot\nsystems:\n")

    assert any("hubspot is not among the systems" in p for p in made.problems())


def test_what_a_lead_is_has_to_be_said(tmp_path: Path) -> None:
    made = shipped(tmp_path)
    crm = configured(tmp_path / "crm")
    crm.write(HUBSPOT, (made.root / HUBSPOT).read_text())

    assert any("say here what a lead is there, in a part crm" in p for p in crm.problems())


def test_hubspots_activities_are_read_only_where_it_is_the_crm(tmp_path: Path) -> None:
    made = shipped(tmp_path).change(AGREEMENT, "reads: [salesforce.tasks", "reads: [hubspot.tasks")

    assert any("hubspot.tasks is read only where HubSpot is the CRM" in p for p in made.problems())


def test_marketo_beside_hubspot_as_the_crm_is_refused_with_the_reason(tmp_path: Path) -> None:
    made = Configuration(tmp_path, KEYS | IN_MARKETO)
    copy_defaults(tmp_path, crm="hubspot")
    made.change(SLASYNC, "  # marketo:\n", MARKETO)

    assert any("nothing ties a lead of Marketo to its contact" in p for p in made.problems())


def test_init_writes_files_that_name_no_salesforce(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["init", str(tmp_path), "--crm", "hubspot"])

    assert done.exit_code == 0, done.output
    assert "SALESFORCE" not in done.output
    assert not (tmp_path / "connectors" / "salesforce").exists()


def test_init_refuses_two_systems_of_marketing(tmp_path: Path) -> None:
    called = ["init", str(tmp_path), "--crm", "hubspot", "--marketing", "marketo"]
    done = CliRunner().invoke(main, called)

    assert done.exit_code != 0
    assert "HubSpot is both then" in done.output + str(done.exception)
