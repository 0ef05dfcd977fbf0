"""What sales did: answers, attempts, acceptance, breaches, and the scorecard of both sides."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from slasync.domain.figures.custody import Holder
from slasync.domain.figures.handed import DIMENSIONS
from slasync.domain.figures.kpis import (
    Contents,
    Figure,
    Measure,
    Table,
    mean,
    median,
    minutes,
    percentile,
    share,
)
from slasync.domain.figures.obligations import Aim, Verdict
from slasync.domain.figures.sums import MANY, Sums
from slasync.reports.kpis.building import (
    MOST_ROWS,
    P90,
    Book,
    counted,
    kept,
    number,
    part,
    series,
    value,
    working,
)

TOUCHED_IN_TIME, MQL_TO_SAL = "touched_in_time", "mql_to_sal"


def response(book: Book, clock: str | None) -> Contents:
    """How soon leads met a person. `clock`: that of the first touch."""
    sums = book.sums
    touch = {
        Verdict.KEPT: sums.touch[Verdict.BROKEN],
        Verdict.BROKEN: sums.touch[Verdict.KEPT],
        Verdict.RUNNING: sums.touch[Verdict.RUNNING],
        Verdict.UNKNOWN: sums.touch[Verdict.UNKNOWN],
    }
    figures = [number("handed_over", sums.handed), kept("never_touched", touch)]
    if clock:
        figures.append(_in_time(book, sums, clock))
    figures += [
        working("first_touch_median", median(sums.waited), len(sums.waited)),
        working("first_touch_p90", percentile(sums.waited, P90), len(sums.waited)),
        _breaches(sums),
    ]
    return Contents(
        tuple(figures),
        (
            series("handed_over", Measure.COUNT, book, lambda s: Fraction(s.handed)),
            series(TOUCHED_IN_TIME, Measure.SHARE, book, lambda s: _share_in_time(s, clock)),
            series(
                "first_touch_median", Measure.WORKING, book, lambda s: minutes(median(s.waited))
            ),
        ),
        tuple(_breach_tables(book)),
    )


def _in_time(book: Book, sums: Sums, clock: str) -> Figure:
    limits = {limit.clock: limit.at_least for limit in book.owed.sales}
    return kept(TOUCHED_IN_TIME, sums.owed.get(clock, {}), Aim(limits.get(clock)))


def _share_in_time(sums: Sums, clock: str | None) -> Fraction | None:
    counts: Counter[Verdict] = sums.owed.get(clock or "", Counter())
    return share(counts[Verdict.KEPT], counts[Verdict.KEPT] + counts[Verdict.BROKEN])


def _breaches(sums: Sums) -> Figure:
    fired, corrected = sums.fired.total(), sums.corrected.total()
    return Figure(
        name="breaches", measure=Measure.COUNT, value=Fraction(fired - corrected),
        count=fired - corrected, original=Fraction(fired),
    )  # fmt: skip


def _breach_tables(book: Book) -> Iterator[Table]:
    sums = book.sums
    if not sums.fired:
        return
    rungs = sorted(sums.fired, key=lambda rung: (-sums.fired[rung], rung))
    columns = (
        ("clock", None), ("rung", None), ("breaches", Measure.COUNT),
        ("withdrawn", Measure.COUNT), ("original", Measure.COUNT),
    )  # fmt: skip
    rows = tuple(
        (*rung, sums.fired[rung] - sums.corrected[rung], sums.corrected[rung], sums.fired[rung])
        for rung in rungs[:MOST_ROWS]
    )
    yield Table("breaches_by_rung", columns, rows, len(rungs))
    for name in DIMENSIONS:
        words = book.name if name == "owner" else str
        yield from counted(f"breaches_by_{name}", sums.broken[name], words)
    yield _by_holder(sums)


def _by_holder(sums: Sums) -> Table:
    """Show who had held the clocks that were broken, and how much of their time was whose."""
    columns = (("holder", None), ("breaches", Measure.COUNT), ("held", Measure.WORKING))
    held = tuple(
        (holder.value, sums.booked[holder], minutes(sums.held.get(holder)) or Fraction(0))
        for holder in Holder
    )
    return Table("breaches_by_holder", columns, held)


def attempts(book: Book) -> Contents:
    """How often, and how far apart, people tried; how often they spoke with a lead."""
    sums = book.sums
    tried = sum(count * number_ for number_, count in sums.attempts.items())
    figures = (
        value("attempts", Measure.NUMBER, mean(tried, sums.handed), sums.handed),
        working("attempts_apart", median(sums.gaps), len(sums.gaps)),
        part("spoken_with", sums.spoken, sums.handed),
        number("conversations", sums.conversations),
    )
    columns = (
        ("attempts", None),
        ("handed_over", Measure.COUNT),
        ("share", Measure.SHARE),
    )
    rows = tuple(
        (f"{n}+" if n == MANY else str(n), sums.attempts[n], share(sums.attempts[n], sums.handed))
        for n in range(MANY + 1)
    )
    tables = (Table("attempts_spread", columns, rows),) if sums.handed else ()
    return Contents(figures, (), tables)


def acceptance(book: Book) -> Contents:
    """What sales thought of the leads."""
    sums = book.sums
    figures = (
        mql_to_sal(sums, book.aim(MQL_TO_SAL)),
        part("rejected", sums.rejected, sums.handed, open_=sums.accepted[Verdict.RUNNING]),
        part("rejected_with_reason", sums.rejected_with_reason, sums.rejected),
    )
    followed = series(MQL_TO_SAL, Measure.SHARE, book, _accepted)
    tables = counted("rejection_reasons", sums.reasons)
    return Contents(figures, (followed,), tuple(tables))


def mql_to_sal(sums: Sums, aim: Aim) -> Figure:
    """MQLs that sales accepted / MQLs handed over: those not decided yet count as not accepted."""
    open_ = sums.accepted[Verdict.RUNNING]
    accepted = sums.accepted[Verdict.KEPT]
    return part(MQL_TO_SAL, accepted, sums.handed, open_=open_, aim=aim)


def _accepted(sums: Sums) -> Fraction | None:
    return share(sums.accepted[Verdict.KEPT], sums.handed)


def scorecard(book: Book) -> Contents:
    """What sales owes, and how it was kept: the same figures as `slasync obligations`."""
    sums = book.sums
    limits = (
        kept(f"owed.{limit.clock}", sums.owed.get(limit.clock, {}), Aim(limit.at_least))
        for limit in book.owed.sales
    )
    reasons = part("rejected_with_reason", sums.rejected_with_reason, sums.rejected)
    return Contents((*limits, mql_to_sal(sums, book.aim(MQL_TO_SAL)), reasons))
