"""Answers one line of `slasync calendar due --batch`, so that others can check our arithmetic."""

import json
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from slasync.domain.calendars import Calendar, Offset, Unit

_KEYS = ("calendar", "start", "amount", "unit")


def answer_text(text: str, calendars: Mapping[str, Calendar]) -> dict[str, Any]:
    """Answer one line of JSON; what cannot be read comes back as {"line": text, "error": why}."""
    try:
        question = json.loads(text)
    except (ValueError, RecursionError) as problem:
        return {"line": text.rstrip("\n"), "error": f"this is no JSON: {problem}"}
    if not isinstance(question, dict):
        return {"line": text.rstrip("\n"), "error": "this is no JSON object with " + _all_keys()}
    return answer(question, calendars)


def answer(question: Mapping[str, Any], calendars: Mapping[str, Calendar]) -> dict[str, Any]:
    """Return the question with "due" in UTC (ISO 8601, Z), or with "error" in plain words.

    Asks for "calendar", "start" (ISO 8601 with an offset), "amount" and "unit"; other keys are
    handed through.
    """
    asked = {key: value for key, value in question.items() if key not in {"due", "error"}}
    try:
        due = _due(asked, calendars)
    except ValueError as problem:
        return {**asked, "error": str(problem)}
    return {**asked, "due": due.isoformat().replace("+00:00", "Z")}


def _due(asked: Mapping[str, Any], calendars: Mapping[str, Calendar]) -> datetime:
    missing = [key for key in _KEYS if key not in asked]
    if missing:
        raise ValueError(f"{' and '.join(missing)} missing: a line needs {_all_keys()}")
    calendar = calendars[_known(asked["calendar"], list(calendars), "calendar")]
    unit = Unit(_known(asked["unit"], [unit.value for unit in Unit], "unit"))
    return calendar.due(_start(asked["start"]), Offset(_amount(asked["amount"]), unit))


def _known(given: Any, names: list[str], kind: str) -> str:
    """Return the name if it is one of `names`; ValueError with the nearest otherwise."""
    if isinstance(given, str) and given in names:
        return given
    near = get_close_matches(str(given), names, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    raise ValueError(f"no {kind} is named {given!r}{hint}: known are {', '.join(sorted(names))}")


def _start(given: Any) -> datetime:
    try:
        start = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        raise ValueError(
            f"start is {given!r}: give ISO 8601 such as 2026-03-02T09:00:00Z"
        ) from None
    if start.tzinfo is None:
        raise ValueError(f"start is {given!r}, without a zone: give an offset such as Z or +01:00")
    return start


def _amount(given: Any) -> float:
    if isinstance(given, int | float) and not isinstance(given, bool):
        return given
    raise ValueError(f"amount is {given!r}: give a number")


def _all_keys() -> str:
    return ", ".join(_KEYS)
