"""The pack as one HTML page that needs nothing else: to read, to send on, to print."""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from slasync.domain.figures.kpis import Contents, Figure, Series, Table
from slasync.reports.pack import charts
from slasync.reports.pack.pack import Pack

_DRAWN = "funnel_in_month"
_TILES = ("handed_over", "touched_in_time", "first_touch_median", "mql_to_sal", "won_value",
          "lead_velocity_at_quality")  # fmt: skip


def files(pack: Pack) -> Mapping[str, str]:
    """Return the one file."""
    view = _View(pack)
    return {f"{pack.figures.month}.html": _template().render(pack=pack, view=view, say=pack.speech)}


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("slasync.reports.pack", "."), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("pack.html.jinja")


class _View:
    """What the template asks for besides words."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack

    @property
    def tiles(self) -> list[Figure]:
        """Return the figures that come first, as far as there are any."""
        known = {f.name: f for c in self._pack.figures.chapters.values() for f in c.figures}
        return [known[name] for name in _TILES if name in known]

    def charts(self, contents: Contents) -> list[tuple[str, Markup]]:
        """Return title and drawing of each chart; what is drawn is escaped piece by piece."""
        speech = self._pack.speech
        drawn = [
            (speech.words[each.name], charts.chart(each, speech, self._target(contents, each)))
            for each in contents.series
        ]
        drawn += [
            (speech.words[f"table.{each.name}"], charts.funnel(each, speech))
            for each in contents.tables
            if each.name == _DRAWN
        ]
        return [(title, Markup(each)) for title, each in drawn if each]  # noqa: S704

    def _target(self, contents: Contents, series: Series) -> Fraction | None:
        own = (f for f in contents.figures if f.name == series.name)
        return next((figure.aim.target for figure in own), None)

    def rows(self, table: Table) -> list[list[str]]:
        measures = [measure for _, measure in table.columns]
        return [
            [self._pack.speech.cell(v, m) for v, m in zip(row, measures, strict=True)]
            for row in table.rows
        ]
