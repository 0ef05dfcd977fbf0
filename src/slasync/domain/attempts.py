"""How good the evidence of a touch is, and which touches are attempts of their own.

Judged by all touches there are, in whatever order they were learned.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from slasync.domain.agreement import Evidence
from slasync.domain.facts import Grade
from slasync.domain.state import Touch

CALL = "call"
STATUS = "status"
"""The channel of a touch that is a person's change of the lead status."""


def graded(touches: Iterable[Touch], evidence: Evidence) -> list[Touch]:
    """Return the touches in order of time, each with the grade that the others allow it."""
    ordered = sorted(touches, key=lambda touch: touch.at)
    if evidence.status_alone != Grade.STRONG:
        ordered = [_beside(touch, ordered, evidence) for touch in ordered]
    if evidence.burst is not None:
        hasty = set(_bursts(ordered, evidence.burst, evidence.burst_within))
        ordered = [
            replace(touch, grade=Grade.SUSPECT) if place in hasty else touch
            for place, touch in enumerate(ordered)
        ]
    return ordered


def attempts(touches: Sequence[Touch], evidence: Evidence) -> list[Touch]:
    """Leave out what is no attempt of its own.

    That is a status set beside a call or another activity, which tells how that went, and what
    follows an attempt more closely than the agreed spacing.
    """
    own = [touch for touch in touches if not _tells_of_another(touch, touches, evidence)]
    if not evidence.spacing:
        return own
    found: list[Touch] = []
    for touch in sorted(own, key=lambda each: each.at):
        if not found or touch.at - found[-1].at >= evidence.spacing:
            found.append(touch)
    return found


def conversations(touches: Sequence[Touch], evidence: Evidence) -> list[Touch]:
    """Return the touches in which somebody spoke with the lead: an attempt is not yet one."""
    return [touch for touch in touches if _spoken(touch, evidence)]


def _spoken(touch: Touch, evidence: Evidence) -> bool:
    if touch.grade == Grade.SUSPECT:
        return False
    if touch.channel in evidence.spoken:
        return True
    if touch.channel != CALL or evidence.call_of is None or touch.seconds is None:
        return False
    return timedelta(seconds=touch.seconds) >= evidence.call_of


def _beside(touch: Touch, touches: Sequence[Touch], evidence: Evidence) -> Touch:
    """A status that was only ticked tells less than one set after a call."""
    if touch.channel != STATUS or _tells_of_another(touch, touches, evidence):
        return touch
    return replace(touch, grade=evidence.status_alone)


def _tells_of_another(touch: Touch, touches: Sequence[Touch], evidence: Evidence) -> bool:
    """Tell whether a status was set by who did something else with the lead about then."""
    if touch.channel != STATUS:
        return False
    near = (t for t in touches if t.channel != STATUS and t.by == touch.by)
    return any(abs(other.at - touch.at) <= evidence.window for other in near)


def _bursts(touches: Sequence[Touch], most: int, within: timedelta) -> Iterator[int]:
    """Yield the places of touches that one person made faster than anybody can."""
    for person in {touch.by for touch in touches}:
        places = [n for n, touch in enumerate(touches) if touch.by == person]
        for first, last in zip(places, places[most:], strict=False):
            if touches[last].at - touches[first].at <= within:
                yield from (n for n in places if first <= n <= last)
