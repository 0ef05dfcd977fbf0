"""`slasync obligations`: a month of both sides through the whole daemon; the heads' reminder."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from slasync.cli.main import Exit
from slasync.settings.paper import load_paper
from tests.cli.desk import Desk, a_desk
from tests.settings.enrolling import put_example

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AGREEMENT, HUBSPOT = "config/agreement.yaml", "connectors/hubspot/connector.yaml"


@pytest.fixture
def company(tmp_path: Path) -> Desk:
    """A desk with the manual's example of enrolment, on a property that its HubSpot has."""
    desk = a_desk(tmp_path)
    put_example(tmp_path)
    told = YAML(typ="safe").load((tmp_path / HUBSPOT).read_text("utf-8"))["contact"]["custom"]
    assert set(told) == {"nurture", "nurture_at"}
    desk.change(HUBSPOT, "field: nurture_programme", "field: message")
    desk.change(HUBSPOT, "field: nurture_enrolled_on", "field: closedate")
    desk.change(AGREEMENT, "nurture != null, at: nurture_at", "nurture != null")
    desk.change(AGREEMENT, "    mql: [sal, sql,", "    mql: [sql,")
    desk.slasync("sync", "--once")
    return desk


def lead_of(desk: Desk, email: str) -> dict[str, Any]:
    (row,) = [row for row in desk.rows("Lead") if row["Email"] == email]
    return dict(row)


def set_status(desk: Desk, email: str, status: str) -> None:
    row = lead_of(desk, email)
    desk.town.salesforce.update("Lead", row["Id"], {"Status": status}, by=row["OwnerId"])


def verdicts(part: dict[str, Any]) -> dict[str, str]:
    return {each["lead"]: each["verdict"] for each in part["leads"]}


def test_both_sides_are_measured_from_what_the_systems_told(company: Desk) -> None:
    desk = company
    good, bad = (f"hubspot:contact:{desk.arrives(f'{who}@x.example')}" for who in ("a", "b"))
    desk.work()
    desk.work()
    desk.town.salesforce.log_call(
        lead_of(desk, "a@x.example")["Id"], by=lead_of(desk, "a@x.example")["OwnerId"]
    )
    desk.work(HOUR)
    set_status(desk, "a@x.example", "Recycled")
    desk.work(HOUR)
    desk.town.hubspot.update("contacts", good.rpartition(":")[2], {"message": "newsletter"}, "api")
    set_status(desk, "b@x.example", "Working - Contacted")
    desk.work(DAY)
    set_status(desk, "b@x.example", "Recycled")
    for _ in range(4):
        desk.work(DAY)

    told = desk.json("obligations", "--month", "2026-03")

    owed, sales = told["marketing"], told["sales"]
    assert (told["month"], told["zone"], told["over"]) == ("2026-03", "Europe/Berlin", False)
    assert owed["quota"]["handed_over"] == 2
    assert owed["quota"]["standing"] == "unknown"  # slasync began on the second of the month
    assert verdicts(owed["completeness"]) == {good: "broken", bad: "broken"}
    assert owed["completeness"]["missing"] == {"source": 2}
    assert verdicts(owed["enrolment"]) == {good: "kept", bad: "broken"}
    assert (owed["enrolment"]["known"], owed["enrolment"]["standing"]) == (2, "missed")
    assert verdicts(sales["first_touch"]) == {good: "kept", bad: "kept"}
    assert (sales["first_touch"]["limit_is"], sales["first_touch"]["standing"]) == ("day_1", "met")
    (move,) = told["unknown_moves"]
    assert (move["lead"], move["from"], move["to"]) == (bad, "mql", "sal")
    assert move["by"] not in {None, "", "slasync"}


def test_for_people_it_lists_who_is_behind_each_figure(company: Desk) -> None:
    company.arrives("a@x.example")
    company.work()
    company.work()

    page = company.slasync("obligations")

    assert page.exit_code == Exit.OK
    shown = " ".join(page.stdout.split())
    assert "2026-03, Europe/Berlin, so far; known up to" in shown
    assert "Marketing owes" in shown
    assert "quota 90 % of 150; 0 by now, 0 of 22 working days over 1 handed over" in shown
    assert "completeness 95 % with email, company, source 0 of 1 complete (0 %) 1 of 1" in shown
    assert "not met so far" in shown
    assert "enrolment 95 % within 1 business day (deadline)" in shown
    assert "Missing at the hand-over: source 1" in shown
    assert "Behind completeness" in shown
    assert "without source" in shown
    assert "first_touch 90 % within 1 business day (day_1)" in shown
    assert "still running" in shown
    assert "No move was seen that the agreement does not know." in shown


def test_as_shipped_nobody_is_taken_to_be_enrolled(desk: Desk) -> None:
    desk.arrives("a@x.example")
    desk.work()
    desk.work()
    set_status(desk, "a@x.example", "Recycled")
    for _ in range(4):
        desk.work(DAY)

    told = desk.json("obligations")["marketing"]["enrolment"]

    assert (told["known"], told["total"], told["standing"]) == (0, 1, "unknown")
    assert "no evidence of enrolment is configured" in told["leads"][0]["why"]


def test_a_limit_shortens_the_lists_and_json_has_all(desk: Desk) -> None:
    for who in "abc":
        desk.arrives(f"{who}@x.example")
    desk.work()
    desk.work()

    page = desk.slasync("obligations", "--limit", "2").stdout

    assert "Behind completeness, the first 2 of 3" in page
    assert len(desk.json("obligations")["marketing"]["completeness"]["leads"]) == 3


@pytest.mark.parametrize(
    ("month", "words"),
    [
        ("2026-04", "--month 2026-04 is still to come: it is 2026-03 now"),
        ("March", "--month March is no month: write 2026-10"),
        ("2020-01", "calendar"),
    ],
)
def test_a_month_that_cannot_be_measured_is_told_why(desk: Desk, month: str, words: str) -> None:
    result = desk.slasync("obligations", "--month", month)

    assert result.exit_code == Exit.USAGE
    assert words in result.stderr


def test_a_month_without_anything_says_so(desk: Desk) -> None:
    told = desk.json("obligations", "--month", "2026-02")

    assert told["over"]
    assert told["marketing"]["completeness"]["standing"] == "nothing"
    assert told["marketing"]["quota"]["standing"] == "unknown"  # slasync was not there yet


# the review


def sign(desk: Desk, on: str) -> None:
    found = load_paper(desk.home / "config", desk.home / "connectors").hash
    sides = "".join(
        f"  {side}: {{who: {who}, role: Head, on: {on}, hash: {found}}}\n"
        for side, who in (("marketing", "Nora"), ("sales", "Lea"))
    )
    desk.change(AGREEMENT, "  marketing: null\n  sales: null\n", sides)


def test_a_review_that_is_due_is_told_by_digest_status_and_check(desk: Desk) -> None:
    sign(desk, "2025-09-03")  # 180 days later is today, the second of March
    desk.work()
    desk.work()

    told = desk.json("status")
    lines = desk.json("status")["digests"]["lines"]

    assert (told["review"]["due"], told["review"]["is_due"]) == ("2026-03-02", True)
    assert told["review"]["heads"] == ["nora@sandbox.example", "lea@sandbox.example"]
    assert lines == 2  # one for each head, however often slasync was started
    assert "the review is due on 2026-03-02" in desk.slasync("status").stderr
    assert any("the review is due on" in each for each in desk.json("check")["warnings"])


def test_a_review_that_is_noted_is_told_no_more(desk: Desk) -> None:
    sign(desk, "2025-09-03")
    desk.work()
    desk.change(AGREEMENT, "reviewed_on: null", "reviewed_on: 2026-03-02")
    desk.work()

    told = desk.json("status")

    assert (told["review"]["due"], told["review"]["is_due"]) == ("2026-08-29", False)
    assert told["digests"]["lines"] == 2
    assert "review" not in desk.slasync("status").stderr


def test_while_slasync_only_observes_nobody_is_reminded(desk: Desk) -> None:
    desk.mode("observe")
    sign(desk, "2025-09-03")
    desk.work()

    told = desk.json("status")

    assert told["review"]["is_due"]
    assert told["digests"]["lines"] == 0
