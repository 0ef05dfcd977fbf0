"""A process that calls a system for as long as its budget lets it."""

from contextlib import suppress

from sqlalchemy import Engine

from slasync.connectors.budget import Allowance
from slasync.domain.budgets import Lane
from slasync.errors import OutOfCalls
from slasync.store.ledger import CallLedger
from slasync.systems import Budget
from tests.connectors.in_process import DrivenClock

SHARE = 1_000
BUDGET = Budget(daily_calls=10 * SHARE, share=0.1)


def an_allowance(
    engine: Engine, clock: DrivenClock | None = None, budget: Budget = BUDGET
) -> Allowance:
    allowance = Allowance("salesforce", budget, clock or DrivenClock())
    allowance.keep_in(CallLedger(engine))
    return allowance


def calls_until_none_is_left(engine: Engine, _name: str = "", lanes: tuple[Lane, ...] = ()) -> int:
    """Call in each lane until there is no call left; return how many were made in all."""
    allowance, made = an_allowance(engine), 0
    for lane in lanes or (Lane.BACKFILL, Lane.READ, Lane.WRITE, Lane.ESCALATION):
        with suppress(OutOfCalls):
            for _ in range(2 * SHARE):
                allowance.take(lane)
                made += 1
    allowance.settle()
    return made
