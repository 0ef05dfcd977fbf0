"""An explanation's sections: headings and lines, in the order in which people ask."""

from collections.abc import Iterator

from slasync.domain.explaining.account import Account, Section, when, who
from slasync.domain.explaining.agreement_words import agreement_lines, short
from slasync.domain.explaining.clock_words import clock_lines
from slasync.domain.explaining.definition_words import definition_lines, evidence_words
from slasync.domain.explaining.explanation import Explanation, NearMiss, RoutingTold
from slasync.domain.explaining.nurture_words import (
    effort_lines,
    lack_lines,
    outcome_lines,
    rest_lines,
    uncounted_lines,
)
from slasync.domain.explaining.score_words import account_lines
from slasync.domain.state import Cycle, State
from slasync.domain.wording import name_of


def sections_of(account: Account, state: State, told: Explanation) -> Iterator[Section]:
    """Yield the sections in order; those with nothing to tell about are left out."""
    yield Section("Lead", tuple(_lead(account, state)))
    yield Section("Agreement", tuple(agreement_lines(account, told.agreement)))
    yield Section("What happened", tuple(f.words for f in told.facts) or ("nothing is known yet",))
    if told.learned_later:
        lines = tuple(f.words for f in told.learned_later)
        yield Section("Had happened, and was learned later", lines)
    yield Section("Definitions of an MQL", tuple(definition_lines(account, told.definitions)))
    if scores := tuple(account_lines(account)):
        yield Section("Score", scores)
    for cycle in state.cycles:
        routing = [routed for routed in told.routing if routed.cycle == cycle.key]
        yield Section(f"Cycle {cycle.key}", tuple(_cycle(account, cycle, routing)))
    for clock in told.clocks:
        cycle = next(c for c in state.cycles if c.key == clock.cycle)
        yield Section(f"Clock {clock.clock}", tuple(clock_lines(account, cycle, clock)))
    if told.near_misses:
        yield Section("Near misses", tuple(map(_miss, told.near_misses)))
    if told.nothing:
        yield Section("Why nothing happened", (told.nothing,))
    yield Section("Decisions", tuple(_decisions(told)) or ("none",))
    yield Section("Writes", tuple(_writes(account, told)))
    yield Section("Next", told.next)


def _lead(account: Account, state: State) -> Iterator[str]:
    lead, roster = account.lead, account.terms.roster
    company = lead.text("company")
    yield f"{name_of(lead)}{', ' + company if company else ''} [{lead.key}]"
    yield "records: " + (", ".join(map(str, lead.refs)) or "none")
    yield f"stage {state.stage.value}, status {state.status or 'unknown'}"
    pinned = ", chosen by a person and therefore kept" if state.pinned(roster) else ""
    since = f" since {when(state.owners[-1].at)}" if state.owners else ""
    yield f"owner: {who(roster, state.owner)}{since}{pinned}"
    if account.mode_why:
        yield f"mode {account.mode}, by {account.mode_why}"
    if state.unclassified:
        yield f"{state.unclassified} activities by nobody known: shown, not counted as touches"
        yield from uncounted_lines(state, roster)
    yield from rest_lines(account, state)
    yield from lack_lines(account, state)


def _cycle(account: Account, cycle: Cycle, routing: list[RoutingTold]) -> Iterator[str]:
    roster = account.terms.roster
    yield f"handed over at {when(cycle.anchor)} because {cycle.definition} was met"
    rules = {d.name: d.text for d in account.terms.agreement.definitions}
    if cycle.definition in rules:
        yield f"  rule: {rules[cycle.definition]}"
    yield f"  evidence: {evidence_words(cycle.evidence) or 'none kept'}"
    for routed in routing:
        yield f"owner chosen at {when(routed.at)}: {routed.owner_name}; {routed.why}"
        yield from (f"  passed over: {words}" for words in routed.passed_over)
        yield from (f"  not by rule {words}" for words in routed.not_by)
        yield from (f"  not for account {words}" for words in routed.companies)
    for restart in cycle.restarts:
        yield f"{who(roster, restart.owner)} has had it since {when(restart.at)}"
    yield from _work(account, cycle)
    if cycle.ended:
        yield f"ended at {when(cycle.ended[0])}: {cycle.ended[1].value}"
    yield from outcome_lines(account, cycle)
    if cycle.back and cycle.back.enrolled:
        yield f"in a nurture programme since {when(cycle.back.enrolled)}"


def _work(account: Account, cycle: Cycle) -> Iterator[str]:
    """Yield the touches, and what is open."""
    roster = account.terms.roster
    for touch in cycle.touches:
        grade = touch.grade.value
        yield f"touched at {when(touch.at)}: {touch.channel} by {who(roster, touch.by)}, {grade}"
    if not cycle.touches:
        yield "not touched by anybody"
    yield from effort_lines(cycle)
    for task in cycle.tasks.values():
        yield f"open task of {task.clock} for the {task.role}, {who(roster, task.to)} [{task.key}]"
    if cycle.stale:
        yield "flagged as stale"


def _miss(miss: NearMiss) -> str:
    return f"{miss.kind} {miss.name}: {miss.words}"


def _decisions(told: Explanation) -> Iterator[str]:
    for decision in told.decisions:
        other = decision.agreement not in {"", told.agreement.hash}
        by = f", by agreement {short(decision.agreement)}" if other else ""
        for because in decision.because or ("stage or state told",):
            yield f"{when(decision.at)} {decision.mode}{by}: {because}"


def _writes(account: Account, told: Explanation) -> Iterator[str]:
    for write in told.writes:
        outcome = f" ({write.outcome})" if write.outcome else ""
        ref = f" -> {write.external_ref}" if write.external_ref else ""
        at = when(write.settled_at or write.decided_at)
        yield f"{at} {write.system}: {write.words}: {write.state}{outcome}{ref}"
        yield f"  key {write.key}"
    if not told.writes:
        quiet = "" if account.mode == "enforce" else f": mode {account.mode} writes nothing"
        yield f"none{quiet}"
