"""forget, on either database: whatever table names a person does so no more."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Date, Engine, Integer, Text, cast, insert, select
from sqlalchemy.exc import DBAPIError

from slasync.clock import Seams
from slasync.domain.audit import Deed
from slasync.domain.facts import FactKind
from slasync.domain.forgetting import Eraser, Pseudonyms, blanked
from slasync.domain.lead import LeadKey, Ref
from slasync.errors import TryLater
from slasync.ports import ActivityReading, PersonReading, Rejected
from slasync.store import tables as t
from slasync.store.decisions import DecisionRow
from slasync.store.fates import FATES, Left, is_text
from slasync.store.types import BigId, Json, UtcDateTime
from slasync.store.unit import reading, transaction
from slasync.workers.forget import Forgot, forget, plan
from slasync.workers.pulling.forgotten import not_forgotten
from slasync.workers.pulling.ingest import Rules, ingest
from tests.faults.marks import fault
from tests.store.given import LANES, LEASE, NOW, a_fact, an_item

ADDRESS = "lou@x.example"
CANARY = f'told "{ADDRESS}" then'
RULES = Rules(watched=frozenset({"score"}))


def a_value(column: Column[Any]) -> Any:
    """Return what a row of a test holds there: wherever there is a text, the address in it."""
    if isinstance(column.type, Json):
        return {CANARY: [CANARY, {"deep": CANARY}]}
    if is_text(column):
        return f"{column.name} {CANARY}"
    if isinstance(column.type, UtcDateTime):
        return datetime(2026, 3, 2, tzinfo=UTC)
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Date):
        return datetime(2026, 3, 2, tzinfo=UTC).date()
    assert isinstance(column.type, Integer | BigId), f"{column} is of a type that is new here"
    return 1


def held(engine: Engine, address: str = ADDRESS) -> set[str]:
    """Name the tables of which a row holds an address, in whichever column."""
    found = set()
    with engine.connect() as db:
        for table in t.METADATA.sorted_tables:
            rows = db.execute(select(*(cast(column, Text) for column in table.columns))).all()
            if any(address in str(value) for row in rows for value in row):
                found.add(table.name)
    return found


def forgotten(engine: Engine, text: str = ADDRESS) -> Forgot:
    with reading(engine) as unit:
        planned = plan(unit, text, ())
    return forget(engine, Seams(), planned, "ann")


def a_person(**changes: Any) -> PersonReading:
    ordinary: dict[str, Any] = {
        "ref": Ref("hubspot", "contact", "51"),
        "modified_at": NOW,
        "created_at": NOW,
        "fields": {"first_name": "Lou", "last_name": "Reed", "score": 80, "email": ADDRESS},
        "email": ADDRESS,
        "raw": {"name": "Lou Reed"},
    }
    return PersonReading(**ordinary | changes)


def read(engine: Engine, *people: PersonReading | ActivityReading) -> None:
    with transaction(engine) as unit:
        ingest(unit, people, RULES, NOW, baseline=False)


@fault("S24")
def test_a_text_of_any_table_names_the_person_no_more(engine: Engine) -> None:
    left = {t.ERASING, *(table for table, fate in FATES.items() if isinstance(fate, Left))}
    mine = [table for table in t.METADATA.sorted_tables if table not in left]
    with transaction(engine) as unit:
        for table in mine:
            unit.db.execute(insert(table).values({c.name: a_value(c) for c in table.columns}))
    assert held(engine) >= {table.name for table in mine if any(map(is_text, table.columns))}

    forgotten(engine)

    assert held(engine) == set()


@fault("S24")
def test_what_a_record_told_is_gone_and_its_history_still_counts(engine: Engine) -> None:
    read(engine, a_person())
    with transaction(engine) as unit:
        unit.facts.add({a_key(): [a_fact("call-1", data={"subject": "Lou", "channel": "call"})]})
        before = unit.facts.tally()

    forgotten(engine)

    assert held(engine) == set()
    with reading(engine) as unit:
        after = unit.facts.tally()
        assert list(after.values()) == list(before.values())
        (key,) = after
        told = unit.facts.of([key])[key]
        assert key.startswith("forgotten:lead:")
        touch = next(fact for fact in told if fact.kind is FactKind.TOUCH)
        assert touch.data == {"subject": "", "channel": "call"}


def a_key() -> Any:
    return "hubspot:contact:51"


def test_a_page_read_before_and_stored_after_brings_nobody_back(engine: Engine) -> None:
    read(engine, a_person())
    forgotten(engine)

    activity = ActivityReading(
        ref=Ref("hubspot", "call", "9"), about=Ref("hubspot", "contact", "51"),
        kind=FactKind.TOUCH, occurred_at=NOW, modified_at=NOW, data={"subject": ADDRESS},
    )  # fmt: skip
    read(engine, a_person(fields={"email": ADDRESS, "score": 90}), activity)

    assert held(engine) == set()
    with reading(engine) as unit:
        assert unit.forgotten.read_again() == {"hubspot": 1}
        assert unit.quarantine.list() == ()


def test_other_people_of_the_same_page_are_taken_in(engine: Engine) -> None:
    read(engine, a_person())
    forgotten(engine)
    nico = a_person(ref=Ref("hubspot", "contact", "52"), email="nico@y.example", fields={})

    read(engine, a_person(), nico)

    with reading(engine) as unit:
        assert unit.leads.find("nico@y.example") == ["hubspot:contact:52"]


def test_what_cannot_be_understood_of_somebody_forgotten_is_not_set_aside(engine: Engine) -> None:
    read(engine, a_person())
    forgotten(engine)
    mine = Rejected("hubspot.contacts", "51", "broken", {"email": ADDRESS})
    other = Rejected("hubspot.contacts", "52", "broken", {})

    with transaction(engine) as unit:
        assert not_forgotten(unit, [mine, other]) == [other]


def test_a_deleted_record_of_somebody_forgotten_is_no_more_told_of(engine: Engine) -> None:
    read(engine, a_person())
    forgotten(engine)

    read(engine, a_person(deleted=True))

    with reading(engine) as unit:
        assert unit.forgotten.read_again() == {}


def test_while_a_write_is_being_sent_nothing_is_erased(engine: Engine) -> None:
    read(engine, a_person())
    with transaction(engine) as unit:
        unit.outbox.add([an_item(write={"lead": a_key()})], NOW)
        now = Seams().clock.now()
        unit.outbox.claim("salesforce", LANES, "me", now, now + LEASE)

    with pytest.raises(TryLater, match="on its way to salesforce: nothing was erased"):
        forgotten(engine)

    assert "lead" in held(engine)


def test_a_write_that_waits_is_not_sent_any_more_and_keeps_its_key(engine: Engine) -> None:
    read(engine, a_person())
    waits = an_item("k1", write={"lead": a_key(), "values": {"text": "call Lou"}})
    with transaction(engine) as unit:
        unit.outbox.add([waits], NOW)

    forgotten(engine)

    with transaction(engine) as unit:
        view = unit.outbox.get("k1")
        assert view is not None
        assert (view.state.value, view.outcome) == ("superseded", "forgotten")
        assert view.write.values == {"text": ""}
        assert unit.outbox.add([waits], NOW) == set()


def test_the_record_of_a_task_keeps_its_shape_and_is_not_found_again() -> None:
    names = Pseudonyms(b"key")

    told = names.told("salesforce:task:00T000000000001AAA")

    assert told.startswith("salesforce:task:")
    assert "00T" not in told
    assert told == names.told("salesforce:task:00T000000000001AAA")


@fault("S29")
def test_what_is_only_added_to_is_still_not_changed_otherwise(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.decisions.add([DecisionRow(a_key(), NOW, "h", "enforce", ("why",), (), ())])
        unit.audit.add(Deed(at=NOW, who="ann", action="login"))
    forgotten_nobody(engine)

    for statement in ("UPDATE decision SET mode = 'x'", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="is append-only"), transaction(engine) as unit:
            unit.db.exec_driver_sql(statement)


def forgotten_nobody(engine: Engine) -> None:
    read(engine, a_person())
    forgotten(engine)


def test_even_while_somebody_is_erased_nothing_is_deleted(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.audit.add(Deed(at=NOW, who="ann", action="login"))

    with transaction(engine) as unit:
        unit.db.exec_driver_sql("INSERT INTO erasing VALUES ('x')")
    with pytest.raises(DBAPIError, match="is append-only"), transaction(engine) as unit:
        unit.db.exec_driver_sql("DELETE FROM audit")


def test_leads_of_one_address_are_one_person(engine: Engine) -> None:
    with transaction(engine) as unit:
        unit.leads.put([], NOW)
    read(engine, a_person())
    read(engine, a_person(ref=Ref("salesforce", "lead", "00Q000000000001AAA"), email=None,
                          fields={"last_name": "Reed"}))  # fmt: skip
    read(engine, a_person(ref=Ref("salesforce", "lead", "00Q000000000001AAA"),
                          modified_at=NOW + LEASE))  # fmt: skip

    forgotten(engine, "hubspot:contact:51")

    assert held(engine) == held(engine, "00Q000000000001") == set()


def test_an_id_is_taken_out_where_it_stands_by_itself() -> None:
    eraser = Eraser(("00Q000000000001", "hubspot:contact:5"))

    assert eraser.text("of 00Q000000000001AAA.") == "of (forgotten)."
    assert eraser.text("hubspot:contact:51") == "hubspot:contact:51"


def test_an_address_is_not_taken_out_of_a_longer_one() -> None:
    assert Eraser((ADDRESS,)).text(f"mary{ADDRESS}") == f"mary{ADDRESS}"
    assert Eraser((ADDRESS,)).text(f"To: {ADDRESS.upper()}") == "To: (forgotten)"


@pytest.mark.parametrize("longer", ["mary.lou@x.example", "mary__lou@x.example",
                                    "o'lou@x.example", "lou@x.example.com"])  # fmt: skip
def test_somebody_of_a_longer_address_keeps_it(engine: Engine, longer: str) -> None:
    other = Ref("hubspot", "contact", "512")
    read(engine, a_person(), a_person(ref=other, email=longer, fields={"email": longer}, raw={}))

    forgotten(engine)

    with reading(engine) as unit:
        assert unit.leads.find(longer) == ["hubspot:contact:512"]
        (lead,) = unit.leads.get([LeadKey("hubspot:contact:512")]).values()
        assert lead.text("email") == longer


@pytest.mark.parametrize("sentence", [f"Ask {ADDRESS}.", f"'{ADDRESS}'", f"?email={ADDRESS}&x=1"])
def test_an_address_is_found_at_the_edges_of_texts(sentence: str) -> None:
    assert ADDRESS not in Eraser((ADDRESS,)).text(sentence)


def test_a_number_that_others_have_as_well_stays_theirs(engine: Engine) -> None:
    phone = "+49 30 1234567"
    other = Ref("hubspot", "contact", "99")
    mine = {"email": ADDRESS, "phone": phone, "mobile": "+49 170 7654321"}
    theirs = {"phone": f"{phone}-12", "text": "Lou's is +49 170 7654321"}
    read(engine, a_person(fields=mine), a_person(ref=other, email=None, fields=theirs, raw={}))

    forgotten(engine)

    assert held(engine, "7654321") == set()
    with reading(engine) as unit:
        (lead,) = unit.leads.get(unit.leads.find("hubspot:contact:99")).values()
        assert lead.text("phone") == f"{phone}-12"


def test_words_of_the_agreement_stay_where_somebodys_words_go() -> None:
    told = {"rung": "day_1", "text": "Lou", "n": 2, "effects": [{"kind": "task", "why": "Lou"}]}

    assert blanked(told) == {
        "rung": "day_1", "text": "", "n": 2, "effects": [{"kind": "task", "why": ""}],
    }  # fmt: skip
