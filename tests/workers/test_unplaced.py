"""Owners who left since the roster was read: the CRM refuses them, and others get their leads."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from slasync.connectors.memory import MemorySink
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import LeadKey, User, UserKey
from slasync.domain.writes import Action, Write
from slasync.ports import Outcome, Receipt
from slasync.store.outbox_values import State
from slasync.store.unit import reading
from tests.builders import ANA, BEN, CHI, DAY, MIA, POOL, QUEUE, called
from tests.faults.marks import fault
from tests.workers.desk import Desk

SAID = "INACTIVE_OWNER_OR_USER: operation performed with inactive user"


@pytest.fixture
def desk(sqlite_engine: Engine) -> Desk:
    return Desk(sqlite_engine)


class Left(MemorySink):
    """The CRM refuses to let some users own leads."""

    left: frozenset[UserKey] = frozenset()

    def apply(self, writes: Sequence[Write]) -> Sequence[Receipt]:
        told = super().apply([w for w in writes if not self._refused(w)])
        receipts = iter(told)
        no = Receipt(Outcome.REFUSED, message=SAID, unfit_owner=True)
        return [no if self._refused(w) else next(receipts) for w in writes]

    def _refused(self, write: Write) -> bool:
        return write.values.get("owner") in self.left


def settle(desk: Desk, *left: User, **changes: object) -> None:
    """Decide and send until nothing is left to do."""
    sink = Left(desk.crm)
    sink.left = frozenset(user.key for user in left)
    push = desk.push(sink)
    while any([desk.office.decide(**changes) > 0, push.run()]):
        pass


def facts(desk: Desk, kind: FactKind) -> list[Fact]:
    return [fact for _, fact in desk.office.facts(kind)]


def chosen(desk: Desk) -> list[str]:
    return [str(fact.data["owner"]) for fact in facts(desk, FactKind.ROUTED)]


def owner_of(desk: Desk, lead: LeadKey) -> UserKey | None:
    person = desk.crm.lead_of(lead)
    return person.owner if person else None


def let_lie(desk: Desk) -> LeadKey:
    """Have a lead go unworked up to where it is given to another owner."""
    lead = desk.lead(ANA)
    settle(desk)
    for _ in range(3):
        desk.go_on(DAY)
        desk.office.decide()
    return lead


@fault("V36")
def test_a_new_lead_whose_owner_left_is_made_for_another(desk: Desk) -> None:
    lead = desk.office.lead(None)

    settle(desk, ANA)

    assert owner_of(desk, lead) == BEN.key
    assert chosen(desk) == [ANA.key, BEN.key]
    first, second = desk.office.writes(Action.CREATE_LEAD)
    assert (first.state, second.state) == (State.SUPERSEDED, State.DONE)
    assert first.outcome == f"refused: {SAID} Another owner is chosen."


@fault("V36")
def test_a_lead_that_is_taken_from_one_owner_goes_to_another_than_who_left(desk: Desk) -> None:
    lead = let_lie(desk)

    settle(desk, BEN)

    assert owner_of(desk, lead) == CHI.key
    assert chosen(desk) == [ANA.key, BEN.key, CHI.key]
    changes = desk.office.writes(Action.OWNER)
    assert [v.state for v in changes] == [State.SUPERSEDED, State.DONE]
    assert {fact.data["generation"] for fact in facts(desk, FactKind.RESTARTED)} == {1}


@fault("V36")
def test_the_one_who_is_chosen_instead_has_the_whole_ladder_and_may_lose_the_lead(
    desk: Desk,
) -> None:
    lead = let_lie(desk)
    settle(desk, BEN)
    tasks = [v for v in desk.office.writes(Action.TASK) if v.write.generation == 1]
    assert [v.write.values["owner"] for v in tasks] == [CHI.key]

    for _ in range(6):
        desk.go_on(DAY)
        settle(desk, BEN)

    assert owner_of(desk, lead) == QUEUE.key  # who was refused is not tried again
    assert chosen(desk) == [ANA.key, BEN.key, CHI.key, QUEUE.key]


@fault("V36")
def test_when_all_have_left_the_queue_gets_the_lead(desk: Desk) -> None:
    lead = desk.office.lead(None)

    settle(desk, ANA, BEN, CHI)

    assert owner_of(desk, lead) == QUEUE.key
    assert chosen(desk) == [ANA.key, BEN.key, CHI.key, QUEUE.key]


@fault("V36")
def test_when_the_queue_is_refused_as_well_it_ends_and_the_lead_waits_to_be_offered_again(
    desk: Desk,
) -> None:
    lead = desk.office.lead(None)

    settle(desk, ANA, BEN, CHI, QUEUE)

    assert owner_of(desk, lead) is None
    assert len(facts(desk, FactKind.OWNER_REFUSED)) == 4
    desk.go_on(timedelta(minutes=16))
    settle(desk, ANA, BEN, CHI, QUEUE)
    assert len(desk.office.writes(Action.CREATE_LEAD)) == 4


@fault("V36")
def test_where_a_ladder_ends_and_the_manager_is_refused_a_person_has_to_look(desk: Desk) -> None:
    pools = {POOL.name: replace(POOL, queue=None, members=POOL.members[:1])}
    clock = replace(desk.agreement.clock("first_touch"), restarts=0)
    desk.office.agreement = replace(desk.agreement, clocks=(clock,))
    desk.lead(ANA)
    settle(desk, pools=pools)
    for _ in range(4):
        desk.go_on(DAY)
        settle(desk, MIA, pools=pools)

    [change] = desk.office.writes(Action.OWNER)
    assert (change.write.values["owner"], change.state) == (MIA.key, State.PARKED)
    assert facts(desk, FactKind.OWNER_REFUSED) == []


@fault("V36")
def test_a_lead_that_was_worked_meanwhile_stays_with_who_worked_it(desk: Desk) -> None:
    lead = let_lie(desk)
    sink = Left(desk.crm)
    sink.left = frozenset({BEN.key})
    push = desk.push(sink)
    desk.office.learn(lead, called(desk.clock.now()))
    while push.run():
        pass

    settle(desk, BEN)

    assert owner_of(desk, lead) == ANA.key
    assert chosen(desk) == [ANA.key, BEN.key]


@fault("V36")
def test_users_and_queues_are_read_at_once_when_an_owner_was_refused(desk: Desk) -> None:
    streams = ["salesforce.users", "salesforce.queues", "salesforce.leads"]
    desk.office.read_up_to(dict.fromkeys(streams, desk.clock.now()))
    desk.office.lead(None)
    settle(desk, ANA)

    with reading(desk.engine) as unit:
        asked = {name: c.asked_at for name, c in unit.cursors.all().items() if c.asked_at}
    assert asked == dict.fromkeys(streams[:2], desk.clock.now())


@fault("V36")
def test_a_person_sees_who_was_refused_and_why_and_who_is_passed_over_for_it(desk: Desk) -> None:
    lead = desk.office.lead(None)
    settle(desk, ANA)

    [told] = facts(desk, FactKind.OWNER_REFUSED)
    with reading(desk.engine) as unit:
        decisions = unit.decisions.of(lead)
    because = [line for row in decisions for line in row.because]
    assert told.data["why"] == SAID
    assert any("ana@sandbox.example was refused by the CRM" in line for line in because)
