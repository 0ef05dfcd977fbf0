"""In which language and zone each reader is written to: by teams.yaml, else as the CRM knows."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from slasync.domain.draft import Terms
from slasync.domain.languages import Language, Locale
from slasync.domain.lead import Pool, User
from slasync.domain.time.local_time import zone_named


def of_user(terms: Terms, user: User) -> Locale:
    """Return how a task is worded for the user who has it."""
    if (known := terms.locales.get(user.key)) is not None:
        return known
    address = user.email or ""
    zone = _own_zone(terms, address) or _zone(user.zone) or _pools_zone(terms, address)
    return terms.locales.setdefault(user.key, _locale(terms, address, zone))


def of_address(terms: Terms, address: str) -> Locale:
    """Return how a message is worded for somebody, or for the channel that a pool's name is."""
    return _locale(terms, address, _own_zone(terms, address) or _pools_zone(terms, address))


def of_digest(terms: Terms, address: str) -> Locale:
    """Return how a line is worded: its zone is the one that the reader's digest is in."""
    return _locale(terms, address, _pools_zone(terms, address))


def usual(terms: Terms) -> Locale:
    """Return how it is worded for nobody in particular: the people of the lead's pool."""
    language = terms.pool.language if terms.pool else Language.EN
    return Locale(language, terms.zone, named=terms.zone.key != _home(terms).key)


def _locale(terms: Terms, address: str, zone: ZoneInfo) -> Locale:
    return Locale(_language(terms, address), zone, named=zone.key != _home(terms).key)


def _language(terms: Terms, address: str) -> Language:
    """A person's own by teams.yaml, else by the CRM, else his team's, or the lead's pool's."""
    pools, wanted = terms.roster.pools.values(), address.lower()
    own = (pool.languages[wanted] for pool in pools if wanted in pool.languages)
    team = next((pool for pool in pools if _names(pool, address)), terms.pool)
    return next(own, None) or _told(terms, address) or (team.language if team else Language.EN)


def _told(terms: Terms, address: str) -> Language | None:
    """The language that the CRM speaks with somebody."""
    user = terms.roster.member(address) if address else None
    return user.language if user else None


def _names(pool: Pool, address: str) -> bool:
    wanted = address.lower()
    people = (pool.name, *pool.members, pool.manager or "", *pool.leadership, *pool.marketing)
    return bool(wanted) and any(wanted == name.lower() for name in people)


def _own_zone(terms: Terms, address: str) -> ZoneInfo | None:
    """The zone of the calendar that a member has for himself."""
    for pool in terms.roster.pools.values():
        for member, of in pool.of.items():
            if of.calendar and address and member.lower() == address.lower():
                return _calendars_zone(terms, of.calendar)
    return None


def _pools_zone(terms: Terms, address: str) -> ZoneInfo:
    """The zone of the first pool that names somebody: in its calendar he gets digests."""
    named = (pool for pool in terms.roster.pools.values() if _names(pool, address))
    pool = next(named, terms.pool)
    return _calendars_zone(terms, (pool.calendar if pool else None) or terms.agreement.calendar)


def _home(terms: Terms) -> ZoneInfo:
    """The agreement's zone: who reads times of another one is told which it is."""
    return _calendars_zone(terms, terms.agreement.calendar)


def _calendars_zone(terms: Terms, name: str) -> ZoneInfo:
    return ZoneInfo(terms.calendars[name].spec.zone)


@lru_cache(maxsize=1000)
def _zone(name: str | None) -> ZoneInfo | None:
    """A user's zone as the CRM names it; None where this machine knows no such zone."""
    try:
        return zone_named(name) if name else None
    except ValueError:
        return None
