"""Finding rows by a value that they are known by: queries, as few calls as the limits allow."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.errors import QUARTER
from slasync.connectors.salesforce.people import Row
from slasync.connectors.salesforce.read import QUERIES_A_CALL, queries, rows_of
from slasync.connectors.salesforce.soql import KEYS_A_QUERY, by_keys
from slasync.connectors.salesforce.transport import Transport
from slasync.errors import Refused, TryLater

IDS_A_QUERY = 180  # keeps a WHERE clause of 18-character ids below 4,000 characters


@contextmanager
def looking_up() -> Iterator[None]:
    """Have a look-up that is refused wait for the field or permission that it lacks."""
    try:
        yield
    except Refused as error:
        raise TryLater(f"it cannot be looked up: {error}", QUARTER) from error


def rows_by(  # noqa: PLR0913, PLR0917 - where, what and by which values
    transport: Transport,
    object_name: str,
    fields: Sequence[str],
    by: str,
    values: Sequence[str],
    a_query: int = KEYS_A_QUERY,
) -> list[Row]:
    """Return the rows with these values in the field `by`, deleted ones too; the living last.

    `fields` names Id, IsDeleted and `by`. Raises TryLater or Stopped.
    """
    texts = by_keys(object_name, fields, by, [*dict.fromkeys(values)], a_query)
    with looking_up():
        rows = asked(transport, Lane.REREAD, texts)
    rows.sort(key=lambda row: (not row["IsDeleted"], row["Id"]))
    return rows


def asked(transport: Transport, lane: Lane, texts: Sequence[str]) -> list[Row]:
    """Return the rows of queries, five to a call. Raises TryLater, Refused or Stopped."""
    lots = [texts[n : n + QUERIES_A_CALL] for n in range(0, len(texts), QUERIES_A_CALL)]
    return [row for lot in lots for told in queries(transport, lane, lot) for row in rows_of(told)]
