"""However often a due rung is looked at, by whom, and in whatever order its facts came in."""

import re
from dataclasses import replace
from datetime import timedelta
from random import Random  # noqa: TID251 - seeded: the same orders each time

import pytest
from sqlalchemy import Engine

from slasync.domain.lead import LeadKey
from slasync.domain.writes import Action, Role
from slasync.store.engine import open_engine
from slasync.store.unit import reading, transaction
from slasync.workers.deciding.decide import decide_batch
from tests.builders import (
    BEN,
    CHI,
    DAY,
    HOUR,
    LEAD,
    MIA,
    MINUTE,
    MONDAY,
    called,
    owned,
    scored,
    status,
)
from tests.pains.marks import pain
from tests.workers.office import Office

TICKS, TICK = 1_000, timedelta(seconds=25)


@pain("P12")
def test_a_thousand_ticks_after_a_due_time_give_one_effect(sqlite_url: str) -> None:
    engine, second = (open_engine(sqlite_url, durable=False) for _ in range(2))
    office = Office(engine)
    lead = office.lead()
    office.decide()  # day 0
    office.go_on(DAY)
    processes = [office.deciding(), office.deciding(engine=second)]
    for tick in range(TICKS):
        if tick % 5 == 0:  # a fifth of the ticks find news, if only that nothing has changed
            with transaction(engine) as unit:
                unit.leads.mark_dirty([lead], office.clock.now())
        while decide_batch(processes[tick % 2]):
            pass
        office.go_on(TICK)
    assert sorted(rung for _, rung in office.fired() if rung.startswith("day")) == [
        "day_0", "day_1",
    ]  # fmt: skip
    reminders = [v for v in office.writes(Action.TASK) if v.write.rung == "day_1"]
    assert [v.write.role for v in reminders] == [Role.OWNER]
    with reading(engine) as unit:
        keys = [view.key for view in unit.outbox.everything()]
    assert len(keys) == len(set(keys))
    engine.dispose()
    second.dispose()


def rows(office: Office, lead: LeadKey) -> object:
    """Return what was decided about a lead and queued for it, and when its clocks are due."""
    with reading(office.engine) as unit:
        facts = sorted((f.occurred_at, f.kind, str(f.data)) for f in unit.facts.of([lead])[lead])
        clocks = [replace(row, lead=LEAD) for row in unit.clocks.of([lead])[lead]]
        writes = unit.outbox.of_lead(lead)
    queued = sorted((w.write.action, w.write.clock, w.write.rung, w.write.role) for w in writes)
    return facts, clocks, queued


@pytest.mark.parametrize("seed", range(4))
def test_facts_learned_in_any_order_and_several_times_end_in_the_same_rows(
    engine: Engine, seed: int
) -> None:
    facts = [
        scored(MONDAY + HOUR, 85), owned(MONDAY + HOUR, BEN, by=MIA), called(MONDAY + 3 * HOUR),
        status(MONDAY + 2 * HOUR, "Working"), owned(MONDAY + 4 * HOUR, CHI, by=BEN),
        called(MONDAY + 5 * HOUR, by=BEN), scored(MONDAY + 90 * MINUTE, 60),
    ]  # fmt: skip
    chance = Random(seed)  # noqa: S311 - no secret
    again = [*facts, *chance.sample(facts, 4)]
    chance.shuffle(again)
    office = Office(engine)
    leads = [office.lead(), office.lead()]
    for lead, order in zip(leads, (facts, again), strict=True):
        for fact in order:
            office.learn(lead, fact)
    office.go_on(2 * DAY)
    office.decide()
    one, other = (rows(office, lead) for lead in leads)
    assert _without_keys(one) == _without_keys(other)


def _without_keys(found: object) -> str:
    """Keys of writes are each lead's own."""
    return re.sub(r"[0-9a-f]{40}", "key", str(found))
