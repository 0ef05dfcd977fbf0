"""Running a query: rows found, ordered and cut, and handed out page by page."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from slasync.sandbox.http import is_number
from slasync.sandbox.salesforce import aggregates, planning, soql
from slasync.sandbox.salesforce.compiling import Scope, reached, resolved, tested
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.schema import Row
from slasync.sandbox.salesforce.selecting import Project, projected
from slasync.sandbox.salesforce.soql_ast import Order, Path, Statement

CURSOR_LIFE = timedelta(days=2)
SHAPES = 256  # of records, kept
LEAST_PAGE, MOST_PAGE = 200, 2_000
Answer = dict[str, Any]
CHILDREN = {  # by parent: relationship -> (child, its field)
    "Lead": {"tasks": ("Task", "WhoId"), "events": ("Event", "WhoId"),
             "histories": ("LeadHistory", "LeadId")},
    "Contact": {"tasks": ("Task", "WhoId"), "events": ("Event", "WhoId"),
                "opportunities": ("Opportunity", "ContactId")},
    "Account": {"contacts": ("Contact", "AccountId"), "opportunities": ("Opportunity", "AccountId"),
                "tasks": ("Task", "WhatId"), "events": ("Event", "WhatId")},
    "Opportunity": {"tasks": ("Task", "WhatId"), "events": ("Event", "WhatId")},
    "Group": {"groupmembers": ("GroupMember", "GroupId"),
              "queuesobjects": ("QueueSobject", "QueueId")},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, when, under which version, and how many records a page may hold."""

    user: str
    now: datetime
    base: str  # /services/data/vXX.0
    page: int = MOST_PAGE


@dataclass(frozen=True, slots=True)
class Cursor:
    """A result that did not fit one page."""

    rows: list[Row]
    project: Project
    made_at: datetime


class Queries:
    """The query resources of an org, and the cursors they opened."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._cursors: dict[str, Cursor] = {}
        self._shapes: dict[tuple[str, str, str | None, str, int], Project] = {}

    def run(self, text: str, asker: Asker, *, deleted: bool = False) -> Answer:
        """Answer a statement by its first page. Raises Trouble."""
        query = soql.parse(text)
        scope = self._scope(query, asker, deleted=deleted)
        if aggregates.is_count(query):
            size = sum(1 for _ in found(scope, query))
            return {"totalSize": size, "done": True, "records": []}
        if aggregates.is_aggregate(query):
            rows = list(found(scope, replace(query, limit=None, offset=0, order=())))
            records = aggregates.results(scope, query, rows)
            return {"totalSize": len(records), "done": True, "records": records}
        project = self._projected(scope, query, asker)
        return self._page(Cursor(list(found(scope, query)), project, asker.now), 0, None, asker)

    def more(self, locator: str, asker: Asker) -> Answer:
        """Answer the page that a nextRecordsUrl names: `{locator}-{offset}`."""
        name, _, offset = locator.rpartition("-")
        cursor = self._cursors.get(name)
        if cursor is None or not is_number(offset) or asker.now - cursor.made_at > CURSOR_LIFE:
            raise Trouble("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(cursor, int(offset), name, asker)

    def _projected(self, scope: Scope, query: Statement, asker: Asker) -> Project:
        """Return what makes records; pollers ask for the same fields again and again."""
        select = query.text[: query.source_at]  # as text: compared faster than its paths
        shape = (scope.type.name, select, query.alias, asker.base, self._org.schema.version)
        if shape not in self._shapes:
            if len(self._shapes) >= SHAPES:
                self._shapes.clear()
            children = partial(self._children, scope, asker)
            made = projected(scope, query, asker.base, children)
            if not all(isinstance(item, Path) for item in query.select):
                return made  # what it asks for by sub-queries is as of this moment
            self._shapes[shape] = made
        return self._shapes[shape]

    def _page(self, cursor: Cursor, offset: int, name: str | None, asker: Asker) -> Answer:
        end = offset + asker.page
        records = [cursor.project(row) for row in cursor.rows[offset:end]]
        answer: Answer = {"totalSize": len(cursor.rows), "done": end >= len(cursor.rows)}
        if not answer["done"]:
            name = name or self._kept(cursor)
            answer["nextRecordsUrl"] = f"{asker.base}/query/{name}-{end}"
        return answer | {"records": records}

    def _kept(self, cursor: Cursor) -> str:
        fresh = cursor.made_at - CURSOR_LIFE
        self._cursors = {n: c for n, c in self._cursors.items() if c.made_at > fresh}
        name = self._org.new_id("0r8")
        self._cursors[name] = cursor
        return name

    def _scope(self, query: Statement, asker: Asker, *, deleted: bool) -> Scope:
        type_ = self._org.schema.find(query.source)
        if type_ is None:
            raise unsupported(query.text, query.source_at, query.source)
        scope = Scope(self._org, type_, asker.user, asker.now, query.text, query.alias, deleted)
        scope.semi_join = lambda inner: self._joined(inner, asker)
        return scope

    def _joined(self, inner: Statement, asker: Asker) -> set[str]:
        """Return the ids that a semi-join's inner statement selects."""
        scope = self._scope(inner, asker, deleted=False)
        first = inner.select[0]
        if len(inner.select) != 1 or not isinstance(first, Path):
            raise Trouble("MALFORMED_QUERY", "a semi join selects exactly one field")
        _, get = reached(scope, first)
        return {v for row in found(scope, inner) if (v := get(row)) is not None}

    def _children(self, scope: Scope, asker: Asker, query: Statement) -> Callable[[Row], Any]:
        """Return what reads a row's children by a sub-query."""
        link = CHILDREN.get(scope.type.name, {}).get(query.source.lower())
        if link is None:
            text = f"Didn't understand relationship '{query.source}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."  # noqa: E501 - the vendor's sentence
            raise soql.failed(scope.text, query.source_at, text, "INVALID_TYPE")
        name, field = link
        inner = replace(query, source=name)
        below = self._scope(inner, asker, deleted=scope.deleted)
        project = projected(below, inner, asker.base, partial(self._children, below, asker))

        def read(row: Row) -> Any:
            rows = list(found(below, inner, children=(field, row["Id"])))
            records = [project(each) for each in rows]
            return {"totalSize": len(rows), "done": True, "records": records} if rows else None

        return read


def unsupported(text: str, at: int, name: str) -> Trouble:
    message = f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."  # noqa: E501 - the vendor's sentence
    return soql.failed(text, at, message, "INVALID_TYPE")


def found(
    scope: Scope, query: Statement, *, children: tuple[str, str] | None = None
) -> Iterable[Row]:
    """Return the rows that a statement finds, in its order, after OFFSET and LIMIT."""
    store = scope.org.store(scope.type)
    store.uncover(scope.now)
    test = tested(scope, query.where) if query.where else None
    sorters = [(o, resolved(scope, o.path)) for o in query.order]
    if children is not None:
        candidates, in_order = iter(store.find(*children)), not query.order
    else:
        candidates, in_order = planning.rows(scope, store, query)
    if store.hidden:
        candidates, in_order = _as_read(candidates, store.hidden.items()), not query.order
    rows: Iterator[Row] = (
        row
        for row in candidates
        if (scope.deleted or not _put_away(row)) and (test is None or test(row))
    )
    end = None if query.limit is None else query.offset + query.limit
    if in_order:
        return islice(rows, query.offset, end)
    listed = list(rows)
    for order, (field, get) in reversed(sorters):
        _sort(listed, order, get, folds=field.folds_case)
    return listed[query.offset : end]


def _put_away(row: Row) -> bool:
    """Tell whether only queryAll shows a row: one in the bin, or an old activity."""
    return bool(row.get("IsDeleted") or row.get("IsArchived"))


def _as_read(rows: Iterator[Row], hidden: Iterable[tuple[str, Any]]) -> Iterator[Row]:
    """Yield the versions that readers see: for a row not yet committed, the one before."""
    covered = dict(hidden)
    for row in rows:
        if row["Id"] not in covered:
            yield row
    for each in covered.values():
        if each.before is not None:
            yield each.before


def _sort(rows: list[Row], order: Order, get: Callable[[Row], Any], *, folds: bool) -> None:
    """Sort by one key, stably. Nulls come first whatever the direction, unless asked otherwise."""
    nulls = [r for r in rows if get(r) is None]
    rest = [r for r in rows if get(r) is not None]
    rest.sort(key=(lambda r: get(r).lower()) if folds else get, reverse=order.descending)
    rows[:] = [*rest, *nulls] if order.nulls_last else [*nulls, *rest]
