"""`slasync backfill`: all of a system read again, from where an earlier call was interrupted."""

from sqlalchemy import create_engine, text

from slasync.sandbox.faults import Kind, Rule
from slasync.store.unit import transaction
from tests.cli.desk import Desk

FIRST_PAGES = r"GET /crm/v3/objects/contacts$"


def filled(desk: Desk, contacts: int) -> None:
    desk.change("connectors/hubspot/connector.yaml", "page_size: 100", "page_size: 10")
    for number in range(contacts):
        desk.arrives(f"n{number}@prospect.example", score=5)
    desk.work()


def forget(desk: Desk) -> None:
    engine = create_engine(f"sqlite:///{desk.home / 'slasync.db'}")
    with transaction(engine) as unit:
        unit.db.execute(text("DELETE FROM record WHERE system = 'hubspot'"))
    engine.dispose()


def pages(desk: Desk) -> int:
    return desk.town.hubspot.calls["GET /crm/v3/objects/contacts"]


def test_everything_is_read_again_and_what_the_mirror_lacked_is_counted(desk: Desk) -> None:
    filled(desk, 25)
    forget(desk)
    [contacts] = desk.json("backfill", "hubspot", "contacts")
    assert (contacts["rows"], contacts["missed"]) == (25, "25 missing")
    assert desk.slasync("verify", "--all").exit_code == 0


def test_interrupted_and_called_again_it_goes_on_where_it_was(desk: Desk) -> None:
    filled(desk, 95)
    forget(desk)
    outage = Rule(Kind.TIMEOUT_BEFORE, FIRST_PAGES)
    before = pages(desk)
    ended = False
    calls = 0
    while not ended:
        calls += 1
        desk.town.world.faults.switch_on(Rule(Kind.TIMEOUT_BEFORE, FIRST_PAGES, probability=0.3))
        done = desk.slasync("backfill", "hubspot", "contacts")
        desk.town.world.faults.switch_off()
        ended = done.exit_code == 0
        if not ended:
            assert done.exit_code == 3
            assert "called again it goes on there" in done.output
        assert calls < 60, outage
    assert calls > 1
    assert pages(desk) - before == 10
    assert desk.slasync("verify", "--all").exit_code == 0


def test_all_streams_are_read_where_none_is_named(desk: Desk) -> None:
    filled(desk, 3)
    done = desk.json("backfill", "salesforce")
    assert {"salesforce.users", "salesforce.leads", "salesforce.tasks"} <= {
        each["stream"] for each in done
    }
    assert all(not each["missed"] for each in done)


def test_nothing_is_written_and_nothing_is_told_twice(desk: Desk) -> None:
    filled(desk, 12)
    desk.work()
    facts = desk.json("status")["outbox"]
    desk.slasync("backfill", "hubspot")
    desk.slasync("backfill", "salesforce")
    desk.slasync("sync", "--once")
    assert desk.json("status")["outbox"] == facts


def test_a_stream_that_is_not_there_is_a_wrong_call_that_names_those_that_are(desk: Desk) -> None:
    done = desk.slasync("backfill", "hubspot", "deals")
    assert done.exit_code == 2
    assert "hubspot has no stream deals: there are contacts" in done.output
