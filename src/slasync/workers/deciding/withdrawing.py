"""What is queued and came to nothing by what was decided since: withdrawn, each with its reason.

Runs in the transaction that queues the new decisions. What may have been sent is not touched: its
outcome is told first, and what follows upon it was queued behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from slasync.domain.decide import Decision
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import LeadKey
from slasync.domain.recorded import said
from slasync.domain.saying import CLOSED
from slasync.domain.writes import Action
from slasync.store.outbox_values import OutboxView, State
from slasync.store.unit import Unit
from slasync.workers.deciding.caps import NEVER_HELD, is_worded

CLEARING = frozenset({Action.CLOSE_TASK, Action.CLEAR_STALE, *NEVER_HELD})
ENDED = frozenset({"converted", "recycled", "disqualified", "deleted"})
AFTERWARDS = timedelta(microseconds=1)
MAYBE_READ = frozenset({State.MAYBE_SENT, State.DONE})
UNSENT = said("unsent")


def withdraw_overruled(unit: Unit, decided: Sequence[Decision], now: datetime) -> None:
    """A person chose the owner: what was decided before must not wait for a chance to undo that."""
    pinned = [d.lead for d in decided if d.pinned]
    changes = unit.outbox.owner_changes(pinned) if pinned else []
    unit.outbox.supersede(changes, said("owner_chosen"), now)


def withdraw_disproved(unit: Unit, decided: Sequence[Decision], now: datetime) -> None:
    """Nobody loses a lead for a breach that was none; looked for each time, as what may have been
    sent can turn out not to have been.
    """
    for decision in decided:
        unchosen = decision.unchosen
        for view in unit.outbox.of_lead(decision.lead) if unchosen else ():
            write, why = view.write, unchosen.get(view.write.generation)
            if why and write.action is Action.OWNER and write.cycle == decision.cycle:
                unit.outbox.supersede([write.key], _because(why), now)


def correct_lines(unit: Unit, decided: Sequence[Decision], now: datetime) -> None:
    """Drop lines about breaches that were none; who was told one is told of it with the next."""
    corrections = [line for d in decided for line in d.digest if line.corrects]
    wrong = [line.corrects for line in corrections]
    if wrong:
        unit.digests.withdraw_lines(wrong)
        told = unit.digests.told(wrong)
        unit.digests.add([line for line in corrections if line.corrects in told], now)


def correct_messages(unit: Unit, decided: Sequence[Decision], now: datetime) -> list[Decision]:
    """Drop messages about breaches that were none; return the decisions with what corrects those
    alone that may have been read.
    """
    wrong = {
        str(write.values["corrects"]): write.because
        for decision in decided
        for write in decision.writes
        if "corrects" in write.values
    }
    for key, why in wrong.items():
        unit.outbox.supersede([key], _because(why), now)
    views = unit.outbox.by_key(wrong) if wrong else {}
    unread = {key for key in wrong if key not in views or views[key].state not in MAYBE_READ}
    if not unread:
        return list(decided)
    return [
        replace(d, writes=tuple(w for w in d.writes if w.values.get("corrects") not in unread))
        for d in decided
    ]


def _because(why: str) -> str:
    return said("unsent_because", what=why)


def withdraw_messages(unit: Unit, decided: Sequence[Decision], now: datetime) -> None:
    """Nobody is asked any more for what was done, or is another's, before the message left."""
    views = {(d.lead, view.cycle, view.clock): view for d in decided for view in d.clocks}
    gone = [
        write.key
        for write in unit.outbox.unsent_messages([d.lead for d in decided])
        if write.judged is not None
        and (view := views.get((write.lead, write.cycle, write.clock))) is not None
        and (view.ended_at is not None or write.generation < view.generation)
    ]
    unit.outbox.supersede(gone, "withdrawn: its clock has ended or begun anew", now)


def withdraw_tasks(unit: Unit, decided: Sequence[Decision], now: datetime) -> None:
    """Withdraw tasks of a clock that ended, is not agreed any more, or counts for another owner.

    One of which nothing can have left is not closed either: there is nothing to be closed.
    """
    for decision in decided:
        whys = {
            str(key): str(fact.data.get("why", "")).removeprefix(CLOSED)
            for fact in decision.facts
            if fact.kind is FactKind.WITHDRAWN
            for key in fact.data["task_keys"]
        }
        views = unit.outbox.of_lead(decision.lead) if whys else []
        for task, why in whys.items():
            _withdraw_task(unit, [v for v in views if v.write.task_key == task], why, now)


def _withdraw_task(unit: Unit, views: Sequence[OutboxView], why: str, now: datetime) -> None:
    """Withdraw what is queued to write one task; `views` are all writes of it."""
    closing = [v for v in views if v.write.action is Action.CLOSE_TASK]
    if any(v.state is State.HELD for v in closing):
        return  # what very many changes cause waits for a person, this with it
    writing = [v for v in views if v.write.action is Action.TASK]
    queued = [v.key for v in writing if v.state in {State.HELD, State.PENDING}]
    if unit.outbox.withdraw(queued, said("unsent_because", what=why), now) < len(queued):
        return  # some of it has been taken to be sent
    over = {*queued, *(v.key for v in writing if v.state is State.SUPERSEDED)}
    if all(v.key in over and v.sent_at is None and v.external_ref is None for v in writing):
        keys = [v.key for v in closing]
        unit.outbox.withdraw(keys, said("nothing_to_close"), now)


def settle_waiting(unit: Unit, decided: Sequence[Decision], now: datetime) -> None:
    """See to what waits, once everything decided is queued: withdraw what came to nothing.

    What was held of a task that is closed or written anew must not undo that when let go.
    """
    of_lead = {d.lead: d for d in decided}
    waiting = unit.outbox.waiting(sorted(of_lead), now)
    if not waiting:
        return
    newer = _newest(decided)
    again = [v.key for v in waiting if v.key != newer.get(str(v.write.task_key), v.key)]
    unit.outbox.withdraw(again, UNSENT, now)
    _withdraw_ended(unit, waiting, of_lead, now)
    fresh = [v for v in waiting if v.decided_at == now and v.key not in again]
    unit.facts.add(_not_made(unit, fresh, of_lead, now))


def _withdraw_ended(
    unit: Unit, waiting: Sequence[OutboxView], of_lead: Mapping[LeadKey, Decision], now: datetime
) -> None:
    """A lead that ended, or is in the CRM by now, needs nothing of what was to be done before."""
    creating = {v.lead for v in waiting if v.write.action == Action.CREATE_LEAD}
    linked = unit.links.of_leads(sorted(creating))
    for view in waiting:
        state = of_lead[view.lead].sla_state
        if state in ENDED and view.decided_at < now and view.write.action not in CLEARING:
            unit.outbox.withdraw([view.key], said("lead_gone_before", end=state), now)
        elif view.write.action == Action.CREATE_LEAD and any(
            ref.system == view.system for ref in linked.get(view.lead, ())
        ):
            unit.outbox.withdraw([view.key], said("has_lead"), now)


def _newest(decided: Sequence[Decision]) -> dict[str, str]:
    """Return the last write of each task that is closed, or written with its words."""
    return {
        str(w.task_key): w.key
        for d in decided
        for w in d.writes
        if w.action == Action.CLOSE_TASK or is_worded(w)
    }


def _not_made(
    unit: Unit, held: Sequence[OutboxView], of_lead: Mapping[LeadKey, Decision], now: datetime
) -> dict[LeadKey, list[Fact]]:
    """A held task is not there: whoever owns the lead by then is to have one of his own."""
    tasks = [v for v in held if v.state is State.HELD and is_worded(v.write)]
    made = unit.outbox.made_tasks({v.lead for v in tasks}) if tasks else set()
    facts: dict[LeadKey, list[Fact]] = {}
    for view in tasks:
        task = str(view.write.task_key)
        if task in made:
            continue
        opened = of_lead[view.lead].opened or now
        fact = Fact(
            kind=FactKind.UNMADE,
            occurred_at=max(now, opened) + AFTERWARDS,
            seen_at=now,
            source=OURS,
            source_id=f"unmade:{view.key}",
            data={"task_key": task},
        )
        facts.setdefault(view.lead, []).append(fact)
    return facts
