"""What marketing brought: quota, completeness, funnel, growth, and what became of returns."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from slasync.domain.agreement import Stage
from slasync.domain.figures.handed import PHASES, Sequel
from slasync.domain.figures.kpis import (
    Contents,
    Figure,
    Measure,
    Table,
    growth,
    in_days,
    median,
    product,
    share,
)
from slasync.domain.figures.obligations import Aim, Pace, Verdict
from slasync.domain.figures.sums import Sums
from slasync.reports.kpis.building import (
    Book,
    added,
    counted,
    kept,
    number,
    part,
    series,
    value,
)
from slasync.reports.kpis.costs import Cost, visits_in
from slasync.reports.kpis.gathering import COMPLETENESS, ENROLMENT


def scorecard(book: Book, pace: Pace | None) -> Contents:
    """What marketing owes, and how it was kept."""
    owed, sums = book.owed, book.sums
    figures: list[Figure] = []
    if pace and pace.owed:
        enough = pace.owed_by_now
        figures.append(
            Figure(
                name="quota", measure=Measure.SHARE, value=Fraction(pace.count) / enough
                if enough else None, count=None, of=None, aim=Aim(pace.at_least),
            )
        )  # fmt: skip
        figures += [
            number("handed_over", pace.count),
            value("owed_by_now", Measure.NUMBER, enough),
            value("owed_in_all", Measure.NUMBER, pace.owed),
        ]
    if owed.completeness:
        aim = Aim(owed.completeness.at_least)
        figures.append(kept(COMPLETENESS, sums.owed.get(COMPLETENESS, {}), aim))
    if owed.enrolment:
        aim = Aim(owed.enrolment.at_least)
        figures.append(kept(ENROLMENT, sums.owed.get(ENROLMENT, {}), aim))
    return Contents(tuple(figures))


def funnel(book: Book, costs: tuple[Cost, ...]) -> Contents:
    """How far leads came: in the month, and by hand-overs of the last twelve."""
    sums, visits = book.sums, visits_in(costs, book.back.this)
    steps = _steps(book, visits)
    columns = (("phase", None), ("reached_in_month", Measure.COUNT), ("of_before", Measure.SHARE))
    rows = tuple(
        (name, count, share(count, steps[place - 1][1]) if place else None)
        for place, (name, count) in enumerate(steps)
    )
    rates = tuple(_rates(book))
    compound = product([rate.value for rate in rates])
    to_order = [span for of_month in book.year for span in of_month.to_order]
    figures = (
        *rates,
        value("compound_probability", Measure.SHARE, compound),
        value("handover_to_order_median.year", Measure.DAYS, in_days(median(to_order)),
              len(to_order)),
        kept("opportunity_in_7_days", sums.soon),
        part("opportunity_quota", sums.reached[Stage.OPPORTUNITY], sums.handed,
             open_=_open_before(sums, Stage.OPPORTUNITY)),
        *_velocity(book),
    )  # fmt: skip
    return Contents(
        figures,
        (
            series(
                "qualified", Measure.COUNT, book, lambda s: Fraction(s.handed - s.rejected_by_end)
            ),
        ),
        (Table("funnel_in_month", columns, rows), _phases(book)),
    )


def _steps(book: Book, visits: int | None) -> list[tuple[str, int]]:
    sums, left_out = book.sums, book.owed.moves.left_out
    told = [("visitor", visits)] if visits is not None else []
    leads = [] if Stage.LEAD in left_out else [(Stage.LEAD.value, sums.leads)]
    phases = [phase for phase in PHASES if phase not in left_out]
    entered = [(phase.value, sums.entered[phase]) for phase in phases]
    return [*told, ("name", sums.names), *leads, *entered]


def _rates(book: Book) -> Iterator[Figure]:
    """Yield the conversion of each phase into the next, of a year's hand-overs."""
    reached, standing = _year(book)
    for before, after in pairwise(PHASES):
        gone = reached[before] - standing[before]
        going = reached[after]
        yield Figure(
            name=f"{before}_to_{after}.year", measure=Measure.SHARE, value=share(going, gone),
            count=going, of=reached[before], open=standing[before], decided_only=True,
        )  # fmt: skip


def _year(book: Book) -> tuple[dict[Stage, int], dict[Stage, int]]:
    reached, standing = added(s.reached for s in book.year), added(s.standing for s in book.year)
    return {p: reached[p] for p in PHASES}, {p: standing[p] for p in PHASES}


def rates_of_year(book: Book) -> list[Fraction | None]:
    """Return the part of each phase that went on to the next: of a year, of what is decided."""
    return [figure.value for figure in _rates(book)]


def standing_of_year(book: Book) -> dict[Stage, int]:
    """Count the open hand-overs of a year by the phase that they are in."""
    return _year(book)[1]


def _phases(book: Book) -> Table:
    """Show where the year's hand-overs came to, and what one in that phase is likely to become."""
    reached, standing = _year(book)
    rates = rates_of_year(book)
    columns = (
        ("phase", None), ("reached", Measure.COUNT), ("open", Measure.COUNT),
        ("goes_on", Measure.SHARE), ("becomes_customer", Measure.SHARE),
    )  # fmt: skip
    rows = tuple(
        (phase.value, reached[phase], standing[phase] if phase is not Stage.CUSTOMER else None,
         rates[n] if n < len(rates) else None,
         product(rates[n:]) if n < len(rates) else None)
        for n, phase in enumerate(PHASES)
        if phase not in book.owed.moves.left_out
    )  # fmt: skip
    return Table("phases_of_year", columns, rows)


def _open_before(sums: Sums, phase: Stage) -> int:
    return sum(sums.standing[each] for each in PHASES[: PHASES.index(phase)])


def _velocity(book: Book) -> Iterator[Figure]:
    """Yield how the number of qualified leads grew: only of months that are over."""
    now, before = book.sums, book.before
    over = book.over and before is not None
    raw = growth(now.handed, before.handed) if before and over else None
    yield value("lead_velocity", Measure.GROWTH, raw)
    good = growth(_qualified(now), _qualified(before)) if before and over else None
    yield value("lead_velocity_at_quality", Measure.GROWTH, good)


def _qualified(sums: Sums) -> int:
    """Count what sales had not sent away by the end of the month: as old for each month."""
    return sums.handed - sums.rejected_by_end


def returns(book: Book) -> Contents:
    """What went back to marketing, why, and what became of it."""
    sums = book.sums
    sequels: dict[str, int] = {}
    for month in book.year:
        for sequel in Sequel:
            if month.sequels[sequel]:
                sequels[sequel.value] = sequels.get(sequel.value, 0) + month.sequels[sequel]
    again = {Sequel.HANDED_OVER_AGAIN, Sequel.OPPORTUNITY, Sequel.CUSTOMER, Sequel.CONVERTED}
    back = sum(sequels.get(sequel.value, 0) for sequel in again)
    figures = (
        part("recycled", sums.recycled, sums.ended),
        part("recycled_with_reason", sums.recycled - sums.recycled_reasons[""], sums.recycled),
        part("came_back.year", back, sum(sequels.values())),
    )
    tables = (*counted("recycled_reasons", sums.recycled_reasons), *counted("sequels", sequels))
    return Contents(figures, (), tables)


def data(book: Book, marks: Mapping[str, datetime]) -> Contents:
    """How complete and how fresh the data is that all of this rests on."""
    found = book.found
    columns = (
        ("source", None), ("complete", Measure.SHARE), ("known", Measure.COUNT),
        ("unknown", Measure.COUNT),
    )  # fmt: skip
    rows = [
        (source, share(counts[Verdict.KEPT], known), known, counts[Verdict.UNKNOWN])
        for source, counts in sorted(found.complete_by_source.items())
        if (known := counts[Verdict.KEPT] + counts[Verdict.BROKEN]) or counts[Verdict.UNKNOWN]
    ]
    stale = sum(age > timedelta(days=30) for age in found.silent)
    figures = (
        kept(COMPLETENESS, book.sums.owed.get(COMPLETENESS, {}), Aim()),
        value("silent_median", Measure.DAYS, in_days(median(found.silent)), len(found.silent)),
        part("silent_30_days", stale, len(found.silent)),
    )
    lacks = {kind.value: count for kind, count in found.lacks.items()}
    read = (("stream", None), ("read_to", None))
    tables = (
        *counted("missing_fields", found.incomplete),
        *((Table("complete_by_source", columns, tuple(rows[:15]), len(rows)),) if rows else ()),
        *counted("lacks", lacks),
        Table("freshness", read, tuple(sorted(marks.items()))),
    )
    return Contents(figures, (), tables)
