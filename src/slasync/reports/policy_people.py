"""The people of a policy test, made from its pools and routing rules: there is no CRM to ask."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from slasync.domain.lead import Absence, Pool, Roster, User, UserKey, UserKind
from slasync.domain.routing_rules import Destination, To
from slasync.settings.policy_test_values import AUTOMATION, NOBODY


def cast(
    pools: Mapping[str, Pool],
    routed_to: Iterable[Destination],
    inactive: Iterable[str],
    absences: tuple[Absence, ...],
) -> Roster:
    """Make everybody who can own a lead or do something about one; names are the addresses'."""
    gone = {person.lower() for person in inactive}
    users: dict[UserKey, User] = {}
    for user in (*(u for pool in pools.values() for u in _of_pool(pool)), *_named(routed_to)):
        users.setdefault(user.key, replace(user, active=user.key not in gone))
    bot = User(UserKey(AUTOMATION), AUTOMATION, None, UserKind.AUTOMATION)
    return Roster.of({**users, bot.key: bot}, pools, absences)


def _of_pool(pool: Pool) -> Iterator[User]:
    manager = _key(pool.manager) if pool.manager else None
    yield from (_person(email, manager) for email in pool.members)
    yield from map(_person, filter(None, [pool.manager, *pool.leadership]))
    if pool.queue:
        yield _queue(pool.queue)


def _named(routed_to: Iterable[Destination]) -> Iterator[User]:
    for to in routed_to:
        if to.kind == To.USER:
            yield _person(to.name)
        elif to.kind == To.QUEUE:
            yield _queue(to.name)


def _person(email: str, manager: UserKey | None = None) -> User:
    return User(_key(email), email.partition("@")[0].title(), email, manager=manager)


def _queue(name: str) -> User:
    return User(_queue_key(name), name, None, UserKind.QUEUE)


def user_key(name: str) -> UserKey:
    """Return the key of a person, a queue or the automation, as a test names them."""
    if name in {AUTOMATION, NOBODY}:
        return UserKey(name)
    return _key(name) if "@" in name else _queue_key(name)


def _key(email: str) -> UserKey:
    return UserKey(email.lower())


def _queue_key(name: str) -> UserKey:
    return UserKey(f"queue {name}")
