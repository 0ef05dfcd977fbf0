"""Which rows a query has to look at: by value, by stamp or id range, or all of them."""

from collections.abc import Iterable, Iterator

from slasync.sandbox.salesforce.compiling import Scope, comparable, trimmed
from slasync.sandbox.salesforce.records import Store
from slasync.sandbox.salesforce.schema import IDS, Row
from slasync.sandbox.salesforce.soql_ast import (
    And,
    Call,
    Compare,
    Condition,
    In,
    Or,
    Path,
    Statement,
)

LOWEST, HIGHEST = "", "~"
FEW = 1_000
Bounds = tuple[str, str]


def rows(scope: Scope, store: Store, query: Statement) -> tuple[Iterator[Row], bool]:
    """Return the current rows to be tested, and whether they come in the order asked for."""
    line = natural(scope, store, query)
    by_value = _ids(scope, store, query.where)
    if by_value is not None and (line is None or query.limit is None or len(by_value) <= FEW):
        return (store.rows[i] for i in by_value if i in store.rows), not query.order
    if line is not None:
        low, high = bounds(scope, line, query.where)
        return store.timelines[line].between(low, high, store.rows), True
    spans = {name: bounds(scope, name, query.where) for name in store.timelines}
    bounded = {n: s for n, s in spans.items() if s != (LOWEST, HIGHEST)}
    if bounded:
        best = min(bounded, key=lambda n: store.timelines[n].count(*bounded[n]))
        found = store.timelines[best].between(*bounded[best], store.rows)
        return found, not query.order
    return iter(store.rows.values()), not query.order


def natural(scope: Scope, store: Store, query: Statement) -> str | None:
    """Return the timeline whose order is the one asked for, if any."""
    names = []
    for order in query.order:
        if not isinstance(order.path, Path) or order.descending:
            return None
        found = _own(scope, order.path)
        names.append(found)
    if not names or names[0] not in store.timelines or names[1:] not in ([], ["Id"]):
        return None
    return names[0]


def _own(scope: Scope, path: Path | Call) -> str | None:
    """Return the field's name where a path is a field of the object itself."""
    if isinstance(path, Call):
        return None
    names = trimmed(scope, path)
    found = scope.type.find(names[0]) if len(names) == 1 else None
    return found.name if found else None


def _ids(scope: Scope, store: Store, where: Condition | None) -> dict[str, None] | None:
    """Return ids among which all matches are, where an index tells; None where none does."""
    match where:
        case And(parts):
            found = [f for p in parts if (f := _ids(scope, store, p)) is not None]
            return min(found, key=len) if found else None
        case Or(parts):
            union: dict[str, None] = {}
            for part in parts:
                each = _ids(scope, store, part)
                if each is None:
                    return None
                union |= each
            return union
        case Compare(path, "=", value):
            wanted: Iterable[object] = () if value.kind == "range" else (value,)
            return _looked_up(scope, store, path, tuple(wanted))
        case In(path, tuple() as values, negated=False):
            return _looked_up(scope, store, path, values)
    return None


def _looked_up(
    scope: Scope, store: Store, path: Path | Call, values: tuple[object, ...]
) -> dict[str, None] | None:
    name = _own(scope, path)
    if name is None or not values or (name != "Id" and name not in store.matching):
        return None
    field = scope.type.fields[name]
    wanted = [comparable(scope, field, path, v) for v in values]  # type: ignore[arg-type] # values of the statement
    if any(not isinstance(w, str) for w in wanted):
        return None
    if name == "Id":
        return dict.fromkeys(wanted)
    return {i: None for w in wanted for i in store.matching[name].find(w)}


def bounds(scope: Scope, name: str, where: Condition | None) -> Bounds:
    """Return [low, high] within which a match's value of a stamp or of Id must lie."""
    match where:
        case And(parts):
            each = [bounds(scope, name, p) for p in parts]
            return max(b[0] for b in each), min(b[1] for b in each)
        case Or(parts):
            each = [bounds(scope, name, p) for p in parts]
            return min(b[0] for b in each), max(b[1] for b in each)
        case Compare(path, operator, value) if value.kind in {"datetime", "string"}:
            if _own(scope, path) != name or operator not in {"=", "<", "<=", ">", ">="}:
                return LOWEST, HIGHEST
            field = scope.type.fields[name]
            limit = comparable(scope, field, path, value)
            if limit is None or (field.type not in IDS and field.type != "datetime"):
                return LOWEST, HIGHEST
            low = limit if operator in {"=", ">", ">="} else LOWEST
            return low, limit if operator in {"=", "<", "<="} else HIGHEST
    return LOWEST, HIGHEST
