"""check --live: what the organisation lacks, what its user has in excess, and what is proved."""

import json
from dataclasses import replace
from typing import Any

import pytest

from slasync.connectors.salesforce.probe import ABSENT, CREATE
from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.salesforce.permissions import (
    assign,
    grant_object,
    permission_set,
    show_what_is_granted,
)
from slasync.sandbox.salesforce.unit import Unit
from tests.cli.desk import Desk
from tests.faults.marks import fault
from tests.pains.marks import pain

BY_HAND = "slasync, by hand"


def live(desk: Desk, *more: str) -> dict[str, Any]:
    found = desk.slasync("check", "--live", *more, "--json")
    told: dict[str, Any] = json.loads(found.stdout)["live"]["salesforce"]
    assert (found.exit_code == 0) is told["ok"]
    return told


def problems(desk: Desk, *more: str) -> list[str]:
    return [str(each) for each in live(desk, *more)["problems"]]


def acting(desk: Desk) -> Unit:
    crm = desk.town.salesforce
    return Unit(crm.world, crm.admin_id, crm.world.now())


def granted(desk: Desk, **rights: bool) -> None:
    """Have an admin change the rights of slasync's own user."""
    org, unit = desk.town.salesforce.org, acting(desk)
    permission_set(org, unit, "By_Hand", BY_HAND, rights)


def test_a_prepared_organisation_has_nothing_to_mend(new_desk: Desk) -> None:
    told = live(new_desk)
    assert told["problems"] == []
    assert any("100000 calls of the last 24 hours" in note for note in told["notes"])


# -- fields


def test_a_field_that_nobody_made_is_told_with_the_command_that_makes_it(new_desk: Desk) -> None:
    new_desk.change("connectors/salesforce/connector.yaml", "Slasync_Why__c ", "Warum__c ")
    told = problems(new_desk)
    assert any(each.startswith("Lead.Warum__c does not exist or is hidden") for each in told)
    assert all("slasync provision salesforce" in each for each in told)


def test_of_a_field_that_slasync_does_not_make_it_is_not_said_that_it_does(new_desk: Desk) -> None:
    new_desk.change("connectors/salesforce/connector.yaml", "  custom: {}\n",
                    "  custom:\n    region: {field: Region__c}\n")  # fmt: skip
    assert problems(new_desk) == [f"Lead.Region__c {ABSENT}: {CREATE}"]


@pain("P30/rights")
def test_a_field_that_another_permission_set_shows_is_told_with_its_name(new_desk: Desk) -> None:
    crm = new_desk.town.salesforce
    for row in list(crm.rows("FieldPermissions")):
        if row["Field"] == "Lead.Slasync_Why__c":
            crm.delete("FieldPermissions", row["Id"], crm.admin_id)
    unit = acting(new_desk)
    other = permission_set(crm.org, unit, "Other", "Marketing's own", {})
    fields = {"ParentId": other, "SobjectType": "Lead", "Field": "Lead.Slasync_Why__c"}
    crm.create("FieldPermissions", fields | {"PermissionsRead": True}, crm.admin_id)
    show_what_is_granted(crm.org)
    [told] = problems(new_desk)
    assert told.startswith("Lead.Slasync_Why__c does not exist or is hidden")
    assert told.endswith(": the permission set 'Marketing's own' shows it, assign that")


@pytest.mark.parametrize(
    ("name", "changed", "words"),
    [
        ("Slasync_Stale__c", {"type": "string"}, "is of type string, needed is boolean"),
        ("Slasync_Why__c", {"length": 80}, "holds 80 characters, needed are 255: lengthen it"),
        ("Slasync_Why__c", {"updateable": False}, "is read-only for the integration user: give"),
        ("Slasync_Lead_Key__c", {"unique": False}, "is not marked 'unique': mark it"),
        ("Slasync_Lead_Key__c", {"external_id": False}, "is not marked 'externalId': mark it"),
    ],
)
def test_a_field_that_is_not_as_it_must_be_is_told(
    new_desk: Desk, name: str, changed: dict[str, Any], words: str
) -> None:
    org = new_desk.town.salesforce.org
    org.add_field("Lead", replace(org.schema["Lead"].fields[name], **changed))
    [told] = problems(new_desk)
    assert told.startswith(f"Lead.{name} {words}")


def test_a_key_of_tasks_that_is_not_unique_is_told(new_desk: Desk) -> None:
    org = new_desk.town.salesforce.org
    org.add_field("Task", replace(org.schema["Task"].fields["Slasync_Key__c"], unique=False))
    [told] = problems(new_desk)
    assert "Task.Slasync_Key__c is not marked 'unique'" in told


def test_fields_for_reps_that_are_not_there_are_a_note(new_desk: Desk) -> None:
    new_desk.change("connectors/salesforce/connector.yaml", "show: [status, due,", "show: [status,")
    new_desk.town.salesforce.org.remove_field("Lead", "Slasync_Due__c")
    told = live(new_desk)
    assert told["ok"]
    assert any("Lead.Slasync_Due__c" in note for note in told["notes"])


def test_a_field_that_slasync_keeps_current_and_that_is_not_there_is_a_problem(
    new_desk: Desk,
) -> None:
    new_desk.town.salesforce.org.remove_field("Lead", "Slasync_Next_Step__c")
    [told] = problems(new_desk)
    assert told.startswith("Lead.Slasync_Next_Step__c does not exist or is hidden")


# -- stages of opportunities

ON = ("connectors/salesforce/connector.yaml", "read: never              # or always: a call of its",
      "read: always  # a call of its")  # fmt: skip


def test_a_stage_of_salesforce_without_an_agreed_probability_is_told(new_desk: Desk) -> None:
    new_desk.change(*ON)
    new_desk.change("config/agreement.yaml", "[Prospecting, Qualification]", "[Prospecting]")

    told = live(new_desk)

    [note] = [each for each in told["notes"] if "Opportunity stage" in each]
    assert note.startswith("Opportunity stage 'Qualification' is not in definitions.opportunities")


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("Need Analysis", "there is no opportunity stage 'Need Analysis': correct it in"),
        ("Closed Won", "opportunity stage 'Closed Won' is a closed one: take it out of"),
    ],
)
def test_a_stage_that_is_none_on_the_way_in_salesforce_is_a_problem(
    new_desk: Desk, stage: str, words: str
) -> None:
    new_desk.change(*ON)
    new_desk.change("config/agreement.yaml", "[Needs Analysis]", f"[{stage}]")

    told = [each for each in problems(new_desk) if "opportunity stage" in each]

    assert len(told) == 1
    assert told[0].startswith(words)


def test_stages_are_not_asked_for_where_opportunities_are_not_read(new_desk: Desk) -> None:
    new_desk.change("config/agreement.yaml", "[Needs Analysis]", "[Nothing]")

    assert problems(new_desk) == []


# -- rights


@fault("S25")
@pytest.mark.parametrize(
    "right", ["ModifyAllData", "ViewAllData", "AuthorApex", "ManageUsers", "CustomizeApplication"]
)
def test_every_dangerous_right_in_excess_is_told_with_where_it_comes_from(
    new_desk: Desk, right: str
) -> None:
    granted(new_desk, **{right: True})
    [told] = problems(new_desk)
    assert f"the right {right} in excess" in told
    assert f"take it out of '{BY_HAND}'" in told


@pytest.mark.parametrize("right", ["ApiEnabled", "EditTask", "TransferAnyLead"])
def test_a_right_that_is_lacking_is_told(new_desk: Desk, right: str) -> None:
    granted(new_desk, **{right: False})
    [told] = problems(new_desk)
    assert told.startswith(f"slasync's user lacks the right {right}:")


def test_rights_of_every_permission_set_are_counted(new_desk: Desk) -> None:
    crm = new_desk.town.salesforce
    unit = acting(new_desk)
    more = permission_set(crm.org, unit, "More", "Given in haste", {"ViewAllData": True})
    assign(crm.org, unit, more, crm.integration_user_id)
    [told] = problems(new_desk)
    assert "'Given in haste'" in told


def test_rights_on_objects_are_compared_both_ways(new_desk: Desk) -> None:
    org, unit = new_desk.town.salesforce.org, acting(new_desk)
    given = permission_set(org, unit, "By_Hand", BY_HAND, {})
    grant_object(org, unit, given, "Lead", ("Create", "Read", "Edit"))
    grant_object(org, unit, given, "Opportunity", ("Read", "Edit", "ModifyAllRecords"))
    told = live(new_desk)
    lacking, excess = told["problems"]
    assert "lacks Delete, View All, Modify All on Lead" in lacking
    assert "Modify All on Opportunity in excess" in excess
    assert any("Edit on Opportunity" in note for note in told["notes"])


READ_ALWAYS = ("opportunities:\n  read: never", "opportunities:\n  read: always")


def test_opportunities_that_are_read_need_view_all_and_it_is_not_in_excess(new_desk: Desk) -> None:
    new_desk.change("connectors/salesforce/connector.yaml", *READ_ALWAYS)
    org, unit = new_desk.town.salesforce.org, acting(new_desk)
    given = permission_set(org, unit, "By_Hand", BY_HAND, {})
    grant_object(org, unit, given, "Opportunity", ("Read",))
    [lacking] = [each for each in problems(new_desk) if "Opportunity" in each]
    assert "lacks View All on Opportunity" in lacking
    grant_object(org, unit, given, "Opportunity", ("Read", "ViewAllRecords"))
    told = live(new_desk)
    assert not [each for each in (*told["problems"], *told["notes"]) if "Opportunity" in each]


def test_opportunities_that_are_not_read_need_no_right(new_desk: Desk) -> None:
    org, unit = new_desk.town.salesforce.org, acting(new_desk)
    given = permission_set(org, unit, "By_Hand", BY_HAND, {})
    grant_object(org, unit, given, "Opportunity", ("Read", "ViewAllRecords"))
    told = live(new_desk)
    assert not [each for each in told["problems"] if "Opportunity" in each]
    assert [each for each in told["notes"] if "View All on Opportunity" in each]


def test_an_object_that_may_be_read_for_nothing_is_named(new_desk: Desk) -> None:
    org, unit = new_desk.town.salesforce.org, acting(new_desk)
    given = permission_set(org, unit, "By_Hand", BY_HAND, {})
    grant_object(org, unit, given, "Campaign", ("Read",))
    notes = live(new_desk)["notes"]
    assert "rights in excess, of no use to slasync: Read on Campaign" in notes


def test_harmless_rights_in_excess_are_a_note(new_desk: Desk) -> None:
    granted(new_desk, RunReports=True)
    told = live(new_desk)
    assert told["ok"]
    assert "rights in excess, of no use to slasync: RunReports" in told["notes"]


# -- people, queues, statuses


def test_people_whom_the_files_name_are_looked_for(new_desk: Desk) -> None:
    crm = new_desk.town.salesforce
    new_desk.change("config/teams.yaml", "- ben@sandbox.example", "- bert@sandbox.example")
    crm.update("User", new_desk.town.users["chi"], {"IsActive": False}, crm.admin_id)
    twin = crm.add_user("Dora Double", "double@sandbox.example")
    crm.update("User", twin, {"Email": "dora@sandbox.example"}, crm.admin_id)
    told = problems(new_desk)
    assert "bert@sandbox.example (a member of pool inbound) is no user of Salesforce" in told[0]
    assert "chi@sandbox.example (a member of pool inbound) is not active" in told[1]
    assert "dora@sandbox.example (a member of pool inbound) is several users" in told[2]
    assert len(told) == 3


def test_a_member_whose_rungs_to_the_manager_reach_nobody_is_told(new_desk: Desk) -> None:
    crm = new_desk.town.salesforce
    new_desk.change("config/teams.yaml", "    manager: mia@sandbox.example ", "    # ")
    crm.update("User", new_desk.town.users["ana"], {"ManagerId": None}, crm.admin_id)
    [told] = problems(new_desk)
    assert told.startswith("ana@sandbox.example has no manager in Salesforce")


def test_a_task_to_leadership_needs_an_active_user_there(new_desk: Desk) -> None:
    crm = new_desk.town.salesforce
    new_desk.change("config/teams.yaml", "[lea@sandbox.example]", "[vic@sandbox.example]")
    assert problems(new_desk) == []  # a digest needs none

    line = "{do: digest, to: leadership, text: untouched_alert}"
    new_desk.change("config/agreement.yaml", line, line.replace("digest", "task"))
    [told] = problems(new_desk)
    assert told.startswith(
        "none of pool inbound's leadership (vic@sandbox.example) is an active user of Salesforce"
    )
    says = "warning: nobody of pool inbound's leadership is an active user of the CRM"
    assert says not in new_desk.slasync("check").stderr  # no user has been read yet

    assert new_desk.slasync("sync", "--once").exit_code == 0
    assert says in new_desk.slasync("check").stderr

    vic = crm.add_user("Vic Chief", "vic@sandbox.example")
    assert problems(new_desk) == []
    crm.update("User", vic, {"IsActive": False}, crm.admin_id)
    assert len(problems(new_desk)) == 1


def test_a_queue_must_be_there_and_take_leads(new_desk: Desk) -> None:
    new_desk.change("config/teams.yaml", "queue: Inbound queue", "queue: Inbound")
    [missing] = problems(new_desk)
    new_desk.town.salesforce.add_queue("Inbound", ("Task",))
    [unfit] = problems(new_desk)
    assert missing.startswith("there is no queue 'Inbound' (pool inbound)")
    assert unfit.startswith("queue 'Inbound' (pool inbound) takes no leads")


def test_an_integration_that_would_be_taken_for_a_rep_is_told(new_desk: Desk) -> None:
    crm = new_desk.town.salesforce
    machine = crm.add_user("HubSpot Connector", "connector@sandbox.example")
    ana = new_desk.town.users["ana"]
    for number in range(11):
        for user in (machine, ana):
            crm.create("Lead", {"LastName": f"L{number}", "Company": "Acme"}, user)
    [told] = [note for note in live(new_desk)["notes"] if "keeps" in note]
    assert told.startswith("HubSpot Connector (connector@sandbox.example) keeps 11 leads")

    new_desk.change(
        "connectors/salesforce/connector.yaml",
        "automation_users: []", "automation_users: [Connector@sandbox.example]",
    )  # fmt: skip
    assert not [note for note in live(new_desk)["notes"] if "keeps" in note]


def test_statuses_are_compared_both_ways(new_desk: Desk) -> None:
    org = new_desk.town.salesforce.org
    status = org.schema["Lead"].fields["Status"]
    kept = tuple(each for each in status.choices if each != "Recycled")
    org.add_field("Lead", replace(status, choices=(*kept, "Nurturing")))
    told = problems(new_desk)
    assert any("has no value 'Recycled'" in each for each in told)
    assert any("'Nurturing' has no stage" in each for each in told)


# -- allowances


def test_a_budget_that_the_organisation_does_not_have_is_told(new_desk: Desk) -> None:
    new_desk.town.salesforce.limits.daily = 15_000
    [told] = problems(new_desk)
    assert "the organisation has 15000: write 15000 into connector.yaml" in told


def test_calls_that_other_apps_take_are_told_before_they_are_gone(new_desk: Desk) -> None:
    new_desk.town.salesforce.others_call(95_000)
    [told] = problems(new_desk)
    assert "of 100000 calls are left" in told


# -- proofs


def tasks(desk: Desk) -> int:
    return len(desk.rows("Task"))


def test_without_prove_keys_nothing_is_written_and_that_is_said(new_desk: Desk) -> None:
    told = live(new_desk)
    assert not [call for call in new_desk.town.salesforce.calls if call.startswith("PATCH")]
    assert any("--prove-keys tries it" in note for note in told["notes"])
    assert told["proved"] == []


def test_prove_keys_shows_that_a_key_makes_one_task_and_leaves_nothing(new_desk: Desk) -> None:
    told = live(new_desk, "--prove-keys")
    assert told["problems"] == []
    assert [each.split(":")[0] for each in told["proved"]] == [
        "one task for one key",
        "a change is refused where the record was changed since it was read (If-Unmodified-Since)",
    ]
    assert tasks(new_desk) == 0


def test_prove_keys_tells_a_key_that_only_looks_unique(new_desk: Desk) -> None:
    """The description says unique, yet a second record with the value is taken."""
    type_ = new_desk.town.salesforce.org.schema["Task"]
    type_.unique = ()
    told = live(new_desk, "--prove-keys")
    assert any("a second task with the same key was made" in each for each in told["problems"])
    assert told["proved"] == []
    assert tasks(new_desk) == 0


def test_prove_keys_tells_an_organisation_that_ignores_the_precondition(new_desk: Desk) -> None:
    new_desk.town.salesforce.org.switches.preconditions = False
    told = live(new_desk, "--prove-keys")
    assert any("If-Unmodified-Since is not honoured" in each for each in told["problems"])
    assert tasks(new_desk) == 0


def test_a_proof_that_is_cut_off_says_what_is_left(new_desk: Desk) -> None:
    new_desk.town.world.faults.switch_on(
        Rule(Kind.TIMEOUT_AFTER, "PATCH .*composite/sobjects/Task.*")
    )
    told = new_desk.slasync("check", "--live", "--prove-keys", "--json")
    assert told.exit_code == 3
    assert tasks(new_desk) == 0


def test_nothing_is_tried_while_a_field_is_missing(new_desk: Desk) -> None:
    new_desk.town.salesforce.remove_field("Task", "Slasync_Key__c")
    told = live(new_desk, "--prove-keys")
    assert not told["ok"]
    assert "nothing was tried: mend the fields first" in told["notes"]


@pytest.fixture
def by_ledger(new_desk: Desk) -> Desk:
    """An organisation whose Activity has no room for the key, made ready."""
    crm = new_desk.town.salesforce
    crm.org.switches.activity_keys = False
    connector = "connectors/salesforce/connector.yaml"
    new_desk.change(connector, "task_key: activity_field", "task_key: ledger")
    new_desk.environ["SALESFORCE_ADMIN_TOKEN"] = crm.auth.open(crm.admin_id)
    new_desk.slasync("provision", "salesforce", "--apply")
    return new_desk


def test_prove_keys_proves_a_ledger_as_often_as_it_is_asked(by_ledger: Desk) -> None:
    for _ in range(2):
        told = live(by_ledger, "--prove-keys")
        assert told["problems"] == []
        assert len(told["proved"]) == 1
    assert tasks(by_ledger) == 0
    assert len(by_ledger.rows("Slasync_Ledger__c")) == 1


def test_rows_of_the_ledger_that_somebody_emptied_are_told(by_ledger: Desk) -> None:
    crm = by_ledger.town.salesforce
    for number in range(5):
        crm.create("Slasync_Ledger__c", {"Key__c": f"key{number}"}, crm.admin_id)
    [told] = problems(by_ledger)
    assert "name no task, somebody emptied them (key0, key1, key2 and 2 more)" in told


def test_whoever_may_delete_rows_of_the_ledger_is_told(by_ledger: Desk) -> None:
    org, unit = by_ledger.town.salesforce.org, acting(by_ledger)
    given = permission_set(org, unit, "Tidy", "Tidy people", {})
    grant_object(org, unit, given, "Slasync_Ledger__c", ("Read", "Delete"))
    [told] = problems(by_ledger)
    assert told.startswith("'Tidy people' lets people delete rows of Slasync_Ledger__c")


def test_prove_keys_without_live_is_a_wrong_call(new_desk: Desk) -> None:
    done = new_desk.slasync("check", "--prove-keys")
    assert done.exit_code == 2
    assert "--prove-keys goes with --live" in done.output


# -- hubspot


def of_hubspot(desk: Desk) -> list[str]:
    found = json.loads(desk.slasync("check", "--live", "--json").stdout)
    return [str(each) for each in found["live"]["hubspot"]["problems"]]


def test_a_property_of_a_type_that_does_not_fit_is_told(new_desk: Desk) -> None:
    new_desk.change("connectors/hubspot/connector.yaml", "due: slasync_due", "due: jobtitle")
    [told] = of_hubspot(new_desk)
    assert told.startswith("the property jobtitle of contacts: it is of type string, needed is")


def test_a_property_that_is_missing_is_told_with_the_command_that_makes_it(
    new_desk: Desk,
) -> None:
    new_desk.change("connectors/hubspot/connector.yaml", "due: slasync_due", "due: sla_due")
    [told] = of_hubspot(new_desk)
    assert told.startswith("contacts have no property sla_due: `slasync provision hubspot` makes")


def test_calls_of_the_day_that_others_took_are_told(new_desk: Desk) -> None:
    hubspot = new_desk.town.hubspot
    hubspot.others_call(int(hubspot.portal.options.limits.daily * 0.95))
    [told] = of_hubspot(new_desk)
    assert "calls of the day are left" in told
