"""Who got a lead and who did not, and why: by the facts of the choices, and what is wished now."""

from collections.abc import Iterator

from slasync.domain.assigning import assigned
from slasync.domain.decide import Decision
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.explanation import NearMiss, RoutingTold
from slasync.domain.facts import Fact
from slasync.domain.recorded import before
from slasync.domain.state import State


def routings(account: Account, state: State) -> Iterator[RoutingTold]:
    """Yield each choice of an owner, over all cycles."""
    for cycle in state.cycles:
        for fact in cycle.routed:
            yield _told(account, cycle.key, fact)


def _told(account: Account, cycle: str, fact: Fact) -> RoutingTold:
    """Tell a choice; what it keeps as lists stands apart from the reason."""
    data, retold = fact.data, account.tongue.retold
    why = str(data.get("why", ""))
    for name in ("passed_over", "missed"):
        if data.get(name):
            why = before(name, why)
    return RoutingTold(
        cycle=cycle,
        generation=int(data.get("generation", 0)),
        at=fact.occurred_at,
        owner=data.get("owner") or None,
        owner_name=account.who(data.get("owner")),
        why=retold(why),
        passed_over=tuple(map(retold, data.get("passed_over", ()))),
        not_by=tuple(map(retold, data.get("missed", ()))),
        companies=tuple(map(retold, data.get("companies", ()))),
    )


def not_chosen(account: Account, state: State, told: tuple[RoutingTold, ...]) -> Iterator[NearMiss]:
    """Yield who did not get the lead, rules that nearly gave it, and a person's own choice."""
    for routed in told:
        start = routed.generation + 1
        name = account.say("routing.of", cycle=routed.cycle, start=start)
        for words in near_lines(account, routed):
            yield NearMiss(kind="routing", name=name, words=words)
    if state.pinned(account.terms.roster):
        words = account.say("routing.pinned", who=account.who(state.owner))
        yield NearMiss(kind="routing", name=account.say("routing.to_others"), words=words)


def near_lines(account: Account, routed: RoutingTold) -> Iterator[str]:
    """Yield whom and what a choice passed over."""
    for words in routed.passed_over:
        yield account.say("routing.passed_over", what=words)
    for words in routed.not_by:
        yield account.say("routing.not_by", what=words)
    for words in routed.companies:
        yield account.say("routing.not_for", what=words)


def wished(account: Account, decision: Decision) -> Iterator[str]:
    """Yield the wish for an owner that is due, and why nobody can take the lead, if so."""
    if decision.assign is None:
        return
    key = "next.wished_then" if account.past else "next.wished"
    reason = account.tongue.retold(decision.assign.reason)
    yield account.say(key, pool=decision.assign.pool, reason=reason)
    if decision.assign.pool not in account.terms.roster.pools:
        return
    known = account.companies
    find = None if known is None else lambda _: known
    choice, _ = assigned(decision, account.lead, account.facts, account.terms, {}, companies=find)
    if choice.owner is None:
        yield f"  {account.tongue.retold(choice.why)}"
    for words in choice.kept.get("companies", ()):
        yield f"  {account.say('routing.not_for', what=account.tongue.retold(words))}"
