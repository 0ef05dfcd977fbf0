"""Who reads digests: whose lines they get, in which language, rhythm and open hours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from slasync.domain.calendars import Calendar
from slasync.domain.digest_times import Rhythm
from slasync.domain.digest_words import Language
from slasync.domain.lead import Pool
from slasync.domain.writes import Role

MONDAY = 0


@dataclass(frozen=True, slots=True)
class DigestTerms:
    """What was configured for all digests."""

    minute: int = 480  # of the day, by the reader's wall clock
    language: Language = Language.EN
    languages: Mapping[str, Language] = field(default_factory=dict)  # by address or pool
    weekly_for: frozenset[Role] = frozenset()
    weekday: int = MONDAY  # of weekly digests
    max_age: timedelta = timedelta(days=14)  # older lines are counted only


@dataclass(frozen=True, slots=True)
class Reader:
    """One that gets digests: a person, or the channel that a pool's people share."""

    name: str  # e-mail address, or name of the pool
    addresses: frozenset[str]  # whose lines it gets, in lower case
    calendar: Calendar
    rhythm: Rhythm
    language: Language


def persons(
    pools: Mapping[str, Pool], calendars: Mapping[str, Calendar], usual: str, terms: DigestTerms
) -> tuple[Reader, ...]:
    """Return everybody whom the pools name, each by what the first pool says of them.

    `usual` names the calendar of pools that name none.
    """
    found: dict[str, Reader] = {}
    for pool in pools.values():
        calendar = calendars[pool.calendar or usual]
        for address, role in _people(pool):
            weekly = role in terms.weekly_for
            language = _language(terms, address, pool.name)
            reader = Reader(
                address, frozenset({address.lower()}), calendar, _rhythm(terms, weekly), language
            )
            found.setdefault(address.lower(), reader)
    return tuple(found.values())


def channels(
    pools: Mapping[str, Pool], calendars: Mapping[str, Calendar], usual: str, terms: DigestTerms
) -> tuple[Reader, ...]:
    """Return a reader for each pool, who gets the lines of all its people.

    Who is named by several pools belongs to the first.
    """
    taken: set[str] = set()
    found = []
    weekly = Role.LEADERSHIP in terms.weekly_for
    for pool in pools.values():
        addresses = frozenset(address.lower() for address, _ in _people(pool)) - taken
        taken |= addresses
        calendar = calendars[pool.calendar or usual]
        language = _language(terms, pool.name)
        found.append(Reader(pool.name, addresses, calendar, _rhythm(terms, weekly), language))
    return tuple(found)


def _people(pool: Pool) -> list[tuple[str, Role]]:
    """Return the pool's addresses, the highest role first: it is the one that counts."""
    manager = [(pool.manager, Role.MANAGER)] if pool.manager else []
    leaders = [(address, Role.LEADERSHIP) for address in pool.leadership]
    return [*leaders, *manager, *((member, Role.OWNER) for member in pool.members)]


def _language(terms: DigestTerms, *names: str) -> Language:
    by_name = {name.lower(): language for name, language in terms.languages.items()}
    found = (by_name[name.lower()] for name in names if name.lower() in by_name)
    return next(found, terms.language)


def _rhythm(terms: DigestTerms, weekly: bool) -> Rhythm:  # noqa: FBT001 - asked of the terms
    return Rhythm(terms.minute, terms.weekday if weekly else None)
