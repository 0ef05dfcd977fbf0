"""Everything about one lead: what happened, why what was done, why what was not, what comes next.

Pure: the same values that decisions are made from, and the decision function itself, are all that
is asked. So an explanation cannot tell another story than the decision.
"""

from collections.abc import Iterator
from dataclasses import replace

from slasync.domain.agreement import Start
from slasync.domain.decide import decide
from slasync.domain.draft import Draft
from slasync.domain.explaining.account import Account, Decided, Section, Written
from slasync.domain.explaining.agreement_words import agreement_of
from slasync.domain.explaining.clock_words import clock_of, rungs_missed, upcoming
from slasync.domain.explaining.definition_words import definitions_of, nearly_met
from slasync.domain.explaining.explanation import (
    ClockTold,
    DecisionTold,
    Explanation,
    FactTold,
    WriteTold,
)
from slasync.domain.explaining.fact_words import fact_line
from slasync.domain.explaining.nothing_words import why_nothing
from slasync.domain.explaining.nurture_words import kept_from, rest_lines
from slasync.domain.explaining.planned import described
from slasync.domain.explaining.routing_words import not_chosen, routings, wished
from slasync.domain.explaining.section_words import sections_of
from slasync.domain.facts import Fact, in_order
from slasync.domain.recorded import said
from slasync.domain.state import State
from slasync.domain.time.calendars import CoverageEnded

ENDED = said("calendar_ended")


def explain(account: Account) -> tuple[Section, ...]:
    """Explain one lead in words, as it stands at the terms' `now`."""
    return explained(account).sections


def explained(account: Account) -> Explanation:
    """Explain one lead as it stands at the terms' `now`: values, and the words for people."""
    terms, given = account.terms, account
    read = Draft(terms, account.lead, account.facts)
    draft = read.settled()
    state = draft.state
    account = replace(account, terms=draft.terms)
    if draft is not read:
        account = replace(account, lost=ENDED)
    definitions = definitions_of(account, state)
    clocks, routing = tuple(_clocks(account, draft)), tuple(routings(account, state))
    told = Explanation(
        lead=account.lead.key,
        at=terms.now,
        past=account.past,
        agreement=agreement_of(given),
        facts=tuple(_fact(account, fact) for fact in in_order(account.facts)),
        learned_later=tuple(_fact(account, fact) for fact in account.later),
        definitions=definitions,
        routing=routing,
        clocks=clocks,
        near_misses=(
            *nearly_met(account, state, definitions),
            *kept_from(account, state),
            *rungs_missed(clocks),
            *not_chosen(account, state, routing),
        ),
        nothing=why_nothing(account, state, definitions, clocks),
        decisions=tuple(_decision(account, each) for each in account.decisions),
        writes=tuple(_write(account, each) for each in account.writes),
        next=tuple(_next(account, given, state, clocks)),
    )
    return replace(told, sections=tuple(sections_of(account, state, told)))


def _clocks(account: Account, draft: Draft) -> Iterator[ClockTold]:
    if draft.state.cycle is not None:
        for policy in account.terms.agreement.clocks:
            yield clock_of(account, draft, draft.state.cycle, policy)


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
        words=fact_line(account, fact),
    )


def _decision(account: Account, decided: Decided) -> DecisionTold:
    return DecisionTold(
        at=decided.at,
        mode=decided.mode,
        agreement=decided.agreement,
        because=tuple(map(account.tongue.retold, decided.because)),
    )


def _write(account: Account, written: Written) -> WriteTold:
    write = written.write
    return WriteTold(
        key=write.key,
        system=write.system,
        action=write.action.value,
        clock=write.clock,
        rung=write.rung,
        state=written.state,
        outcome=written.outcome and account.tongue.retold(written.outcome),
        decided_at=written.decided_at,
        settled_at=written.settled_at,
        external_ref=written.external_ref,
        words=described(write, account.tongue),
    )


def _of_marketing(account: Account, told: ClockTold) -> bool:
    """Tell whether a clock runs while marketing has the lead."""
    return account.terms.agreement.clock(told.clock).starts_on is Start.RECYCLED


def _next(
    account: Account, given: Account, state: State, clocks: tuple[ClockTold, ...]
) -> Iterator[str]:
    try:
        decision = decide(given.lead, given.facts, given.terms)
    except CoverageEnded as ended:
        yield account.say("next.cannot_decide", why=account.tongue.retold(str(ended)))
        return
    yield from wished(account, decision)
    key = "next.decided_then" if account.past else "next.decided"
    for because in map(account.tongue.retold, decision.because):
        yield account.say(key, because=because)
    cycle = state.cycle
    if cycle is None and (state.deleted or state.converted):
        yield account.say("next.deleted" if state.deleted else "next.converted")
    elif cycle is None:
        if decision.opened is None:  # else that is what comes next, and was said
            yield account.say("next.no_clock")
    elif cycle.ended is not None:
        yield account.say("next.ended", how=account.tongue.name("end", cycle.ended[1]))
        yield from rest_lines(account, state)
        yield from upcoming(account, [c for c in clocks if _of_marketing(account, c)])
    else:
        yield from upcoming(account, clocks)
