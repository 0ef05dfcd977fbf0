import pytest

from slasync.sandbox.hubspot import Backward
from slasync.sandbox.hubspot.errors import Problem
from tests.sandbox.hubspot.account import CONTACTS, Account, is_


def stage(account: Account, contact: str) -> str | None:
    shown = account.get(f"{CONTACTS}/{contact}?properties=lifecyclestage")
    found: str | None = shown["properties"]["lifecyclestage"]
    return found


def test_a_taken_email_is_a_409_that_names_the_contact() -> None:
    account = Account()
    one = account.contact("ana")
    answer = account.call("POST", CONTACTS, {"properties": {"email": "ANA@example.com"}})
    assert answer.status == 409
    assert answer.json()["message"] == f"Contact already exists. Existing ID: {one}"
    assert answer.json()["category"] == "CONFLICT"


def test_a_second_address_is_found_and_blocks_a_create_as_well() -> None:
    account = Account()
    given = {"email": "ana@example.com", "hs_additional_emails": "a.b@example.com;ab@example.com"}
    one = account.hubspot.create("contacts", given)
    assert account.get(f"{CONTACTS}/ab@example.com?idProperty=email")["id"] == one
    body = {"properties": {"email": "ab@example.com"}}
    assert account.call("POST", CONTACTS, body).status == 409


def test_an_update_to_a_taken_email_is_a_400_that_names_both() -> None:
    account = Account()
    one, other = account.contact("ana"), account.contact("ben")
    body = {"properties": {"email": "ana@example.com"}}
    answer = account.call("PATCH", f"{CONTACTS}/{other}", body)
    assert answer.status == 400
    message = answer.json()["message"]
    assert message.startswith("Cannot set PropertyValueCoordinates{portalId=")
    assert message.endswith(f"value=ana@example.com}} on {other}. {one} already has that value.")


def test_an_archived_contact_frees_its_email() -> None:
    account = Account()
    account.call("DELETE", f"{CONTACTS}/{account.contact('ana')}")
    account.contact("ana")


def test_a_lifecycle_stage_moves_forward_only_and_says_nothing() -> None:
    account = Account()
    one = account.contact("ana", lifecyclestage="opportunity")
    body = {"properties": {"lifecyclestage": "lead", "lastname": "B"}}
    answer = account.call("PATCH", f"{CONTACTS}/{one}", body)
    assert answer.status == 200
    assert stage(account, one) == "opportunity"
    assert account.get(f"{CONTACTS}/{one}")["properties"]["lastname"] == "B"


def test_some_accounts_refuse_a_stage_that_goes_back() -> None:
    account = Account(lifecycle_backward=Backward.REFUSED)
    one = account.contact("ana", lifecyclestage="opportunity")
    body = {"properties": {"lifecyclestage": "lead"}}
    assert account.call("PATCH", f"{CONTACTS}/{one}", body).status == 400


def test_a_cleared_stage_can_be_set_to_any() -> None:
    account = Account()
    one = account.contact("ana", lifecyclestage="customer")
    for value in ("", "lead"):
        account.call("PATCH", f"{CONTACTS}/{one}", {"properties": {"lifecyclestage": value}})
    assert stage(account, one) == "lead"


def test_only_an_active_owner_can_be_given_a_contact() -> None:
    account = Account()
    one = account.contact("ana")
    left = account.hubspot.add_owner("left@example.com", "Le", "Ft", archived=True)
    here = account.hubspot.add_owner("here@example.com", "He", "Re")
    for owner, status in ((left, 400), ("1", 400), (here, 200), ("", 200)):
        body = {"properties": {"hubspot_owner_id": owner}}
        assert account.call("PATCH", f"{CONTACTS}/{one}", body).status == status


def test_a_submitted_form_counts_and_is_dated() -> None:
    account = Account()
    one = account.hubspot.submit_form("ana@example.com", "Demo request")
    account.wait(hours=1)
    assert account.hubspot.submit_form(one, "Demo request") == one
    account.hubspot.submit_form("ana@example.com", "Newsletter")
    shown = account.hubspot.get("contacts", one)
    assert shown["recent_conversion_event_name"] == "Newsletter"
    assert shown["recent_conversion_date"] == "2026-03-02T10:00:00.000Z"
    assert shown["first_conversion_event_name"] == "Demo request"
    assert (shown["num_conversion_events"], shown["num_unique_conversion_events"]) == ("3", "2")


def test_submissions_are_read_newest_first() -> None:
    account = Account()
    for name in ("ana", "ben", "cleo"):
        fields = [{"name": "email", "value": f"{name}@example.com"}]
        account.post("/submissions/v3/integration/submit/1/demo", {"fields": fields})
        account.wait(minutes=1)
    path = "/form-integrations/v1/submissions/forms/demo"
    first = account.get(f"{path}?limit=2")
    rest = account.get(f"{path}?limit=2&after={first['paging']['next']['after']}")
    values = [s["values"][0]["value"] for page in (first, rest) for s in page["results"]]
    assert values == ["cleo@example.com", "ben@example.com", "ana@example.com"]
    assert "paging" not in rest


def test_a_merge_makes_a_new_record_for_which_both_old_ids_stand() -> None:
    account = Account()
    one = account.contact("ana", lastname="A", lifecyclestage="lead")
    other = account.contact("ben", lastname="B", company="Acme", lifecyclestage="customer")
    body = {"primaryObjectId": one, "objectIdToMerge": other}
    merged = account.post(f"{CONTACTS}/merge", body)["id"]
    assert merged not in {one, other}
    names = "properties=email,lastname,company,hs_additional_emails,hs_merged_object_ids"
    for key in (one, other, merged):
        shown = account.get(f"{CONTACTS}/{key}?{names},lifecyclestage")
        assert shown["id"] == merged
    values = shown["properties"]
    assert (values["lastname"], values["company"]) == ("A", "Acme")
    assert values["lifecyclestage"] == "customer"
    assert values["hs_additional_emails"] == "ben@example.com"
    assert values["hs_merged_object_ids"] == f"{one};{other}"
    assert account.get(f"{CONTACTS}?archived=true")["results"] == []


def test_in_older_accounts_the_primary_id_survives_a_merge() -> None:
    account = Account(merge_keeps_primary_id=True)
    one, other = account.contact("ana"), account.contact("ben")
    body = {"primaryObjectId": one, "objectIdToMerge": other}
    assert account.post(f"{CONTACTS}/merge", body)["id"] == one
    assert account.get(f"{CONTACTS}/{other}")["id"] == one
    account.wait(seconds=6)
    assert account.emails() == ["ana"]


def test_an_erased_contact_is_nowhere() -> None:
    account = Account()
    one = account.contact("ana")
    answer = account.call("POST", f"{CONTACTS}/gdpr-delete", {"objectId": one})
    assert answer.status == 204
    assert account.call("GET", f"{CONTACTS}/{one}").status == 404
    assert account.get(f"{CONTACTS}?archived=true")["results"] == []


def test_people_are_held_to_the_same_rules() -> None:
    account = Account()
    account.contact("ana")
    with pytest.raises(Problem, match="already exists"):
        account.hubspot.create("contacts", {"email": "ana@example.com"}, by="7")
    with pytest.raises(Problem, match="PROPERTY_DOESNT_EXIST"):
        account.hubspot.create("contacts", {"emial": "ana@example.com"}, by="7")


def test_an_import_updates_the_contacts_it_knows() -> None:
    account = Account()
    one = account.contact("ana", company="Old")
    rows = [
        {"email": "ana@example.com", "company": "New"},
        {"email": "ben@example.com", "createdate": "2025-01-01T00:00:00Z"},
        {"email": "ben@example.com", "company": "Twice"},
    ]
    assert account.hubspot.load("contacts", rows) == 1
    assert account.hubspot.get("contacts", one)["company"] == "New"
    account.wait(seconds=5)
    (ben,) = account.search(is_("email", "EQ", "ben@example.com"), properties=["company"])[
        "results"
    ]
    assert ben["properties"]["company"] == "Twice"
    assert ben["createdAt"] == "2025-01-01T00:00:00.000Z"


def test_a_restored_contact_is_found_again() -> None:
    account = Account()
    one = account.contact("ana")
    account.hubspot.archive("contacts", one, by="7")
    account.wait(seconds=10)
    assert account.emails() == []
    account.hubspot.restore("contacts", one, by="7")
    account.wait(seconds=10)
    assert account.emails() == ["ana"]
    assert account.get(f"{CONTACTS}/{one}")["archived"] is False
