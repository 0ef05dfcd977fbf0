from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from slasync.domain.lead import Absence
from slasync.domain.time.calendars import Calendar, Offset, Unit
from slasync.settings import ConfigurationError, load_calendars
from slasync.systems import CreateLeads, FieldType
from tests.faults.marks import fault
from tests.settings.configs import TODAY, Configuration, shipped

SLASYNC, AGREEMENT = "config/slasync.yaml", "config/agreement.yaml"
CALENDARS, TEAMS = "config/calendars.yaml", "config/teams.yaml"
SALESFORCE = "connectors/salesforce/connector.yaml"


def berlin(configuration: Configuration) -> Calendar:
    return configuration.load().calendars["berlin"]


def test_the_default_calendar_has_two_halves_a_day_and_bavaria_s_holidays(tmp_path: Path) -> None:
    calendar = berlin(shipped(tmp_path))
    monday = datetime(2026, 11, 23, 11, tzinfo=UTC)  # noon in Berlin

    assert calendar.due(monday, Offset(1, Unit.BUSINESS_HOURS)) == monday + timedelta(hours=2)
    assert calendar.spec.holidays[date(2026, 1, 6)] == "Heilige Drei Könige"
    assert calendar.spec.intervals(date(2026, 12, 24)) == ()
    assert not calendar.is_open(datetime(2026, 11, 22, 11, tzinfo=UTC))


def test_calendars_reach_from_two_years_back_to_three_ahead(tmp_path: Path) -> None:
    spec = berlin(shipped(tmp_path)).spec

    assert (spec.first, spec.last) == (date(2024, 1, 1), date(2029, 12, 31))


def test_calendars_may_be_given_their_dates(tmp_path: Path) -> None:
    configuration = (
        shipped(tmp_path)
        .change(CALENDARS, "first: null", "first: 2017-01-01")
        .change(CALENDARS, "last: null", "last: 2030-06-30")
    )
    spec = berlin(configuration).spec

    assert (spec.first, spec.last) == (date(2017, 1, 1), date(2030, 6, 30))
    assert date(2017, 10, 31) in spec.holidays  # 500 years of the Reformation, once


def test_holidays_can_be_added_and_removed(tmp_path: Path) -> None:
    configuration = (
        shipped(tmp_path)
        .change(CALENDARS, "add: {}", "add: {2026-11-24: Company trip}")
        .change(CALENDARS, "remove: []", "remove: [2026-01-06]")
    )
    holidays = berlin(configuration).spec.holidays

    assert holidays[date(2026, 11, 24)] == "Company trip"
    assert date(2026, 1, 6) not in holidays


@pytest.mark.parametrize(
    ("country", "name"),
    [("DE", "Neujahr"), ("BR", "Universal Fraternization Day"), ("NO", "New Year's Day")],
)
def test_holiday_names_do_not_follow_the_machine_s_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, country: str, name: str
) -> None:
    monkeypatch.setenv("LANGUAGE", "th")
    configuration = (
        shipped(tmp_path)
        .change(CALENDARS, "      subdivision: BY\n", "")
        .change(CALENDARS, "country: DE", f"country: {country}")
    )

    assert berlin(configuration).spec.holidays[date(2027, 1, 1)] == name


def test_a_shift_past_midnight_closes_on_the_next_date(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).change(
        CALENDARS, 'fri: ["09:00-12:30", "13:30-17:30"]', 'fri: ["22:00-06:00"]'
    )

    assert berlin(configuration).is_open(datetime(2026, 11, 28, 4, 59, tzinfo=UTC))
    assert not berlin(configuration).is_open(datetime(2026, 11, 28, 5, tzinfo=UTC))


@fault("T11")
def test_a_calendar_that_is_never_open_is_refused(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).write(
        CALENDARS, "calendars:\n  berlin: {zone: Europe/Berlin, week: {}}\n"
    )

    (problem,) = configuration.problems()
    assert problem.startswith(f"{CALENDARS}:2:3: calendars.berlin: ")
    assert "has no open hours" in problem


@pytest.mark.parametrize(
    ("ends", "warning"),
    [("2026-12-22", "ends on"), ("2026-11-22", "ended on"), ("2026-12-24", None)],
)
def test_an_agreement_that_ends_within_thirty_days_is_warned_of(
    tmp_path: Path, ends: str, warning: str | None
) -> None:
    settings = shipped(tmp_path).change(AGREEMENT, "to: 2027-12-31", f"to: {ends}").load()

    assert [warning in str(w) for w in settings.warnings if warning] == [True] * bool(warning)
    assert bool(settings.warnings) == bool(warning)


@pytest.mark.parametrize("name", [AGREEMENT, CALENDARS, TEAMS])
def test_the_hash_covers_every_byte_of_what_was_agreed(tmp_path: Path, name: str) -> None:
    configuration = shipped(tmp_path)
    before = configuration.load().agreement.hash

    path = tmp_path / name
    path.write_text(path.read_text() + "# signed\n")

    assert configuration.load().agreement.hash != before


@pytest.mark.parametrize("name", [SLASYNC, SALESFORCE])
def test_the_hash_does_not_cover_the_deployment(tmp_path: Path, name: str) -> None:
    configuration = shipped(tmp_path)
    before = configuration.load().agreement.hash

    path = tmp_path / name
    path.write_text(path.read_text() + "# moved\n")

    assert configuration.load().agreement.hash == before


def test_absences_begin_and_end_at_the_pool_s_midnight(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).change(
        TEAMS,
        "absences: []",
        "absences: [{who: Ana@sandbox.example, from: 2026-10-24, to: 2026-10-25}]",
    )

    assert configuration.load().absences == (
        Absence(
            "Ana@sandbox.example",
            datetime(2026, 10, 23, 22, tzinfo=UTC),
            datetime(2026, 10, 25, 23, tzinfo=UTC),  # the clock went back on that day
        ),
    )


def test_effective_from_is_kept_in_utc(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).change(
        AGREEMENT, "effective_from: null", "effective_from: 2026-12-01T00:00:00+01:00"
    )

    effective = configuration.load().agreement.effective_from
    assert effective == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert effective.tzinfo == UTC


def test_a_rung_may_count_in_a_unit_of_its_own(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).change(
        AGREEMENT, "        after: 1\n", "        after: 90\n        unit: business_minutes\n"
    )

    rungs = configuration.load().agreement.clock("first_touch").rungs
    assert rungs[1].after == Offset(90, Unit.BUSINESS_MINUTES)


def test_fields_carry_their_types_and_directions(tmp_path: Path) -> None:
    hubspot = shipped(tmp_path).load().hubspot

    assert hubspot
    types = {mapping.name: mapping.type for mapping in hubspot.contact_fields}
    assert types["score"] == FieldType.NUMBER
    assert types["form_at"] == FieldType.DATETIME
    assert len(types) == 12
    assert hubspot.written == {
        "stage": "slasync_stage",
        "owner": "slasync_owner",
        "sla_state": "slasync_sla_state",
        "due": "slasync_due",
    }


def test_own_fields_can_be_mapped_and_used_in_rules(tmp_path: Path) -> None:
    configuration = (
        shipped(tmp_path)
        .change(
            "connectors/hubspot/connector.yaml",
            "custom: {}",
            "custom: {employees: {field: numemployees, type: number}}",
        )
        .change(AGREEMENT, "score >= 75", "score >= 75 and employees > 10")
    )

    assert "employees" in configuration.load().agreement.watched


def test_leads_are_created_when_the_crm_s_file_says_so(tmp_path: Path) -> None:
    created = shipped(tmp_path / "a").load()
    never = (
        shipped(tmp_path / "b")
        .change(SALESFORCE, "create_leads: at_handover", "create_leads: never")
        .load()
    )

    assert created.agreement.create_leads
    assert not never.agreement.create_leads
    assert never.salesforce
    assert never.salesforce.create_leads == CreateLeads.NEVER


@pytest.mark.parametrize(
    ("poll", "interval"),
    [("auto", None), ("45", timedelta(seconds=45)), ("5 min", timedelta(minutes=5))],
)
def test_polling_is_automatic_or_as_given(
    tmp_path: Path, poll: str, interval: timedelta | None
) -> None:
    settings = shipped(tmp_path).change(SLASYNC, "poll: auto", f"poll: {poll}").load()

    assert settings.polls["salesforce"] == interval


def test_calendars_can_be_loaded_without_any_secret(tmp_path: Path) -> None:
    shipped(tmp_path, environ={})

    assert load_calendars(tmp_path / "config", today=TODAY)["berlin"].ends == date(2029, 12, 31)


def test_calendars_loaded_alone_are_checked_as_well(tmp_path: Path) -> None:
    shipped(tmp_path).change(CALENDARS, "zone:", "zoen:")

    with pytest.raises(ConfigurationError, match="did you mean zone"):
        load_calendars(tmp_path / "config", today=TODAY)


def test_a_configuration_loads_in_any_year(tmp_path: Path) -> None:
    configuration = replace(shipped(tmp_path), today=date(2017, 6, 14))

    assert berlin(configuration).spec.first == date(2015, 1, 1)
