"""Sales Insight: how high a lead's score is (stars) and how fast it rose (flames).

Guessed: the numbers. Stars and flames are 0 to 3 by fixed thresholds, urgency is the rise within
a week, priority is ten times the stars plus the flames. They follow the score at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from slasync.sandbox.marketo import stamps
from slasync.sandbox.marketo.options import Insight

NAMES = frozenset({"urgency", "priority", "relativeScore", "relativeUrgency"})
SCORE = "leadScore"


@dataclass(frozen=True, slots=True)
class Rise:
    """The score went up, or down, by so much."""

    at: int
    by: int


def value(name: str, score: int, rises: Iterable[Rise], rules: Insight, now: int) -> float:
    """Return one of the four values of `NAMES`."""
    since = now - stamps.length(rules.over)
    urgency = max(0, sum(rise.by for rise in rises if rise.at > since))
    stars, flames = _tier(score, rules.stars), _tier(urgency, rules.flames)
    match name:
        case "urgency":
            return float(urgency)
        case "relativeScore":
            return stars
        case "relativeUrgency":
            return flames
        case _:
            return 10 * stars + flames


def _tier(value: float, thresholds: Iterable[int]) -> int:
    return sum(value >= threshold for threshold in thresholds)
