"""An explanation's sections: headings and lines, in the order in which people ask."""

from collections.abc import Iterator

from slasync.domain.explaining.account import Account, Section
from slasync.domain.explaining.agreement_words import agreement_lines
from slasync.domain.explaining.clock_words import clock_lines
from slasync.domain.explaining.definition_words import definition_lines, evidence_words
from slasync.domain.explaining.explanation import Explanation, RoutingTold
from slasync.domain.explaining.nurture_words import (
    effort_lines,
    lack_lines,
    outcome_lines,
    rest_lines,
    uncounted_lines,
)
from slasync.domain.explaining.routing_words import near_lines
from slasync.domain.explaining.score_words import account_lines
from slasync.domain.explaining.tongue import Tongue
from slasync.domain.state import Cycle, State
from slasync.domain.wording import name_of


def sections_of(account: Account, state: State, told: Explanation) -> Iterator[Section]:
    """Yield the sections in order; those with nothing to tell about are left out."""
    say = account.say
    yield Section(say("title.lead"), tuple(_lead(account, state)))
    yield Section(say("title.agreement"), tuple(agreement_lines(account, told.agreement)))
    facts = tuple(f.words for f in told.facts) or (say("nothing.known"),)
    yield Section(say("title.happened"), facts)
    if told.learned_later:
        yield Section(say("title.learned_later"), tuple(f.words for f in told.learned_later))
    yield Section(say("title.definitions"), tuple(definition_lines(account, told.definitions)))
    if scores := tuple(account_lines(account)):
        yield Section(say("title.score"), scores)
    for cycle in state.cycles:
        routing = [routed for routed in told.routing if routed.cycle == cycle.key]
        yield Section(say("title.cycle", key=cycle.key), tuple(_cycle(account, cycle, routing)))
    for clock in told.clocks:
        cycle = next(c for c in state.cycles if c.key == clock.cycle)
        lines = tuple(clock_lines(account, cycle, clock))
        yield Section(say("title.clock", name=clock.clock), lines)
    if told.near_misses:
        yield Section(say("title.misses"), tuple(miss_lines(account.tongue, told)))
    if told.nothing:
        yield Section(say("title.nothing"), (told.nothing,))
    yield Section(say("title.decisions"), tuple(_decisions(account, told)) or (say("none"),))
    yield Section(say("title.writes"), tuple(_writes(account, told)))
    yield Section(say("title.next"), told.next)


def _lead(account: Account, state: State) -> Iterator[str]:
    lead, roster, say = account.lead, account.terms.roster, account.say
    company = lead.text("company")
    yield f"{name_of(lead)}{', ' + company if company else ''} [{lead.key}]"
    yield say("lead.records", records=", ".join(map(str, lead.refs)) or say("none"))
    stage, status = account.stage(state.stage), state.status or say("unknown")
    yield say("lead.stage", stage=stage, status=status)
    since = state.owners[-1].at if state.owners else ""
    key = f"lead.owner{'_since' if since else ''}{'_kept' if state.pinned(roster) else ''}"
    yield say(key, who=account.who(state.owner), since=since)
    if account.mode_why:
        yield say("lead.mode", mode=account.mode, why=account.tongue.retold(account.mode_why))
    if state.unclassified:
        yield say("lead.unclassified", count=state.unclassified)
        yield from uncounted_lines(account, state)
    yield from rest_lines(account, state)
    yield from lack_lines(account, state)


def _cycle(account: Account, cycle: Cycle, routing: list[RoutingTold]) -> Iterator[str]:
    say = account.say
    yield say("cycle.handed_over", at=cycle.anchor, definition=cycle.definition)
    rules = {d.name: d.text for d in account.terms.agreement.definitions}
    if cycle.definition in rules:
        yield f"  {say('cycle.rule', rule=rules[cycle.definition])}"
    evidence = evidence_words(cycle.evidence, account.tongue) or say("evidence")
    yield f"  {say('cycle.evidence', evidence=evidence)}"
    for routed in routing:
        yield say("cycle.routed", at=routed.at, who=routed.owner_name, why=routed.why)
        yield from (f"  {line}" for line in near_lines(account, routed))
    for restart in cycle.restarts:
        yield say("cycle.restarted", who=account.who(restart.owner), at=restart.at)
    yield from _work(account, cycle)
    if cycle.ended:
        at, how = cycle.ended
        yield say("cycle.ended", at=at, how=account.tongue.name("end", how))
    yield from outcome_lines(account, cycle)
    if cycle.back and cycle.back.enrolled:
        yield say("cycle.enrolled", at=cycle.back.enrolled)


def _work(account: Account, cycle: Cycle) -> Iterator[str]:
    """Yield the touches, and what is open."""
    say, name = account.say, account.tongue.name
    for touch in cycle.touches:
        channel, grade = name("channel", touch.channel), name("grade", touch.grade)
        who = account.who(touch.by)
        yield say("cycle.touched", at=touch.at, channel=channel, who=who, grade=grade)
    if not cycle.touches:
        yield say("cycle.untouched")
    yield from effort_lines(account, cycle)
    for task in cycle.tasks.values():
        role, who = name("role", task.role), account.who(task.to)
        yield say("cycle.task", clock=task.clock, role=role, who=who, key=task.key)
    if cycle.stale:
        yield say("cycle.stale")


def miss_lines(tongue: Tongue, told: Explanation) -> Iterator[str]:
    """Yield what nearly happened, each in one line."""
    for miss in told.near_misses:
        yield f"{tongue.name('miss', miss.kind)} {miss.name}: {miss.words}"


def _decisions(account: Account, told: Explanation) -> Iterator[str]:
    for decision in told.decisions:
        other = decision.agreement not in {"", told.agreement.hash}
        key = "decision.line_by" if other else "decision.line"
        hash_ = account.hash(decision.agreement)
        for because in decision.because or (account.say("decision.told"),):
            yield account.say(key, at=decision.at, mode=decision.mode, hash=hash_, because=because)


def _writes(account: Account, told: Explanation) -> Iterator[str]:
    for write in told.writes:
        outcome = f" ({write.outcome})" if write.outcome else ""
        ref = f" -> {write.external_ref}" if write.external_ref else ""
        at = account.tongue.when(write.settled_at or write.decided_at)
        state = account.tongue.name("state", write.state)
        yield f"{at} {write.system}: {write.words}: {state}{outcome}{ref}"
        yield f"  {account.say('write.key', key=write.key)}"
    if not told.writes:
        quiet = account.mode != "enforce"
        yield account.say("write.none_in_mode" if quiet else "none", mode=account.mode)
