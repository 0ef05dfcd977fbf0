"""The budget of all processes on one database, as connectors take calls from it."""

from dataclasses import dataclass

from sqlalchemy import Engine

from slasync.domain.budgets import Granted, Wish
from slasync.store.unit import retrying


@dataclass(frozen=True, slots=True)
class CallLedger:
    """Each wish is a transaction of its own. Raises TryLater when the database is out of reach."""

    engine: Engine

    def take(self, wish: Wish) -> Granted:
        """Grant calls, or tell when there are some again."""
        return retrying(self.engine, lambda unit: unit.call_budgets.take(wish))
