"""Merges in the systems: which records became part of others, and which leads are one by that.

A merge may be told by the record that is gone (it names the one that stays), by the one that stays
(it names those it was made of, perhaps under a new id), or by an activity. It may be read before or
after either record, or without one of them ever being read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.recorded import said
from slasync.ports import ActivityReading, PersonReading, Reading
from slasync.store.joins import Join
from slasync.store.link_notes import Note, whole
from slasync.store.unit import Unit

MERGE, HAND = "merge", "hand"


@dataclass(frozen=True, slots=True, order=True)
class Merge:
    """`gone` became part of `stays`, at the latest at `at` (vendor time)."""

    at: datetime
    gone: Ref
    stays: Ref


@dataclass(slots=True)
class Followed:
    """What merges did to leads: which were joined to which, and who knows records under new ids."""

    joined: dict[LeadKey, LeadKey] = field(default_factory=dict)
    touched: set[LeadKey] = field(default_factory=set)  # whose records are others now
    linked: set[Ref] = field(default_factory=set)


def merges_in(readings: Iterable[Reading]) -> list[Merge]:
    """Return the merges that a page tells of, each once, oldest first."""
    found: dict[tuple[Ref, Ref], Merge] = {}
    for each in readings:
        if isinstance(each, PersonReading) and not (each.merged or each.merged_into):
            continue  # most of them
        for merge in _told(each):
            found.setdefault((merge.gone, merge.stays), merge)
    return sorted(found.values())


def _told(reading: Reading) -> Iterable[Merge]:
    match reading:
        case PersonReading(merged_into=Ref() as stays):
            yield Merge(reading.modified_at, reading.ref, stays)
        case PersonReading(ref=stays, merged=ids):
            for id_ in ids:
                if id_ != stays.id:
                    yield Merge(reading.modified_at, Ref(stays.system, stays.kind, id_), stays)
        case ActivityReading(kind=FactKind.MERGED, about=stays):
            for id_ in reading.data["from"]:
                gone = Ref(stays.system, stays.kind, str(id_))
                if gone != stays:
                    yield Merge(reading.occurred_at, gone, stays)


def follow(unit: Unit, merges: Sequence[Merge], now: datetime) -> Followed:
    """Have records and leads follow merges. Of two unknown records nothing can be said yet."""
    done = Followed()
    links = dict(unit.links.of([ref for merge in merges for ref in (merge.gone, merge.stays)]))
    known = unit.links.merges_of([merge.gone for merge in merges])
    news = [merge for merge in merges if known.get(merge.gone) != merge.stays]
    refused = unit.link_notes.refused([whole(lead) for lead in {*links.values()}])
    into: dict[Ref, Ref] = {}
    for merge in news:
        stays, gone = links.get(merge.stays), links.get(merge.gone)
        if stays is None and gone is None:
            continue
        if stays is None or gone is None:
            _link(unit, merge, links, done, now)
        elif stays in refused.get(whole(gone), ()):
            continue  # somebody has said that these are two people
        elif stays == gone:
            _note(unit, "merged", str(merge.gone), stays, merge, now)
        else:
            evidence = {"gone": str(merge.gone), "stays": str(merge.stays)}
            join(unit, gone, stays, how=MERGE, evidence=evidence, now=now)
            done.joined[gone] = stays
            links |= {ref: stays for ref, lead in links.items() if lead == gone}
        into[merge.gone] = merge.stays
        done.touched.add(links[merge.stays])
    unit.links.merged(into)
    unit.records.retire(into)
    return done


def _link(
    unit: Unit, merge: Merge, links: dict[Ref, LeadKey], done: Followed, now: datetime
) -> None:
    """Link the record of a merge that is not known yet to the lead of the one that is."""
    new, known = (merge.stays, merge.gone)
    if links.get(merge.stays) is not None:
        new, known = known, new
    lead = links[known]
    unit.links.add([(new, lead, MERGE)], now, {new: {"merged_with": str(known)}})
    links[new] = lead
    done.linked.add(new)
    _note(unit, "linked", str(new), lead, merge, now)


def _note(  # noqa: PLR0913, PLR0917 - a note has that many parts
    unit: Unit, act: str, record: str, lead: LeadKey, merge: Merge, now: datetime
) -> None:
    evidence = {"gone": str(merge.gone), "stays": str(merge.stays)}
    note = Note(at=now, act=act, record=record, lead=lead, how=MERGE, evidence=evidence, by=OURS)
    unit.link_notes.add([note])


def join(  # noqa: PLR0913 - who, by what, and by whom
    unit: Unit,
    lead: LeadKey,
    into: LeadKey,
    *,
    how: str,
    evidence: Mapping[str, str],
    now: datetime,
    by: str = OURS,
    why: str = "",
) -> None:
    """Have a lead be known under another's key from now on: facts, records and tasks are both's."""
    unit.leads.lock([lead, into], skip=False)
    unit.joins.add(Join(lead, into, into, how, evidence, now))
    key = "person_said" if how == HAND else "record_became"
    because = said(f"{key}_why" if why else key, who=by, why=why, **evidence)
    data = {"lead": lead, "how": how, "because": because}
    unit.facts.add({into: [own_fact(FactKind.JOINED, f"joined:{lead}", data, now)]})
    unit.clocks.drop([lead])
    unit.leads.put_to_sleep([lead])
    unit.leads.mark_dirty([into], now)
    note = Note(at=now, act="joined", record=lead, lead=into, how=how, evidence=evidence, by=by,
                why=why)  # fmt: skip
    unit.link_notes.add([note])


def part(unit: Unit, lead: LeadKey, *, by: str, why: str, now: datetime) -> LeadKey:
    """Undo that a lead is the same person as another; return under whose key it was known.

    What was told of its own records since goes with it; what slasync decided stays where it was.
    """
    (survivor,) = unit.joins.roots([lead]).values()
    unit.clocks.drop_of(survivor, unit.joins.undo(lead))
    own = [str(link.ref) for link in unit.links.told([lead])[lead]]
    unit.facts.move(survivor, own, lead)
    data = {"lead": lead, "why": why}
    unit.facts.add({survivor: [own_fact(FactKind.PARTED, f"parted:{lead}", data, now)]})
    unit.leads.mark_dirty([lead, survivor], now)
    note = Note(at=now, act="parted", record=lead, lead=survivor, how="", evidence={}, by=by,
                why=why)  # fmt: skip
    unit.link_notes.add([note])
    return survivor


def own_fact(kind: FactKind, name: str, data: Mapping[str, str], now: datetime) -> Fact:
    """Return a fact about who is who; the same may happen again."""
    return Fact(
        kind=kind,
        occurred_at=now,
        seen_at=now,
        source=OURS,
        source_id=f"{name}:{now.isoformat()}",
        data=data,
    )
