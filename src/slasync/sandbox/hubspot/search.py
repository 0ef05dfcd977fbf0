"""Search: the only call that filters. It reads the lagging index, and ends at 10,000 rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slasync.sandbox.http import is_number
from slasync.sandbox.hubspot import filters, shapes
from slasync.sandbox.hubspot.call import Answer, Call, bounded, objects_of, texts_of
from slasync.sandbox.hubspot.catalogue import Kind
from slasync.sandbox.hubspot.errors import Json, bad
from slasync.sandbox.hubspot.filters import Filter
from slasync.sandbox.hubspot.index import TOP
from slasync.sandbox.hubspot.portal import Portal
from slasync.sandbox.hubspot.record import Record
from slasync.sandbox.hubspot.shapes import View

BODY, CEILING = 3_000, 10_000
PAGE, PAGE_BY_DEFAULT = 200, 10
GROUPS, FILTERS_A_GROUP, FILTERS = 5, 6, 18
_LAST = 1 << 60

Group = list[Filter]


@dataclass(frozen=True, slots=True)
class Query:
    """What was searched for. No groups: everything."""

    groups: list[Group]
    sort: str
    descending: bool
    text: str
    after: int
    limit: int


def search(call: Call) -> Answer:
    """POST /crm/v3/objects/{object}/search."""
    if len(call.request.body.decode(errors="replace")) > BODY:
        raise bad(f"The request body must not be longer than {BODY} characters")
    portal, kind, body = call.portal, call.kind, call.body()
    query = read(portal, kind, body)
    index = portal.table(kind).index
    index.settle(portal.now)
    total, rows = found(portal, kind, query)
    live = portal.table(kind).live
    show = shapes.reader(portal, kind, View(texts_of(body, "properties")))
    answer: Json = {"total": total, "results": [show(row) for row in rows if row.id in live]}
    end = query.after + query.limit
    if end < total:
        answer["paging"] = {"next": {"after": str(end)}}
    return Answer(value=answer)


def read(portal: Portal, kind: Kind, body: Mapping[str, Any]) -> Query:
    """Read the body of a search. Raises 400 for what goes beyond the limits."""
    groups = [
        [filters.read(portal, kind, given) for given in objects_of(group, "filters")]
        for group in objects_of(body, "filterGroups")
    ]
    _refuse_too_many(groups)
    sort, descending = _sort(portal, kind, body.get("sorts") or [])
    after = str(body.get("after") or "0")
    if not is_number(after):
        raise bad(f"Invalid after value: {after}")
    limit = bounded("limit", str(body.get("limit") or PAGE_BY_DEFAULT), PAGE)
    if int(after) + limit > CEILING:
        raise bad(f"Search results beyond {CEILING} cannot be paged to")
    return Query(groups, sort, descending, str(body.get("query") or ""), int(after), limit)


def found(portal: Portal, kind: Kind, query: Query) -> tuple[int, list[Record]]:
    """Return how many rows match, and the page asked for. Costs as little as the query lets."""
    index = portal.table(kind).index
    span = _plain_span(kind, query)
    if span is not None:
        start, end = index.modified_span(*span)
        return end - start, list(_page_of_span(portal, kind, query, start, end))
    matching = _matching(portal, kind, query)
    key = filters.value_key(portal, kind, query.sort)
    # rows without a value come last, whichever way it is sorted
    have = [(value, row) for row in matching if (value := key(row)) is not None]
    have.sort(key=lambda pair: (pair[0], pair[1].id), reverse=query.descending)
    ordered = [row for _, row in have] + [row for row in matching if key(row) is None]
    return len(ordered), ordered[query.after : query.after + query.limit]


def _plain_span(kind: Kind, query: Query) -> tuple[int, int] | None:
    """Return the stamps asked for when nothing but the stamp is filtered and sorted by."""
    if query.sort != kind.modified or query.text or len(query.groups) > 1:
        return None
    group = query.groups[0] if query.groups else []
    return _bounds(group, kind.modified) if _only(group, kind.modified) else None


def _page_of_span(
    portal: Portal, kind: Kind, query: Query, start: int, end: int
) -> Iterable[Record]:
    index = portal.table(kind).index
    if query.descending:
        first = max(start, end - query.after)
        return index.at_modified(first - 1, max(start, first - query.limit) - 1)
    first = min(end, start + query.after)
    return index.at_modified(first, min(end, first + query.limit))


def _matching(portal: Portal, kind: Kind, query: Query) -> list[Record]:
    """Return the rows that any group lets through, each once, oldest id first."""
    rows: dict[int, Record] = {}
    for group in query.groups or [[]]:
        for row in _candidates(portal, kind, group):
            if all(condition.test(row) for condition in group):
                rows[row.id] = row
    if query.text:
        text = filters.text_test(kind, query.text)
        return [row for row in rows.values() if text(row)]
    return list(rows.values())


def _candidates(portal: Portal, kind: Kind, group: Group) -> Iterable[Record]:
    """Return rows among which are all that the group lets through: as few as can be."""
    index = portal.table(kind).index
    for condition in group:
        ids = _named(portal, kind, condition)
        if ids is not None:
            return [index.rows[i] for i in sorted(ids) if i in index.rows]
    start, end = index.modified_span(*_bounds(group, kind.modified))
    low, high = index.id_span(*_bounds(group, "hs_object_id"))
    if end - start < high - low:
        return [index.rows[key & TOP] for key in index.by_modified[start:end]]
    return [index.rows[i] for i in index.ids[low:high]]


def _named(portal: Portal, kind: Kind, condition: Filter) -> set[int] | None:
    """Return the ids that a filter names outright: by id or by unique value."""
    if condition.operator not in {"EQ", "IN"}:
        return None
    if condition.name == "hs_object_id":
        return {int(value) for value in condition.values}
    unique = portal.schema(kind).unique_names
    if condition.name in unique or (kind.name, condition.name) == ("contacts", "email"):
        index = portal.table(kind).index
        return set().union(*(index.holders(condition.name, str(v)) for v in condition.values))
    return None


def _only(group: Group, name: str) -> bool:
    ranges = {"EQ", "GT", "GTE", "LT", "LTE", "BETWEEN"}
    return all(c.name == name and c.operator in ranges for c in group)


def _bounds(group: Group, name: str) -> tuple[int, int]:
    """Return the lowest and highest whole number that the group's filters on `name` allow."""
    low, high = 0, _LAST
    for condition in group:
        if condition.name != name or not condition.values:
            continue
        first, last = int(condition.values[0]), int(condition.values[-1])
        match condition.operator:
            case "EQ" | "BETWEEN":
                low, high = max(low, first), min(high, last)
            case "GTE":
                low = max(low, first)
            case "GT":
                low = max(low, first + 1)
            case "LTE":
                high = min(high, first)
            case "LT":
                high = min(high, first - 1)
    return low, high


def _refuse_too_many(groups: list[Group]) -> None:
    if len(groups) > GROUPS:
        raise bad(f"A search can have at most {GROUPS} filterGroups")
    if any(len(group) > FILTERS_A_GROUP for group in groups):
        raise bad(f"A filterGroup can have at most {FILTERS_A_GROUP} filters")
    if sum(len(group) for group in groups) > FILTERS:
        raise bad(f"A search can have at most {FILTERS} filters in all")


def _sort(portal: Portal, kind: Kind, sorts: Any) -> tuple[str, bool]:
    """Return the property to sort by, and whether downward. Raises 400."""
    if not isinstance(sorts, list) or not all(isinstance(s, str | dict) for s in sorts):
        raise bad("Invalid input JSON: sorts must be a list")
    if len(sorts) > 1:
        raise bad("Only one sort is supported")
    if not sorts:
        return "hs_object_id", False
    given = sorts[0]
    if isinstance(given, str):
        name, descending = given.removeprefix("-"), given.startswith("-")
    else:
        name = str(given.get("propertyName", ""))
        descending = given.get("direction") == "DESCENDING"
    if portal.schema(kind).known(name) is None:
        raise bad(f"There was a problem with the request: unknown property {name}")
    return name, descending
