"""The funnel: how many leads are at which stage, and how many were handed over week by week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from slasync.domain.agreement import Stage
from slasync.domain.figures.kpis import Chapter
from slasync.domain.lifecycle import WAY
from slasync.reports.kpis import MQL_TO_SAL, Figures
from slasync.reports.pack import Pack, Speech
from slasync.store.unit import reading
from slasync.web.dashboard.charts import Day
from slasync.web.dashboard.local_days import last_days
from slasync.web.dashboard.survey import surveyed
from slasync.web.dashboard.visit import Visit

WEEKS = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One stage: leads there now, and those there or further on."""

    stage: str
    now: int
    reached: int
    before: int  # that reached the stage before it


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure in words. `alarm`: empty where none rings."""

    name: str
    value: str
    counted: str
    alarm: str
    how: str


def show(visit: Visit) -> Response:
    """Show the funnel."""
    with reading(visit.front.engine) as unit:
        counts: dict[str, int] = {}
        for (stage, _), count in unit.board.stages().items():
            counts[stage] = counts.get(stage, 0) + count
        days = last_days(visit.now, visit.front.zone, 7 * WEEKS)
        weeks: list[tuple[datetime, int]] = [
            (days[n][0], unit.board.handed_over(days[n][0], days[n + 6][1]))
            for n in range(0, 7 * WEEKS, 7)
        ]
    found, lifecycle = surveyed(visit.front, visit.now), visit.front.settings.agreement.lifecycle
    month = found.month if found else None
    return visit.page(
        "funnel.html",
        month=measured(pack_of(visit, month)) if month else [],
        survey=found,
        steps=steps(counts, lifecycle.way),
        sideways=[(stage.value, counts.get(stage.value, 0)) for stage in lifecycle.aside],
        weeks=weeks,
        drawn=[Day(visit.speech.short_day(at), n, 0) for at, n in weeks],
        velocity=velocity([n for _, n in weeks]),
        all=sum(counts.values()),
    )


def measured(pack: Pack) -> list[Measured]:
    """Return the month's figures of the funnel; what sales accepted comes first."""
    speech, month = pack.speech, pack.figures
    return [
        Measured(
            speech.title(each.name), speech.value(each.value, each.measure), pack.counted(each),
            pack.alarm(each), speech.how(each.name),
        )
        for each in (month.figure(MQL_TO_SAL), *month.chapters[Chapter.FUNNEL].figures)
    ]  # fmt: skip


def pack_of(visit: Visit, month: Figures) -> Pack:
    """Return a month to be told in the visitor's language."""
    language = visit.speech.language.value
    names = visit.front.settings.agreement.lifecycle.names.get(language, {})
    return Pack(month, Speech(language, visit.front.zone, month.currency, names))


def steps(counts: dict[str, int], way: Sequence[Stage] = WAY) -> list[Step]:
    """Count for each stage those that are there or further on: they have come that far."""
    found, before = [], sum(counts.get(stage.value, 0) for stage in way)
    for place, stage in enumerate(way):
        reached = sum(counts.get(further.value, 0) for further in way[place:])
        found.append(Step(stage.value, counts.get(stage.value, 0), reached, before))
        before = reached
    return found


def velocity(weeks: list[int]) -> float | None:
    """Return how the last four weeks' hand-overs grew on the four before; None: there were none."""
    half = len(weeks) // 2
    before, last = sum(weeks[:half]), sum(weeks[half:])
    return (last - before) / before if before else None
