"""Writing tasks by the ledger: keys that nobody claimed are made, the others' tasks are changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from slasync.connectors.salesforce.errors import SECONDS
from slasync.connectors.salesforce.finding import Finder
from slasync.connectors.salesforce.ledger import Ledger
from slasync.connectors.salesforce.people import SYSTEM, Row
from slasync.connectors.salesforce.records import Record, settle_row, task_record
from slasync.connectors.salesforce.transport import Transport
from slasync.domain.lead import Ref
from slasync.domain.writes import Write
from slasync.errors import SlasyncError, Stopped, TryLater
from slasync.ports import Outcome, Receipt
from slasync.systems import LedgerConfig, SalesforceConfig

Update = Callable[[Sequence[Record]], list[Any]]
"""Changes records by id; returns what Salesforce says of each."""
UNSEEN = Receipt(
    Outcome.TRY_LATER, message="the key is claimed, its row cannot be seen yet", after=SECONDS
)


class LedgerTasks:
    """Upserts tasks: those of one call, so that none is older than the look at its lead."""

    def __init__(
        self,
        config: SalesforceConfig,
        names: LedgerConfig,
        transport: Transport,
        finder: Finder,
        update: Update,
    ) -> None:
        self._config = config
        self._update = update
        self._finder = finder
        self._ledger = Ledger(names, transport)

    def write(self, writes: Sequence[Write]) -> list[Receipt]:
        """Return one receipt each, in order. Raises what concerns all of them, nothing sent yet.

        A first rung's task is made at once, and looked for only where its key is taken; that of a
        later rung is looked for first.
        """
        by_key = {_key(write): write for write in writes}
        later = [key for key, write in by_key.items() if key != write.key]
        known = self._finder.tasks(later) if later else {}
        fresh = {key: task_record(w, self._config) for key, w in by_key.items() if key not in known}
        told = self._ledger.make(fresh) if fresh else {}
        taken = [key for key, receipt in told.items() if receipt is None]
        try:
            known |= self._finder.tasks(taken) if taken else {}
            told |= self._changed(by_key, known)
        except (TryLater, Stopped) as error:  # what was made keeps its receipt
            if not any(told.values()):
                raise
            told |= {key: _failed(error) for key in by_key if not told.get(key)}
        return [told.get(_key(write)) or UNSEEN for write in writes]

    def _changed(self, by_key: Mapping[str, Write], known: Mapping[str, Row]) -> dict[str, Receipt]:
        """Change tasks that are there. One that a person deleted is not made again."""
        gone = {key: _gone(row) for key, row in known.items() if row["IsDeleted"]}
        there = {key: row for key, row in known.items() if key not in gone}
        if not there:
            return gone
        rows = [self._change(by_key[key], row) for key, row in there.items()]
        items = self._update(rows)
        settled = {
            key: settle_row(item, "task", Ref(SYSTEM, "task", row["Id"]), self._config)
            for (key, row), item in zip(there.items(), items, strict=True)
        }
        return gone | settled

    def _change(self, write: Write, row: Row) -> Record:
        return task_record(write, self._config) | {"id": row["Id"]}


def _key(write: Write) -> str:
    return str(write.task_key)


def _gone(row: Row) -> Receipt:
    ref = Ref(SYSTEM, "task", row["Id"])
    return Receipt(Outcome.GONE, ref, message="somebody deleted the task")


def _unsent(error: SlasyncError) -> Receipt:
    return Receipt(Outcome.TRY_LATER, message=str(error), after=error.after)


def _failed(error: SlasyncError) -> Receipt:
    unknown = isinstance(error, TryLater) and error.unknown
    return replace(_unsent(error), outcome=Outcome.UNKNOWN) if unknown else _unsent(error)
