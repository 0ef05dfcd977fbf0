"""The sandbox held against what a real Marketo instance answered."""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from slasync.sandbox.http import Response
from tests.sandbox.marketo.office import Office

Recorded = dict[str, Any]
FIRST = 7149  # the lead that most of the recorded calls are about
# what the way to the instance adds, and how a connection is kept: nothing of Marketo's own
OF_THE_WAY = {"connection", "content-encoding", "content-length", "transfer-encoding", "vary"}
# of the identity host, and about browsers
OF_BROWSERS = {"x-xss-protection", "x-frame-options", "x-content-type-options"}
OWN = re.compile(r"(\w+)_field\Z")  # custom fields of the recorded instance, named by their type
KINDS = {"textarea": "text"}


@cache
def recorded() -> tuple[Recorded, ...]:
    folder = os.environ.get("SLASYNC_RECORDINGS")
    if not folder:
        pytest.skip("SLASYNC_RECORDINGS names no folder of recorded answers")
    lines = (Path(folder) / "marketo.jsonl").read_text().splitlines()
    return tuple(json.loads(line) for line in lines)


def calls(method: str, path: str) -> list[Recorded]:
    """Return the recordings of one call; `path` is a pattern."""
    found = [r for r in recorded() if r["method"] == method and re.fullmatch(path, r["path"])]
    assert found, "nothing of the kind was recorded"
    return found


def makes_a_lead(recording: Recorded) -> bool:
    return '"created"' in json.dumps(recording["response"])


def an_office(recording: Recorded) -> Office:
    """Return an instance with the recorded custom fields, lists and, but for new ones, leads."""
    office = Office(first_lead=FIRST)
    for name in ("textarea", "boolean", "email", "integer", "float", "datetime", "score"):
        office.marketo.add_field(f"{name}_field", KINDS.get(name, name))
    for name in ("percent", "currency"):
        office.marketo.add_field(f"{name}_field", name)
    if not makes_a_lead(recording):
        for name in ("brian", "brian2"):
            office.marketo.create({"email": f"{name}@example.com"})
    return office


def a_list(office: Office, number: int, name: str = "(test) Churned") -> str:
    """Make a list with this number."""
    office.marketo.instance.lists.next_id = number
    return office.marketo.make_list(name)


def replay(office: Office, recording: Recorded, path: str | None = None) -> Response:
    """Send a recorded call again."""
    query = recording.get("query", {})
    pairs = [
        f"{name}={value}"
        for name, given in query.items()
        for value in (given if isinstance(given, list) else [given])
    ]
    address = (path or recording["path"]) + (f"?{'&'.join(pairs)}" if pairs else "")
    return office.call(recording["method"], address, recording.get("body"))


def shape(value: Any) -> Any:
    """Return names in their order, types, and what is said in fixed words."""
    if isinstance(value, dict):
        return [(name, _member(name, member)) for name, member in value.items()]
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value).__name__


def _member(name: str, member: Any) -> Any:
    return member if name in {"status", "success", "code", "message", "warnings"} else shape(member)


def assert_same(ours: Response, recording: Recorded) -> None:
    """Status, headers and body are of one kind, members in one order."""
    assert ours.status == recording["status"]
    assert shape(ours.json()) == shape(recording["response"])
    theirs = {name.lower() for name in recording["headers"]}
    assert {name.lower() for name, _ in ours.headers} == theirs - OF_THE_WAY - OF_BROWSERS
    assert ours.header("Content-Type") == recording["headers"]["Content-Type"]


def test_tokens_are_granted_as_recorded() -> None:
    for recording in calls("GET", "/identity/oauth/token"):
        ours = Office().ask_token()
        assert_same(ours, recording)
        assert 0 < recording["response"]["expires_in"] <= ours.json()["expires_in"] == 3599


def test_reads_of_nobody_answer_as_recorded() -> None:
    for recording in calls("GET", "/rest/v1/leads.json"):
        assert_same(replay(Office(), recording), recording)


def test_writes_answer_as_recorded_with_the_same_ids() -> None:
    for recording in calls("POST", "/rest/v1/leads.json"):
        office = an_office(recording)
        ours = replay(office, recording)
        assert_same(ours, recording)
        if not makes_a_lead(recording):
            assert ours.json()["result"] == recording["response"]["result"]


def test_members_are_posted_for_and_shown_as_recorded() -> None:
    for recording in calls("POST", r"/rest/v1/list/\d+/leads.json"):
        office = an_office(recording)
        number = a_list(office, int(recording["path"].split("/")[4]))
        for row in recording["response"]["result"]:
            given = {n: v for n, v in row.items() if not n.endswith("At")}
            office.marketo.update(str(row["id"]), given)
            office.marketo.put_on_list(number, str(row["id"]))
        ours = replay(office, recording)
        assert_same(ours, recording)
        for mine, theirs in zip(
            ours.json()["result"], recording["response"]["result"], strict=True
        ):
            assert mine["email"] == theirs["email"]
            assert mine["lastName"] == theirs["lastName"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_members_are_added_and_removed_as_recorded(method: str) -> None:
    for recording in calls(method, r"/rest/v1/lists/\d+/leads.json"):
        office = an_office(recording)
        number = a_list(office, int(recording["path"].split("/")[4]))
        for row in recording["response"]["result"]:
            if row["status"] == "removed":
                office.marketo.put_on_list(number, str(row["id"]))
        ours = replay(office, recording)
        assert_same(ours, recording)
        assert ours.json()["result"] == recording["response"]["result"]


def test_lists_are_made_as_recorded() -> None:
    for recording in calls("POST", "/rest/asset/v1/staticLists.json"):
        office = Office()
        ours = replay(office, recording)
        assert_same(ours, recording)
        assert ours.json()["result"][0]["name"] == recording["response"]["result"][0]["name"]


def test_lists_are_found_by_name_as_recorded() -> None:
    for recording in calls("GET", "/rest/asset/v1/staticList/byName.json"):
        office = Office()
        if "result" in recording["response"]:
            a_list(office, 1160, unquote(recording["query"]["name"]))
        assert_same(replay(office, recording), recording)


def test_lists_are_deleted_as_recorded() -> None:
    for recording in calls("POST", r"/rest/asset/v1/staticList/\d+/delete.json"):
        office = Office()
        a_list(office, int(recording["path"].split("/")[5]))
        ours = replay(office, recording)
        assert_same(ours, recording)
        assert ours.json()["result"] == recording["response"]["result"]


def test_the_folder_of_lists_is_shown_as_recorded() -> None:
    for recording in calls("GET", "/rest/asset/v1/folder/byName.json"):
        assert_same(replay(Office(), recording), recording)


def test_every_recorded_field_is_described_in_the_same_way() -> None:
    for recording in calls("GET", "/rest/v1/leads/describe.json"):
        office = an_office(recording)
        ours = replay(office, recording)
        assert list(ours.json()) == list(recording["response"])
        fields = {row["rest"]["name"]: row for row in ours.json()["result"]}
        for theirs in recording["response"]["result"]:
            mine = fields[theirs["rest"]["name"]]
            assert list(mine) == list(theirs), theirs
            assert mine["rest"] == theirs["rest"]
            for name in ("dataType", "length", "displayName"):
                assert name not in theirs or plain(mine[name]) == plain(theirs[name])


def plain(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def test_a_request_id_looks_as_recorded_and_holds_the_time() -> None:
    office = Office()
    pattern = re.compile(r"[0-9a-f]{2,5}#[0-9a-f]{11}")
    for recording in recorded():
        if "requestId" in recording["response"]:
            assert pattern.fullmatch(recording["response"]["requestId"])
    for _ in range(50):
        told = office.call("GET", "/rest/v1/stats/usage.json").json()
        assert pattern.fullmatch(told["requestId"])


def test_no_recorded_call_is_left_out() -> None:
    """A call of a kind that is not replayed above would pass unseen."""
    replayed = (
        "/identity/oauth/token",
        r"/rest/v1/leads(/describe)?\.json",
        r"/rest/v1/lists?/\d+/leads\.json",
        r"/rest/asset/v1/(staticLists|staticList/byName|staticList/\d+/delete|folder/byName)\.json",
    )
    for recording in recorded():
        assert any(re.fullmatch(pattern, recording["path"]) for pattern in replayed)
