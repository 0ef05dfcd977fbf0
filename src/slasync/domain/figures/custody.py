"""Custody: who held a clock's working time. Every microsecond is booked once, to somebody.

A breach is the doing of whoever held the clock longest; an outage is nobody's.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from slasync.domain.agreement import ClockPolicy, Start
from slasync.domain.lead import Roster, User, UserKey, UserKind
from slasync.domain.state import OwnedFrom
from slasync.domain.time.calendars import Calendar
from slasync.domain.time.pauses import Pause


class Holder(StrEnum):
    """In whose hands a lead was."""

    QUEUE = "queue"  # or nobody's
    REP = "rep"
    MANAGER = "manager"
    MARKETING = "marketing"
    OUTAGE = "outage"  # what would have told was not read: nobody is to blame


@dataclass(frozen=True, slots=True, order=True)
class Outage:
    """From `begins` to before `ends` a stream was not read to its end."""

    begins: datetime
    ends: datetime
    stream: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A stretch in one pair of hands, and how much of it counted for the clock."""

    holder: Holder
    who: UserKey | None
    begins: datetime
    ends: datetime
    worked: timedelta


@dataclass(frozen=True, slots=True)
class Hands:
    """Everything that tells whose hands a clock was in; the same for its whole run."""

    policy: ClockPolicy
    calendar: Calendar
    owners: Sequence[OwnedFrom]
    pauses: Sequence[Pause]
    outages: Sequence[Outage]
    roles: Mapping[UserKey, Holder]  # of people, see `roles_of`


def custody(hands: Hands, begins: datetime, ends: datetime) -> tuple[Held, ...]:
    """Book the time from `begins` to `ends`; what is booked adds up to the clock's elapsed time.

    Neighbouring stretches of one holder are one.
    """
    booked: list[Held] = []
    for since, until in pairwise(_seams(hands, begins, ends)):
        holder, who = _holder(hands, since)
        worked = hands.calendar.elapsed(since, until, hands.pauses)
        last = booked[-1] if booked else None
        if last and (last.holder, last.who) == (holder, who):
            booked[-1] = Held(holder, who, last.begins, until, last.worked + worked)
        else:
            booked.append(Held(holder, who, since, until, worked))
    return tuple(booked)


def blamed(booked: Iterable[Held]) -> Held | None:
    """Return who held the clock longest: outages are left out, of equals the later one counts."""
    sums: Counter[tuple[Holder, UserKey | None]] = Counter()
    last: dict[tuple[Holder, UserKey | None], Held] = {}
    for held in booked:
        if held.holder is not Holder.OUTAGE:
            key = held.holder, held.who
            sums[key] += held.worked // timedelta(microseconds=1)
            last[key] = held
    most = max(last, key=lambda key: (sums[key], last[key].begins), default=None)
    return last[most] if most and sums[most] else None


def _seams(hands: Hands, begins: datetime, ends: datetime) -> Iterator[datetime]:
    """Yield the instants at which the lead may have changed hands, the two ends included."""
    if ends <= begins:
        return
    inside = {owned.at for owned in hands.owners}
    inside |= {at for outage in hands.outages for at in (outage.begins, outage.ends)}
    yield begins
    yield from sorted(at for at in inside if begins < at < ends)
    yield ends


def _holder(hands: Hands, at: datetime) -> tuple[Holder, UserKey | None]:
    if any(outage.begins <= at < outage.ends for outage in hands.outages):
        return Holder.OUTAGE, None
    if hands.policy.starts_on is Start.RECYCLED:
        return Holder.MARKETING, None
    owned = [each.owner for each in hands.owners if each.at <= at]
    owner = owned[-1] if owned else None
    return hands.roles.get(owner, Holder.QUEUE) if owner else Holder.QUEUE, owner


def roles_of(roster: Roster) -> dict[UserKey, Holder]:
    """Return what each person is; queues, machines and people the CRM does not know are left out.

    A member of a pool works leads, even where he manages another; the rest have their roles.
    """
    pools = roster.pools.values()
    members = {each.lower() for pool in pools for each in pool.members}
    marketing = {each.lower() for pool in pools for each in pool.marketing}
    leading = {each.lower() for pool in pools for each in (*pool.leadership, pool.manager or "")}
    people = {k: u for k, u in roster.users.items() if u.kind is UserKind.PERSON}
    chiefs = {u.manager for u in people.values() if u.manager and _address(u) in members}

    def role(user: User) -> Holder:
        own = _address(user)
        if own not in members and own in marketing:
            return Holder.MARKETING
        leads = user.key in chiefs or own in leading
        return Holder.MANAGER if leads and own not in members else Holder.REP

    return {key: role(user) for key, user in people.items()}


def _address(user: User) -> str:
    return (user.email or "?").lower()
