import pytest

from tests.sandbox.hubspot.account import Account

OWNERS = "/crm/v3/owners"


def test_an_owners_id_is_not_the_users() -> None:
    account = Account()
    owner = account.hubspot.add_owner("o@example.com", "O", "W", team="Sales")
    (shown,) = account.get(OWNERS)["results"]
    assert (shown["id"], shown["type"], shown["archived"]) == (owner, "PERSON", False)
    assert isinstance(shown["userId"], int)
    assert str(shown["userId"]) != owner
    assert shown["teams"] == [{"id": "1", "name": "Sales", "primary": True}]
    assert account.get(f"{OWNERS}/{shown['userId']}?idProperty=userId")["id"] == owner


def test_in_newer_accounts_it_is() -> None:
    account = Account(owner_ids_are_user_ids=True)
    owner = account.hubspot.add_owner("o@example.com", "O", "W")
    assert str(account.get(f"{OWNERS}/{owner}")["userId"]) == owner


def test_a_deactivated_owner_is_only_among_the_archived_and_has_no_user_id() -> None:
    account = Account()
    owner = account.hubspot.add_owner("o@example.com", "O", "W")
    account.hubspot.archive_owner(owner)
    assert account.get(OWNERS)["results"] == []
    (shown,) = account.get(f"{OWNERS}?archived=true")["results"]
    assert (shown["id"], shown["userId"]) == (owner, None)
    assert shown["userIdIncludingInactive"] is not None
    assert account.call("GET", f"{OWNERS}/{owner}").status == 404
    assert account.get(f"{OWNERS}/{owner}?archived=true")["id"] == owner


def test_owners_are_paged_and_found_by_email() -> None:
    account = Account()
    made = [account.hubspot.add_owner(f"o{n}@example.com", "O", "W") for n in range(3)]
    first = account.get(f"{OWNERS}/?limit=2")
    rest = account.get(f"{OWNERS}/?limit=2&after={first['paging']['next']['after']}")
    assert [row["id"] for page in (first, rest) for row in page["results"]] == made
    assert "paging" not in rest
    (found,) = account.get(f"{OWNERS}?email=O1@example.com")["results"]
    assert found["id"] == made[1]


@pytest.mark.parametrize("path", ["/x", "/1?idProperty=email"])
def test_an_odd_question_for_an_owner_is_a_400(path: str) -> None:
    assert Account().call("GET", OWNERS + path).status == 400
