"""forget: a person is erased everywhere, stays erased, and nothing happens twice for it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine, Text, cast, select

from slasync.domain.audit import Deed
from slasync.domain.facts import FactKind
from slasync.store import tables as t
from slasync.store.engine import open_engine
from slasync.store.fates import FATES, Left, undeclared
from slasync.store.unit import reading, transaction
from tests.cli.desk import Desk
from tests.faults.marks import fault

LOU = ("lou@x.example", "Lou Reed")


@pytest.fixture
def known(desk: Desk) -> Desk:
    """Lou was handed over, has an owner and a task; somebody else was too."""
    desk.arrives()
    other = {"email": "nico@y.example", "firstname": "Nico", "lastname": "P", "company": "VU"}
    desk.town.hubspot.create("contacts", other | {"hubspotscore": "80"}, "import")
    desk.work()
    desk.work()
    return desk


def named_in(engine: Engine, words: Sequence[str]) -> dict[str, int]:
    """Count by table the rows that hold one of `words` in any text, whatever the table."""
    found = {}
    with engine.connect() as db:
        for table in t.METADATA.sorted_tables:
            if isinstance(FATES.get(table), Left):
                continue
            rows = db.execute(select(*(cast(c, Text) for c in table.columns))).all()
            told = ["\n".join(map(str, row)).lower() for row in rows]
            count = sum(any(word.lower() in text for word in words) for text in told)
            if count:
                found[table.name] = count
    return found


def engine_of(desk: Desk) -> Engine:
    return open_engine(desk.environ["SLASYNC_DATABASE"])


def lou_in_salesforce(desk: Desk) -> str:
    return next(str(row["Id"]) for row in desk.rows("Lead") if row["Email"] == LOU[0])


def test_every_table_says_what_becomes_of_its_rows() -> None:
    assert undeclared() == set(), "say in store/fates.py what becomes of a person in these tables"


def test_without_apply_it_is_only_shown(known: Desk) -> None:
    before = known.json("explain", LOU[0])

    shown = known.slasync("forget", LOU[0])

    assert shown.exit_code == 0, shown.output
    assert "Leads: 1, records: 2\n" in shown.output
    named = [line for line in shown.output.splitlines() if line.startswith("  hubspot:contact:")]
    assert len(named) == 1
    assert "Nothing is erased yet: give --apply" in shown.output
    assert known.json("explain", LOU[0]) == before


@fault("S24")
def test_no_text_of_any_table_names_the_person_any_more(known: Desk) -> None:
    words = [*LOU, lou_in_salesforce(known)[:15]]
    assert named_in(engine_of(known), words).keys() >= {"lead", "record", "outbox", "link"}

    done = known.slasync("forget", LOU[0], "--apply")

    assert done.exit_code == 0, done.output
    assert named_in(engine_of(known), words) == {}


@fault("S24", "I27")
def test_no_byte_of_the_person_is_left_in_the_database_file(known: Desk) -> None:
    known.slasync("forget", LOU[0], "--apply")

    files = sorted(known.home.glob("slasync.db*"))
    assert files
    assert not any(LOU[0].encode() in path.read_bytes() for path in files)
    assert any(b"nico@y.example" in path.read_bytes() for path in files)


def test_asked_again_it_takes_from_the_disk_what_was_left_there(known: Desk) -> None:
    known.slasync("forget", LOU[0], "--apply")
    with transaction(engine_of(known)) as unit:
        unit.meta.put("left", LOU[0])
    with transaction(engine_of(known)) as unit:
        unit.db.exec_driver_sql("DELETE FROM meta WHERE key = 'left'")
    files = sorted(known.home.glob("slasync.db*"))
    assert any(LOU[0].encode() in path.read_bytes() for path in files)

    again = known.slasync("forget", LOU[0], "--apply")

    assert again.exit_code == 0, again.output
    assert not any(LOU[0].encode() in p.read_bytes() for p in known.home.glob("slasync.db*"))


def test_others_are_left_as_they_were(known: Desk) -> None:
    before = known.json("explain", "nico@y.example")

    known.slasync("forget", LOU[0], "--apply")

    assert known.json("explain", "nico@y.example") == before


def test_the_person_is_not_known_any_more(known: Desk) -> None:
    known.slasync("forget", LOU[0], "--apply")

    asked = known.slasync("explain", LOU[0])

    assert asked.exit_code != 0


@fault("S24")
def test_reading_the_person_again_brings_nothing_back_and_is_told(known: Desk) -> None:
    lead, words = lou_in_salesforce(known), [*LOU, lou_in_salesforce(known)[:15]]
    known.slasync("forget", LOU[0], "--apply")

    known.town.salesforce.update("Lead", lead, {"Company": "VU"}, known.town.users["mia"])
    known.work()

    assert named_in(engine_of(known), words) == {}
    told = known.json("status")["forgotten"]
    assert told["salesforce"] == 1
    shown = known.slasync("status").output
    assert "salesforce still shows 1 record of people who are forgotten" in shown


def test_another_record_of_a_forgotten_address_is_not_taken_in_either(known: Desk) -> None:
    known.slasync("forget", LOU[0], "--apply")

    values = {"LastName": "Reed", "Company": "VU", "Email": "Lou@X.example"}
    known.town.salesforce.create("Lead", values, known.town.users["mia"])
    known.work()

    assert named_in(engine_of(known), [LOU[0]]) == {}
    assert known.json("status")["forgotten"]["salesforce"] == 2  # the one before, and this


def test_leads_tasks_and_rungs_are_counted_as_before(known: Desk) -> None:
    before = known.json("status")
    facts = so_many(known)

    known.slasync("forget", LOU[0], "--apply")

    after = known.json("status")
    assert after["leads"] == before["leads"]
    assert so_many(known) == facts


def so_many(desk: Desk) -> dict[str, int]:
    with reading(engine_of(desk)) as unit:
        tallies = unit.facts.tally().values()
        return {k: sum(t.get(k, 0) for t in tallies) for k in FactKind}


def test_nothing_is_written_for_the_person_again(known: Desk) -> None:
    known.slasync("forget", LOU[0], "--apply")
    before = tasks_by_lead(known)
    of_lou = lou_in_salesforce(known)

    known.work(timedelta(days=1))
    known.work(timedelta(days=1))

    after = tasks_by_lead(known)
    assert after != before, "the other lead's ladder goes on"
    assert after[of_lou] == before[of_lou]


def tasks_by_lead(desk: Desk) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for task in desk.rows("Task"):
        found.setdefault(str(task["WhoId"]), []).append(dict(task))
    return found


def test_the_audit_tells_of_it_and_its_chain_is_whole(known: Desk) -> None:
    with transaction(engine_of(known)) as unit:
        told = Deed(at=known.seams.clock.now(), who="ann", action="lead.view", target=LOU[0])
        unit.audit.add(told)

    known.slasync("forget", LOU[0], "--apply")

    with reading(engine_of(known)) as unit:
        entries = unit.audit.page(10)
        assert [e.deed.action for e in entries] == ["forget", "lead.view"]
        assert entries[1].deed.target == "(forgotten)"
        assert unit.audit.check().problem == ""


@fault("S29")
def test_an_audit_entry_changed_otherwise_is_still_found(known: Desk) -> None:
    known.slasync("forget", LOU[0], "--apply")
    with transaction(engine_of(known)) as unit:
        unit.db.exec_driver_sql("INSERT INTO erasing VALUES ('x')")
        unit.db.exec_driver_sql("UPDATE audit SET target = 'somebody else'")
        unit.db.exec_driver_sql("DELETE FROM erasing")

    with reading(engine_of(known)) as unit:
        assert unit.audit.check().problem == "entry 1 is not what was written"


def test_somebody_let_in_again_is_taken_in_as_somebody_new(known: Desk) -> None:
    lead = lou_in_salesforce(known)
    known.slasync("forget", LOU[0], "--apply")

    lifted = known.slasync("forget", LOU[0], "--lift")
    known.town.salesforce.update("Lead", lead, {"Company": "VU"}, known.town.users["mia"])
    known.work(timedelta(hours=1))

    assert lifted.exit_code == 0, lifted.output
    told = known.slasync("explain", LOU[0])
    assert told.exit_code == 0, told.output


def test_asked_again_it_says_since_when(known: Desk) -> None:
    known.slasync("forget", LOU[0], "--apply")

    again = known.slasync("forget", LOU[0])

    assert again.exit_code == 0, again.output
    assert "was forgotten at 2026-03-02" in again.output


def test_a_person_is_found_by_the_id_of_a_record(known: Desk) -> None:
    done = known.slasync("forget", lou_in_salesforce(known), "--apply")

    assert done.exit_code == 0, done.output
    assert named_in(engine_of(known), LOU) == {}


def test_somebody_nobody_knows_is_wrong_usage(known: Desk) -> None:
    done = known.slasync("forget", "nobody@x.example")

    assert done.exit_code == 2
    assert "nothing is known of nobody@x.example" in done.output


def test_erasing_and_letting_in_at_once_is_wrong_usage(known: Desk) -> None:
    done = known.slasync("forget", LOU[0], "--apply", "--lift")

    assert done.exit_code == 2
    assert "give one of them" in done.output


def test_letting_in_somebody_who_was_not_forgotten_is_wrong_usage(known: Desk) -> None:
    done = known.slasync("forget", LOU[0], "--lift")

    assert done.exit_code == 2
    assert "there is nothing to lift" in done.output


def test_an_address_that_a_rep_bears_too_stays_the_reps(desk: Desk) -> None:
    rep = next(str(u["Email"]) for u in desk.rows("User") if u["Name"].startswith("Ana"))
    desk.arrives(rep)
    desk.work()

    done = desk.slasync("forget", rep, "--apply")

    assert done.exit_code == 0, done.output
    assert f"{rep} is also the address of somebody who works leads" in done.output
    with reading(engine_of(desk)) as unit:
        assert rep in {user.email for user in unit.users.all().values()}
