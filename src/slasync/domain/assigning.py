"""From a decision that wishes for an owner to the choice: routing as every caller asks for it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from slasync.domain.decide import Decision, decide
from slasync.domain.draft import Terms
from slasync.domain.facts import Fact
from slasync.domain.identity.company import Company, Key, asked_by
from slasync.domain.identity.company_match import CompanyMatch, match_company
from slasync.domain.lead import Lead, UserKey
from slasync.domain.routing import Choice, Duty, Load, PoolState
from slasync.domain.routing_rules import (
    Asking,
    House,
    Routing,
    choose,
    contact_owner,
    reassigned,
)

UNROUTED = timedelta(minutes=15)  # until a lead that nobody can take is offered again
ROUNDS = 4  # of routing and deciding again, for one lead at one instant

Loads = Mapping[str, Mapping[UserKey, Load]]
"""By pool: what its members have. Pools without limits need none."""
FindCompanies = Callable[[Collection[Key]], Sequence[Company]]


def assigned(  # noqa: PLR0913, PLR0917 - all that a choice depends on
    decision: Decision,
    lead: Lead,
    history: Sequence[Fact],
    terms: Terms,
    states: Mapping[str, PoolState],
    loads: Loads | None = None,
    companies: FindCompanies | None = None,
) -> tuple[Choice, Mapping[str, PoolState]]:
    """Choose who fulfils `decision.assign`; the pools' states returned count the choice.

    `companies` finds accounts of the CRM by their keys; None where they are not read.
    """
    if decision.assign is None:
        raise ValueError(f"{decision.lead}: nothing to route")
    agreement = terms.agreement
    known = [*history, *decision.facts]
    has_contact = lead.ref(agreement.crm, "contact") is not None
    asking = Asking(
        assign=decision.assign,
        fields=lead.fields,
        company=_company(lead, agreement.routing, companies),
        contact_owner=contact_owner(known) if has_contact else None,
        reassigned=reassigned(known, terms.now - agreement.routing.within),
    )
    duty = Duty(terms.calendars, agreement.calendar, loads or {})
    house = House(agreement.routing, terms.roster, terms.now, duty)
    return choose(asking, house, states)


def _company(lead: Lead, routing: Routing, find: FindCompanies | None) -> CompanyMatch | None:
    """Match the lead with a company, where a rule asks for one."""
    terms = routing.matching
    if find is None or terms is None:
        return None
    return match_company(lead.fields, find(asked_by(lead.fields, terms.by, terms.providers)), terms)


def decide_and_route(
    lead: Lead, facts: Sequence[Fact], terms: Terms, route: Callable[[Decision], Fact | None]
) -> Decision:
    """Decide; where an owner is wanted, have `route` choose one and decide on.

    `route` returns the fact of its choice, or None when nobody can take the lead.
    """
    decision = decide(lead, facts, terms)
    for _ in range(ROUNDS):
        if decision.assign is None:
            break
        picked = route(decision)
        if picked is None:  # asked for again in a while: somebody may come back
            if any(clock.cycle == decision.assign.cycle for clock in decision.clocks):
                break
            return decide(lead, facts, terms, nobody_fits=True)
        again = decide(lead, [*facts, *decision.facts, picked], terms)
        decision = _joined(decision, picked, again)
    return decision


def _joined(first: Decision, picked: Fact, second: Decision) -> Decision:
    return replace(
        second,
        facts=(*first.facts, picked, *second.facts),
        writes=(*first.writes, *second.writes),
        digest=(*first.digest, *second.digest),
        clocks=(*first.clocks, *second.clocks),
        because=(*first.because, str(picked.data["why"]), *second.because),
        late=first.late | second.late,
        withheld={**first.withheld, **second.withheld},
        stopped=first.stopped or second.stopped,
    )
