"""conflicts: fields of which the systems say different things, and what a person makes of them."""

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def two_way(new_desk: Desk) -> Desk:
    """Both systems keep the title, and slasync keeps it alike."""
    new_desk.change(
        "connectors/hubspot/connector.yaml", "title: {field: jobtitle}",
        "title: {field: jobtitle, direction: two_way}",
    )  # fmt: skip
    new_desk.change(
        "connectors/salesforce/connector.yaml", "title: {field: Title, direction: both}",
        "title: {field: Title, direction: two_way}",
    )  # fmt: skip
    new_desk.slasync("sync", "--once")
    new_desk.arrives()
    new_desk.work()
    new_desk.work()
    return new_desk


def titles(desk: Desk) -> tuple[str | None, str | None]:
    """Return what HubSpot and Salesforce say."""
    (contact,) = desk.town.hubspot.rows("contacts")
    (lead,) = desk.rows("Lead")
    return contact.get("jobtitle"), lead.get("Title")


def in_crm(desk: Desk, title: str | None) -> None:
    (lead,) = desk.rows("Lead")
    desk.town.salesforce.update("Lead", str(lead["Id"]), {"Title": title}, desk.town.users["mia"])


def in_marketing(desk: Desk, title: str) -> None:
    (contact,) = desk.town.hubspot.rows("contacts")
    number = str(contact["hs_object_id"])
    desk.town.hubspot.update("contacts", number, {"jobtitle": title}, "somebody")


def worked(desk: Desk) -> None:
    for _ in range(3):
        desk.work()


def test_a_title_that_a_rep_writes_is_marketings_and_the_other_way_round(two_way: Desk) -> None:
    in_crm(two_way, "CIO")
    worked(two_way)
    assert titles(two_way) == ("CIO", "CIO")

    in_marketing(two_way, "CTO")
    worked(two_way)
    assert titles(two_way) == ("CTO", "CTO")
    assert two_way.slasync("conflicts", "list").exit_code == 0


def test_a_blank_is_not_carried_over(two_way: Desk) -> None:
    in_crm(two_way, "CIO")
    worked(two_way)
    in_crm(two_way, None)
    worked(two_way)

    assert titles(two_way) == ("CIO", None)


@pytest.fixture
def disagreeing(two_way: Desk) -> Desk:
    in_crm(two_way, "CIO")
    worked(two_way)
    in_crm(two_way, "CEO")
    in_marketing(two_way, "CTO")
    worked(two_way)
    return two_way


def test_a_conflict_is_listed_with_both_values_and_settled_by_a_person(disagreeing: Desk) -> None:
    listed = disagreeing.slasync("conflicts", "list")
    (conflict,) = disagreeing.json("conflicts", "list")["conflicts"]

    assert listed.exit_code == 1
    assert "hubspot contact: 'CTO'; salesforce lead: 'CEO'" in listed.output
    assert (conflict["kind"], conflict["agreed_before"]) == ("both_changed", "CIO")
    assert titles(disagreeing) == ("CTO", "CEO")

    words = ("conflicts", "settle", "lou@x.example", "title", "--take", "salesforce")
    done = disagreeing.slasync(*words)
    assert done.exit_code == 0, done.output
    assert "is 'CEO': written to hubspot, salesforce" in done.output
    worked(disagreeing)

    assert titles(disagreeing) == ("CEO", "CEO")
    assert disagreeing.slasync("conflicts", "list").exit_code == 0


def test_another_value_may_be_given(disagreeing: Desk) -> None:
    disagreeing.slasync("conflicts", "settle", "lou@x.example", "title", "--value", "Boss")
    worked(disagreeing)

    assert titles(disagreeing) == ("Boss", "Boss")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("title", "--take", "marketo"), "marketo is none of those that say it: hubspot, salesf"),
        (("phone", "--take", "hubspot"), "is in no conflict: slasync conflicts list"),
        (("title",), "say --take SYSTEM, --value TEXT or --blank: one of them"),
        (("title", "--blank", "--value", "x"), "say --take SYSTEM, --value TEXT or --blank"),
    ],
)
def test_a_wrong_choice_is_told_and_changes_nothing(
    disagreeing: Desk, words: tuple[str, ...], told: str
) -> None:
    done = disagreeing.slasync("conflicts", "settle", "lou@x.example", *words)

    assert done.exit_code == 2
    assert told in done.output
    assert len(disagreeing.json("conflicts", "list")["conflicts"]) == 1


def test_nulls_are_only_for_fields_that_are_kept_alike(new_desk: Desk) -> None:
    new_desk.change(
        "connectors/hubspot/connector.yaml", "title: {field: jobtitle}",
        "title: {field: jobtitle, nulls: write}",
    )  # fmt: skip

    done = new_desk.slasync("check")

    assert done.exit_code == 2
    assert "nulls: write is for a field that is kept alike: direction two_way" in done.output


def test_a_field_that_no_other_system_has_cannot_be_kept_alike(new_desk: Desk) -> None:
    new_desk.change(
        "connectors/hubspot/connector.yaml", "lifecycle: {field: lifecyclestage}",
        "lifecycle: {field: lifecyclestage, direction: two_way}",
    )  # fmt: skip

    done = new_desk.slasync("check")

    assert done.exit_code == 2
    assert "lifecycle is two_way here and no other system has it: map it there" in done.output


def test_an_unknown_direction_is_told_with_those_that_there_are(new_desk: Desk) -> None:
    new_desk.change(
        "connectors/hubspot/connector.yaml", "title: {field: jobtitle}",
        "title: {field: jobtitle, direction: two_ways}",
    )  # fmt: skip

    done = new_desk.slasync("check")

    assert done.exit_code == 2
    assert "two_way" in done.output
    assert "newest_wins" in done.output


def test_the_shipped_files_keep_nothing_alike_and_say_how(desk: Desk) -> None:
    listed = desk.slasync("conflicts", "list")

    assert listed.exit_code == 0
    assert "connector.yaml gives no field a direction like two_way" in listed.output
