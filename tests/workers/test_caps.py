"""Storms are held: bursts far above the usual, late tasks above the caps, changes made in bulk."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from slasync.domain.caps import Burst
from slasync.domain.facts import FactKind
from slasync.domain.lead import Ref
from slasync.domain.writes import Action
from slasync.store.engine import open_engine
from slasync.store.outbox_values import State
from slasync.store.unit import reading, transaction
from slasync.workers.deciding.caps import days_known, usual_now
from slasync.workers.deciding.decide import decide_batch
from slasync.workers.pushing.outcomes import unmade
from tests.builders import (
    ANA,
    BEN,
    BOT,
    CHI,
    DAY,
    HOUR,
    MIA,
    MINUTE,
    MONDAY,
    QUEUE,
    a_fact,
    called,
    nine_to_five,
    owned,
    status,
)
from tests.pains.marks import pain
from tests.store.given import an_item, measured
from tests.workers.office import Office
from tests.workers.storms import (
    LATER,
    SMALL,
    a_storm,
    above_usual,
    arrive,
    batches,
    caps,
    changed,
    names,
    states,
    strict,
    tasks,
    usually,
)


@pytest.fixture
def office(sqlite_engine: Engine) -> Office:
    return Office(sqlite_engine)


# bursts


def test_tasks_on_time_that_are_usual_are_never_held(office: Office) -> None:
    usually(office, 3)
    arrive(office, 9)  # three times as many
    office.decide(caps=strict(burst=above_usual()))
    assert states(tasks(office)) == {State.PENDING: 9}


def test_of_tasks_on_time_those_above_three_times_the_usual_count_against_the_caps(
    office: Office,
) -> None:
    usually(office, 2)
    arrive(office, 8)  # 6 are usual, and of the rest the caps let 2 through
    office.decide(caps=strict(burst=above_usual()))
    assert states(tasks(office)) == {State.PENDING: 8}
    arrive(office, 1)
    office.decide(caps=strict(burst=above_usual()))
    assert states(tasks(office)) == {State.PENDING: 8, State.HELD: 1}
    (batch,) = batches(office)
    assert batch.name == "burst-2026-03-30"
    assert batch.because.startswith(
        "9 tasks since 09:00: more than 3 times the 2 that are usual at that hour"
    )


def test_what_is_held_of_a_burst_is_what_is_above_the_usual_and_keeps_its_reason(
    office: Office,
) -> None:
    usually(office, 2)
    arrive(office, 10)
    office.decide(caps=strict(burst=above_usual()))
    held = [view for view in tasks(office) if view.state is State.HELD]
    assert states(tasks(office)) == {State.PENDING: 6, State.HELD: 4}
    assert {view.held_because for view in held} == {batches(office)[0].because}


@pytest.mark.parametrize(("factor", "held"), [(1.0, 9), (4.0, 6), (10.0, 0)])
def test_how_far_above_is_configured(office: Office, factor: float, held: int) -> None:
    usually(office, 1)
    arrive(office, 10)
    office.decide(caps=strict(burst=above_usual(factor)))
    assert states(tasks(office)).get(State.HELD, 0) == held


def test_with_too_little_history_the_rule_does_not_apply_and_that_is_told(office: Office) -> None:
    usually(office, 2, days=10)
    arrive(office, 30)
    office.decide(caps=strict(burst=above_usual()))
    assert states(tasks(office)) == {State.PENDING: 30}
    with reading(office.engine) as unit:
        known = days_known(unit, Burst(), nine_to_five(), office.clock.now())
        assert usual_now(unit, Burst(), nine_to_five(), office.clock.now()) is None
    assert known == 10


def test_days_are_configured_and_a_quiet_hour_is_usually_quiet(office: Office) -> None:
    usually(office, 0, days=10)
    arrive(office, 3)
    office.decide(caps=strict(burst=above_usual(days=10)))
    assert states(tasks(office)) == {State.HELD: 3}


def test_without_the_rule_tasks_on_time_are_never_held(office: Office) -> None:
    usually(office, 2)
    arrive(office, 40)
    office.decide(caps=strict(burst=None))
    assert states(tasks(office)) == {State.PENDING: 40}


def test_one_storm_of_the_past_does_not_make_storms_usual(office: Office) -> None:
    usually(office, 2)
    with transaction(office.engine) as unit:
        unit.outbox.add([an_item() for _ in range(300)], office.clock.now() - 7 * DAY)
    arrive(office, 10)
    office.decide(caps=strict(burst=above_usual()))
    assert states(tasks(office)) == {State.PENDING: 6, State.HELD: 4}


def test_the_usual_is_that_of_the_wall_clocks_hour_when_clocks_have_changed(
    office: Office,
) -> None:
    """Ten o'clock in Berlin is nine by UTC in winter, and eight from 29 March on."""
    berlin = nine_to_five("Europe/Berlin")
    office.go_on(27 * DAY + 23 * HOUR)  # Monday 30 March, 8:00 by UTC
    for day in range(1, 32):
        with transaction(office.engine) as unit:
            made = [an_item() for _ in range(4)]
            unit.outbox.add(made, office.clock.now() + HOUR + MINUTE - day * DAY)
    with reading(office.engine) as unit:
        known = usual_now(unit, Burst(), berlin, office.clock.now())
    assert known
    assert known.median == 4
    arrive(office, 12)
    office.decide(caps=strict(burst=above_usual()), calendars={"office": berlin})
    assert states(tasks(office)) == {State.PENDING: 12}


def test_what_is_usual_costs_the_same_however_long_the_history_is(office: Office) -> None:
    usually(office, 4)

    def steps() -> int:
        with measured(office.engine) as effort, reading(office.engine) as unit:
            assert usual_now(unit, Burst(), nine_to_five(), office.clock.now())
        return effort.steps

    short = steps()
    for day in range(1, 40):  # more at other hours, and before
        with transaction(office.engine) as unit:
            items = [an_item() for _ in range(100)]
            unit.outbox.add(items, office.clock.now() - day * 7 * DAY - 5 * HOUR)
    assert steps() <= 1.1 * short


# late tasks


def test_what_joins_a_storm_is_held_with_it_though_it_is_little(office: Office) -> None:
    for many in (5, 1):
        arrive(office, many, at=MONDAY + many * MINUTE)
    office.decide(caps=caps())
    office.go_on(LATER)
    deciding = office.deciding(caps=strict(per_owner=4), batch=5)
    assert decide_batch(deciding)
    assert decide_batch(deciding)  # the last one alone
    assert states(tasks(office, "day_1")) == {State.HELD: 6}
    assert names(office) == ["late-2026-03-03"]


def test_an_hour_later_a_storm_is_over_and_another_has_another_name(office: Office) -> None:
    a_storm(office)
    office.go_on(HOUR)
    arrive(office, 1, at=office.clock.now() - LATER)
    office.decide(caps=strict())
    assert states(tasks(office, "day_1")) == {State.HELD: 3, State.PENDING: 1}
    arrive(office, 3, at=office.clock.now() - LATER)
    office.decide(caps=strict())
    assert names(office) == ["late-2026-03-03", "late-2026-03-03-2"]


def test_a_clock_that_was_put_back_makes_no_room_for_more(office: Office) -> None:
    office.clock.advance((2 * HOUR).total_seconds())  # wrong, and put right later
    arrive(office, 2, at=MONDAY)
    office.decide(caps=caps())
    office.go_on(LATER)
    office.decide(caps=strict())  # as many as may be
    office.clock.advance(-(2 * HOUR).total_seconds())
    arrive(office, 2, at=MONDAY)
    office.decide(caps=strict())
    assert states(tasks(office, "day_1")) == {State.PENDING: 2, State.HELD: 2}


def test_after_a_restart_what_is_held_is_held_and_its_storm_goes_on(
    sqlite_url: str, office: Office
) -> None:
    a_storm(office)
    office.engine.dispose()  # the process is gone
    again = Office(open_engine(sqlite_url, durable=False), office.clock, numbers=office.numbers)
    arrive(again, 1, at=MONDAY)
    again.decide(caps=strict())
    assert states(tasks(again, "day_1")) == {State.HELD: 4}
    assert names(again) == ["late-2026-03-03"]
    again.engine.dispose()


# what happens to a lead while its task is held


def test_what_was_held_of_a_lead_that_ended_is_dropped_and_nothing_else(office: Office) -> None:
    converted, recycled, still = a_storm(office)
    now = office.clock.now()
    office.learn(converted, a_fact(FactKind.CONVERTED, now))
    office.learn(recycled, status(now, "Nurturing"))
    office.decide()
    of = {view.lead: view for view in tasks(office, "day_1")}
    assert [of[lead].state for lead in (converted, recycled, still)] == [
        State.SUPERSEDED, State.SUPERSEDED, State.HELD,
    ]  # fmt: skip


def test_a_held_owner_change_of_a_lead_that_was_converted_is_dropped(office: Office) -> None:
    first, second, *_ = arrive(office, 6, owner=QUEUE)
    office.decide(caps=caps(bulk=SMALL))
    assert states(office.writes(Action.OWNER)) == {State.HELD: 6}
    office.go_on(MINUTE)
    office.learn(first, a_fact(FactKind.CONVERTED, office.clock.now()))
    office.learn(second, called(office.clock.now()))
    office.decide(caps=caps(bulk=SMALL))
    of = {view.lead: view for view in office.writes(Action.OWNER)}
    assert (of[first].state, of[second].state) == (State.SUPERSEDED, State.HELD)
    assert of[first].outcome == "the lead was converted before it was sent"


def test_the_next_owner_gets_in_the_held_tasks_place_one_of_his_own_that_is_held_too(
    office: Office,
) -> None:
    """A processing task that was never made: it cannot simply be moved."""
    lead = office.lead()
    office.decide(caps=caps())
    office.learn(lead, called(MONDAY + MINUTE))
    office.go_on(9 * DAY + HOUR)
    office.decide(caps=strict(per_owner=0))
    (first,) = [v for v in tasks(office, "day_7") if v.state is State.HELD]
    office.learn(lead, owned(office.clock.now(), BEN, by=MIA))
    office.decide(caps=strict(per_owner=0))
    every = [v for v in tasks(office) if v.write.task_key == first.write.task_key]
    assert [(v.state, v.write.values["owner"]) for v in every] == [
        (State.SUPERSEDED, ANA.key),
        (State.HELD, BEN.key),
    ]
    assert every[0].batch == every[1].batch
    office.learn(lead, owned(office.clock.now() + MINUTE, CHI, by=MIA))
    office.go_on(2 * MINUTE)
    office.decide(caps=strict(per_owner=0))
    (held,) = [v for v in tasks(office) if v.state is State.HELD]
    assert held.write.values["owner"] == CHI.key


def test_a_late_task_that_is_made_again_for_the_next_owner_counts_as_late_once_more(
    office: Office,
) -> None:
    """A simulated day: the lead was given on while it was on its way, and nobody counted it."""
    lead = office.lead()
    office.decide(caps=caps())
    office.learn(lead, called(MONDAY + MINUTE))
    office.go_on(9 * DAY + HOUR)
    office.decide(caps=strict(per_owner=1))
    (late,) = tasks(office, "day_7")
    now = office.clock.now()
    with transaction(office.engine) as unit:
        unit.outbox.supersede([late.key], "the lead is another's", now)
        unit.facts.add(unmade(unit, [(late.write, ANA.key)], now))
    office.learn(lead, owned(now, BEN, by=MIA))
    office.decide(caps=strict(per_owner=0))
    again = [v for v in tasks(office) if v.write.task_key == late.write.task_key]
    assert [(v.state, v.write.values["owner"]) for v in again] == [
        (State.SUPERSEDED, ANA.key),
        (State.HELD, BEN.key),
    ]


def test_stale_flags_of_rungs_that_are_held_are_set_all_the_same(office: Office) -> None:
    lead = office.lead()
    office.decide(caps=caps())
    office.learn(lead, called(MONDAY + MINUTE))
    office.go_on(13 * DAY)
    office.decide(caps=strict(per_owner=0, total=1))
    (flag,) = office.writes(Action.FLAG_STALE)
    assert flag.state is State.PENDING


# changes made in bulk


@pytest.mark.parametrize(("many", "state"), [(4, State.PENDING), (5, State.HELD)])
def test_leads_that_one_user_gave_to_others_within_minutes_are_one_change(
    office: Office, many: int, state: State
) -> None:
    leads = arrive(office, many)
    office.decide(caps=caps())
    office.go_on(HOUR)
    changed(office, leads, FactKind.OWNER, BEN.key, BOT)
    office.decide(caps=caps(bulk=SMALL))
    new = [v for v in tasks(office, "day_0") if v.write.generation == 1]
    assert states(new) == {state: many}
    if state is State.HELD:
        (batch,) = batches(office)
        assert batch.name == "bulk-owner-2026-03-02"
        assert batch.because == (
            "at least 5 leads were given to others by slasync (005BOT) within 10 min"
        )


def test_changes_by_several_users_or_over_hours_are_many_changes(office: Office) -> None:
    leads = arrive(office, 12)
    office.decide(caps=caps())
    office.go_on(3 * HOUR)
    changed(office, leads[:3], FactKind.OWNER, BEN.key, BOT)
    changed(office, leads[3:6], FactKind.OWNER, BEN.key, MIA)
    changed(office, leads[6:], FactKind.OWNER, BEN.key, CHI, apart=20 * MINUTE)
    office.decide(caps=caps(bulk=SMALL))
    assert batches(office) == []


def test_leads_that_were_first_read_with_their_owners_were_not_given_to_them(
    office: Office,
) -> None:
    arrive(office, 12)
    office.decide(caps=caps(bulk=replace(SMALL, leads=13)))
    office.go_on(LATER)
    office.decide(caps=caps(bulk=SMALL))
    assert batches(office) == []


def test_a_bulk_change_of_status_closes_no_tasks_before_somebody_allows_it(
    office: Office,
) -> None:
    leads = arrive(office, 6)
    office.decide(caps=caps())
    office.go_on(HOUR)
    changed(office, leads, FactKind.STATUS, "Nurturing", BOT)
    office.decide(caps=caps(bulk=SMALL))
    assert states(office.writes(Action.CLOSE_TASK)) == {State.HELD: 6}
    assert names(office) == ["bulk-status-2026-03-02"]
    assert {v.state for v in office.writes(Action.PROPERTIES)} == {State.PENDING}


@pytest.mark.parametrize(
    ("kind", "value", "action"),
    [(FactKind.STATUS, "Nurturing", Action.STATUS), (FactKind.OWNER, BEN.key, Action.OWNER)],
)
def test_our_own_changes_coming_back_are_no_bulk_change(
    office: Office, kind: FactKind, value: str, action: Action
) -> None:
    leads = arrive(office, 6)
    office.decide(caps=caps())
    office.go_on(HOUR)
    now = office.clock.now()
    wrote = [an_item(write={"lead": lead, "action": action}) for lead in leads]
    with transaction(office.engine) as unit:
        unit.outbox.add(wrote, now)
        lanes = {"task": 200}
        while batch := unit.outbox.claim("salesforce", lanes, "one", now, now + HOUR):
            unit.outbox.mark_sent(batch, now)
    changed(office, leads, kind, value, BOT)
    office.decide(caps=caps(bulk=SMALL))
    assert batches(office) == []


def test_what_is_due_later_of_a_lead_held_in_bulk_joins_its_batch(office: Office) -> None:
    arrive(office, 6)
    office.decide(caps=caps(bulk=SMALL))
    assert states(tasks(office, "day_0")) == {State.HELD: 6}
    office.go_on(DAY)
    office.decide(caps=caps(bulk=SMALL))
    assert states(tasks(office)) == {State.SUPERSEDED: 6, State.HELD: 6}
    assert names(office) == ["bulk-handover-2026-03-02"]
    assert {v.write.rung for v in tasks(office) if v.state is State.HELD} == {"day_1"}


def test_a_person_who_works_a_lead_held_in_bulk_has_his_held_tasks_withdrawn_at_once(
    office: Office,
) -> None:
    first, *_ = arrive(office, 6)
    office.decide(caps=caps(bulk=SMALL))
    office.go_on(MINUTE)
    office.learn(first, called(office.clock.now()))
    office.decide(caps=caps(bulk=SMALL))
    (closing,) = office.writes(Action.CLOSE_TASK)
    assert (closing.batch, closing.state) == (None, State.SUPERSEDED)
    assert [v.state for v in tasks(office) if v.lead == first] == [State.SUPERSEDED]


def test_leads_that_are_to_be_made_in_the_crm_are_held_and_not_told_as_missing(
    office: Office,
) -> None:
    leads = arrive(office, 6, owner=None)
    office.decide(caps=caps(bulk=SMALL))
    assert states(office.writes(Action.CREATE_LEAD)) == {State.HELD: 6}
    with reading(office.engine) as unit:
        assert unit.clocks.without_record(office.clock.now() + HOUR) == 0
    known = a_fact(FactKind.OWNER, office.clock.now(), {"owner": ANA.key})
    with transaction(office.engine) as unit:  # somebody made one by hand
        record = Ref("salesforce", "lead", "00Q000000000999AAA")
        unit.links.add([(record, leads[0], "email")], office.clock.now())
    office.learn(leads[0], known)
    office.go_on(MINUTE)
    office.decide(caps=caps(bulk=SMALL))
    of = {v.lead: v.state for v in office.writes(Action.CREATE_LEAD)}
    assert of[leads[0]] is State.SUPERSEDED


@pain("P16")
@pytest.mark.slow
def test_an_import_of_ten_thousand_old_leads_reaches_nobody(office: Office) -> None:
    """They have had their scores for years, and are made all at once."""
    arrive(office, 10_000, owner=None)
    begun = time.perf_counter()
    office.decide()
    spent = time.perf_counter() - begun
    going = [v for v in office.writes() if v.state is not State.HELD]
    assert {v.write.action for v in going} <= {Action.PROPERTIES}
    (batch,) = batches(office)
    assert (batch.name, batch.writes) == ("bulk-handover-2026-03-02", 10_000)
    assert spent < 120


def test_a_bulk_change_learned_late_is_one_by_when_it_happened(office: Office) -> None:
    leads = arrive(office, 6)
    office.decide(caps=caps())
    office.go_on(5 * HOUR)
    begun = office.clock.now() - 4 * HOUR
    changed(office, leads, FactKind.OWNER, BEN.key, BOT, begun=begun)
    office.decide(caps=caps(bulk=SMALL))
    assert names(office) == ["bulk-owner-2026-03-02"]


@pytest.mark.postgres
def test_two_processes_put_one_bulk_change_into_one_batch(postgres_url: str) -> None:
    engines = [open_engine(postgres_url, durable=False) for _ in range(2)]
    office = Office(engines[0])
    arrive(office, 60)

    def work(engine: Engine) -> None:
        while decide_batch(office.deciding(engine=engine, batch=7, caps=caps(bulk=SMALL))):
            pass

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, engines))
    (batch,) = batches(office)
    assert batch.writes == 60
    for engine in engines:
        engine.dispose()
