"""Public holidays of regions, from the `holidays` package, with its traps taken care of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import holidays

from slasync.settings.known import refused
from slasync.settings.problems import did_you_mean


@dataclass(frozen=True, slots=True)
class Region:
    """A country or a part of it, whose holidays of these categories count."""

    country: str
    subdivision: str | None = None
    categories: tuple[str, ...] = ("public",)
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Holidays by date, and the last date up to which they are known: None when all are."""

    days: Mapping[date, str]
    known_to: date | None


def refuse_unknown(region: Region) -> None:
    """Refuse what the package does not know; it would pass over an unknown language in silence."""
    country = region.country
    countries = holidays.list_supported_countries()
    if country not in countries:
        raise refused(f"no holidays are known for country {country!r}")
    kind = type(holidays.country_holidays(country))
    known = {*kind.subdivisions, *kind.subdivisions_aliases}
    for noun, word, options in (
        ("subdivision", region.subdivision, known),
        ("language", region.language, set(kind.supported_languages)),
        *(("category", word, set(kind.supported_categories)) for word in region.categories),
    ):
        if word is not None and word not in options:
            raise refused(f"{country} has no {noun} {word!r}{did_you_mean(word, options)}")


def found_holidays(
    regions: Sequence[Region],
    add: Mapping[date, str],
    remove: Collection[date],
    dates: tuple[date, date],
    *,
    in_all: bool,
) -> Found:
    """Return the holidays from the first of `dates` to the last.

    A day counts that is a holiday in any region, or where `in_all` in each of them. ValueError
    where a day is to be removed that is none.
    """
    first, last = dates
    years = range(first.year, last.year + 1)
    each = [public_holidays(region, years) for region in regions]
    days = {**_together(each, in_all=in_all), **add}
    for day in remove:
        if first <= day <= last and day not in days:
            raise ValueError(
                f"holidays.remove names {day}, which is no holiday: {_near(day, days)}"
            )
    kept = {day: name for day, name in days.items() if day not in remove}
    return Found(kept, _known_to(each, add, years, last))


def public_holidays(region: Region, years: range) -> Mapping[date, str]:
    """Return the public holidays of one region by date.

    Names are German for Germany, otherwise English, unless the region says so: left to itself the
    package would follow the language of the machine.
    """
    found = holidays.country_holidays(
        region.country,
        subdiv=region.subdivision,
        years=years,
        categories=region.categories,
        language=region.language or _language(region.country),
    )
    return dict(found.items())


def _together(each: Sequence[Mapping[date, str]], *, in_all: bool) -> dict[date, str]:
    """Put regions together; a day that bears several names has them all."""
    days = {day for found in each for day in found}
    return {
        day: "; ".join(dict.fromkeys(found[day] for found in each if day in found))
        for day in sorted(days)
        if not in_all or all(day in found for found in each)
    }


def _known_to(
    each: Sequence[Mapping[date, str]], add: Collection[date], years: range, last: date
) -> date | None:
    """Return the end of the last year of which every region knows a holiday, or one was added."""
    by_hand = {day.year for day in add}
    known = [{day.year for day in found} | by_hand for found in each]
    upto = max((y for y in years if all(y in of for of in known)), default=years.start - 1)
    return None if upto >= last.year else date(upto, 12, 31)


def _near(day: date, days: Mapping[date, str]) -> str:
    """Name the nearest holiday, to help with a slip."""
    if not days:
        return "there are none"
    nearest = min(days, key=lambda other: abs(other - day))
    return f"the nearest is {nearest} ({days[nearest]})"


def _language(country: str) -> str | None:
    kind = type(holidays.country_holidays(country))
    for language in ("de" if country == "DE" else "en_US", "en_US", kind.default_language):
        if language in kind.supported_languages:
            return str(language)
    return None
