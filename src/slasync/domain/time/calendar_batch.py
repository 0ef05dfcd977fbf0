"""Answers one line of `slasync calendar due --batch`, so that others can check our arithmetic."""

import json
from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from slasync.domain.time.calendars import Calendar, Offset, Pause, Unit

_KEYS = ("calendar", "start", "amount", "unit")
_PAUSES = 'give [["from", "to"], ...], times in ISO 8601, null for "to" while one lasts'


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

    Asks for "calendar", "start" (ISO 8601 with an offset), "amount" and "unit", and takes "pauses":
    [["from", "to"], ...], "to" null while one lasts; other keys are handed through. "due" is null
    where a pause that lasts leaves it unknown.
    """
    asked = {key: value for key, value in question.items() if key not in {"due", "error"}}
    try:
        due = _due(asked, calendars)
    except ValueError as problem:
        return {**asked, "error": str(problem)}
    return {**asked, "due": due.isoformat().replace("+00:00", "Z") if due else None}


def pauses_from(given: Any) -> list[Pause]:
    """Read [["from", "to"], ...]; ValueError in plain words where that is something else."""
    if isinstance(given, list):
        return [_pause(each) for each in given]
    raise ValueError(f"pauses is {given!r}: {_PAUSES}")


def _pause(given: Any) -> Pause:
    if not isinstance(given, list) or len(given) != 2:  # noqa: PLR2004 - a pair
        raise ValueError(f"a pause is {given!r}: {_PAUSES}")
    begins, ends = given
    return Pause(_time("a pause", begins), None if ends is None else _time("a pause", ends))


def _due(asked: Mapping[str, Any], calendars: Mapping[str, Calendar]) -> datetime | None:
    missing = [key for key in _KEYS if key not in asked]
    if missing:
        raise ValueError(f"{' and '.join(missing)} missing: a line needs {_all_keys()}")
    calendar = calendars[_known(asked["calendar"], list(calendars), "calendar")]
    unit = Unit(_known(asked["unit"], [unit.value for unit in Unit], "unit"))
    start, offset = _time("start", asked["start"]), Offset(_amount(asked["amount"]), unit)
    return calendar.due_paused(start, offset, pauses_from(asked.get("pauses", [])))


def _known(given: Any, names: list[str], kind: str) -> str:
    """Return the name if it is one of `names`; ValueError with the nearest otherwise."""
    if isinstance(given, str) and given in names:
        return given
    near = get_close_matches(str(given), names, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    raise ValueError(f"no {kind} is named {given!r}{hint}: known are {', '.join(sorted(names))}")


def _time(noun: str, given: Any) -> datetime:
    verb = "is" if noun == "start" else "has"
    try:
        at = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        raise ValueError(
            f"{noun} {verb} {given!r}: give ISO 8601 such as 2026-03-02T09:00:00Z"
        ) from None
    if at.tzinfo is None:
        what = f"{noun} {verb} {given!r}"
        raise ValueError(f"{what}, without a zone: give an offset such as Z or +01:00")
    return at


def _amount(given: Any) -> float:
    if isinstance(given, int | float) and not isinstance(given, bool):
        return given
    raise ValueError(f"amount is {given!r}: give a number")


def _all_keys() -> str:
    return ", ".join(_KEYS)
