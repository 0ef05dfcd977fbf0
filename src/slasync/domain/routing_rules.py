"""To whom a lead goes: the first rule that is met and can be followed, else the default pool.

The rules before it are near misses: each is told with its reason, and kept with the choice.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from slasync.domain.facts import Fact, FactKind
from slasync.domain.identity.company_match import CompanyMatch, MatchTerms
from slasync.domain.lead import Fields, Pool, Roster, UserKey
from slasync.domain.recorded import said
from slasync.domain.routing import (
    TOLD,
    Assign,
    Choice,
    Duty,
    PoolState,
    away,
    kept_from,
    route,
    to_queue,
    unfit,
)


class To(StrEnum):
    """What a rule leads to."""

    POOL = "pool"
    ACCOUNT_OWNER = "account_owner"  # of the lead's company; else of the person's contact
    USER = "user"  # by e-mail address
    QUEUE = "queue"  # by its name in the CRM


@dataclass(frozen=True, slots=True)
class Destination:
    kind: To
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value} {self.name}" if self.name else "the account's owner"


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """`holds` takes the lead's fields; what is null is not met."""

    name: str
    text: str  # the condition as written; empty: every lead meets it
    holds: Callable[[Fields], bool]
    reads: frozenset[str]
    to: Destination
    skills: frozenset[str] = frozenset()

    @property
    def takes_every_lead(self) -> bool:
        """Tell whether what meets it never comes to a later rule: people may be away."""
        return self.to.kind in {To.POOL, To.QUEUE}


@dataclass(frozen=True, slots=True)
class Routing:
    """Rules in their order, and how often a lead may change hands over all its cycles."""

    rules: tuple[RoutingRule, ...] = ()
    reassignments: int = 10
    within: timedelta = timedelta(days=30)
    companies: MatchTerms | None = None  # None: the CRM's accounts are not read

    @property
    def matching(self) -> MatchTerms | None:
        """By what leads are matched with companies; None where nobody asks, or none are read."""
        asked = any(rule.to.kind == To.ACCOUNT_OWNER for rule in self.rules)
        return self.companies if asked else None

    def pools(self, default: str) -> frozenset[str]:
        """Name every pool that leads can go to."""
        return frozenset({default, *(r.to.name for r in self.rules if r.to.kind == To.POOL)})


@dataclass(frozen=True, slots=True)
class Asking:
    """One lead that wants an owner, as it stands."""

    assign: Assign  # its pool is the default
    fields: Fields
    company: CompanyMatch | None = None  # None: the CRM's accounts are not read
    contact_owner: UserKey | None = None  # in the CRM, where there is a contact of the person
    reassigned: int = 0  # how often of late


@dataclass(frozen=True, slots=True)
class House:
    """What leads are routed by at one moment."""

    routing: Routing
    roster: Roster
    now: datetime
    duty: Duty = field(default_factory=Duty)


def choose(
    asking: Asking, house: House, states: Mapping[str, PoolState]
) -> tuple[Choice, Mapping[str, PoolState]]:
    """Choose an owner; the pools' states returned count it, for the next lead.

    A pool that is not among `states` is dealt from for the first time.
    """
    if asking.assign.generation and asking.reassigned >= house.routing.reassignments:
        return _to_rest(asking, house), states
    missed: list[str] = []
    for rule in house.routing.rules:
        if not rule.holds(asking.fields):
            values = _values(rule, asking.fields)
            missed.append(said("rule_unmet", rule=rule.name, condition=rule.text, values=values))
            continue
        choice, after = _follow(rule, asking, house, states)
        if isinstance(choice, str):
            missed.append(said("of_rule", rule=rule.name, what=choice))
        else:
            return _told(choice, rule, missed), after
    choice, after = _deal(asking.assign, house, states)
    return _told(choice, None, missed), after


def contact_owner(history: Iterable[Fact]) -> UserKey | None:
    """Return who owns the person's contact in the CRM, as far as the facts tell."""
    owned = [f for f in history if f.kind == FactKind.OWNER and f.data.get("of") == "contact"]
    last = max(owned, key=lambda fact: fact.place, default=None)
    return UserKey(last.data["owner"]) if last else None


def reassigned(history: Iterable[Fact], since: datetime) -> int:
    """Count how often a lead was given to another owner, over all its cycles."""
    routed = (f for f in history if f.kind == FactKind.ROUTED and f.occurred_at > since)
    return sum(int(fact.data["generation"]) > 0 for fact in routed)


def _follow(
    rule: RoutingRule, asking: Asking, house: House, states: Mapping[str, PoolState]
) -> tuple[Choice | str, Mapping[str, PoolState]]:
    """Do as a rule says, or say why that cannot be."""
    roster, to = house.roster, rule.to
    match to.kind:
        case To.POOL:
            wish = replace(asking.assign, pool=to.name, skills=rule.skills)
            return _deal(wish, house, states)
        case To.QUEUE:
            queue = roster.by_queue.get(to.name)
            if queue is None or queue.key in asking.assign.refused:
                key = "queue_refused" if queue else "queue_lacking"
                return said(key, queue=to.name), states
            return Choice(queue.key, said("to", name=queue.name)), states
        case To.USER:
            return _person(to.name, asking, house, must_be_member=False), states
        case To.ACCOUNT_OWNER:
            return _account_owner(asking, house), states


def _account_owner(asking: Asking, house: House) -> Choice | str:
    """Choose the owner of the lead's company; where none is clear, of the person's contact."""
    match = asking.company
    others = [str(each) for each in match.others[:TOLD]] if match else []
    kept: dict[str, object] = {"companies": others} if others else {}
    if match is not None and match.owner is not None:
        found = _owning(match.owner, asking, house)
        if isinstance(found, str):
            return said("account_not_owner", account=match.why, what=found)
        chosen = {"company": match.company.key} if match.company else {}
        return replace(
            found, why=said("to_owner_of", to=found.why, what=match.why), kept=chosen | kept
        )
    owner = house.roster.users.get(asking.contact_owner) if asking.contact_owner else None
    if owner is None or not owner.email:
        return _neither(match, said("no_contact_owner"))
    found = _owning(owner.key, asking, house)
    if isinstance(found, str):
        return _neither(match, found)
    return replace(found, kept=kept)


def _neither(match: CompanyMatch | None, why: str) -> str:
    """Say why no company was found, which were nearest, and why no contact helps."""
    if match is None:
        return why
    nearest = "; ".join(str(each) for each in match.candidates[:TOLD])
    unclear = said("nearest", account=match.why, candidates=nearest) if nearest else match.why
    return said("neither", account=unclear, what=why)


def _owning(owner: UserKey, asking: Asking, house: House) -> Choice | str:
    user = house.roster.users.get(owner)
    if user is None or not user.email:
        return said("no_user_owner", owner=owner)
    return _person(user.email, asking, house, must_be_member=True)


def _person(email: str, asking: Asking, house: House, *, must_be_member: bool) -> Choice | str:
    """Choose one person, with the hours and caps of the pool he is a member of."""
    roster, now = house.roster, house.now
    pool = _pool_of(email, roster)
    wish = replace(asking.assign, skills=frozenset())
    if pool is None:
        reason = said("is_in_no_pool") if must_be_member else None
        user = roster.member(email)
        reason = reason or away(user, email, roster, now) or kept_from(user, wish)
    else:
        reason = unfit(_as_listed(email, pool), wish, pool, roster, now, house.duty)
    user = roster.member(email)
    if reason or user is None:
        return said("unfit", address=email, what=reason)
    return Choice(user.key, said("to", name=email), pool.name if pool else "")


def _pool_of(email: str, roster: Roster) -> Pool | None:
    return next((pool for pool in roster.pools.values() if _as_listed(email, pool)), None)


def _as_listed(email: str, pool: Pool) -> str:
    return next((member for member in pool.members if member.lower() == email.lower()), "")


def _deal(
    wish: Assign, house: House, states: Mapping[str, PoolState]
) -> tuple[Choice, Mapping[str, PoolState]]:
    pool = house.roster.pools[wish.pool]
    state = states.get(pool.name, {})
    choice, after = route(wish, pool, state, house.roster, house.now, house.duty)
    return choice, {**states, pool.name: after}


def _to_rest(asking: Asking, house: House) -> Choice:
    """A lead that goes round and round is for the one who minds the queue."""
    pools = (
        rule.to.name
        for rule in house.routing.rules
        if rule.to.kind == To.POOL and rule.holds(asking.fields)
    )
    pool = house.roster.pools[next(pools, asking.assign.pool)]
    told = {"n": asking.reassigned, "days": house.routing.within.days}
    return to_queue(asking.assign, pool, house.roster, "round_and_round", **told)


def _told(choice: Choice, rule: RoutingRule | None, missed: list[str]) -> Choice:
    """Name the rule and those before it in the reason, and keep them with the choice."""
    if rule is None and not missed:
        return choice
    name, more = rule.name if rule else "", len(missed) - TOLD
    why = said("by_rule" if rule else "by_no_rule", rule=name, what=choice.why)
    if missed:
        key, before = "missed_more" if more > 0 else "missed", "; nor by ".join(missed[:TOLD])
        why = said(key, what=why, missed=before, n=more)
    return replace(choice, why=why, kept={**choice.kept, "rule": name, "missed": missed[:TOLD]})


def _values(rule: RoutingRule, fields: Fields) -> str:
    known = [(name, fields.get(name)) for name in sorted(rule.reads)]
    return ", ".join(f"{n} is {'unknown' if v is None else repr(v)}" for n, v in known)
