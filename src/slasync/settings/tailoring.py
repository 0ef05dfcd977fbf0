"""The shipped files made to fit a company: its calendar and its language."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
from pydantic_core import PydanticCustomError

from slasync.domain.languages import Language
from slasync.settings.holidays_of import Region, refuse_unknown
from slasync.settings.problems import did_you_mean

NAME = "office"
SHIPPED = "berlin"
GERMAN = frozenset({"DE", "AT", "CH", "LI"})
LANGUAGES = {
    "config/teams.yaml": "language: ",
    "connectors/salesforce/connector.yaml": "labels: ",
    "connectors/hubspot/connector.yaml": "  labels: ",  # where it is the CRM; else a comment
}
"""The files that say a language, each with how the line begins."""


@dataclass(frozen=True, slots=True)
class Office:
    """Where a company works: its zone, and the country, or part of it, whose holidays it has."""

    country: str
    zone: str
    region: str | None = None

    @property
    def language(self) -> Language:
        """What most people there read, of the languages there are."""
        return Language.DE if self.country in GERMAN else Language.EN


def office(country: str, zone: str | None = None, region: str | None = None) -> Office:
    """Return an office. Raises ValueError, with what there is, for what does not exist."""
    land = country.upper()
    try:
        refuse_unknown(Region(land))
        refuse_unknown(Region(land, region or None))
    except PydanticCustomError as error:
        options = holidays.list_supported_countries()
        near = "" if land in options else did_you_mean(land, options)
        raise ValueError(f"{error.message()}{near}") from None
    if zone and zone not in _zones():
        raise ValueError(f"there is no zone {zone}{did_you_mean(zone, _zones())}")
    return Office(land, zone or _only_zone(land), region or None)


def zones_of(country: str) -> tuple[str, ...]:
    """Return a country's zones, as the time zone data lists them."""
    return _by_country().get(country.upper(), ())


def _only_zone(country: str) -> str:
    """Return the zone of a country whose clocks all show the same. Raises ValueError otherwise."""
    zones = zones_of(country)
    if not zones:
        raise ValueError(f"{country} has no zone of its own: name one, such as Europe/Berlin")
    if len({_offsets(zone) for zone in zones}) > 1:
        raise ValueError(f"{country} has several zones: name one of {', '.join(zones)}")
    return zones[0]


def _offsets(zone: str) -> tuple[object, ...]:
    """Return what a zone's clocks show in winter and summer, of a year that is like others."""
    days = (datetime(2026, month, 15, tzinfo=UTC) for month in (1, 7))
    return tuple(day.astimezone(ZoneInfo(zone)).utcoffset() for day in days)


@cache
def _by_country() -> dict[str, tuple[str, ...]]:
    text = (files("tzdata.zoneinfo") / "zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    found: dict[str, tuple[str, ...]] = {}
    for country, _, zone, *_ in rows:
        found[country] = (*found.get(country, ()), zone)
    return found


@cache
def _zones() -> frozenset[str]:
    return frozenset((files("tzdata") / "zones").read_text("utf-8").split())


def tailor(folder: Path, place: Office | None, language: Language | None) -> None:
    """Change the copied files in `folder`: an office's calendar beside Berlin's, the language.

    None: as shipped. The shipped tests go on counting in Berlin's calendar, wherever the office is.
    """
    if place is not None:
        _change(folder / "config/calendars.yaml", lambda text: _with_office(text, place))
        for name in ("agreement.yaml", "teams.yaml"):
            _change(folder / "config" / name, _naming_it)
    if language is not None:
        for name, line in LANGUAGES.items():
            if (folder / name).exists():  # no other systems are there than those that are used
                _change(folder / name, partial(_speaking, line=line, language=language))


def _change(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text("utf-8")), "utf-8")


def _speaking(text: str, line: str, language: Language) -> str:
    return re.sub(rf"(?m)^{line}\w+\b", f"{line}{language}", text)


def _naming_it(text: str) -> str:
    return re.sub(rf"(?m)^( *calendar: ){SHIPPED}$", rf"\g<1>{NAME}", text)


def _with_office(text: str, place: Office) -> str:
    """Put the office's calendar first, made of the shipped one, which the tests keep."""
    head, _, shipped = text.partition(f"  {SHIPPED}:\n")
    part = f'      subdivision: "{place.region}"\n' if place.region else ""
    country, named = (
        "      country: DE\n      subdivision: BY\n",
        f"      country: {place.country}\n",
    )
    mine = shipped.replace("Europe/Berlin", place.zone).replace(country, f"{named}{part}")
    if place.country not in GERMAN:
        mine = f"{mine.partition('    overrides:')[0]}    overrides: {{}}    # 2026-12-24: closed\n"
    kept = "\n".join(line for line in shipped.splitlines() if not line.strip().startswith("#"))
    return f"{head}  {NAME}:\n{mine}\n  # config/tests counts in this one.\n  {SHIPPED}:\n{kept}\n"
