"""Tasks that others made about leads, asked for at the moment: the mirror reads none of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.ids import instant, to18
from slasync.connectors.salesforce.people import Row
from slasync.connectors.salesforce.read import QUERIES_A_CALL, queries, rows_of
from slasync.connectors.salesforce.soql import listed, stamp
from slasync.connectors.salesforce.transport import Transport
from slasync.domain.lead import Ref, UserKey
from slasync.ports import Asked

AT_ONCE = 50  # leads a query
FULL = 2000  # rows that one answer holds: then there may be more
AT_ONCE_DONE = timedelta(minutes=1)  # closed and never changed since: logged, not asked


def tasks_of_others(
    transport: Transport, own: str, leads: Sequence[Ref], since: datetime
) -> Iterator[Asked]:
    """Yield the tasks about `leads` that others than the user `own` made since then.

    What was logged when it was done is nobody's request. Raises TryLater, Refused or Stopped.
    """
    lots = [leads[n : n + AT_ONCE] for n in range(0, len(leads), AT_ONCE)]
    while lots:
        now, lots = lots[:QUERIES_A_CALL], lots[QUERIES_A_CALL:]
        told = queries(transport, Lane.READ, [_query(lot, own, since) for lot in now])
        for lot, answer in zip(now, told, strict=True):
            rows = rows_of(answer)
            if len(rows) >= FULL and len(lot) > 1:  # the answer may not hold all: ask for less
                half = len(lot) // 2
                lots += [lot[:half], lot[half:]]
                continue
            about = {ref.id: ref for ref in lot}
            yield from (_asked(row, about[to18(row["WhoId"])]) for row in rows if not _logged(row))


def _query(leads: Sequence[Ref], own: str, since: datetime) -> str:
    return (
        "SELECT WhoId,OwnerId,IsClosed,CreatedDate,CreatedById,LastModifiedDate FROM Task"  # noqa: S608 - quoted
        f" WHERE WhoId IN {listed(ref.id for ref in leads)} AND CreatedDate >= {stamp(since)}"
        f" AND CreatedById != '{own}' ORDER BY CreatedDate LIMIT {FULL}"
    )


def _logged(row: Row) -> bool:
    since = instant(row["LastModifiedDate"]) - instant(row["CreatedDate"])
    return bool(row["IsClosed"]) and since < AT_ONCE_DONE


def _asked(row: Row, about: Ref) -> Asked:
    whom, by = UserKey(to18(row["OwnerId"])), UserKey(to18(row["CreatedById"]))
    return Asked(about, whom, by, instant(row["CreatedDate"]))
