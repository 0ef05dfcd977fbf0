"""What an admin can get wrong, and the words in which it is said."""

from pathlib import Path

import pytest

from tests.settings.configs import Configuration, shipped

SLASYNC, AGREEMENT = "config/slasync.yaml", "config/agreement.yaml"
CALENDARS, TEAMS = "config/calendars.yaml", "config/teams.yaml"
SALESFORCE = "connectors/salesforce/connector.yaml"
HUBSPOT = "connectors/hubspot/connector.yaml"


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        # references
        (AGREEMENT, "pool: inbound", "pool: inbond",
         "routing.pool: there is no pool 'inbond' (did you mean inbound?)"),
        (AGREEMENT, "calendar: berlin", "calendar: brelin",
         "calendar: there is no calendar 'brelin' (did you mean berlin?)"),
        (TEAMS, "calendar: berlin", "calendar: munich",
         "pools.inbound.calendar: there is no calendar 'munich'"),
        (AGREEMENT, "text: reminder", "text: remindre",
         ("clocks.first_touch.ladder[1].effects[0].text: there is no text 'remindre'"
         " (did you mean reminder?)")),
        (AGREEMENT, "Working - Contacted", "Working - Contatced",
         ("stages.of_status.Working - Contatced: there is no lead status 'Working - Contatced'"
         " (did you mean Working - Contacted?)")),
        (AGREEMENT, "before_rung: day_1", "before_rung: day1",
         "kpis.touched_in_time: clock first_touch has no rung 'day1' (did you mean day_1?)"),
        (AGREEMENT, "at: form_at", "at: form_ta",
         "definitions.mql.any_of[1].at: unknown field 'form_ta' (did you mean form_at?)"),
        (AGREEMENT, "at: form_at", "at: score",
         "definitions.mql.any_of[1].at: field 'score' holds number: name one that holds a time"),
        (TEAMS, "absences: []", ("absences: [{who: ann@sandbox.example, from: 2026-12-01,"
         " to: 2026-12-02}]"),
         ("absences[0].who: ann@sandbox.example is in no pool"
         " (did you mean ana@sandbox.example?)")),
        (AGREEMENT, "$evidence", "$evidense",
         "texts.new_lead.body.de: unknown placeholder $evidense (did you mean evidence?)"),
        (AGREEMENT, "Phone: $phone", "Phone: $ phone",
         "texts.new_lead.body.en: a $ without a name behind it: write $$ for the sign itself"),
        # rules
        (AGREEMENT, "score >= 75", "scoer >= 75",
         "definitions.mql.any_of[0].when: unknown field 'scoer' (did you mean score?)"),
        (AGREEMENT, "score >= 75", "form =~ '^a'",
         "definitions.mql.any_of[0].when: =~ and !~ are not allowed"),
        (AGREEMENT, "score >= 40", "score >=",
         "definitions.lead: not a valid expression"),
        # words and types
        (AGREEMENT, "        trigger: crossing", "        trigger: crosing",
         ("definitions.mql.any_of[0].trigger: 'crosing' is none of 'crossing', 'every_change'"
         " (did you mean crossing?)")),
        (SLASYNC, "poll: auto", "poll: 0",
         "systems.salesforce.poll: poll once a second at most, or write auto"),
        (AGREEMENT, "unit: business_days", "unit: bussiness_days",
         "clocks.first_touch.unit: 'bussiness_days' is none of"),
        (AGREEMENT, "recycled: marketing", "recyceld: marketing",
         "stages.owned_by.recyceld: 'recyceld' is none of"),
        (AGREEMENT, "salesforce.tasks", "salesforce.task",
         "clocks.first_touch.reads[0]: 'salesforce.task' is none of"),
        (AGREEMENT, 'version: "1"', "version: 1.0",
         "version: should be text: put it in quotes"),
        (AGREEMENT, "restarts: 2", 'restarts: "2"',
         "clocks.first_touch.restarts: should be a whole number"),
        (AGREEMENT, "restarts: 2", "restarts: yes",
         "clocks.first_touch.restarts: should be a whole number"),
        (AGREEMENT, "{status_changes: true}", "{status_changes: often}",
         "touch.status_changes: should be true or false"),
        (AGREEMENT, "after: 1\n", "after: 0.5\n",
         "clocks.first_touch: the amount is 0.5: business_days count whole days only"),
        (AGREEMENT, "after: 1\n", "after: 2\n",
         "clocks.first_touch: rung day_2 is due after 2 business days, day_1 after 2 business"),
        (AGREEMENT, "rung: day_2", "rung: day_0",
         "clocks.first_touch: rung 'day_0' is there twice"),
        (AGREEMENT, "from: 2026-01-01, to", "from: 2026-02-30, to",
         "period.from: should be"),
        (AGREEMENT, "to: 2027-12-31", "to: 2025-12-31",
         "period: ends on 2025-12-31, before it begins on 2026-01-01"),
        (AGREEMENT, "effective_from: null", "effective_from: 2026-12-01T00:00:00",
         "effective_from: should have timezone info"),
        (AGREEMENT, "{do: reassign}", "{do: reassign, to: owner}",
         "clocks.first_touch.ladder[3].effects[1]: do: reassign is addressed to nobody"),
        (AGREEMENT, "{do: task, to: owner, text: new_lead}", "{do: task, to: owner}",
         "clocks.first_touch.ladder[0].effects[0]: do: task needs to"),
        (AGREEMENT, "name: Inbound leads\n", "",
         "name: 'name' is missing"),
        (AGREEMENT, "from: 2026-01-01", "from: '${START:-2026-01-01}'",
         "period.from: no variables in this file"),
        (SLASYNC, "poll: auto", "poll: often",
         "systems.salesforce.poll: a duration has a unit: write 30 s"),
        (SLASYNC, "settle: 2 min", "settle: 120",
         "timing.settle: a duration has a unit"),
        (SLASYNC, "port: 8812", "port: 8811",
         "listeners: webhooks and health both listen on port 8811"),
        (SLASYNC, "total: 200", "total: 2",
         "caps: per_owner (20) is above total (2)"),
        (SLASYNC, "${SALESFORCE_URL:-http://127.0.0.1:8801}", "http://acme.my.salesforce.com",
         "systems.salesforce.url: plain http to another machine would show the secrets"),
        (SLASYNC, "login: client_credentials", "login: jwt",
         "systems.salesforce: login: jwt needs private_key and username"),
        (SLASYNC, "${SLASYNC_DATABASE:-sqlite:///slasync.db}", "mysql://db/x",
         "database: write sqlite:///file.db or postgresql://user@host/name"),
        (SLASYNC, "\nlisteners:", "\ndashboard: {port: 80}\nlisteners:",
         "dashboard: unknown key 'dashboard'"),
        (SALESFORCE, "page_size: 2000", "page_size: 5000",
         "page_size: should be less than or equal to 2000"),
        (HUBSPOT, "custom: {}", "custom: {phone: {field: x}}",
         "contact: custom.phone is one of slasync's own names"),
        (SALESFORCE, "{field: Phone, direction: both}", "{field: Phone, type: number}",
         "lead.phone.type: phone is number here and text in hubspot contact"),
        (SALESFORCE, "task_key: Slasync_Key__c", "task_key: Slasync Key",
         "slasync_fields.task_key: 'Slasync Key' is no API name: letters, digits and _"),
        # calendars
        (CALENDARS, "Europe/Berlin", "Europe/Berlni",
         ("calendars.berlin.zone: no time zone is named 'Europe/Berlni'"
         " (did you mean Europe/Berlin?)")),
        (CALENDARS, "subdivision: BY", "subdivision: BZ",
         "calendars.berlin.holidays: DE has no subdivision 'BZ'"),
        (CALENDARS, "country: DE", "country: XX",
         "calendars.berlin.holidays: no holidays are known for country 'XX'"),
        (CALENDARS, "country: DE", "country: DE\n      language: xx",
         "calendars.berlin.holidays: DE has no language 'xx'"),
        (CALENDARS, '["09:00-12:30", "13:30-17:30"]', '["9-12"]',
         "calendars.berlin.week.mon: '9' is no time of day"),
        (CALENDARS, '["09:00-12:30", "13:30-17:30"]', '["09:00-12:30", "12:00-17:30"]',
         "calendars.berlin.week.mon: 12:00-17:30 begins before 09:00-12:30 has ended"),
        (CALENDARS, "2026-12-24: closed", "2026-12-24: cloesd",
         "calendars.berlin.overrides.2026-12-24: a list of hours is needed"),
        (CALENDARS, "2026-12-24: closed", "2026-12-42: closed",
         "calendars.berlin.overrides.2026-12-42: should be a valid date"),
        # teams
        (TEAMS, "      - ben@sandbox.example\n", "      - ana@sandbox.example\n",
         "pools.inbound.members: ana@sandbox.example is there twice"),
        (TEAMS, "mia@sandbox.example", "mia",
         "pools.inbound.manager: 'mia' is no e-mail address"),
        (TEAMS, "leadership: [lea@sandbox.example]", "leadership: []",
         "pools.inbound.leadership: the agreement's ladders write to leadership"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_place_and_what_was_meant(
    tmp_path: Path, name: str, old: str, new: str, problem: str
) -> None:
    found = shipped(tmp_path).change(name, old, new).problems()

    assert len(found) == 1, found
    file, line, col, text = found[0].split(":", 3)
    assert (file, text.strip()[: len(problem)]) == (name, problem)
    assert line.isdecimal()
    assert col.isdecimal()


def test_all_problems_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    configuration = (
        shipped(tmp_path, environ={})
        .change(SLASYNC, "log_level", "loglevel")
        .change(AGREEMENT, "pool: inbound", "pool: inbuond")
        .change(AGREEMENT, "score >= 75", "scoer >= 75")
        .change(AGREEMENT, "goal:", "gaol:")
        .change(CALENDARS, "zone: Europe/Berlin", "zone: Berlin")
        .change(TEAMS, "leadership: [lea@sandbox.example]", "leadership: lea@sandbox.example")
        .change(SALESFORCE, "page_size: 2000", "page_size: 3000")
        .change(HUBSPOT, "custom: {}", "custom: {}\n  email: {field: mail}")
    )

    found = configuration.problems()

    assert [problem.split(":")[0] for problem in found] == [
        AGREEMENT, AGREEMENT, AGREEMENT, CALENDARS, SLASYNC, SLASYNC, SLASYNC, SLASYNC, TEAMS,
        HUBSPOT, SALESFORCE,
    ]  # fmt: skip


def test_a_standard_field_of_the_wrong_type_is_refused_where_it_is_mapped(tmp_path: Path) -> None:
    found = shipped(tmp_path).change(HUBSPOT, "type: number", "type: text").problems()

    assert f"{HUBSPOT}:8:3: contact: score must be of type number" in found


def test_a_name_is_small_letters_digits_and_underscores(tmp_path: Path) -> None:
    found = shipped(tmp_path).change(TEAMS, "  inbound:", "  In-bound:").problems()

    what = "pools.In-bound: 'In-bound' is no name here: small letters, digits and _"
    line = (tmp_path / TEAMS).read_text().splitlines().index("  In-bound:") + 1
    assert f"{TEAMS}:{line}:3: {what}" in found


def test_a_file_that_cannot_be_read_makes_no_other_file_look_wrong(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).write(CALENDARS, "calendars: [").write(HUBSPOT, "\tx: 1")

    found = configuration.problems()

    assert sorted(problem.split(":")[0] for problem in found) == [CALENDARS, HUBSPOT]


def test_an_empty_file_lacks_everything(tmp_path: Path) -> None:
    found = shipped(tmp_path).write(CALENDARS, "# to do\n").problems()

    assert f"{CALENDARS}:1:1: calendars: 'calendars' is missing" in found


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    configuration = shipped(tmp_path)
    (tmp_path / TEAMS).unlink()

    assert configuration.problems() == [f"{TEAMS}:1:1: (top): No such file or directory"]


def test_only_the_connectors_in_use_are_read(tmp_path: Path) -> None:
    configuration = shipped(tmp_path).write(HUBSPOT, "nonsense: true")

    text = (tmp_path / SLASYNC).read_text()
    head, _, rest = text.partition("  hubspot:\n")
    configuration.write(SLASYNC, head + "timing:" + rest.partition("\ntiming:")[2])

    found = configuration.problems()
    assert all(problem.startswith(AGREEMENT) for problem in found)  # its rules read HubSpot fields
    assert any("unknown field 'score'" in problem for problem in found)


def test_a_clock_never_waits_for_a_system_that_is_not_in_use(tmp_path: Path) -> None:
    text = (shipped(tmp_path).root / SLASYNC).read_text()
    head, _, rest = text.partition("  salesforce:\n")
    configuration = Configuration(tmp_path).write(
        SLASYNC, head + "  hubspot:" + rest.partition("  hubspot:")[2]
    )

    found = configuration.problems()

    assert len(found) == 6
    assert all("salesforce is not among the systems" in problem for problem in found)
