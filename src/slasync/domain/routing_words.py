"""Who got a lead and who did not, and why: by the facts of the choices, and what is wished now."""

import re
from collections.abc import Iterator

from slasync.domain.account import Account, who
from slasync.domain.assigning import assigned
from slasync.domain.decide import Decision
from slasync.domain.explanation import NearMiss, RoutingTold
from slasync.domain.facts import Fact
from slasync.domain.state import State

_PASSED_OVER = re.compile(r"; passed over: (.*?)(?=; not by |$)", re.DOTALL)
_NOT_BY = re.compile(r"; not by .*$", re.DOTALL)
_NEXT_MEMBER = re.compile(r", (?=[^\s,]+@)")


def routings(account: Account, state: State) -> Iterator[RoutingTold]:
    """Yield each choice of an owner, over all cycles."""
    for cycle in state.cycles:
        for fact in cycle.routed:
            yield _told(account, cycle.key, fact)


def _told(account: Account, cycle: str, fact: Fact) -> RoutingTold:
    """Take the reason apart; the rules that did not apply are kept with the choice as well."""
    data = fact.data
    why, missed = str(data.get("why", "")), tuple(data.get("missed", ()))
    passed_over = _PASSED_OVER.search(why)
    why = _PASSED_OVER.sub("", why)
    return RoutingTold(
        cycle=cycle,
        generation=int(data.get("generation", 0)),
        at=fact.occurred_at,
        owner=data.get("owner") or None,
        owner_name=who(account.terms.roster, data.get("owner")),
        why=_NOT_BY.sub("", why) if missed else why,
        passed_over=tuple(_NEXT_MEMBER.split(passed_over[1])) if passed_over else (),
        not_by=missed,
    )


def not_chosen(account: Account, state: State, told: tuple[RoutingTold, ...]) -> Iterator[NearMiss]:
    """Yield who did not get the lead, rules that nearly gave it, and a person's own choice."""
    for routed in told:
        name = f"of {routed.cycle}, start {routed.generation + 1}"
        for words in routed.passed_over:
            yield NearMiss(kind="routing", name=name, words=f"passed over: {words}")
        for words in routed.not_by:
            yield NearMiss(kind="routing", name=name, words=f"not by rule {words}")
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
    choice, _ = assigned(decision, account.lead, account.facts, account.terms, {})
    if choice.owner is None:
        yield f"  {choice.why}"
