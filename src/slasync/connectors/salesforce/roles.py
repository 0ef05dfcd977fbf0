"""Managers by the hierarchy of roles, for users whose manager is not entered in their record."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.ids import to18
from slasync.connectors.salesforce.people import BY_ROLE, ROLE, Row
from slasync.connectors.salesforce.read import QUERIES_A_CALL, queries, rows_of
from slasync.connectors.salesforce.soql import by_keys
from slasync.connectors.salesforce.transport import Transport
from slasync.errors import Refused

log = structlog.get_logger(__name__)

PARENTS = "SELECT Id,ParentRoleId FROM UserRole"
Parents = Mapping[str, str | None]
Holders = Mapping[str, Sequence[str]]


class Roles:
    """The roles above one another, and who holds them, asked for anew with each page of users."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def managed(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return rows that name the manager by role where the record names none.

        Raises TryLater or Stopped. Where roles may not be read the rows stay as they are.
        """
        lacking = {to18(row[ROLE]) for row in rows if not row["ManagerId"] and row.get(ROLE)}
        if not lacking:
            return rows
        try:
            parents = self._parents()
            above = sorted({role for each in lacking for role in _above(each, parents)})
            holders = self._holders(above)
        except Refused as error:
            log.warning("managers are not known by their roles", because=str(error))
            return rows
        return [_managed(row, parents, holders) for row in rows]

    def _parents(self) -> Parents:
        [told] = queries(self._transport, Lane.READ, [PARENTS])
        return {to18(row["Id"]): _id(row["ParentRoleId"]) for row in _whole(told)}

    def _holders(self, roles: Sequence[str]) -> Holders:
        """Return the active users of each of these roles."""
        texts = by_keys("User", ("Id", ROLE), ROLE, roles)
        texts = [f"{text} AND IsActive = true" for text in texts]
        found: dict[str, list[str]] = {}
        for start in range(0, len(texts), QUERIES_A_CALL):
            some = texts[start : start + QUERIES_A_CALL]
            for told in queries(self._transport, Lane.READ, some):
                for row in _whole(told):
                    found.setdefault(to18(row[ROLE]), []).append(to18(row["Id"]))
        return found


def _whole(told: Mapping[str, Any]) -> Sequence[Row]:
    """Return the rows of an answer that is not cut short: a part would name the wrong person."""
    rows = rows_of(told)
    if not told["body"].get("done", True):
        raise Refused(f"there are more than {len(rows)} roles or users in them")
    return rows


def _above(role: str, parents: Parents) -> Iterator[str]:
    """Yield the roles above this one, the nearest first; a circle is gone round once."""
    seen = {role}
    above = parents.get(role)
    while above is not None and above not in seen:
        yield above
        seen.add(above)
        above = parents.get(above)


def _managed(row: Row, parents: Parents, holders: Holders) -> Row:
    """Name who alone holds the nearest role above that anybody holds; of several, nobody."""
    if row["ManagerId"] or not row.get(ROLE):
        return row
    for role in _above(to18(row[ROLE]), parents):
        if held := holders.get(role):
            return {**row, BY_ROLE: held[0]} if len(held) == 1 else row
    return row


def _id(record_id: str | None) -> str | None:
    return to18(record_id) if record_id else None
