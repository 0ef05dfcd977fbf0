from typing import Any

import pytest

from tests.sandbox.marketo.office import LEADS, Office


def by(office: Office, name: str, *values: object, **more: object) -> list[int]:
    """Return the ids of the leads found."""
    joined = ",".join(map(str, values))
    return [row["id"] for row in office.get(LEADS, filterType=name, filterValues=joined, **more)]


def test_reads_show_the_default_fields_and_asked_ones_with_nulls() -> None:
    office = Office()
    one = office.lead("ana", firstName="Ana")
    (row,) = office.get(LEADS, filterType="id", filterValues=one)
    assert list(row) == ["id", "firstName", "lastName", "email", "updatedAt", "createdAt"]
    assert row["lastName"] is None
    assert row["createdAt"] == "2026-03-02T09:00:00Z"
    (asked,) = office.get(f"/rest/v1/lead/{one}.json", fields="title,unsubscribed,leadScore")
    assert asked == {"id": one, "title": None, "unsubscribed": False, "leadScore": None}


def test_leads_are_found_by_any_of_the_values_whatever_their_case() -> None:
    office = Office()
    ana, ben = office.lead("ana"), office.lead("ben")
    assert by(office, "email", "ANA@example.com", "ben@example.com", "c@x.com") == [ana, ben]
    assert by(office, "id", ben, 1) == [ben]
    assert by(office, "email", "nobody@example.com") == []


def test_custom_fields_of_some_types_can_be_searched_and_others_not() -> None:
    office = Office()
    office.marketo.add_field("region", "string")
    office.marketo.add_field("budget", "currency")
    one = office.lead("ana", region="North", budget=5)
    assert by(office, "region", "north") == [one]
    asked = {"filterValues": "5"}
    assert office.failure("GET", LEADS, filterType="budget", **asked)[0] == "1011"
    assert office.failure("GET", LEADS, filterType="firstName", **asked)[0] == "1011"
    assert office.failure("GET", LEADS, filterType="nothing", **asked)[0] == "1006"
    assert office.get(LEADS, filterType="twitterId", **asked) == []


def test_pages_are_led_to_by_a_token_that_the_last_one_lacks() -> None:
    office = Office()
    office.marketo.add_field("region", "string")
    office.marketo.load([{"email": f"{n}@example.com", "region": "n"} for n in range(700)])
    seen: list[int] = []
    token: dict[str, Any] = {}
    for size in (300, 300, 100):
        page = office.body("GET", LEADS, filterType="region", filterValues="n", **token)
        assert len(page["result"]) == size
        seen += [row["id"] for row in page["result"]]
        token = {"nextPageToken": page.get("nextPageToken")}
    assert token == {"nextPageToken": None}
    assert len(set(seen)) == 700


def test_more_than_a_thousand_matches_are_a_failure_not_a_page() -> None:
    office = Office()
    office.marketo.add_field("region", "string")
    office.marketo.load([{"region": "n"} for _ in range(1_000)])
    assert len(by(office, "region", "n")) == 300
    office.marketo.load([{"region": "n"}])
    asked = {"filterType": "region", "filterValues": "n"}
    assert office.failure("GET", LEADS, **asked) == ("1003", "Too many results match the filter")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "1002"),
        ({"filterType": "email"}, "1002"),
        ({"filterType": "id", "filterValues": "abc"}, "1001"),
        ({"filterType": "id", "filterValues": ",".join("1" * 301)}, "1003"),
        ({"filterType": "id", "filterValues": "1", "batchSize": 301}, "1003"),
        ({"filterType": "id", "filterValues": "1", "fields": "nope"}, "1006"),
        ({"filterType": "id", "filterValues": "1", "nextPageToken": "nope"}, "1003"),
    ],
)
def test_a_read_that_asks_for_the_impossible_fails(query: dict[str, object], code: str) -> None:
    assert Office().failure("GET", LEADS, **query)[0] == code


@pytest.mark.parametrize("where", ["address", "form"])
def test_a_long_read_can_be_posted_as_a_form(where: str) -> None:
    office = Office()
    one = office.lead("ana")
    form = f"filterType=email&filterValues=ana%40example.com{',x' * 299}"
    path = f"{LEADS}?_method=GET" if where == "address" else LEADS
    sent = form if where == "address" else f"{form}&_method=GET"
    assert [row["id"] for row in office.post(path, sent)] == [one]


def test_deletes_tell_of_each_lead_and_skip_those_that_are_not_there() -> None:
    office = Office()
    ana, ben = office.lead("ana"), office.lead("ben")
    gone = office.post("/rest/v1/leads/delete.json", {"input": [{"id": ana}, {"id": 5}]})
    assert gone == [
        {"id": ana, "status": "deleted"},
        {"status": "skipped", "reasons": [{"code": "1004", "message": "Lead not found"}]},
    ]
    assert office.body("DELETE", LEADS, id=ben)["result"] == [{"id": ben, "status": "deleted"}]
    assert by(office, "id", ana, ben) == []
    assert office.failure("GET", f"/rest/v1/lead/{ana}.json")[0] == "1004"
    assert office.failure("POST", "/rest/v1/leads/delete.json") == (
        "1003",
        "Lead ids not specified",
    )


def test_there_is_one_partition() -> None:
    (found,) = Office().get("/rest/v1/leads/partitions.json")
    assert (found["id"], found["name"]) == (1, "Default")


@pytest.mark.parametrize("number", ["٣", "9" * 4400])
def test_what_marketo_does_not_read_as_a_number_is_none(number: str) -> None:
    assert Office().failure("GET", f"/rest/v1/lead/{number}.json")[0] == "1001"
