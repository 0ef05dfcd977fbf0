"""Leads that went back, in words: why, into which path, by whose choice, until when they rest."""

from collections import Counter
from collections.abc import Iterator

from slasync.domain.agreement import End
from slasync.domain.explaining.account import Account, when, who
from slasync.domain.explaining.explanation import NearMiss
from slasync.domain.figures.quality import lacks_of
from slasync.domain.lead import Roster
from slasync.domain.protection import outcome_of, rest_of
from slasync.domain.state import Cycle, State


def outcome_lines(account: Account, cycle: Cycle) -> Iterator[str]:
    """Tell why a cycle ended, the path that followed, and when it was opened again."""
    nurture = account.terms.agreement.nurture
    for pause in cycle.closed:
        until = when(pause.ends) if pause.ends else "now"
        yield f"given up from {when(pause.begins)} to {until}, then opened again by a person"
    outcome = outcome_of(cycle, nurture)
    if outcome is None:
        return
    yield f"reason: {outcome.reason or 'none given'}"
    if outcome.path is not None:
        yield f"nurture path: {outcome.path.name}{_choice(account, cycle)}"
    elif nurture.paths and outcome.end is End.RECYCLED:
        yield "nurture path: none, as no programme is for this reason"


def _choice(account: Account, cycle: Cycle) -> str:
    outcome = outcome_of(cycle, account.terms.agreement.nurture)
    if outcome is None or outcome.picked is None:
        return ", by its reason"
    by = who(account.terms.roster, outcome.picked.by)
    return f", chosen at {when(outcome.picked.at)} by {by}"


def rest_lines(account: Account, state: State) -> Iterator[str]:
    """Tell until when a lead is left alone, what is kept back, and when it is looked at again."""
    nurture = account.terms.agreement.nurture
    rest, now = rest_of(state.cycle, nurture), account.terms.now
    if rest is None or state.converted or state.deleted:
        return
    if rest.until > now:
        yield (
            f"protected until {when(rest.until)}, path {rest.path.name}: until then only a person,"
            " or buying behaviour that wants action at once, hands it over"
        )
    kept = state.kept_back
    if kept is not None:
        yield f"{kept.definition} was met at {when(kept.at)}: kept back until {when(rest.until)}"
    if rest.returns is not None and rest.returns > now and nurture.looks_again:
        todo = " and handed over if it qualifies then" if nurture.checks else ""
        told = ": marketing is told" if nurture.reminds else ""
        yield f"looked at again at {when(rest.returns)}{told}{todo}"


def kept_from(account: Account, state: State) -> Iterator[NearMiss]:
    """Yield definitions that are true and hand nobody over, and why."""
    rest = rest_of(state.cycle, account.terms.agreement.nurture)
    kept = state.kept_back
    if kept is not None and rest is not None:
        words = f"met at {when(kept.at)}, protected until {when(rest.until)}"
        yield NearMiss(kind="definition", name=kept.definition, words=words)
    for name in sorted(state.by_merge):
        merged = f" at {when(state.merges[-1])}" if state.merges else ""
        words = f"true because records were merged{merged}: nobody did anything"
        yield NearMiss(kind="definition", name=name, words=words)


def effort_lines(cycle: Cycle) -> Iterator[str]:
    """Count attempts by channel, and conversations: an attempt is not yet a conversation."""
    if not cycle.attempts:
        return
    channels = Counter(touch.channel for touch in cycle.attempts)
    by = ", ".join(f"{count} by {channel}" for channel, count in sorted(channels.items()))
    yield f"attempts: {len(cycle.attempts)} ({by}); conversations: {len(cycle.conversations)}"


def uncounted_lines(state: State, roster: Roster) -> Iterator[str]:
    """Show what was done by nobody known, one by one."""
    for each in state.uncounted:
        touch = each.touch
        subject = f" {each.subject!r}" if each.subject else ""
        yield (
            f"not counted, unclassified: {touch.channel}{subject} at {when(touch.at)} by"
            f" {who(roster, touch.by)}"
        )


def lack_lines(account: Account, state: State) -> Iterator[str]:
    """Tell what is lacking in the lead's data."""
    for lack in lacks_of(state, account.terms.agreement):
        yield f"lacking: {lack.words}"
