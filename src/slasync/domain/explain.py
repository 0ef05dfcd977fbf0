"""Everything about one lead: what happened, why what was done, why what was not, what comes next.

Pure: the same values that decisions are made from, and the decision function itself, are all that
is asked. So an explanation cannot tell another story than the decision.
"""

from collections.abc import Iterator
from dataclasses import replace

from slasync.domain.account import Account, Decided, Section, Written
from slasync.domain.agreement_words import agreement_of
from slasync.domain.calendars import CoverageEnded
from slasync.domain.clock_words import clock_of, rungs_missed, upcoming
from slasync.domain.decide import decide
from slasync.domain.definition_words import definitions_of, nearly_met
from slasync.domain.explanation import (
    ClockTold,
    DecisionTold,
    Explanation,
    FactTold,
    WriteTold,
)
from slasync.domain.fact_words import fact_line
from slasync.domain.facts import Fact, in_order
from slasync.domain.history import fold
from slasync.domain.nothing_words import why_nothing
from slasync.domain.planned import described
from slasync.domain.routing_words import not_chosen, routings, wished
from slasync.domain.section_words import sections_of
from slasync.domain.state import State


def explain(account: Account) -> tuple[Section, ...]:
    """Explain one lead in words, as it stands at the terms' `now`."""
    return explained(account).sections


def explained(account: Account) -> Explanation:
    """Explain one lead as it stands at the terms' `now`: values, and the words for people."""
    terms = account.terms
    state = fold(account.facts, terms.agreement, terms.roster)
    account = replace(account, terms=terms.of(state))
    definitions = definitions_of(account, state)
    clocks, routing = tuple(_clocks(account, state)), tuple(routings(account, state))
    told = Explanation(
        lead=account.lead.key,
        at=terms.now,
        past=account.past,
        agreement=agreement_of(account),
        facts=tuple(_fact(account, fact) for fact in in_order(account.facts)),
        learned_later=tuple(_fact(account, fact) for fact in account.later),
        definitions=definitions,
        routing=routing,
        clocks=clocks,
        near_misses=(
            *nearly_met(state, definitions),
            *rungs_missed(clocks),
            *not_chosen(account, state, routing),
        ),
        nothing=why_nothing(account, state, definitions, clocks),
        decisions=tuple(map(_decision, account.decisions)),
        writes=tuple(map(_write, account.writes)),
        next=tuple(_next(account, state, clocks)),
    )
    return replace(told, sections=tuple(sections_of(account, state, told)))


def _clocks(account: Account, state: State) -> Iterator[ClockTold]:
    if state.cycle is not None:
        for policy in account.terms.agreement.clocks:
            yield clock_of(account, state.cycle, policy)


def _fact(account: Account, fact: Fact) -> FactTold:
    return FactTold(
        kind=fact.kind.value,
        occurred_at=fact.occurred_at,
        seen_at=fact.seen_at,
        source=fact.source,
        source_id=fact.source_id,
        by=fact.by,
        data=dict(fact.data),
        at_latest=fact.at_latest,
        words=fact_line(fact, account.terms.roster),
    )


def _decision(decided: Decided) -> DecisionTold:
    return DecisionTold(
        at=decided.at,
        mode=decided.mode,
        agreement=decided.agreement,
        because=decided.because,
    )


def _write(written: Written) -> WriteTold:
    write = written.write
    return WriteTold(
        key=write.key,
        system=write.system,
        action=write.action.value,
        clock=write.clock,
        rung=write.rung,
        state=written.state,
        outcome=written.outcome,
        decided_at=written.decided_at,
        settled_at=written.settled_at,
        external_ref=written.external_ref,
        words=described(write),
    )


def _next(account: Account, state: State, clocks: tuple[ClockTold, ...]) -> Iterator[str]:
    time = "then" if account.past else "now"
    try:
        decision = decide(account.lead, account.facts, account.terms)
    except CoverageEnded as ended:
        yield f"nothing can be decided: {ended}"
        return
    yield from wished(account, decision)
    yield from (f"{time}: {because}" for because in decision.because)
    cycle = state.cycle
    if cycle is None and (state.deleted or state.converted):
        yield f"no clock runs: the lead was {'deleted' if state.deleted else 'converted'}"
    elif cycle is None:
        yield "no clock runs: the next step is that a definition is met"
    elif cycle.ended is not None:
        yield f"the cycle has ended ({cycle.ended[1].value}): another hand-over would open the next"
    else:
        yield from upcoming(account, clocks)
