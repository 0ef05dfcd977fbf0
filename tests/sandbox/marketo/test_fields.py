import pytest

from slasync.sandbox.marketo.identity import CUSTOM_SCHEMA
from tests.sandbox.marketo.office import Office, reason

SCHEMA, DESCRIBE = "/rest/v1/leads/schema/fields", "/rest/v1/leads/describe.json"
FIELD = {"name": "slaState", "displayName": "SLA State", "dataType": "string"}


def test_describe_shows_a_new_field_in_the_same_shape() -> None:
    office = Office()
    assert office.post(f"{SCHEMA}.json", {"input": [FIELD]}) == [
        {"name": "slaState", "status": "created"}
    ]
    fields = {row["rest"]["name"]: row for row in office.get(DESCRIBE)}
    shown = fields["slaState"]
    assert (shown["displayName"], shown["dataType"], shown["length"]) == (
        "SLA State",
        "string",
        255,
    )
    assert "soap" not in fields["createdAt"]
    assert fields["createdAt"]["rest"]["readOnly"] is True
    assert fields["urgency"]["rest"]["readOnly"] is False


def test_a_score_field_is_described_as_an_integer() -> None:
    office = Office()
    office.marketo.add_field("behaviorScore", "score")
    (shown,) = [r for r in office.get(DESCRIBE) if r["rest"]["name"] == "behaviorScore"]
    assert shown["dataType"] == "integer"
    assert office.get(f"{SCHEMA}/behaviorScore.json")[0]["dataType"] == "score"


def test_describe2_tells_what_can_be_searched_and_what_salesforce_owns() -> None:
    office = Office(native_sync=True)
    office.marketo.add_field("region")
    office.marketo.add_field("notes", "text")
    (told,) = office.get("/rest/v1/leads/describe2.json")
    assert {"email", "id", "sfdcLeadId", "region"} <= {e for (e,) in told["searchableFields"]}
    assert ["notes"] not in told["searchableFields"]
    managed = {row["name"] for row in told["fields"] if row["crmManaged"]}
    assert "sfdcLeadId" in managed
    assert "email" not in managed


def test_fields_of_salesforce_are_there_only_with_its_sync() -> None:
    assert Office().failure("GET", f"{SCHEMA}/sfdcLeadId.json")[0] == "1006"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": ""}, "1002"),
        ({"dataType": "colour"}, "1003"),
        ({"name": "2nd"}, "1003"),
        ({"name": "email"}, "1017"),
        ({"displayName": "Email Address"}, "1017"),
    ],
)
def test_a_field_that_cannot_be_made_is_skipped(changed: dict[str, str], code: str) -> None:
    other = FIELD | {"name": "other", "displayName": "Other"}
    rows = Office().post(f"{SCHEMA}.json", {"input": [FIELD | changed, other]})
    assert reason(rows[0])[0] == code
    assert rows[1]["status"] == "created"


def test_there_are_a_hundred_custom_fields_at_most() -> None:
    office = Office()
    for number in range(100):
        office.marketo.add_field(f"field{number}")
    (row,) = office.post(f"{SCHEMA}.json", {"input": [FIELD]})
    assert reason(row)[0] == "1028"


def test_a_custom_field_can_be_renamed_and_hidden_and_a_standard_one_not() -> None:
    office = Office()
    office.marketo.add_field("region", "string", "Region")
    change = {"input": [{"displayName": "Sales Region", "isHidden": True}]}
    assert office.post(f"{SCHEMA}/region.json", change) == [{"name": "region", "status": "updated"}]
    assert office.get(f"{SCHEMA}/region.json")[0]["displayName"] == "Sales Region"
    assert "region" not in {row["rest"]["name"] for row in office.get(DESCRIBE)}
    assert office.failure("POST", f"{SCHEMA}/email.json", change)[0] == "1003"
    kind = {"input": [{"dataType": "integer"}]}
    assert office.failure("POST", f"{SCHEMA}/region.json", kind)[0] == "1003"


def test_who_may_read_custom_fields_only_sees_no_others() -> None:
    office = Office()
    office.marketo.add_field("region")
    one = office.marketo.add_service("schema@example.com", frozenset({CUSTOM_SCHEMA}))
    keys = {"client_id": one.client_id, "client_secret": one.client_secret}
    office.token = office.new_token(**keys)["access_token"]
    page = office.body("GET", f"{SCHEMA}.json")
    assert [row["name"] for row in page["result"]] == ["region"]
    assert page["moreResult"] is False


def test_the_fields_come_in_pages() -> None:
    office = Office()
    first = office.body("GET", f"{SCHEMA}.json", batchSize=80)
    token = first["nextPageToken"]
    rest = office.body("GET", f"{SCHEMA}.json", batchSize=80, nextPageToken=token)
    assert (first["moreResult"], rest["moreResult"]) == (True, False)
    names = [row["name"] for row in first["result"] + rest["result"]]
    assert len(set(names)) == len(names) == len(office.get(DESCRIBE))
