"""Forgetting a person: found by an address or an id, erased everywhere, kept from coming back.

Marks come first, in the very transaction that erases: a page read before and stored after it finds
them. What a look through all texts still finds afterwards is taken out in turn.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.audit import ERASED, Deed
from slasync.domain.facts import FactKind
from slasync.domain.forgetting import Eraser, Person, Pseudonyms, named
from slasync.domain.identity.belonging import normalised
from slasync.domain.lead import LeadKey
from slasync.errors import Stopped, TryLater
from slasync.store.fates import Erased
from slasync.store.forgotten import Mark
from slasync.store.shrinking import left_on_disk, shrink
from slasync.store.unit import Unit, reading, retrying

LOOKS = 3
"""How often all texts are looked through: somebody may be writing meanwhile."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be erased, by table; `shared` are addresses that a user of the CRM bears too."""

    person: Person
    own: Mapping[str, int]
    elsewhere: Mapping[str, int]
    shared: tuple[str, ...] = ()
    since: datetime | None = None  # when the person was forgotten before


@dataclass(frozen=True, slots=True)
class Forgot:
    person: str  # its name from now on
    rows: Mapping[str, int] = field(default_factory=dict)  # by table


def plan(unit: Unit, text: str, team: Collection[str]) -> Plan:
    """Find somebody by an address, a lead's key or a record's id; tell what would be erased."""
    person, shared = _person(unit, text, team)
    own = {table.name: count for table, count in unit.erasing.own(person).items()}
    found = {table.name: len(rows) for table, rows in unit.erasing.mentions(person.certain).items()}
    elsewhere = {name: more for name, count in found.items() if (more := count - own.get(name, 0))}
    elsewhere = {name: count for name, count in elsewhere.items() if count > 0}
    return Plan(person, own, elsewhere, shared, since(unit, text))


def since(unit: Unit, text: str) -> datetime | None:
    """Return when somebody of this address or record was forgotten; None: nobody was."""
    found = _marked(unit, text)
    return found[1] if found else None


def lift(unit: Unit, text: str) -> int:
    """Let somebody who was forgotten be taken in again; return how many marks there were."""
    found = _marked(unit, text)
    return unit.forgotten.lift(found[0]) if found else 0


def forget(engine: Engine, seams: Seams, planned: Plan, by: str) -> Forgot:
    """Erase a person. Raises TryLater when a write about them is being sent just now."""
    person, words = planned.person, planned.person.certain
    key = seams.new_id().encode() + seams.new_id().encode()
    forgot = retrying(engine, lambda unit: _erase(unit, person, key, by, seams.clock.now()))
    for _ in range(LOOKS):
        with reading(engine) as unit:
            left = unit.erasing.mentions(words)
        if not left:
            break
        retrying(engine, lambda unit: _again(unit, person, forgot.person, by, seams.clock.now()))
    else:
        raise Stopped(_still([table.name for table in left]))
    if left_on_disk(engine, words) or engine.dialect.name != "sqlite":
        shrink(engine)
    with reading(engine) as unit:  # 51 is in 512, whose bytes stay
        others = unit.erasing.within_others(words)
    if left_on_disk(engine, [word for word in words if word not in others]):
        raise Stopped(_still(["the database's file"]))
    return forgot


def finish(engine: Engine, text: str) -> None:
    """Take from the disk what an erasure that was kept from it, or cut off, has left there.

    Raises TryLater as `forget` does.
    """
    words = sorted({text.strip(), text.strip().lower()})
    if left_on_disk(engine, words) or engine.dialect.name != "sqlite":
        shrink(engine)


def _person(unit: Unit, text: str, team: Collection[str]) -> tuple[Person, tuple[str, ...]]:
    """Collect all that somebody is known by: leads of one address are one person here."""
    asked = normalised(text) if "@" in text else None
    emails = {asked} if asked else set()
    leads: set[LeadKey] = set()
    found = set(unit.leads.find(text))
    while found - leads:
        leads |= found | set(unit.joins.members(found))
        known = unit.erasing.known(sorted(leads), sorted(emails))
        emails |= {*known.emails, *_told(unit, leads)}
        found = {key for email in emails for key in unit.leads.find(email)}
    known = unit.erasing.known(sorted(leads), sorted(emails))
    leads |= set(unit.links.of(known.refs).values())
    team_too = {u.email.lower() for u in unit.users.all().values() if u.email}
    team_too |= {address.lower() for address in team}
    fields = [*known.fields, *(lead.fields for lead in unit.leads.get(sorted(leads)).values())]
    names, numbers = named(fields)
    shared = unit.erasing.shared(numbers, known.refs)  # a switchboard's, say
    person = Person(
        leads=tuple(sorted(leads)),
        refs=known.refs,
        emails=tuple(sorted(emails - team_too)),
        names=(*names, *(number for number in numbers if number in shared)),
        numbers=tuple(number for number in numbers if number not in shared),
    )
    return person, tuple(sorted(emails & team_too))


def _told(unit: Unit, leads: Collection[LeadKey]) -> set[str]:
    """Return the addresses that these leads have, and had."""
    facts = unit.facts.of(sorted(leads))
    had = {str(f.data.get("email") or "") for each in facts.values() for f in each
           if f.kind is FactKind.CHANGED}  # fmt: skip
    has = {lead.text("email") for lead in unit.leads.get(sorted(leads)).values()}
    return {address for told in had | has if (address := normalised(told))}


def _marked(unit: Unit, text: str) -> tuple[str, datetime] | None:
    names = unit.forgotten.names()
    if names is None:
        return None
    marks = [names.of(text.strip()), names.address(normalised(text) or text)]
    known = unit.forgotten.known(marks)
    return next(iter(known.values()), None)


def _erase(unit: Unit, person: Person, key: bytes, by: str, now: datetime) -> Forgot:
    """Erase in one transaction: all of it, or nothing."""
    unit.leads.lock(map(LeadKey, person.leads), skip=False)
    busy = unit.erasing.under_way(person.leads, now)
    if busy:
        raise TryLater(f"a write about this lead is on its way to {', '.join(busy)}:"
                       " nothing was erased; try again in a minute")  # fmt: skip
    names = unit.forgotten.begin(key)
    name = _name(person, names)
    unit.erasing.begin(name)
    unit.forgotten.add(_marks_of(person, names, name), now)
    every = Eraser((*person.certain, *person.names))
    leads = {lead: names.lead(lead) for lead in person.leads}
    rows = Counter(unit.erasing.erase_own(person, Erased(names, leads, every)))
    rows.update(_take_out(unit, person, name, by, now, rows))
    unit.erasing.end()
    return Forgot(name, dict(rows))


def _again(unit: Unit, person: Person, name: str, by: str, now: datetime) -> None:
    """Take out what was written between the looking and the erasing."""
    unit.erasing.begin(name)
    _take_out(unit, person, name, by, now, {})
    unit.erasing.end()


def _take_out(  # noqa: PLR0913, PLR0917 - who, by whom, and what went before
    unit: Unit, person: Person, name: str, by: str, now: datetime, before: Mapping[str, int]
) -> dict[str, int]:
    """Take the person out of all other texts, and write down that somebody did."""
    left = unit.erasing.mentions(person.certain)
    hashes = unit.erasing.take_out(left, Eraser(person.certain))
    rows = {table.name: len(taken) for table, taken in left.items()}
    detail = {"rows": dict(Counter(before) + Counter(rows)), "entries": hashes}
    unit.audit.add(Deed(at=now, who=by, action=ERASED, target=name, detail=detail))
    return rows


def _name(person: Person, names: Pseudonyms) -> str:
    known = (*person.leads, *person.emails, *map(str, person.refs))
    return names.of(known[0])


def _marks_of(person: Person, names: Pseudonyms, name: str) -> list[Mark]:
    """Mark each address and record; of records their bare id as well, to be asked for by it."""
    records = [Mark(names.of(str(ref)), name, ref.system) for ref in person.refs]
    asked = [*(names.of(ref.id) for ref in person.refs), *map(names.of, person.leads)]
    addresses = [names.address(email) for email in person.emails]
    marked = {mark.mark for mark in records}
    return records + [Mark(m, name) for m in {*asked, *addresses} - marked]


def _still(places: Collection[str]) -> str:
    return (
        f"the person is erased, but still named in {', '.join(sorted(places))}, where somebody was"
        " writing meanwhile: give the same command again"
    )
