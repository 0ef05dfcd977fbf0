"""Public holidays by country, from the `holidays` package, with its traps taken care of."""

from collections.abc import Mapping, Sequence
from datetime import date

import holidays

from slasync.settings.known import refused
from slasync.settings.problems import did_you_mean


def refuse_unknown(
    country: str, subdivision: str | None, categories: Sequence[str], language: str | None
) -> None:
    """Refuse what the package does not know; it would pass over an unknown language in silence."""
    countries = holidays.list_supported_countries()
    if country not in countries:
        raise refused(f"no holidays are known for country {country!r}")
    kind = type(holidays.country_holidays(country))
    known = {*kind.subdivisions, *kind.subdivisions_aliases}
    for noun, word, options in (
        ("subdivision", subdivision, known),
        ("language", language, set(kind.supported_languages)),
        *(("category", category, set(kind.supported_categories)) for category in categories),
    ):
        if word is not None and word not in options:
            raise refused(f"{country} has no {noun} {word!r}{did_you_mean(word, options)}")


def public_holidays(
    country: str,
    subdivision: str | None,
    categories: Sequence[str],
    language: str | None,
    years: range,
) -> Mapping[date, str]:
    """Return the holidays of `years` by date.

    Names are German for Germany, otherwise English, unless `language` says so: left to itself the
    package would follow the language of the machine.
    """
    found = holidays.country_holidays(
        country,
        subdiv=subdivision,
        years=years,
        categories=tuple(categories),
        language=language or _language(country),
    )
    return dict(found.items())


def _language(country: str) -> str | None:
    kind = type(holidays.country_holidays(country))
    for language in ("de" if country == "DE" else "en_US", "en_US", kind.default_language):
        if language in kind.supported_languages:
            return str(language)
    return None
