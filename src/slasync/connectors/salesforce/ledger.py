"""The ledger: an object whose rows claim the keys of tasks, where Activity has no unique field.

The row that claims a key, the task, and the row's note of the task are one graph of a composite
call: Salesforce makes all three or none. So no row waits for its task and no task for its row,
whenever slasync ends and whichever answer is lost; and a graph that is carried out late, after its
key was claimed by another, is undone by Salesforce itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.errors import SECONDS, complaint_of, translate
from slasync.connectors.salesforce.ids import to18
from slasync.connectors.salesforce.lookup import IDS_A_QUERY, rows_by
from slasync.connectors.salesforce.people import SYSTEM, Row
from slasync.connectors.salesforce.records import Record
from slasync.connectors.salesforce.transport import Transport
from slasync.domain.lead import Ref
from slasync.errors import TryLater
from slasync.ports import Outcome, Receipt
from slasync.systems import LedgerConfig

GRAPHS_A_CALL = 50  # Salesforce takes 75; each is a transaction, triggers included
ROLLED_BACK = {"PROCESSING_HALTED", "ALL_OR_NONE_OPERATION_ROLLED_BACK"}
CREATED = 201
NO_RECORD = "000000000000000AAA"


class Ledger:
    """Which task stands for a key; every method raises TryLater or Stopped."""

    def __init__(self, names: LedgerConfig, transport: Transport) -> None:
        self._names = names
        self._transport = transport

    def tasks(self, keys: Sequence[str], fields: Sequence[str]) -> dict[str, Row]:
        """Return by key the tasks that rows name. One that is gone for good is told as deleted."""
        claimed = self._claimed(keys)
        ids = [task for task in claimed.values() if task != NO_RECORD]
        columns = ("Id", *(name for name in fields if name != "Id"))
        rows = rows_by(self._transport, "Task", columns, "Id", ids, IDS_A_QUERY)
        found = {to18(row["Id"]): row for row in rows}
        return {key: found.get(task) or _purged(task) for key, task in claimed.items()}

    def keyed(self, rows: Sequence[Row], column: str) -> list[Row]:
        """Return rows of tasks with their keys in `column`: None for those of others."""
        names = self._names
        ids = [to18(row["Id"]) for row in rows]
        columns = ("Id", "IsDeleted", names.key, names.task)
        told = rows_by(self._transport, names.object, columns, names.task, ids, IDS_A_QUERY)
        keys = {to18(each[names.task]): each[names.key] for each in told}
        return [{**row, column: keys.get(to18(row["Id"]))} for row in rows]

    def make(self, tasks: Mapping[str, Record]) -> dict[str, Receipt | None]:
        """Make these tasks, by key; None stands for a key that was claimed before.

        One call; each task succeeds or fails by itself.
        """
        keys = list(tasks)
        graphs = [
            {"graphId": f"g{n}", "compositeRequest": self._nodes(key, tasks[key])}
            for n, key in enumerate(keys)
        ]
        told = self._transport.call(Lane.WRITE, "POST", "composite/graph", {"graphs": graphs})
        answers = told.get("graphs") if isinstance(told, dict) else None
        wanted = [each["graphId"] for each in graphs]
        if not isinstance(answers, list) or [_id(each) for each in answers] != wanted:
            raise TryLater("the graphs of the answer do not match", SECONDS, unknown=True)
        return {key: _settled(each) for key, each in zip(keys, answers, strict=True)}

    def _nodes(self, key: str, task: Record) -> list[Record]:
        """Return what makes one task: claim the key, make the task, note which one it is."""
        names, url = self._names, self._transport.url
        record = {name: value for name, value in task.items() if name != "attributes"}
        return [
            {
                "method": "POST",
                "url": url(f"sobjects/{names.object}"),
                "referenceId": "claim",
                "body": {names.key: key},
            },
            {
                "method": "POST",
                "url": url("sobjects/Task"),
                "referenceId": "task",
                "body": record,
            },
            {
                "method": "PATCH",
                "url": url(f"sobjects/{names.object}/@{{claim.id}}"),
                "referenceId": "note",
                "body": {names.task: "@{task.id}"},
            },
        ]

    def _claimed(self, keys: Sequence[str]) -> dict[str, str]:
        """Return the task that each claimed key stands for; NO_RECORD where somebody emptied it."""
        names = self._names
        columns = ("Id", "IsDeleted", names.key, names.task)
        rows = rows_by(self._transport, names.object, columns, names.key, keys)
        return {row[names.key]: to18(row[names.task] or NO_RECORD) for row in rows}


def _purged(task: str) -> Row:
    """Tell of a task that left the recycle bin, or of which its row was made to say nothing.

    The key was claimed: the task came once, and is not made again.
    """
    return {"Id": task, "IsDeleted": True, "IsClosed": False, "Subject": None, "OwnerId": None}


def _id(answer: Any) -> Any:
    return answer.get("graphId") if isinstance(answer, Mapping) else None


def _settled(answer: Mapping[str, Any]) -> Receipt | None:
    try:
        parts = {p["referenceId"]: p for p in answer["graphResponse"]["compositeResponse"]}
        if answer["isSuccessful"]:
            ref = Ref(SYSTEM, "task", to18(parts["task"]["body"]["id"]))
            return Receipt(Outcome.APPLIED, ref, created=True)
        return _refused(parts)
    except (KeyError, TypeError, ValueError):
        return Receipt(Outcome.UNKNOWN, message="the answer has no result for this row")


def _refused(parts: Mapping[str, Mapping[str, Any]]) -> Receipt | None:
    """Say why a graph was undone: by its own part, not by those that were rolled back with it."""
    for name, part in parts.items():
        complaint = complaint_of(part["body"], int(part["httpStatusCode"]))
        if int(part["httpStatusCode"]) == CREATED or complaint.code in ROLLED_BACK:
            continue
        if name == "claim" and complaint.code == "DUPLICATE_VALUE":
            return None
        return translate(complaint).receipt()
    return Receipt(Outcome.UNKNOWN, message="the answer does not say what was wrong with this row")
