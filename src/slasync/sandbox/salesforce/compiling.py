"""Fields and conditions of a query as functions of a row."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from slasync.sandbox.salesforce import ids, ranges, times
from slasync.sandbox.salesforce.date_functions import OF_INSTANTS, PARTS, part_of
from slasync.sandbox.salesforce.errors import Trouble
from slasync.sandbox.salesforce.org import Org
from slasync.sandbox.salesforce.schema import IDS, NUMERIC, Field, ObjectType, Row, parsed
from slasync.sandbox.salesforce.soql import failed
from slasync.sandbox.salesforce.soql_ast import (
    And,
    Call,
    Compare,
    Condition,
    In,
    Not,
    Or,
    Path,
    Value,
)

Get = Callable[[Row], Any]
Test = Callable[[Row], bool]
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip
WANTED = {"string": "string", "number": "number"}

# What is known of a parent that may be of several kinds.
NAME = ObjectType("Name", "", "Name", "Names")
for _line in ("Id id ro", "Name string:255 ro", "FirstName string:40 ro", "LastName string:80 ro",
              "Type picklist:40 ro", "Email email:80 ro", "Title string:128 ro",
              "Phone phone:40 ro", "Username string:80 ro", "Alias string:8 ro",
              "IsActive boolean ro", "ProfileId string:18 ro",
              "UserRoleId reference ro -> UserRole as UserRole"):  # fmt: skip
    NAME.add(parsed(_line))


@dataclass(slots=True)
class Scope:
    """One query's surroundings: the object, who asks, and the statement for error texts."""

    org: Org
    type: ObjectType
    user: str
    now: datetime
    text: str
    alias: str | None = None
    deleted: bool = False  # queryAll
    semi_join: Callable[[Any], set[str]] | None = field(default=None)
    fold: "Callable[[Call], tuple[Field, Get]] | None" = None  # COUNT(Id) and the like, of HAVING

    def parent(self, record_id: str | None) -> Row | None:
        return self.org.seen(record_id)


def trimmed(scope: Scope, path: Path) -> tuple[str, ...]:
    """Return the names of a path without the alias or the object's name in front."""
    if len(path.names) == 1:
        return path.names
    head = path.names[0].lower()
    known = {scope.type.name.lower(), (scope.alias or "").lower()}
    return path.names[1:] if head in known else path.names


def reached(scope: Scope, path: Path) -> tuple[Field, Get]:
    """Return the field that a path leads to and how to read it from a row."""
    names = trimmed(scope, path)
    type_, steps = scope.type, []
    for name in names[:-1]:
        link = type_.relation(name)
        above = parent_type(scope, link) if link else None
        if link is None or above is None:
            text = f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."  # noqa: E501 - the vendor's sentence
            raise failed(scope.text, path.at, text, "INVALID_FIELD")
        steps.append(link.name)
        type_ = above
    found = type_.find(names[-1])
    if found is None:
        raise no_such_column(scope, path, names[-1], type_)
    return found, _through(scope, tuple(steps), getter(found, typed=type_ is NAME))


def resolved(scope: Scope, what: Path | Call) -> tuple[Field, Get]:
    """Return a field, or a function of one, as a field and how to read it. Raises Trouble."""
    if isinstance(what, Path):
        return reached(scope, what)
    if what.path is not None and what.function == "tolabel":  # labels are the values here
        return reached(scope, what.path)
    if what.path is not None and what.function in PARTS:
        return _part(scope, what, what.path)
    if scope.fold is None:
        raise failed(scope.text, what.at, f"unexpected function: '{what.function}'")
    return scope.fold(what)


def _part(scope: Scope, call: Call, path: Path) -> tuple[Field, Get]:
    found, get = reached(scope, path)
    if found.type != "datetime" and (found.type != "date" or call.function in OF_INSTANTS):
        text = f"field {found.name} does not support the function {call.function.upper()}"
        raise failed(scope.text, call.at, text)
    read = part_of(call.function, scope.org.zone(scope.user) if call.local else None)

    def taken(row: Row) -> Any:
        value = get(row)
        return None if value is None else read(value)

    type_ = "date" if call.function == "day_only" else "int"
    return replace(found, type=type_, computed=None), taken


def parent_type(scope: Scope, link: Field) -> ObjectType | None:
    """Return what a reference leads to; None for an object that this org does not have."""
    return NAME if link.polymorphic else scope.org.schema.objects.get(link.refers_to[0])


def getter(found: Field, *, typed: bool = False) -> Get:
    """Return how to read a field from a row that has it."""
    if typed and found.name == "Type":
        return kind_of
    if found.computed is not None:
        return found.computed
    name = found.name
    if found.type == "boolean":
        return lambda row: row.get(name, False)
    return lambda row: row.get(name)


def kind_of(row: Mapping[str, Any]) -> str:
    """Return what Owner.Type and Who.Type say of a row."""
    prefixes = {"00Q": "Lead", "003": "Contact", "005": "User", "001": "Account",
                "006": "Opportunity", "701": "Campaign"}  # fmt: skip
    return prefixes.get(row["Id"][:3]) or str(row.get("Type", "Group"))


def _through(scope: Scope, steps: tuple[str, ...], last: Get) -> Get:
    if not steps:
        return last

    def get(row: Row) -> Any:
        for step in steps:
            parent = scope.parent(row.get(step))
            if parent is None:
                return None
            row = parent
        return last(row)

    return get


def no_such_column(scope: Scope, path: Path, name: str, type_: ObjectType) -> Trouble:
    text = f"No such column '{name}' on entity '{type_.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names."  # noqa: E501 - the vendor's sentence
    return failed(scope.text, path.at, text, "INVALID_FIELD")


# -- conditions ---------------------------------------------------------------------------------


def tested(scope: Scope, condition: Condition) -> Test:
    """Return a condition as a function of a row."""
    match condition:
        case And(parts):
            all_tests = [tested(scope, p) for p in parts]
            return lambda row: all(t(row) for t in all_tests)
        case Or(parts):
            any_tests = [tested(scope, p) for p in parts]
            return lambda row: any(t(row) for t in any_tests)
        case Not(part):
            inner = tested(scope, part)
            return lambda row: not inner(row)
        case In():
            return _in(scope, condition)
        case Compare():
            return _compare(scope, condition)


def _filterable(scope: Scope, path: Path | Call) -> tuple[Field, Get]:
    found, get = resolved(scope, path)
    if not found.filterable:
        text = f"field '{found.name}' can not be filtered in a query call"
        raise failed(scope.text, path.at, text, "INVALID_FIELD")
    if not found.folds_case:
        return found, get

    def folded(row: Row) -> Any:
        value = get(row)
        return value.lower() if value is not None else None

    return found, folded


def _compare(scope: Scope, condition: Compare) -> Test:
    found, get = _filterable(scope, condition.path)
    if condition.operator == "like":
        return _like(scope, condition, found, get)
    if condition.value.kind == "range":
        return _in_range(scope, condition, found, get)
    wanted = comparable(scope, found, condition.path, condition.value)
    operator = OPERATORS[condition.operator]
    if condition.operator in {"=", "!="}:
        return lambda row: operator(get(row), wanted)
    if wanted is None:
        return lambda _: False

    def ordered(row: Row) -> bool:
        value = get(row)
        return value is not None and operator(value, wanted)

    return ordered


def comparable(scope: Scope, found: Field, path: Path | Call, value: Value) -> Any:
    """Return a literal in the wire form of the field it is compared with, case folded."""
    if value.kind == "null" or value.value == "":
        return None
    kind = _kind(found)
    if value.kind != kind:
        quotes = "should" if kind == "string" else "should not"
        text = f"value of filter criterion for field '{found.name}' must be of type {_spoken(found)} and {quotes} be enclosed in quotes"  # noqa: E501 - the vendor's sentence
        raise failed(scope.text, path.at, text, "INVALID_FIELD")
    if kind == "datetime":
        return times.exact(value.value)
    if found.type in IDS:
        whole = ids.normal(value.value)
        if whole is None:
            text = f"invalid ID field: {value.value}"
            raise failed(scope.text, path.at, text, "INVALID_QUERY_FILTER_OPERATOR")
        return whole
    return value.value.lower() if kind == "string" else value.value


def _kind(found: Field) -> str:
    if found.type in {"boolean", "datetime", "date"}:
        return found.type
    return "number" if found.type in NUMERIC else "string"


def _spoken(found: Field) -> str:
    return {"datetime": "dateTime", "reference": "ID", "id": "ID"}.get(found.type, _kind(found))


def _in_range(scope: Scope, condition: Compare, found: Field, get: Get) -> Test:
    name, n = condition.value.value
    zone = scope.org.zone(scope.user)
    try:
        span = ranges.days(name, n, scope.now.astimezone(zone).date())
        bounds = ranges.instants(span, zone)
    except (OverflowError, ValueError):  # beyond the first or the last year there is
        raise failed(scope.text, condition.value.at, f"invalid date range: {name}:{n}") from None
    match found.type:
        case "datetime":
            first, end = (times.exact(at) for at in bounds)
        case "date":
            first, end = (day.isoformat() for day in span)
        case _:
            comparable(scope, found, condition.path, condition.value)  # words the refusal
            return lambda _: False
    tests: dict[str, Callable[[str], bool]] = {
        "=": lambda v: first <= v < end,
        "!=": lambda v: not first <= v < end,
        "<": lambda v: v < first,
        "<=": lambda v: v < end,
        ">": lambda v: v >= end,
        ">=": lambda v: v >= first,
    }
    test, absent = tests[condition.operator], condition.operator == "!="

    def in_range(row: Row) -> bool:
        value = get(row)
        return test(value) if value is not None else absent

    return in_range


def _like(scope: Scope, condition: Compare, found: Field, get: Get) -> Test:
    if found.type in IDS or condition.value.kind != "string":
        text = f"invalid operator on {found.type} field"
        raise failed(scope.text, condition.path.at, text, "INVALID_QUERY_FILTER_OPERATOR")
    pattern = re.sub(
        r"\\(.)|(%)|(_)|([^\\%_]+)|\\",
        lambda m: re.escape(m[1] or m[4] or "\\") if not (m[2] or m[3]) else ".*" if m[2] else ".",
        condition.value.value.lower(),
    )
    match = re.compile(pattern, re.DOTALL).fullmatch
    return lambda row: match(get(row) or "") is not None


def _in(scope: Scope, condition: In) -> Test:
    found, get = _filterable(scope, condition.path)
    if isinstance(condition.values, tuple):
        wanted = {comparable(scope, found, condition.path, v) for v in condition.values}
    else:
        wanted = scope.semi_join(condition.values) if scope.semi_join else set()
    if condition.negated:
        return lambda row: get(row) not in wanted
    return lambda row: get(row) in wanted
