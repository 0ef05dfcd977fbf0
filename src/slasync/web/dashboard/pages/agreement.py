"""The agreement in force as both sides read it, and the editions before it."""

from functools import lru_cache

from markupsafe import Markup
from starlette.responses import Response

from slasync.reports.agreement import render
from slasync.settings import ConfigurationError
from slasync.settings.paper import paper_of
from slasync.store.editions import Edition
from slasync.store.unit import reading
from slasync.web.dashboard.prose import html
from slasync.web.dashboard.visit import Visit


def show(visit: Visit) -> Response:
    """Show the agreement of the daemon's last start."""
    return _shown(visit, None)


def edition(visit: Visit, edition: str) -> Response:
    """Show an edition that was in force, by its hash."""
    return _shown(visit, edition)


def _shown(visit: Visit, wanted: str | None) -> Response:
    settings = visit.front.settings
    with reading(visit.front.engine) as unit:
        found = unit.editions.of(wanted) if wanted else unit.editions.last()
        changes = unit.editions.changes()
    if wanted and found is None:
        return visit.page("missing.html", 404)
    text, problem = _written(visit, found)
    return visit.page(
        "agreement.html",
        text=text,
        problem=problem,
        changes=list(reversed(changes)),
        shown=found,
        current=not wanted or bool(changes and changes[-1].hash == wanted),
        unsigned=settings.unsigned,
        agreement=settings.agreement,
        review=settings.review,
    )


def _written(visit: Visit, found: Edition | None) -> tuple[Markup, str]:
    """Return the document; where an edition cannot be read any more, why."""
    files = found.files if found else visit.front.settings.files
    hash_ = found.hash if found else visit.front.settings.agreement.hash
    try:
        return _rendered(_Kept(hash_, visit), visit.speech.language.value, tuple(files.items())), ""
    except ConfigurationError as error:
        return Markup(""), str(error.problems[0])


class _Kept:
    """What a document is kept by: an edition's hash, whoever asks."""

    def __init__(self, hash_: str, visit: Visit) -> None:
        self.hash, self.connectors = hash_, visit.front.settings.connectors

    def __hash__(self) -> int:
        return hash(self.hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and other.hash == self.hash


@lru_cache(maxsize=16)
def _rendered(kept: _Kept, language: str, files: tuple[tuple[str, str], ...]) -> Markup:
    return html(render(paper_of(dict(files), kept.connectors), language))
