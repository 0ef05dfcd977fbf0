import pytest

from slasync.sandbox.marketo import Failure
from tests.sandbox.marketo.office import Office


def test_a_visitor_who_sends_a_form_is_known_by_the_address() -> None:
    office = Office()
    token = office.since()
    one = office.marketo.fill_form("Demo request", {"email": "ana@example.com"})
    again = {"email": "ANA@example.com", "firstName": "Ana"}
    assert office.marketo.fill_form("Demo request", again) == one
    rows, _ = office.read(token, activityTypeIds="2,12")
    assert [row["activityTypeId"] for row in rows] == [12, 2, 2]
    assert rows[1]["primaryAttributeValue"] == "Demo request"
    assert rows[1]["primaryAttributeValueId"] == rows[2]["primaryAttributeValueId"]


def test_a_rising_score_changes_its_part_and_sales_insight() -> None:
    office = Office()
    office.marketo.add_field("behaviorScore", "score")
    one = office.marketo.create({"email": "ana@example.com"})
    office.marketo.score(one, 30, part="behaviorScore")
    office.marketo.score(one, 25)
    row = office.marketo.get(one)
    assert (row["leadScore"], row["behaviorScore"]) == (55, 30)
    assert (row["relativeScore"], row["relativeUrgency"], row["urgency"]) == (2, 3, 55.0)
    office.wait(days=8)
    row = office.marketo.get(one)
    assert (row["relativeScore"], row["relativeUrgency"], row["priority"]) == (2, 0, 20)


def test_a_life_of_a_lead_is_in_the_journal_with_who_did_what() -> None:
    office = Office()
    one = office.marketo.fill_form("Demo", {"email": "ana@example.com"})
    office.marketo.score(one, 80)
    two = office.marketo.create({"email": "ana@example.com"})
    office.marketo.merge(one, [two])
    office.marketo.delete(one)
    done = [(entry.operation, entry.by) for entry in office.world.journal.entries()]
    assert done == [
        ("create", "visitor"),
        ("update", "scoring"),
        ("create", "marketer@example.com"),
        ("merge", "marketer@example.com"),
        ("delete", "marketer@example.com"),
    ]


def test_a_load_has_its_own_stamps_and_makes_no_activity() -> None:
    office = Office()
    token = office.since()
    rows = [{"email": "ana@example.com", "createdAt": "2025-01-02T03:04:05Z", "leadScore": "7"}]
    assert office.marketo.load(rows) == 1
    (row,) = office.marketo.rows()
    assert (row["createdAt"], row["updatedAt"], row["leadScore"]) == (
        "2025-01-02T03:04:05Z",
        "2025-01-02T03:04:05Z",
        7,
    )
    assert office.read(token, activityTypeIds="12,13")[0] == []
    assert len(office.world.journal) == 0


def test_people_are_refused_in_the_same_words() -> None:
    marketo = Office().marketo
    with pytest.raises(Failure, match="Lead not found"):
        marketo.update("1", {"firstName": "Ana"})
    with pytest.raises(Failure, match="Invalid value for field 'email' and value 'bad'"):
        marketo.create({"email": "bad"})


def test_the_same_seed_gives_the_same_course_of_events() -> None:
    def course() -> list[object]:
        office = Office(short_pages=0.5)
        token = office.since()
        for number in range(20):
            office.marketo.create({"email": f"{number}@example.com"})
        page = office.body(
            "GET", "/rest/v1/activities.json", nextPageToken=token, activityTypeIds=12
        )
        return [office.marketo.credentials(), office.token, page]

    assert course() == course()
