"""Single records over HTTP: create, read, change, delete, upsert, preconditions, describe."""

from email.utils import format_datetime
from urllib.parse import quote

import pytest

from slasync.sandbox.salesforce import Field
from tests.sandbox.salesforce.desk import Desk, error

KEEP = {"Sforce-Auto-Assign": "FALSE"}
KEY = "sobjects/Task/Slasync_Key__c"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_created_record_is_answered_by_its_id_and_place(desk: Desk) -> None:
    answer = desk.call("POST", "sobjects/Lead", {"LastName": "Doe", "Company": "Initech"}, KEEP)
    made = answer.json()["id"]
    assert (answer.status, answer.json()) == (201, {"id": made, "success": True, "errors": []})
    assert answer.header("Location") == f"/services/data/v62.0/sobjects/Lead/{made}"
    assert len(made) == 18
    assert made.startswith("00Q")


def test_a_read_record_has_every_field_nulls_included(desk: Desk) -> None:
    lead = desk.lead(City="Ulm")
    answer = desk.call("GET", f"sobjects/Lead/{lead}")
    record = answer.json()
    assert list(record)[:2] == ["attributes", "Id"]
    assert (record["Name"], record["Title"], record["IsConverted"]) == ("Doe", None, False)
    assert record["Address"]["city"] == "Ulm"
    assert record["SystemModstamp"] == "2026-11-02T09:00:00.000+0000"
    assert answer.header("Last-Modified") == "Mon, 02 Nov 2026 09:00:00 GMT"
    assert answer.header("Content-Type") == "application/json;charset=UTF-8"
    assert answer.header("Date") == "Mon, 02 Nov 2026 09:00:00 GMT"


def test_only_the_fields_asked_for_are_read(desk: Desk) -> None:
    lead = desk.lead()
    record = desk.call("GET", f"sobjects/Lead/{lead[:15]}?fields=id,OwnerId").json()
    assert list(record) == ["attributes", "Id", "OwnerId"]
    refused = desk.call("GET", f"sobjects/Lead/{lead}?fields=Nope")
    assert error(refused) == (400, "INVALID_FIELD")


def test_a_change_is_answered_by_nothing_and_moves_the_stamps(desk: Desk) -> None:
    lead = desk.lead()
    desk.clock.pass_(seconds=90)
    answer = desk.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "CEO", "Email": None}, KEEP)
    assert (answer.status, answer.body) == (204, b"")
    row = desk.sf.get("Lead", lead)
    assert row is not None
    assert (row["Title"], row["LastModifiedById"]) == ("CEO", desk.sf.integration_user_id)
    assert row["SystemModstamp"] == row["LastModifiedDate"] == "2026-11-02T09:01:30.000+0000"
    assert row["CreatedDate"] == "2026-11-02T09:00:00.000+0000"


def test_a_deleted_record_is_gone_for_readers_and_writers(desk: Desk) -> None:
    lead = desk.lead()
    assert desk.call("DELETE", f"sobjects/Lead/{lead}").status == 204
    read = desk.call("GET", f"sobjects/Lead/{lead}")
    assert read.status == 404
    assert read.json() == [
        {"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}
    ]
    again = desk.call("DELETE", f"sobjects/Lead/{lead}")
    assert error(again) == (404, "ENTITY_IS_DELETED")
    assert error(desk.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "x"})) == (
        404,
        "ENTITY_IS_DELETED",
    )


@pytest.mark.parametrize(
    ("object_name", "fields", "code", "about"),
    [
        ("Lead", {"LastName": "x"}, "REQUIRED_FIELD_MISSING", ["Company"]),
        ("Lead", {}, "REQUIRED_FIELD_MISSING", ["LastName", "Company"]),
        ("Lead", {"LastName": "x", "Company": "y" * 256}, "STRING_TOO_LONG", ["Company"]),
        ("Lead", {"LastName": "x", "Company": "y", "Email": "bad"}, "INVALID_EMAIL_ADDRESS", ["Email"]),  # noqa: E501 - a table
        ("Lead", {"LastName": "x", "Company": "y", "IsConverted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsConverted"]),  # noqa: E501 - a table
        ("Lead", {"LastName": "x", "Company": "y", "Nope__c": 1}, "INVALID_FIELD", None),
        ("Lead", {"LastName": "x", "Company": 5}, "JSON_PARSER_ERROR", None),
        ("Lead", {"LastName": "x", "Company": "y", "OwnerId": "005"}, "MALFORMED_ID", ["OwnerId"]),
        ("Lead", {"LastName": "x", "Company": "y", "OwnerId": "005g5000000zzzz"}, "INVALID_CROSS_REFERENCE_KEY", ["OwnerId"]),  # noqa: E501 - a table
        ("Lead", {"LastName": "x", "Company": "y", "OwnerId": None}, None, None),
        ("Task", {"TaskSubtype": "Dance"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["TaskSubtype"]),  # noqa: E501 - a table
        ("Task", {"ActivityDate": "soon"}, "JSON_PARSER_ERROR", None),
        ("Task", {"ReminderDateTime": "2026-11-02"}, "JSON_PARSER_ERROR", None),
        ("LeadStatus", {"MasterLabel": "x"}, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", None),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_saved_says_why(
    desk: Desk,
    object_name: str,
    fields: dict[str, object],
    code: str | None,
    about: list[str] | None,
) -> None:
    answer = desk.call("POST", f"sobjects/{object_name}", fields, KEEP)
    if code is None:
        assert answer.status == 201
        return
    (found,) = answer.json()
    assert (answer.status, found["errorCode"], found.get("fields")) == (400, code, about)
    assert len(desk.world.journal.writes("salesforce", object_name)) == 0


def test_numbers_and_booleans_may_come_as_text(desk: Desk) -> None:
    fields = {"LastName": "x", "Company": "y", "NumberOfEmployees": "7", "DoNotCall": "true"}
    made = desk.call("POST", "sobjects/Lead", fields, KEEP).json()["id"]
    row = desk.sf.get("Lead", made)
    assert row is not None
    assert (row["NumberOfEmployees"], row["DoNotCall"]) == (7, True)


def test_a_body_that_is_not_json_is_refused(desk: Desk) -> None:
    answer = desk.call("POST", "sobjects/Lead", None, {"Content-Type": "application/json"})
    assert error(answer) == (400, "JSON_PARSER_ERROR")
    xml = desk.call("POST", "sobjects/Lead", {}, {"Content-Type": "text/xml"})
    assert error(xml) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_unknown_objects_resources_and_methods(desk: Desk) -> None:
    assert error(desk.call("GET", "sobjects/Nothing/describe")) == (404, "NOT_FOUND")
    assert error(desk.call("GET", "nothing")) == (404, "NOT_FOUND")
    assert error(desk.call("PUT", "sobjects/Lead", {})) == (405, "METHOD_NOT_ALLOWED")


# -- upsert -------------------------------------------------------------------------------------


def test_an_upsert_creates_then_updates_one_record(desk: Desk) -> None:
    lead = desk.lead()
    fields = {"Subject": "Call", "WhoId": lead}
    first = desk.call("PATCH", f"{KEY}/a-1", fields)
    assert (first.status, first.json()["created"]) == (201, True)
    second = desk.call("PATCH", f"{KEY}/a-1", {"Subject": "Call now"})
    made = first.json()["id"]
    assert second.status == 200
    assert second.json() == {"id": made, "success": True, "errors": [], "created": False}
    assert second.header("Location") == f"/services/data/v62.0/sobjects/Task/{made}"
    row = desk.sf.get("Task", made)
    assert row is not None
    assert (row["Subject"], row["Slasync_Key__c"]) == ("Call now", "a-1")


def test_older_versions_answer_an_upsert_that_updates_by_204(desk: Desk) -> None:
    desk.version = "v45.0"
    desk.call("PATCH", f"{KEY}/a", {"Subject": "x"})
    assert desk.call("PATCH", f"{KEY}/a", {"Subject": "y"}).status == 204


def test_a_key_with_a_slash_works_when_encoded(desk: Desk) -> None:
    made = desk.call("PATCH", f"{KEY}/{quote('a/b', safe='')}", {"Subject": "x"}).json()["id"]
    row = desk.sf.get("Task", made)
    assert row is not None
    assert row["Slasync_Key__c"] == "a/b"


def test_the_key_must_not_stand_in_the_body_too(desk: Desk) -> None:
    answer = desk.call("PATCH", f"{KEY}/a", {"Slasync_Key__c": "a", "Subject": "x"})
    assert error(answer) == (400, "INVALID_FIELD")


def test_update_only_does_not_create(desk: Desk) -> None:
    answer = desk.call("PATCH", f"{KEY}/a?updateOnly=true", {"Subject": "x"})
    assert error(answer) == (404, "NOT_FOUND")


def test_a_field_that_is_no_key_is_not_found(desk: Desk) -> None:
    answer = desk.call("PATCH", "sobjects/Task/Subject/x", {"Priority": "High"})
    assert error(answer) == (404, "NOT_FOUND")


def test_a_key_that_matches_several_records_is_answered_by_300(desk: Desk) -> None:
    leads = [desk.lead(Email="same@x.example") for _ in range(2)]
    answer = desk.call("PATCH", "sobjects/Lead/Email/same@x.example", {"Title": "x"})
    assert answer.status == 300
    assert answer.json() == [f"/services/data/v62.0/sobjects/Lead/{i}" for i in leads]
    assert desk.call("GET", "sobjects/Lead/Email/same@x.example").status == 300


def test_id_is_a_key_too(desk: Desk) -> None:
    lead = desk.lead()
    answer = desk.call("PATCH", f"sobjects/Lead/Id/{lead}?updateOnly=true", {"Title": "x"}, KEEP)
    assert (answer.status, answer.json()["created"]) == (200, False)


def test_a_parent_may_be_named_by_its_external_id(desk: Desk) -> None:
    desk.sf.add_field("Account", Field("Ext__c", length=20, external_id=True, unique=True))
    account = desk.sf.create("Account", {"Name": "A", "Ext__c": "A-1"}, desk.rep)
    fields = {"LastName": "C", "Account": {"Ext__c": "A-1"}}
    made = desk.call("POST", "sobjects/Contact", fields).json()["id"]
    row = desk.sf.get("Contact", made)
    assert row is not None
    assert row["AccountId"] == account
    wrong = {"LastName": "C", "Account": {"Ext__c": "A-2"}}
    assert error(desk.call("POST", "sobjects/Contact", wrong)) == (400, "INVALID_FIELD")


def test_unique_values_are_held_unique_among_the_living(desk: Desk) -> None:
    lead = desk.lead()
    first = desk.task(lead, Slasync_Key__c="k")
    fields = {"Subject": "x", "Slasync_Key__c": "K"}
    answer = desk.call("POST", "sobjects/Task", fields)
    (found,) = answer.json()
    assert found["errorCode"] == "DUPLICATE_VALUE"
    assert found["message"] == (
        f"duplicate value found: Slasync_Key__c duplicates value on record with id: {first}"
    )
    desk.sf.delete("Task", first, desk.rep)
    assert desk.call("POST", "sobjects/Task", fields).status == 201


# -- preconditions ------------------------------------------------------------------------------


def test_if_unmodified_since_guards_a_change_to_the_second(desk: Desk) -> None:
    lead = desk.lead()
    read_at = format_datetime(desk.clock.at, usegmt=True)
    desk.clock.pass_(seconds=1)
    guarded = KEEP | {"If-Unmodified-Since": read_at}
    assert desk.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "a"}, guarded).status == 204
    again = desk.call("PATCH", f"sobjects/Lead/{lead}", {"Title": "b"}, guarded)
    assert (again.status, again.body) == (412, b"")
    row = desk.sf.get("Lead", lead)
    assert row is not None
    assert row["Title"] == "a"
    assert desk.call("DELETE", f"sobjects/Lead/{lead}", None, guarded).status == 412


def test_if_modified_since_saves_reading_what_is_known(desk: Desk) -> None:
    lead = desk.lead()
    known = {"If-Modified-Since": "Mon, 02 Nov 2026 09:00:00 GMT"}
    answer = desk.call("GET", f"sobjects/Lead/{lead}", None, known)
    assert (answer.status, answer.body) == (304, b"")
    desk.clock.pass_(seconds=1)
    desk.sf.update("Lead", lead, {"Title": "x"}, desk.rep)
    assert desk.call("GET", f"sobjects/Lead/{lead}", None, known).status == 200


# -- describe -----------------------------------------------------------------------------------


def test_describe_tells_what_can_be_written_and_how_fields_are_related(desk: Desk) -> None:
    body = desk.call("GET", "sobjects/Lead/describe").json()
    fields = {f["name"]: f for f in body["fields"]}
    status = fields["Status"]
    assert (body["keyPrefix"], body["mergeable"], status["defaultValue"]) == (
        "00Q",
        True,
        "Open - Not Contacted",
    )
    assert status["picklistValues"][0] == {
        "active": True,
        "defaultValue": True,
        "label": "Open - Not Contacted",
        "validFor": None,
        "value": "Open - Not Contacted",
    }
    assert fields["OwnerId"]["referenceTo"] == ["Group", "User"]
    assert fields["OwnerId"]["relationshipName"] == "Owner"
    assert fields["Slasync_Lead_Key__c"]["externalId"]
    assert fields["Slasync_Lead_Key__c"]["unique"]
    assert not fields["IsConverted"]["updateable"]


def test_describe_is_read_again_only_when_the_schema_has_changed(desk: Desk) -> None:
    known = {"If-Modified-Since": "Mon, 02 Nov 2026 09:00:00 GMT"}
    assert desk.call("GET", "sobjects/Lead/describe", None, known).status == 304
    assert desk.call("GET", "sobjects", None, known).status == 304
    desk.clock.pass_(minutes=1)
    desk.sf.add_field("Lead", Field("Region__c", length=10))
    answer = desk.call("GET", "sobjects/Lead/describe", None, known)
    assert answer.status == 200
    assert "Region__c" in [f["name"] for f in answer.json()["fields"]]


def test_the_global_describe_lists_every_object(desk: Desk) -> None:
    listed = {o["name"] for o in desk.call("GET", "sobjects").json()["sobjects"]}
    assert listed >= {
        "Lead", "Contact", "Account", "Opportunity", "Task", "Event", "User", "Group",
        "GroupMember", "QueueSobject", "UserRole", "LeadHistory", "LeadStatus", "TaskStatus",
        "Organization", "Campaign", "BusinessHours",
    }  # fmt: skip


def test_limits_are_told_on_every_answer_and_held(desk: Desk) -> None:
    desk.sf.limits.daily = 3
    answer = desk.call("GET", "limits")
    assert answer.header("Sforce-Limit-Info") == "api-usage=1/3"
    assert answer.json()["DailyApiRequests"] == {"Max": 3, "Remaining": 2}
    desk.call("GET", "limits")
    desk.call("GET", "limits")
    over = desk.call("GET", "limits")
    assert over.status == 403
    assert over.json() == [
        {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
    ]
    assert desk.sf.calls.total() == 3
    desk.clock.pass_(hours=25)
    assert desk.call("GET", "limits").status == 200
