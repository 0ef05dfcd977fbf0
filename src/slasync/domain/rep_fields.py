"""The fields on a lead that tell its rep how it stands: status, due time, next step, why, attempts.

They are written when one of them changes, and at no other time: what they say must not age. So no
word of them is about now, and a score counts by tens.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from slasync.domain import locales, recorded
from slasync.domain.agreement import End
from slasync.domain.clocks import ClockState, ClockView
from slasync.domain.draft import ROUTING, Draft
from slasync.domain.facts import FactKind
from slasync.domain.interactions import interactions
from slasync.domain.languages import Locale
from slasync.domain.modes import Mode
from slasync.domain.snooze import resting
from slasync.domain.state import Cycle, Rest
from slasync.domain.telling import Standing
from slasync.domain.wording import attempts_of, evidence_of, lately
from slasync.domain.writes import Action, Role

STATUS, DUE, NEXT_STEP, WHY = "status", "due", "next_step", "why"
ATTEMPTS, PRIORITY, LATELY = "attempts", "priority", "lately"
WORDS = (STATUS, DUE, NEXT_STEP, WHY, ATTEMPTS, PRIORITY, LATELY)
"""What can be shown, by the words of connector.yaml. Since when a lead is stale is not among them:
that goes with the stale flag."""
SNOOZED, DISPUTED = "snoozed", "disputed"
LENGTH = 255  # of a text
FEW = 3  # things a lead did: more do not fit
_AT_ONCE, _UNTOUCHED = 2000, 1000  # a score has up to 990
_BY_TENS, _MOST_SCORE = 10, 990
_TOUCHED = End.TOUCH.value
_OUTCOMES = (
    End.TAKEN, End.STAGE, End.ACCEPTED, End.CONVERTED, End.RECYCLED, End.DISQUALIFIED,
)  # fmt: skip


def show(draft: Draft, clocks: Sequence[ClockView], standing: Standing) -> None:
    """Bring the fields of the CRM's record up to date where what they are to say has changed.

    Nothing is shown before a cycle began, nor where nothing is written; at its end it is emptied.
    """
    wanted, cycle = draft.terms.agreement.shows, draft.state.cycle
    if not wanted or cycle is None or draft.mode is not Mode.ENFORCE or draft.state.deleted:
        return
    if draft.state.converted or draft.record is None:
        return  # what became a contact cannot be written to any more
    says = {} if cycle.ended else _says(draft, cycle, clocks, standing)
    if says != draft.state.shown:
        _write(draft, cycle, says, f"show{draft.state.shown_times}", "")


def take_down(draft: Draft, cycle: Cycle, rung: str) -> None:
    """Empty the fields: nothing is written to this lead any more."""
    if draft.state.shown != {} and draft.record is not None and not draft.state.converted:
        _write(draft, cycle, {}, rung, recorded.said("taken_down"))


def _write(draft: Draft, cycle: Cycle, says: Mapping[str, Any], rung: str, because: str) -> None:
    values = {word: says.get(word) for word in sorted(draft.terms.agreement.shows)}
    parts = draft.parts(cycle, ROUTING, 0, rung)
    draft.write(parts, Action.SHOW, values, target=draft.record, because=because)
    draft.decide(FactKind.SHOWN, f"shown:{draft.state.shown_times:04}", dict(says))


def _says(
    draft: Draft, cycle: Cycle, clocks: Sequence[ClockView], standing: Standing
) -> dict[str, Any]:
    """Return what the fields are to say; those that are empty are left out."""
    user, wanted = draft.stands_for(Role.OWNER), draft.terms.agreement.shows
    locale = locales.of_user(draft.terms, user) if user else locales.usual(draft.terms)
    said = {
        STATUS: _rep_status(draft, cycle, clocks, standing.sla),
        DUE: standing.due_text,
        NEXT_STEP: _next_step(draft, locale, cycle, clocks),
        WHY: _cut(_why(draft, locale, cycle)),
        ATTEMPTS: attempts_of(locale, len(cycle.attempts), draft.terms.agreement.most_attempts),
        PRIORITY: _priority(draft, clocks),
        LATELY: _cut(_moments(draft, locale)) if LATELY in wanted else "",
    }
    return {word: said[word] for word in WORDS if word in wanted and said[word] not in {None, ""}}


def _rep_status(draft: Draft, cycle: Cycle, clocks: Sequence[ClockView], sla: str) -> str:
    """One word, as the list views filter by it."""
    if sla == "stale":
        return sla
    if _is_disputed(draft, cycle, clocks):
        return DISPUTED
    return SNOOZED if _stand_still(draft, clocks, cycle.rests) else sla


def _is_disputed(draft: Draft, cycle: Cycle, clocks: Sequence[ClockView]) -> bool:
    if not cycle.rests:  # few leads were ever put aside or disputed
        return False
    return _stand_still(draft, clocks, [rest for rest in cycle.rests if rest.is_dispute])


def _stand_still(draft: Draft, clocks: Sequence[ClockView], rests: Sequence[Rest]) -> bool:
    """Tell whether a clock that runs stands still because its rep asked for one of these rests."""
    if not rests:
        return False
    now, agreed = draft.terms.now, draft.terms.agreement.rests
    running = [clock.clock for clock in clocks if clock.ended_at is None]
    pauses = (pause for name in running for pause in resting(rests, agreed, name))
    return any(p.begins <= now and (p.ends is None or now < p.ends) for p in pauses)


def _next_step(draft: Draft, locale: Locale, cycle: Cycle, clocks: Sequence[ClockView]) -> str:
    """Say what to do, of the clock that is due first, and until when."""
    running = [clock for clock in clocks if clock.ended_at is None]
    if _is_disputed(draft, cycle, clocks):
        return locale.say("step.disputed")
    timed = [(clock.due_at, clock.clock) for clock in running if clock.due_at is not None]
    if timed:
        due, name = min(timed)
        until = locale.say("until", at=locale.moment(due))
        return _cut(f"{_task_of(locale, _ends(draft, name))} {until}")
    late = [c.clock for c in running if c.state is ClockState.LADDER_ENDED]
    return _cut(_task_of(locale, _ends(draft, late[0]))) if late else ""


def _ends(draft: Draft, name: str) -> frozenset[End]:
    return next((p.ends for p in draft.terms.agreement.clocks if p.name == name), frozenset())


@lru_cache(maxsize=100)
def _task_of(locale: Locale, ends: frozenset[End]) -> str:
    """Say what ends a clock; asked of every lead at each look, and agreements have few clocks."""
    if End.TOUCH in ends:
        return locale.say("step.touch")
    words = [locale.say(f"step.{end.value}") for end in _OUTCOMES if end in ends]
    said = locale.any_of(words) if words else locale.say("step.look")
    return said[0].upper() + said[1:]


def _why(draft: Draft, locale: Locale, cycle: Cycle) -> str:
    """Say since when and why the lead is the rep's, and what has been done about it since."""
    begun, evidence = locale.moment(cycle.anchor), evidence_of(locale, cycle)
    since = draft.changed_hands(cycle)
    if since is None:
        beginning = locale.say("since_handover", at=begun, evidence=evidence)
    else:
        at = locale.moment(since)
        beginning = locale.say("yours_since", at=at, begun=begun, evidence=evidence)
    news = _lately(locale, cycle, draft.terms.now)
    return " ".join([*news, beginning])  # what is news first: the end may be cut


def _lately(locale: Locale, cycle: Cycle, now: datetime) -> Iterator[str]:
    """Tell of the rest that was asked for last, or of the last touch: both change what is due."""
    rest = next((rest for rest in reversed(cycle.rests) if _is_news(rest, now)), None)
    last = max((touch.at for touch in cycle.touches), default=None)
    if rest is not None and (last is None or last < rest.asked_at):
        at = rest.decided_at or (rest.pause.ends if rest.pause else None) or rest.asked_at
        kind = "dispute_no_reason" if rest.lacks_reason else rest.kind.value
        yield locale.say(f"rest.{kind}", at=locale.moment(at))
    elif last is not None:
        yield locale.say("touched_at", at=locale.moment(last))


def _moments(draft: Draft, locale: Locale) -> str:
    """Say what the lead did last: what makes somebody call it, whatever it was handed over for."""
    traced = draft.terms.agreement.traced
    return lately(locale, interactions(draft.history, traced, FEW)) if traced else ""


def _is_news(rest: Rest, now: datetime) -> bool:
    """Tell whether a rest is still to be told of: a snooze only until it is over."""
    if rest.is_dispute:
        return True
    until = rest.pause.ends if rest.pause else rest.asked_until
    return until is None or now < until


def _priority(draft: Draft, clocks: Sequence[ClockView]) -> int:
    """Put first what wants action at once, then what nobody has touched, then by score."""
    urgent = draft.terms.agreement.immediate
    at_once = any(clock.clock in urgent for clock in clocks if clock.ended_at is None)
    untouched = all(clock.end_reason != _TOUCHED for clock in clocks)
    value = draft.lead.fields.get("score")
    score = value if isinstance(value, int | float) and not isinstance(value, bool) else 0
    tens = int(max(0, min(score, _MOST_SCORE))) // _BY_TENS * _BY_TENS
    return at_once * _AT_ONCE + untouched * _UNTOUCHED + tens


def _cut(text: str) -> str:
    return text if len(text) <= LENGTH else f"{text[: LENGTH - 1]}…"
