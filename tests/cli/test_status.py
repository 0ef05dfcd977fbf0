"""status: leads at work, a line for each system, and what to do next with its command."""

from dataclasses import replace
from datetime import timedelta

from slasync.sandbox.faults import Kind, Rule
from slasync.store.engine import open_engine
from slasync.store.unit import transaction
from tests.cli.desk import Desk
from tests.faults.marks import fault


def test_leads_at_work_are_counted_by_how_they_stand(desk: Desk) -> None:
    desk.arrives()
    desk.work()

    told = desk.json("status")["work"]

    assert (told["leads"], told["overdue"], told["stale"]) == (1, 0, 0)
    assert "Leads at work: 1 (0 overdue, 0 stale" in desk.slasync("status").output


@fault("I17")
def test_a_system_has_one_line_and_streams_that_lag_have_their_own(desk: Desk) -> None:
    fresh = desk.slasync("status").stdout
    desk.wait(timedelta(hours=3))

    late = desk.slasync("status").stdout

    assert "  salesforce  2 min ago" in fresh
    assert "salesforce.leads" not in fresh
    assert "salesforce.leads" in late
    assert "salesforce.leads" in desk.slasync("status", "--all").stdout


def test_what_is_read_once_an_hour_makes_no_system_look_old(desk: Desk) -> None:
    desk.wait(timedelta(minutes=40))
    desk.work()

    assert "  salesforce  2 min ago" in desk.slasync("status").stdout


def test_where_all_is_well_nothing_is_to_be_done(desk: Desk) -> None:
    assert desk.json("status")["next"] == []
    assert "Nothing waits for you." in desk.slasync("status").stdout


def test_what_lags_and_what_is_parked_come_with_their_commands(desk: Desk) -> None:
    desk.wait(timedelta(hours=3))

    steps = desk.json("status")["next"]

    assert {
        "what": "salesforce.leads is not read: for long",
        "command": "slasync check --live",
    } in (steps)
    assert "slasync check --live" in desk.slasync("status").stdout


def test_in_mode_observe_the_next_step_is_to_look_at_the_plan(desk: Desk) -> None:
    desk.mode("observe")
    desk.arrives()
    desk.work()

    assert [step["command"] for step in desk.json("status")["next"]] == ["slasync plan"]


def test_each_promise_is_told_as_the_overview_shows_it(desk: Desk) -> None:
    desk.arrives()
    desk.work()

    told = {each["promise"]: each for each in desk.json("status")["promises"]}

    assert told["reads"]["kept"] == "kept"
    assert told["agreement"]["because"] == ["A signature is missing on the agreement that runs."]
    assert "  kept     What is decided reaches the systems\n" in desk.slasync("status").output


def test_a_promise_that_is_not_kept_comes_with_its_reasons_the_first_of_them(desk: Desk) -> None:
    desk.wait(timedelta(hours=2))

    lines = desk.slasync("status").output.splitlines()

    at = lines.index("  NOT KEPT The systems are read to within minutes")
    assert lines[at + 1].strip().startswith("hubspot.archived was last read 2 h")
    assert lines[at + 4] == "           and 6 more: --json"


def test_writes_that_do_not_go_out_are_told_with_the_reason_and_a_command(desk: Desk) -> None:
    desk.arrives()
    desk.town.world.faults.switch_on(Rule(Kind.SERVER_ERROR, "(POST|PATCH) .*composite/sobjects.*"))
    desk.work()
    for _ in range(3):
        desk.work(timedelta(minutes=20))

    told, shown = desk.json("status"), desk.slasync("status").output

    why = told["write_errors"]["salesforce"]
    assert "Server Too Busy" in why
    assert f"writes: {why}" in shown
    [step] = told["next"]
    assert step["what"].startswith("Writes to salesforce have waited for")
    assert step["what"].endswith(why)
    assert step["command"] == "slasync check --live"


def test_a_promise_that_is_not_kept_never_comes_with_nothing_to_do(desk: Desk) -> None:
    desk.wait(timedelta(minutes=30))

    told, shown = desk.json("status"), desk.slasync("status").output

    assert "broken" in {promise["kept"] for promise in told["promises"]}
    assert told["next"]
    assert "Nothing waits for you." not in shown


def loading(desk: Desk) -> None:
    """A page of a first load has been read, of a system that takes its time."""
    engine, now = open_engine(desk.environ["SLASYNC_DATABASE"]), desk.driven.now()
    with transaction(engine) as unit:
        [cursor] = unit.cursors.claim(["marketo.contacts"], "one", now, now + timedelta(hours=1))
        begun = replace(cursor, upto=now, position="a page", advanced_at=now)
        unit.cursors.settle([begun], "one")
    engine.dispose()


def test_a_first_load_that_goes_on_asks_for_nothing(desk: Desk) -> None:
    loading(desk)

    shown = desk.slasync("status").stdout

    assert desk.json("status")["next"] == []
    assert "  marketo     first load" in shown


def test_a_first_load_that_brought_nothing_for_a_day_is_told_of(desk: Desk) -> None:
    loading(desk)
    desk.work(timedelta(hours=25))

    steps = desk.json("status")["next"]

    assert "marketo.contacts is not read: for long" in [step["what"] for step in steps]
