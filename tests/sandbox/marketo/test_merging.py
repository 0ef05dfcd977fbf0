import pytest

from tests.sandbox.marketo.office import CHANGES, LEADS, Office

DELETED = f"{CHANGES}/deletedleads.json"


def merge(office: Office, winner: int, **query: object) -> list[str]:
    return list(office.body("POST", f"/rest/v1/leads/{winner}/merge.json", **query))


def test_the_winner_keeps_its_values_and_takes_what_it_lacks() -> None:
    office = Office()
    ana = office.lead("ana", firstName="Ana")
    two = office.lead("two", firstName="Anna", title="CTO")
    three = office.lead("three", title="CEO", city="Berlin")
    assert merge(office, ana, leadIds=f"{two},{three}") == ["requestId", "success"]
    left = office.marketo.get(str(ana))
    assert (left["firstName"], left["title"], left["city"]) == ("Ana", "CTO", "Berlin")
    asked = {"filterType": "id", "filterValues": f"{two},{three}"}
    assert office.get(LEADS, **asked) == []
    assert len(office.marketo.instance.leads) == 1


def test_a_merge_is_an_activity_of_the_winner_with_the_losers_ids() -> None:
    office = Office()
    ana, two = office.lead("ana"), office.lead("two")
    token = office.since()
    merge(office, ana, leadId=two)
    ((row,), _) = office.read(token, activityTypeIds=32)
    told = {each["name"]: each["value"] for each in row["attributes"]}
    assert (row["leadId"], told["Merge IDs"]) == (ana, str(two))
    (entry,) = office.world.journal.writes("marketo", "leads", "merge")
    assert (entry.id, entry.after) == (str(ana), {"mergedIds": str(two)})


def test_what_happened_to_the_loser_is_the_winners_afterwards() -> None:
    office = Office()
    ana, two = office.lead("ana"), office.lead("two")
    token = office.since()
    office.marketo.moment(str(two), "Web", "Looked at prices")
    merge(office, ana, leadId=two)
    ((row,), _) = office.read(token, activityTypeIds=46, leadIds=ana)
    assert row["leadId"] == ana


@pytest.mark.parametrize(("share", "told"), [(0.0, False), (1.0, True)])
def test_losers_are_among_the_deleted_in_some_instances(*, share: float, told: bool) -> None:
    office = Office(losers_among_deleted=share)
    ana, two = office.lead("ana"), office.lead("two")
    token = office.since()
    merge(office, ana, leadId=two)
    assert [row["leadId"] for row in office.read(token, DELETED)[0]] == [two] * told


def test_the_winner_stands_on_the_losers_lists() -> None:
    office = Office()
    ana, two = office.lead("ana"), office.lead("two")
    number = office.marketo.make_list("Hot")
    office.marketo.put_on_list(number, str(two))
    merge(office, ana, leadId=two)
    assert office.marketo.members(number) == [str(ana)]


def test_with_salesforce_the_contact_survives_whoever_was_asked_for() -> None:
    office = Office(native_sync=True)
    lead = office.lead("lead", sfdcType="Lead")
    contact = office.lead("contact", sfdcType="Contact")
    merge(office, lead, leadId=contact, mergeInCRM="true")
    assert [row["id"] for row in office.marketo.rows()] == [contact]


def test_without_salesforce_there_is_no_merge_in_it() -> None:
    office = Office()
    ana, two = office.lead("ana"), office.lead("two")
    path = f"/rest/v1/leads/{ana}/merge.json?leadId={two}&mergeInCRM=true"
    assert office.failure("POST", path)[0] == "1076"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "1002"),
        ("leadId=1", "1004"),
        ("leadId=318581", "1003"),
        ("leadIds=" + ",".join(map(str, range(26))), "1080"),
        ("leadId=318582&mergeInCRM=perhaps", "1003"),
    ],
)
def test_a_merge_of_the_impossible_fails_and_changes_nothing(query: str, code: str) -> None:
    office = Office()
    ana, _ = office.lead("ana"), office.lead("two")
    assert office.failure("POST", f"/rest/v1/leads/{ana}/merge.json?{query}")[0] == code
    assert len(office.marketo.instance.leads) == 2
