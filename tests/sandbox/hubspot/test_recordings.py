"""The sandbox held against what real HubSpot accounts answered."""

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from slasync.sandbox.hubspot import Limits
from tests.sandbox.hubspot.account import CONTACTS, NO_LAG, Account, is_

Recorded = dict[str, Any]
# what a proxy in front of HubSpot adds, and how a connection is kept: nothing of HubSpot's own
OF_THE_WAY = {
    "access-control-allow-credentials", "alt-svc", "cf-cache-status", "cf-ray", "connection",
    "content-length", "expect-ct", "nel", "report-to", "strict-transport-security",
    "transfer-encoding", "vary", "x-trace",
}  # fmt: skip
# only one of the recorded accounts had a daily limit
DAILY = {"X-HubSpot-RateLimit-Daily", "X-HubSpot-RateLimit-Daily-Remaining"}
TYPES = {"CONTACT": "contacts", "COMPANY": "companies"}


@cache
def recorded() -> tuple[Recorded, ...]:
    folder = os.environ.get("SLASYNC_RECORDINGS")
    if not folder:
        pytest.skip("SLASYNC_RECORDINGS names no folder of recorded answers")
    lines = (Path(folder) / "hubspot.jsonl").read_text().splitlines()
    return tuple(json.loads(line) for line in lines)


def answers(end: str, status: int) -> list[tuple[str, Recorded]]:
    """Return type and recording of the calls on contacts and companies whose path ends so."""

    def found() -> Iterator[tuple[str, Recorded]]:
        for recording in recorded():
            for theirs, ours in TYPES.items():
                path = f"/crm/v3/objects/{theirs}/{end}"
                if (recording["path"], recording["status"]) == (path, status):
                    yield ours, recording

    rows = list(found())
    assert rows, "nothing of the kind was recorded"
    return rows


def shape(value: Any) -> Any:
    """Return the types in a body; those of property values and lists once."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def assert_has_shape(ours: Any, theirs: Any) -> None:
    """Everything they have, we have, of the same type; properties are looked at apart."""
    if isinstance(theirs, dict):
        theirs = {name: member for name, member in theirs.items() if name != "properties"}
        assert set(theirs) <= set(ours)
        for name, member in theirs.items():
            assert_has_shape(ours[name], member)
    elif isinstance(theirs, list):
        if theirs and ours:
            assert_has_shape(ours[0], theirs[0])
    else:
        assert type(ours) is type(theirs)


def names_of(body: Recorded, but_for: set[str]) -> list[list[str]]:
    """Return the names of each row's properties; the rows come in any order."""
    return sorted(sorted(set(row["properties"]) - but_for) for row in body["results"])


def header_names(recording: Recorded) -> set[str]:
    return {name for name in recording["headers"] if name.lower() not in OF_THE_WAY}


def custom(account: Account, object_name: str, names: set[str]) -> None:
    """Give the account the custom properties that the recorded one had."""
    known = account.hubspot.portal.schemas[object_name].properties
    for name in sorted(names - set(known)):
        account.hubspot.add_property(object_name, name)


def test_batch_creates_answer_in_the_recorded_shape() -> None:
    for object_name, recording in answers("batch/create", 201):
        account = Account()
        rows = recording["body"]["inputs"]
        custom(account, object_name, {name for row in rows for name in row["properties"]})
        ours = account.post(f"/crm/v3/objects/{object_name}/batch/create", recording["body"], 201)
        assert_has_shape(ours, recording["response"])
        added = {"hs_object_source", "hs_object_source_id", "hs_object_source_label"}  # since 2022
        assert names_of(ours, added) == names_of(recording["response"], set())


def test_batch_updates_answer_in_the_recorded_shape() -> None:
    for object_name, recording in answers("batch/update", 200):
        account = Account()
        rows = recording["body"]["inputs"]
        custom(account, object_name, {name for row in rows for name in row["properties"]})
        for row in rows:
            row["id"] = account.hubspot.create(object_name, row["properties"])
            row["properties"] = row["properties"] | {"city": "Berlin"}
        path = f"/crm/v3/objects/{object_name}/batch/update"
        ours = account.post(path, recording["body"])
        assert_has_shape(ours, recording["response"])
        assert names_of(ours, {"city"}) == names_of(recording["response"], set())


def test_batch_archives_answer_with_nothing() -> None:
    for object_name, recording in answers("batch/archive", 204):
        answer = Account().call(
            "POST", f"/crm/v3/objects/{object_name}/batch/archive", recording["body"]
        )
        assert (answer.status, answer.body) == (204, b"")
        assert header_names(recording) <= {name for name, _ in answer.headers}


def test_searches_take_the_recorded_bodies_and_answer_in_their_shape() -> None:
    for object_name, recording in answers("search", 200):
        account = Account(index_lag=NO_LAG)
        body = recording["body"]
        filters = [f for group in body.get("filterGroups", []) for f in group["filters"]]
        asked = {f["propertyName"] for f in filters} | set(body.get("properties", []))
        custom(account, object_name, asked)
        ours = account.post(f"/crm/v3/objects/{object_name}/search", body)
        assert set(recording["response"]) <= {*ours, "paging"}
        assert_has_shape(ours["total"], recording["response"]["total"])


def test_headers_have_the_recorded_names_in_the_recorded_case() -> None:
    account = Account()
    account.token = account.hubspot.credentials()["access_token"]
    one = account.contact("ana")
    for end, body in (("batch/create", None), ("search", {"limit": 1})):
        rows = {"inputs": [{"properties": {"email": f"{end[:5]}@example.com"}}]}
        answer = account.call("POST", f"{CONTACTS}/{end}", body or rows)
        status = 201 if body is None else 200
        names = {name for name, _ in answer.headers}
        for _, recording in answers(end, status):
            assert header_names(recording) | DAILY == names
    assert account.get(f"{CONTACTS}/{one}")["id"] == one


def test_a_refused_search_is_worded_as_recorded() -> None:
    account = Account(limits=Limits(search_a_second=0))
    ours = account.call("POST", f"{CONTACTS}/search", {"filterGroups": []})
    for _, recording in answers("search", 429):
        theirs = recording["response"] | {"correlationId": ours.json()["correlationId"]}
        assert ours.json() == theirs
        assert ours.header("Content-Type") == recording["headers"]["Content-Type"]
        assert "Retry-After" not in recording["headers"]
        assert ours.header("Retry-After") is None


def test_a_404_has_the_recorded_members_and_header() -> None:
    missing = [r for r in recorded() if r["status"] == 404]
    assert missing
    answer = Account().call("GET", f"{CONTACTS}/1")
    for recording in missing:
        assert {*recording["response"]} - {"errors"} == set(answer.json())
        assert recording["response"]["category"] == answer.json()["category"]
        assert answer.header("X-HubSpot-NotFound") == recording["headers"]["X-HubSpot-NotFound"]


def test_an_account_describes_itself_as_recorded() -> None:
    described = [r["response"] for r in recorded() if r["path"] == "/integrations/v1/me"]
    assert described
    ours = Account().get("/integrations/v1/me")
    for theirs in described:
        assert shape(theirs) == shape(ours)


def test_the_contact_properties_have_the_recorded_types() -> None:
    account = Account()
    ours = {p["name"]: p for p in account.get("/crm/v3/properties/contacts")["results"]}
    # a score is worked out by HubSpot itself; here people and imports set it
    free = {"hubspotscore"}
    for recording in recorded():
        if recording["path"] != "/properties/v1/contacts/properties":
            continue
        theirs = {p["name"]: p for p in recording["response"]}
        for name in set(ours) & set(theirs) - free:
            assert definition(ours[name]) == definition(theirs[name])


def definition(prop: Recorded) -> tuple[str, str, str, bool]:
    read_only = prop.get("modificationMetadata", prop)["readOnlyValue"]
    return prop["name"], prop["type"], prop["fieldType"], read_only


def test_a_stale_index_is_as_recorded() -> None:
    stale = [r for _, r in answers("search", 200) if r["response"] == {"total": 1, "results": []}]
    assert stale
    account = Account()
    one = account.contact("ana")
    account.wait(seconds=5)
    account.call("DELETE", f"{CONTACTS}/{one}")
    assert account.search(is_("email", "EQ", "ana@example.com")) == stale[0]["response"]
