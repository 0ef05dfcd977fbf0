"""Lists as HubSpot keeps them: made, filled by hand, read from both sides."""

from collections.abc import Iterable

import pytest

from tests.sandbox.hubspot.account import Account

LISTS = "/crm/v3/lists"


def a_list(account: Account, kind: str = "MANUAL", name: str = "Nurture") -> str:
    body = {"name": name, "objectTypeId": "0-1", "processingType": kind}
    return str(account.post(LISTS, body)["list"]["listId"])


def change(account: Account, number: str, how: str, ids: Iterable[str]) -> dict[str, list[str]]:
    answer = account.call("PUT", f"{LISTS}/{number}/memberships/{how}", list(ids))
    assert answer.status == 200, answer.body
    found: dict[str, list[str]] = answer.json()
    return found


def members(account: Account, number: str) -> list[str]:
    rows = account.get(f"{LISTS}/{number}/memberships")["results"]
    return [row["recordId"] for row in rows]


def test_a_list_is_made_with_200_and_shown_as_it_was_made() -> None:
    account = Account()
    number = a_list(account)

    shown = account.get(f"{LISTS}/{number}")["list"]
    assert (shown["name"], shown["processingType"], shown["objectTypeId"], shown["size"]) == (
        "Nurture", "MANUAL", "0-1", 0,
    )  # fmt: skip


def test_who_is_put_on_a_list_is_told_once_under_the_vendors_own_spelling() -> None:
    account = Account()
    number, one = a_list(account), account.contact("one")

    first = change(account, number, "add", [one, "999"])
    again = change(account, number, "add", [one])

    assert first == {"recordsIdsAdded": [one], "recordIdsRemoved": [], "recordIdsMissing": ["999"]}
    assert again == {"recordsIdsAdded": [], "recordIdsRemoved": [], "recordIdsMissing": []}
    assert members(account, number) == [one]


def test_who_is_taken_off_is_off_and_whoever_was_not_on_it_changes_nothing() -> None:
    account = Account()
    number, one, two = a_list(account), account.contact("one"), account.contact("two")
    change(account, number, "add", [one])

    answer = change(account, number, "remove", [one, two])

    assert answer["recordIdsRemoved"] == [one]
    assert members(account, number) == []


def test_both_at_once() -> None:
    account = Account()
    number, one, two = a_list(account), account.contact("one"), account.contact("two")
    change(account, number, "add", [one])
    body = {"recordIdsToAdd": [two], "recordIdsToRemove": [one]}
    answer = account.call("PUT", f"{LISTS}/{number}/memberships/add-and-remove", body)

    assert answer.status == 200
    assert members(account, number) == [two]


def test_a_contact_knows_its_lists() -> None:
    account = Account()
    number, other, one = a_list(account), a_list(account, name="Other"), account.contact("one")
    change(account, number, "add", [one])

    rows = account.get(f"{LISTS}/records/0-1/{one}/memberships")["results"]

    assert [row["listId"] for row in rows] == [number]
    assert other != number


@pytest.mark.parametrize("path", ["/crm/lists/2026-03", "/crm/lists/v3"])
def test_later_paths_lead_to_the_same_lists(path: str) -> None:
    account = Account()
    number = a_list(account)

    assert account.get(f"{path}/{number}")["list"]["listId"] == number


def test_a_list_that_fills_itself_takes_nobody() -> None:
    account = Account()
    number, one = a_list(account, "DYNAMIC"), account.contact("one")

    answer = account.call("PUT", f"{LISTS}/{number}/memberships/add", [one])

    assert answer.status == 400
    assert "DYNAMIC" in answer.json()["message"]


@pytest.mark.parametrize("body", [{"ids": ["1"]}, ["x"], "1"])
def test_members_are_a_bare_array_of_ids(body: object) -> None:
    account = Account()

    answer = account.call("PUT", f"{LISTS}/{a_list(account)}/memberships/add", body)

    assert answer.status == 400


def test_a_list_that_is_gone_is_404_and_its_name_is_free() -> None:
    account = Account()
    number = a_list(account)
    assert account.call("DELETE", f"{LISTS}/{number}").status == 204

    assert account.call("GET", f"{LISTS}/{number}").status == 404
    assert account.call("GET", f"{LISTS}/77").status == 404
    assert a_list(account) != number


def test_a_name_is_taken_once_and_a_kind_must_be_one() -> None:
    account = Account()
    a_list(account)
    body = {"name": "Nurture", "objectTypeId": "0-1", "processingType": "MANUAL"}

    assert account.call("POST", LISTS, body).status == 400
    odd = body | {"name": "Odd", "processingType": "STATIC"}
    assert account.call("POST", LISTS, odd).status == 400


def test_members_come_page_by_page() -> None:
    account = Account()
    number = a_list(account)
    ids = [account.contact(f"p{n}") for n in range(5)]
    change(account, number, "add", ids)

    first = account.get(f"{LISTS}/{number}/memberships?limit=3")
    after = first["paging"]["next"]["after"]
    rest = account.get(f"{LISTS}/{number}/memberships?limit=3&after={after}")

    assert [row["recordId"] for row in (*first["results"], *rest["results"])] == sorted(ids)
    assert "paging" not in rest


def test_after_a_merge_the_survivor_is_on_the_lists_of_both() -> None:
    account = Account()
    number, one, two = a_list(account), account.contact("one"), account.contact("two")
    change(account, number, "add", [two])
    body = {"primaryObjectId": one, "objectIdToMerge": two}
    survivor = account.post("/crm/v3/objects/contacts/merge", body)["id"]

    assert members(account, number) == [survivor]


def test_an_archived_contact_is_on_no_list() -> None:
    account = Account()
    number, one = a_list(account), account.contact("one")
    change(account, number, "add", [one])
    account.call("DELETE", f"/crm/v3/objects/contacts/{one}")

    assert members(account, number) == []
    assert account.get(f"{LISTS}/records/0-1/{one}/memberships")["results"] == []


def test_without_the_scope_nothing_is_changed() -> None:
    account = Account(scopes=frozenset({"crm.lists.read", "crm.objects.contacts.write"}))
    body = {"name": "Nurture", "objectTypeId": "0-1", "processingType": "MANUAL"}

    assert account.call("POST", LISTS, body).status == 403


def test_lists_are_found_by_number_by_name_and_by_words() -> None:
    account = Account()
    nurture, other = a_list(account), a_list(account, "DYNAMIC", "Customers")

    several = account.get(f"{LISTS}?listIds={other}&listIds=99")["lists"]
    named = account.get(f"{LISTS}/object-type-id/0-1/name/Nurture")["list"]
    found = account.post(f"{LISTS}/search", {"query": "NURT", "count": 1})
    manual = account.post(f"{LISTS}/search", {"processingTypes": ["DYNAMIC"]})

    assert [each["listId"] for each in several] == [other]
    assert named["listId"] == nurture
    assert (found["total"], found["offset"], found["hasMore"]) == (1, 1, False)
    assert [each["name"] for each in manual["lists"]] == ["Customers"]
    assert account.call("GET", f"{LISTS}/object-type-id/0-1/name/None").status == 404


def test_a_list_is_renamed_emptied_deleted_and_taken_back() -> None:
    account = Account()
    number, one = a_list(account), account.contact("one")
    change(account, number, "add", [one])

    renamed = account.call("PUT", f"{LISTS}/{number}/update-list-name?listName=Old").json()
    assert account.call("DELETE", f"{LISTS}/{number}").status == 204
    assert account.call("PUT", f"{LISTS}/{number}/restore").status == 204
    before = members(account, number)
    assert account.call("DELETE", f"{LISTS}/{number}/memberships").status == 204

    assert renamed["updatedList"]["name"] == "Old"
    assert (before, members(account, number)) == ([one], [])
    assert account.call("PUT", f"{LISTS}/77/restore").status == 404
