"""`slasync report` through the whole daemon: the pack in four forms, opportunities, custody."""

import csv
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from slasync.cli.main import Exit
from tests.cli.desk import Desk, a_desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CRM = "connectors/salesforce/connector.yaml"


@pytest.fixture
def company(tmp_path: Path) -> Desk:
    """A desk whose Salesforce tells of opportunities."""
    desk = a_desk(tmp_path)
    desk.change(CRM, "  read: never ", "  read: always ")
    desk.slasync("sync", "--once")
    return desk


def lead_of(desk: Desk, email: str) -> dict[str, Any]:
    (row,) = [row for row in desk.rows("Lead") if row["Email"] == email]
    return dict(row)


def handed_over(desk: Desk, *names: str) -> None:
    for name in names:
        desk.arrives(f"{name}@x.example")
    desk.work()
    desk.work()


def called(desk: Desk, email: str) -> None:
    lead = lead_of(desk, email)
    desk.town.salesforce.log_call(lead["Id"], by=lead["OwnerId"])
    desk.work()


def pack(desk: Desk, *more: str) -> dict[str, Any]:
    result = desk.slasync("report", "--month", "2026-03", "--format", "json", *more)
    assert result.exit_code == Exit.OK, result.output
    return dict(json.loads(result.stdout))


def figure(told: dict[str, Any], chapter: str, name: str) -> dict[str, Any]:
    return dict(told["chapters"][chapter]["figures"][name])


def test_an_order_is_followed_from_the_lead_to_its_amount(company: Desk) -> None:
    handed_over(company, "a")
    called(company, "a@x.example")
    lead = lead_of(company, "a@x.example")
    made = company.town.salesforce.convert_lead(
        lead["Id"], by=lead["OwnerId"], with_opportunity=True
    )
    key = made["opportunity"] or ""
    company.town.salesforce.update(
        "Opportunity", key, {"Amount": 12_000.0, "CloseDate": "2026-03-20"}, by=lead["OwnerId"]
    )
    company.work(HOUR)
    before = pack(company)
    company.town.salesforce.update(
        "Opportunity", key, {"StageName": "Closed Won"}, by=lead["OwnerId"]
    )
    company.work(HOUR)

    after = pack(company)

    expected = figure(before, "orders", "expected_of_opportunities")["value"]
    assert 0 < expected < 12_000
    assert figure(before, "orders", "won")["value"] == 0
    assert figure(after, "orders", "won_value")["value"] == 12_000
    assert figure(after, "orders", "win_rate")["value"] == 1
    assert figure(after, "orders", "expected_of_opportunities")["value"] == 0
    assert figure(after, "funnel", "opportunity_in_7_days")["count"] == 1
    assert "no_opportunities" not in [note["note"] for note in after["notes"]]


def test_where_opportunities_are_not_read_the_pack_says_so(desk: Desk) -> None:
    desk.slasync("sync", "--once")
    handed_over(desk, "a")

    told = pack(desk)

    assert "no_opportunities" in [note["note"] for note in told["notes"]]


def test_the_figures_are_those_of_slasync_obligations(company: Desk) -> None:
    handed_over(company, "a", "b")
    called(company, "a@x.example")
    for _ in range(3):
        company.work(DAY)

    told, owed = pack(company), company.json("obligations", "--month", "2026-03")

    first_touch = owed["sales"]["first_touch"]
    in_time = figure(told, "scorecard_sales", "owed.first_touch")
    assert (in_time["count"], in_time["of"]) == (first_touch["kept"], first_touch["total"])
    assert in_time["value"] == first_touch["share"]
    quota = figure(told, "scorecard_marketing", "handed_over")
    assert quota["value"] == owed["marketing"]["quota"]["handed_over"] == 2


def test_the_pack_as_json_says_its_schema_and_of_when_it_is(company: Desk) -> None:
    handed_over(company, "a")

    told = pack(company)

    assert told["schema"] == "slasync.pack/1"
    assert (told["month"], told["zone"], told["over"]) == ("2026-03", "Europe/Berlin", False)
    assert told["as_of"] > told["known_to"]
    assert told["assessment"] is None


def test_a_lead_s_clocks_are_booked_to_whoever_held_it(company: Desk) -> None:
    handed_over(company, "a")
    for _ in range(12):
        company.work(timedelta(minutes=14))
    called(company, "a@x.example")

    told = company.json("report", "--custody", "a@x.example")

    clocks = {each["clock"]: each for each in told["clocks"]}
    first = clocks["first_touch"]
    assert first["ended"]
    assert sum(first["sums"].values()) == pytest.approx(first["working_minutes"])
    assert set(first["sums"]) <= {"queue", "rep"}
    assert first["sums"]["rep"] > 120


def test_custody_for_people_names_the_owner_and_adds_up(company: Desk) -> None:
    handed_over(company, "a")
    company.work(HOUR)

    page = company.slasync("report", "--custody", "a@x.example")

    assert page.exit_code == Exit.OK
    assert "working minutes: " in page.stdout
    assert "rep" in page.stdout


def test_custody_of_nobody_known_is_refused(company: Desk) -> None:
    page = company.slasync("report", "--custody", "nobody@x.example")
    assert page.exit_code == Exit.USAGE
    assert "no lead is known as nobody@x.example" in page.stderr


def test_html_and_markdown_are_written_into_a_folder(company: Desk, tmp_path: Path) -> None:
    handed_over(company, "a")
    out = tmp_path / "packs"

    for form in ("html", "md"):
        page = company.slasync("report", "--format", form, "--language", "de", "--out", str(out))
        assert page.exit_code == Exit.OK
        assert f"2026-03.{form}" in page.stdout

    assert "Marketing und Vertrieb, März 2026" in (out / "2026-03.html").read_text("utf-8")
    assert "# Marketing und Vertrieb, März 2026" in (out / "2026-03.md").read_text("utf-8")


def test_csv_has_a_file_for_each_table(company: Desk, tmp_path: Path) -> None:
    handed_over(company, "a")
    out = tmp_path / "packs"

    company.slasync("report", "--format", "csv", "--out", str(out))

    text = (out / "2026-03.csv").read_text("utf-8-sig")
    rows = {row["figure"]: row for row in csv.DictReader(StringIO(text))}
    assert rows["mql_to_sal"]["of"] == "1"
    assert (out / "2026-03-funnel_in_month.csv").is_file()


def test_printed_csv_says_that_tables_are_left_out(company: Desk) -> None:
    handed_over(company, "a")
    page = company.slasync("report", "--format", "csv")
    assert page.stdout.startswith("chapter,figure,title")
    assert "--out DIR" in page.stderr


def test_costs_and_visitors_come_from_a_file(company: Desk, tmp_path: Path) -> None:
    handed_over(company, "a")
    costs = tmp_path / "costs.csv"
    costs.write_text("month,source,cost,visits\n2026-03,Fair,500,90\n2026-02,Fair,9,9\n", "utf-8")

    told = pack(company, "--costs", str(costs))

    assert figure(told, "campaigns", "cost")["value"] == 500
    assert figure(told, "campaigns", "roi")["value"] == -1
    funnel = told["chapters"]["funnel"]["tables"]["funnel_in_month"]["rows"]
    assert funnel[0] == {"phase": "visitor", "reached_in_month": 90, "of_before": None}


def test_a_row_of_costs_that_is_wrong_is_told_with_its_line(company: Desk, tmp_path: Path) -> None:
    costs = tmp_path / "costs.csv"
    costs.write_text("month,source,cost\n2026-03,Fair,1.000,50 EUR\n", "utf-8")
    page = company.slasync("report", "--costs", str(costs))
    assert page.exit_code == Exit.USAGE
    assert "costs.csv:2: 4 values" in page.stderr


def test_an_alarm_is_told_beside_the_pack(company: Desk, tmp_path: Path) -> None:
    handed_over(company, "a")
    lead = lead_of(company, "a@x.example")
    company.town.salesforce.update(
        "Lead", lead["Id"], {"Status": "Disqualified"}, by=lead["OwnerId"]
    )
    company.work(HOUR)

    page = company.slasync("report", "--out", str(tmp_path / "packs"))

    assert page.exit_code == Exit.OK
    assert "MQL to SAL: 0.0 %, the alarm is set below 50.0 %." in page.stderr


def test_a_month_to_come_is_refused(company: Desk) -> None:
    page = company.slasync("report", "--month", "2026-04")
    assert page.exit_code == Exit.USAGE
    assert "still to come" in page.stderr


def test_a_folder_that_cannot_be_written_is_told(company: Desk, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", "utf-8")
    page = company.slasync("report", "--out", str(tmp_path / "taken" / "packs"))
    assert page.exit_code == Exit.USAGE
    assert "Traceback" not in page.output


def test_custody_takes_no_month(company: Desk) -> None:
    page = company.slasync("report", "--custody", "a@x.example", "--month", "2026-03")
    assert page.exit_code == Exit.USAGE
    assert "--custody shows one lead's clocks" in page.stderr


def test_an_outage_is_booked_to_nobody(company: Desk) -> None:
    handed_over(company, "a")
    company.wait(5 * HOUR)  # slasync is not running
    company.work()

    told = company.json("report", "--custody", "a@x.example")

    first = next(each for each in told["clocks"] if each["clock"] == "first_touch")
    assert first["sums"]["outage"] > 4 * 60
    notes = {note["note"]: note for note in pack(company)["notes"]}
    assert "salesforce.tasks" in notes["outages"]["streams"]
