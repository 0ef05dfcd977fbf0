"""Storms for the office: leads that come at once, changes by one user, and what was usual."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from slasync.domain.caps import Bulk, Burst, Caps, hours_before
from slasync.domain.facts import Fact, FactKind
from slasync.domain.lead import Fields, LeadKey, Ref, User, lead_key
from slasync.domain.writes import Action
from slasync.store.held import HeldBatch
from slasync.store.leads import LeadUpdate
from slasync.store.outbox_values import OutboxView, State
from slasync.store.records import StoredRecord
from slasync.store.unit import reading, transaction
from tests.builders import ANA, DAY, HOUR, MINUTE, MONDAY, a_fact, nine_to_five, owned, scored
from tests.store.given import an_item
from tests.workers.office import Office

LATER = timedelta(days=1, hours=1)  # past day 1, more than a quarter of an hour
SMALL = Bulk(leads=5, within=10 * MINUTE)
WEEKS = 28 * DAY  # of history, twenty of them working days


def caps(**changes: Any) -> Caps:
    """Caps that only what is asked for can pass."""
    return Caps(**{"per_owner": 1_000, "total": 1_000, "bulk": None} | changes)


def strict(**changes: Any) -> Caps:
    """Caps that three tasks for one owner pass."""
    return caps(**{"per_owner": 2} | changes)


def arrive(
    office: Office, many: int, owner: User | None = ANA, *, at: datetime | None = None
) -> list[LeadKey]:
    """Have leads arrive that meet the score, all in one transaction, as an import brings them."""
    at, now = at or office.clock.now(), office.clock.now()
    contacts = [Ref("hubspot", "contact", str(next(office.numbers))) for _ in range(many)]
    keys = [lead_key(contact) for contact in contacts]
    records = [Ref("salesforce", "lead", f"00Q{int(c.id):012d}AAA") for c in contacts]
    fields: Fields = {"last_name": "Reed", "score": 80}
    facts = [scored(at), *([owned(at, owner)] if owner else [])]
    with transaction(office.engine) as unit:
        links = [(contact, key, "first") for contact, key in zip(contacts, keys, strict=True)]
        if owner:
            links += [(record, key, "id") for record, key in zip(records, keys, strict=True)]
            shown = [
                StoredRecord(r, at, False, None, owner.key, "New", {})  # noqa: FBT003
                for r in records
            ]
            unit.records.put(shown, [{} for _ in shown], at)
        unit.links.add(links, at)
        unit.leads.put([LeadUpdate(key, None, fields, now) for key in keys], at)
        unit.facts.add(dict.fromkeys(keys, facts))
    return keys


def changed(  # noqa: PLR0913 - a change has that many parts
    office: Office,
    leads: Sequence[LeadKey],
    kind: FactKind,
    value: str,
    by: User | None,
    *,
    apart: timedelta = timedelta(seconds=1),
    begun: datetime | None = None,
) -> None:
    """Have a user change leads one after another; it is learned now."""
    now = office.clock.now()
    start = begun or now - apart * len(leads)
    facts = {
        lead: [_change(kind, value, by, start + apart * n, now, lead)]
        for n, lead in enumerate(leads)
    }
    with transaction(office.engine) as unit:
        unit.facts.add(facts)
        unit.leads.mark_dirty(leads, now)


def _change(  # noqa: PLR0913, PLR0917 - a fact has that many parts
    kind: FactKind, value: str, by: User | None, at: datetime, now: datetime, lead: LeadKey
) -> Fact:
    return a_fact(
        kind, at, {kind.value: value}, by=by, seen_at=now, source_id=f"{kind}:{lead}:{at}"
    )


def usually(office: Office, tasks: int, *, days: int = 20) -> None:
    """Let it be four weeks later; each working day before had as many tasks at this hour."""
    office.go_on(WEEKS)
    hours = hours_before(nine_to_five(), office.clock.now(), days)
    for hour in hours:
        with transaction(office.engine) as unit:
            unit.outbox.add([an_item() for _ in range(tasks)], hour.begins + MINUTE)
    with transaction(office.engine) as unit:
        unit.outbox.add([an_item()], hours[-1].begins - HOUR)  # slasync worked before


def above_usual(factor: float = 3.0, days: int = 20) -> Burst:
    return Burst(factor, days)


# what came of it


def tasks(office: Office, rung: str = "") -> list[OutboxView]:
    """Return the tasks of leads, of one rung or all."""
    found = [v for v in office.writes(Action.TASK) if v.write.rung]
    return [v for v in found if rung in {"", v.write.rung}]


def states(views: Sequence[OutboxView]) -> dict[State, int]:
    return dict(Counter(view.state for view in views))


def batches(office: Office) -> list[HeldBatch]:
    with reading(office.engine) as unit:
        return unit.held.open()


def names(office: Office) -> list[str]:
    return [batch.name for batch in batches(office)]


def a_storm(office: Office, leads: int = 3) -> list[LeadKey]:
    """Have the reminders of as many leads come so late that they are held; return the leads."""
    found = arrive(office, leads, at=MONDAY)
    office.decide(caps=caps())
    office.go_on(LATER)
    office.decide(caps=strict(per_owner=0))
    return found
