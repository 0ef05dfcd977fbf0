"""Links that people make and undo: a record is this lead's, two leads are one, or they are not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slasync.domain.facts import FactKind
from slasync.domain.lead import LeadKey, Ref, lead_key
from slasync.errors import Refused
from slasync.store.inbox import InboxEvent
from slasync.store.link_notes import Note, whole
from slasync.store.links import Link
from slasync.store.outbox_values import UNSENT
from slasync.store.unit import Unit
from slasync.workers.pulling.merging import HAND, join, own_fact, part
from slasync.workers.pulling.mirrored import refresh


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who orders it, when, and why in their words."""

    by: str
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in words, and the leads that are decided about anew."""

    words: str
    leads: tuple[LeadKey, ...]


def make(
    unit: Unit, what: Ref | LeadKey, lead: LeadKey, order: Order, precedence: Sequence[str]
) -> Done:
    """Have a record, or another lead, be `lead`. Raises Refused when it is so already."""
    if not isinstance(what, Ref):
        return _join(unit, what, lead, order, precedence)
    (own,) = unit.links.of([what]).values() or (None,)
    if own == lead:
        raise Refused(f"{what} is {lead} already")
    if own is None:
        return _link(unit, what, lead, order)
    others = [link for link in unit.links.told([own])[own] if link.merged_into is None]
    if [link.ref for link in others] == [what]:
        return _join(unit, own, lead, order, precedence)
    _move(unit, what, own, lead, order, precedence)
    return Done(f"{what} was {own}, and is {lead} from now on", (own, lead))


def undo(
    unit: Unit, what: Ref | LeadKey, lead: LeadKey, order: Order, precedence: Sequence[str]
) -> Done:
    """Undo that a record, or a joined lead, is `lead`: it is not made so again by itself."""
    if not isinstance(what, Ref):
        if unit.joins.roots([what]).get(what) != lead:
            raise Refused(f"{what} was not joined to {lead}: slasync links show {lead}")
        unit.link_notes.refuse(whole(what), lead, order.by, order.why, order.at)
        part(unit, what, by=order.by, why=order.why or "somebody undid it", now=order.at)
        refresh(unit, [what, lead], precedence, order.at)
        return Done(f"{what} and {lead} are two leads again", (what, lead))
    link = next((each for each in unit.links.told([lead])[lead] if each.ref == what), None)
    if link is None:
        raise Refused(f"{what} is not {lead}'s: slasync links show {lead}")
    _refuse_its_own(unit, link, lead)
    own = lead_key(what)
    unit.link_notes.refuse(str(what), lead, order.by, order.why, order.at)
    _move(unit, what, lead, own, order, precedence, how="first")
    return Done(f"{what} is a lead of its own now: {own}", (lead, own))


def _refuse_its_own(unit: Unit, link: Link, lead: LeadKey) -> None:
    own = lead_key(link.ref)
    if own == lead or unit.leads.existing([own]):
        raise Refused(
            f"{link.ref} is the record that {own} is named after: undo the other links of the lead"
            " instead, or the join"
        )
    if link.merged_into is not None:
        raise Refused(
            f"{link.ref} became part of {link.merged_into} in its system: undo that there"
        )


def _join(
    unit: Unit, what: LeadKey, lead: LeadKey, order: Order, precedence: Sequence[str]
) -> Done:
    what = unit.joins.roots([what]).get(what, what)
    if what == lead:
        raise Refused(f"{what} is {lead} already")
    evidence = {"gone": what, "stays": lead}
    unit.link_notes.allow(whole(what), lead)
    unit.link_notes.allow(what, lead)  # a record of this name was undone before
    join(unit, what, lead, how=HAND, evidence=evidence, now=order.at, by=order.by, why=order.why)
    refresh(unit, [lead], precedence, order.at)
    return Done(f"{what} and {lead} are one lead from now on: {lead}", (lead,))


def _link(unit: Unit, what: Ref, lead: LeadKey, order: Order) -> Done:
    """Link a record that is set aside, or was never read; then have it read."""
    unit.link_notes.allow(str(what), lead)
    unit.links.add([(what, lead, HAND)], order.at, {what: {"by": order.by, "why": order.why}})
    unit.quarantine.clear(f"{what.system}.{what.kind}s", [what.id])
    payload = {"kind": what.kind, "id": what.id, "event": "link", "source_id": ""}
    name = f"link:{what}:{order.at.isoformat()}"
    unit.inbox.add([InboxEvent(what.system, name, payload)], order.at)
    _note(unit, "linked", what, lead, order)
    return Done(f"{what} is {lead} from now on; it is read again at once", (lead,))


def _move(  # noqa: PLR0913, PLR0917 - what, from where, to where, and on whose order
    unit: Unit,
    what: Ref,
    lead: LeadKey,
    to: LeadKey,
    order: Order,
    precedence: Sequence[str],
    *,
    how: str = HAND,
) -> None:
    """Give a record, and what was told of it, to another lead. Decisions stay where they were."""
    unit.leads.lock([lead, to], skip=False)
    unit.link_notes.allow(str(what), to)
    unit.links.remove(what)
    unit.links.add([(what, to, how)], order.at, {what: {"by": order.by, "why": order.why}})
    unit.facts.move(lead, [str(what)], to)
    data = {"record": str(what), "why": order.why or f"{order.by} undid it"}
    unit.facts.add({lead: [own_fact(FactKind.PARTED, f"parted:{what}", data, order.at)]})
    queued = unit.outbox.of_lead(lead)
    unsent = [v.key for v in queued if v.write.target == what and v.state in UNSENT]
    unit.outbox.supersede(unsent, f"{what} is not this lead: {order.by} undid it", order.at)
    refresh(unit, [lead, to], precedence, order.at)
    unit.leads.mark_dirty([lead, to], order.at)
    _note(unit, "unlinked", what, lead, order)
    _note(unit, "linked", what, to, order)


def _note(unit: Unit, act: str, what: Ref, lead: LeadKey, order: Order) -> None:
    note = Note(at=order.at, act=act, record=str(what), lead=lead, how=HAND, evidence={},
                by=order.by, why=order.why)  # fmt: skip
    unit.link_notes.add([note])
