"""Tasks of ours that turn up open in another record than is known: a request that was given up was
carried out after all, when the task was deleted, dropped or wished closed already.

No answer tells of them, so the poll has to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from slasync.domain.facts import FactKind
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.writes import Action
from slasync.ports import ActivityReading
from slasync.store.outbox_values import OutboxView, State
from slasync.store.unit import Unit

UNDER_WAY = frozenset({State.PENDING, State.MAYBE_SENT})
Leads = Mapping[Ref, LeadKey]


def news_of_tasks(
    unit: Unit, found: Sequence[ActivityReading], leads: Leads, now: datetime
) -> list[ActivityReading]:
    """Return what open tasks of ours tell: nothing where each is the record it is known to be."""
    made = unit.outbox.made_as({_key(reading) for reading in found})
    closing = unit.outbox.open_closings({leads[r.about] for r in found if r.about in leads})
    news = []
    for reading in found:
        key, lead = _key(reading), leads.get(reading.about)
        if lead is None or key not in made or (made[key] == reading.ref and key not in closing):
            continue
        told = _told(unit, reading, unit.outbox.of_lead(lead), now)
        news += [told] if told else []
    return news


def _key(reading: ActivityReading) -> str:
    return str(reading.data["task_key"])


def _told(
    unit: Unit, reading: ActivityReading, views: Sequence[OutboxView], now: datetime
) -> ActivityReading | None:
    """Say what an open task tells that is not where it is known to be; None: nothing now."""
    key = _key(reading)
    writes = [v for v in views if v.write.action is Action.TASK and v.write.task_key == key]
    refs = {view.external_ref for view in writes if view.external_ref}
    if not refs and any(view.state in UNDER_WAY for view in writes):
        unit.outbox.found_as(key, str(reading.ref))  # the write may be dropped: it is there
        return None
    closings = [
        view.state
        for view in views
        if view.write.action is Action.CLOSE_TASK and view.write.task_key == key
    ]
    if any(state is not State.SUPERSEDED for state in closings):
        return None
    if str(reading.ref) in refs and not closings:
        return None  # where it is known to be; closed in vain, it was not to be seen just then
    # of two records of one task the later one counts; what was not there any more is there now
    return reading if refs and not closings else replace(reading, occurred_at=now)


def refer_anew(unit: Unit, news: Sequence[ActivityReading], leads: Leads) -> None:
    """Have later writes to these tasks look at the record that each of them is now."""
    histories = unit.facts.of(sorted({leads[reading.about] for reading in news}))
    for reading in news:
        records = [
            fact
            for fact in histories[leads[reading.about]]
            if fact.kind is FactKind.REMADE and fact.data["task_key"] == _key(reading)
        ]
        if max(records, key=lambda fact: fact.place).data["id"] == reading.ref.id:
            unit.outbox.found_as(_key(reading), str(reading.ref))
