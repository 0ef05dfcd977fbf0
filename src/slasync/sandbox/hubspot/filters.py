"""The filters of a search: what each operator lets through."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slasync.sandbox.http import is_number
from slasync.sandbox.hubspot import stamps
from slasync.sandbox.hubspot.catalogue import Kind
from slasync.sandbox.hubspot.errors import bad
from slasync.sandbox.hubspot.portal import Portal
from slasync.sandbox.hubspot.record import Record

Comparable = int | float | str
Test = Callable[[Record], bool]

_TIED = "associations."
_WORD = re.compile(r"\w+")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": lambda a, b: a == b,
    "NEQ": lambda a, b: a != b,
    "LT": lambda a, b: a < b,
    "LTE": lambda a, b: a <= b,
    "GT": lambda a, b: a > b,
    "GTE": lambda a, b: a >= b,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: `values` are comparable; the text is as it was given."""

    name: str
    operator: str
    values: tuple[Comparable, ...]
    test: Test


def read(portal: Portal, kind: Kind, given: Mapping[str, Any]) -> Filter:
    """Read one filter of a search body. Raises 400."""
    name, operator = str(given.get("propertyName", "")), str(given.get("operator", ""))
    texts = _texts(operator, given)
    if name.startswith(_TIED):
        return Filter(name, operator, (), _tied(portal, kind, name, texts))
    prop = portal.schema(kind).known(name)
    if prop is None:
        raise bad(f"There was a problem with the request: unknown property {name}")
    key = reader(prop.type)
    try:
        values = tuple(key(text) for text in texts)
    except ValueError:
        raise bad(f"Invalid value for {name} ({prop.type}): {texts}") from None
    test = _test(portal, kind, name, operator, texts=texts, values=values, key=key)
    return Filter(name, operator, values, test)


def reader(type_: str) -> Callable[[str], Comparable]:
    """Return what turns a value of this type into something that compares. Raises ValueError."""
    return _READERS.get(type_, _exact)


def value_key(portal: Portal, kind: Kind, name: str) -> Callable[[Record], Comparable | None]:
    """Return what reads a record's value of this property so that it compares."""
    prop = portal.schema(kind).known(name)
    read_value = reader(prop.type if prop else "string")
    if name == kind.modified:
        return lambda record: record.modified
    if name == kind.created:
        return lambda record: record.created
    if name == "hs_object_id":
        return lambda record: record.id
    if name in portal.computed[kind.name]:
        return lambda record: _optional(portal.value(kind, record, name), read_value)
    return lambda record: _optional(record.properties.get(name), read_value)


def _optional(text: str | None, read_value: Callable[[str], Comparable]) -> Comparable | None:
    return None if text is None else read_value(text)


def _number(text: str) -> Comparable:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _exact(text: str) -> Comparable:
    return text


_READERS: dict[str, Callable[[str], Comparable]] = {
    "number": _number,
    "datetime": stamps.parse,
    "date": stamps.parse,
    "string": str.lower,
    "phone_number": str.lower,
    "bool": str.lower,
}


def _texts(operator: str, given: Mapping[str, Any]) -> list[str]:
    """Return the values a filter compares with. Raises 400."""
    if operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
        return []
    if operator in {"IN", "NOT_IN"}:
        values = given.get("values")
        if not isinstance(values, list):
            raise bad(f"operator {operator} requires values")
        return [str(value) for value in values]
    if operator == "BETWEEN":
        return [_need(given, "value"), _need(given, "highValue")]
    if operator in _COMPARE or operator in {"CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}:
        return [_need(given, "value")]
    raise bad(f"Unknown operator: {operator}")


def _need(given: Mapping[str, Any], name: str) -> str:
    if given.get(name) is None:
        raise bad(f"operator {given.get('operator')} requires {name}")
    return str(given[name])


def _test(  # noqa: PLR0913 - what a condition rests on
    portal: Portal,
    kind: Kind,
    name: str,
    operator: str,
    *,
    texts: list[str],
    values: tuple[Comparable, ...],
    key: Callable[[str], Comparable],
) -> Test:
    get = value_key(portal, kind, name)
    if operator == "HAS_PROPERTY":
        return lambda record: get(record) is not None
    if operator == "NOT_HAS_PROPERTY":
        return lambda record: get(record) is None
    if operator in {"IN", "NOT_IN"}:
        # of strings only lower-case values are found: the stored value is folded, these are not
        wanted = set(texts) if key is str.lower else set(values)
        inside = operator == "IN"
        return lambda record: (v := get(record)) is not None and (v in wanted) == inside
    if operator == "BETWEEN":
        low, high = values
        return lambda record: (v := get(record)) is not None and _within(v, low, high)
    if operator in _COMPARE:
        compare, bound = _COMPARE[operator], values[0]
        return lambda record: (v := get(record)) is not None and compare(v, bound)
    return _token_test(portal, kind, name, texts[0], wanted=operator == "CONTAINS_TOKEN")


def _within(value: Any, low: Any, high: Any) -> bool:
    return bool(low <= value <= high)


def _token_test(portal: Portal, kind: Kind, name: str, text: str, *, wanted: bool) -> Test:
    """Let through what has every word of `text` among its words; * stands for any letters."""
    patterns = [
        re.compile(re.escape(word).replace(r"\*", r"\w*") + r"\Z")
        for word in re.findall(r"[\w*]+", text.lower())
    ]

    def test(record: Record) -> bool:
        words = _WORD.findall((portal.value(kind, record, name) or "").lower())
        return all(any(p.match(w) for w in words) for p in patterns) == wanted

    return test


def _tied(portal: Portal, kind: Kind, name: str, texts: list[str]) -> Test:
    """Let through what is tied to the records named: `associations.contact`."""
    to = portal.kind(name.removeprefix(_TIED)).name
    wanted = {int(text) for text in texts if is_number(text)}

    def test(record: Record) -> bool:
        return not wanted.isdisjoint(portal.links.of((kind.name, record.id), to))

    return test


def text_test(kind: Kind, query: str) -> Test:
    """Let through what has every word of a free text as the start of some word."""
    words = _WORD.findall(query.lower())

    def test(record: Record) -> bool:
        values = (record.properties.get(name, "") for name in kind.searched)
        found = _WORD.findall(" ".join(values).lower())
        return all(any(have.startswith(word) for have in found) for word in words)

    return test
