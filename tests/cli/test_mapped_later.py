"""A field that is mapped later: records that nobody has changed since lack it, and that is told."""

from datetime import timedelta
from typing import Any

from tests.cli.desk import Desk

YAML = "connectors/hubspot/connector.yaml"


def mapped_later(desk: Desk) -> None:
    """Have a contact read, and a field of it mapped afterwards."""
    values = {"email": "lou@x.example", "lastname": "Reed", "city": "Graz"}
    desk.town.hubspot.create("contacts", values, "import")
    desk.work()
    desk.work(timedelta(hours=3))  # what is read once more, for it may have shown late, is read
    desk.change(YAML, "  custom: {}", "  custom: {city: {field: city}}")
    desk.work()


def steps(desk: Desk) -> list[dict[str, Any]]:
    return [s for s in desk.json("status")["next"] if "lack" in s["what"]]


def test_status_tells_which_fields_records_lack_and_the_command_that_reads_them(
    desk: Desk,
) -> None:
    assert steps(desk) == []
    mapped_later(desk)

    [step] = steps(desk)
    assert step["command"] == "slasync backfill hubspot"
    assert step["what"].startswith("records unchanged since 2026-03-02")
    assert step["what"].endswith("lack contact.city: mapped later")
    assert "slasync backfill hubspot" in desk.slasync("status").output


def test_what_was_read_once_more_is_there_and_not_told_any_more(desk: Desk) -> None:
    mapped_later(desk)
    assert desk.slasync("verify", "--all").exit_code == 1
    desk.slasync("backfill", "hubspot")
    assert desk.slasync("verify", "--all").exit_code == 0
    assert steps(desk) == []


def test_a_field_that_is_taken_out_and_mapped_again_is_told_anew(desk: Desk) -> None:
    mapped_later(desk)
    desk.slasync("backfill", "hubspot")
    for old, new in (("{city: {field: city}}", "{}"), ("custom: {}", "custom: {c: {field: city}}")):
        desk.change(YAML, old, new)
        desk.work()
    assert [step["command"] for step in steps(desk)] == ["slasync backfill hubspot"]
