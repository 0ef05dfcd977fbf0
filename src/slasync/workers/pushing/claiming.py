"""Which of the rows just claimed have their turn; in the transaction of the claim."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from slasync.domain.lead import LeadKey, UserKey, UserKind
from slasync.domain.recorded import said
from slasync.domain.reverting import is_revert
from slasync.domain.writes import Action, Write
from slasync.store.outbox_values import Batch, Claimed, Settlement, State
from slasync.store.unit import Unit
from slasync.workers.deciding.modes import CALLED_OFF
from slasync.workers.pushing.comparing import telling
from slasync.workers.pushing.outcomes import unmade

LATER = timedelta(seconds=30)  # the next look, where nobody can tell when a row has its turn


def allowed(unit: Unit, batch: Batch, by: str, now: datetime) -> Batch:
    """Drop rows of leads that nothing is written to any more; what may be sent is looked up."""
    if batch.uncertain:
        return batch
    stopped = unit.modes.stopped({row.write.lead for row in batch.rows})
    gone = [row for row in batch.rows if _is_stopped(row.write, stopped)]
    if not gone:
        return batch
    settlements = [Settlement(r.id, r.term, State.SUPERSEDED, CALLED_OFF) for r in gone]
    unit.outbox.settle(settlements, by, now)
    unit.facts.add(unmade(unit, [(row.write, None) for row in gone], now))
    return replace(batch, rows=tuple(row for row in batch.rows if row not in gone))


def history_first(unit: Unit, batch: Batch, system: str, by: str, now: datetime) -> Batch:
    """Put changes of owner back that are tried again, until what people did up to then is decided
    upon: a lead that was taken from somebody and given back looks as if nobody had chosen him.
    """
    again = [row for row in batch.rows if row.attempts > 1 and row.write.action is Action.OWNER]
    if batch.uncertain or not again:
        return batch
    people, marks = unit.users.of_kind(UserKind.PERSON), unit.cursors.watermarks()
    read = min((marks[stream] for stream in telling(system) if stream in marks), default=now)
    news = unit.leads.with_news({row.write.lead for row in again}, now)
    back = [
        row
        for row in again
        if _is_persons(row.write, people) and (row.write.lead in news or _changed_since(row, read))
    ]
    settlements = [_put_back(row, said("history_first"), now + LATER) for row in back]
    unit.outbox.settle(settlements, by, now)
    return replace(batch, rows=tuple(row for row in batch.rows if row not in back))


def _is_persons(change: Write, people: Collection[UserKey]) -> bool:
    """Tell whether the lead is taken from a person: one in a queue nobody was chosen for."""
    return change.judged is not None and change.judged.owner in people


def _changed_since(row: Claimed, read: datetime) -> bool:
    seen = row.write.judged.modified_at if row.write.judged else None
    return seen is not None and seen > read


def in_order(unit: Unit, batch: Batch, system: str, by: str, now: datetime) -> Batch:
    """Put rows back whose record has an older one that is still to be written.

    Otherwise a reminder that waits would undo a later one, and a task be closed before it is
    made. What is looked up goes first anyway.
    """
    if batch.uncertain:
        return batch
    leads = {row.write.lead for row in batch.rows}
    others = unit.outbox.going_out(system, batch.lane, leads)
    oldest: dict[str, tuple[int, datetime]] = {}
    for id_, at, write in others:
        oldest.setdefault(_record(write), (id_, at))
    mine = {row.id for row in batch.rows}
    first, back = [], []
    for row in batch.rows:
        id_, at = oldest.get(_record(row.write), (row.id, now))
        if id_ == row.id:
            first.append(row)
            continue
        at = now if id_ in mine else max(at, now + LATER)
        back.append(_put_back(row, said("older_first"), at))
    unit.outbox.settle(back, by, now)
    return replace(batch, rows=tuple(first))


def _put_back(row: Claimed, why: str, until: datetime) -> Settlement:
    """Let a row go that has not its turn: that is no attempt, or it would wait longer each time."""
    return Settlement(row.id, row.term, State.PENDING, why, not_before=until, tried=False)


def _is_stopped(write: Write, stopped: Mapping[LeadKey, str | None]) -> bool:
    """Tell whether a write's lead is not written to; ours may be taken back all the same."""
    if write.lead not in stopped or is_revert(write):
        return False
    last = stopped[write.lead]
    return last is None or not write.rung.startswith(last)


def _record(write: Write) -> str:
    """Name the record that a write changes: the order of two writes to one matters."""
    if write.action is Action.NOTIFY:
        return write.key  # each is for itself: who sleeps keeps nobody else from being told
    return write.task_key or str(write.target or write.lead)
