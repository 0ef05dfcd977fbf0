from datetime import timedelta

import pytest

from slasync.sandbox.hubspot import Limits
from tests.sandbox.hubspot.account import CONTACTS, MONDAY, NO_LAG, Account, is_, ms

SEARCH = f"{CONTACTS}/search"


def three(**options: object) -> Account:
    """Return an account with ana (score 10), ben (20, at Acme) and cleo (no score)."""
    account = Account(index_lag=NO_LAG, limits=Limits(search_a_second=10**6), **options)
    account.contact("ana", hubspotscore="10", lifecyclestage="lead")
    account.wait(minutes=1)
    account.contact("ben", hubspotscore="20", company="Acme Bau AG", lifecyclestage="customer")
    account.wait(minutes=1)
    account.contact("cleo")
    return account


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (is_("hubspotscore", "EQ", "10"), ["ana"]),
        (is_("hubspotscore", "NEQ", "10"), ["ben"]),
        (is_("hubspotscore", "LT", "9.5"), []),
        (is_("hubspotscore", "LTE", "10"), ["ana"]),
        (is_("hubspotscore", "GT", "9"), ["ana", "ben"]),
        (is_("hubspotscore", "GTE", "20"), ["ben"]),
        (is_("hubspotscore", "BETWEEN", "10", highValue="15"), ["ana"]),
        (is_("hubspotscore", "HAS_PROPERTY"), ["ana", "ben"]),
        (is_("hubspotscore", "NOT_HAS_PROPERTY"), ["cleo"]),
        (is_("lifecyclestage", "IN", values=["lead", "other"]), ["ana"]),
        (is_("lifecyclestage", "NOT_IN", values=["lead"]), ["ben"]),
        (is_("lifecyclestage", "EQ", "Lead"), []),
        (is_("company", "EQ", "ACME BAU AG"), ["ben"]),
        (is_("company", "IN", values=["acme bau ag"]), ["ben"]),
        (is_("company", "IN", values=["Acme Bau AG"]), []),
        (is_("company", "CONTAINS_TOKEN", "bau"), ["ben"]),
        (is_("company", "CONTAINS_TOKEN", "ba"), []),
        (is_("company", "CONTAINS_TOKEN", "b*"), ["ben"]),
        (is_("company", "NOT_CONTAINS_TOKEN", "bau"), ["ana", "cleo"]),
        (is_("email", "EQ", "BEN@example.com"), ["ben"]),
        (is_("email", "IN", values=["ana@example.com", "cleo@example.com"]), ["ana", "cleo"]),
        (is_("createdate", "GT", ms(MONDAY)), ["ben", "cleo"]),
        (is_("createdate", "LTE", "2026-03-02T09:01:00Z"), ["ana", "ben"]),
        (is_("lastmodifieddate", "GTE", ms(MONDAY + timedelta(minutes=1))), ["ben", "cleo"]),
        (is_("lastmodifieddate", "BETWEEN", ms(MONDAY), highValue=ms(MONDAY)), ["ana"]),
    ],
)
def test_each_operator_lets_through_what_it_says(
    condition: dict[str, object], found: list[str]
) -> None:
    assert three().emails(condition) == found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (is_("lastmodifieddate", "GT", ms(MONDAY)), ["ben", "cleo"]),
        (is_("lastmodifieddate", "GTE", ms(MONDAY)), ["ana", "ben", "cleo"]),
        (is_("lastmodifieddate", "LT", ms(MONDAY + timedelta(minutes=1))), ["ana"]),
        (is_("lastmodifieddate", "LTE", ms(MONDAY + timedelta(minutes=1))), ["ana", "ben"]),
        (is_("lastmodifieddate", "EQ", ms(MONDAY + timedelta(minutes=2))), ["cleo"]),
        (is_("lastmodifieddate", "NEQ", ms(MONDAY)), ["ben", "cleo"]),
        (is_("lastmodifieddate", "BETWEEN", ms(MONDAY), highValue=ms(MONDAY)), ["ana"]),
    ],
)
def test_sorted_by_the_stamp_the_operators_say_the_same(
    condition: dict[str, object], found: list[str]
) -> None:
    account = three()
    assert account.emails(condition, sorts=["lastmodifieddate"]) == found
    assert account.emails(condition, sorts=["-lastmodifieddate"]) == found[::-1]
    assert account.emails(condition) == found


def test_groups_are_alternatives_and_filters_of_one_go_together() -> None:
    account = three()
    both = [is_("hubspotscore", "GT", "5"), is_("lifecyclestage", "EQ", "customer")]
    either = {
        "filterGroups": [{"filters": both}, {"filters": [is_("email", "EQ", "ana@example.com")]}]
    }
    assert account.post(SEARCH, either)["total"] == 2
    assert account.emails(*both) == ["ben"]


def test_one_sort_orders_and_rows_without_a_value_come_last() -> None:
    account = three()
    down = [{"propertyName": "hubspotscore", "direction": "DESCENDING"}]
    assert account.emails(sorts=down) == ["ben", "ana", "cleo"]
    assert account.emails(sorts=["hubspotscore"]) == ["ana", "ben", "cleo"]
    newest = [{"propertyName": "lastmodifieddate", "direction": "DESCENDING"}]
    assert account.emails(sorts=newest, limit=2) == ["cleo", "ben"]
    assert account.emails(sorts=newest, limit=2, after="2") == ["ana"]
    two = {"sorts": [*down, *newest]}
    assert account.call("POST", SEARCH, two).status == 400


def test_free_text_looks_into_the_searched_properties() -> None:
    account = three()
    assert account.emails(query="acme") == ["ben"]
    assert account.emails(query="nobody") == []


def test_an_empty_search_finds_everything() -> None:
    account = three()
    bodies: list[dict[str, object]] = [
        {},
        {"filterGroups": [], "sorts": [], "after": ""},
        {"filterGroups": [{"filters": []}]},
    ]
    for body in bodies:
        assert account.post(SEARCH, body)["total"] == 3


def test_pages_follow_by_offset_and_the_last_has_no_paging() -> None:
    account = three()
    first = account.search(limit=2)
    assert first["paging"] == {"next": {"after": "2"}}
    last = account.search(limit=2, after="2")
    assert len(last["results"]) == 1
    assert "paging" not in last


def test_a_new_record_is_found_only_after_the_lag() -> None:
    account = Account(index_lag=timedelta(seconds=5))
    account.contact("ana")
    account.wait(seconds=4)
    assert account.emails() == []
    account.wait(seconds=1)
    assert account.emails() == ["ana"]


def test_until_the_lag_is_over_the_old_version_stays_in_the_index() -> None:
    account = Account()
    one = account.contact("ana", lastname="Old")
    account.wait(minutes=1)
    account.hubspot.update("contacts", one, {"lastname": "New"}, by="7")
    (shown,) = account.search(properties=["lastname"])["results"]
    assert shown["properties"]["lastname"] == "Old"
    assert shown["updatedAt"] == "2026-03-02T09:00:00.000Z"
    account.wait(seconds=5)
    (shown,) = account.search(properties=["lastname"])["results"]
    assert shown["properties"]["lastname"] == "New"


def test_a_row_archived_a_moment_ago_is_counted_and_not_given() -> None:
    account = Account()
    one = account.contact("ana")
    account.wait(seconds=5)
    account.call("DELETE", f"{CONTACTS}/{one}")
    assert account.search() == {"total": 1, "results": []}
    account.wait(seconds=5)
    assert account.search() == {"total": 0, "results": []}


def test_that_quirk_can_be_switched_off() -> None:
    account = Account(stale_totals=False)
    one = account.contact("ana")
    account.wait(seconds=5)
    account.call("DELETE", f"{CONTACTS}/{one}")
    assert account.search() == {"total": 0, "results": []}


def test_beyond_ten_thousand_rows_nothing_can_be_paged_to() -> None:
    account = Account(index_lag=NO_LAG)
    account.hubspot.load("contacts", ({"email": f"c{n}@example.com"} for n in range(10_050)))
    last = account.search(limit=200, after="9800")
    assert (last["total"], len(last["results"])) == (10_050, 200)
    assert last["paging"] == {"next": {"after": "10000"}}
    assert account.call("POST", SEARCH, {"limit": 200, "after": "9900"}).status == 400


def test_many_rows_of_one_stamp_can_be_walked_by_id() -> None:
    account = Account(index_lag=NO_LAG, limits=Limits(search_a_second=10**6))
    account.hubspot.load("contacts", ({"email": f"c{n}@example.com"} for n in range(450)))
    same = is_("lastmodifieddate", "EQ", ms(MONDAY))
    seen: list[str] = []
    while True:
        above = is_("hs_object_id", "GT", seen[-1] if seen else "0")
        rows = account.search(same, above, sorts=["hs_object_id"], limit=200)["results"]
        if not rows:
            break
        seen += [row["id"] for row in rows]
    assert len(set(seen)) == len(seen) == 450


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [is_("email", "HAS_PROPERTY")] * 7}]},
        {"filterGroups": [{"filters": [is_("email", "HAS_PROPERTY")] * 5}] * 4},
        {"query": "x" * 3_000},
        {"filterGroups": [{"filters": [is_("emial", "EQ", "x")]}]},
        {"filterGroups": [{"filters": [is_("email", "LIKE", "x")]}]},
        {"filterGroups": [{"filters": [is_("email", "EQ")]}]},
        {"filterGroups": [{"filters": [is_("createdate", "GT", "yesterday")]}]},
        {"filterGroups": "x"},
        {"sorts": ["emial"]},
        {"after": "x"},
    ],
)
def test_what_goes_beyond_the_rules_of_search_is_a_400(body: dict[str, object]) -> None:
    answer = Account().call("POST", SEARCH, body)
    assert answer.status == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"


def test_a_search_can_follow_an_association() -> None:
    account = Account(index_lag=NO_LAG)
    one, task = account.contact("ana"), account.task()
    account.task("other")
    account.call("PUT", f"/crm/v4/objects/tasks/{task}/associations/default/contacts/{one}")
    body = {"filterGroups": [{"filters": [is_("associations.contact", "EQ", one)]}]}
    found = account.post("/crm/v3/objects/tasks/search", body)["results"]
    assert [row["id"] for row in found] == [task]
