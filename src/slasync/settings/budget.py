"""How often a system may be polled within its call budget, and what freshness that buys."""

import math
from collections.abc import Mapping
from datetime import timedelta

from slasync.settings.values import Settings
from slasync.systems import Budget

SHORTEST = timedelta(seconds=15)
_DAY = timedelta(days=1)


def budgets_of(settings: Settings) -> Mapping[str, Budget]:
    """Return the budget of each system that is configured."""
    found = {
        "salesforce": settings.salesforce,
        "hubspot": settings.hubspot,
        "marketo": settings.marketo,
    }
    return {system: config.budget for system, config in found.items() if config is not None}


def poll_interval(budget: Budget, calls_per_poll: int) -> timedelta:
    """Return the shortest interval, in whole seconds and at least 15, that the budget allows.

    Polls have slasync's share of the day's calls without the reserve, which is kept for writes;
    the same part of a burst limit is theirs.
    """
    ours = 1 - budget.reserve
    calls_a_day = budget.daily_calls * budget.share * ours
    interval = _DAY * (calls_per_poll / calls_a_day)
    if budget.burst:
        interval = max(interval, budget.burst_window * (calls_per_poll / (budget.burst * ours)))
    return max(SHORTEST, timedelta(seconds=math.ceil(interval.total_seconds())))


def freshness(
    budget: Budget, calls_per_poll: int, settle: timedelta, poll: timedelta | None = None
) -> str:
    """Say what polling costs and how soon a change is known; `poll` overrides the interval."""
    interval = poll or poll_interval(budget, calls_per_poll)
    calls = math.ceil(calls_per_poll * (_DAY / interval))
    seen = interval + settle
    plural = "" if calls_per_poll == 1 else "s"
    return (
        f"polled every {_words(interval)} by {calls_per_poll} call{plural}: {calls:,} of"
        f" {budget.daily_calls:,} calls a day ({calls / budget.daily_calls:.1%}); a change is known"
        f" at once where a webhook tells, otherwise within {_words(interval)}, and complete data"
        f" within {_words(seen)}"
    )


def _words(span: timedelta) -> str:
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
