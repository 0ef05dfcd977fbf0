"""Collections, composite, batch and graph: many records or requests in one call."""

from typing import Any

import pytest

from tests.sandbox.salesforce.desk import Desk, error, names

KEEP = {"Sforce-Auto-Assign": "FALSE"}
V = "/services/data/v62.0"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def lead(**fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Lead"}, "LastName": "Doe", "Company": "Initech"} | fields


def task(**fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Task"}, "Subject": "Call"} | fields


def many(records: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"records": records} | more


# -- collections --------------------------------------------------------------------------------


def test_each_record_has_a_result_in_the_order_of_the_request(desk: Desk) -> None:
    body = many([lead(), lead(Company=None), lead(Email="bad")])
    answer = desk.call("POST", "composite/sobjects", body, KEEP)
    good, missing, bad = answer.json()
    assert answer.status == 200
    assert good == {"id": good["id"], "success": True, "errors": []}
    assert missing == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Company]",
                "fields": ["Company"],
            }
        ],
    }
    assert bad["errors"][0]["message"] == "Email: invalid email address: bad"
    assert len(list(desk.sf.rows("Lead"))) == 1


def test_a_collection_is_one_call(desk: Desk) -> None:
    desk.call("POST", "composite/sobjects", many([lead() for _ in range(200)]), KEEP)
    assert desk.sf.calls == {"POST composite/sobjects": 1}


def test_all_or_none_takes_the_good_ones_back(desk: Desk) -> None:
    body = many([lead(), lead(Company=None), lead()], allOrNone=True)
    results = desk.call("POST", "composite/sobjects", body, KEEP).json()
    codes = [r["errors"][0]["statusCode"] for r in results]
    undone = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert codes == [undone, "REQUIRED_FIELD_MISSING", undone]
    assert list(desk.sf.rows("Lead")) == []
    assert desk.world.journal.writes("salesforce", "Lead") == []
    assert desk.query("SELECT COUNT() FROM LeadHistory")["totalSize"] == 0


def test_updates_are_matched_by_position_for_a_failure_has_no_id(desk: Desk) -> None:
    first, converted = desk.lead(), desk.lead()
    desk.sf.convert_lead(converted, desk.rep)
    records = [
        {"attributes": {"type": "Lead"}, "id": i, "Title": "x"}
        for i in (first, converted, "00Qg5000000zzzz", "00Q?")
    ]
    results = desk.call("PATCH", "composite/sobjects", many(records), KEEP).json()
    assert results[0] == {"id": first, "success": True, "errors": []}
    assert [(r.get("id"), r["errors"][0]["statusCode"]) for r in results[1:]] == [
        (None, "CANNOT_UPDATE_CONVERTED_LEAD"),
        (None, "INVALID_CROSS_REFERENCE_KEY"),
        (None, "MALFORMED_ID"),
    ]


def test_upserts_tell_what_they_created_failures_included(desk: Desk) -> None:
    who = desk.lead()
    way = "composite/sobjects/Task/Slasync_Key__c"
    first = desk.call("PATCH", way, many([task(Slasync_Key__c="a", WhoId=who)])).json()
    records = [
        task(Slasync_Key__c="a", Subject="Again"),
        task(Slasync_Key__c="b"),
        task(Slasync_Key__c="b"),
        {"Slasync_Key__c": "c"},
        task(),
    ]
    results = desk.call("PATCH", way, many(records)).json()
    assert [r["created"] for r in results] == [False, True, False, False, False]
    assert results[0]["id"] == first[0]["id"]
    assert [r["errors"][0]["statusCode"] for r in results[2:]] == [
        "DUPLICATE_VALUE",
        "JSON_PARSER_ERROR",
        "MISSING_ARGUMENT",
    ]
    assert names(desk.query("SELECT Subject FROM Task ORDER BY Id"), "Subject") == ["Again", "Call"]


def test_upserts_by_id_create_where_it_is_null(desk: Desk) -> None:
    known = desk.lead()
    records = [lead(Id=None), lead(Id=known, LastName="New")]
    results = desk.call("PATCH", "composite/sobjects/Lead/Id", many(records), KEEP).json()
    assert [r["created"] for r in results] == [True, False]
    assert results[1]["id"] == known


def test_deletes(desk: Desk) -> None:
    first, second = desk.lead(), desk.lead()
    desk.sf.delete("Lead", second, desk.rep)
    answer = desk.call("DELETE", f"composite/sobjects?ids={first},{second}")
    assert [r["success"] for r in answer.json()] == [True, False]
    assert answer.json()[1]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_records_are_retrieved_in_the_order_asked_for_null_where_absent(
    desk: Desk, method: str
) -> None:
    first, second = desk.lead("A"), desk.lead("B")
    wanted, fields = [second, "00Qg5000000zzzz", first], ["Id", "LastName"]
    if method == "GET":
        way = f"composite/sobjects/Lead?ids={','.join(wanted)}&fields={','.join(fields)}"
        answer = desk.call("GET", way)
    else:
        answer = desk.call("POST", "composite/sobjects/Lead", {"ids": wanted, "fields": fields})
    assert [r and r["LastName"] for r in answer.json()] == ["B", None, "A"]


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([lead() for _ in range(201)], "EXCEEDED_ID_LIMIT"),
        ([lead() if n % 2 else task() for n in range(11)], "LIMIT_EXCEEDED"),
        ([{"LastName": "x"}], "INVALID_TYPE"),
        ([{"attributes": {"type": "Nothing"}}], "INVALID_TYPE"),
        ("nothing", "JSON_PARSER_ERROR"),
    ],
)
def test_a_collection_that_cannot_be_read_is_refused_as_a_whole(
    desk: Desk, records: Any, code: str
) -> None:
    assert error(desk.call("POST", "composite/sobjects", many(records), KEEP)) == (400, code)
    assert list(desk.sf.rows("Lead")) == []


# -- composite ----------------------------------------------------------------------------------


def part(method: str, way: str, reference: str, **more: Any) -> dict[str, Any]:
    return {"method": method, "url": f"{V}/{way}", "referenceId": reference} | more


def composite(desk: Desk, *parts: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = desk.call("POST", "composite", {"compositeRequest": list(parts)} | more)
    assert answer.status == 200, answer.body
    return list(answer.json()["compositeResponse"])


def test_a_composite_is_one_call_whose_parts_see_each_others_results(desk: Desk) -> None:
    made, read, found = composite(
        desk,
        part("POST", "sobjects/Lead", "new", body={"LastName": "Doe", "Company": "Initech"}),
        part("GET", "sobjects/Lead/@{new.id}?fields=LastName", "read"),
        part("GET", "query?q=SELECT+Id+FROM+Lead+WHERE+Id='@{new.id}'", "found"),
    )
    assert made["httpStatusCode"] == 201
    assert made["httpHeaders"] == {"Location": f"{V}/sobjects/Lead/{made['body']['id']}"}
    assert list(made) == ["body", "httpHeaders", "httpStatusCode", "referenceId"]
    assert read["body"]["LastName"] == "Doe"
    assert found["body"]["records"][0]["Id"] == made["body"]["id"]
    assert desk.sf.calls == {"POST composite": 1}


def test_references_reach_into_records_and_stand_in_bodies(desk: Desk) -> None:
    desk.lead()
    _, made = composite(
        desk,
        part("GET", "query?q=SELECT+Id,+OwnerId+FROM+Lead", "leads"),
        part(
            "POST",
            "sobjects/Task",
            "task",
            body={"WhoId": "@{leads.records[0].Id}", "Subject": "For @{leads.records[0].OwnerId}"},
        ),
    )
    row = desk.sf.get("Task", made["body"]["id"])
    assert row is not None
    assert row["Subject"] == f"For {desk.rep}"


def test_a_part_that_refers_to_nothing_fails_alone(desk: Desk) -> None:
    first, second, third = composite(
        desk,
        part("POST", "sobjects/Lead", "bad", body={}),
        part("GET", "sobjects/Lead/@{bad.id}", "read"),
        part("GET", "limits", "limits"),
    )
    assert [i["httpStatusCode"] for i in (first, second, third)] == [400, 400, 200]
    assert second["body"][0]["errorCode"] == "PROCESSING_HALTED"


def test_owner_changes_each_with_its_own_precondition(desk: Desk) -> None:
    old, new = desk.lead("Old"), desk.lead("New")
    read_at = "Mon, 02 Nov 2026 09:00:00 GMT"
    desk.clock.pass_(seconds=5)
    desk.sf.update("Lead", new, {"Title": "changed meanwhile"}, desk.rep)
    other = desk.sf.add_user("Otto Other", "otto@acme.example")
    headers = KEEP | {"If-Unmodified-Since": read_at}
    done, overtaken = composite(
        desk,
        part("PATCH", f"sobjects/Lead/{old}", "a", body={"OwnerId": other}, httpHeaders=headers),
        part("PATCH", f"sobjects/Lead/{new}", "b", body={"OwnerId": other}, httpHeaders=headers),
    )
    assert (done["httpStatusCode"], done["body"]) == (204, None)
    assert (overtaken["httpStatusCode"], overtaken["body"]) == (412, None)
    owners = names(desk.query("SELECT OwnerId FROM Lead ORDER BY Id"), "OwnerId")
    assert owners == [other, desk.rep]


def test_the_header_that_stops_assignment_holds_for_its_part_only(desk: Desk) -> None:
    body = {"LastName": "x", "Company": "y", "OwnerId": desk.rep}
    composite(
        desk,
        part("POST", "sobjects/Lead", "kept", body=body, httpHeaders=KEEP),
        part("POST", "sobjects/Lead", "assigned", body=body),
    )
    owners = names(desk.query("SELECT OwnerId FROM Lead ORDER BY Id"), "OwnerId")
    assert owners == [desk.rep, desk.sf.inbox_queue_id]


def test_all_or_none_halts_every_other_part(desk: Desk) -> None:
    items = composite(
        desk,
        part("POST", "sobjects/Lead", "a", body={"LastName": "x", "Company": "y"}),
        part("POST", "sobjects/Lead", "b", body={"LastName": "x"}),
        part("POST", "sobjects/Lead", "c", body={"LastName": "x", "Company": "y"}),
        allOrNone=True,
    )
    assert [(i["httpStatusCode"], i["body"][0]["errorCode"]) for i in items] == [
        (400, "PROCESSING_HALTED"),
        (400, "REQUIRED_FIELD_MISSING"),
        (400, "PROCESSING_HALTED"),
    ]
    assert list(desk.sf.rows("Lead")) == []


def test_outer_all_or_none_rules_over_a_collection_within(desk: Desk) -> None:
    items = composite(
        desk,
        part("POST", "composite/sobjects", "rows", body=many([lead(), lead(Company=None)])),
        part("GET", "limits", "limits"),
        allOrNone=True,
    )
    assert [i["httpStatusCode"] for i in items] == [400, 400]
    assert items[0]["body"][0]["success"] is True  # what a client must not trust
    assert list(desk.sf.rows("Lead")) == []


@pytest.mark.parametrize(
    "parts",
    [
        [part("GET", "limits", f"r{n}") for n in range(26)],
        [part("GET", "query?q=SELECT+Id+FROM+Lead", f"r{n}") for n in range(6)],
        [part("GET", "limits", "same"), part("GET", "limits", "same")],
        [part("GET", "limits", "no-dashes")],
        [part("GET", "limits", "r", httpHeaders={"Authorization": "Bearer x"})],
        [{"method": "GET", "url": f"{V}/limits"}],
        [],
    ],
)
def test_a_composite_that_breaks_a_rule_is_refused_as_a_whole(
    desk: Desk, parts: list[dict[str, Any]]
) -> None:
    answer = desk.call("POST", "composite", {"compositeRequest": parts})
    assert answer.status == 400
    assert "errorCode" in answer.json()[0]


def test_a_condition_within_a_composite_is_answered_without_a_body(desk: Desk) -> None:
    known = {"If-Modified-Since": "Mon, 02 Nov 2026 09:00:00 GMT"}
    (item,) = composite(desk, part("GET", f"sobjects/Lead/{desk.lead()}", "r", httpHeaders=known))
    assert (item["httpStatusCode"], item["body"]) == (304, None)
    assert item["httpHeaders"]["Last-Modified"] == "Mon, 02 Nov 2026 09:00:00 GMT"


def test_a_batch_runs_its_parts_each_for_itself_and_each_counts(desk: Desk) -> None:
    requests = [
        {"method": "GET", "url": "v62.0/limits"},
        {"method": "PATCH", "url": "v62.0/sobjects/Lead/00Qg5000000zzzz", "richInput": {}},
        {"method": "GET", "url": "v62.0/limits"},
    ]
    body = desk.call("POST", "composite/batch", {"batchRequests": requests}).json()
    assert body["hasErrors"] is True
    assert [r["statusCode"] for r in body["results"]] == [200, 404, 200]
    assert desk.sf.calls.total() == 4
    halting = {"batchRequests": requests, "haltOnError": True}
    halted = desk.call("POST", "composite/batch", halting).json()
    assert [r["statusCode"] for r in halted["results"]] == [200, 404, 412]


def test_each_graph_is_all_or_nothing_on_its_own(desk: Desk) -> None:
    good = part("POST", "sobjects/Account", "a", body={"Name": "A"})
    bad = part("POST", "sobjects/Account", "b", body={})
    graphs = [
        {"graphId": "one", "compositeRequest": [good]},
        {"graphId": "two", "compositeRequest": [good, bad]},
    ]
    body = desk.call("POST", "composite/graph", {"graphs": graphs}).json()
    assert [(g["graphId"], g["isSuccessful"]) for g in body["graphs"]] == [
        ("one", True),
        ("two", False),
    ]
    assert len(list(desk.sf.rows("Account"))) == 1


def test_a_tree_creates_parents_with_their_children_or_nothing(desk: Desk) -> None:
    contact = {"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": "Doe"}
    account = {
        "attributes": {"type": "Account", "referenceId": "a"},
        "Name": "Initech",
        "Contacts": {"records": [contact]},
    }
    made = desk.call("POST", "composite/tree/Account", {"records": [account]})
    assert made.status == 201
    first, second = made.json()["results"]
    assert (first["referenceId"], second["referenceId"]) == ("a", "c")
    row = desk.sf.get("Contact", second["id"])
    assert row is not None
    assert row["AccountId"] == first["id"]
    broken = account | {"Contacts": {"records": [contact | {"LastName": None}]}}
    refused = desk.call("POST", "composite/tree/Account", {"records": [broken]})
    assert (refused.status, refused.json()["hasErrors"]) == (400, True)
    assert len(list(desk.sf.rows("Account"))) == 1


@pytest.mark.parametrize("way", ["composite", "composite/batch", "composite/graph", "composite/sobjects", "composite/sobjects/Lead", "composite/tree/Lead", "sobjects/Lead"])  # fmt: skip  # noqa: E501 - a list
@pytest.mark.parametrize("body", [[], 5, {"records": [5]}, {"compositeRequest": [{"url": 1}]}, {"graphs": [1]}, {"batchRequests": [None]}, {"ids": 5, "fields": True}, {"Owner": []}])  # fmt: skip  # noqa: E501 - a list
def test_a_body_of_the_wrong_shape_is_a_bad_request(desk: Desk, way: str, body: Any) -> None:
    answer = desk.call("POST", way, body)
    assert answer.status == 400
    assert answer.json()[0]["errorCode"]
