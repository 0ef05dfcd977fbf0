from tests.sandbox.marketo.office import CHANGES, Office, reason

LISTS, ASSETS = "/rest/v1/lists", "/rest/asset/v1"
FOLDER = 'folder={"type":"Folder","id":12}'


def rows(*ids: int) -> dict[str, list[dict[str, int]]]:
    return {"input": [{"id": each} for each in ids]}


def test_leads_are_put_on_a_list_and_taken_off_with_an_outcome_each() -> None:
    office = Office()
    path = f"{LISTS}/{office.marketo.make_list('Hot')}/leads.json"
    ana, ben = office.lead("ana"), office.lead("ben")
    added = office.post(path, rows(ana, 5))
    assert added[0] == {"id": ana, "status": "added"}
    assert (added[1]["id"], *reason(added[1])) == (5, "1004", "Lead not found")
    removed = office.body("DELETE", f"{path}?id={ana}&id={ben}")["result"]
    assert removed[0] == {"id": ana, "status": "removed"}
    assert (removed[1]["id"], *reason(removed[1])) == (ben, "1015", "Lead not in list")


def test_members_are_listed_and_asked_for() -> None:
    office = Office()
    number = office.marketo.make_list("Hot")
    ana, ben = office.lead("ana"), office.lead("ben")
    office.post(f"{LISTS}/{number}/leads.json", rows(ana))
    for path in (f"{LISTS}/{number}/leads.json", f"/rest/v1/list/{number}/leads.json"):
        assert [row["id"] for row in office.get(path)] == [ana]
    asked = office.get(f"{LISTS}/{number}/leads/ismember.json?id={ana}&id={ben}&id=5")
    assert [row["status"] for row in asked] == ["memberof", "notmemberof", "skipped"]
    assert office.get(f"/rest/v1/leads/{ana}/listMembership.json") == [{"id": int(number)}]


def test_members_come_in_pages() -> None:
    office = Office()
    number = office.marketo.make_list("Hot")
    office.marketo.load([{"email": f"{n}@example.com"} for n in range(450)])
    for row in list(office.marketo.rows()):
        office.marketo.put_on_list(number, str(row["id"]))
    path = f"{LISTS}/{number}/leads.json"
    first = office.body("GET", path)
    rest = office.body("GET", path, nextPageToken=first["nextPageToken"])
    assert (len(first["result"]), len(rest["result"])) == (300, 150)
    assert "nextPageToken" not in rest


def test_membership_makes_activities_with_the_name_of_the_list() -> None:
    office = Office()
    number = office.marketo.make_list("Hot")
    one, token = office.lead("ana"), office.since()
    office.post(f"{LISTS}/{number}/leads.json", rows(one))
    office.post(f"{LISTS}/{number}/leads.json", rows(one))
    office.body("DELETE", f"{LISTS}/{number}/leads.json?id={one}")
    told, _ = office.read(token, activityTypeIds="24,25")
    assert [row["activityTypeId"] for row in told] == [24, 25]
    assert told[0]["primaryAttributeValueId"] == int(number)
    assert told[0]["primaryAttributeValue"] == "Hot"
    assert [e.operation for e in office.world.journal.entries()] == ["create", "list", "list"]
    assert office.get(f"{CHANGES}/types.json")


def test_calls_without_leads_or_list_fail() -> None:
    office = Office()
    number = office.marketo.make_list("Hot")
    asked = office.failure("POST", f"{LISTS}/{number}/leads.json", {"input": []})
    assert asked == ("1003", "Lead ids not specified")
    assert office.failure("POST", f"{LISTS}/7/leads.json", rows(1))[0] == "1013"
    assert office.failure("GET", f"{LISTS}/7.json") == ("1013", "List not found")


def test_lists_are_listed_by_name_and_in_pages() -> None:
    office = Office()
    for number in range(302):
        office.marketo.make_list(f"List {number}")
    first = office.body("GET", f"{LISTS}.json")
    assert (len(first["result"]), "moreResult" in first) == (300, False)
    last = office.body("GET", f"{LISTS}.json", nextPageToken=first["nextPageToken"])
    assert [row["name"] for row in last["result"]] == ["List 300", "List 301"]
    assert "nextPageToken" not in last
    (named,) = office.get(f"{LISTS}.json", name="List 7")
    assert office.get(f"{LISTS}/{named['id']}.json") == [named]


def test_lists_are_made_found_and_deleted_as_assets() -> None:
    office = Office()
    (made,) = office.post(f"{ASSETS}/staticLists.json", f"name=Hot&{FOLDER}")
    assert made["createdAt"] == "2026-03-02T09:00:00Z+0000"
    assert office.get(f"{ASSETS}/staticList/byName.json", name="Hot") == [made]
    assert office.get(f"{ASSETS}/staticLists.json") == [made]
    gone = office.post(f"{ASSETS}/staticList/{made['id']}/delete.json")
    assert gone == [{"id": made["id"]}]
    none = office.body("GET", f"{ASSETS}/staticList/{made['id']}.json")
    assert none["warnings"] == ["No assets found for the given search criteria."]
    assert (none["errors"], "result" in none) == ([], False)


def test_an_asset_that_cannot_be_made_fails_in_the_assets_way() -> None:
    office = Office()
    path = f"{ASSETS}/staticLists.json"
    office.post(path, f"name=Hot&{FOLDER}")
    assert office.failure("POST", path, f"name=Hot&{FOLDER}")[0] == "709"
    assert office.failure("POST", path, FOLDER)[0] == "701"
    assert office.failure("POST", path, 'name=Cold&folder={"id":1}')[0] == "710"
    assert office.failure("POST", path, "name=Cold") == (
        "1002",
        "Missing value for required parameter 'folder'",
    )
    assert office.call("POST", path, "name=").json()["warnings"] == []


def test_a_deleted_lead_is_on_no_list() -> None:
    office = Office()
    number = office.marketo.make_list("Hot")
    one = str(office.lead("ana"))
    office.marketo.put_on_list(number, one)
    office.marketo.delete(one)
    assert office.marketo.members(number) == []
