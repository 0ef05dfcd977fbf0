"""Lines of `calendar due --batch`: each is answered or says clearly what is wrong with it."""

import json
from typing import Any

import pytest

from slasync.domain.time.calendar_batch import answer, answer_text
from tests.domain.calendar_builders import SPLIT, a_calendar, on_weekdays

CALENDARS = {"office": a_calendar(on_weekdays(*SPLIT)), "other": a_calendar()}


def a_line(**changes: Any) -> dict[str, Any]:
    ordinary = {
        "calendar": "office",
        "start": "2026-03-02T11:30:00Z",
        "amount": 1,
        "unit": "business_hours",
    }
    return ordinary | changes


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, "2026-03-02T13:30:00Z"),
        ({"start": "2026-03-02T12:30:00+01:00"}, "2026-03-02T13:30:00Z"),
        ({"unit": "business_minutes", "amount": 0.5}, "2026-03-02T12:30:30Z"),
        ({"unit": "business_days", "amount": 1.0}, "2026-03-03T12:30:00Z"),
        ({"unit": "calendar_days", "amount": 30}, "2026-04-01T10:30:00Z"),
        ({"amount": 0, "start": "2026-03-02T08:00:00.25Z"}, "2026-03-02T08:00:00.250000Z"),
    ],
)
def test_a_good_line_comes_back_with_its_due_instant_in_utc(
    changes: dict[str, Any], due: str
) -> None:
    line = a_line(**changes)

    assert answer(line, CALENDARS) == line | {"due": due}
    assert answer_text(json.dumps(line) + "\n", CALENDARS) == line | {"due": due}


@pytest.mark.parametrize(
    ("pauses", "due"),
    [
        ([], "2026-03-02T13:30:00Z"),
        ([["2026-03-02T12:45:00Z", "2026-03-02T14:45:00+01:00"]], "2026-03-02T14:30:00Z"),
        ([["2026-03-02T12:45:00Z", None], ["2026-03-02T12:00:00Z", None]], None),
        ([["2026-03-02T14:00:00Z", None]], "2026-03-02T13:30:00Z"),
    ],
)
def test_time_that_was_paused_does_not_count_and_one_that_lasts_leaves_no_due(
    pauses: list[list[str | None]], due: str | None
) -> None:
    line = a_line(pauses=pauses)

    assert answer(line, CALENDARS) == line | {"due": due}
    assert answer_text(json.dumps(line), CALENDARS) == line | {"due": due}


@pytest.mark.parametrize(
    ("pauses", "words"),
    [
        ("2026-03-02T12:45:00Z", 'give [["from", "to"], ...], times in ISO 8601, null for "to"'),
        (None, "pauses is None: give"),
        ({"from": "2026-03-02T12:45:00Z"}, "pauses is {'from':"),
        (["2026-03-02T12:45:00Z"], "a pause is '2026-03-02T12:45:00Z': give"),
        ([["2026-03-02T12:45:00Z"]], "a pause is ['2026-03-02T12:45:00Z']: give"),
        ([["noon", None]], "a pause has 'noon': give ISO 8601 such as"),
        ([[None, None]], "a pause has None: give ISO 8601 such as"),
        ([["2026-03-02T12:45:00", None]], "a pause has '2026-03-02T12:45:00', without a zone"),
        ([["2026-03-02T12:45:00Z", "2026-03-02"]], "a pause has '2026-03-02', without a zone"),
        ([["2026-03-02T12:45:00Z", "2026-03-02T12:44:00Z"]], "ends before it begins: swap the two"),
    ],
)
def test_pauses_that_cannot_be_read_say_what_is_wrong(pauses: Any, words: str) -> None:
    line = a_line(pauses=pauses)

    answered = answer(line, CALENDARS)

    assert words in answered["error"]
    assert "due" not in answered


def test_keys_that_are_not_asked_for_are_handed_through() -> None:
    answered = answer(a_line(id=7, due="never", error="stale"), CALENDARS)

    assert answered == a_line(id=7, due="2026-03-02T13:30:00Z")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": "2026-03-02T11:30:00"}, "without a zone: give an offset such as Z or"),
        ({"start": "2026-03-02"}, "without a zone: give an offset"),
        ({"start": "monday"}, "start is 'monday': give ISO 8601"),
        ({"start": 1772451000}, "give ISO 8601"),
        ({"start": None}, "give ISO 8601"),
        ({"calendar": "ofice"}, "no calendar is named 'ofice' (did you mean 'office'?)"),
        ({"calendar": ["office"]}, "no calendar is named ['office']"),
        ({"unit": "business_hour"}, "did you mean 'business_hours'?"),
        ({"amount": "4"}, "amount is '4': give a number"),
        ({"amount": True}, "amount is True: give a number"),
        ({"amount": -1}, "the amount is -1"),
        ({"amount": float("nan")}, "the amount is nan"),
        ({"amount": 1.5, "unit": "business_days"}, "whole days only"),
        ({"amount": 10**9, "unit": "calendar_days"}, "outside the years 1 to 9999"),
        ({"amount": 10**9}, "covers 2025-01-01 to 2027-12-31"),
        ({"start": "0001-01-01T00:00:00+14:00", "unit": "calendar_days"}, "outside the years"),
        ({"start": "9999-12-31T23:00:00-14:00", "unit": "calendar_days"}, "outside the years"),
        ({"start": "2030-01-01T00:00:00Z"}, "covers 2025-01-01 to 2027-12-31"),
    ],
)
def test_a_bad_line_says_what_is_wrong_and_has_no_due(changes: dict[str, Any], words: str) -> None:
    line = a_line(**changes)

    answered = answer(line, CALENDARS)

    assert words in answered["error"]
    assert {**answered, "error": ""} == {**line, "error": ""}


def test_a_line_with_keys_missing_names_them() -> None:
    assert answer({"calendar": "office", "amount": 1}, CALENDARS)["error"] == (
        "start and unit missing: a line needs calendar, start, amount, unit"
    )


@pytest.mark.parametrize("text", ["", "{", "calendar: office", "[" * 100_000])
def test_what_is_no_json_is_handed_back_with_the_reason(text: str) -> None:
    answered = answer_text(text + "\n", CALENDARS)

    assert answered["line"] == text
    assert answered["error"].startswith("this is no JSON: ")


@pytest.mark.parametrize("text", ["[]", "4", "null", '"office"'])
def test_json_that_is_no_object_is_refused(text: str) -> None:
    assert "this is no JSON object with calendar, start" in answer_text(text, CALENDARS)["error"]
