"""Charts as SVG, drawn here: bars for what is counted, a line for shares and times.

Every point says its value to whoever points at it or has it read out; colours carry no meaning
of their own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape

from slasync.domain.figures.kpis import Measure, Series, Table
from slasync.reports.pack.numbers import Speech

WIDTH, HEIGHT = 460, 170
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 26, 24
BAR = 0.62  # of the room that a month has
BARS = frozenset({Measure.COUNT, Measure.MONEY})
ROW, LABEL = 26, 150  # of the funnel: a row's height, the room for its word
LABELLED = 7  # at most so many months on the axis


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where a value stands in the drawing."""

    count: int
    top: Fraction

    def x(self, place: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (place + 0.5) / max(self.count, 1)

    def y(self, value: Fraction) -> float:
        room = HEIGHT - TOP - BOTTOM
        return HEIGHT - BOTTOM - room * float(value / self.top if self.top else 0)


def chart(series: Series, speech: Speech, target: Fraction | None = None) -> str:
    """Draw a series; nothing where it has no values."""
    known = [value for value in series.values if value is not None]
    if not any(known):
        return ""
    title = speech.say("trend", title=speech.words[series.name])
    top = max([*known, *([target] if target is not None else [])])
    plot = _Plot(len(series.values), Fraction(1) if series.measure is Measure.SHARE else top)
    shown = _bars if series.measure in BARS else _line
    parts = [
        *_axis(plot, series, speech),
        *(_target(plot, target, series.measure, speech) if target is not None else ()),
        *shown(plot, series, speech),
    ]
    return _svg(WIDTH, HEIGHT, title, parts)


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}"'
        f' xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )


def _axis(plot: _Plot, series: Series, speech: Speech) -> Iterator[str]:
    base = HEIGHT - BOTTOM
    yield f'<line class="axis" x1="{LEFT}" y1="{base}" x2="{WIDTH - RIGHT}" y2="{base}"/>'
    each = -(-plot.count // LABELLED)
    for place, month in enumerate(series.months):
        if (plot.count - 1 - place) % each == 0:
            label = escape(speech.short_month(month))
            yield f'<text class="tick" x="{plot.x(place):.1f}" y="{HEIGHT - 7}">{label}</text>'


def _target(plot: _Plot, target: Fraction, measure: Measure, speech: Speech) -> Iterator[str]:
    y = plot.y(min(target, plot.top))
    yield f'<line class="target" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
    label = escape(f"{speech.words['target']} {speech.value(target, measure)}")
    yield f'<text class="note" x="{LEFT}" y="{y - 4:.1f}">{label}</text>'


def _told(series: Series, speech: Speech) -> Iterator[tuple[int, Fraction, str]]:
    for place, value in enumerate(series.values):
        if value is not None:
            month = speech.short_month(series.months[place])
            yield place, value, escape(f"{month}: {speech.value(value, series.measure)}")


def _bars(plot: _Plot, series: Series, speech: Speech) -> Iterator[str]:
    wide = (WIDTH - LEFT - RIGHT) / plot.count * BAR
    for place, value, told in _told(series, speech):
        y, last = plot.y(value), place == plot.count - 1
        kind = "bar now" if last else "bar"
        yield (
            f'<rect class="{kind}" x="{plot.x(place) - wide / 2:.1f}" y="{y:.1f}"'
            f' width="{wide:.1f}" height="{HEIGHT - BOTTOM - y:.1f}" rx="2">'
            f"<title>{told}</title></rect>"
        )
        if last:
            yield _label(plot, value, series.measure, speech)


def _line(plot: _Plot, series: Series, speech: Speech) -> Iterator[str]:
    told = list(_told(series, speech))
    for run in _unbroken([place for place, _, _ in told]):
        values = {place: value for place, value, _ in told}
        points = " ".join(f"{plot.x(p):.1f},{plot.y(values[p]):.1f}" for p in run)
        yield f'<polyline class="line" points="{points}"/>'
    for place, value, words in told:
        last = place == plot.count - 1
        kind, radius = ("dot now", 4) if last else ("dot", 2.5)
        yield (
            f'<circle class="{kind}" cx="{plot.x(place):.1f}" cy="{plot.y(value):.1f}"'
            f' r="{radius}"><title>{words}</title></circle>'
        )
        if last:
            yield _label(plot, value, series.measure, speech)


def _unbroken(places: Sequence[int]) -> Iterator[list[int]]:
    """Yield runs of months without a gap: a line over a gap would tell of what nobody knows."""
    run: list[int] = []
    for place in places:
        if run and place != run[-1] + 1:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _label(plot: _Plot, value: Fraction, measure: Measure, speech: Speech) -> str:
    x, y, told = WIDTH - RIGHT, max(plot.y(value) - 8, 14), escape(speech.value(value, measure))
    return f'<text class="label" x="{x}" y="{y:.1f}">{told}</text>'


def funnel(table: Table, speech: Speech) -> str:
    """Draw a table of phases and their counts as bars, one below the other."""
    counts = [(str(row[0]), row[1] if isinstance(row[1], int) else 0) for row in table.rows]
    most = max((count for _, count in counts), default=0)
    if not most:
        return ""
    parts: list[str] = []
    for place, (phase, count) in enumerate(counts):
        y, wide = 6 + place * ROW, (WIDTH - LABEL - 60) * count / most
        word, told = escape(speech.known(phase)), speech.value(Fraction(count), Measure.COUNT)
        parts += [
            f'<text class="word" x="{LABEL - 10}" y="{y + 15}">{word}</text>',
            f'<rect class="bar" x="{LABEL}" y="{y}" width="{wide + 1:.1f}" height="20" rx="2"/>',
            f'<text class="count" x="{LABEL + wide + 6:.1f}" y="{y + 15}">{told}</text>',
        ]
    title = speech.words[f"table.{table.name}"]
    return _svg(WIDTH, 8 + ROW * len(counts), title, parts)
