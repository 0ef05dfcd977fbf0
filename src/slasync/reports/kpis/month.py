"""One month's figures, chapter by chapter."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from slasync.domain.draft import Terms
from slasync.domain.figures.custody import Outage, roles_of
from slasync.domain.figures.handed import touch_clock
from slasync.domain.figures.kpis import Alarm, Chapter, Contents, Figure, Note
from slasync.domain.figures.obligations import Obligations, Pace, pace
from slasync.domain.figures.orders import By
from slasync.domain.time.months import Month
from slasync.reports.kpis import marketing, money, sales
from slasync.reports.kpis.building import Book
from slasync.reports.kpis.costs import Cost
from slasync.reports.kpis.gathering import Gathered, Gathering
from slasync.reports.kpis.lookback import Lookback, Versions
from slasync.reports.obligations import evidence_known_to, known_to
from slasync.store.unit import Unit

OPPORTUNITIES = "opportunities"
OF_ORDERS = frozenset({
    "win_rate", "won", "won_value", "deal_cycle_median", "won_cycle_median",
    "expected_of_opportunities", "order_probability", "expected_of_phases",
    "sql_to_opportunity.year", "opportunity_to_customer.year", "compound_probability",
    "handover_to_order_median.year", "opportunity_in_7_days", "opportunity_quota", "revenue", "roi",
})  # fmt: skip
"""Figures that opportunities tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A month in figures, as of `now`; what happened is known up to `known_to`."""

    month: Month
    zone: ZoneInfo
    now: datetime
    known_to: datetime
    agreement: str
    version: str
    hash: str
    currency: str
    chapters: Mapping[Chapter, Contents]
    notes: tuple[Note, ...]
    read_to: Mapping[str, datetime]  # by stream

    @property
    def over(self) -> bool:
        """Whether the month is over and all of it is known."""
        return self.known_to >= self.month.ends(self.zone)

    @property
    def alarms(self) -> tuple[Figure, ...]:
        """The figures that are below their alarm, each once."""
        ringing = {
            figure.name: figure
            for contents in self.chapters.values()
            for figure in contents.figures
            if figure.alarm is not Alarm.NONE
        }
        return tuple(ringing.values())

    @property
    def pressing(self) -> tuple[Figure, ...]:
        """Those of them that somebody has to look at while the month still runs."""
        return tuple(each for each in self.alarms if each.alarm_so_far is not Alarm.NONE)

    def figure(self, name: str) -> Figure:
        """Return a figure by its name. Raises KeyError."""
        for contents in self.chapters.values():
            for figure in contents.figures:
                if figure.name == name:
                    return figure
        raise KeyError(name)


def figures(  # noqa: PLR0913 - a month is measured by so many things
    unit: Unit,
    terms: Terms,
    owed: Obligations,
    month: Month,
    *,
    costs: Sequence[Cost] = (),
    ongoing: Sequence[Outage] = (),
) -> Figures:
    """Measure a month by the agreement of `terms`, with all that is known by now.

    `ongoing`: outages that have not ended. Raises reports.obligations.Unread where hand-overs have
    never been read to their end, CoverageEnded where a calendar does not know the month.
    """
    zone = ZoneInfo(terms.calendars[terms.agreement.calendar].spec.zone)
    back = Lookback.back_from(month, zone, known_to(unit, terms))
    agreement, outages = terms.agreement, [*unit.outages.all(), *ongoing]
    versions = Versions.of(unit, agreement.version, agreement.hash)
    found = Gathering(
        unit, terms, owed, back, versions, evidence_known_to(unit, terms), outages,
        roles_of(terms.roster),
    ).all()  # fmt: skip
    book = Book(found, back, owed, terms.roster, agreement.effective_from)
    marks = unit.cursors.watermarks()
    chapters = _chapters(book, terms, tuple(costs), marks)
    return Figures(
        month=month,
        zone=zone,
        now=terms.now,
        known_to=back.known_to,
        agreement=agreement.name,
        version=agreement.version,
        hash=agreement.hash,
        currency=owed.currency,
        chapters=chapters if _reads_orders(terms, marks, found) else _without_orders(chapters),
        notes=tuple(_notes(found, back, terms, marks, outages)),
        read_to=dict(sorted(marks.items())),
    )


def _chapters(
    book: Book, terms: Terms, costs: tuple[Cost, ...], marks: Mapping[str, datetime]
) -> dict[Chapter, Contents]:
    policy = touch_clock(terms.agreement)
    return {
        Chapter.SCORECARD_MARKETING: marketing.scorecard(book, _pace(book, terms)),
        Chapter.SCORECARD_SALES: sales.scorecard(book),
        Chapter.RESPONSE: sales.response(book, policy.name if policy else None),
        Chapter.ATTEMPTS: sales.attempts(book),
        Chapter.ACCEPTANCE: sales.acceptance(book),
        Chapter.FUNNEL: marketing.funnel(book, costs),
        Chapter.ORDERS: money.orders(book),
        Chapter.RETURNS: marketing.returns(book),
        Chapter.CAMPAIGNS: money.campaigns(book, costs),
        Chapter.ACCOUNTS: money.accounts(book),
        Chapter.DATA: marketing.data(book, marks),
    }


def _reads_orders(terms: Terms, marks: Mapping[str, datetime], found: Gathered) -> bool:
    return f"{terms.agreement.crm}.{OPPORTUNITIES}" in marks or bool(found.opportunities)


def _without_orders(chapters: Mapping[Chapter, Contents]) -> dict[Chapter, Contents]:
    """Have nothing where nobody reads what was ordered: none that is known is not none."""
    return {
        name: replace(
            contents,
            figures=tuple(map(_told_by_orders, contents.figures)),
            series=tuple(
                replace(each, values=tuple(value or None for value in each.values))
                if each.name in OF_ORDERS
                else each
                for each in contents.series
            ),
        )
        for name, contents in chapters.items()
    }


def _told_by_orders(figure: Figure) -> Figure:
    if figure.name not in OF_ORDERS or figure.value:
        return figure
    return Figure(name=figure.name, measure=figure.measure, value=None, aim=figure.aim)


def _pace(book: Book, terms: Terms) -> Pace | None:
    """Compare with the quota, as `slasync obligations` does."""
    quota, zone = book.owed.quota, book.back.zone
    if quota is None:
        return None
    counting = [
        finding
        for finding in book.found.handed_over
        if quota.begins <= finding.since.astimezone(zone).date() <= quota.ends
    ]
    calendar = terms.calendars[terms.agreement.calendar]
    start = terms.agreement.effective_from
    month, known = book.back.this, book.back.known_to
    return pace(quota, counting, month, calendar, known, watched_from=start)


def _notes(
    found: Gathered,
    back: Lookback,
    terms: Terms,
    marks: Mapping[str, datetime],
    outages: Sequence[Outage],
) -> Iterator[Note]:
    """Yield what a reader has to know before believing a figure."""
    start = terms.agreement.effective_from
    if start is not None and start > back.this.begins(back.zone):
        yield Note(name="began_later", at=start)
    if f"{terms.agreement.crm}.{OPPORTUNITIES}" not in marks:
        yield Note(name="no_opportunities")
    if found.foreign:
        yield Note(name="foreign_currency", values={"count": str(found.foreign)})
    if found.uncovered:
        yield Note(name="uncovered", values={"count": str(found.uncovered)})
    yield from _probabilities(found)
    untold = sum(found.sums[month].without_amount for month in back.months[-1:])
    if untold:
        yield Note(name="won_without_amount", values={"count": str(untold)})
    begins, ends = back.this.begins(back.zone), back.ends
    within = [o for o in outages if o.begins < ends and o.ends > begins]
    if within:
        longest = max(within, key=lambda o: o.ends - o.begins)
        hours = str(ceil((longest.ends - longest.begins) / timedelta(hours=1)))
        streams = ", ".join(sorted({o.stream for o in within}))
        values = {"count": str(len(within)), "streams": streams, "hours": hours}
        yield Note(name="outages", values=values)


def _probabilities(found: Gathered) -> Iterator[Note]:
    """Say by whose probabilities open opportunities are weighed."""
    agreed, own = found.expected.by(By.AGREEMENT), found.expected.by(By.CRM)
    if agreed:
        yield Note(name="weighed_as_agreed", values={"count": str(agreed)})
    if own:
        yield Note(name="weighed_by_crm", values={"count": str(own)})
