"""What health and promises are judged by, as far as the database and the files tell it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from slasync.domain.time.coverage import running_out
from slasync.polling import interval
from slasync.reports.calls import outlooks
from slasync.reports.self_check import standing
from slasync.settings import Settings, budgets_of
from slasync.store.unit import Unit
from slasync.workers.deciding.held import Folding
from slasync.workers.digest import reaching_nobody, unsent

UNFILLED_FOR = timedelta(days=1)  # a lead that went to a queue is told of


def known(
    settings: Settings, unit: Unit, now: datetime, ready: Mapping[str, datetime]
) -> dict[str, Any]:
    """Return these parts of a `Progress`; `ready`: up to when each clock's data is complete."""
    agreement, cursors = settings.agreement, unit.cursors.all()
    ending = running_out(agreement, settings.pools, settings.calendars, now.date())
    folding = Folding(settings.readers, settings.pools, settings.caps.max_age)
    return {
        "cursors": cursors,
        "intervals": {name: interval(settings, name) for name in cursors},
        "settle": settings.settle,
        "outbox": unit.outbox.counts(),
        "held": tuple(unit.held.open()),
        "held_at_most": settings.caps.max_age,
        "folds": folding.reaches(),
        "unsent": unit.outbox.oldest_unsent(),
        "unsent_because": unit.outbox.unsent_because(),
        "quarantined": unit.quarantine.counts(),
        "waiting_for_data": unit.clocks.waiting(ready, now),
        "without_record": _without_record(settings, unit, now),
        "unfilled": unit.pools.unfilled(now - UNFILLED_FOR),
        "put_off": unit.pools.put_off(now),
        "untold": reaching_nobody(unit.digests.untold(), settings.readers),
        "unsent_digests": unsent(unit.digests.last(), settings.readers),
        "calls": outlooks(budgets_of(settings), unit, now),
        "self_check": standing(unit, tuple(budgets_of(settings)), now),
        "ends": agreement.ends,
        "unsigned": tuple(problem.what for problem in settings.unsigned),
        "review": settings.review.due if settings.review else None,
        "running_out": tuple(what for _, what in ending),
    }


def _without_record(settings: Settings, unit: Unit, now: datetime) -> int:
    """Count leads that the CRM should have by now; while only observing nothing makes them."""
    if not settings.modes.any_enforced:
        return 0
    return unit.clocks.without_record(now - settings.waiting_for_record_alarm)
