"""Many rows in few statements: inserts that know what to do with rows already there, long IN lists.

A page has 100 to 2,000 rows, so statements are built once and executed with lists of dicts.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast

import orjson
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Dialect,
    Row,
    Select,
    Table,
    Text,
    Update,
    all_,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

from slasync.domain.lead import Ref

T = TypeVar("T")
Values = Mapping[str, Any]
AnyRow = Row[*tuple[Any, ...]]
Query = Select[*tuple[Any, ...]]
Insert = postgresql.Insert  # SQLite's has the very same methods
Conflict = Callable[[Insert], Insert]
Convert = Callable[[Any], Any]
Bound = list[tuple[Any, ...]] | list[dict[str, Any]]

COUNTED = {"preserve_rowcount": True}  # over all parameter sets of an execution
LIST = 1000  # parameters in one IN list; SQLite takes 32,766 in all, and plans get slow before


def plainly(insert: Insert) -> Insert:
    """Expect no row to be there already."""
    return insert


def keep_old(insert: Insert) -> Insert:
    """Leave rows that are already there as they are."""
    return insert.on_conflict_do_nothing()


def replace(insert: Insert) -> Insert:
    """Give rows that are already there all the new values."""
    table = cast("Table", insert.table)
    keys = list(table.primary_key.columns)
    new = {c.name: insert.excluded[c.name] for c in table.columns if not c.primary_key}
    return insert.on_conflict_do_update(index_elements=keys, set_=new)


def put(db: Connection, table: Table, conflict: Conflict, rows: Sequence[Values]) -> int:
    """Insert `rows`; return how many were inserted or changed. `conflict` is a module's function.

    Callers sort rows by key: two transactions that lock in one order do not deadlock.
    """
    if not rows:
        return 0
    return _run(db, _prepared(db.dialect, table, conflict, tuple(rows[0])), rows)


def each(db: Connection, statement: Update, rows: Sequence[Values]) -> int:
    """Run an update once for each of `rows`, its parameters; return how many rows it changed.

    `statement` is a constant of its module and names all that it sets by parameters.
    """
    return _run(db, _prepared_update(db.dialect, statement), rows) if rows else 0


def _run(db: Connection, prepared: "_Prepared", rows: Sequence[Values]) -> int:
    try:
        bound = prepared.bound(rows)
    except (TypeError, ValueError) as error:
        raise StatementError(str(error), prepared.sql, None, error) from error
    return changed(db.exec_driver_sql(prepared.sql, bound, execution_options=COUNTED))


def changed(result: CursorResult[Any]) -> int:
    """Return the number of rows a statement changed, over all its parameter sets."""
    return result.rowcount


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement for many rows as its driver takes it.

    SQLAlchemy binds parameters row by row; column by column takes a quarter off each statement.
    """

    sql: str
    columns: Sequence[tuple[str, Convert | None]]
    positional: bool

    def bound(self, rows: Sequence[Values]) -> Bound:
        """Return the driver's parameters for each row."""
        values = zip(*(_converted(rows, *column) for column in self.columns), strict=True)
        if self.positional:
            return list(values)
        names = [name for name, _ in self.columns]
        return [dict(zip(names, row, strict=True)) for row in values]


@lru_cache(maxsize=256)
def _prepared(
    dialect: Dialect, table: Table, conflict: Conflict, names: tuple[str, ...]
) -> _Prepared:
    insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    statement = conflict(cast("Insert", insert(table)))
    return _compiled(dialect, statement, names)


@lru_cache(maxsize=256)
def _prepared_update(dialect: Dialect, statement: Update) -> _Prepared:
    return _compiled(dialect, statement, None)


def _compiled(
    dialect: Dialect, statement: Insert | Update, names: tuple[str, ...] | None
) -> _Prepared:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    order = compiled.positiontup or list(compiled.binds)
    columns = [
        (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
        for name in order
    ]
    return _Prepared(str(compiled), columns, compiled.positional)


def _converted(rows: Sequence[Values], name: str, convert: Convert | None) -> list[Any]:
    if convert is None:
        return [row[name] for row in rows]
    return [convert(row[name]) for row in rows]


def chunks(values: Iterable[T], size: int = LIST) -> Iterator[list[T]]:
    """Cut into lists of at most `size`, each value once, in the order given."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), size):
        yield distinct[start : start + size]


def among(
    db: Connection, query: Query, column: Column[Any], values: Iterable[Any], **more: Any
) -> Iterator[AnyRow]:
    """Run `query` for the rows whose `column` is one of `values`; `more` are its parameters.

    The list is one parameter: the statement is the same for every length. A `query` that is a
    constant of its module is prepared once.
    """
    if listed := list(dict.fromkeys(values)):
        statement = _listed(query, column, db.dialect.name)
        yield from db.execute(statement, more | as_list(db, listed)).all()


def besides(
    db: Connection, query: Query, column: Column[Any], values: Iterable[Any], **more: Any
) -> list[AnyRow]:
    """Run `query` for the rows whose `column` is none of `values`, prepared like `among`."""
    statement = _not_listed(query, column, db.dialect.name)
    return list(db.execute(statement, more | as_list(db, list(dict.fromkeys(values)))).all())


def change(
    db: Connection, statement: Update, column: Column[Any], values: Iterable[Any], **more: Any
) -> int:
    """Run an update for the rows whose `column` is one of `values`, prepared like `among`.

    `more` are the statement's other parameters. Returns how many rows were changed.
    """
    listed = list(dict.fromkeys(values))
    if not listed:
        return 0
    prepared = _listed_update(statement, column, db.dialect.name)
    return changed(db.execute(prepared, more | as_list(db, listed)))


def as_list(db: Connection, listed: list[Any]) -> dict[str, Any]:
    """Return the parameter that `in_list` looks in."""
    return {"listed": orjson.dumps(listed).decode() if db.dialect.name == "sqlite" else listed}


@lru_cache(maxsize=256)
def _listed(query: Query, column: Column[Any], dialect: str) -> Query:
    return query.where(in_list(column, dialect))


@lru_cache(maxsize=256)
def _listed_update(statement: Update, column: Column[Any], dialect: str) -> Update:
    return statement.where(in_list(column, dialect))


def in_list(column: ColumnElement[Any], dialect: str) -> ColumnElement[bool]:
    """Ask whether `column` is one of `as_list`, however many these are."""
    if dialect == "sqlite":
        each = func.json_each(bindparam("listed", type_=Text)).table_valued("value")
        return column.in_(select(each.c.value))
    array = bindparam("listed", type_=postgresql.ARRAY(column.type))
    return column == any_(array)


def beside_list(column: ColumnElement[str]) -> ColumnElement[str]:
    """Return `column` for a condition that `among` or `change` is to find no rows by.

    SQLite keeps no figures of its tables: it takes a state to be rarer than a few leads.
    """
    return column.concat("")


@lru_cache(maxsize=256)
def _not_listed(query: Query, column: Column[Any], dialect: str) -> Query:
    if dialect == "sqlite":
        each = func.json_each(bindparam("listed", type_=Text)).table_valued("value")
        return query.where(column.not_in(select(each.c.value)))
    return query.where(column != all_(bindparam("listed", type_=postgresql.ARRAY(column.type))))


def by_ref(db: Connection, query: Query, table: Table, refs: Collection[Ref]) -> Iterator[AnyRow]:
    """Run `query` for the rows of `table` that stand for one of `refs`."""
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for ref in refs:
        ids[ref.system, ref.kind].append(ref.id)
    for (system, kind), wanted in ids.items():
        yield from among(db, _of_kind(query, table, system, kind), table.c.external_id, wanted)


@lru_cache(maxsize=256)
def _of_kind(query: Query, table: Table, system: str, kind: str) -> Query:
    return query.where(table.c.system == system, table.c.kind == kind)


def grouped(keys: Iterable[T], pairs: Iterable[tuple[T, Any]]) -> dict[T, list[Any]]:
    """Collect values by key, with an empty list for each of `keys` that has none."""
    lists: dict[T, list[Any]] = {key: [] for key in keys}
    for key, value in pairs:
        lists[key].append(value)
    return lists
