"""Moments as people write them are read in the agreement's zone, or refused with examples."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from slasync.cli.moments import EXAMPLES, moment, past_moment
from slasync.cli.surroundings import WrongCall

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-02T14:00", "2026-03-02T13:00:00Z"),
        ("2026-03-02 14:00", "2026-03-02T13:00:00Z"),
        ("2026-07-02T14:00:30", "2026-07-02T12:00:30Z"),
        ("2026-03-02T14:00Z", "2026-03-02T14:00:00Z"),
        ("2026-03-02T14:00z", "2026-03-02T14:00:00Z"),
        ("2026-03-02T14:00-05:00", "2026-03-02T19:00:00Z"),
        ("2026-03-02 14:00 +01:00", "2026-03-02T13:00:00Z"),
        ("2026-03-02", "2026-03-01T23:00:00Z"),
        (" 2026-07-02 ", "2026-07-01T22:00:00Z"),
        ("2026-03-29T02:30", "2026-03-29T01:00:00Z"),
        ("2026-10-25T02:30", "2026-10-25T00:30:00Z"),
    ],
)
def test_a_moment_is_read_in_its_own_zone_else_in_the_agreements(text: str, instant: str) -> None:
    assert moment("--at", text, BERLIN) == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "14:00", "2026-3-2", "02.03.2026", "20260302", "2026-03-02T14", "now"]
)
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(WrongCall) as refused:
        moment("--at", text, BERLIN)

    assert str(refused.value) == f"--at {text}: is no time; write {EXAMPLES}"


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13-01", "2026-03-02T24:01", "2026-03-02T14:60", "0001-01-01"]
)
def test_a_time_that_does_not_exist_is_refused_with_examples(text: str) -> None:
    with pytest.raises(WrongCall, match=f"{text}: no such time, .*; write 2026-03-02T14:00"):
        moment("--at", text, BERLIN)


def test_every_example_is_a_moment() -> None:
    for example in EXAMPLES.split(", "):
        assert moment("--at", example.partition(" ")[0], BERLIN).tzinfo is not None


def test_what_is_still_to_come_cannot_be_looked_back_to() -> None:
    now = datetime(2026, 3, 2, 13, tzinfo=UTC)

    assert past_moment("--at", "2026-03-02T14:00", BERLIN, now) == now
    with pytest.raises(WrongCall, match="still to come, it is Mon 02 Mar 2026 14:00 Europe/Berlin"):
        past_moment("--at", "2026-03-02T14:01", BERLIN, now)
