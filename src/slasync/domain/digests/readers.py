"""Who reads digests: whose lines they get, in which language, rhythm and open hours."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from slasync.domain.digests.times import Rhythm
from slasync.domain.languages import Language
from slasync.domain.lead import Pool
from slasync.domain.time.calendars import Calendar
from slasync.domain.writes import Role

MONDAY = 0


class Sees(StrEnum):
    """Whose leads a reader's morning is about, besides the lines that are for him."""

    NOTHING = "nothing"  # it has no morning, lines only
    OWN = "own"  # of his reps
    POOL = "pool"  # of the pool whose channel it is
    ALL = "all"


class IfNothing(StrEnum):
    """What a reader gets on a day when there is nothing to say."""

    NO_MESSAGE = "no_message"
    ALL_IN_TIME = "all_in_time"


@dataclass(frozen=True, slots=True)
class DigestTerms:
    """What was configured for all digests."""

    minute: int = 480  # of the day, by the reader's wall clock
    language: Language | None = None  # None: as the texts that each reader gets
    languages: Mapping[str, Language] = field(default_factory=dict)  # by address or pool
    weekly_for: frozenset[Role] = frozenset()
    weekday: int = MONDAY  # of weekly digests
    max_age: timedelta = timedelta(days=14)  # older lines are counted only
    mornings_for: frozenset[Role] = frozenset({Role.LEADERSHIP})  # MANAGER, LEADERSHIP
    if_nothing: IfNothing = IfNothing.NO_MESSAGE


@dataclass(frozen=True, slots=True)
class Reader:
    """One that gets digests: a person, or the channel that a pool's people share."""

    name: str  # e-mail address, or name of the pool
    addresses: frozenset[str]  # whose lines it gets, in lower case
    calendar: Calendar
    rhythm: Rhythm
    language: Language
    sees: Sees = Sees.NOTHING


def persons(
    pools: Mapping[str, Pool], calendars: Mapping[str, Calendar], usual: str, terms: DigestTerms
) -> tuple[Reader, ...]:
    """Return everybody whom the pools name, each by what the first pool says of them.

    `usual` names the calendar of pools that name none.
    """
    found: dict[str, Reader] = {}
    own = {who: each for p in [*pools.values()][::-1] for who, each in p.languages.items()}
    leaders = frozenset(who.lower() for pool in pools.values() for who in pool.leadership)
    for pool in pools.values():
        calendar = calendars[pool.calendar or usual]
        for address, role in _people(pool):
            weekly = role in terms.weekly_for
            language = language_for(terms, pool, address, own.get(address.lower()))
            reader = Reader(
                address, frozenset({address.lower()}), calendar, rhythm_of(terms, weekly), language,
                _sees(terms, address, leaders),
            )  # fmt: skip
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
        language = language_for(terms, pool)
        sees = Sees.POOL if terms.mornings_for else Sees.NOTHING
        found.append(
            Reader(pool.name, addresses, calendar, rhythm_of(terms, weekly), language, sees)
        )
    return tuple(found)


def heads_beside(
    found: tuple[Reader, ...], heads: Iterable[str], calendar: Calendar, terms: DigestTerms
) -> Iterator[Reader]:
    """Yield readers for the heads of both sides whom no pool names: they hear of reviews."""
    reached = {address for reader in found for address in reader.addresses}
    for head in dict.fromkeys(heads):
        if head.lower() not in reached:
            by_name = {name.lower(): language for name, language in terms.languages.items()}
            language = by_name.get(head.lower(), terms.language or Language.EN)
            rhythm = Rhythm(terms.minute, None)
            yield Reader(head, frozenset({head.lower()}), calendar, rhythm, language)


def _sees(terms: DigestTerms, address: str, leaders: frozenset[str]) -> Sees:
    """Whoever is no manager has no reps: then there is nothing for him to see."""
    if Role.LEADERSHIP in terms.mornings_for and address.lower() in leaders:
        return Sees.ALL
    return Sees.OWN if Role.MANAGER in terms.mornings_for else Sees.NOTHING


def _people(pool: Pool) -> list[tuple[str, Role]]:
    """Return the pool's addresses, the highest role first: it is the one that counts."""
    manager = [(pool.manager, Role.MANAGER)] if pool.manager else []
    leaders = [(address, Role.LEADERSHIP) for address in pool.leadership]
    leaders += [(address, Role.MARKETING) for address in pool.marketing]
    return [*leaders, *manager, *((member, Role.OWNER) for member in pool.members)]


def language_for(
    terms: DigestTerms, pool: Pool, address: str = "", own: Language | None = None
) -> Language:
    """As is configured for digests; else the language of the texts."""
    by_name = {name.lower(): language for name, language in terms.languages.items()}
    names = (address.lower(), pool.name.lower())
    found = (by_name[name] for name in names if name in by_name)
    return next(found, terms.language or own or pool.language)


def rhythm_of(terms: DigestTerms, weekly: bool) -> Rhythm:  # noqa: FBT001 - asked of the terms
    return Rhythm(terms.minute, terms.weekday if weekly else None)
