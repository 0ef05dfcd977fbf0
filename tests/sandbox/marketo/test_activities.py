from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.marketo import Lateness, Order
from tests.sandbox.marketo.office import CHANGES, MONDAY, Office

DELETED, LEAD_CHANGES = f"{CHANGES}/deletedleads.json", f"{CHANGES}/leadchanges.json"
LATE = Rule(Kind.LATE_VISIBLE, "marketo/activities", delay=timedelta(minutes=10), times=1)


def test_what_happens_is_read_on_from_a_token() -> None:
    office = Office()
    token = office.since()
    one = office.lead("ana")
    rows, token = office.read(token, activityTypeIds="12,13")
    assert [(row["activityTypeId"], row["leadId"]) for row in rows] == [(12, one)]
    office.sync({"email": "ana@example.com", "firstName": "Ana"})
    rows, token = office.read(token, activityTypeIds="12,13")
    assert [row["activityTypeId"] for row in rows] == [13]
    assert office.read(token, activityTypeIds="12,13")[0] == []


def test_a_row_has_its_identity_twice_and_leaves_out_what_is_empty() -> None:
    office = Office()
    token = office.since()
    office.lead("ana")
    office.sync({"email": "ana@example.com", "firstName": "Ana"})
    ((row,), _) = office.read(token, activityTypeIds="13")
    assert row["marketoGUID"] == str(row["id"])
    assert row["activityDate"] == "2026-03-02T09:00:00Z"
    assert row["primaryAttributeValue"] == "First Name"
    told = {each["name"]: each["value"] for each in row["attributes"]}
    assert told == {
        "New Value": "Ana",
        "Reason": "Web service API",
        "Source": "Web service API",
    }


def test_an_empty_page_has_a_token_and_no_result() -> None:
    office = Office()
    asked = {"nextPageToken": office.since(), "activityTypeIds": 1}
    page = office.body("GET", f"{CHANGES}.json", **asked)
    assert list(page) == ["requestId", "success", "nextPageToken", "moreResult"]
    assert page["moreResult"] is False


def test_pages_may_be_short_or_empty_while_more_is_to_come() -> None:
    office = Office(scan=10, short_pages=0.5)
    token = office.since()
    ids = [int(office.marketo.create({"email": f"n{number}@example.com"})) for number in range(95)]
    office.marketo.update(str(ids[-1]), {"firstName": "Ana"})
    page = office.body("GET", f"{CHANGES}.json", nextPageToken=token, activityTypeIds=13)
    assert ("result" in page, page["moreResult"]) == (False, True)
    assert [row["leadId"] for row in office.read(token, activityTypeIds=13)[0]] == [ids[-1]]
    assert [row["leadId"] for row in office.read(token, activityTypeIds=12)[0]] == ids


def test_a_page_holds_three_hundred_rows_at_most() -> None:
    office = Office()
    token = office.since()
    for number in range(301):
        office.marketo.create({"email": f"{number}@example.com"})
    page = office.body("GET", f"{CHANGES}.json", nextPageToken=token, activityTypeIds=12)
    assert (len(page["result"]), page["moreResult"]) == (300, True)


def test_rows_come_late_and_out_of_order_and_a_token_meets_them_all() -> None:
    office = Office(lateness=Lateness(timedelta(0), timedelta(minutes=2)))
    token = office.since()
    ids, seen = [], []
    for number in range(40):
        ids.append(int(office.marketo.create({"email": f"{number}@example.com"})))
        office.wait(seconds=5)
        rows, token = office.read(token, activityTypeIds=12)
        seen += [row["leadId"] for row in rows]
    assert len(seen) < len(ids)
    office.wait(minutes=2)
    seen += [row["leadId"] for row in office.read(token, activityTypeIds=12)[0]]
    assert sorted(seen) == ids
    assert seen != ids


@pytest.mark.parametrize(("order", "met"), [(Order.ARRIVAL, True), (Order.DATE, False)])
def test_a_late_row_is_met_by_a_token_of_arrival_and_missed_by_one_of_date(
    *, order: Order, met: bool
) -> None:
    office = Office(order=order)
    token = office.since()
    office.world.faults.switch_on(LATE)
    late = office.lead("late")
    office.wait(minutes=1)
    ben = office.lead("ben")
    rows, token = office.read(token, activityTypeIds=12)
    assert [row["leadId"] for row in rows] == [ben]
    office.wait(minutes=10)
    rows, _ = office.read(token, activityTypeIds=12)
    assert [row["leadId"] for row in rows] == ([late] if met else [])
    everything, _ = office.read(office.since(), activityTypeIds=12)
    assert late in [row["leadId"] for row in everything]


def test_a_token_of_a_later_time_leaves_out_what_happened_before() -> None:
    office = Office()
    office.lead("ana")
    office.wait(minutes=5)
    ben = office.lead("ben")
    rows, _ = office.read(office.since(MONDAY + timedelta(minutes=5)), activityTypeIds=12)
    assert [row["leadId"] for row in rows] == [ben]


def test_who_begins_anew_at_a_later_time_misses_what_came_late() -> None:
    office = Office()
    office.world.faults.switch_on(LATE)
    late = office.lead("late")
    office.wait(minutes=20)
    assert office.read(office.since(MONDAY + timedelta(minutes=5)), activityTypeIds=12)[0] == []
    ((row,), _) = office.read(office.since(), activityTypeIds=12)
    assert row["leadId"] == late


@pytest.mark.parametrize(
    "stamp", ["2026-03-02", "2026-03-02T09:00:00+0000", "2026-03-02T01:00:00-08:00"]
)
def test_times_can_be_written_in_several_ways(stamp: str) -> None:
    assert Office().body("GET", f"{CHANGES}/pagingtoken.json", sinceDatetime=stamp)


def test_a_plus_that_is_not_encoded_is_refused() -> None:
    path = f"{CHANGES}/pagingtoken.json?sinceDatetime=2026-03-02T09:00:00+05:00"
    assert Office().failure("GET", path)[0] == "704"


def test_rows_can_be_asked_for_by_lead_and_by_list() -> None:
    office = Office()
    token = office.since()
    ana, ben = office.lead("ana"), office.lead("ben")
    number = office.marketo.make_list("Hot")
    office.marketo.put_on_list(number, str(ben))
    asked: dict[str, Any] = {"activityTypeIds": 12, "leadIds": "", "assetIds": ""}
    assert len(office.read(token, **asked)[0]) == 2
    by_lead, _ = office.read(token, **(asked | {"leadIds": ana}))
    assert [row["leadId"] for row in by_lead] == [ana]
    by_list, _ = office.read(token, **asked, listId=number)
    assert [row["leadId"] for row in by_list] == [ben]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"activityTypeIds": ""}, "1002"),
        ({"activityTypeIds": ",".join(map(str, range(11)))}, "1003"),
        ({"activityTypeIds": 1, "leadIds": ",".join("1" * 31)}, "1003"),
        ({"activityTypeIds": 1, "nextPageToken": "WQV2"}, "1003"),
        ({"activityTypeIds": 1, "nextPageToken": ""}, "1002"),
        ({"activityTypeIds": 1, "listId": 77}, "1013"),
    ],
)
def test_a_read_that_asks_for_the_impossible_fails(query: dict[str, object], code: str) -> None:
    office = Office()
    asked = {"nextPageToken": office.since(), **query}
    assert office.failure("GET", f"{CHANGES}.json", **asked)[0] == code


def test_large_lists_are_refused_from_the_end_of_2026_on() -> None:
    office = Office(datetime(2026, 12, 29, tzinfo=UTC))
    number = office.marketo.make_list("All")
    for lead in range(10_000):
        office.marketo.instance.lists.need(int(number)).members[lead] = 0
    asked: dict[str, Any] = {"activityTypeIds": 12, "listId": number}
    token = office.since()
    assert office.read(token, **asked)[0] == []
    office.wait(days=1)
    office.token = office.new_token()["access_token"]
    assert office.failure("GET", f"{CHANGES}.json", nextPageToken=token, **asked)[0] == "1003"


def test_expired_paging_tokens_are_refused_and_a_time_begins_anew() -> None:
    office = Office()
    token = office.since()
    office.lead("ana")
    office.marketo.expire_paging_tokens()
    asked = {"nextPageToken": token, "activityTypeIds": 12}
    assert office.failure("GET", f"{CHANGES}.json", **asked)[0] == "1003"
    assert len(office.read(office.since(), activityTypeIds=12)[0]) == 1


def test_lead_changes_have_old_and_new_values_of_the_watched_fields() -> None:
    office = Office()
    one = office.lead("ana", firstName="Ana")
    token = office.since()
    office.wait(seconds=1)
    office.sync({"email": "ana@example.com", "firstName": "Anna", "title": "CTO"})
    rows, _ = office.read(token, LEAD_CHANGES, fields="firstName,lastName")
    assert [row["activityTypeId"] for row in rows] == [12, 13]
    (change,) = rows[1]["fields"]
    assert (change["name"], change["oldValue"], change["newValue"]) == ("firstName", "Ana", "Anna")
    assert rows[1]["attributes"] == [
        {"name": "Reason", "value": "Web service API"},
        {"name": "Source", "value": "Web service API"},
        {"name": "Lead ID", "value": one},
    ]
    assert office.failure("GET", LEAD_CHANGES, nextPageToken=token)[0] == "1002"
    assert office.failure("GET", LEAD_CHANGES, nextPageToken=token, fields="no")[0] == "1006"


def test_a_score_that_a_flow_changes_is_no_lead_change() -> None:
    office = Office()
    one = office.lead("ana", leadScore=10)
    token = office.since()
    office.marketo.score(str(one), 15)
    rows, _ = office.read(token, LEAD_CHANGES, fields="leadScore")
    assert [row["activityTypeId"] for row in rows] == [12]
    ((row,), _) = office.read(token, activityTypeIds=22)
    told = {each["name"]: each["value"] for each in row["attributes"]}
    assert (told["Change Value"], told["Old Value"], told["New Value"]) == ("+15", 10, 25)


def test_deleted_leads_are_told_for_two_weeks() -> None:
    office = Office()
    token = office.since()
    one = office.marketo.create(
        {"email": "a@example.com", "firstName": "Ana", "lastName": "Albers"}
    )
    office.marketo.delete(one)
    ((row,), _) = office.read(token, DELETED)
    assert (row["leadId"], row["activityTypeId"]) == (int(one), 37)
    assert (row["primaryAttributeValue"], row["attributes"]) == ("Ana Albers", [])
    office.wait(days=15)
    office.token = office.new_token()["access_token"]
    assert office.read(token, DELETED)[0] == []


def test_rows_there_are_many_of_are_purged_after_ninety_days() -> None:
    office = Office()
    one = office.marketo.create({"email": "a@example.com"})
    office.marketo.visit(one, "pricing.html")
    token = office.since()
    assert len(office.read(token, activityTypeIds="1,12")[0]) == 2
    office.wait(days=91)
    office.token = office.new_token()["access_token"]
    assert [r["activityTypeId"] for r in office.read(token, activityTypeIds="1,12")[0]] == [12]


def test_types_are_listed_with_their_attributes() -> None:
    types = {row["name"]: row for row in Office().get(f"{CHANGES}/types.json")}
    assert types["Interesting Moment"]["id"] == 46
    assert types["Fill Out Form"]["primaryAttribute"] == {
        "name": "Webform ID",
        "dataType": "integer",
    }


def test_dates_can_be_written_the_older_way() -> None:
    office = Office(activity_zone="+0000")
    token = office.since()
    office.lead("ana")
    ((row,), _) = office.read(token, activityTypeIds=12)
    assert row["activityDate"] == "2026-03-02T09:00:00+0000"
