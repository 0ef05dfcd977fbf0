"""What was read becomes mirror and facts. Runs inside one transaction of the caller."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from slasync.domain.facts import Fact, FactKind
from slasync.domain.identity import Ambiguous, Same, match, normalised
from slasync.domain.lead import LeadKey, Ref, UserKey, UserKind, lead_key
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
from slasync.workers.changes import facts_of
from slasync.workers.completing import completed, watched
from slasync.workers.filling import filled
from slasync.workers.forgotten import remembered
from slasync.workers.merging import Merge, follow, merges_in
from slasync.workers.mirrored import put_leads, refresh
from slasync.workers.strays import news_of_tasks, refer_anew
from slasync.workers.unmerging import stand_again
from slasync.workers.vanishing import believed
from slasync.workers.waiting import set_aside, take_back

AT_ONCE = timedelta(seconds=2)
"""What we changed so long after it ended, somebody else had ended."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How readings are understood; the same for every page."""

    watched: frozenset[str]  # fields whose changes are facts
    precedence: tuple[str, ...] = ("salesforce", "hubspot")  # whose value of a field stands
    crm: str = "salesforce"
    tracked: frozenset[str] = frozenset({"owner", "status"})  # told by the CRM's own history
    begins: datetime | None = None  # of slasync's judging: records made later are never old
    kept: frozenset[str] = frozenset()  # fields that several systems keep alike
    guard: Guard | None = None  # how many records may vanish at once before a person is asked
    owed: Mapping[str, datetime] = field(default_factory=dict)
    """Fields that a lead is to have at the hand-over, and since when they are watched for that."""

    def is_old(self, created_at: datetime) -> bool:
        """Tell whether a record was there before slasync began to judge."""
        return self.begins is None or created_at < self.begins


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
    if merges:  # whose records are new under another id is known before they are read
        _follow(unit, merges, rules, now, done)
    if people:
        _People(unit, rules, now, done, baseline=baseline).take(people)
    if merges:
        _follow(unit, merges, rules, now, done)
    activities = [r for r in readings if isinstance(r, ActivityReading)]
    if activities:
        _take_activities(unit, watched(activities, rules.watched), now, done)
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
) -> None:
    """Follow merges; what waited for a record that is linked by that is taken in."""
    followed = follow(unit, merges, now)
    if followed.touched:
        refresh(unit, followed.touched, rules.precedence, now)
    if followed.linked and (waited := take_back(unit, followed.linked)):
        _take_activities(unit, waited, now, done)


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

    def __init__(
        self, unit: Unit, rules: Rules, now: datetime, done: Ingested, *, baseline: bool
    ) -> None:
        self._unit, self._rules = unit, rules
        self._now, self._done, self._baseline = now, done, baseline
        self._founded: set[LeadKey] = set()  # on this page
        self._awaited: list[ActivityReading] = []  # that waited for a lead of this page
        self._linked: set[Ref] = set()  # on this page
        self._refused: dict[str, list[LeadKey]] = {}  # by record: what somebody has undone
        self._evidence: dict[Ref, Mapping[str, str]] = {}

    def take(self, people: list[PersonReading]) -> None:
        stored = self._unit.records.current([p.ref for p in people])
        people = [p for each in people if (p := completed(each, stored.get(each.ref)))]
        newer = [p for p in people if _is_news(p, stored.get(p.ref))]
        newer = stand_again(self._unit, newer, stored, self._rules.crm, self._now)
        news = [p for p in newer if not _only_stamped(p, stored.get(p.ref))]
        stamped = [p for p in newer if _only_stamped(p, stored.get(p.ref))]
        self._unit.records.put([_stored(p) for p in stamped], [p.raw for p in stamped], self._now)
        if not news:
            return
        owners = self._identify(news)
        known = [p for p in news if p.ref in owners]
        records = [_stored(p) for p in known]
        self._unit.records.put(records, [p.raw for p in known], self._now)
        facts: dict[LeadKey, list[Fact]] = {}
        for person in known:
            old = self._baseline and self._rules.is_old(person.created_at)
            made = facts_of(
                person, stored.get(person.ref), self._rules.watched, self._rules.tracked,
                self._now, baseline=old, crm=self._rules.crm,
            )  # fmt: skip
            made += filled(
                person, stored.get(person.ref), self._rules.owed, self._now, baseline=old
            )
            facts.setdefault(owners[person.ref], []).extend(made)
        changed = self._unit.facts.add(facts)
        self._put_leads(records, owners, changed)
        self._forgive(known)
        # linked before it was read: a record that slasync made, or that another one named
        earlier = {p.ref for p in known if p.ref not in stored} - self._linked
        if earlier:
            self._awaited += take_back(self._unit, earlier)
        if self._awaited:
            if merges := merges_in(self._awaited):
                _follow(self._unit, merges, self._rules, self._now, self._done)
            _take_activities(self._unit, self._awaited, self._now, self._done)
        self._done.leads += len(known)
        self._done.facts += sum(map(len, facts.values()))

    def _forgive(self, known: Sequence[PersonReading]) -> None:
        """Whose record it is has become clear: nobody has to look any more."""
        streams: dict[str, list[str]] = {}
        for person in known:
            streams.setdefault(_stream(person.ref), []).append(person.ref.id)
        for stream, ids in streams.items():
            self._unit.quarantine.clear(stream, ids)

    def _identify(self, people: list[PersonReading]) -> dict[Ref, LeadKey]:
        """Return whose each record is. Ambiguous ones are set aside."""
        unit = self._unit
        self._refused = unit.link_notes.refused(
            [str(ref) for p in people for ref in (p.ref, *p.links)]
        )
        named = [ref for p in people for ref in p.links]
        links = dict(unit.links.of([*(p.ref for p in people), *named]))
        # of a record that was gone before it was first read, nothing is left to be known
        people = [p for p in people if p.merged_into is None or p.ref in links]
        strangers = [p for p in people if p.ref not in links]
        emails = {e for p in strangers if (e := normalised(p.email))}
        by_email = {e: list(keys) for e, keys in unit.leads.by_email(sorted(emails)).items()}
        carried = [LeadKey(p.lead_key) for p in strangers if p.lead_key]
        roots = unit.joins.roots(carried)
        keys = {key: roots.get(key, key) for key in unit.leads.existing(carried)}
        candidates = {k for found in by_email.values() for k in found}
        refs_of = {k: list(refs) for k, refs in unit.links.of_leads(sorted(candidates)).items()}
        owners: dict[Ref, LeadKey] = {}
        added: list[tuple[Ref, LeadKey, str]] = []
        for person in people:
            lead = links.get(person.ref)
            if lead is None:
                lead = self._who(person, links, keys, by_email, refs_of, added)
            if lead is None or self._contradicted(person, lead, links):
                continue
            owners[person.ref] = lead
            for ref in _named_by(person):
                if ref not in links and not self._undone(ref, lead):
                    links[ref] = lead
                    added.append((ref, lead, "id"))
                    self._evidence[ref] = {"named_by": str(person.ref)}
        if added:
            unit.links.add(added, self._now, self._evidence)
            self._awaited = take_back(unit, {ref for ref, _, _ in added})
            self._linked = {ref for ref, _, _ in added}
        return owners

    def _who(  # noqa: PLR0913, PLR0917
        self,
        person: PersonReading,
        links: dict[Ref, LeadKey],
        keys: Mapping[LeadKey, LeadKey],
        by_email: dict[str, list[LeadKey]],
        refs_of: dict[LeadKey, list[Ref]],
        added: list[tuple[Ref, LeadKey, str]],
    ) -> LeadKey | None:
        """Find or found the lead of a record not seen before; note it for the rest of the page."""
        email = normalised(person.email)
        naming = {links[ref]: ref for ref in reversed(person.links) if ref in links}
        named = list(naming)
        if person.lead_key and person.lead_key in keys:
            named.append(keys[LeadKey(person.lead_key)])
        refused = self._refused.get(str(person.ref), ())
        alike = by_email.get(email, []) if email else []
        found = match(person.ref, named, alike, refs_of, refused)
        if isinstance(found, Ambiguous):
            self._reject(person, found.why)
            return None
        lead = found.lead if isinstance(found, Same) else lead_key(person.ref)
        if not isinstance(found, Same):
            self._founded.add(lead)
        links[person.ref] = lead
        how = found.how if isinstance(found, Same) else "first"
        if how == "id":
            by = naming.get(lead)
            how = "id" if by else "key"
            self._evidence[person.ref] = {"names": str(by or lead)}
        added.append((person.ref, lead, how))
        refs_of.setdefault(lead, []).append(person.ref)
        if email and lead not in by_email.setdefault(email, []):
            by_email[email].append(lead)
        return lead

    def _contradicted(
        self, person: PersonReading, lead: LeadKey, links: Mapping[Ref, LeadKey]
    ) -> bool:
        """Tell whether a link of the record names another lead than its own."""
        named = {links[ref] for ref in person.links if ref in links and not self._undone(ref, lead)}
        others = sorted(named - {lead})
        if others:
            self._reject(person, f"it is {lead}, but its links name {', '.join(others)}")
        return bool(others)

    def _undone(self, ref: Ref, lead: LeadKey) -> bool:
        """Tell whether somebody has said that a record which another one names is not this lead."""
        return lead in self._refused.get(str(ref), ())

    def _reject(self, person: PersonReading, why: str) -> None:
        reason = (
            f"{why}. Merge the duplicates in the CRM or correct the link, then retry; or say whose"
            f" it is: slasync links make {person.ref} LEAD."
        )
        stream = _stream(person.ref)  # not the one that brought it: webhooks bring some as well
        self._done.rejected.append(Rejected(stream, person.ref.id, reason, person.raw))

    def _put_leads(
        self, news: list[StoredRecord], owners: Mapping[Ref, LeadKey], changed: set[LeadKey]
    ) -> None:
        """Merge anew the fields of all leads on the page; those with new facts become dirty."""
        records: dict[LeadKey, list[StoredRecord]] = {}
        for record in news:
            records.setdefault(owners[record.ref], []).append(record)
        # of a lead founded on this page no other record can be there yet
        records |= self._unit.records.of_leads(sorted(records.keys() - self._founded))
        put_leads(self._unit, records, self._rules.precedence, changed, self._now)
        if self._rules.kept:
            self._unit.kept_fields.due(list(records), self._now)


def _stream(ref: Ref) -> str:
    return f"{ref.system}.{ref.kind}s"


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


def _named_by(person: PersonReading) -> list[Ref]:
    """Records that this one names: links, and the contact and opportunity it was converted to."""
    made = person.converted or {}
    kinds = [kind for kind in ("contact", "opportunity") if made.get(kind)]
    return [*person.links, *(Ref(person.ref.system, kind, str(made[kind])) for kind in kinds)]


def _take_activities(
    unit: Unit, activities: Sequence[ActivityReading], now: datetime, done: Ingested
) -> None:
    leads = unit.links.of([a.about for a in activities])
    tasks = [a for a in activities if a.kind is FactKind.REMADE]
    strays = news_of_tasks(unit, tasks, leads, now) if tasks else []
    activities = [*(a for a in activities if a.kind is not FactKind.REMADE), *strays]
    ours = {key for key, user in unit.users.all().items() if user.kind == UserKind.AUTOMATION}
    set_aside(unit, [a for a in activities if a.about not in leads], now)
    facts: dict[LeadKey, list[Fact]] = {}
    for activity in activities:
        lead = leads.get(activity.about)
        if lead is None:
            continue
        data = dict(activity.data)
        if activity.kind == FactKind.OWNER and activity.by in ours:
            data["ours"] = True
        facts.setdefault(lead, []).append(
            Fact(
                kind=activity.kind,
                occurred_at=activity.occurred_at,
                seen_at=now,
                source=activity.ref.system,
                source_id=_source_id(activity, ours),
                by=activity.by,
                data=data,
                about=str(activity.about),
            )
        )
    owners = unit.leads.owners(list(facts))
    later = {_source_id(a, ours) for a in activities if a.modified_at - a.occurred_at > AT_ONCE}
    news = {
        lead: [
            fact
            for fact in found
            if not _is_echo(fact, ours, owners[lead]) or fact.source_id in later
        ]
        for lead, found in facts.items()
    }
    unit.leads.mark_dirty(sorted(unit.facts.add(news)), now)
    if strays:
        refer_anew(unit, strays, leads)
    done.facts += sum(map(len, news.values()))


def _source_id(activity: ActivityReading, ours: Collection[UserKey]) -> str:
    """Name what an activity tells. A task that an automation closed, a person may close again; it
    comes first, for then a later change by a person does not make him the one who closed it.
    """
    ended = "task_key" in activity.data and activity.kind is FactKind.TOUCH
    return f"{'automation:' if ended and activity.by in ours else ''}{activity.kind}:{activity.ref}"


def _is_echo(fact: Fact, ours: Collection[UserKey], owner: UserKey | None) -> bool:
    """Tell whether this is our own write coming back: it was a fact when it was settled."""
    if fact.by not in ours:
        return False
    owner_known = fact.kind == FactKind.OWNER and fact.data["owner"] == owner
    return owner_known or fact.kind == FactKind.TASK_ENDED
