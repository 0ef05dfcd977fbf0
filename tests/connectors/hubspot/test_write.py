"""What the push step relies on when it writes to HubSpot."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from slasync.connectors.http import Lane
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Action, Write
from slasync.errors import Stopped, TryLater
from slasync.ports import Outcome
from slasync.sandbox.faults import Kind, Rule
from slasync.systems import Budget, Secret
from tests.connectors.hubspot.bench import Bench
from tests.faults.marks import fault

UPDATE = "POST /crm/v3/objects/contacts/batch/update"


def a_write(contact: str | None, key: str = "k", **values: Any) -> Write:
    return Write(
        key=key,
        lead=LeadKey(f"hubspot:contact:{contact}"),
        system="hubspot",
        action=Action.PROPERTIES,
        values=values or {"stage": "MQL"},
        target=None if contact is None else Ref("hubspot", "contact", contact),
    )


def held(bench: Bench, contact: str) -> Mapping[str, str]:
    return {
        name.removeprefix("slasync_"): value
        for name, value in bench.hubspot.get("contacts", contact).items()
        if name.startswith("slasync_")
    }


def test_values_go_to_the_properties_that_are_configured_for_them() -> None:
    bench = Bench()
    contact = bench.contact(email="a@example.com")
    values = {"stage": "SAL", "owner": "Ana", "due": "2026-03-03T09:00:00+00:00", "odd": "left out"}

    (receipt,) = bench.sink.apply([a_write(contact, **values)])

    assert (receipt.outcome, receipt.ref) == (Outcome.APPLIED, Ref("hubspot", "contact", contact))
    assert held(bench, contact)["stage"] == "SAL"
    assert held(bench, contact)["owner"] == "Ana"
    assert held(bench, contact)["due"].startswith("2026-03-03T09:00:00")
    (looked,) = bench.sink.look([a_write(contact, **values)])
    assert looked.outcome == Outcome.APPLIED


def test_a_value_of_nothing_clears_the_property() -> None:
    bench = Bench()
    contact = bench.contact(email="a@example.com", slasync_stage="MQL")
    write = a_write(contact, stage=None)

    bench.sink.apply([write])

    assert "stage" not in held(bench, contact)
    assert bench.sink.look([write])[0].outcome == Outcome.APPLIED


def test_a_hundred_contacts_are_one_call_and_each_has_its_receipt_in_order() -> None:
    bench = Bench()
    contacts = [bench.contact(email=f"p{n}@example.com") for n in range(100)]
    writes = [a_write(c, key=f"k{n}", stage=f"S{n}") for n, c in enumerate(contacts)]

    receipts = bench.sink.apply(writes)

    assert bench.hubspot.calls[UPDATE] == 1
    assert [r.ref.id for r in receipts if r.ref] == contacts  # though the answer is shuffled
    assert {r.outcome for r in receipts} == {Outcome.APPLIED}
    assert [held(bench, c)["stage"] for c in contacts] == [f"S{n}" for n in range(100)]
    assert bench.sink.lanes["properties"] == 100
    assert bench.sink.lane(writes[0]) == "properties"


@fault("V10")
def test_a_row_that_fails_fails_alone() -> None:
    bench = Bench()
    good, gone = bench.contact(email="a@example.com"), bench.contact(email="b@example.com")
    bench.hubspot.archive("contacts", gone, "1")
    writes = [
        a_write(good, key="1"),
        a_write(gone, key="2"),
        a_write(good, key="3", due="no time at all"),
        a_write(None, key="4"),
    ]
    other = bench.contact(email="c@example.com")
    writes.append(a_write(other, key="5"))

    outcomes = [r.outcome for r in bench.sink.apply(writes)]

    assert outcomes[1] == Outcome.GONE
    assert outcomes[3] == Outcome.REFUSED
    assert outcomes[4] == Outcome.APPLIED
    assert held(bench, other)["stage"] == "MQL"
    assert outcomes[0] == outcomes[2] == Outcome.REFUSED  # one row: the later value spoils both


@fault("V10", "V33")
@pytest.mark.parametrize(("kind", "outcome"), [
    (Kind.ROW_REFUSED, Outcome.REFUSED), (Kind.ROW_LOCKED, Outcome.TRY_LATER),
])  # fmt: skip
def test_a_row_in_trouble_is_told_for_itself(kind: Kind, outcome: Outcome) -> None:
    bench = Bench()
    contacts = [bench.contact(email=f"p{n}@example.com") for n in range(5)]
    bench.world.faults.switch_on(Rule(kind, times=1))

    outcomes = [r.outcome for r in bench.sink.apply([a_write(c, key=c) for c in contacts])]

    assert sorted(outcomes) == sorted([Outcome.APPLIED] * 4 + [outcome])


def test_of_two_writes_to_one_contact_the_later_wins_and_the_earlier_is_carried_along() -> None:
    bench = Bench()
    contact = bench.contact(email="a@example.com")
    first = a_write(contact, key="1", stage="MQL", owner="Ana")
    second = a_write(contact, key="2", stage="SAL")

    receipts = bench.sink.apply([first, second])

    assert [r.outcome for r in receipts] == [Outcome.ALREADY, Outcome.APPLIED]
    assert held(bench, contact) == {"stage": "SAL", "owner": "Ana"}
    assert len(bench.pool.requests) == 1


def test_writing_what_is_there_already_changes_nothing() -> None:
    bench = Bench()
    contact = bench.contact(email="a@example.com")
    bench.sink.apply([a_write(contact)])
    stamp = bench.hubspot.get("contacts", contact)["lastmodifieddate"]
    bench.clock.advance(timedelta(hours=1))

    (receipt,) = bench.sink.apply([a_write(contact)])

    assert receipt.outcome == Outcome.APPLIED
    assert bench.hubspot.get("contacts", contact)["lastmodifieddate"] == stamp


@fault("V6")
@pytest.mark.parametrize("kind", [
    Kind.TIMEOUT_BEFORE, Kind.TIMEOUT_AFTER, Kind.RESET_AFTER, Kind.TRUNCATED, Kind.HTML,
])  # fmt: skip
def test_a_lost_answer_is_unknown_until_looked_up(kind: Kind) -> None:
    bench = Bench()
    contact = bench.contact(email="a@example.com")
    write = a_write(contact)
    bench.world.faults.switch_on(Rule(kind, path="batch/update"))

    (receipt,) = bench.sink.apply([write])

    assert receipt.outcome == Outcome.UNKNOWN
    there = "stage" in held(bench, contact)
    (looked,) = bench.sink.look([write])
    assert looked.outcome == (Outcome.APPLIED if there else Outcome.TRY_LATER)


@pytest.mark.parametrize("kind", [Kind.TOO_MANY, Kind.SERVER_ERROR])
def test_a_batch_that_was_turned_away_is_known_not_to_be_sent(kind: Kind) -> None:
    bench = Bench()
    contact = bench.contact(email="a@example.com")
    bench.world.faults.switch_on(Rule(kind))

    with pytest.raises(TryLater) as turned_away:
        bench.sink.apply([a_write(contact)])

    assert not turned_away.value.unknown
    assert turned_away.value.after is not None
    assert held(bench, contact) == {}


@fault("V12")
def test_a_property_the_account_lacks_spoils_only_the_rows_that_have_it() -> None:
    bench = Bench(changes={"written": {"stage": "slasync_stage", "owner": "no_such_property"}})
    contacts = [bench.contact(email=f"p{n}@example.com") for n in range(8)]
    writes = [
        a_write(c, key=c, **({"stage": "MQL"} if n % 2 else {"owner": "Ana"}))
        for n, c in enumerate(contacts)
    ]

    receipts = bench.sink.apply(writes)

    assert [r.outcome for r in receipts] == [Outcome.REFUSED, Outcome.APPLIED] * 4
    assert "no_such_property" in receipts[0].message


def test_what_has_no_property_is_not_sent() -> None:
    bench = Bench(changes={"written": {}})
    contact = bench.contact(email="a@example.com")

    (receipt,) = bench.sink.apply([a_write(contact)])

    assert receipt.outcome == Outcome.ALREADY
    assert bench.pool.requests == []


def test_another_kind_of_write_is_refused_without_a_call() -> None:
    bench = Bench()
    task = Write(
        key="k",
        lead=LeadKey("hubspot:contact:1"),
        system="hubspot",
        action=Action.TASK,
        values={"subject": "call"},
        target=Ref("hubspot", "contact", "1"),
    )

    assert [r.outcome for r in bench.sink.apply([task])] == [Outcome.REFUSED]
    assert bench.pool.requests == []


def test_a_look_tells_a_contact_that_is_gone() -> None:
    bench = Bench()
    contact = bench.contact(email="a@example.com")
    bench.hubspot.archive("contacts", contact, "1")

    assert bench.sink.look([a_write(contact)])[0].outcome == Outcome.GONE


def test_a_look_finds_a_merged_contact_under_its_old_id() -> None:
    bench = Bench()
    kept, lost = bench.contact(email="a@example.com"), bench.contact(email="b@example.com")
    write = a_write(lost)
    bench.hubspot.merge("contacts", kept, lost, "1")

    assert bench.sink.look([write])[0].outcome == Outcome.TRY_LATER
    assert bench.sink.apply([write])[0].outcome == Outcome.APPLIED
    assert bench.sink.look([write])[0].outcome == Outcome.APPLIED


def test_reread_tells_owner_and_status_and_what_is_gone() -> None:
    bench = Bench()
    owner = bench.hubspot.add_owner("o@example.com", "Ona", "Oak")
    contact = bench.contact(email="a@example.com", hubspot_owner_id=owner, hs_lead_status="OPEN")
    here, gone = Ref("hubspot", "contact", contact), Ref("hubspot", "contact", "99")

    found = bench.sink.reread([here, gone])

    snapshot = found[here]
    assert snapshot is not None
    assert (snapshot.owner, snapshot.status) == (owner, "OPEN")
    assert snapshot.modified_at == bench.clock.now()
    assert found[gone] is None


@fault("V3")
def test_writes_go_on_when_the_budget_for_reads_is_used_up() -> None:
    tight = Budget(daily_calls=100, share=0.05, reserve=0.4)  # 3 reads, 5 in all
    bench = Bench(changes={"budget": tight})
    contact = bench.contact(email="a@example.com")
    for _ in range(3):
        bench.people()

    with pytest.raises(TryLater):
        bench.people()

    assert bench.sink.apply([a_write(contact)])[0].outcome == Outcome.APPLIED
    assert bench.connector.calls.by_lane() == {Lane.READ: 3, Lane.WRITE: 1}


@fault("V14")
def test_a_refused_token_stops_and_nothing_is_written() -> None:
    bench = Bench(changes={"secrets": {"access_token": Secret("wrong")}})
    contact = bench.contact(email="a@example.com")

    with pytest.raises(Stopped):
        bench.sink.apply([a_write(contact)])

    assert held(bench, contact) == {}
