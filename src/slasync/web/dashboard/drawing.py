"""Pages drawn from templates: everything that is shown is escaped, unless it was made here."""

from datetime import date, timedelta
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from slasync.web.dashboard import charts, tables
from slasync.web.dashboard.menu import menu_of
from slasync.web.dashboard.promises import Told

if TYPE_CHECKING:
    from slasync.web.dashboard.visit import Visit

HERE = Path(__file__).parent
STATIC = {
    "dashboard.css": "text/css; charset=utf-8",
    "dashboard.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
SAID = "said."


@lru_cache(maxsize=1)
def templates() -> Environment:
    """Return the templates, read once."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"charts": charts, "tables": tables}
    return found


@lru_cache(maxsize=len(STATIC))
def static(name: str) -> bytes:
    """Return a file that pages name."""
    return (HERE / "static" / name).read_bytes()


@lru_cache(maxsize=len(STATIC))
def address(name: str) -> str:
    """Return where a file is found; another content has another address."""
    return f"/static/{name}?v={sha256(static(name)).hexdigest()[:10]}"


def drawn(visit: "Visit", template: str, told: dict[str, object]) -> str:
    """Draw a page for a visitor."""
    speech = visit.speech
    given = {
        "visit": visit,
        "t": speech.say,
        "known": speech.known,
        "speech": speech,
        "when": speech.when,
        "full": speech.full,
        "apart": speech.apart,
        "number": speech.number,
        "retold": visit.tongue.retold,
        "static": address,
        "menu": menu_of(visit),
        "said": _said(visit),
        "word": partial(_word, visit),
        "told_words": partial(_told_words, visit),
    }
    return templates().get_template(template).render(**given | told)


def _said(visit: "Visit") -> str:
    """What was done just now, by a key that is among the words; whatever else is left out."""
    key, count = visit.query.get("said", ""), visit.query.get("n", "")
    words = visit.speech.known(f"{SAID}{key}", "")
    if not words:
        return ""
    n = int(count) if count.isdecimal() and len(count) < 10 else 0  # noqa: PLR2004 - digits
    return visit.speech.say(f"{SAID}{key}", n=n)


def _word(visit: "Visit", family: str, name: str) -> str:
    """The word for a name of the configuration or of slasync's; the name itself where none is."""
    agreed = visit.front.settings.agreement.lifecycle.called(name, visit.speech.language)
    own = agreed if family == "stage" else None
    return own or visit.speech.known(f"{family}.{name}", name.replace("_", " "))


def _told_words(visit: "Visit", told: Told) -> str:
    """One sentence on how it stands with a promise."""
    said = {name: _plain(visit, name, value) for name, value in told.values.items()}
    return visit.speech.say(told.key, **said)


def _plain(visit: "Visit", name: str, value: object) -> object:
    if name == "system":
        return _word(visit, name, str(value))
    if isinstance(value, timedelta):
        return visit.speech.span(value)
    return value.isoformat() if isinstance(value, date) else value
