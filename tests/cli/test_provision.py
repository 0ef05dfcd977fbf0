"""provision: what the systems lack is shown first, made when asked for, and never by force."""

import json
from pathlib import Path
from typing import Any

import pytest

from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.salesforce.permissions import customs, unprepare
from slasync.sandbox.salesforce.schema import parsed
from tests.cli.desk import Desk

ADMIN = "SALESFORCE_ADMIN_TOKEN"
PATH = "  nurture_path: {field: Slasync_Nurture_Path__c, direction: both}\n"


@pytest.fixture
def bare(new_desk: Desk) -> Desk:
    """An organisation that nobody prepared, and the session of its admin."""
    crm = new_desk.town.salesforce
    unprepare(crm.org)
    new_desk.environ[ADMIN] = crm.auth.open(crm.admin_id)
    return new_desk


def standings(desk: Desk, system: str, *more: str) -> dict[str, str]:
    done = desk.slasync("provision", system, *more, "--json")
    assert done.stdout, done.output
    return {each["name"]: each["standing"] for each in json.loads(done.stdout)["needed"]}


def made(desk: Desk, system: str = "salesforce") -> dict[str, Any]:
    told = json.loads(desk.slasync("provision", system, "--apply", "--json").stdout)
    return {each["name"]: each["why"] for each in told["made"]}


# -- salesforce


def test_without_apply_the_lack_is_shown_and_nothing_is_written(bare: Desk) -> None:
    done = bare.slasync("provision", "salesforce")

    assert done.exit_code == 1
    assert "missing" in done.output
    assert "Activity.Slasync_Key__c" in done.output
    assert "--apply makes what is missing" in done.output
    assert not customs(bare.town.salesforce.org).made


def test_apply_makes_an_organisation_that_check_live_finds_nothing_missing_in(bare: Desk) -> None:
    before = bare.slasync("check", "--live", "--json")
    done = bare.slasync("provision", "salesforce", "--apply")

    assert before.exit_code == 1
    assert done.exit_code == 0, done.output
    assert bare.slasync("check", "--live", "--json").exit_code == 0
    lead = bare.town.salesforce.org.schema["Lead"].fields
    assert (lead["Slasync_Lead_Key__c"].unique, lead["Slasync_Why__c"].length) == (True, 255)
    assert bare.town.salesforce.org.schema["Task"].fields["Slasync_Key__c"].unique


def test_what_apply_made_is_there_and_is_not_made_again(bare: Desk) -> None:
    bare.slasync("provision", "salesforce", "--apply")
    calls = dict(bare.town.salesforce.calls)
    again = bare.slasync("provision", "salesforce", "--apply")

    assert again.exit_code == 0
    assert set(standings(bare, "salesforce").values()) == {"there"}
    assert made(bare) == {}
    assert calls["POST sobjects/PermissionSetAssignment"] == 1


def test_leads_and_contacts_carry_what_reps_see_and_fill(bare: Desk) -> None:
    bare.map_rep_fields(PATH)
    bare.slasync("provision", "salesforce", "--apply")

    for name in ("Lead", "Contact"):
        fields = bare.town.salesforce.org.schema[name].fields
        assert fields["Slasync_Status__c"].type == "picklist"
        assert fields["Slasync_Due__c"].type == "datetime"
        assert fields["Slasync_Dispute__c"].type == "boolean"
    paths = bare.town.salesforce.org.schema["Lead"].fields["Slasync_Nurture_Path__c"].choices
    assert paths == ("not_yet", "no_answer")


def test_reps_may_edit_what_they_fill_and_no_more(bare: Desk) -> None:
    bare.map_rep_fields(PATH)
    bare.slasync("provision", "salesforce", "--apply")

    crm = bare.town.salesforce
    [reps] = [r["Id"] for r in crm.rows("PermissionSet") if r["Name"] == "Slasync_Reps"]
    edit = {
        r["Field"] for r in crm.rows("FieldPermissions")
        if r["ParentId"] == reps and r.get("PermissionsEdit")
    }  # fmt: skip
    words = ("Snooze_Until", "Snooze_Reason", "Dispute", "Dispute_Reason", "Nurture_Path")
    assert edit == {f"{o}.Slasync_{w}__c" for o in ("Lead", "Contact") for w in words}


def test_a_field_that_slasync_does_not_read_is_not_given_to_reps_to_fill(bare: Desk) -> None:
    bare.slasync("provision", "salesforce", "--apply")

    fields = bare.town.salesforce.org.schema["Lead"].fields
    assert "Slasync_Status__c" in fields
    assert not {"Slasync_Snooze_Until__c", "Slasync_Dispute__c"} & fields.keys()
    assert "Slasync_Managers" not in {r["Name"] for r in bare.town.salesforce.rows("PermissionSet")}


def test_labels_come_in_the_language_of_connector_yaml(bare: Desk) -> None:
    bare.change("connectors/salesforce/connector.yaml", "labels: en", "labels: de")
    bare.slasync("provision", "salesforce", "--apply")

    status = bare.town.salesforce.org.schema["Lead"].fields["Slasync_Status__c"]
    assert status.label == "SLA Stand"
    assert "overdue" in status.choices


def test_a_field_of_another_type_is_told_and_left_as_it_is(bare: Desk) -> None:
    crm = bare.town.salesforce
    customs(crm.org).made["Lead.Slasync_Due__c"] = parsed("Slasync_Due__c string:40")
    done = bare.slasync("provision", "salesforce", "--apply")

    assert done.exit_code == 1
    assert "it is of type Text, needed is DateTime" in done.output
    assert "give another name in connector.yaml" in done.output
    assert customs(crm.org).made["Lead.Slasync_Due__c"].type == "string"
    left = {n for n, s in standings(bare, "salesforce").items() if s != "there"}
    assert left == {"Lead.Slasync_Due__c"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Slasync_Lead_Key__c string:40 key", "it holds 40 characters, needed are 80"),
        ("Slasync_Lead_Key__c string:80", "it is not unique; it is not an external ID"),
    ],
)
def test_a_key_field_that_is_no_key_is_told(bare: Desk, line: str, words: str) -> None:
    customs(bare.town.salesforce.org).made["Lead.Slasync_Lead_Key__c"] = parsed(line)

    assert words in bare.slasync("provision", "salesforce").output


def test_what_salesforce_refuses_is_told_by_component_and_the_rest_is_made(bare: Desk) -> None:
    org = bare.town.salesforce.org
    org.switches.activity_keys = False
    org.switches.refused_components["Lead.Slasync_Attempts__c"] = "reserved name"
    done = bare.slasync("provision", "salesforce", "--apply", "--json")

    told = {each["name"]: each["why"] for each in json.loads(done.stdout)["made"]}
    failed = {name: why for name, why in told.items() if why}
    assert done.exit_code == 1
    assert set(failed) == {"Activity.Slasync_Key__c", "Lead.Slasync_Attempts__c"}
    assert "unique fields on Activity" in failed["Activity.Slasync_Key__c"]
    assert "Slasync_Due__c" in org.schema["Lead"].fields
    assert told["Lead.SLA_best_leads"] == ""


def test_an_organisation_whose_activity_has_no_room_gets_a_ledger(bare: Desk) -> None:
    bare.town.salesforce.org.switches.activity_keys = False
    bare.change(
        "connectors/salesforce/connector.yaml", "task_key: activity_field", "task_key: ledger"
    )
    done = bare.slasync("provision", "salesforce", "--apply")

    assert done.exit_code == 0, done.output
    fields = bare.town.salesforce.org.schema["Slasync_Ledger__c"].fields
    assert (fields["Key__c"].unique, fields["Task__c"].length) == (True, 18)
    assert bare.slasync("check", "--live").exit_code == 0


def test_other_names_in_connector_yaml_are_what_is_made(bare: Desk) -> None:
    bare.change("connectors/salesforce/connector.yaml", "Slasync_Stale__c ", "Verfallen__c ")
    bare.slasync("provision", "salesforce", "--apply")

    fields = bare.town.salesforce.org.schema["Lead"].fields
    assert "Verfallen__c" in fields
    assert "Slasync_Stale__c" not in fields


def test_the_integration_user_cannot_provision_and_is_told_who_can(bare: Desk) -> None:
    del bare.environ[ADMIN]
    done = bare.slasync("provision", "salesforce", "--apply")

    assert done.exit_code == 1
    assert "SALESFORCE_ADMIN_TOKEN" in done.output
    assert not customs(bare.town.salesforce.org).made


def test_a_session_that_has_ended_is_told(bare: Desk) -> None:
    bare.environ[ADMIN] = "00Dg50000000001!over"
    done = bare.slasync("provision", "salesforce")

    assert done.exit_code == 1
    assert ADMIN in done.output


def test_no_session_of_an_admin_is_shown(bare: Desk) -> None:
    done = bare.slasync("provision", "salesforce", "--apply")

    assert bare.environ[ADMIN] not in done.output


def test_a_deployment_whose_answer_is_lost_is_run_again_and_makes_nothing_twice(
    bare: Desk,
) -> None:
    bare.town.world.faults.switch_on(Rule(Kind.TIMEOUT_AFTER, "POST .*Soap/m.*", times=1))
    first = bare.slasync("provision", "salesforce", "--apply")
    again = bare.slasync("provision", "salesforce", "--apply")

    assert (first.exit_code, again.exit_code) == (3, 0)
    assert set(standings(bare, "salesforce").values()) == {"there"}


def test_a_permission_set_that_lacks_something_is_completed(bare: Desk) -> None:
    bare.slasync("provision", "salesforce", "--apply")
    bare.change("connectors/salesforce/connector.yaml", "Slasync_Why__c ", "Warum__c ")

    found = standings(bare, "salesforce")
    assert found["Slasync_Integration"] == "incomplete"
    assert bare.slasync("provision", "salesforce", "--apply").exit_code == 0
    assert "Warum__c" in bare.town.salesforce.org.schema["Lead"].fields


def test_the_folder_is_written_for_the_names_of_connector_yaml(
    new_desk: Desk, tmp_path: Path
) -> None:
    new_desk.change("connectors/salesforce/connector.yaml", "Slasync_Why__c ", "Warum__c ")
    done = new_desk.slasync("provision", "salesforce", "--metadata", str(tmp_path / "out"))

    assert done.exit_code == 0
    assert (tmp_path / "out/slasync/objects/Lead/fields/Warum__c.field-meta.xml").exists()
    assert "<members>Lead.Warum__c</members>" in (tmp_path / "out/package.xml").read_text()


# -- hubspot


WRITTEN = {"slasync_stage", "slasync_owner", "slasync_sla_state", "slasync_due"}


def without_properties(desk: Desk) -> Any:
    schema = desk.town.hubspot.portal.schemas["contacts"]
    for name in WRITTEN:
        del schema.properties[name]
    return schema


def test_hubspot_gets_a_group_and_the_properties_that_are_written(new_desk: Desk) -> None:
    schema = without_properties(new_desk)
    shown = new_desk.slasync("provision", "hubspot")
    assert shown.exit_code == 1
    assert not WRITTEN & set(schema.properties)

    assert made(new_desk, "hubspot") == dict.fromkeys({"slasync", *WRITTEN}, "")
    assert schema.properties["slasync_due"].type == "datetime"
    assert {schema.properties[name].group for name in WRITTEN} == {"slasync"}
    assert new_desk.slasync("provision", "hubspot").exit_code == 0
    assert made(new_desk, "hubspot") == {}


def test_a_property_of_another_type_is_told_and_left_as_it_is(new_desk: Desk) -> None:
    new_desk.change("connectors/hubspot/connector.yaml", "due: slasync_due", "due: jobtitle")
    done = new_desk.slasync("provision", "hubspot", "--apply")

    assert done.exit_code == 1
    assert "it is of type string, needed is datetime" in done.output
    assert new_desk.town.hubspot.portal.schemas["contacts"].properties["jobtitle"].type == "string"


def test_a_property_that_is_read_and_not_there_is_not_made(new_desk: Desk) -> None:
    new_desk.change("connectors/hubspot/connector.yaml", "hubspotscore", "hubspot_skore")
    done = new_desk.slasync("provision", "hubspot", "--apply")

    assert done.exit_code == 1
    assert "correct it in connector.yaml" in done.output


def test_a_property_that_fails_does_not_keep_the_others_from_being_made(new_desk: Desk) -> None:
    schema = without_properties(new_desk)
    schema.properties["slasync_owner"] = schema.properties["jobtitle"]  # archived under that name
    schema.archive("slasync_owner", 1)
    told = made(new_desk, "hubspot")

    assert "already exists" in told["slasync_owner"]
    assert [name for name, why in told.items() if not why] == [
        "slasync", "slasync_stage", "slasync_sla_state", "slasync_due",
    ]  # fmt: skip


def test_a_system_that_is_not_configured_cannot_be_provisioned(new_desk: Desk) -> None:
    done = new_desk.slasync("provision", "marketo")

    assert done.exit_code == 2
    assert "hubspot is" in done.output
