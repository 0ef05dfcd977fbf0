"""Routing within the step decide: the pools' rows locked, loads counted, the choice counted."""

from collections.abc import Sequence

import structlog

from slasync.domain.assigning import Loads, assigned
from slasync.domain.decide import Decision, chosen
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact
from slasync.domain.lead import Lead
from slasync.store.unit import Unit

log = structlog.get_logger()


def route_one(
    unit: Unit, lead: Lead, facts: Sequence[Fact], decision: Decision, terms: Terms
) -> Fact | None:
    """Choose an owner and count the choice; None when nobody can take the lead."""
    pools = terms.roster.pools
    names = terms.agreement.routing.pools(terms.agreement.pool)
    states = unit.pools.all_locked([pools[name] for name in names])
    loads, find = _loads(unit, terms), unit.companies.found
    choice, after = assigned(decision, lead, facts, terms, states, loads, find)
    for name, state in after.items():
        if state != states[name]:
            unit.pools.save(name, state)
    if choice.owner is None:
        log.error("nobody can take the lead", lead=decision.lead, why=choice.why)
        return None
    if "unfilled" in choice.kept:
        log.error("nobody of the pool can take the lead", lead=decision.lead, why=choice.why)
    unit.pools.gave(choice.owner)
    return chosen(decision, choice, terms.now)


def _loads(unit: Unit, terms: Terms) -> Loads:
    """Count what members have, where it matters for anybody."""
    capped = [pool for pool in terms.roster.pools.values() if pool.capped]
    people = [terms.roster.member(email) for pool in capped for email in pool.members]
    owners = sorted({user.key for user in people if user})
    return {pool.name: unit.pools.loads(owners, terms.midnight(pool), terms.now) for pool in capped}
