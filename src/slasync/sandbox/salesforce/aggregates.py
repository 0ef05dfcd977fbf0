"""COUNT, MIN, MAX, SUM and AVG, with and without GROUP BY and HAVING."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from slasync.sandbox.salesforce.compiling import Get, Scope, reached, resolved, tested
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.schema import NUMERIC, Field, Row
from slasync.sandbox.salesforce.soql import failed
from slasync.sandbox.salesforce.soql_ast import Call, Order, Path, Statement

Fold = Callable[[list[Any]], Any]
UNORDERED = {"address", "boolean"}
Value = Callable[[list[Row]], Any]  # of a group
FOLDS: dict[str, Fold] = {
    "count": len,
    "count_distinct": lambda values: len(set(values)),
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
    "sum": lambda values: sum(values) if values else None,
    "avg": lambda values: sum(values) / len(values) if values else None,
}


ROWS = "rows of the group"  # in a group's row, for HAVING


def is_count(query: Statement) -> bool:
    """Tell whether it is SELECT COUNT(), whose answer has a size and no records."""
    first = query.select[0]
    alone = len(query.select) == 1
    return alone and isinstance(first, Call) and first.function == "count" and first.path is None


def is_aggregate(query: Statement) -> bool:
    return bool(query.group) or any(
        isinstance(i, Call) and i.function in FOLDS for i in query.select
    )


def results(scope: Scope, query: Statement, rows: list[Row]) -> list[dict[str, Any]]:
    """Return the AggregateResult records, in the order asked for."""
    columns, groups = dict(_columns(scope, query)), _groups(scope, query, rows)
    for order in reversed(query.order):
        _sort(groups, order, _value_of(scope, columns, order.path))
    head = {"attributes": {"type": "AggregateResult"}}
    page = groups[query.offset :][: query.limit]
    return [head | {name: value(group) for name, value in columns.items()} for group in page]


def _groups(scope: Scope, query: Statement, rows: list[Row]) -> list[list[Row]]:
    """Return the rows of each group that HAVING lets through."""
    if not query.group:
        return [rows]
    grouped = [resolved(scope, each)[1] for each in query.group]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(get(row) for get in grouped), []).append(row)
    if query.having is None:
        return list(groups.values())
    test = tested(replace(scope, fold=lambda call: _folding(scope, call)), query.having)
    return [group for group in groups.values() if test(group[0] | {ROWS: group})]


def _folding(scope: Scope, call: Call) -> tuple[Field, Get]:
    """Return COUNT(Id) and the like as a field of a group's row."""
    if call.function not in FOLDS:
        raise failed(scope.text, call.at, f"unexpected function: '{call.function}'")
    if call.path is None:
        return Field("Id", "int"), lambda row: len(row[ROWS])
    found, get = _foldable(scope, call, call.path)
    value = _folded(get, FOLDS[call.function])
    type_ = {"count": "int", "count_distinct": "int", "avg": "double"}.get(call.function)
    return replace(found, type=type_ or found.type), lambda row: value(row[ROWS])


def _foldable(scope: Scope, call: Call, path: Path) -> tuple[Field, Get]:
    """Return the field that is aggregated. Raises Trouble for one of which that makes no sense."""
    found, get = reached(scope, path)
    sums, whole = call.function in {"sum", "avg"}, call.function.startswith("count")
    if (sums and found.type not in NUMERIC) or (found.type in UNORDERED and not whole):
        text = f"field {path} does not support aggregate operator {call.function.upper()}"
        raise failed(scope.text, call.at, text)
    return found, get


def _columns(scope: Scope, query: Statement) -> list[tuple[str, Value]]:
    grouped = {each.names for each in query.group if isinstance(each, Path)}
    parts = {each.same for each in query.group if isinstance(each, Call)}
    columns: list[tuple[str, Value]] = []
    for item, name in zip(query.select, _names(query), strict=True):
        match item:
            case Path():
                if item.names not in grouped:
                    text = f"Field must be grouped or aggregated: {item}"
                    raise Trouble("MALFORMED_QUERY", text)
                columns.append((name, _first(reached(scope, item)[1])))
            case Call(function=function, path=Path() as path) if function in FOLDS:
                columns.append((name, _folded(_foldable(scope, item, path)[1], FOLDS[function])))
            case Call() if item.same in parts:
                columns.append((name, _first(resolved(scope, item)[1])))
            case Call(at=at, function=function):
                raise failed(scope.text, at, f"unexpected function: '{function}'")
            case _:
                raise Trouble("MALFORMED_QUERY", "only fields and functions can be aggregated")
    return columns


def _names(query: Statement) -> list[str]:
    """Return the columns' names: by alias, else the field's, else expr0, expr1, ..."""
    names, nameless = [], 0
    for item in query.select:
        alias = item.alias if isinstance(item, Path | Call) else None
        if alias is None and isinstance(item, Call):
            alias, nameless = f"expr{nameless}", nameless + 1
        names.append(alias or (item.names[-1] if isinstance(item, Path) else ""))
    return names


def _first(get: Get) -> Value:
    return lambda rows: get(rows[0]) if rows else None


def _folded(get: Get, fold: Fold) -> Value:
    return lambda rows: fold([v for r in rows if (v := get(r)) is not None])


def _sort(groups: list[list[Row]], order: Order, value: Value) -> None:
    """Sort by one value, stably. Nulls come first whatever the direction, unless asked not to."""
    nulls = [each for each in groups if value(each) is None]
    rest = [each for each in groups if value(each) is not None]
    rest.sort(key=value, reverse=order.descending)
    groups[:] = [*rest, *nulls] if order.nulls_last else [*nulls, *rest]


def _value_of(scope: Scope, columns: Mapping[str, Value], what: Path | Call) -> Value:
    """Return what ORDER BY names of a group: an alias, a field, or a function."""
    if isinstance(what, Path) and len(what.names) == 1 and what.names[0] in columns:
        return columns[what.names[0]]
    if isinstance(what, Call) and what.path is not None and what.function in FOLDS:
        return _folded(_foldable(scope, what, what.path)[1], FOLDS[what.function])
    return _first(resolved(scope, what)[1])
