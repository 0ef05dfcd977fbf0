"""Leads that went back, in words: why, into which path, by whose choice, until when they rest."""

from collections import Counter
from collections.abc import Iterator

from slasync.domain.agreement import End
from slasync.domain.explaining.account import Account
from slasync.domain.explaining.explanation import NearMiss
from slasync.domain.figures.quality import lacks_of
from slasync.domain.protection import outcome_of, rest_of
from slasync.domain.state import Cycle, State


def outcome_lines(account: Account, cycle: Cycle) -> Iterator[str]:
    """Tell why a cycle ended, the path that followed, and when it was opened again."""
    nurture = account.terms.agreement.nurture
    for pause in cycle.closed:
        until = pause.ends or account.say("until_now")
        yield account.say("back.given_up", begins=pause.begins, until=until)
    outcome = outcome_of(cycle, nurture)
    if outcome is None:
        return
    if outcome.reason:
        yield account.say("back.reason", reason=outcome.reason)
    else:
        yield account.say("back.no_reason")
    if outcome.path is not None and outcome.picked is not None:
        chosen, by = outcome.picked.at, account.who(outcome.picked.by)
        yield account.say("back.path_chosen", path=outcome.path.name, at=chosen, who=by)
    elif outcome.path is not None:
        yield account.say("back.path", path=outcome.path.name)
    elif nurture.paths and outcome.end is End.RECYCLED:
        yield account.say("back.no_path")


def rest_lines(account: Account, state: State) -> Iterator[str]:
    """Tell until when a lead is left alone, what is kept back, and when it is looked at again."""
    nurture = account.terms.agreement.nurture
    rest, now = rest_of(state.cycle, nurture), account.terms.now
    if rest is None or state.converted or state.deleted:
        return
    if rest.until > now:
        yield account.say("rest.protected", until=rest.until, path=rest.path.name)
    kept = state.kept_back
    if kept is not None:
        definition = kept.definition
        yield account.say("rest.kept_back", definition=definition, at=kept.at, until=rest.until)
    if rest.returns is not None and rest.returns > now and nurture.looks_again:
        does = "both" if nurture.reminds and nurture.checks else (
            "reminds" if nurture.reminds else "checks" if nurture.checks else "only"
        )  # fmt: skip
        yield account.say(f"rest.again_{does}", at=rest.returns)


def kept_from(account: Account, state: State) -> Iterator[NearMiss]:
    """Yield definitions that are true and hand nobody over, and why."""
    rest = rest_of(state.cycle, account.terms.agreement.nurture)
    kept = state.kept_back
    if kept is not None and rest is not None:
        words = account.say("rest.miss", at=kept.at, until=rest.until)
        yield NearMiss(kind="definition", name=kept.definition, words=words)
    for name in sorted(state.by_merge):
        key = "definition.merged_at" if state.merges else "definition.merged"
        words = account.say(key, at=state.merges[-1] if state.merges else "")
        yield NearMiss(kind="definition", name=name, words=words)


def effort_lines(account: Account, cycle: Cycle) -> Iterator[str]:
    """Count attempts by channel, and conversations: an attempt is not yet a conversation."""
    if not cycle.attempts:
        return
    channels = Counter(account.tongue.name("channel", touch.channel) for touch in cycle.attempts)
    by = ", ".join(
        account.say("effort.by", count=count, channel=channel)
        for channel, count in sorted(channels.items())
    )
    made, held = len(cycle.attempts), len(cycle.conversations)
    yield account.say("effort.attempts", made=made, by=by, conversations=held)


def uncounted_lines(account: Account, state: State) -> Iterator[str]:
    """Show what was done by nobody known, one by one."""
    for each in state.uncounted:
        touch = each.touch
        what = account.tongue.name("channel", touch.channel)
        what = f"{what} {account.tongue.quoted(each.subject)}" if each.subject else what
        yield account.say("lead.not_counted", what=what, at=touch.at, who=account.who(touch.by))


def lack_lines(account: Account, state: State) -> Iterator[str]:
    """Tell what is lacking in the lead's data."""
    for lack in lacks_of(state, account.terms.agreement):
        yield account.say("lead.lacking", what=account.tongue.retold(lack.words))
