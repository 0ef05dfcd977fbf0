"""The survey: what only a look at every lead can tell, made now and then, behind the pages' backs.

A page shows the last one at once and has a new one begun where that is old. One runs at a time,
on a thread of its own that rests between two handfuls of leads: the daemon has work to do.
"""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from statistics import median_low
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from slasync.domain.agreement import Stage
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact
from slasync.domain.field_ages import FIELDS, said_since
from slasync.domain.figures.quality import lacks_of
from slasync.domain.history import fold
from slasync.domain.identity.company import email_domain, is_shared, name_key
from slasync.domain.lead import Lead, LeadKey
from slasync.domain.lifecycle import Lifecycle
from slasync.domain.state import State
from slasync.domain.time.calendars import CoverageEnded
from slasync.domain.time.months import Month
from slasync.domain.wording import name_of
from slasync.errors import SlasyncError
from slasync.reports.kpis import Figures, figures
from slasync.reports.obligations import Unread
from slasync.store.records import StoredRecord
from slasync.store.unit import Unit, reading
from slasync.web.dashboard.front import Front

log = structlog.get_logger()

OLD = timedelta(minutes=15)
AT_ONCE = 200  # leads looked at together
REST = 0.02  # seconds between two handfuls
MOST_ACCOUNTS, MOST_LACKS, MOST_DOUBLES = 5000, 1000, 200
AGES = (timedelta(days=7), timedelta(days=30), timedelta(days=90), timedelta(days=365))
YEAR = AGES[-1]
UNKNOWN = ""
ASIDE = 99  # behind every stage of the way
Order = Mapping[str, int]
"""The place of each stage on the way."""


@dataclass(frozen=True, slots=True)
class LackTold:
    """One thing that is lacking in a lead's data."""

    key: LeadKey
    name: str
    kind: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Filled:
    """How many leads have a value in a field, in all and by source."""

    name: str
    all: int
    by_source: Counter[str]


@dataclass(frozen=True, slots=True)
class Aged:
    """How old the values of a field are at least; by source, how many and how many over a YEAR."""

    name: str
    median: int  # days
    known: Counter[str]
    old: Counter[str]


@dataclass(frozen=True, slots=True)
class AccountTold:
    """The leads of one company: how many are at which stage, and how far any of them came."""

    name: str
    leads: int
    at_work: int
    in_order: tuple[tuple[str, int], ...]
    """The stages, in the order in which leads come to them; those aside at the end."""
    reached: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found."""

    begun: datetime
    ended: datetime
    leads: int
    sources: Counter[str]
    filled: tuple[Filled, ...]
    aged: tuple[Aged, ...]  # of the fields that are filled
    ages: tuple[tuple[str, tuple[int, ...]], ...]  # by system: records not older than AGES, older
    doubles: tuple[tuple[str, int], ...]  # what several leads share, and how many do
    lacks: tuple[LackTold, ...]
    kinds: Counter[str]
    accounts: tuple[AccountTold, ...]
    month: Figures | None = None  # this month's; None: they cannot be told yet


@dataclass(slots=True)
class _Account:
    name: str
    leads: int = 0
    at_work: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    reached: str = ""


@dataclass(slots=True)
class _Ages:
    """How old the values of one field are."""

    days: Counter[int] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    old: Counter[str] = field(default_factory=Counter)

    def take(self, age: timedelta, source: str) -> None:
        self.days[max(age.days, 0)] += 1  # clocks may differ
        self.known[source] += 1
        if age > YEAR:
            self.old[source] += 1

    def told(self, name: str) -> Aged:
        return Aged(name, median_low(self.days.elements()), self.known, self.old)


@dataclass(slots=True)
class _Count:
    """A survey being made."""

    lifecycle: Lifecycle
    begun: datetime
    leads: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    filled: dict[str, Counter[str]] = field(default_factory=dict)
    aged: dict[str, _Ages] = field(default_factory=dict)
    phones: Counter[str] = field(default_factory=Counter)
    lacks: list[LackTold] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    accounts: dict[str, _Account] = field(default_factory=dict)

    def take(
        self, lead: Lead, records: Sequence[StoredRecord], facts: Sequence[Fact], terms: Terms
    ) -> None:
        state = fold(facts, terms.agreement, terms.roster, terms.ruled)
        self.leads += 1
        source = lead.text("source") or UNKNOWN
        self.sources[source] += 1
        for name in FIELDS:
            if lead.text(name).strip():
                self.filled.setdefault(name, Counter())[source] += 1
                if at := _held_since(name, lead, records):
                    self.aged.setdefault(name, _Ages()).take(self.begun - at, source)
        digits = "".join(filter(str.isdigit, lead.text("phone")))
        if len(digits) > 6:  # noqa: PLR2004 - fewer digits are an extension
            self.phones[digits[-9:]] += 1
        for lack in lacks_of(state, terms.agreement):
            self.kinds[lack.kind.value] += 1
            self.lacks.append(
                LackTold(lead.key, name_of(lead), lack.kind.value, lack.at, lack.words)
            )
        if len(self.lacks) > 2 * MOST_LACKS:
            self.lacks = _latest(self.lacks)
        self._account(lead, state)

    def _account(self, lead: Lead, state: State) -> None:
        key, name = company_of(lead)
        if not key:
            return
        account = self.accounts.setdefault(key, _Account(name))
        account.leads += 1
        account.at_work += state.open_cycle is not None
        account.stages[state.stage.value] += 1
        reached, order = reached_by(state, self.lifecycle), self.order
        if order[reached] > order.get(account.reached, -1):
            account.reached = reached

    @property
    def order(self) -> Order:
        return {stage.value: place for place, stage in enumerate(self.lifecycle.way)}


def _held_since(name: str, lead: Lead, records: Sequence[StoredRecord]) -> datetime | None:
    """Return since when at least a lead has its value, by the record that has had it longest."""
    same = (each for each in records if each.fields.get(name) == lead.fields[name])
    return min((said_since(r.since, name, r.modified_at) for r in same), default=None)


def company_of(lead: Lead) -> tuple[str, str]:
    """Return what a lead's company is known by, and its name; empty where nothing tells it."""
    name, domain = lead.text("company").strip(), email_domain(lead.fields)
    if name and (key := name_key(name)):
        return key, name
    return (domain, domain) if domain and not is_shared(domain) else ("", "")


def reached_by(state: State, lifecycle: Lifecycle) -> str:
    """Return the furthest stage that a lead ever came to, as far as its facts tell."""
    reached = [Stage.TARGET, state.stage]
    if state.cycles:
        reached.append(Stage.MQL)
    if any(cycle.accepted for cycle in state.cycles):
        reached.append(Stage.SAL)
    if state.converted:
        reached.append(Stage.OPPORTUNITY if state.opportunity else Stage.SQL)
    way, come = lifecycle.way, {lifecycle.holds(stage) for stage in reached}
    return max((stage for stage in way if stage in come), key=way.index, default=way[0]).value


def survey(front: Front, begun: datetime, rest: threading.Event) -> Survey:
    """Look at every lead, a handful at a time, each in a transaction of its own."""
    count = _Count(front.settings.agreement.lifecycle, begun)
    with reading(front.engine) as unit:
        keys = iter(unit.leads.all_keys())
        terms = front.terms(unit, begun)
        ages = unit.board.ages(begun, AGES)
        doubles = unit.board.doubles(MOST_DOUBLES)
    while some := list(islice(keys, AT_ONCE)):
        with reading(front.engine) as unit:
            _handful(count, unit, some, terms)
        front.seams.clock.wait(REST, rest)
    phones = [(f"…{digits}", n) for digits, n in count.phones.most_common(MOST_DOUBLES) if n > 1]
    month = _month(front, begun)
    return Survey(
        month=month,
        begun=begun,
        ended=front.seams.clock.now(),
        leads=count.leads,
        sources=count.sources,
        filled=tuple(_filled(name, count.filled.get(name, Counter())) for name in FIELDS),
        aged=tuple(count.aged[name].told(name) for name in FIELDS if name in count.aged),
        ages=ages,
        doubles=tuple(sorted([*doubles, *phones], key=lambda each: -each[1])[:MOST_DOUBLES]),
        lacks=tuple(_latest(count.lacks)),
        kinds=count.kinds,
        accounts=_accounts(count),
    )


def _month(front: Front, now: datetime) -> Figures | None:
    """Measure the month so far; None while the mirror is not whole, or a calendar has ended."""
    with reading(front.engine) as unit:
        try:
            month = Month.of(now, front.zone)
            return figures(unit, front.terms(unit, now), front.settings.obligations, month)
        except (Unread, CoverageEnded):
            return None


def _handful(count: _Count, unit: Unit, keys: Sequence[LeadKey], terms: Terms) -> None:
    leads, facts, records = unit.leads.get(keys), unit.facts.of(keys), unit.records.of_leads(keys)
    for key in keys:
        if key in leads:
            count.take(leads[key], records[key], facts[key], terms)


def _filled(name: str, by_source: Counter[str]) -> Filled:
    return Filled(name, by_source.total(), by_source)


def _latest(lacks: list[LackTold]) -> list[LackTold]:
    return sorted(lacks, key=lambda lack: lack.at, reverse=True)[:MOST_LACKS]


def _accounts(count: _Count) -> tuple[AccountTold, ...]:
    order = count.order
    ranked = sorted(
        count.accounts.values(), key=lambda a: (-a.at_work, -order[a.reached], -a.leads)
    )
    return tuple(
        AccountTold(a.name, a.leads, a.at_work, _in_order(a.stages, order), a.reached)
        for a in ranked[:MOST_ACCOUNTS]
    )


def _in_order(stages: Counter[str], order: Order) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(stages.items(), key=lambda each: (order.get(each[0], ASIDE), each[0])))


@dataclass(slots=True)
class Desk:
    """Where the last survey lies, and whether another is being made."""

    last: Survey | None = None
    busy: threading.Lock = field(default_factory=threading.Lock)
    rest: threading.Event = field(default_factory=threading.Event)


_DESKS: "WeakKeyDictionary[Engine, Desk]" = WeakKeyDictionary()


def surveyed(front: Front, now: datetime, old: timedelta = OLD) -> Survey | None:
    """Return the last survey, or None while the first is made; begin another where it is `old`."""
    desk = _DESKS.setdefault(front.engine, Desk())
    last = desk.last
    if (last is None or now - last.begun >= old) and desk.busy.acquire(blocking=False):
        threading.Thread(target=_made, args=(front, desk, now), name="survey", daemon=True).start()
    return last


def _made(front: Front, desk: Desk, begun: datetime) -> None:
    try:
        desk.last = survey(front, begun, desk.rest)
    except (SlasyncError, SQLAlchemyError) as error:
        log.warning("the survey of all leads failed", error=type(error).__name__)
    finally:
        desk.busy.release()
