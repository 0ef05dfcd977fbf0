"""Everything about one lead in words: what happened, why what was done, and what comes next.

Pure: the same values that decisions are made from, and the decision function itself, are all that
is asked. So an explanation cannot tell another story than the decision.
"""

from collections.abc import Iterator

from slasync.domain.account import Account, Section, when, who
from slasync.domain.agreement import Definition
from slasync.domain.calendars import CoverageEnded
from slasync.domain.clock_words import clock_lines, upcoming
from slasync.domain.decide import Decision, decide
from slasync.domain.fact_words import fact_line
from slasync.domain.facts import in_order
from slasync.domain.history import fold
from slasync.domain.planned import described
from slasync.domain.state import Cycle, State
from slasync.domain.wording import name_of


def explain(account: Account) -> tuple[Section, ...]:
    """Explain one lead as it stands at the terms' `now`."""
    terms = account.terms
    state = fold(account.facts, terms.agreement, terms.roster)
    found = [
        Section("Lead", tuple(_lead(account, state))),
        Section("What happened", tuple(_facts(account))),
        Section("Definitions of an MQL", tuple(_definitions(account, state))),
    ]
    found += [Section(f"Cycle {c.key}", tuple(_cycle(account, c))) for c in state.cycles]
    if state.cycle is not None:
        for policy in terms.agreement.clocks:
            lines = tuple(clock_lines(account, state.cycle, policy))
            found.append(Section(f"Clock {policy.name}", lines))
    return (
        *found,
        Section("Decisions", tuple(_decisions(account))),
        Section("Writes", tuple(_writes(account))),
        Section("Next", tuple(_next(account, state))),
    )


def _lead(account: Account, state: State) -> Iterator[str]:
    lead, roster = account.lead, account.terms.roster
    company = lead.text("company")
    yield f"{name_of(lead)}{', ' + company if company else ''} [{lead.key}]"
    yield "records: " + (", ".join(map(str, lead.refs)) or "none")
    yield f"stage {state.stage.value}, status {state.status or 'unknown'}"
    pinned = ", chosen by a person and therefore kept" if state.pinned(roster) else ""
    since = f" since {when(state.owners[-1].at)}" if state.owners else ""
    yield f"owner: {who(roster, state.owner)}{since}{pinned}"
    if state.unclassified:
        yield f"{state.unclassified} activities by nobody known: shown, not counted as touches"


def _facts(account: Account) -> Iterator[str]:
    for fact in in_order(account.facts):
        yield fact_line(fact, account.terms.roster)
    if not account.facts:
        yield "nothing is known yet"


def _definitions(account: Account, state: State) -> Iterator[str]:
    for definition in account.terms.agreement.definitions:
        met = definition.rule(state.fields)
        yield f"{definition.name}: {definition.text} is {'met' if met else 'not met'} now"
        yield f"  {_values(definition, state)}"
    yield from _why_none(account, state)


def _values(definition: Definition, state: State) -> str:
    known = [(name, state.fields.get(name)) for name in sorted(definition.reads)]
    return ", ".join(f"{n} is {'unknown' if v is None else repr(v)}" for n, v in known)


def _why_none(account: Account, state: State) -> Iterator[str]:
    """Say why there is no cycle, where there is none."""
    if state.open_cycle is not None:
        return
    start = account.terms.agreement.effective_from
    if state.met is not None and start is not None and state.met.at < start:
        yield (
            f"{state.met.definition} was met at {when(state.met.at)}, before slasync began to"
            f" judge at {when(start)}: mirrored and listed, no clock runs"
        )
    elif state.met is not None:
        yield f"{state.met.definition} was met at {when(state.met.at)}: handed over when decided"
    elif state.deleted or state.converted:
        end = "deleted" if state.deleted else "converted"
        yield f"not handed over any more: the lead was {end}"
    elif not state.cycles:
        yield "never met since the lead is known: it was not handed over, no clock runs"


def _cycle(account: Account, cycle: Cycle) -> Iterator[str]:
    roster = account.terms.roster
    yield f"handed over at {when(cycle.anchor)} because {cycle.definition} was met"
    rules = {d.name: d.text for d in account.terms.agreement.definitions}
    if cycle.definition in rules:
        yield f"  rule: {rules[cycle.definition]}"
    evidence = [f"{n} was {v!r}" for n, v in sorted(cycle.evidence.items()) if v is not None]
    yield f"  evidence: {', '.join(evidence) or 'none kept'}"
    for fact in cycle.routed:
        owner, why = who(roster, fact.data.get("owner")), fact.data.get("why", "")
        yield f"owner chosen at {when(fact.occurred_at)}: {owner}; {why}"
    for restart in cycle.restarts:
        yield f"{who(roster, restart.owner)} has had it since {when(restart.at)}"
    for touch in cycle.touches:
        grade = touch.grade.value
        yield f"touched at {when(touch.at)}: {touch.channel} by {who(roster, touch.by)}, {grade}"
    if not cycle.touches:
        yield "not touched by anybody"
    for task in cycle.tasks.values():
        yield f"open task of {task.clock} for the {task.role}, {who(roster, task.to)} [{task.key}]"
    if cycle.stale:
        yield "flagged as stale"
    if cycle.ended:
        yield f"ended at {when(cycle.ended[0])}: {cycle.ended[1].value}"


def _decisions(account: Account) -> Iterator[str]:
    for decision in account.decisions:
        for because in decision.because or ("stage or state told",):
            yield f"{when(decision.at)} {decision.mode}: {because}"
    if not account.decisions:
        yield "none"


def _writes(account: Account) -> Iterator[str]:
    for written in account.writes:
        write = written.write
        at = written.settled_at or written.decided_at
        outcome = f" ({written.outcome})" if written.outcome else ""
        ref = f" -> {written.external_ref}" if written.external_ref else ""
        yield f"{when(at)} {write.system}: {described(write)}: {written.state}{outcome}{ref}"
        yield f"  key {write.key}"
    if not account.writes:
        quiet = "" if account.mode == "enforce" else f": mode {account.mode} writes nothing"
        yield f"none{quiet}"


def _next(account: Account, state: State) -> Iterator[str]:
    try:
        decision = decide(account.lead, account.facts, account.terms)
    except CoverageEnded as ended:
        yield f"nothing can be decided: {ended}"
        return
    yield from _due_now(decision)
    cycle = state.cycle
    if cycle is None:
        yield "no clock runs: the next step is that a definition is met"
    elif cycle.ended is not None:
        yield f"the cycle has ended ({cycle.ended[1].value}): another hand-over would open the next"
    else:
        yield from upcoming(account, cycle)


def _due_now(decision: Decision) -> Iterator[str]:
    if decision.assign is not None:
        yield f"now: an owner from pool {decision.assign.pool}, {decision.assign.reason}"
    for because in decision.because:
        yield f"now: {because}"
