"""E-mails behind tasks: whether the lead wrote one or got it, which a task does not say.

Each EmailMessage about a lead has a task of its own, of subtype Email. The task is what is read;
the e-mail only completes it, so one e-mail counts once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.activities import EMAIL, INCOMING, MAIL, SENT
from slasync.connectors.salesforce.ids import to18
from slasync.connectors.salesforce.lookup import IDS_A_QUERY, asked
from slasync.connectors.salesforce.people import Row
from slasync.connectors.salesforce.soql import by_keys
from slasync.connectors.salesforce.transport import Transport
from slasync.errors import Refused

log = structlog.get_logger(__name__)

OBJECT, TASK = "EmailMessage", "ActivityId"
FIELDS = ("Id", TASK, INCOMING, SENT)
KEPT = 5_000  # tasks: an overlap reads the same ones again

Told = Mapping[str, Any]


class Emails:
    """What e-mails say, asked for once a task."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._there = True
        self._known: dict[str, Told | None] = {}

    def told(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return rows of tasks, those of e-mails with what theirs says.

        Raises TryLater or Stopped. Where e-mails may not be read the rows stay as they are, and
        until slasync is started anew they are not asked for again.
        """
        tasks = [str(row.get("Id")) for row in rows if row.get("TaskSubtype") == EMAIL]
        unknown = [task for task in tasks if task not in self._known]
        if unknown and self._there:
            self._ask(unknown)
        found = {task: told for task in tasks if (told := self._known.get(task))}
        return [_with(row, found.get(str(row.get("Id")))) for row in rows] if found else rows

    def _ask(self, tasks: Sequence[str]) -> None:
        texts = by_keys(OBJECT, FIELDS, TASK, tasks, IDS_A_QUERY)
        try:
            told = asked(self._transport, Lane.READ, texts)
        except Refused as error:
            self._there = False
            log.warning("who wrote an e-mail is not known", because=str(error))
            return
        if len(self._known) > KEPT:
            self._known.clear()
        by_task = {to18(each[TASK]): each for each in told}
        self._known |= {task: by_task.get(to18(task)) for task in tasks}


def _with(row: Row, told: Told | None) -> Row:
    return row if told is None else {**row, MAIL: {INCOMING: told[INCOMING], SENT: told.get(SENT)}}
