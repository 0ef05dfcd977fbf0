"""The SELECT list of a query as a function from a row to a record of the answer."""

from collections.abc import Callable, Iterable
from typing import Any

from slasync.sandbox.salesforce.compiling import (
    NAME,
    Get,
    Scope,
    getter,
    kind_of,
    no_such_column,
    parent_type,
    reached,
    trimmed,
)
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.schema import Field, ObjectType, Row
from slasync.sandbox.salesforce.soql import failed
from slasync.sandbox.salesforce.soql_ast import Call, Path, Statement, TypeOf

Record = dict[str, Any]
Project = Callable[[Row], Record]
Sub = Callable[[Statement], Callable[[Row], Any]]
MOST_WITH_ALL = 200


def attributes(base: str, type_name: str, kind: str, record_id: str) -> dict[str, str]:
    return {"type": type_name, "url": f"{base}/sobjects/{kind}/{record_id}"}


def projected(scope: Scope, query: Statement, base: str, sub: Sub) -> Project:
    """Return what makes a record of a row. `base` is /services/data/vXX.0."""
    leaves: dict[str, Any] = {}
    for item in query.select:
        match item:
            case Path():
                _place(scope, leaves, item, trimmed(scope, item))
            case Call(function="fields"):
                _fields(scope, leaves, item, query.limit)
            case Call(function="tolabel" | "format" | "convertcurrency", path=Path() as path):
                _place(scope, leaves, path, trimmed(scope, path))
            case TypeOf():
                leaves[_relation(scope, item).relation or ""] = _type_of(scope, item, base)
            case Statement():
                leaves[item.source] = sub(item)
            case Call():
                text = f"unexpected function: '{item.function}'"
                raise failed(scope.text, item.at, text)
    return _record(scope, scope.type, leaves, base)


def plain(type_: ObjectType, names: Iterable[str], base: str) -> Project:
    """Return what makes a record of the named fields, as record resources give it."""
    gets = [(name, getter(type_.fields[name])) for name in names]

    def project(row: Row) -> Record:
        made: Record = {"attributes": attributes(base, type_.name, type_.name, row["Id"])}
        for name, get in gets:
            made[name] = get(row)
        return made

    return project


def _place(scope: Scope, leaves: dict[str, Any], path: Path, names: tuple[str, ...]) -> None:
    """Enter a field under its parents, names in the schema's own spelling."""
    found, _ = reached(scope, path)
    level, type_ = leaves, scope.type
    for name in names[:-1]:
        link = type_.relation(name)
        above = parent_type(scope, link) if link else None
        if link is None or above is None:
            raise no_such_column(scope, path, name, type_)
        level = level.setdefault(link.relation or "", {})
        type_ = above
    level[found.name] = getter(found, typed=type_ is NAME)


def _fields(scope: Scope, leaves: dict[str, Any], call: Call, limit: int | None) -> None:
    which = str(call.path).upper()
    if which not in {"ALL", "STANDARD", "CUSTOM"}:
        raise failed(scope.text, call.at, f"unexpected token: '{call.path}'")
    if which != "STANDARD" and (limit is None or limit > MOST_WITH_ALL):
        text = "The SOQL FIELDS function must have a LIMIT of at most 200"
        raise Trouble("MALFORMED_QUERY", text)
    for field in scope.type.fields.values():
        if which == "ALL" or field.custom == (which == "CUSTOM"):
            leaves[field.name] = getter(field)


def _record(scope: Scope, type_: ObjectType, leaves: dict[str, Any], base: str) -> Project:
    """Return what makes a record: values of leaves, nested records of parents."""
    gets: list[tuple[str, Get]] = []
    for name, leaf in leaves.items():
        link = type_.relation(name) if isinstance(leaf, dict) else None
        gets.append((name, leaf if link is None else _parent(scope, link, leaf, base)))
    label = type_.name

    def project(row: Row) -> Record:
        kind = label if label != "Name" else _object_of(row)
        made: Record = {"attributes": attributes(base, label, kind, row["Id"])}
        for name, get in gets:
            made[name] = get(row)
        return made

    return project


def _object_of(row: Row) -> str:
    kind = kind_of(row)
    return kind if kind in {"Lead", "Contact", "User", "Account", "Opportunity"} else "Group"


def _parent(scope: Scope, link: Field, leaves: dict[str, Any], base: str) -> Get:
    project = _record(scope, parent_type(scope, link) or NAME, leaves, base)
    name = link.name

    def get(row: Row) -> Any:
        parent = scope.parent(row.get(name))
        return None if parent is None else project(parent)

    return get


def _relation(scope: Scope, item: TypeOf) -> Field:
    link = scope.type.relation(item.relation)
    if link is None or not link.polymorphic:
        raise failed(scope.text, item.at, f"Invalid polymorphic relationship: {item.relation}")
    return link


def _type_of(scope: Scope, item: TypeOf, base: str) -> Get:
    link = _relation(scope, item)
    cases: dict[str, Project] = {}
    for target, paths in item.cases:
        type_ = scope.org.schema.find(target)
        if type_ is None or type_.name not in link.refers_to:
            raise failed(scope.text, item.at, f"Invalid type in TYPEOF: {target}")
        cases[type_.name] = _case(scope, type_, paths, base)
    otherwise = _case(scope, NAME, item.otherwise, base)

    def get(row: Row) -> Any:
        parent = scope.parent(row.get(link.name))
        if parent is None:
            return None
        return cases.get(_object_of(parent), otherwise)(parent)

    return get


def _case(scope: Scope, type_: ObjectType, paths: tuple[Path, ...], base: str) -> Project:
    leaves: dict[str, Any] = {}
    for path in paths:
        found = type_.find(path.names[0])
        if found is None:
            raise no_such_column(scope, path, path.names[0], type_)
        leaves[found.name] = getter(found, typed=type_ is NAME)
    return _record(scope, type_, leaves, base)
