"""Accounts of Salesforce are read as companies, where somebody asks for them."""

from typing import Any

import pytest

from slasync.connectors.salesforce.read import QUERIES_A_CALL
from slasync.domain.identity.company import CONTACTS_COMPANY, Company
from slasync.domain.lead import Ref
from slasync.ports import CompanyReading, PersonReading
from slasync.sandbox.salesforce.schema import parsed
from slasync.systems import AccountsConfig
from tests.connectors.contract_source import read_all
from tests.connectors.salesforce.org import OrgRig


@pytest.fixture
def rig() -> OrgRig:
    return OrgRig(changed={"accounts": AccountsConfig()})


def account(rig: OrgRig, name: str = "Acme GmbH", **fields: Any) -> str:
    return rig.org.create("Account", {"Name": name, **fields}, rig.org.admin_id)


def companies(rig: OrgRig) -> dict[str, Company]:
    read = read_all(rig, "accounts")
    return {each.company.key: each.company for each in read if isinstance(each, CompanyReading)}


def test_an_account_is_read_with_owner_websites_domain_and_parent(rig: OrgRig) -> None:
    rep, holding = rig.rep(), account(rig, "Acme Holding")
    fields = {"Website": "https://www.acme.de/x", "OwnerId": rep, "ParentId": holding}
    low = account(rig, **fields)
    assert companies(rig)[low] == Company(low, "Acme GmbH", rep, ("acme.de",), holding)


def test_a_deleted_account_is_read_as_deleted(rig: OrgRig) -> None:
    made = account(rig)
    rig.org.delete("Account", made, rig.org.admin_id)
    assert companies(rig)[made].deleted


def test_a_merged_account_names_the_one_that_stayed_and_its_contacts_move(rig: OrgRig) -> None:
    kept, lost = account(rig), account(rig, "Acme")
    by = rig.org.admin_id
    person = rig.org.create("Contact", {"LastName": "Ann", "AccountId": lost}, by)
    rig.clock.advance(60)
    rig.org.merge_accounts(kept, [lost], by)
    found = companies(rig)
    assert (found[lost].deleted, found[lost].merged_into) == (True, kept)
    assert not found[kept].deleted
    assert contact(rig, person).fields[CONTACTS_COMPANY] == kept


def contact(rig: OrgRig, record: str) -> PersonReading:
    read = {each.ref: each for each in read_all(rig, "contacts")}
    found = read[Ref("salesforce", "contact", record)]
    assert isinstance(found, PersonReading)
    return found


def test_a_contact_without_an_account_tells_none(rig: OrgRig) -> None:
    person = rig.org.create("Contact", {"LastName": "Ann"}, rig.org.admin_id)
    assert CONTACTS_COMPANY not in contact(rig, person).fields


def test_domains_may_stand_in_fields_of_the_organisations_own() -> None:
    rig = OrgRig(changed={"accounts": AccountsConfig(("Website", "Domains__c"))})
    rig.org.add_field("Account", parsed("Domains__c string:255"))
    made = account(rig, Website="acme.de", Domains__c="acme.com; acme.fr")
    assert companies(rig)[made].domains == ("acme.de", "acme.com", "acme.fr")


@pytest.mark.parametrize("hidden", ["ParentId", "MasterRecordId"])
def test_what_the_user_may_not_see_of_accounts_is_left_out(rig: OrgRig, hidden: str) -> None:
    made = account(rig, Website="acme.de")
    rig.org.remove_field("Account", hidden)
    assert companies(rig)[made].domains == ("acme.de",)


def test_a_contacts_account_that_the_user_may_not_see_is_left_out(rig: OrgRig) -> None:
    person = rig.org.create("Contact", {"LastName": "Ann"}, rig.org.admin_id)
    rig.org.remove_field("Contact", "AccountId")
    assert CONTACTS_COMPANY not in contact(rig, person).fields


def test_an_increment_holds_the_accounts_that_changed(rig: OrgRig) -> None:
    old, changed = account(rig), account(rig, "Bolt AG")
    rig.clock.advance(60)
    since = rig.source.vendor_now()
    rig.clock.advance(60)
    rig.org.update("Account", changed, {"Website": "bolt.com"}, rig.org.admin_id)
    keys = [reading.ref.id for reading in read_all(rig, "accounts", since)]
    assert (changed in keys, old in keys) == (True, False)


def test_what_the_live_check_misses_is_a_field_that_accounts_are_read_by(rig: OrgRig) -> None:
    assert not [each for each in rig.connector.probe() if "Account" in each]
    rig.org.remove_field("Account", "Website")
    [told] = [each for each in rig.connector.probe() if "Account" in each]
    assert told == (
        "Account.Website does not exist or is hidden from the integration user: show it in its"
        " permission set"
    )


def test_where_nobody_asks_for_accounts_nothing_of_them_is_read() -> None:
    rig = OrgRig()
    assert "salesforce.accounts" not in rig.source.streams
    assert len(rig.source.streams) - 2 == QUERIES_A_CALL  # those of each poll are one call
    person = rig.org.create(
        "Contact", {"LastName": "Ann", "AccountId": account(rig)}, rig.org.admin_id
    )
    assert CONTACTS_COMPANY not in contact(rig, person).fields
