"""Whose leads a reader of digests is told about: a manager of his reps', leadership of everybody's.

A rep's manager is the one that the CRM names, else his pool's; above that it goes on by the CRM.
"""

from collections.abc import Iterable

from slasync.domain.digests.readers import DigestTerms, Reader, Sees, language_for, rhythm_of
from slasync.domain.draft import Terms
from slasync.domain.lead import Pool, Roster, User, UserKey
from slasync.domain.writes import Role


def chiefs(roster: Roster, key: UserKey) -> tuple[str, ...]:
    """Return the addresses of all who stand above an owner, lower case, the nearest first."""
    found: list[str] = []
    user = roster.users.get(key)
    while user is not None:
        address, user = _above(roster, user)
        if not address or address in found:  # nobody, or two who are each other's managers
            break
        found.append(address)
    return tuple(found)


def _above(roster: Roster, user: User) -> tuple[str, User | None]:
    """Return the address of somebody's manager, and who that is in the CRM, if anybody."""
    chief = roster.chief_of(user.key)
    if chief is not None and chief.email:
        return chief.email.lower(), chief
    pool = pool_of(roster, user)
    named = (pool.manager or "").lower() if pool else ""
    own = (user.email or "").lower()
    return ("", None) if not named or named == own else (named, roster.member(named))


def pool_of(roster: Roster, user: User) -> Pool | None:
    """Return the first pool that has a user as member, or a queue as its own."""
    own = (user.email or "").lower()
    for pool in roster.pools.values():
        if pool.queue == user.name if user.kind == "queue" else _has(pool, own):
            return pool
    return None


def _has(pool: Pool, address: str) -> bool:
    return bool(address) and address in {member.lower() for member in pool.members}


def below(roster: Roster, address: str, owners: Iterable[UserKey]) -> frozenset[UserKey]:
    """Return those of `owners` above whom `address` stands."""
    return frozenset(key for key in owners if address.lower() in chiefs(roster, key))


def in_pool(roster: Roster, name: str, owners: Iterable[UserKey]) -> frozenset[UserKey]:
    """Return those of `owners` who are in a pool, its queue included."""
    found = set()
    for key in owners:
        user = roster.users.get(key)
        pool = pool_of(roster, user) if user else None
        if pool is not None and pool.name == name:
            found.add(key)
    return frozenset(found)


def reps(roster: Roster) -> frozenset[UserKey]:
    """Return the members of all pools that the CRM knows, and the pools' queues."""
    members = (roster.member(who) for pool in roster.pools.values() for who in pool.members)
    queues = (roster.by_queue.get(pool.queue or "") for pool in roster.pools.values())
    return frozenset(user.key for user in (*members, *queues) if user)


def crm_managers(terms: Terms, digest: DigestTerms, known: Iterable[Reader]) -> tuple[Reader, ...]:
    """Return readers for managers of reps whom the CRM names and no pool.

    They keep the hours of the first pool that has a rep of theirs.
    """
    if Role.MANAGER not in digest.mornings_for:
        return ()
    roster, found = terms.roster, dict[str, Reader]()
    taken = {address for reader in known for address in reader.addresses}
    for pool in roster.pools.values():
        members = (roster.member(who) for who in pool.members)
        above = dict.fromkeys(
            chief for user in members if user for chief in chiefs(roster, user.key)
        )
        for address in above:
            user = roster.member(address)
            if user is None or not user.active or address in taken or address in found:
                continue
            found[address] = Reader(
                name=address,
                addresses=frozenset({address}),
                calendar=terms.calendars[pool.calendar or terms.agreement.calendar],
                rhythm=rhythm_of(digest, Role.MANAGER in digest.weekly_for),
                language=language_for(digest, pool, address, user.language),
                sees=Sees.OWN,
            )
    return tuple(found.values())
