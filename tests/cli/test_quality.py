"""quality: what is lacking in leads' data; and a lead that goes back, until it returns."""

from datetime import timedelta

import pytest

from tests.cli.desk import Desk

AGREEMENT = "config/agreement.yaml"
CRM = "connectors/salesforce/connector.yaml"
FIELDS = """\
  recycle_reason: {field: Description, direction: both}
  nurture_path: {field: Jigsaw, direction: both}
  nurture_return: {field: EmailBouncedDate, type: datetime, direction: both}
  disqualify_reason: {field: Industry}
contact:
"""
RECYCLING = "recycling:\n"
DAY = timedelta(days=1)


@pytest.fixture
def returning(new_desk: Desk) -> Desk:
    """The third day gives leads back; their fields are mapped, reasons are required."""
    new_desk.change(CRM, "contact:\n", FIELDS)
    new_desk.change(AGREEMENT, "- {do: reassign}", "- {do: recycle, reason: not reached}")
    new_desk.change(
        AGREEMENT,
        RECYCLING,
        f"{RECYCLING}  reasons_required: [recycled, disqualified]\n"
        "  on_return: {remind: decide_now}\n",
    )
    new_desk.slasync("sync", "--once")
    new_desk.arrives()
    new_desk.work()
    new_desk.work()
    return new_desk


def passing(desk: Desk, days: int) -> None:
    for _ in range(days):
        desk.work(DAY)


def test_the_rung_writes_reason_path_and_return_date_and_the_lead_rests(returning: Desk) -> None:
    passing(returning, 4)

    [lead] = returning.rows("Lead")
    text = returning.slasync("explain", "lou@x.example").output

    assert (lead["Status"], lead["Description"], lead["Jigsaw"]) == (
        "Recycled",
        "not reached",
        "no_answer",
    )
    assert str(lead["EmailBouncedDate"]).startswith("2026-04-0")
    assert "reason: not reached" in text
    assert "nurture path: no_answer, by its reason" in text
    assert "protected until" in text


def test_a_score_that_rises_meanwhile_is_kept_back_until_the_cool_down_is_over(
    returning: Desk,
) -> None:
    passing(returning, 4)
    [contact] = returning.town.hubspot.rows("contacts")
    for score in ("10", "95"):
        returning.town.hubspot.update("contacts", contact["hs_object_id"], {"hubspotscore": score})
        returning.work()

    kept = returning.slasync("explain", "lou@x.example").output
    passing(returning, 8)
    opened = returning.slasync("explain", "lou@x.example").output

    assert "kept back until" in kept
    assert "Cycle c2" not in kept
    assert "Cycle c2" in opened


def test_a_path_that_the_rep_picks_beforehand_is_the_one_that_is_written(returning: Desk) -> None:
    [lead] = returning.rows("Lead")
    returning.town.salesforce.update("Lead", lead["Id"], {"Jigsaw": "not_yet"}, lead["OwnerId"])
    passing(returning, 4)

    [lead] = returning.rows("Lead")

    assert (lead["Status"], lead["Jigsaw"]) == ("Recycled", "not_yet")
    assert str(lead["EmailBouncedDate"]).startswith("2026-06-0")


def test_who_gives_a_lead_up_without_a_reason_is_on_the_list_until_he_gives_one(
    returning: Desk,
) -> None:
    [lead] = returning.rows("Lead")
    crm = returning.town.salesforce
    crm.update("Lead", lead["Id"], {"Status": "Disqualified"}, lead["OwnerId"])
    returning.work()

    [entry] = returning.json("quality")["shown"]
    words = returning.slasync("quality").output
    crm.update("Lead", lead["Id"], {"Industry": "a student"}, lead["OwnerId"])
    returning.work()

    assert (entry["kind"], entry["words"]) == (
        "no_reason",
        "disqualified, and nobody says why",
    )
    assert "1 no_reason" in words
    assert returning.slasync("quality").output.startswith("No reason, path or doer is lacking.")


def test_the_list_can_be_of_one_kind_and_counts_all(returning: Desk) -> None:
    [lead] = returning.rows("Lead")
    change = {"Status": "Recycled", "Jigsaw": "nowhere"}
    returning.town.salesforce.update("Lead", lead["Id"], change, lead["OwnerId"])
    returning.work()

    told = returning.json("quality", "--kind", "unknown_path")

    assert told["counts"] == {"no_reason": 1, "unknown_path": 1}
    assert [entry["words"] for entry in told["shown"]] == [
        "path 'nowhere' was chosen; there are not_yet, no_answer"
    ]


def test_check_names_the_paths_and_what_is_not_written(desk: Desk) -> None:
    bare = desk.slasync("check")
    desk.change(AGREEMENT, "- {do: reassign}", "- {do: recycle, reason: not reached}")
    desk.change(AGREEMENT, RECYCLING, f"{RECYCLING}  reasons_required: [disqualified]\n")
    warned = desk.slasync("check")

    assert "recycle_reason" not in bare.stderr
    assert "not_yet" in bare.stdout
    assert "recycle_reason, nurture_path, nurture_return of a lead" in warned.stderr
    assert "maps no lead field to disqualify_reason" in " ".join(warned.stderr.split())
