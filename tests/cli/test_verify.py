"""`slasync verify` and `slasync sweep`: what differs is named with both values and its cause."""

from datetime import timedelta

from sqlalchemy import create_engine, text

from slasync.store.unit import transaction
from tests.cli.desk import Desk
from tests.faults.marks import fault

MINUTE = timedelta(minutes=1)
FORGET = "DELETE FROM record WHERE external_id = :record"
FALSIFY = "UPDATE record SET fields = json_set(fields, '$.score', 3) WHERE external_id = :record"


def filled(desk: Desk) -> list[str]:
    contacts = [desk.arrives(f"n{number}@prospect.example") for number in range(6)]
    desk.work()
    desk.work()
    return contacts


def in_mirror(desk: Desk, statement: str, record: str) -> None:
    """Have something happen to the mirror that no code of slasync would do."""
    engine = create_engine(f"sqlite:///{desk.home / 'slasync.db'}")
    with transaction(engine) as unit:
        assert unit.db.execute(text(statement), {"record": record}).rowcount
    engine.dispose()


def test_where_mirror_and_systems_agree_it_says_so_and_exits_with_0(desk: Desk) -> None:
    filled(desk)
    done = desk.slasync("verify", "--all")
    assert done.exit_code == 0, done.output
    assert "no difference" in done.output
    assert "hubspot.contacts: 6 records compared" in done.output
    assert "salesforce.leads: 6 records compared" in done.output


def test_a_field_that_differs_is_shown_with_both_values_and_the_cause(desk: Desk) -> None:
    [first, *_] = filled(desk)
    desk.town.hubspot.update("contacts", first, {"hubspotscore": "91"})
    done = desk.slasync("verify", "hubspot", "--all")
    assert done.exit_code == 1
    [line] = [line for line in done.output.splitlines() if " score:" in line]
    assert line == (
        f"hubspot:contact:{first} score: mirror 80, system 91; it changed after the last"
        " reading: the next one brings it"
    )
    assert "1 difference" in done.output


def test_a_record_the_mirror_never_read_and_one_it_shows_though_gone_are_told(desk: Desk) -> None:
    [first, second, *_] = filled(desk)
    in_mirror(desk, FORGET, first)
    desk.town.hubspot.archive("contacts", second)
    told = desk.json("verify", "hubspot", "--all")["differences"]
    assert {(d["record"], d["mirror"], d["system"], d["cause"]) for d in told} == {
        (f"hubspot:contact:{first}", False, True,
         "it was missed: the next sweep, or slasync backfill, brings it"),
        (f"hubspot:contact:{second}", True, False,
         "it is gone, or slasync may not see it any more: the next sweep follows"),
    }  # fmt: skip


def test_a_value_that_changed_without_a_stamp_is_told_apart(desk: Desk) -> None:
    [first, *_] = filled(desk)
    in_mirror(desk, FALSIFY, first)
    [told] = desk.json("verify", "hubspot", "--all")["differences"]
    assert (told["mirror"], told["system"]) == (3, 80)
    assert "without a new stamp" in told["cause"]


def test_a_sample_compares_so_many_records_of_each_stream(desk: Desk) -> None:
    filled(desk)
    compared = desk.json("verify", "--sample", "4")["compared"]
    assert compared == {"salesforce.leads": 4, "salesforce.contacts": 0, "hubspot.contacts": 4}


def test_verify_writes_nothing(desk: Desk) -> None:
    [first, *_] = filled(desk)
    desk.town.hubspot.update("contacts", first, {"hubspotscore": "91"})
    before = (desk.home / "slasync.db").read_bytes()
    desk.slasync("verify", "--all")
    assert (desk.home / "slasync.db").read_bytes() == before


def test_a_system_that_is_not_there_is_a_wrong_call(desk: Desk) -> None:
    done = desk.slasync("verify", "pipedrive")
    assert done.exit_code == 2
    assert "no system pipedrive is configured: there are salesforce, hubspot" in done.output


# slasync sweep, status, held


@fault("V18")
def test_records_that_vanish_are_named_everywhere_until_somebody_accepts_them(desk: Desk) -> None:
    contacts = [desk.arrives(f"n{number}@prospect.example", score=5) for number in range(15)]
    desk.work()
    desk.wait(timedelta(minutes=40))
    desk.work()
    for contact in contacts:
        desk.town.hubspot.gdpr_delete("contacts", contact)
    desk.work(timedelta(days=1))
    [batch] = desk.json("status")["self_check"]["vanished"]
    assert batch["records"] == 15
    for command in (("status",), ("held", "list"), ("sweep", "list")):
        assert f"slasync sweep accept {batch['name']}" in desk.slasync(*command).output
    assert desk.slasync("sweep", "list").exit_code == 1
    assert desk.slasync("held", "list").exit_code == 1
    done = desk.slasync("sweep", "accept", batch["name"], "--why", "erased on demand")
    assert "15 records are looked for once more" in done.output
    desk.work(MINUTE)
    assert desk.json("status")["self_check"]["vanished"] == []
    assert desk.slasync("verify", "hubspot", "--all").exit_code == 0
    again = desk.slasync("sweep", "accept", batch["name"])
    assert f"{batch['name']} was settled already" in again.output


def test_accepting_a_name_that_is_not_there_says_what_is(desk: Desk) -> None:
    done = desk.slasync("sweep", "accept", "vanished-x")
    assert done.exit_code == 2
    assert "no batch is named vanished-x: nothing has vanished" in done.output


def test_what_increments_missed_is_told_by_stream_and_cause(desk: Desk) -> None:
    [first, *_] = filled(desk)
    desk.work(timedelta(hours=2))
    in_mirror(desk, FORGET, first)
    desk.work(timedelta(days=1))
    told = desk.json("sweep", "list")
    assert told["missed"] == {"hubspot.contacts": {"missing": 1}}
    assert "Increments of hubspot.contacts missed in the last day, since repaired: 1 missing." in (
        desk.slasync("status").output
    )
    assert desk.slasync("verify", "--all").exit_code == 0
