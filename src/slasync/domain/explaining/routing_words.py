"""Who got a lead and who did not, and why: by the facts of the choices, and what is wished now."""

from collections.abc import Iterator

from slasync.domain.assigning import assigned
from slasync.domain.decide import Decision
from slasync.domain.explaining.account import Account, who
from slasync.domain.explaining.explanation import NearMiss, RoutingTold
from slasync.domain.facts import Fact
from slasync.domain.state import State

_BEHIND = (("passed_over", "; passed over: "), ("missed", "; not by "))
"""What a choice keeps as a list, and the words that its reason tells the same by, at its end."""


def routings(account: Account, state: State) -> Iterator[RoutingTold]:
    """Yield each choice of an owner, over all cycles."""
    for cycle in state.cycles:
        for fact in cycle.routed:
            yield _told(account, cycle.key, fact)


def _told(account: Account, cycle: str, fact: Fact) -> RoutingTold:
    """Tell a choice; what it keeps as lists stands apart from the reason."""
    data = fact.data
    why = str(data.get("why", ""))
    for name, words in _BEHIND:
        if data.get(name):
            why = why.partition(words)[0]
    return RoutingTold(
        cycle=cycle,
        generation=int(data.get("generation", 0)),
        at=fact.occurred_at,
        owner=data.get("owner") or None,
        owner_name=who(account.terms.roster, data.get("owner")),
        why=why,
        passed_over=tuple(data.get("passed_over", ())),
        not_by=tuple(data.get("missed", ())),
        companies=tuple(data.get("companies", ())),
    )


def not_chosen(account: Account, state: State, told: tuple[RoutingTold, ...]) -> Iterator[NearMiss]:
    """Yield who did not get the lead, rules that nearly gave it, and a person's own choice."""
    for routed in told:
        name = f"of {routed.cycle}, start {routed.generation + 1}"
        for words in routed.passed_over:
            yield NearMiss(kind="routing", name=name, words=f"passed over: {words}")
        for words in routed.not_by:
            yield NearMiss(kind="routing", name=name, words=f"not by rule {words}")
        for words in routed.companies:
            yield NearMiss(kind="routing", name=name, words=f"not for account {words}")
    roster = account.terms.roster
    if state.pinned(roster):
        words = f"{who(roster, state.owner)} was chosen by a person, and nobody else gets the lead"
        yield NearMiss(kind="routing", name="to others", words=words)


def wished(account: Account, decision: Decision) -> Iterator[str]:
    """Yield the wish for an owner that is due, and why nobody can take the lead, if so."""
    if decision.assign is None:
        return
    time = "then" if account.past else "now"
    yield f"{time}: an owner from pool {decision.assign.pool}, {decision.assign.reason}"
    if decision.assign.pool not in account.terms.roster.pools:
        return
    known = account.companies
    find = None if known is None else lambda _: known
    choice, _ = assigned(decision, account.lead, account.facts, account.terms, {}, companies=find)
    if choice.owner is None:
        yield f"  {choice.why}"
    yield from (f"  not for account {words}" for words in choice.kept.get("companies", ()))
