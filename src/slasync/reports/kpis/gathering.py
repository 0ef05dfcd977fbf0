"""Every lead of the mirror goes by once; what stays are the sums of the months and of accounts."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from slasync.domain.agreement import Stage
from slasync.domain.draft import Terms
from slasync.domain.facts import OURS, Fact, FactKind
from slasync.domain.figures.accounts import Accounts
from slasync.domain.figures.breaches import breaches
from slasync.domain.figures.custody import Holder, Outage
from slasync.domain.figures.handed import Handed, all_handed, touch_clock
from slasync.domain.figures.measuring import Case, completeness, enrolment, handed_over, in_time
from slasync.domain.figures.names import became_lead, first_known
from slasync.domain.figures.obligations import Finding, Obligations, Verdict
from slasync.domain.figures.orders import Expected, Opportunity, Owned, opportunities_of
from slasync.domain.figures.quality import Kind, lacks_of
from slasync.domain.figures.sums import (
    Sums,
    take_breach,
    take_closed,
    take_end,
    take_findings,
    take_handed,
    take_held,
)
from slasync.domain.lead import LeadKey, UserKey
from slasync.domain.time.calendars import CoverageEnded
from slasync.domain.time.months import Month
from slasync.reports.kpis.lookback import Lookback, Versions
from slasync.store.unit import Unit

AT_ONCE = 500  # leads read together
WORKED = (FactKind.HANDOVER, FactKind.STATUS, FactKind.CONVERTED, FactKind.OPPORTUNITY)
NAMED = (FactKind.ENTERED, FactKind.CHANGED)
COMPLETENESS, ENROLMENT = "completeness", "enrolment"


@dataclass(slots=True)
class Gathered:
    """What all leads came to."""

    sums: dict[Month, Sums]
    handed_over: list[Finding] = field(default_factory=list)  # of the month asked for
    expected: Expected = field(default_factory=Expected)
    accounts: Accounts = field(default_factory=Accounts)
    silent: list[timedelta] = field(default_factory=list)  # open leads: since the last news
    lacks: Counter[Kind] = field(default_factory=Counter)  # of the month asked for
    complete_by_source: dict[str, Counter[Verdict]] = field(default_factory=dict)
    incomplete: Counter[str] = field(default_factory=Counter)  # by field, of the month
    foreign: int = 0  # opportunities in another currency
    opportunities: int = 0
    uncovered: int = 0  # leads of times that the calendar does not know


@dataclass(frozen=True, slots=True)
class Gathering:
    """What leads are measured by; the same for all of them."""

    unit: Unit
    terms: Terms
    owed: Obligations
    back: Lookback
    versions: Versions
    told_to: datetime
    outages: Sequence[Outage]
    roles: dict[UserKey, Holder]

    def all(self) -> Gathered:
        """Let every lead go by."""
        found = Gathered({month: Sums() for month in self.back.months})
        found.accounts.names = {each.key: each.name for each in self.unit.companies.all()}
        owned = self._owned()
        for case in self._cases():
            try:
                _One(self, case, found, owned).take()
            except CoverageEnded:
                if any(self.back.month(c.anchor) == self.back.this for c in case.state.cycles):
                    raise
                found.uncovered += 1
        for facts in self._named():
            self._take_names(found, facts)
        return found

    def handed_over(self) -> Sums:
        """Let only leads go by that were handed over in the month asked for: how those fared."""
        found, begins = Gathered({self.back.this: Sums()}), self.back.starts[-1]
        keys = self.unit.facts.leads_changed(begins, (FactKind.HANDOVER,))
        owned = self._owned()
        for case in self._read(keys):
            _One(self, case, found, owned).take_hand_overs()
        return found.sums[self.back.this]

    def _owned(self) -> Owned:
        """Tell whose each opportunity is before it is counted."""
        owned, facts = Owned(), self.unit.facts
        keys = iter(facts.leads_with((FactKind.OPPORTUNITY,)))
        while chunk := list(islice(keys, AT_ONCE)):
            found = facts.of(chunk)
            for key in chunk:
                owned.hear(key, found[key])
        return owned

    def _cases(self) -> Iterator[Case]:
        return self._read(self.unit.facts.leads_with(WORKED))

    def _read(self, wanted: Sequence[LeadKey]) -> Iterator[Case]:
        keys = iter(wanted)
        while chunk := list(islice(keys, AT_ONCE)):
            leads, facts = self.unit.leads.get(chunk), self.unit.facts.of(chunk)
            for key in chunk:
                if key in leads:
                    yield Case.read(leads[key], facts[key], self.terms, self.told_to)

    def _named(self) -> Iterator[Sequence[Fact]]:
        """Yield what is known of leads about which marketing learned anything in the window."""
        keys = iter(self.unit.facts.leads_changed(self.back.begins, NAMED))
        while chunk := list(islice(keys, AT_ONCE)):
            yield from self.unit.facts.of(chunk).values()

    def _take_names(self, found: Gathered, facts: Sequence[Fact]) -> None:
        agreement = self.terms.agreement
        known, lead = first_known(facts, agreement), became_lead(facts, agreement)
        if known and (month := self.back.month(known)):
            found.sums[month].names += 1
        if lead and (month := self.back.month(lead)):
            found.sums[month].leads += 1


class _One:
    """One lead, while it goes by."""

    def __init__(self, by: Gathering, case: Case, found: Gathered, owned: Owned) -> None:
        self._by, self._case, self._found, self._owned = by, case, found, owned
        self._back, self._sums = by.back, found.sums

    def take(self) -> None:
        by, case = self._by, self._case
        policy = touch_clock(case.terms.agreement)
        limits = {each.clock: each for each in by.owed.sales}
        limit = limits.get(policy.name) if policy else None
        kept = {each.clock: list(in_time(case, each)) for each in by.owed.sales}
        made = tuple(self._own_opportunities())
        handed = all_handed(case, kept[limit.clock] if limit else (), by.versions.at, made)
        for each in handed:
            self._take(each)
        for name, findings in kept.items():
            self._findings(name, findings)
        self._marketing()
        self._breaches(handed)
        self._state(handed)

    def take_hand_overs(self) -> None:
        made = tuple(self._own_opportunities())
        for each in all_handed(self._case, (), self._by.versions.at, made):
            if self._back.month(each.at) == self._back.this:
                self._take(each)

    def _own_opportunities(self) -> Iterator[Opportunity]:
        """Each opportunity counts once, and its amount only in the currency of the goal."""
        currency, found = self._by.owed.currency, self._found
        for each in opportunities_of(self._case.facts):
            if not self._owned.is_of(each, self._case.lead.key):
                continue
            found.opportunities += 1
            foreign = bool(currency and each.currency and each.currency != currency)
            found.foreign += foreign
            yield replace(each, amount=None) if foreign else each

    def _take(self, handed: Handed) -> None:
        back = self._back
        if month := back.month(handed.at):
            take_handed(self._sums[month], handed, month.ends(back.zone), back.known_to)
        if handed.ended and (month := back.month(handed.ended[0])):
            take_end(self._sums[month], handed)
        for phase, at in ((Stage.MQL, handed.at), *handed.reached.items()):
            if month := back.month(at):
                self._sums[month].entered[phase] += 1
        for each in handed.opportunities:
            month = Month(each.closes.year, each.closes.month) if each.closes else None
            if each.closed and month in self._sums:
                take_closed(self._sums[month], each, handed)
        self._found.expected.take(handed.opportunities, self._by.owed.pipeline)

    def _findings(self, name: str, findings: Sequence[Finding]) -> None:
        by_month: dict[Month, list[Finding]] = {}
        for finding in findings:
            if month := self._back.month(finding.since):
                by_month.setdefault(month, []).append(finding)
        for month, some in by_month.items():
            take_findings(self._sums[month], name, some)

    def _marketing(self) -> None:
        case, owed, back = self._case, self._by.owed, self._back
        this = [f for f in handed_over(case) if back.month(f.since) == back.this]
        self._found.handed_over += this
        if owed.completeness:
            found = list(completeness(case, owed.completeness))
            self._findings(COMPLETENESS, found)
            self._completeness([f for f in found if back.month(f.since) == back.this])
        if owed.enrolment:
            self._findings(ENROLMENT, list(enrolment(case, owed.enrolment)))

    def _completeness(self, findings: Sequence[Finding]) -> None:
        counts = self._found.complete_by_source.setdefault(
            self._case.lead.text("source"), Counter()
        )
        for finding in findings:
            counts[finding.verdict] += 1
            if finding.verdict is Verdict.BROKEN:
                self._found.incomplete.update(finding.fields)

    def _breaches(self, handed: Sequence[Handed]) -> None:
        groups = {each.cycle: each.group for each in handed}
        found = sorted(
            breaches(self._case, groups, self._by.outages, self._by.roles), key=lambda b: b.due
        )
        for breach in found:
            if month := self._back.month(breach.due):
                take_breach(self._sums[month], breach)
        last = {breach.run: breach for breach in found if not breach.corrected}
        for breach in last.values():
            if month := self._back.month(breach.due):
                take_held(self._sums[month], breach)

    def _state(self, handed: Sequence[Handed]) -> None:
        """What the lead is now: of its account, its data."""
        case, back = self._case, self._back
        if handed:
            self._found.accounts.take(case.lead, case.state.stage, handed[-1])
        if case.state.open_cycle is not None:
            told = [f.occurred_at for f in case.facts if f.source != OURS]
            if told:
                self._found.silent.append(max(back.known_to - max(told), timedelta(0)))
        for lack in lacks_of(case.state, case.terms.agreement):
            if back.month(lack.at) == back.this:
                self._found.lacks[lack.kind] += 1
