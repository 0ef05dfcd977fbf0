"""decide: take the leads whose time has come, ask the pure function, queue its answer.

One transaction a batch: clocks, history, decisions and outbox change together or not at all.
No vendor is called here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import structlog
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.agreement import Agreement
from slasync.domain.assigning import UNROUTED, decide_and_route
from slasync.domain.caps import Caps
from slasync.domain.clocks import ClockView
from slasync.domain.decide import Decision
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact
from slasync.domain.lead import Absence, Lead, LeadKey, Pool, Roster
from slasync.domain.modes import ENFORCED, Modes
from slasync.domain.rulings import Rulings
from slasync.domain.time.calendars import Calendar, CoverageEnded
from slasync.domain.writes import CONDITIONAL, Action, Write
from slasync.store.clocks import ClockRow
from slasync.store.decisions import DecisionRow
from slasync.store.histories import Histories
from slasync.store.leads import Summary
from slasync.store.outbox_values import OutboxItem
from slasync.store.records import StoredRecord
from slasync.store.unit import Unit, reading, retrying
from slasync.workers.deciding.caps import judged
from slasync.workers.deciding.modes import keep_modes, kept_facts, shadowed_before, to_send
from slasync.workers.deciding.routing import route_one
from slasync.workers.deciding.withdrawing import (
    correct_lines,
    correct_messages,
    settle_waiting,
    withdraw_disproved,
    withdraw_messages,
    withdraw_overruled,
    withdraw_tasks,
)

log = structlog.get_logger()

NEVER_READ = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Deciding:
    """What the step is made with."""

    engine: Engine
    seams: Seams
    agreement: Agreement
    calendars: Mapping[str, Calendar]
    pools: Mapping[str, Pool]
    lane_of: Callable[[Write], str]
    absences: tuple[Absence, ...] = ()
    modes: Modes = ENFORCED
    needed: tuple[str, ...] = ()  # streams that must have been read once before anything is judged
    caps: Caps = field(default_factory=Caps)
    batch: int = 500
    histories: Histories = field(default_factory=Histories)
    rulings: Rulings | None = None  # earlier editions that have a say in open leads

    @property
    def watching(self) -> Agreement:
        """The agreement with the clocks of those editions beside its own."""
        also = self.rulings.clocks if self.rulings else ()
        return replace(self.agreement, clocks=(*self.agreement.clocks, *also))

    def terms(self, unit: Unit, now: datetime, ready: Mapping[str, datetime]) -> Terms:
        """What every lead is decided by at `now`, with the users as the mirror has them."""
        return Terms(
            agreement=self.agreement,
            calendars=self.calendars,
            roster=Roster.of(unit.users.all(), self.pools, self.absences),
            now=now,
            ready=ready,
            modes=self.modes,
            ruled=self.rulings.of if self.rulings else None,
        )


def ready_gates(
    agreement: Agreement, marks: Mapping[str, datetime], rulings: Rulings | None = None
) -> dict[str, datetime]:
    """For each clock: up to when everything its events are read from is known."""
    gates = {**agreement.gates, **(rulings.gates if rulings else {})}
    return {
        gate: min((marks.get(s, NEVER_READ) for s in streams), default=NEVER_READ)
        for gate, streams in gates.items()
    }


def decide_batch(deciding: Deciding) -> bool:
    """Decide for the next leads whose time has come. True if there were any."""
    clock = deciding.seams.clock  # asked when the turn has come, which may be waited for
    found = retrying(deciding.engine, lambda unit: _decide_batch(deciding, unit, clock.now()))
    deciding.seams.reached("decide.committed")
    return found


def decide_at(deciding: Deciding) -> datetime | None:
    """Return when the next lead can be decided: at once when dirty, else when its rung is due.

    A rung that waits for data is woken by the poll that brings it, so it gives no time here.
    """
    now = deciding.seams.clock.now()
    with reading(deciding.engine) as unit:
        dirty = unit.leads.next_dirty()
        if dirty is not None and dirty <= now:
            return dirty if _is_whole(deciding, unit.cursors.watermarks()) else None
        wakes = unit.clocks.next_wakes()
        # how far streams are read matters only to clocks that wait for it: most polls wake none
        waits = any(at <= now for at in wakes.values())
        marks = unit.cursors.watermarks() if waits else {}
    if waits and not _is_whole(deciding, marks):
        return None
    gates = ready_gates(deciding.agreement, marks, deciding.rulings)
    times = [  # gates of an agreement gone by let nobody through
        at for gate, at in wakes.items() if gate in gates and (at > now or at <= gates[gate])
    ]
    return min([*times, *([dirty] if dirty else [])], default=None)


def _is_whole(deciding: Deciding, marks: Mapping[str, datetime]) -> bool:
    """Tell whether the mirror is whole: before, who is new cannot be told."""
    return all(stream in marks for stream in deciding.needed)


def _decide_batch(deciding: Deciding, unit: Unit, now: datetime) -> bool:
    marks = unit.cursors.watermarks()
    if not _is_whole(deciding, marks):
        return False
    ready = ready_gates(deciding.agreement, marks, deciding.rulings)
    keys = claim(unit, ready, now, deciding.batch)
    if not keys:
        return False
    terms = deciding.terms(unit, now, ready)
    leads, facts = unit.leads.get(keys), deciding.histories.of(unit.facts, keys)
    decided = [
        made
        for key in keys
        if key in leads and (made := _or_set_aside(unit, leads[key], facts.get(key, []), terms))
    ]
    _keep(deciding, unit, decided, now)
    log.debug("decided", leads=len(decided), writes=sum(len(d.writes) for d in decided))
    return True


def claim(unit: Unit, ready: Mapping[str, datetime], now: datetime, limit: int) -> list[LeadKey]:
    """Leads with news first, then those whose next rung is due and whose data is complete."""
    keys = unit.leads.claim_dirty(now, limit)
    gates = {gate: min(mark, now) for gate, mark in ready.items()}
    due = unit.clocks.due(gates, limit - len(keys)) if len(keys) < limit else []
    # another process may be deciding about one of these because of news: it is left to it
    return sorted({*keys, *unit.leads.lock(set(due) - set(keys))})


def _or_set_aside(unit: Unit, lead: Lead, facts: Sequence[Fact], terms: Terms) -> Decision | None:
    """Decide; a lead that nothing can be decided about must not keep the others waiting."""
    try:
        return decide_one(unit, lead, facts, terms)
    except CoverageEnded as error:
        log.error("nothing can be decided", lead=lead.key, error=str(error))  # noqa: TRY400 - no bug: a calendar to be mended
        rows = unit.clocks.of([lead.key])[lead.key]
        unit.clocks.put([replace(row, wake_at=None) for row in rows])
        unit.leads.mark_dirty([lead.key], terms.now + UNROUTED)
        return None


def decide_one(unit: Unit, lead: Lead, facts: Sequence[Fact], terms: Terms) -> Decision:
    """Decide; where an owner is wanted, route in this transaction and decide on."""
    return decide_and_route(
        lead, facts, terms, lambda wish: route_one(unit, lead, facts, wish, terms)
    )


def _keep(deciding: Deciding, unit: Unit, decided: Sequence[Decision], now: datetime) -> None:
    """Write down what was decided, all of it or nothing."""
    kept = {d.lead: kept_facts(d) for d in decided if d.facts}
    unit.facts.add(kept)
    unit.leads.summarise(
        [Summary(d.lead, d.stage.value, d.owner, d.sla_state, d.due_at) for d in decided], now
    )
    unit.leads.mark_dirty([d.lead for d in decided if d.assign], now + UNROUTED)
    unit.clocks.keep_only([d.lead for d in decided], [_row(v) for d in decided for v in d.clocks])
    known = shadowed_before(unit, decided)
    acted = [d for d in decided if kept.get(d.lead) or any(w.key not in known for w in d.writes)]
    unit.decisions.add([_decision_row(deciding, d, now) for d in acted])
    keep_modes(unit, decided, now)
    sent = correct_messages(unit, [to_send(d) for d in decided], now)
    unit.digests.add([line for d in sent for line in d.digest if not line.corrects], now)
    correct_lines(unit, sent, now)
    if deciding.agreement.notifies or deciding.rulings:
        withdraw_messages(unit, sent, now)
    withdraw_overruled(unit, decided, now)
    withdraw_disproved(unit, decided, now)
    unit.outbox.add(items_of(deciding, unit, sent, now), now)
    withdraw_tasks(unit, decided, now)
    settle_waiting(unit, sent, now)


def _row(view: ClockView) -> ClockRow:
    return ClockRow(**{name: getattr(view, name) for name in ClockRow.__dataclass_fields__})


def _decision_row(deciding: Deciding, decision: Decision, now: datetime) -> DecisionRow:
    return DecisionRow(
        lead=decision.lead,
        at=now,
        agreement_hash=decision.agreement or deciding.agreement.hash,
        mode=decision.mode.value,
        because=decision.because,
        writes=tuple(w.key for w in decision.writes),
        facts=tuple(f.source_id for f in decision.facts),
    )


def _version(write: Write, record: StoredRecord | None) -> datetime | None:
    """Return the version of a lead that a change of it is conditional on; None where the mirror
    says another owner than was judged: the lead is read again before.
    """
    if record is None or (
        write.action is Action.OWNER and write.judged and record.owner != write.judged.owner
    ):
        return None
    return record.modified_at


def items_of(
    deciding: Deciding, unit: Unit, decided: Sequence[Decision], now: datetime
) -> list[OutboxItem]:
    """Make outbox rows; owner changes get the stamp that the decision saw, storms are held."""
    judged_of = [
        w.target for d in decided for w in d.writes if w.action in CONDITIONAL and w.target
    ]
    mirrored = unit.records.current(judged_of)
    calendar = deciding.calendars[deciding.agreement.calendar]
    verdict = judged(deciding.caps, calendar, unit, decided, now)
    items = []
    for decision in decided:
        for write in decision.writes:
            seen = write.judged
            if write.action in CONDITIONAL and write.target and seen:
                seen = replace(seen, modified_at=_version(write, mirrored.get(write.target)))
            stamped, hold = replace(write, judged=seen), verdict.holds.get(write.key)
            items.append(
                OutboxItem(
                    write=stamped,
                    lane=deciding.lane_of(stamped),
                    not_before=_not_before(stamped, now),
                    held=hold is not None,
                    late=write.key in verdict.counted,
                    batch=hold.batch if hold else None,
                    held_because=hold.because if hold else None,
                )
            )
    return items


def _not_before(write: Write, now: datetime) -> datetime:
    """A message waits for its reader's hours."""
    return datetime.fromisoformat(write.values["at"]) if write.action == Action.NOTIFY else now
