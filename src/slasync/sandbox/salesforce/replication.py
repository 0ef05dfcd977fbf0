"""Which records were changed or deleted in a span of time."""

from datetime import datetime, timedelta

from slasync.sandbox.salesforce import times
from slasync.sandbox.salesforce.asking import Ask, Reply
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.records import BIN
from slasync.sandbox.salesforce.schema import ObjectType

UPDATED_BACK = timedelta(days=30)
MOST = 600_000


def updated(org: Org, ask: Ask, type_: ObjectType) -> Reply:
    """Answer /updated: ids whose stamp lies in [start, end), seconds ignored."""
    start, end = _span(ask, UPDATED_BACK)
    store = org.store(type_)
    store.uncover(ask.now)
    line = store.timelines.get("SystemModstamp")
    if line is None:
        raise Trouble("INVALID_TYPE_FOR_OPERATION", f"{type_.name} is not replicateable")
    low, high = times.stamp(start), times.stamp(end)
    found = [
        row["Id"]
        for row in line.between(low, high, store.rows)
        if row["SystemModstamp"] < high
        and not row.get("IsDeleted")
        and row["Id"] not in store.hidden
    ]
    if len(found) > MOST:
        raise Trouble("EXCEEDED_ID_LIMIT", "too many ids in this span")
    return Reply(200, {"ids": found, "latestDateCovered": times.stamp(min(end, ask.now))})


def deleted(org: Org, ask: Ask, type_: ObjectType) -> Reply:
    """Answer /deleted: deleted and merged records of the last 15 days."""
    start, end = _span(ask, BIN)
    store = org.store(type_)
    store.uncover(ask.now)
    low, high = times.stamp(start), times.stamp(end)
    found = [
        {"id": record_id, "deletedDate": at}
        for at, record_id in store.deleted
        if low <= at < high
        and store.rows.get(record_id, {}).get("IsDeleted")
        and record_id not in store.hidden
    ]
    body = {
        "deletedRecords": found,
        "earliestDateAvailable": times.stamp(ask.now - BIN),
        "latestDateCovered": times.stamp(min(end, ask.now)),
    }
    return Reply(200, body)


def _span(ask: Ask, back: timedelta) -> tuple[datetime, datetime]:
    try:
        start, end = (times.instant(ask.params[name]) for name in ("start", "end"))
    except (KeyError, ValueError):
        raise Trouble("INVALID_REPLICATION_DATE", "start and end must be dateTime values") from None
    start, end = (at.replace(second=0, microsecond=0) for at in (start, end))
    if start < ask.now - back - timedelta(minutes=1):
        text = f"startDate before org replication enablement date or more than {back.days} days ago"
        raise Trouble("INVALID_REPLICATION_DATE", text)
    if end <= start:
        text = "endDate must be at least one minute greater than the startDate"
        raise Trouble("INVALID_REPLICATION_DATE", text)
    return start, end
