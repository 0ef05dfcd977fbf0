"""Charts as SVG, made here: no script or style inside; colours are classes of the style sheet.

Each is drawn beside a table or a text that says the same, so charts are hidden from screen readers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

HIDDEN = Markup('aria-hidden="true" focusable="false"')


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of a bar; `tone` names its colour."""

    tone: str
    value: float


def stacked(pieces: Sequence[Piece], height: int = 14) -> Markup:
    """Draw one bar of stretches, as wide as its place."""
    whole = sum(piece.value for piece in pieces)
    parts, x = [], 0.0
    for piece in pieces:
        if whole and piece.value:
            width = 1000 * piece.value / whole
            parts.append(
                Markup(
                    '<rect class="fill-{}" x="{:.1f}" y="0" width="{:.1f}" height="{}"/>'
                ).format(piece.tone, x, max(width - 3, 1), height)
            )
            x += width
    return _drawing("bar-chart", 1000, height, parts, stretched=True)


def bar(value: float, most: float, tone: str = "accent", height: int = 8) -> Markup:
    """Draw one bar on its track."""
    width = 1000 * min(value / most, 1.0) if most else 0
    parts = [
        Markup('<rect class="fill-track" x="0" y="0" width="1000" height="{}"/>').format(height)
    ]
    if width:
        parts.append(
            Markup('<rect class="fill-{}" x="0" y="0" width="{:.1f}" height="{}"/>').format(
                tone, max(width, 6), height
            )
        )
    return _drawing("bar-chart", 1000, height, parts, stretched=True)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a chart of columns."""

    label: str
    first: int
    second: int
    off: bool = False  # nobody works


COLUMN, CHART_HEIGHT, FOOT = 44, 150, 22


def columns(days: Sequence[Day], room: int = COLUMN) -> Markup:
    """Draw two columns a day, on a scale that begins at nothing; `room` for each day."""
    top = nice_top(max((max(day.first, day.second) for day in days), default=0))
    width = room * len(days) + 34
    parts: list[Markup] = []
    for step in range(3):
        value = top * step / 2
        y = _y(value, top)
        parts.append(
            Markup('<line class="grid" x1="30" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
                width, y, y
            )
        )
        parts.append(
            Markup('<text class="axis" x="24" y="{:.1f}" text-anchor="end">{:g}</text>').format(
                y + 4, value
            )
        )
    for place, day in enumerate(days):
        parts += _day(day, 34 + room * place + (room - COLUMN) // 2, top)
    return _drawing("columns", width, CHART_HEIGHT + FOOT, parts)


def _day(day: Day, x: int, top: float) -> list[Markup]:
    parts = []
    for offset, value, tone in ((4, day.first, "accent"), (20, day.second, "second")):
        if value:
            y = _y(value, top)
            parts.append(
                Markup(
                    '<rect class="fill-{}" x="{}" y="{:.1f}" width="14" height="{:.1f}" rx="2"/>'
                ).format(tone, x + offset, y, CHART_HEIGHT - y)
            )
    tone = "axis off" if day.off else "axis"
    parts.append(
        Markup('<text class="{}" x="{}" y="{}" text-anchor="middle">{}</text>').format(
            tone, x + 19, CHART_HEIGHT + 16, day.label
        )
    )
    return parts


def _y(value: float, top: float) -> float:
    return CHART_HEIGHT - (CHART_HEIGHT - 10) * value / top


def nice_top(most: float) -> float:
    """Return a round number that is not below `most`, and can be halved."""
    for size in (2, 4, 6, 10, 20, 40, 60, 100, 200, 400, 600):
        if most <= size:
            return size
    size = 1000
    while size < most:
        size *= 2
    return size


def _drawing(
    name: str, width: float, height: float, parts: Sequence[Markup], *, stretched: bool = False
) -> Markup:
    fit = Markup(' preserveAspectRatio="none"')
    if not stretched:
        fit = Markup(' width="{:g}" height="{:g}"').format(width, height)
    return Markup('<svg class="{}" viewBox="0 0 {:g} {:g}"{} {}>{}</svg>').format(
        name, width, height, fit, HIDDEN, Markup("").join(parts)
    )
