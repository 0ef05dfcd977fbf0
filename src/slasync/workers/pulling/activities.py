"""What somebody did to a lead, as a system records it, becomes facts. In the caller's transaction.

Our own writes that come back are told apart: they were facts when they were settled.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import LeadKey, UserKey, UserKind
from slasync.ports import ActivityReading
from slasync.store.unit import Unit
from slasync.workers.pulling.hurried import Hurry, mark_hurried
from slasync.workers.pulling.waiting import set_aside
from slasync.workers.pushing.strays import news_of_tasks, refer_anew

AT_ONCE = timedelta(seconds=2)
"""What we changed so long after it ended, somebody else had ended."""


def take_activities(
    unit: Unit, activities: Sequence[ActivityReading], now: datetime, hurry: Hurry | None = None
) -> int:
    """Take in what was read; what is about nobody known yet waits. Return how many facts it is."""
    leads = unit.links.of([a.about for a in activities])
    tasks = [a for a in activities if a.kind is FactKind.REMADE]
    strays = news_of_tasks(unit, tasks, leads, now) if tasks else []
    activities = [*(a for a in activities if a.kind is not FactKind.REMADE), *strays]
    ours = unit.users.of_kind(UserKind.AUTOMATION)
    set_aside(unit, [a for a in activities if a.about not in leads], now)
    facts: dict[LeadKey, list[Fact]] = {}
    for activity in activities:
        lead = leads.get(activity.about)
        if lead is None:
            continue
        data = dict(activity.data)
        if activity.kind == FactKind.OWNER and activity.by in ours:
            data["ours"] = True
        facts.setdefault(lead, []).append(
            Fact(
                kind=activity.kind,
                occurred_at=activity.occurred_at,
                seen_at=now,
                source=activity.ref.system,
                source_id=_source_id(activity, ours),
                by=activity.by,
                data=data,
                about=str(activity.about),
            )
        )
    owners = unit.leads.owners(list(facts))
    closing = _still_closing(unit, facts, ours)
    later = {_source_id(a, ours) for a in activities if a.modified_at - a.occurred_at > AT_ONCE}
    news = {
        lead: [
            fact
            for fact in found
            if not _is_echo(fact, ours, owners[lead])
            or fact.source_id in later
            or fact.data.get("task_key") in closing
        ]
        for lead, found in facts.items()
    }
    changed = unit.facts.add(news)
    if hurry is not None:
        told = (fact for found in news.values() for fact in found if fact.by not in ours)
        changed |= mark_hurried(unit, told, hurry, now)
    unit.leads.mark_dirty(sorted(changed), now)
    if strays:
        refer_anew(unit, strays, leads)
    return sum(map(len, news.values()))


def _source_id(activity: ActivityReading, ours: Collection[UserKey]) -> str:
    """Name what an activity tells. A task that an automation closed, a person may close again; it
    comes first, for then a later change by a person does not make him the one who closed it.
    """
    ended = "task_key" in activity.data and activity.kind is FactKind.TOUCH
    return f"{'automation:' if ended and activity.by in ours else ''}{activity.kind}:{activity.ref}"


def _still_closing(
    unit: Unit, facts: Mapping[LeadKey, Sequence[Fact]], ours: Collection[UserKey]
) -> set[str]:
    """Return the tasks that an automation ended, while of our closing no good answer is known:
    it may have been ours after all, and no settling tells of it.
    """
    ended = {
        lead
        for lead, found in facts.items()
        if any(fact.kind == FactKind.TASK_ENDED and fact.by in ours for fact in found)
    }
    return unit.outbox.open_closings(ended) if ended else set()


def _is_echo(fact: Fact, ours: Collection[UserKey], owner: UserKey | None) -> bool:
    """Tell whether this is our own write coming back: it was a fact when it was settled."""
    if fact.by not in ours:
        return False
    owner_known = fact.kind == FactKind.OWNER and fact.data["owner"] == owner
    return owner_known or fact.kind == FactKind.TASK_ENDED
