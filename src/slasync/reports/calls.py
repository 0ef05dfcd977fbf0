"""How the calls of each system stand, from what processes and vendors have left in the database."""

from collections.abc import Mapping
from datetime import datetime

from slasync.domain.budgets import Day, share_of
from slasync.domain.forecast import Outlook, Usage, outlook
from slasync.store.budgets import KEPT
from slasync.store.unit import Unit
from slasync.systems import Budget


def outlooks(budgets: Mapping[str, Budget], unit: Unit, now: datetime) -> tuple[Outlook, ...]:
    """Look ahead for each system that has been called."""
    said, slots = unit.call_budgets.said(), unit.call_budgets.slots(now - KEPT)
    found = []
    for system, budget in sorted(budgets.items()):
        if system not in said:
            continue
        day, quota, notice = said.get(system, (Day(), None, None))
        usage = Usage(
            system=system,
            now=now,
            share=share_of(budget.daily_calls, budget.share, quota),
            reserve=budget.reserve,
            slots=slots.get(system, {}),
            day=day,
            quota=quota,
            notice=notice,
        )
        found.append(outlook(usage))
    return tuple(found)
