"""What clients that slasync's own does not resemble ask of an account."""

import pytest

from tests.sandbox.hubspot.account import CONTACTS, Account

PIPELINES = "/crm/v3/pipelines/deals"


@pytest.fixture
def account() -> Account:
    return Account()


def test_a_known_path_with_another_method_is_405_and_an_unknown_one_404(account: Account) -> None:
    known, unknown = account.call("PUT", CONTACTS), account.call("PUT", "/crm/v3/nothing")
    assert (known.status, unknown.status) == (405, 404)
    assert known.json()["status"] == "error"


def test_head_asks_as_get_does(account: Account) -> None:
    assert account.call("HEAD", CONTACTS).status == 200


def test_a_pipeline_and_its_stages_are_read_one_by_one(account: Account) -> None:
    whole = account.get(PIPELINES)["results"][0]
    assert account.get(f"{PIPELINES}/default") == whole
    assert account.get(f"{PIPELINES}/default/stages")["results"] == whole["stages"]
    assert account.get(f"{PIPELINES}/default/stages/closedwon")["metadata"]["isClosed"] == "true"
    for lost in ("other", "other/stages", "default/stages/other"):
        assert account.call("GET", f"{PIPELINES}/{lost}").json()["category"] == "OBJECT_NOT_FOUND"


def test_erasing_nobody_in_particular_is_refused(account: Account) -> None:
    assert account.post(f"{CONTACTS}/gdpr-delete", {}, 400)["category"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("number", ["٣", "²", "9" * 4400, "-1"])
def test_what_no_vendor_reads_as_a_number_is_none(account: Account, number: str) -> None:
    assert account.call("GET", f"{CONTACTS}/{number}").status == 404
    assert account.call("GET", f"/crm/v3/owners/{number}").status == 400
    assert account.call("GET", f"{CONTACTS}?after={number}").status == 400
    assert account.call("GET", f"/crm/v3/lists/{number}").status == 400
