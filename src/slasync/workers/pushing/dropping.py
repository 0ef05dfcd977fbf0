"""What would be wrong by now: tasks, flags and messages are dropped; what is only early waits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from slasync.domain.facts import FactKind
from slasync.domain.lead import LeadKey, Ref, UserKey
from slasync.domain.recorded import said
from slasync.domain.writes import CAPPED, Action, Write
from slasync.ports import Snapshot
from slasync.store.outbox_values import Claimed, Settlement, State
from slasync.store.unit import Unit

PLACED_SOON = timedelta(seconds=5)
STALE = timedelta(minutes=15)  # a system shows what we wrote by then, or somebody changed it
ON_ITS_WAY = frozenset({State.HELD, State.PENDING, State.MAYBE_SENT})


@dataclass(frozen=True, slots=True)
class Dropped:
    """A row that would be wrong by now, why, and whose lead it was seen to be."""

    row: Claimed
    why: str
    seen: UserKey | None = None


def as_we_left_it(
    unit: Unit, writes: Sequence[Write], seen: Mapping[Ref, Snapshot | None], now: datetime
) -> Mapping[Ref, Snapshot | None]:
    """Return what was read, with the owners whom we gave leads to after the version shown."""
    ours = unit.outbox.given_since({write.lead for write in writes}, now - STALE)
    corrected = dict(seen)
    for write in writes:
        shown = seen.get(write.target) if write.target else None
        if shown is None or write.lead not in ours:
            continue
        owner, at = ours[write.lead]
        if shown.modified_at <= at:
            corrected[shown.ref] = replace(shown, owner=owner)
    return corrected


def makes(row: Claimed, made: Collection[str]) -> bool:
    """Tell whether a write makes a lead, or a task that was tried to be made before: by itself, or
    by an earlier rung. `made`: tasks whose record is known, that can be read instead.
    """
    write = row.write
    if write.action is not Action.TASK:
        return write.action is Action.CREATE_LEAD
    if write.task_key == write.key:
        return row.attempts > 1
    return write.judged is not None and write.task_key not in made  # a move makes none


def there_already(unit: Unit, making: Sequence[Claimed], system: str) -> list[Dropped]:
    """Find leads to be made that were read meanwhile: made by somebody, or by a write that was
    given up. To write them would undo what was done with them since. Of several that have become
    one lead, one is made.
    """
    leads = [row for row in making if row.write.action is Action.CREATE_LEAD]
    joined = unit.joins.roots([row.write.lead for row in leads])
    known = {row.id: joined.get(row.write.lead, row.write.lead) for row in leads}
    records = unit.links.of_leads(sorted({*known.values()}))
    found = []
    for row in leads:
        if any(ref.system == system for ref in records[known[row.id]]):
            found.append(Dropped(row, said("has_lead_already")))
        elif row.write.lead in joined and not _is_made_first(unit, row, known[row.id]):
            found.append(Dropped(row, f"it is {known[row.id]} by now, which is being made"))
    return found


def _is_made_first(unit: Unit, row: Claimed, known: LeadKey) -> bool:
    """Tell whether of those to be made for one lead this is the first: before it come its own."""
    making = [
        view
        for view in unit.outbox.of_lead(known)
        if view.write.action is Action.CREATE_LEAD and view.state in ON_ITS_WAY
    ]
    first = min(making, key=lambda view: view.lead != known, default=None)
    return first is None or first.key == row.write.key


def ended_already(unit: Unit, making: Sequence[Claimed]) -> list[Dropped]:
    """Find tasks that an earlier try has made after all, and a person ended: that is known by now,
    and to write them would make them again.
    """
    tasks = [row for row in making if row.write.action is Action.TASK]
    leads = [row.write.lead for row in tasks]
    known = {lead: lead for lead in leads} | unit.joins.roots(leads)
    histories = unit.facts.of(sorted(set(known.values())))
    return [
        Dropped(row, said("task_gone"))
        for row in tasks
        if any(
            fact.kind is FactKind.TASK_ENDED and fact.data["task_key"] == row.write.task_key
            for fact in histories[known[row.write.lead]]
        )
    ]


def owner_in(seen: Mapping[Ref, Snapshot | None], write: Write) -> UserKey | None:
    shown = seen.get(write.target) if write.target else None
    return shown.owner if shown else None


def moved_on(write: Write, seen: Mapping[Ref, Snapshot | None]) -> str | None:
    """Say why a task or flag would be wrong now; None when it is still right."""
    if write.target is None or write.judged is None:
        return None
    shown = seen.get(write.target)
    if shown is None:
        return said("lead_gone")
    if shown.converted:
        return said("lead_converted")
    # a task or message blames its owner; the flag is the lead's, whoever has it
    if write.action in CAPPED | {Action.OWNER} and shown.owner != write.judged.owner:
        return said("lead_given", owner=shown.owner)
    return None


def over(task: Snapshot | None) -> str | None:
    """Say why a task is not to be written again: what a person ended stays ended."""
    if task is None:
        return said("task_deleted")
    return said("task_closed") if task.closed else None


def dropped(unit: Unit, gone: Dropped, now: datetime) -> Settlement:
    """Return how a row ends that would be wrong: superseded.

    A message to an owner whose lead is only being given to him waits for that: a task that is
    dropped then is made again for him, a message would be lost.
    """
    row = gone.row
    if row.write.action is Action.NOTIFY and _being_placed(unit, row.write):
        words, at = said("waits_for_owner"), now + PLACED_SOON
        return Settlement(row.id, row.term, State.PENDING, words, not_before=at)
    return Settlement(row.id, row.term, State.SUPERSEDED, gone.why)


def _being_placed(unit: Unit, message: Write) -> bool:
    """Tell whether a change to the owner that a message was judged by is on its way."""
    judged = message.judged
    return judged is not None and any(
        view.state in ON_ITS_WAY
        and view.write.action is Action.OWNER
        and view.write.values["owner"] == judged.owner
        for view in unit.outbox.of_lead(message.lead)
    )
