"""What our own writes teach, known as soon as they are answered and not at the next poll."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import LeadKey, Ref, UserKey
from slasync.domain.reverting import is_revert
from slasync.domain.writes import Action, Write
from slasync.ports import Outcome, Receipt
from slasync.store.outbox_values import Claimed, State
from slasync.store.unit import Unit

IN_VAIN = frozenset({Outcome.OVERTAKEN, Outcome.GONE, Outcome.REFUSED})


def take_note(
    unit: Unit,
    pairs: Sequence[tuple[Claimed, Receipt]],
    sent_at: datetime | None,
    now: datetime,
) -> None:
    """Keep what a batch's outcomes tell. Before its rows are settled.

    Without `sent_at` the rows were looked up: they were sent when they say they were.
    """
    made_anew = _made_anew(unit, pairs, looked_up=sent_at is None)
    unit.facts.add(_remade(unit, made_anew, sent_at, now))
    sent = [(row.write, told, sent_at or _sent(unit, row) or now) for row, told in pairs]
    _learn(unit, sent, now, found=sent_at is None)
    unit.facts.add(_closed(unit, pairs, sent_at, now))


def _sent(unit: Unit, row: Claimed) -> datetime | None:
    """Tell when a row that was looked up was sent. Of several tries to make a lead nobody knows
    which one did: what people did with the lead came after it was decided in any case.
    """
    if row.write.action is not Action.CREATE_LEAD or row.attempts <= 1:
        return row.sent_at
    view = unit.outbox.get(row.write.key)
    return view.decided_at if view else row.sent_at


def teaches(write: Write, receipt: Receipt) -> bool:
    done = receipt.outcome in {Outcome.APPLIED, Outcome.ALREADY}
    status = write.action == Action.STATUS and is_revert(write)
    return done and (status or write.action in {Action.CREATE_LEAD, Action.OWNER})


def _learn(
    unit: Unit, sent: Sequence[tuple[Write, Receipt, datetime]], now: datetime, *, found: bool
) -> None:
    """A record made, an owner changed and a status put back by us are known at once.

    An owner `found` so after no answer, or already there when it was tried again, may be a person's
    choice: the history tells later.

    Dated by the sending, also where it is found out only later that it took effect: a change made
    in between came after it.
    """
    links: list[tuple[Ref, LeadKey, str]] = []
    facts: dict[LeadKey, list[Fact]] = {}
    for write, receipt, sent_at in sent:
        if not teaches(write, receipt):
            continue
        learned = facts.setdefault(write.lead, [])
        ref = receipt.ref
        if write.action == Action.STATUS:
            status = {"status": write.values["status"]}
            learned.append(_own(FactKind.STATUS, f"status:{write.key}", status, sent_at, now))
            continue
        if write.action == Action.CREATE_LEAD and ref:
            links.append((ref, write.lead, "created"))
            where = {"system": ref.system, "kind": ref.kind, "id": ref.id}
            learned.append(_own(FactKind.LINKED, f"linked:{ref}", where, sent_at, now))
        owner: dict[str, Any] = {"owner": write.values["owner"]}
        if write.action == Action.OWNER and (found or receipt.outcome == Outcome.ALREADY):
            owner["found"] = True
        # a lead created and given on within one instant: the later owner comes later
        named = f"owner:{write.generation:04}:{write.key}"
        given = _own(FactKind.OWNER, named, owner, sent_at, now)
        learned.append(replace(given, about=str(ref or write.target or "")))
    if links:
        unit.links.add(links, now)
    unit.facts.add(facts)


def _made_anew(
    unit: Unit, pairs: Sequence[tuple[Claimed, Receipt]], *, looked_up: bool
) -> list[tuple[Claimed, Ref]]:
    """Find tasks that may stand in another record now: one that somebody deleted while we wrote to
    it is made anew by that.
    """
    found = [
        (row, told.ref)
        for row, told in pairs
        if told.ref
        and row.write.action == Action.TASK
        and _may_be_another(row, told, looked_up=looked_up)
    ]
    before = unit.outbox.tasks_made([row.write for row, _ in found]) if found else {}
    return [(row, ref) for row, ref in found if before.get(str(row.write.task_key)) != ref]


def _may_be_another(row: Claimed, told: Receipt, *, looked_up: bool) -> bool:
    """Tell whether an earlier try may have made the record anew, or this one has."""
    if row.attempts > 1:
        return True
    return (told.created or looked_up) and row.write.task_key != row.write.key


def _closed(
    unit: Unit, pairs: Sequence[tuple[Claimed, Receipt]], sent_at: datetime | None, now: datetime
) -> dict[LeadKey, list[Fact]]:
    """A task is closed as we wished. After several tries nobody knows by which one, nor since when;
    after several of an earlier write nobody knows whether the last change is the closing.

    One that we tried to close and find closed: it was us, or after we wished it. Where it is gone,
    or the next try is refused, the one before may have closed it, or may do so yet.
    """
    facts: dict[LeadKey, list[Fact]] = {}
    for row, told in pairs:
        if row.write.action != Action.CLOSE_TASK:
            continue
        perhaps, unanswered = told.outcome in IN_VAIN, row.attempts > 1 or sent_at is None
        if told.outcome == Outcome.APPLIED:
            at = sent_at or _sent(unit, row) or now
            found = row.attempts > 1 or _tried_again(unit, row.write)
        elif unanswered and (perhaps or told.outcome == Outcome.ALREADY):
            at, found = now, True
        else:
            continue
        data: dict[str, Any] = {"task_key": str(row.write.task_key)}
        data |= ({"found": True} if found else {}) | ({"perhaps": True} if perhaps else {})
        # a parked one may be sent again, and close the task for certain
        name = f"closed{'_perhaps' if perhaps else ''}:{row.write.key}"
        facts.setdefault(row.write.lead, []).append(_own(FactKind.CLOSED, name, data, at, now))
    return facts


def _tried_again(unit: Unit, closing: Write) -> bool:
    """Tell whether a write to this task went out more than once: it may take effect at any time."""
    views = unit.outbox.of_lead(closing.lead)
    return any(view.attempts > 1 for view in views if view.write.task_key == closing.task_key)


def _remade(
    unit: Unit, made_anew: Sequence[tuple[Claimed, Ref]], sent_at: datetime | None, now: datetime
) -> dict[LeadKey, list[Fact]]:
    facts: dict[LeadKey, list[Fact]] = {}
    for row, ref in made_anew:
        key = str(row.write.task_key)
        unit.outbox.refer(key, str(ref))
        data = {"task_key": key, "id": ref.id}
        fact = _own(FactKind.REMADE, f"remade:{ref}", data, sent_at or row.sent_at or now, now)
        facts.setdefault(row.write.lead, []).append(fact)
    return facts


def unmade(
    unit: Unit, dropped: Sequence[tuple[Write, UserKey | None]], now: datetime
) -> dict[LeadKey, list[Fact]]:
    """Tasks dropped that no earlier write has made: whoever owns the lead is to have them.

    Each with the owner who was seen. Where as yet we know of another, that one is kept as whose
    lead it was: the task is made again once the next owner is known.
    """
    known = unit.leads.owners({write.lead for write, _ in dropped})
    facts: dict[LeadKey, list[Fact]] = {}
    for write, seen in dropped:
        sent, views = {State.DONE, State.MAYBE_SENT}, unit.outbox.of_lead(write.lead)
        made = {v.write.task_key for v in views if v.state in sent or v.external_ref}
        if write.action == Action.TASK and write.task_key not in made:
            data = {"task_key": str(write.task_key)}
            if seen is not None:
                owner = known.get(write.lead)
                data["of"] = "" if owner in {None, seen} else str(owner)
            fact = _own(FactKind.UNMADE, f"unmade:{write.key}", data, now, now)
            facts.setdefault(write.lead, []).append(fact)
    return facts


def _own(
    kind: FactKind, source_id: str, data: Mapping[str, Any], at: datetime, now: datetime
) -> Fact:
    return Fact(kind=kind, occurred_at=at, seen_at=now, source=OURS, source_id=source_id, data=data)


def matched(rows: Sequence[Claimed], receipts: Sequence[Receipt]) -> Sequence[Receipt]:
    """A sink that answers another number of rows than it was given tells nothing about any."""
    if len(receipts) == len(rows):
        return receipts
    words = f"{len(receipts)} receipts for {len(rows)} writes"
    return [Receipt(Outcome.UNKNOWN, message=words) for _ in rows]


def to_decide_again(rows: Sequence[Claimed], receipts: Sequence[Receipt]) -> list[LeadKey]:
    again = {Outcome.OVERTAKEN, Outcome.GONE}
    changed = {
        row.write.lead
        for row, receipt in zip(rows, receipts, strict=True)
        if receipt.outcome in again or teaches(row.write, receipt)
    }
    return sorted(changed)
