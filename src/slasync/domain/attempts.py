"""How good the evidence of a touch is, and which touches are attempts of their own.

Judged by all touches there are, in whatever order they were learned.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from slasync.domain.agreement import Evidence, Haste
from slasync.domain.facts import Grade
from slasync.domain.state import Touch

CALL = "call"
STATUS = "status"
"""The channel of a touch that is a person's change of the lead status."""


def graded(touches: Iterable[Touch], evidence: Evidence) -> list[Touch]:
    """Return the touches in order of time, each with the grade that the others allow it."""
    ordered = sorted(touches, key=lambda touch: touch.at)
    if evidence.haste is not None:
        hasty = set(_hasty(ordered, evidence.haste))
        ordered = [
            replace(touch, grade=Grade.SUSPECT) if place in hasty else touch
            for place, touch in enumerate(ordered)
        ]
    if evidence.status_alone != Grade.STRONG:
        believed = [touch for touch in ordered if touch.grade != Grade.SUSPECT]
        ordered = [_beside(touch, believed, evidence) for touch in ordered]
    return ordered


def hurried(deeds: Sequence[tuple[datetime, Hashable]], haste: Haste) -> set[int]:
    """Return the places of one person's deeds, in order of time, that were done too fast.

    Each is told with what it was done to: several deeds to one thing count once.
    """
    found: set[int] = set()
    within: Counter[Hashable] = Counter()
    first = upto = 0
    for last, (at, what) in enumerate(deeds):
        within[what] += 1
        while at - deeds[first][0] > haste.within:
            gone = deeds[first][1]
            within[gone] -= 1
            if not within[gone]:
                del within[gone]
            first += 1
        if len(within) > haste.most:
            found.update(range(max(first, upto), last + 1))
            upto = last + 1
    return found


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


def _beside(touch: Touch, believed: Sequence[Touch], evidence: Evidence) -> Touch:
    """A status that was only ticked tells less than one set after a call that is believed."""
    suspect = touch.grade == Grade.SUSPECT
    if suspect or touch.channel != STATUS or _tells_of_another(touch, believed, evidence):
        return touch
    return replace(touch, grade=evidence.status_alone)


def _tells_of_another(touch: Touch, touches: Sequence[Touch], evidence: Evidence) -> bool:
    """Tell whether a status was set by who did something else with the lead about then."""
    if touch.channel != STATUS:
        return False
    near = (t for t in touches if t.channel != STATUS and t.by == touch.by)
    return any(abs(other.at - touch.at) <= evidence.window for other in near)


def _hasty(touches: Sequence[Touch], haste: Haste) -> Iterator[int]:
    """Yield the places of touches that one person made faster than anybody can."""
    for person in {touch.by for touch in touches}:
        places = [n for n, touch in enumerate(touches) if touch.by == person]
        yield from (places[n] for n in hurried([(touches[p].at, p) for p in places], haste))
    yield from (n for n, touch in enumerate(touches) if any(map(haste.proven_by, touch.crowds)))
