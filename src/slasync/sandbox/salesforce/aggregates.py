"""COUNT, MIN, MAX, SUM and AVG, with and without GROUP BY."""

from collections.abc import Callable
from typing import Any

from slasync.sandbox.salesforce.compiling import Get, Scope, reached
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.schema import Row
from slasync.sandbox.salesforce.soql import failed
from slasync.sandbox.salesforce.soql_ast import Call, Path, Statement

Fold = Callable[[list[Any]], Any]
FOLDS: dict[str, Fold] = {
    "count": len,
    "count_distinct": lambda values: len(set(values)),
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
    "sum": lambda values: sum(values) if values else None,
    "avg": lambda values: sum(values) / len(values) if values else None,
}


def is_count(query: Statement) -> bool:
    """Tell whether it is SELECT COUNT(), whose answer has a size and no records."""
    first = query.select[0]
    return isinstance(first, Call) and first.function == "count" and first.path is None


def is_aggregate(query: Statement) -> bool:
    return bool(query.group) or any(
        isinstance(i, Call) and i.function in FOLDS for i in query.select
    )


def results(scope: Scope, query: Statement, rows: list[Row]) -> list[dict[str, Any]]:
    """Return the AggregateResult records, in the order asked for."""
    grouped = [reached(scope, path)[1] for path in query.group]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(get(row) for get in grouped), []).append(row)
    if not query.group:
        groups = {(): rows}
    columns = _columns(scope, query)
    made = [{name: value(group) for name, value in columns} for group in groups.values()]
    for order in reversed(query.order):
        made.sort(key=_key(query, order.path), reverse=order.descending)
    head = {"attributes": {"type": "AggregateResult"}}
    return [head | each for each in made[query.offset :][: query.limit]]


def _columns(scope: Scope, query: Statement) -> list[tuple[str, Callable[[list[Row]], Any]]]:
    columns: list[tuple[str, Callable[[list[Row]], Any]]] = []
    nameless = 0
    for item in query.select:
        match item:
            case Path():
                if item.names not in {p.names for p in query.group}:
                    text = f"Field must be grouped or aggregated: {item}"
                    raise Trouble("MALFORMED_QUERY", text)
                columns.append((item.names[-1], _first(reached(scope, item)[1])))
            case Call(function=function, path=Path() as path, alias=alias) if function in FOLDS:
                name = alias or f"expr{nameless}"
                nameless += alias is None
                columns.append((name, _folded(reached(scope, path)[1], FOLDS[function])))
            case Call(at=at, function=function):
                raise failed(scope.text, at, f"unexpected function: '{function}'")
            case _:
                raise Trouble("MALFORMED_QUERY", "only fields and functions can be aggregated")
    return columns


def _first(get: Get) -> Callable[[list[Row]], Any]:
    return lambda rows: get(rows[0]) if rows else None


def _folded(get: Get, fold: Fold) -> Callable[[list[Row]], Any]:
    return lambda rows: fold([v for r in rows if (v := get(r)) is not None])


def _key(query: Statement, what: Path | Call) -> Callable[[dict[str, Any]], Any]:
    """Return the sort key for one ORDER BY item: a column by name, or by the same function."""
    if isinstance(what, Path):
        name = what.names[-1]
    else:
        calls = [i for i in query.select if isinstance(i, Call)]
        same = [(c.function, c.path and c.path.names) for c in calls]
        wanted = (what.function, what.path and what.path.names)
        if wanted not in same:
            raise Trouble("MALFORMED_QUERY", f"Ordered field must be selected: {what.function}")
        place = same.index(wanted)
        unnamed = sum(1 for c in calls[:place] if c.alias is None)
        name = calls[place].alias or f"expr{unnamed}"
    return lambda record: (record.get(name) is not None, record.get(name))
