"""calendar offer: what Salesforce knows of open hours and holidays, ready for calendars.yaml."""

from datetime import date

from slasync.settings import load_calendars
from tests.cli.desk import Desk


def test_business_hours_and_holidays_are_printed_as_a_calendar_that_can_be_used(
    new_desk: Desk,
) -> None:
    crm = new_desk.town.salesforce
    crm.create("Holiday", {
        "Name": "Summer party", "IsAllDay": True, "IsRecurrence": True,
        "RecurrenceType": "RecursYearly", "RecurrenceStartDate": "2026-01-01",
        "RecurrenceDayOfMonth": 3, "RecurrenceMonthOfYear": "July",
    }, crm.admin_id)  # fmt: skip
    done = new_desk.slasync("calendar", "offer", "--from", "salesforce", "--years", "1")
    assert done.exit_code == 0, done.output
    assert "# Offered: holidays from 2026-03-02 to 2027-12-31." in done.stdout
    assert '      mon: ["09:00-17:00"]\n' in done.stdout
    (new_desk.home / "config/calendars.yaml").write_text(done.stdout, "utf-8")
    loaded = load_calendars(new_desk.home / "config", today=date(2026, 3, 2))
    assert dict(loaded["default"].spec.holidays) == {
        date(2026, 7, 3): "Summer party", date(2027, 7, 3): "Summer party",
    }  # fmt: skip


def test_an_org_without_active_hours_is_told_where_to_make_them(new_desk: Desk) -> None:
    crm = new_desk.town.salesforce
    [default] = crm.rows("BusinessHours")
    crm.update("BusinessHours", default["Id"], {"IsActive": False}, crm.admin_id)
    done = new_desk.slasync("calendar", "offer", "--from", "salesforce")
    assert done.exit_code == 2
    assert "Setup, Business Hours" in done.output


def test_a_system_that_has_no_hours_is_none_to_ask(new_desk: Desk) -> None:
    done = new_desk.slasync("calendar", "offer", "--from", "hubspot")
    assert done.exit_code == 2
    assert "'hubspot' is not 'salesforce'" in done.output
