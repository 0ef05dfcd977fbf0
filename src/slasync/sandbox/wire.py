"""The control endpoint's JSON: values written, and what callers send read strictly."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from slasync.sandbox.faults import Kind, Rule
from slasync.sandbox.habits import Person
from slasync.sandbox.http import Request
from slasync.sandbox.journal import Entry
from slasync.sandbox.loading import Batch
from slasync.sandbox.marked import did_you_mean

Json = dict[str, Any]
DELAYS = {"first_answer", "after_reminder", "decides"}  # in seconds
SHARES = {"diligence", "reminded", "converts", "recycles", "disqualifies"}


class Malformed(Exception):
    """A call that makes no sense; the text says why."""


def body(request: Request) -> Any:
    """Return the decoded body. Raises Malformed."""
    try:
        return request.json()
    except ValueError as error:
        raise Malformed(f"the body is no JSON: {error}") from error


def number(text: str) -> int:
    if not text.isdecimal():
        raise Malformed(f"{text!r} is no number")
    return int(text)


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def entry(e: Entry) -> Json:
    return {
        "number": e.number, "at": instant(e.at), "system": e.system, "operation": e.operation,
        "object": e.object, "id": e.id, "by": e.by, "before": dict(e.before),
        "after": dict(e.after),
    }  # fmt: skip


def rule(r: Rule) -> Json:
    return {
        "kind": r.kind, "path": r.path, "probability": r.probability,
        "delay": r.delay.total_seconds(), "times": r.times,
    }  # fmt: skip


def to_rule(given: Any) -> Rule:
    """Read {"kind": ..., "path": ..., "probability": ..., "delay": seconds, "times": ...}."""
    known = ("kind", "path", "probability", "delay", "times")
    data = _members(given, known)
    try:
        return Rule(
            Kind(str(data.get("kind"))),
            re.compile(data.get("path", ".*")).pattern,
            _share("probability", data.get("probability", 1.0)),
            timedelta(seconds=_amount("delay", data.get("delay", 60))),
            None if data.get("times") is None else int(_amount("times", data["times"])),
        )
    except (re.error, TypeError) as error:
        raise Malformed(f"path: {error}") from error
    except ValueError as error:
        raise Malformed(f"{error} (one of {', '.join(Kind)})") from error


def person(p: Person) -> Json:
    habits = {name: _plain(getattr(p.habits, name)) for name in sorted(DELAYS | SHARES)}
    away = sorted(day.isoformat() for day in p.hours.holidays)
    return {"name": p.name, "user_id": p.user_id, "zone": p.hours.zone.key, "away": away} | habits


def changed(p: Person, given: Any) -> Person:
    """Return the person with other habits, or away on other dates."""
    data = _members(given, [*sorted(DELAYS | SHARES), "away"])
    habits: dict[str, Any] = {n: _share(n, v) for n, v in data.items() if n in SHARES}
    habits |= {n: timedelta(seconds=_amount(n, v)) for n, v in data.items() if n in DELAYS}
    try:
        made = replace(p, habits=replace(p.habits, **habits))
        if "away" in data:
            away = frozenset(date.fromisoformat(day) for day in data["away"])
            made = replace(made, hours=replace(p.hours, holidays=away))
    except (TypeError, ValueError) as error:
        raise Malformed(str(error)) from error
    return made


def to_batch(given: Any) -> Batch:
    data = _members(given, [each.name for each in fields(Batch)])
    rows = data.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Malformed("rows must be a list of objects")
    names = [data.get("system"), data.get("object"), data.get("key")]
    if not all(isinstance(name, str) for name in names):
        raise Malformed("system, object and key must be texts")
    system, object_name, key = map(str, names)
    return Batch(system, object_name, key, rows)


def _members(given: Any, known: list[str] | tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise Malformed("must be an object")
    for name in given:
        if name not in known:
            raise Malformed(f"unknown member {name!r}{did_you_mean(name, known)}")
    return given


def _share(name: str, value: Any) -> float:
    share = _amount(name, value)
    if share > 1:
        raise Malformed(f"{name} must lie between 0 and 1")
    return share


def _amount(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise Malformed(f"{name} must be a number, not below 0")
    return float(value)


def _plain(value: Any) -> Any:
    return value.total_seconds() if isinstance(value, timedelta) else value
