"""What the systems do to slasync: late rows, ended leads, refused credentials, hidden fields."""

from datetime import timedelta
from pathlib import Path
from random import Random  # noqa: TID251 - seeded: the same rows each time

import pytest
from sqlalchemy import Engine

from slasync.cli.main import Exit
from slasync.store.engine import open_engine
from slasync.store.unit import transaction
from slasync.workers.deciding.editions import note_start
from tests.builders import DAY, HOUR, MINUTE
from tests.cli.desk import A_WHILE, Desk
from tests.faults.marks import fault
from tests.pains.daemon import daemon
from tests.pains.marks import pain
from tests.web.dashboard.house import desk_settings
from tests.workers.mirror import Mirror


@pain("P25")
@pytest.mark.parametrize("seed", range(5))
def test_rows_that_are_shown_late_under_old_stamps_are_all_there_after_two_cycles(
    sqlite_engine: Engine, seed: int
) -> None:
    """A hundred rows, some of one stamp, each shown up to four minutes after it was stamped."""
    chance = Random(seed)  # noqa: S311 - no secret
    mirror = Mirror(sqlite_engine, page_size=7)
    pull, begun = mirror.pull(), mirror.crm.now()
    mirror.read(pull)
    stamps = [begun + MINUTE * chance.randrange(20) for _ in range(100)]
    shown = [(at + timedelta(seconds=chance.randrange(240)), at) for at in stamps]
    refs = []
    for _ in range(26):
        mirror.advance(MINUTE)
        due = [pair for pair in shown if pair[0] <= mirror.crm.now()]
        shown = [pair for pair in shown if pair not in due]
        refs += [mirror.lead(modified_at=at, created_at=at) for _, at in due]
        mirror.read(pull)
    assert not shown

    for _ in range(2):
        mirror.advance(MINUTE)
        mirror.read(pull)

    assert [ref for ref in refs if mirror.lead_of(ref) is None] == []
    assert len(refs) == len(stamps)


@pain("P21")
def test_a_converted_lead_is_not_made_again_though_marketing_goes_on(desk: Desk) -> None:
    hubspot = desk.arrives()
    desk.work()
    [lead] = desk.rows("Lead")
    desk.town.salesforce.convert_lead(str(lead["Id"]), desk.town.users["ana"])
    desk.work(HOUR)
    tasks = len(desk.rows("Task"))

    goes_on(desk, hubspot)

    assert len(desk.rows("Lead")) == 1
    assert len(desk.rows("Task")) == tasks
    assert desk.json("parked", "list")["writes"] == []  # a state, and nothing to mend


@pain("P24")
def test_a_deleted_lead_is_not_made_again_though_marketing_goes_on(desk: Desk) -> None:
    hubspot = desk.arrives()
    desk.work()
    [lead] = desk.rows("Lead")
    desk.town.salesforce.delete("Lead", str(lead["Id"]), desk.town.users["ana"])
    desk.work(HOUR)
    tasks = len(living(desk, "Task"))

    goes_on(desk, hubspot)

    assert living(desk, "Lead") == []
    assert len(living(desk, "Task")) == tasks
    assert desk.json("parked", "list")["writes"] == []


def goes_on(desk: Desk, contact: str) -> None:
    """Marketing's score falls and rises, and days pass."""
    for score in ("10", "95"):
        desk.town.hubspot.update("contacts", contact, {"hubspotscore": score}, "import")
        desk.work(DAY)
    desk.work(3 * DAY)


def living(desk: Desk, name: str) -> list[str]:
    return [str(row["Id"]) for row in desk.rows(name) if not row.get("IsDeleted")]


@pain("P30")
def test_credentials_that_are_taken_back_are_told_within_two_cycles_with_what_to_do(
    desk: Desk,
) -> None:
    """The admin takes the app's access back while slasync works."""
    with daemon(desk) as process:
        process.cycle(A_WHILE)
        usual = process.health()
        desk.town.salesforce.auth.client.secret = "another"
        desk.town.salesforce.expire_sessions()
        for _ in range(2):
            process.cycle(A_WHILE)
        found = process.health()

    assert (usual.ready, found.ready) == (True, False)
    new = [problem for problem in found.problems if problem not in usual.problems]
    [told] = [problem for problem in new if "refused slasync's credentials" in problem]
    assert "`slasync check --live` tells which" in told
    assert "invalid client credentials" in told  # as the system says it


KEYS = (
    ("config/slasync.yaml", "log_level:", "log_levle:"),
    ("config/agreement.yaml", "clocks:", "clokcs:"),
    ("config/calendars.yaml", "zone:", "zoen:"),
    ("config/teams.yaml", "members:", "memebrs:"),
    ("connectors/salesforce/connector.yaml", "automation_users:", "automation_user:"),
    ("connectors/hubspot/connector.yaml", "budget:", "bugdet:"),
)


@pain("P30/keys")
@pytest.mark.parametrize(("file", "key", "misspelt"), KEYS)
def test_with_a_misspelt_key_slasync_does_not_start(
    new_desk: Desk, file: str, key: str, misspelt: str
) -> None:
    new_desk.change(file, key, misspelt)

    done = new_desk.slasync("run")

    assert done.exit_code == Exit.USAGE
    assert f"{misspelt[:-1]}" in done.stderr
    assert f"{key[:-1]}" in done.stderr  # what was meant
    assert not Path(new_desk.home / "slasync.db").exists()
    assert not new_desk.town.salesforce.calls


@pain("P30/rights")
def test_a_field_that_is_hidden_meanwhile_stops_its_stream_and_empties_nothing(desk: Desk) -> None:
    desk.arrives()
    desk.work()
    with daemon(desk) as process:
        process.cycle(A_WHILE)
        desk.town.salesforce.remove_field("Lead", "Company")
        for _ in range(4):
            process.cycle(A_WHILE)
        found = process.health()

    assert not found.ready
    [told] = [problem for problem in found.problems if "salesforce.leads" in problem]
    assert "Company" in told
    assert desk.slasync("explain", "lou@x.example").output.startswith("Lead\n  Lou Reed, VU [")


@pain("P30/rights")
@fault("V19")
def test_a_property_that_is_gone_meanwhile_stops_its_system_and_empties_nothing(desk: Desk) -> None:
    """HubSpot answers that a property which it has no more is empty."""
    hubspot = desk.arrives()
    desk.work()
    with daemon(desk) as process:
        process.cycle(A_WHILE)
        desk.town.hubspot.remove_property("contacts", "company")
        desk.wait(HOUR)
        desk.town.hubspot.update("contacts", hubspot, {"firstname": "Lou Ann"})
        for _ in range(4):
            process.cycle(A_WHILE)
        found = process.health()

    assert not found.ready
    [told] = [problem for problem in found.problems if "hubspot.contacts" in problem]
    assert "nothing is read, so that no field is emptied" in told
    assert "contacts have no property company" in told
    assert desk.slasync("explain", "lou@x.example").output.startswith("Lead\n  Lou Reed, VU [")


@pain("P6")
@pytest.mark.parametrize(("days", "warned"), [(59, True), (61, False)])
def test_a_live_check_warns_of_a_calendar_that_ends_in_59_days(
    new_desk: Desk,
    days: int,
    warned: bool,  # noqa: FBT001 - a case
) -> None:
    last = (new_desk.driven.now() + days * DAY).date()
    new_desk.change("config/calendars.yaml", "last: null", f"last: {last}")

    done = new_desk.slasync("check", "--live")

    assert done.exit_code == Exit.OK
    assert (f"calendar berlin ends on {last}" in done.stderr) == warned


@pain("also/recount")
def test_a_changed_agreement_has_only_leads_at_work_looked_at_anew(desk: Desk) -> None:
    """Three of four leads are converted when a time limit is changed."""
    assert looked_at_after(desk, "reopens_within: 7 d", "reopens_within: 8 d") == 1


@pain("also/recount")
def test_a_changed_definition_has_every_lead_looked_at_once(desk: Desk) -> None:
    """Whoever meets it is handed over now, and not as of some day before it was agreed."""
    assert looked_at_after(desk, "score >= 75", "score >= 70") == 4


def looked_at_after(desk: Desk, old: str, new: str) -> int:
    """Return how many of four leads, three of them converted, a changed agreement has looked at."""
    for number in range(4):
        desk.arrives(f"lou{number}@x.example")
    desk.work()
    for lead in desk.rows("Lead")[:3]:
        desk.town.salesforce.convert_lead(str(lead["Id"]), desk.town.users["ana"])
    desk.work()
    desk.change("config/agreement.yaml", old, new)
    settings, now = desk_settings(desk), desk.driven.now()

    engine = open_engine(desk.environ["SLASYNC_DATABASE"], durable=False)
    with transaction(engine) as unit:
        note_start(settings, settings.agreement, unit, now)
        looked_at = unit.leads.claim_dirty(now, 10)
    engine.dispose()
    return len(looked_at)


@pain("P18")
@fault("V36")
def test_a_lead_whose_owner_left_within_the_hour_goes_to_another_and_it_is_told_why(
    desk: Desk,
) -> None:
    desk.work()
    ana = desk.town.users["ana"]
    desk.town.salesforce.update("User", ana, {"IsActive": False}, desk.town.salesforce.admin_id)
    for number in range(4):
        desk.arrives(f"lou{number}@x.example")
    desk.work()

    owners = {str(lead["OwnerId"]) for lead in desk.rows("Lead")}
    assert len(desk.rows("Lead")) == 4
    assert ana not in owners
    told = [desk.slasync("explain", f"lou{n}@x.example").output for n in range(4)]
    assert sum("owner refused by the CRM" in each for each in told) == 1
    [refused] = [each for each in told if "owner refused by the CRM" in each]
    assert "INACTIVE_OWNER_OR_USER" in refused
    assert "is not active" in refused  # the users were read again before another was chosen
    assert desk.slasync("parked").output.count("INACTIVE_OWNER") == 0
