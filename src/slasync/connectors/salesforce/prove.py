"""Proofs in the organisation itself: one key makes one task, and a change has its precondition.

Each writes a task to slasync's own user and deletes it again.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from slasync.connectors.http import Lane
from slasync.connectors.provisioning import Findings
from slasync.connectors.salesforce.finding import Finder
from slasync.connectors.salesforce.ids import http_date, to18
from slasync.connectors.salesforce.ledger import Ledger
from slasync.connectors.salesforce.lookup import rows_by
from slasync.connectors.salesforce.transport import Transport
from slasync.errors import SlasyncError
from slasync.systems import LedgerConfig, SalesforceConfig

SUBJECT = "slasync: a proof of the key, to be deleted"
LEDGER_KEY = "slasync-proof"  # its row stays: claims are never deleted
NOT_UNIQUE = "mark it 'unique' and 'external ID': without both slasync may make a task twice"
ONE_TASK = "one task for one key: written twice it was made once, and refused when made anew"
KEPT = "a change is refused where the record was changed since it was read (If-Unmodified-Since)"
NO_CONTENT, CHANGED_SINCE = 204, 412
DAY = timedelta(days=1)
Item = Mapping[str, Any]


def prove(config: SalesforceConfig, transport: Transport, user: str, key: str) -> Findings:
    """Prove both; `key` has never been used. Raises TryLater, Refused or Stopped."""
    if config.ledger:
        return _by_ledger(config.ledger, transport, user)
    task = {"attributes": {"type": "Task"}, "Subject": SUBJECT, "OwnerId": user}
    row = task | {config.task_key_field: key}
    try:
        problems = [*_one_task(config, transport, row)]
        for found in Finder(config, transport).tasks([key]).values():
            problems += _precondition(transport, str(found["Id"]))
    finally:
        left = _cleared(config, transport, key)
    proved = () if problems else (ONE_TASK, KEPT)
    return Findings((*problems, *left), (), proved)


def _one_task(config: SalesforceConfig, transport: Transport, row: Item) -> Iterator[str]:
    upsert = f"composite/sobjects/Task/{config.task_key_field}"
    first, again = _sent(transport, "PATCH", upsert, row), _sent(transport, "PATCH", upsert, row)
    anew = _sent(transport, "POST", "composite/sobjects", row)
    field = f"Task.{config.task_key_field}"
    if not first.get("success"):
        yield f"a task with {field} could not be made: {first.get('errors')}"
    elif not again.get("success") or again.get("created") or again.get("id") != first.get("id"):
        yield f"{field} does not make a task come once, it came twice: {NOT_UNIQUE}"
    elif anew.get("success"):
        yield f"{field} is not unique, a second task with the same key was made: {NOT_UNIQUE}"


def _sent(transport: Transport, method: str, path: str, row: Item) -> Item:
    [item] = transport.rows(Lane.WRITE, method, path, {"allOrNone": False, "records": [row]}, 1)
    found: Item = item
    return found


def _precondition(transport: Transport, task: str) -> Iterator[str]:
    now = transport.vendor_now()
    parts = [
        {
            "method": "PATCH",
            "path": f"sobjects/Task/{task}",
            "body": {"Subject": SUBJECT},
            "httpHeaders": {"If-Unmodified-Since": http_date(at)},
        }
        for at in (now - DAY, now + DAY)
    ]
    old, fresh = (int(p.get("httpStatusCode") or 0) for p in transport.composite(Lane.WRITE, parts))
    if old != CHANGED_SINCE or fresh != NO_CONTENT:
        yield (
            "If-Unmodified-Since is not honoured"
            f" (HTTP {old} and {fresh} instead of {CHANGED_SINCE} and {NO_CONTENT}): a person's"
            " change within two seconds before slasync's may be lost; ask Salesforce why"
        )


def _cleared(config: SalesforceConfig, transport: Transport, key: str) -> list[str]:
    """Delete what the proof made; tell what is left of it."""
    try:
        ids = [str(row["Id"]) for row in Finder(config, transport).tasks([key]).values()]
        rows = [*ids, *_others(config, transport, key, ids)]
        return _deleted(transport, rows)
    except SlasyncError as error:
        return [f"the proof's task is left, delete it by hand: '{SUBJECT}' ({error})"]


def _others(
    config: SalesforceConfig, transport: Transport, key: str, known: list[str]
) -> list[str]:
    """Find further tasks of the key, where the field let several be made."""
    field = config.task_key_field
    rows = rows_by(transport, "Task", ("Id", "IsDeleted", field), field, [key])
    return [str(r["Id"]) for r in rows if not r["IsDeleted"] and str(r["Id"]) not in known]


def _deleted(transport: Transport, ids: list[str]) -> list[str]:
    if not ids:
        return []
    path = f"composite/sobjects?ids={','.join(ids)}&allOrNone=false"
    told = transport.rows(Lane.WRITE, "DELETE", path, None, len(ids))
    left = [i for i, item in zip(ids, told, strict=True) if not item.get("success")]
    return [f"the proof's task {i} could not be deleted: delete it by hand" for i in left]


def _by_ledger(names: LedgerConfig, transport: Transport, user: str) -> Findings:
    """Claim one key twice: the second is refused, now or since an earlier proof."""
    ledger = Ledger(names, transport)
    task = {"Subject": SUBJECT, "OwnerId": user}
    first = ledger.make({LEDGER_KEY: task})[LEDGER_KEY]
    again = ledger.make({LEDGER_KEY: task})[LEDGER_KEY]
    made = [to18(told.ref.id) for told in (first, again) if told is not None and told.ref]
    left = _deleted(transport, made)
    refused = [told for told in (first, again) if told is not None and not told.ref]
    if refused:
        return Findings((f"a task by the ledger could not be made: {refused[0].message}", *left))
    if again is not None:
        field = f"{names.object}.{names.key}"
        return Findings((f"{field} does not make a task come once: {NOT_UNIQUE}", *left))
    return Findings(tuple(left), (), (ONE_TASK,))
