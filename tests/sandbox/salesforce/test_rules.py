"""What the org does with a record beyond storing it: owners, assignment, history, activities."""

# ruff: noqa: S608 - a test's own SOQL for a simulated org

from typing import Any

import pytest

from slasync.sandbox.salesforce import Trouble
from tests.sandbox.salesforce.desk import Desk, error, names

KEEP = {"Sforce-Auto-Assign": "FALSE"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def row(desk: Desk, object_name: str, record: str) -> dict[str, Any]:
    found = desk.sf.get(object_name, record)
    assert found is not None
    return found


# -- owners -------------------------------------------------------------------------------------


def test_the_assignment_rule_overwrites_the_owner_unless_the_header_says_no(desk: Desk) -> None:
    lead = desk.lead()
    other = desk.sf.add_user("Otto Other", "otto@acme.example")
    desk.call("PATCH", f"sobjects/Lead/{lead}", {"OwnerId": other}, KEEP)
    assert row(desk, "Lead", lead)["OwnerId"] == other
    desk.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"})
    assert row(desk, "Lead", lead)["OwnerId"] == desk.sf.inbox_queue_id


def test_the_assignment_rule_may_look_at_the_lead_or_be_off(desk: Desk) -> None:
    other = desk.sf.add_user("Otto Other", "otto@acme.example")
    desk.sf.assign_leads_to(lambda lead: other if lead.get("City") == "Ulm" else None)
    new = {"LastName": "x", "Company": "y", "OwnerId": desk.rep}
    made = [desk.call("POST", "sobjects/Lead", new | c).json()["id"] for c in ({}, {"City": "Ulm"})]
    assert [row(desk, "Lead", i)["OwnerId"] for i in made] == [desk.rep, other]
    desk.sf.assign_leads_to(None)
    desk.call("PATCH", f"sobjects/Lead/{made[1]}", {"OwnerId": desk.rep})
    assert row(desk, "Lead", made[1])["OwnerId"] == desk.rep


def test_people_who_edit_by_hand_run_no_assignment_rule(desk: Desk) -> None:
    lead = desk.lead()
    desk.sf.update("Lead", lead, {"Title": "x"}, desk.rep)
    assert row(desk, "Lead", lead)["OwnerId"] == desk.rep


def test_an_inactive_user_cannot_become_owner(desk: Desk) -> None:
    lead = desk.lead()
    gone = desk.sf.add_user("Gone", "gone@acme.example", active=False)
    answer = desk.call("PATCH", f"sobjects/Lead/{lead}", {"OwnerId": gone}, KEEP)
    assert error(answer) == (400, "INACTIVE_OWNER_OR_USER")
    assert answer.json()[0]["message"] == (
        f"operation performed with inactive user [{gone}] as owner of lead"
    )


def test_records_of_an_inactive_owner_can_be_barred_from_changes(desk: Desk) -> None:
    lead = desk.lead()
    desk.sf.update("User", desk.rep, {"IsActive": False}, desk.sf.admin_id)
    assert desk.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}, KEEP).status == 204
    desk.sf.org.switches.may_update_inactive_owners = False
    answer = desk.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "y"}, KEEP)
    assert error(answer) == (400, "INACTIVE_OWNER_OR_USER")


def test_an_owner_cannot_be_blank_or_of_another_kind(desk: Desk) -> None:
    lead = desk.lead()
    for owner in (None, lead):
        answer = desk.call("PATCH", f"sobjects/Lead/{lead}", {"OwnerId": owner}, KEEP)
        assert error(answer) == (400, "INVALID_CROSS_REFERENCE_KEY")


def test_a_queue_owns_only_what_it_was_made_for(desk: Desk) -> None:
    lead, task = desk.lead(), desk.task(desk.lead())
    leads = desk.sf.add_queue("Leads", ["Lead"])
    assert desk.call("PATCH", f"sobjects/Lead/{lead}", {"OwnerId": leads}, KEEP).status == 204
    refused = desk.call("PATCH", f"sobjects/Task/{task}", {"OwnerId": leads})
    assert error(refused) == (400, "INVALID_OPERATION")
    both = desk.sf.add_queue("Both", ["Lead", "Task"])
    assert desk.call("PATCH", f"sobjects/Task/{task}", {"OwnerId": both}).status == 204


def test_queues_and_their_members_can_be_queried(desk: Desk) -> None:
    queue = desk.sf.add_queue("Night shift", ["Lead", "Task"])
    desk.sf.add_member(queue, desk.rep)
    members = desk.query(f"SELECT UserOrGroupId FROM GroupMember WHERE GroupId = '{queue}'")
    assert names(members, "UserOrGroupId") == [desk.rep]
    objects = desk.query(f"SELECT SobjectType FROM QueueSobject WHERE QueueId = '{queue}'")
    assert names(objects, "SobjectType") == ["Lead", "Task"]
    groups = desk.query("SELECT Name, DeveloperName FROM Group WHERE Type = 'Queue'")
    assert names(groups, "DeveloperName") == ["Unassigned_leads", "Night_shift"]


def test_a_lead_is_unread_until_its_owner_has_worked_on_it(desk: Desk) -> None:
    body = {"LastName": "x", "Company": "y", "OwnerId": desk.rep}
    lead = desk.call("POST", "sobjects/Lead", body, KEEP).json()["id"]
    assert row(desk, "Lead", lead)["IsUnreadByOwner"] is True
    desk.sf.update("Lead", lead, {"Title": "x"}, desk.rep)
    assert row(desk, "Lead", lead)["IsUnreadByOwner"] is False
    other = desk.sf.add_user("Otto Other", "otto@acme.example")
    desk.sf.update("Lead", lead, {"OwnerId": other}, desk.rep)
    assert row(desk, "Lead", lead)["IsUnreadByOwner"] is True


# -- history ------------------------------------------------------------------------------------


def test_history_has_one_row_for_a_status_and_two_for_an_owner(desk: Desk) -> None:
    lead = desk.lead()
    other = desk.sf.add_user("Otto Other", "otto@acme.example")
    desk.clock.pass_(minutes=1)
    fields = {"Status": "Working - Contacted", "OwnerId": other, "Title": "x"}
    desk.sf.update("Lead", lead, fields, desk.rep)
    soql = "SELECT Field, OldValue, NewValue, CreatedById, CreatedDate FROM LeadHistory"
    records = desk.query(f"{soql} WHERE LeadId = '{lead}' ORDER BY Id")["records"]
    assert [(r["Field"], r["OldValue"], r["NewValue"]) for r in records] == [
        ("created", None, None),
        ("Status", "Open - Not Contacted", "Working - Contacted"),
        ("Owner", desk.rep, other),
        ("Owner", "Rita Rep", "Otto Other"),
    ]
    assert {r["CreatedById"] for r in records} == {desk.rep}
    assert records[1]["CreatedDate"] == "2026-11-02T09:01:00.000+0000"


def test_history_is_written_only_for_tracked_fields(desk: Desk) -> None:
    desk.sf.org.switches.tracked = ("OwnerId",)
    desk.sf.update("Lead", desk.lead(), {"Status": "Working - Contacted"}, desk.rep)
    assert names(desk.query("SELECT Field FROM LeadHistory"), "Field") == ["created"]


# -- activities ---------------------------------------------------------------------------------


def test_a_task_is_closed_by_its_status_and_open_again(desk: Desk) -> None:
    task = desk.task(desk.lead())
    assert row(desk, "Task", task)["IsClosed"] is False
    desk.clock.pass_(hours=1)
    desk.sf.complete_task(task, desk.rep)
    closed = row(desk, "Task", task)
    assert closed["IsClosed"] is True
    assert closed["CompletedDateTime"] == "2026-11-02T10:00:00.000+0000"
    desk.clock.pass_(hours=1)
    desk.sf.update("Task", task, {"Subject": "x"}, desk.rep)
    assert row(desk, "Task", task)["CompletedDateTime"] == "2026-11-02T10:00:00.000+0000"
    desk.sf.update("Task", task, {"Status": "In Progress"}, desk.rep)
    assert "CompletedDateTime" not in row(desk, "Task", task)


def test_a_task_created_as_closed_is_completed_at_once(desk: Desk) -> None:
    call = row(desk, "Task", desk.sf.log_call(desk.lead(), desk.rep))
    assert (call["TaskSubtype"], call["IsClosed"]) == ("Call", True)
    assert call["CompletedDateTime"] == call["CreatedDate"] == "2026-11-02T09:00:00.000+0000"


def test_the_completion_of_a_task_cannot_be_written(desk: Desk) -> None:
    fields = {"CompletedDateTime": "2026-11-02T09:00:00Z"}
    answer = desk.call("PATCH", f"sobjects/Task/{desk.task(desk.lead())}", fields)
    assert error(answer) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_the_subtype_of_a_task_is_set_on_create_only(desk: Desk) -> None:
    task = desk.task(desk.lead(), TaskSubtype="Email")
    answer = desk.call("PATCH", f"sobjects/Task/{task}", {"TaskSubtype": "Call"})
    assert error(answer) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_who_a_task_is_about_must_be_a_living_person(desk: Desk) -> None:
    account = desk.sf.create("Account", {"Name": "A"}, desk.rep)
    deleted, converted = desk.lead(), desk.lead()
    desk.sf.delete("Lead", deleted, desk.rep)
    desk.sf.convert_lead(converted, desk.rep)
    for who, code in (
        (account, "FIELD_INTEGRITY_EXCEPTION"),
        (deleted, "ENTITY_IS_DELETED"),
        (converted, "CANNOT_UPDATE_CONVERTED_LEAD"),
        ("00Qg5000000zzzz", "INVALID_CROSS_REFERENCE_KEY"),
    ):
        answer = desk.call("POST", "sobjects/Task", {"WhoId": who, "Subject": "x"})
        assert error(answer) == (400, code)


def test_a_task_about_a_lead_is_about_nothing_else(desk: Desk) -> None:
    account = desk.sf.create("Account", {"Name": "A"}, desk.rep)
    fields = {"WhoId": desk.lead(), "WhatId": account, "Subject": "x"}
    assert error(desk.call("POST", "sobjects/Task", fields)) == (400, "FIELD_INTEGRITY_EXCEPTION")


def test_a_task_knows_the_account_of_its_contact(desk: Desk) -> None:
    account = desk.sf.create("Account", {"Name": "A"}, desk.rep)
    contact = desk.sf.create("Contact", {"LastName": "C", "AccountId": account}, desk.rep)
    assert row(desk, "Task", desk.task(contact))["AccountId"] == account


def test_the_last_activity_is_the_due_day_of_what_was_closed_last(desk: Desk) -> None:
    lead = desk.lead()
    task = desk.task(lead, ActivityDate="2026-11-05")
    assert "LastActivityDate" not in row(desk, "Lead", lead)
    desk.clock.pass_(hours=1)
    desk.sf.complete_task(task, desk.rep)
    assert row(desk, "Lead", lead)["LastActivityDate"] == "2026-11-05"
    assert row(desk, "Lead", lead)["SystemModstamp"] == "2026-11-02T09:00:00.000+0000"


def test_a_meeting_has_its_end_and_its_day(desk: Desk) -> None:
    meeting = row(desk, "Event", desk.sf.log_meeting(desk.lead(), desk.rep, minutes=45))
    assert meeting["EndDateTime"] == "2026-11-02T09:45:00.000+0000"
    assert meeting["ActivityDate"] == "2026-11-02"
    with pytest.raises(Trouble, match="REQUIRED_FIELD_MISSING"):
        desk.sf.create("Event", {"Subject": "x"}, desk.rep)


def test_deleting_a_lead_takes_its_activities_along_and_undelete_brings_them_back(
    desk: Desk,
) -> None:
    lead = desk.lead()
    task = desk.task(lead)
    desk.sf.delete("Lead", lead, desk.rep)
    assert desk.query("SELECT COUNT() FROM Task")["totalSize"] == 0
    desk.sf.undelete("Lead", lead, desk.rep)
    assert names(desk.query("SELECT Id FROM Task"), "Id") == [task]
    operations = [e.operation for e in desk.world.journal.writes("salesforce", "Lead")]
    assert operations == ["create", "delete", "undelete"]


# -- the admin's own rules ----------------------------------------------------------------------


def test_a_validation_rule_refuses_in_the_admins_own_words(desk: Desk) -> None:
    desk.sf.add_validation(
        "Lead", lambda _, after: "Ask the boss" if after.get("Title") == "CEO" else None
    )
    lead = desk.lead()
    answer = desk.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "CEO"}, KEEP)
    assert error(answer) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert answer.json()[0]["message"] == "Ask the boss"
    assert "Title" not in row(desk, "Lead", lead)


def test_a_duplicate_rule_that_blocks_and_one_that_only_warns(desk: Desk) -> None:
    known = desk.lead(Email="doe@x.example")
    body = {"LastName": "x", "Company": "y", "Email": "DOE@x.example"}
    allow = KEEP | {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    desk.sf.org.switches.duplicate_rule = "block"
    for headers in (KEEP, allow):
        answer = desk.call("POST", "sobjects/Lead", body, headers)
        assert error(answer) == (400, "DUPLICATES_DETECTED")
    result = answer.json()[0]["duplicateResult"]
    assert result["matchResults"][0]["matchRecords"][0]["record"]["Id"] == known
    desk.sf.org.switches.duplicate_rule = "alert"
    assert error(desk.call("POST", "sobjects/Lead", body, KEEP)) == (400, "DUPLICATES_DETECTED")
    assert desk.call("POST", "sobjects/Lead", body, allow).status == 201


# -- what people do -----------------------------------------------------------------------------


def test_a_converted_lead_stays_and_its_activities_move(desk: Desk) -> None:
    lead = desk.lead(FirstName="Jo", Email="jo@x.example")
    task = desk.task(lead)
    desk.clock.pass_(minutes=1)
    made = desk.sf.convert_lead(lead, desk.rep, with_opportunity=True)
    after = row(desk, "Lead", lead)
    assert (after["IsConverted"], after["Status"]) == (True, "Closed - Converted")
    assert after["ConvertedDate"] == "2026-11-02"
    assert after["ConvertedContactId"] == made["contact"]
    assert after["ConvertedAccountId"] == made["account"]
    assert after["ConvertedOpportunityId"] == made["opportunity"]
    contact = row(desk, "Contact", str(made["contact"]))
    assert (contact["Name"], contact["Email"]) == ("Jo Doe", "jo@x.example")
    assert row(desk, "Task", task)["WhoId"] == made["contact"]
    assert row(desk, "Task", task)["SystemModstamp"] == "2026-11-02T09:01:00.000+0000"
    answer = desk.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"}, KEEP)
    assert error(answer) == (400, "CANNOT_UPDATE_CONVERTED_LEAD")
    (entry,) = desk.world.journal.writes("salesforce", "Lead", "convert")
    assert (entry.id, entry.by) == (lead, desk.rep)


def test_losers_of_a_merge_are_deleted_and_name_the_winner(desk: Desk) -> None:
    winner, loser = desk.lead("Winner"), desk.lead("Loser")
    task = desk.task(loser)
    desk.clock.pass_(minutes=1)
    desk.sf.merge_leads(winner, [loser], desk.rep)
    assert row(desk, "Task", task)["WhoId"] == winner
    assert names(desk.query("SELECT Name FROM Lead")) == ["Winner"]
    soql = "SELECT Name, MasterRecordId FROM Lead WHERE IsDeleted = true"
    (merged,) = desk.query(soql, "queryAll")["records"]
    assert (merged["Name"], merged["MasterRecordId"]) == ("Loser", winner)
    assert row(desk, "Lead", winner)["SystemModstamp"] == "2026-11-02T09:01:00.000+0000"


def test_a_merge_that_fails_leaves_everything_as_it_was(desk: Desk) -> None:
    winner, loser, gone = desk.lead("W"), desk.lead("L"), desk.lead("G")
    desk.sf.delete("Lead", gone, desk.rep)
    before = len(desk.world.journal)
    with pytest.raises(Trouble, match="ENTITY_IS_DELETED"):
        desk.sf.merge_leads(winner, [loser, gone], desk.rep)
    assert names(desk.query("SELECT Name FROM Lead")) == ["W", "L"]
    assert len(desk.world.journal) == before


def test_every_write_is_in_the_journal_with_what_it_changed(desk: Desk) -> None:
    lead = desk.lead()
    desk.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x", "Company": "Initech"}, KEEP)
    created, updated = desk.world.journal.writes("salesforce", "Lead")
    assert (created.operation, created.by, created.after["LastName"]) == ("create", desk.rep, "Doe")
    assert (updated.operation, updated.by) == ("update", desk.sf.integration_user_id)
    assert (updated.before, updated.after) == ({"Title": None}, {"Title": "x"})


def test_managers_zones_roles_and_hours_can_be_queried(desk: Desk) -> None:
    boss = desk.sf.add_user("Bo Boss", "bo@acme.example")
    desk.sf.add_user("Max Miller", "max@acme.example", manager=boss, zone="America/New_York")
    record = desk.query(
        "SELECT Manager.Name, TimeZoneSidKey FROM User WHERE Username = 'max@acme.example'"
    )["records"][0]
    assert (record["Manager"]["Name"], record["TimeZoneSidKey"]) == ("Bo Boss", "America/New_York")
    top = desk.sf.add_role("Sales")
    desk.sf.add_role("EMEA", top)
    roles = desk.query("SELECT Name, ParentRole.Name FROM UserRole WHERE ParentRoleId != null")
    assert roles["records"][0]["ParentRole"]["Name"] == "Sales"
    hours = desk.query("SELECT MondayStartTime, SundayStartTime FROM BusinessHours")["records"][0]
    assert (hours["MondayStartTime"], hours["SundayStartTime"]) == ("09:00:00.000Z", None)
    closed = desk.query("SELECT ApiName FROM TaskStatus WHERE IsClosed = true")
    assert names(closed, "ApiName") == ["Completed"]
    converted = desk.query("SELECT ApiName FROM LeadStatus WHERE IsConverted = true")
    assert names(converted, "ApiName") == ["Closed - Converted"]
    assert names(desk.query("SELECT Id FROM Organization"), "Id") == [desk.sf.org_id]


def test_usernames_are_unique(desk: Desk) -> None:
    with pytest.raises(Trouble, match="DUPLICATE_USERNAME"):
        desk.sf.add_user("Rita Second", "rita@acme.example")
