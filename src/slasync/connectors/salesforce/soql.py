"""SOQL as text: literals, and pages of a table in a fixed order."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from slasync.connectors.salesforce.ids import instant
from slasync.ports import Ask, Position

_ESCAPED = {n: quote(chr(n), safe="") for n in range(128)}
KEYS_A_QUERY = 80  # keeps a WHERE clause of 40-digit keys below 4,000 characters


def quoted(text: str) -> str:
    """Write a string literal; quotes, backslashes and control characters are escaped."""
    escapes = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "'" + "".join(escapes.get(char, char) for char in text) + "'"


def in_url(text: str) -> str:
    """Write a query as part of an address, like `quote`: it is long, and most of it plain."""
    return text.translate(_ESCAPED) if text.isascii() else quote(text, safe="")


def stamp(at: datetime) -> str:
    """Write a datetime literal, cut to the second, as vendor stamps are."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(values: Iterable[str]) -> str:
    return "(" + ",".join(map(quoted, values)) + ")"


@dataclass(frozen=True, slots=True)
class Mark:
    """The last row of a page in the order (stamp, id)."""

    at: datetime
    id: str

    def position(self) -> Position:
        return json.dumps({"at": self.at.isoformat(), "id": self.id})


def mark(position: Position) -> Mark:
    """Read a position written by `Mark.position`. Raises ValueError."""
    value = json.loads(position)
    return Mark(instant(value["at"]), value["id"])


@dataclass(frozen=True, slots=True)
class Table:
    """What is read of one object. `also` is a datetime field whose coming counts as a change."""

    object: str
    stamp: str = "SystemModstamp"
    condition: str = ""
    also: str = ""
    bounded: bool = True  # False: a full reading also takes what changed after it began


def page(table: Table, fields: Sequence[str], ask: Ask, limit: int) -> str:
    """Return the query for one page of [ask.since, ask.upto] after ask.position."""
    parts = [table.condition, _window(table, ask), _after(table, ask.position)]
    where = " AND ".join(filter(None, parts))
    return (
        f"SELECT {','.join(fields)} FROM {table.object}"  # noqa: S608 - literals are quoted
        f"{' WHERE ' + where if where else ''} ORDER BY {table.stamp},Id LIMIT {limit}"
    )


def count_of(table: Table) -> str:
    """Return the query for the number of a table's rows, whatever their stamp."""
    where = f" WHERE {table.condition}" if table.condition else ""
    return f"SELECT COUNT() FROM {table.object}{where}"  # noqa: S608 - conditions are our own


def _window(table: Table, ask: Ask) -> str:
    if ask.since is None and not table.bounded:
        return ""
    changed = _between(table.stamp, ask)
    return f"({changed} OR {_between(table.also, ask)})" if table.also else changed


def _between(field: str, ask: Ask) -> str:
    upper = f"{field} <= {stamp(ask.upto)}"
    return f"({field} >= {stamp(ask.since)} AND {upper})" if ask.since else f"({upper})"


def _after(table: Table, position: Position | None) -> str:
    if position is None:
        return ""
    last = mark(position)
    at = stamp(last.at)
    return f"({table.stamp} > {at} OR ({table.stamp} = {at} AND Id > {quoted(last.id)}))"


def by_keys(
    object_name: str,
    fields: Sequence[str],
    key: str,
    values: Sequence[str],
    a_query: int = KEYS_A_QUERY,
) -> list[str]:
    """Return queries that find the rows with these values of `key`, `a_query` to each."""
    chunks = [values[n : n + a_query] for n in range(0, len(values), a_query)]
    select = f"SELECT {','.join(fields)} FROM {object_name}"  # noqa: S608 - literals are quoted
    return [f"{select} WHERE {key} IN {listed(chunk)}" for chunk in chunks]
