"""decide: the leads whose time has come, each once; all of a batch is written down, or nothing."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, event

from slasync.domain.caps import Caps
from slasync.domain.facts import FactKind
from slasync.domain.modes import Mode, Modes, TeamMode
from slasync.domain.writes import Action
from slasync.store.engine import open_engine
from slasync.store.outbox_values import State
from slasync.store.unit import reading, transaction
from slasync.workers.deciding.decide import claim, decide_at, decide_batch, ready_gates
from tests.builders import ANA, BEN, CHI, DAY, HOUR, MINUTE, MONDAY, STREAMS, called
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.store.given import measured, statements
from tests.workers.office import Office

LATER = timedelta(days=1, hours=1)  # past day 1, more than a quarter of an hour


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    return Office(sqlite_engine)


def test_a_lead_that_meets_a_definition_is_handed_over_and_its_owner_told(engine: Engine) -> None:
    office = Office(engine)
    lead = office.lead()
    assert office.decide() == 1
    assert [key for key, _ in office.facts(FactKind.HANDOVER)] == [lead]
    (task,) = office.writes(Action.TASK)
    assert task.write.values["owner"] == ANA.key
    assert task.write.rung == "day_0"
    assert office.decide() == 0


@pain("P30/reasons")
def test_every_decision_is_written_down_with_its_reason(office: Office) -> None:
    lead = office.lead()
    office.decide()
    with reading(office.engine) as unit:
        (decision,) = unit.decisions.of(lead)
    assert decision.because[0].startswith("handed over: score was met")
    assert set(decision.writes) == {view.key for view in office.writes()}
    assert decision.agreement_hash == office.agreement.hash


def test_a_rung_fires_when_it_is_due_and_not_before(office: Office) -> None:
    office.lead()
    office.decide()
    office.go_on(DAY - MINUTE)
    office.decide()
    assert [rung for _, rung in office.fired()] == ["day_0"]
    office.go_on(MINUTE)
    office.decide()
    assert [rung for _, rung in office.fired()] == ["day_0", "day_1"]


def test_decided_again_and_again_a_rung_fires_once(office: Office) -> None:
    lead = office.lead()
    for _ in range(20):
        office.go_on(3 * HOUR)
        office.learn(lead)
        office.decide()
    assert Counter(office.fired()).most_common(1)[0][1] == 1
    assert len({view.write.task_key for view in office.writes(Action.TASK)}) <= 3


# gates


def test_nothing_is_judged_before_the_needed_streams_were_read_once(sqlite_engine: Engine) -> None:
    office = Office(sqlite_engine)
    office.lead()
    assert office.decide(needed=(*STREAMS, "hubspot.contacts")) == 0
    assert not office.writes()
    office.read_up_to({"hubspot.contacts": MONDAY})
    assert office.decide(needed=(*STREAMS, "hubspot.contacts")) == 1


@fault("T2")
def test_a_rung_waits_until_every_stream_of_its_clock_is_read_past_it(office: Office) -> None:
    lead = office.lead()
    office.decide()
    due = MONDAY + DAY
    office.clock.advance(LATER.total_seconds())
    tasks, history = STREAMS
    office.read_up_to({tasks: due + HOUR, history: due - MINUTE})  # one of them stalls
    assert office.decide() == 0
    office.read_up_to({history: due + MINUTE})
    assert office.decide() == 1
    assert (lead, "day_1") in office.fired()


@pain("P9")
@fault("T14")
def test_a_lead_with_news_is_decided_about_at_once_but_not_before_all_was_read_once(
    office: Office,
) -> None:
    office.lead()
    assert decide_at(office.deciding()) == office.clock.now()
    assert decide_at(office.deciding(needed=(*STREAMS, "hubspot.contacts"))) is None


def test_deciding_is_next_of_use_when_a_rung_is_due_and_its_data_is_complete(
    office: Office,
) -> None:
    office.lead()
    office.decide()
    due = MONDAY + DAY
    assert decide_at(office.deciding()) == due

    office.clock.advance(LATER.total_seconds())  # no stream goes on
    other = decide_at(office.deciding())
    assert other is not None
    assert other > office.clock.now()  # of the clock of processing

    office.known_up_to_now()
    assert decide_at(office.deciding()) == due
    assert decide_at(office.deciding(needed=(*STREAMS, "hubspot.contacts"))) is None


def test_how_far_streams_are_read_is_asked_only_while_a_rung_waits_for_it(office: Office) -> None:
    office.lead()
    office.decide()
    with statements(office.engine) as asked:
        decide_at(office.deciding())
    assert not [text for text in asked if "FROM cursor" in text]

    office.clock.advance(LATER.total_seconds())
    with statements(office.engine) as asked:
        decide_at(office.deciding())
    assert [text for text in asked if "FROM cursor" in text]


def test_a_call_learned_after_the_due_time_but_made_before_is_no_breach(office: Office) -> None:
    lead = office.lead()
    office.decide()
    office.clock.advance(LATER.total_seconds())
    office.learn(lead, called(MONDAY + HOUR))
    office.known_up_to_now()
    office.decide()
    assert (lead, "day_1") not in office.fired()
    assert office.writes(Action.CLOSE_TASK)


@pytest.mark.parametrize("waiting", [5, 60])
def test_leads_that_wait_for_a_stalled_stream_are_not_looked_at_again(
    office: Office, waiting: int
) -> None:
    for _ in range(waiting):
        office.lead()
    office.decide()
    office.clock.advance(LATER.total_seconds())  # all are due, and no stream goes on
    with measured(office.engine) as effort:
        assert not decide_batch(office.deciding())
    assert effort.steps < 1_500  # of SQLite's machine: the same for five leads and for sixty


@fault("L31")
@pytest.mark.parametrize("waiting", [10, 200])
def test_a_tick_claims_only_what_is_due_however_many_wait(office: Office, waiting: int) -> None:
    for _ in range(waiting):
        office.lead()
    office.decide()
    late = office.lead(at=MONDAY)
    office.go_on(HOUR)
    with transaction(office.engine) as unit:
        ready = ready_gates(office.agreement, unit.cursors.watermarks())
        assert claim(unit, ready, office.clock.now(), 1000) == [late]


def test_a_clock_of_a_cycle_that_is_no_more_wakes_nobody_again(office: Office) -> None:
    """Cycles become one when leads do, and what ended one may turn out not to have happened."""
    lead = office.lead()
    office.decide()
    with transaction(office.engine) as unit:
        known = unit.clocks.of([lead])[lead]
        unit.clocks.put([replace(known[0], cycle="c1@another", wake_at=office.clock.now())])
    office.go_on(MINUTE)

    assert decide_batch(office.deciding())

    assert not decide_batch(office.deciding())
    with reading(office.engine) as unit:
        assert {clock.cycle for clock in unit.clocks.of([lead])[lead]} == {"c1"}


# routing


@fault("V49")
def test_leads_of_one_tick_are_dealt_out_over_the_pool(engine: Engine) -> None:
    office = Office(engine)
    for _ in range(50):
        office.lead(owner=None)
    office.decide()
    owners = Counter(view.write.values["owner"] for view in office.writes(Action.CREATE_LEAD))
    assert sorted(owners.values()) == [16, 17, 17]
    assert set(owners) == {ANA.key, BEN.key, CHI.key}


def test_whose_turn_it_is_outlives_the_tick(office: Office) -> None:
    for _ in range(6):
        office.lead(owner=None)
        office.decide()
    owners = [view.write.values["owner"] for view in office.writes(Action.CREATE_LEAD)]
    assert owners == [ANA.key, BEN.key, CHI.key] * 2


def test_an_owner_change_carries_the_stamp_that_was_judged(office: Office) -> None:
    office.lead()
    office.decide()
    for _ in range(3):
        office.go_on(DAY)
        office.decide()
    (change,) = office.writes(Action.OWNER)
    assert change.write.judged
    assert change.write.judged.owner == ANA.key
    assert change.write.judged.modified_at == MONDAY


def test_an_owner_change_of_a_lead_that_the_mirror_says_is_anothers_is_read_again_first(
    office: Office,
) -> None:
    """Whoever has it by then keeps it: a stamp of that version would let the change through."""
    lead = office.lead()
    office.decide()
    with transaction(office.engine) as unit:
        (link,) = [ref for ref in unit.links.of_leads([lead])[lead] if ref.system == "salesforce"]
        (record,) = unit.records.current([link]).values()
        other = replace(record, owner=BEN.key, modified_at=MONDAY + DAY)
        unit.records.put([other], [{}], MONDAY + DAY)
    for _ in range(3):
        office.go_on(DAY)
        office.decide()
    (change,) = office.writes(Action.OWNER)
    assert change.write.judged
    assert (change.write.judged.owner, change.write.judged.modified_at) == (ANA.key, None)


# observing


def test_while_only_observing_decisions_are_kept_and_nothing_is_queued(engine: Engine) -> None:
    office = Office(engine)
    lead = office.lead()
    other = office.lead(owner=None)
    office.decide(modes=Modes(TeamMode(Mode.OBSERVE)))
    office.go_on(LATER)
    office.decide(modes=Modes(TeamMode(Mode.OBSERVE)))
    assert office.writes() == []
    assert {key for key, _ in office.facts(FactKind.HANDOVER)} == {lead, other}
    with reading(office.engine) as unit:
        assert unit.decisions.of(lead)
        assert not unit.digests.since(MONDAY)


# caps


@fault("V49", "T18")
def test_above_a_cap_the_whole_batch_of_late_tasks_is_held_and_none_on_time(
    office: Office,
) -> None:
    for _ in range(4):
        office.lead()
    office.decide()
    on_time = office.writes(Action.TASK)
    office.go_on(LATER)  # after an outage: these are late
    fresh = [office.lead(BEN, at=office.clock.now()) for _ in range(5)]
    office.decide(caps=Caps(per_owner=3, total=100))
    states = {view.key: view.state for view in office.writes(Action.TASK)}
    late = [view for view in office.writes(Action.TASK) if view.write.rung == "day_1"]
    assert {states[view.key] for view in on_time} == {State.PENDING}
    assert [states[view.key] for view in late] == [State.HELD] * 4
    of_fresh = [view for view in office.writes(Action.TASK) if view.lead in fresh]
    assert [view.state for view in of_fresh] == [State.PENDING] * 5


@fault("V49")
@pytest.mark.parametrize(("total", "state"), [(8, State.PENDING), (7, State.HELD)])
def test_the_cap_on_all_counts_over_owners(office: Office, total: int, state: State) -> None:
    for owner in (ANA, BEN) * 4:
        office.lead(owner)
    office.decide()
    office.go_on(LATER)
    office.decide(caps=Caps(per_owner=100, total=total))
    late = [view.state for view in office.writes(Action.TASK) if view.write.rung == "day_1"]
    assert late == [state] * 8


def test_late_tasks_of_the_last_hour_count_too(office: Office) -> None:
    caps = Caps(per_owner=3, total=100)
    for number in range(2):
        for _ in range(2):
            office.lead(at=MONDAY + number * MINUTE)
    office.decide()
    office.go_on(DAY + 20 * MINUTE)
    decide_batch(office.deciding(caps=caps, batch=2))
    decide_batch(office.deciding(caps=caps, batch=2))
    states = Counter(v.state for v in office.writes(Action.TASK) if v.write.rung == "day_1")
    assert states == {State.PENDING: 2, State.HELD: 2}


def test_who_waited_long_for_his_turn_decides_by_the_time_at_which_it_comes(
    office: Office,
) -> None:
    for _ in range(4):
        office.lead()
    office.decide()
    office.go_on(DAY + MINUTE)  # day 1 is due now, and not late

    @event.listens_for(office.engine, "begin", once=True)
    def asleep(_: Connection) -> None:
        office.clock.advance(HOUR.total_seconds())

    office.decide(caps=Caps(per_owner=3, total=100))
    late = [view.state for view in office.writes(Action.TASK) if view.write.rung == "day_1"]
    assert late == [State.HELD] * 4


def test_a_held_task_whose_lead_was_called_meanwhile_is_never_made(office: Office) -> None:
    lead = office.lead()
    office.decide()
    office.go_on(LATER)
    office.decide(caps=Caps(per_owner=0))
    (held,) = [v for v in office.writes(Action.TASK) if v.state is State.HELD]
    office.learn(lead, called(office.clock.now()))
    office.decide()
    with transaction(office.engine) as unit:
        assert unit.outbox.let_go([held.key], office.clock.now()) == 0


# together


@fault("L20")
@pytest.mark.postgres
def test_two_processes_fire_every_rung_once(postgres_url: str) -> None:
    engines = [open_engine(postgres_url, durable=False) for _ in range(2)]
    office = Office(engines[0])
    leads = [office.lead(owner=ANA if n % 2 else None) for n in range(120)]
    for span in (timedelta(0), DAY, DAY):
        office.go_on(span)
        for lead in leads[::3]:
            office.learn(lead)  # due and dirty at once

        def work(engine: Engine) -> None:
            while decide_batch(office.deciding(engine=engine, batch=7)):
                pass

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(work, engines))
    owned = set(leads[1::2])
    expected = sorted((lead, rung) for lead in owned for rung in ("day_0", "day_1", "day_2"))
    assert office.fired() == expected
    owners = Counter(view.write.values["owner"] for view in office.writes(Action.CREATE_LEAD))
    assert sorted(owners.values()) == [20, 20, 20]
    for engine in engines:
        engine.dispose()


@fault("L20")
@pytest.mark.postgres
def test_a_lead_with_news_that_is_also_due_is_decided_about_by_one_process(
    postgres_url: str,
) -> None:
    engine = open_engine(postgres_url, durable=False)
    office = Office(engine)
    lead = office.lead()
    office.decide()
    office.go_on(LATER)
    office.learn(lead, called(MONDAY + HOUR))
    now = office.clock.now()
    ready = dict.fromkeys(("first_touch", "processing"), now)
    with transaction(engine) as one:
        assert claim(one, ready, now, 1) == [lead]  # because of the news
        with transaction(engine) as other:
            assert claim(other, ready, now, 10) == []
    engine.dispose()
