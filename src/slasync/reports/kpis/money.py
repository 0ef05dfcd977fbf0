"""What came of it: orders won, orders to be expected, return on what was spent, accounts."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from slasync.domain.agreement import Stage
from slasync.domain.figures.handed import PHASES
from slasync.domain.figures.kpis import (
    Cell,
    Contents,
    Figure,
    Measure,
    Table,
    in_days,
    median,
    product,
    share,
)
from slasync.domain.figures.orders import By
from slasync.domain.figures.sums import Money
from slasync.reports.kpis.building import MOST_ROWS, Book, number, part, series, value
from slasync.reports.kpis.costs import Cost, spent_in
from slasync.reports.kpis.marketing import rates_of_year, standing_of_year

MOST_ACCOUNTS = 25


def orders(book: Book) -> Contents:
    """Yield what was won, and what may be."""
    sums, expected = book.sums, book.found.expected.all
    figures: list[Figure] = [
        part("win_rate", sums.won, sums.won + sums.lost, aim=book.aim("win_rate")),
        number("won", sums.won),
        value("won_value", Measure.MONEY, sums.won_value, sums.won),
        value("deal_cycle_median", Measure.DAYS, in_days(median(sums.deal_cycles)),
              len(sums.deal_cycles)),
        value("won_cycle_median", Measure.DAYS, in_days(median(sums.won_cycles)),
              len(sums.won_cycles)),
        value("expected_of_opportunities", Measure.MONEY, expected.value,
              expected.open - expected.untold),
        value("order_probability", Measure.SHARE, expected.probability, expected.weighed),
        value("expected_of_phases", Measure.MONEY, _of_phases(book)),
    ]  # fmt: skip
    return Contents(
        tuple(figures),
        (
            series("won_value", Measure.MONEY, book, lambda s: s.won_value),
            series("win_rate", Measure.SHARE, book, lambda s: share(s.won, s.won + s.lost)),
        ),
        tuple(_open(book)),
    )


def _open(book: Book) -> Iterator[Table]:
    """Show what is open by stage: those of the agreement in its order, then the CRM's own."""
    found, place = book.found.expected.stages, [s.name for s in book.owed.pipeline.stages]
    columns = (
        ("stage", None), ("weighed_by", None), ("opportunities", Measure.COUNT),
        ("amount", Measure.MONEY), ("probability", Measure.SHARE), ("expected", Measure.MONEY),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (name, by.value, each.open, each.amount, each.probability, each.value)
        for (by, name), each in sorted(
            found.items(), key=lambda item: (place.index(item[0][1]) if item[0][0] is By.AGREEMENT
                                             else len(place), item[0][1])
        )
    ]  # fmt: skip
    if rows:
        yield Table("open_by_stage", columns, tuple(rows[:MOST_ROWS]), len(rows))


def _of_phases(book: Book) -> Fraction | None:
    """Add up open leads by what one in their phase became in a year, at what an order is worth."""
    worth, rates = average_order(book), rates_of_year(book)
    if worth is None:
        return None
    total = Fraction(0)
    for place, phase in enumerate(PHASES[:-1]):
        chance, open_ = product(rates[place:]), standing_of_year(book)[phase]
        if open_ and chance is None:
            return None
        total += open_ * (chance or 0) * worth
    return total


def average_order(book: Book) -> Fraction | None:
    """Return what an order was worth in the last twelve months; before the first, the goal's."""
    won = sum(s.won - s.without_amount for s in book.year)
    if won:
        return sum((s.won_value for s in book.year), Fraction(0)) / won
    return book.owed.goal.average_deal if book.owed.goal else None


def campaigns(book: Book, costs: tuple[Cost, ...]) -> Contents:
    """Revenue of the month beside what was spent in it, by source and by campaign."""
    spent = spent_in(costs, book.back.this)
    by_source = _merged(book.sums.sources, spent.by_source)
    by_campaign = _merged(book.sums.campaigns, spent.by_campaign)
    revenue = book.sums.won_value
    figures = [value("revenue", Measure.MONEY, revenue)]
    if costs:
        figures += [
            value("cost", Measure.MONEY, spent.total),
            value("roi", Measure.GROWTH, roi(revenue, spent.total)),
        ]
    tables = [_money_table("by_source", by_source), _money_table("by_campaign", by_campaign)]
    return Contents(tuple(figures), (), tuple(table for table in tables if table.rows))


def roi(revenue: Fraction, cost: Fraction | None) -> Fraction | None:
    """Return (revenue - cost) / cost."""
    return (revenue - cost) / cost if cost else None


Spending = Mapping[str, tuple[Money, Fraction | None]]


def _merged(came: Mapping[str, Money], spent: Mapping[str, Fraction]) -> Spending:
    return {name: (came.get(name, Money()), spent.get(name)) for name in {*came, *spent}}


def _money_table(name: str, by: Spending) -> Table:
    columns = (
        (name.removeprefix("by_"), None), ("handed_over", Measure.COUNT), ("won", Measure.COUNT),
        ("revenue", Measure.MONEY), ("cost", Measure.MONEY), ("roi", Measure.GROWTH),
    )  # fmt: skip
    ordered = sorted(
        by.items(), key=lambda item: (-item[1][0].revenue, -item[1][0].handed, item[0])
    )
    rows: list[tuple[Cell, ...]] = [
        (key, money.handed, money.won, money.revenue, cost, roi(money.revenue, cost))
        for key, (money, cost) in ordered
        if key or money.handed or money.won
    ]
    only_nameless = all(not row[0] for row in rows)
    return Table(name, columns, () if only_nameless else tuple(rows[:MOST_ROWS]), len(rows))


def accounts(book: Book) -> Contents:
    """Which phase the leads of each account are in, and which they reached."""
    every = book.found.accounts.by_size()
    figures = (
        number("accounts", len(every)),
        number("accounts_open", sum(a.open > 0 for a in every)),
    )
    columns = (
        ("account", None), ("leads", Measure.COUNT), ("open", Measure.COUNT),
        ("furthest_now", None), ("reached", None),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (each.name, each.leads, each.open, _now(each.now), each.reached.value)
        for each in every[:MOST_ACCOUNTS]
    ]
    spread = (("phase", None), ("accounts", Measure.COUNT), ("share", Measure.SHARE))
    reached = tuple(
        (phase.value, count, share(count, len(every)))
        for phase in PHASES
        if (count := sum(a.reached is phase for a in every))
    )
    tables = (
        Table("accounts_by_phase", spread, reached),
        Table("accounts", columns, tuple(rows), len(every)),
    )
    return Contents(figures, (), tables if every else ())


def _now(now: Mapping[Stage, int]) -> str:
    """Name the farthest phase that a lead is in now; where none is on the way, how it ended."""
    found = [phase for phase in reversed(PHASES) if now.get(phase)]
    ended = [stage for stage in (Stage.RECYCLED, Stage.DISQUALIFIED) if now.get(stage)]
    return (found or ended or [Stage.MQL])[0].value
