"""Whether the ledger is as slasync left it: a claim that is gone, or says nothing, is told."""

from collections.abc import Iterator
from urllib.parse import quote

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.soql import quoted
from slasync.connectors.salesforce.transport import Transport
from slasync.errors import Refused, TryLater
from slasync.systems import LedgerConfig

NAMED = 3


def ledger_problems(names: LedgerConfig | None, transport: Transport) -> Iterator[str]:
    """Yield what somebody did to the ledger, or may do. Raises TryLater or Stopped."""
    if names is None:
        return
    emptied = _values(
        transport,
        f"SELECT {names.key} FROM {names.object} WHERE {names.task} = null",  # noqa: S608 - names of the file
        names.key,
    )
    if emptied:
        more = f" and {len(emptied) - NAMED} more" if len(emptied) > NAMED else ""
        yield (
            f"rows of {names.object} name no task, somebody emptied them"
            f" ({', '.join(emptied[:NAMED])}{more}): put the ids back, those tasks come no more"
        )
    deleting = _values(
        transport,
        "SELECT Parent.Label FROM ObjectPermissions"  # noqa: S608 - quoted
        f" WHERE SobjectType = {quoted(names.object)} AND PermissionsDelete = true"
        " AND Parent.IsOwnedByProfile = false",  # those who administer may do everything
        "Parent",
    )
    for given in dict.fromkeys(deleting):
        yield (
            f"'{given}' lets people delete rows of {names.object}: take that out of it, a task"
            " whose claim is gone may come twice"
        )


def _values(transport: Transport, text: str, name: str) -> list[str]:
    try:
        told = transport.call(Lane.READ, "GET", f"query/?q={quote(text, safe='')}")
        values = [row[name] for row in told["records"]]
    except Refused:  # the object or the right to read it is missing: told there
        return []
    except (KeyError, TypeError) as error:
        raise TryLater("the answer to a query is not one") from error
    return [str(v["Label"] if isinstance(v, dict) else v) for v in values if v]
