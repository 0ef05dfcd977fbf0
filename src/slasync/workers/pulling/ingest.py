"""What was read becomes mirror and facts. Runs inside one transaction of the caller."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from slasync.domain.facts import Fact, FactKind
from slasync.domain.field_ages import read_again, read_first
from slasync.domain.identity.belonging import normalised
from slasync.domain.lead import LeadKey, Ref
from slasync.domain.self_check import Guard
from slasync.ports import (
    ActivityReading,
    CompanyReading,
    PersonReading,
    Reading,
    Rejected,
    UserReading,
)
from slasync.store.companies import StoredCompany
from slasync.store.records import StoredRecord
from slasync.store.unit import Unit
from slasync.workers.pulling.activities import take_activities
from slasync.workers.pulling.changes import facts_of
from slasync.workers.pulling.completing import completed, watched
from slasync.workers.pulling.filling import filled
from slasync.workers.pulling.forgotten import remembered
from slasync.workers.pulling.hurried import Hurry
from slasync.workers.pulling.identifying import Identifying, stream_of
from slasync.workers.pulling.merging import Merge, follow, merges_in
from slasync.workers.pulling.mirrored import put_leads, refresh
from slasync.workers.pulling.unmerging import stand_again
from slasync.workers.pulling.waiting import take_back
from slasync.workers.sweeping.vanishing import believed


@dataclass(frozen=True, slots=True)
class Rules:
    """How readings are understood; the same for every page."""

    watched: frozenset[str]  # fields whose changes are facts
    precedence: tuple[str, ...] = ("salesforce", "hubspot")  # whose value of a field stands
    crm: str = "salesforce"
    tracked: frozenset[str] = frozenset({"owner", "status"})  # told by the CRM's own history
    begins: datetime | None = None  # of slasync's judging: records made later are never old
    kept: frozenset[str] = frozenset()  # fields that several systems keep alike
    hurry: Hurry | None = None  # which touches are too many to be believed
    guard: Guard | None = None  # how many records may vanish at once before a person is asked
    owed: Mapping[str, datetime] = field(default_factory=dict)
    """Fields that a lead is to have at the hand-over, and since when they are watched for that."""

    def is_old(self, created_at: datetime, *, baseline: bool) -> bool:
        """Tell whether a record that is read first was there before slasync began to judge.

        One that was changed while the first load listed comes with a later pass: it is no younger.
        """
        return baseline if self.begins is None else created_at < self.begins


@dataclass(slots=True)
class Ingested:
    """What one page changed."""

    leads: int = 0
    facts: int = 0
    rejected: list[Rejected] = field(default_factory=list)


def ingest(
    unit: Unit, readings: Sequence[Reading], rules: Rules, now: datetime, *, baseline: bool
) -> Ingested:
    """Take one page into the mirror. `baseline`: the stream was never read to its end before."""
    done, readings = Ingested(), remembered(unit, readings, now)
    if rules.guard is not None:
        readings = believed(unit, readings, rules.guard, now)
    users = [r for r in readings if isinstance(r, UserReading)]
    if users:
        unit.users.put([r.user for r in users], now)
    companies = [r for r in readings if isinstance(r, CompanyReading)]
    if companies:
        stored = [StoredCompany(r.company, r.modified_at, r.raw) for r in companies]
        unit.companies.put(stored, now)
    people = _latest(r for r in readings if isinstance(r, PersonReading))
    merges = merges_in(readings)
    by_merge: Collection[Ref] = ()
    if merges:  # whose records are new under another id is known before they are read
        by_merge = _follow(unit, merges, rules, now, done)
    if people:
        news = () if baseline else by_merge  # a first load tells of merges long past
        _People(unit, rules, now, done, baseline=baseline, by_merge=news).take(people)
    if merges:
        _follow(unit, merges, rules, now, done)
    activities = [r for r in readings if isinstance(r, ActivityReading)]
    if activities:
        known = watched(activities, rules.watched)
        done.facts += take_activities(unit, known, now, rules.hurry)
        if rules.kept:
            _look_again(unit, activities, rules.kept, now)
    if done.rejected:
        unit.quarantine.put(done.rejected, now)
    return done


def _look_again(
    unit: Unit, activities: Sequence[ActivityReading], kept: Collection[str], now: datetime
) -> None:
    """When a field that is kept alike was changed is told: now it may be clear which is newer."""
    told = (
        a for a in activities if a.kind is FactKind.CHANGED and not a.data.keys().isdisjoint(kept)
    )
    leads = set(unit.links.of([activity.about for activity in told]).values())
    unit.kept_fields.due(leads, now)


def _follow(
    unit: Unit, merges: Sequence[Merge], rules: Rules, now: datetime, done: Ingested
) -> Collection[Ref]:
    """Follow merges; what waited for a record that is linked by that is taken in. Return those."""
    followed = follow(unit, merges, now)
    if followed.touched:
        refresh(unit, followed.touched, rules.precedence, now)
    _take_waiting(unit, followed.linked, rules, now, done)
    return followed.linked


def _take_waiting(
    unit: Unit, refs: Collection[Ref], rules: Rules, now: datetime, done: Ingested
) -> None:
    """Take in what waited for records that are somebody's now; a merge that waited is followed."""
    waited = take_back(unit, refs) if refs else []
    if merges := merges_in(waited):
        _follow(unit, merges, rules, now, done)
    if waited:
        done.facts += take_activities(unit, waited, now, rules.hurry)


def _latest(readings: Iterable[PersonReading]) -> list[PersonReading]:
    """Of a record read twice in one page keep the last version."""
    found: dict[Ref, PersonReading] = {}
    for reading in readings:
        known = found.get(reading.ref)
        if known is None or known.modified_at <= reading.modified_at:
            found[reading.ref] = reading
    return list(found.values())


class _People:
    """The people of one page: who they are, what changed about them."""

    def __init__(  # noqa: PLR0913 - what is known of a page
        self,
        unit: Unit,
        rules: Rules,
        now: datetime,
        done: Ingested,
        *,
        baseline: bool,
        by_merge: Collection[Ref],
    ) -> None:
        self._unit, self._rules, self._by_merge = unit, rules, by_merge
        self._now, self._done, self._baseline = now, done, baseline
        self._whose = Identifying(unit, now)

    def take(self, people: list[PersonReading]) -> None:
        stored = self._unit.records.current([p.ref for p in people])
        people = [p for each in people if (p := completed(each, stored.get(each.ref)))]
        newer = [p for p in people if _is_news(p, stored.get(p.ref))]
        newer = stand_again(self._unit, newer, stored, self._rules.crm, self._now)
        news = [p for p in newer if not _only_stamped(p, stored.get(p.ref))]
        stamped = [p for p in newer if _only_stamped(p, stored.get(p.ref))]
        same = [_dated(p, stored.get(p.ref)) for p in stamped]
        self._unit.records.put(same, [p.raw for p in stamped], self._now)
        if not news:
            return
        owners = self._whose.owners(news)
        self._done.rejected += self._whose.rejected
        known = [p for p in news if p.ref in owners]
        records = [_dated(p, stored.get(p.ref)) for p in known]
        self._unit.records.put(records, [p.raw for p in known], self._now)
        facts: dict[LeadKey, list[Fact]] = {}
        for person in known:
            old = self._rules.is_old(person.created_at, baseline=self._baseline)
            made = facts_of(
                person, stored.get(person.ref), self._rules.watched, self._rules.tracked,
                self._now, baseline=old, by_merge=person.ref in self._by_merge,
                crm=self._rules.crm,
            )  # fmt: skip
            made += filled(
                person, stored.get(person.ref), self._rules.owed, self._now, baseline=old
            )
            facts.setdefault(owners[person.ref], []).extend(made)
        changed = self._unit.facts.add(facts)
        self._put_leads(records, owners, changed)
        self._forgive(known)
        # some were linked before they were read: that slasync made, or that another one named
        new = self._whose.linked | {p.ref for p in known if p.ref not in stored}
        _take_waiting(self._unit, new, self._rules, self._now, self._done)
        self._done.leads += len(known)
        self._done.facts += sum(map(len, facts.values()))

    def _forgive(self, known: Sequence[PersonReading]) -> None:
        """Whose record it is has become clear: nobody has to look any more."""
        streams: dict[str, list[str]] = {}
        for person in known:
            streams.setdefault(stream_of(person.ref), []).append(person.ref.id)
        for stream, ids in streams.items():
            self._unit.quarantine.clear(stream, ids)

    def _put_leads(
        self, news: list[StoredRecord], owners: Mapping[Ref, LeadKey], changed: set[LeadKey]
    ) -> None:
        """Merge anew the fields of all leads on the page; those with new facts become dirty."""
        records: dict[LeadKey, list[StoredRecord]] = {}
        for record in news:
            records.setdefault(owners[record.ref], []).append(record)
        # of a lead founded on this page no other record can be there yet
        records |= self._unit.records.of_leads(sorted(records.keys() - self._whose.founded))
        put_leads(self._unit, records, self._rules.precedence, changed, self._now)
        if self._rules.kept:
            self._unit.kept_fields.due(list(records), self._now)


def _is_news(person: PersonReading, stored: StoredRecord | None) -> bool:
    """A version not seen yet: overlaps read many twice, and a late page may bring an old one."""
    if stored is None:
        return True
    if person.modified_at != stored.modified_at:
        return person.modified_at > stored.modified_at
    return _stored(person) != stored


def _only_stamped(person: PersonReading, stored: StoredRecord | None) -> bool:
    """Nothing that slasync reads has changed: our own write to other fields, most of the time."""
    if stored is None or person.links or person.merged:
        return False
    return replace(_stored(person), modified_at=stored.modified_at) == stored


def _dated(person: PersonReading, stored: StoredRecord | None) -> StoredRecord:
    """What is stored of a version: with since when each field is as it is, by those before."""
    new = _stored(person)
    if stored is None:
        return replace(new, since=read_first(person.since or person.modified_at))
    since = stored.since or read_first(stored.modified_at)  # read before this was kept
    return replace(new, since=read_again(since, stored.fields, new.fields, new.modified_at))


def _stored(person: PersonReading) -> StoredRecord:
    return StoredRecord(
        ref=person.ref,
        modified_at=person.modified_at,
        deleted=person.deleted,
        email=normalised(person.email),
        owner=person.owner,
        status=person.status,
        fields={**person.fields, "converted": True} if person.converted else person.fields,
    )
