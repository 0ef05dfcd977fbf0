"""Who is meant by a role outside the CRM, by address; and when each of them may be written to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from slasync.domain.draft import Draft
from slasync.domain.lead import Pool
from slasync.domain.time.calendars import Calendar
from slasync.domain.writes import Role

CHAINS: Mapping[Role, tuple[Role, ...]] = {
    Role.OWNER: (Role.OWNER, Role.MANAGER, Role.LEADERSHIP),
    Role.POOL: (Role.POOL, Role.MANAGER, Role.LEADERSHIP),
    Role.MANAGER: (Role.MANAGER, Role.LEADERSHIP),
    Role.MARKETING: (Role.MARKETING, Role.LEADERSHIP),
    Role.LEADERSHIP: (Role.LEADERSHIP,),
}
"""Whom to turn to, one after the other, where nobody of a role has an address."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """One who is written to."""

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Hours:
    """In which calendar people read: the member's own, else that of the first pool naming them."""

    pools: Mapping[str, Pool]
    calendars: Mapping[str, Calendar]
    usual: str  # the calendar of everybody else

    def calendar(self, address: str) -> Calendar:
        wanted = address.lower()
        for pool in self.pools.values():
            names = {name.lower(): name for name in _named(pool)}
            if wanted in names:
                own = pool.terms_of(names[wanted]).calendar
                return self.calendars[own or pool.calendar or self.usual]
        return self.calendars[self.usual]

    def opens(self, address: str, at: datetime) -> datetime:
        """Return the first instant at or after `at` at which `address` may be written to.

        Raises CoverageEnded where the calendar does not reach so far.
        """
        return self.calendar(address).first_open(at)


def _named(pool: Pool) -> Iterator[str]:
    yield from pool.members
    yield from (pool.manager,) if pool.manager else ()
    yield from (*pool.leadership, *pool.marketing)
    yield pool.name  # its channel


def addressees(draft: Draft, role: Role) -> tuple[Role, tuple[Addressee, ...]]:
    """Return who is written to for a role, and as which role of its chain; nobody: no address."""
    for each in CHAINS.get(role, ()):
        found = tuple(_of(draft, each))
        if found:
            return each, found
    return role, ()


def _of(draft: Draft, role: Role) -> Iterator[Addressee]:
    terms, pool = draft.terms, draft.terms.pool
    match role:
        case Role.OWNER | Role.MANAGER:
            user = draft.below_leadership(role)
            if user and user.email:
                yield Addressee(user.email, user.name)
        case Role.POOL:
            for address in pool.members if pool else ():
                user = terms.roster.member(address)
                if user and user.active and not terms.roster.absent(address, terms.now):
                    yield Addressee(address, user.name)
        case Role.LEADERSHIP:
            yield from _listed(draft, pool.leadership if pool else ())
        case Role.MARKETING:
            yield from _listed(draft, pool.marketing if pool else ())


def _listed(draft: Draft, addresses: tuple[str, ...]) -> Iterator[Addressee]:
    for address in addresses:
        user = draft.terms.roster.member(address)
        yield Addressee(address, user.name if user else address)
