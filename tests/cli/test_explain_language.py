"""explain --language: the same story to a German reader, by his wall clock."""

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def handed(desk: Desk) -> Desk:
    """A lead was handed over; its owner has his first task."""
    desk.arrives()
    desk.work()
    return desk


def test_the_whole_story_is_told_in_german_by_the_wall_clock_of_the_leads_people(
    handed: Desk,
) -> None:
    told = " ".join(handed.slasync("explain", "lou@x.example", "--language", "de").output.split())

    for words in (
        "Was geschah",
        "hubspot: score ist 80",
        "Regel: score >= 75",
        "Anlass: score war 80",
        "zuständige Person gewählt Mo, 02.03.2026, 10:05 Uhr: Ana Albers; reihum in inbound",
        "day_0, nach 0 Arbeitstagen: fällig Mo, 02.03.2026, 10:00 Uhr",
        "| Kalender berlin, Zone Europe/Berlin, reicht von 01.01.2024 bis 31.12.2029",
        "was sie anhalten würde: ein Kontakt durch einen Menschen",
        "first_touch/day_1, Di, 03.03.2026, 10:00 Uhr: Aufgabe (zuständige Person)",
        "übergeben: score war erfüllt Mo, 02.03.2026, 10:00 Uhr",
    ):
        assert words in told


def test_english_is_told_unless_german_is_asked_for(handed: Desk) -> None:
    plain = handed.slasync("explain", "lou@x.example").output

    assert handed.slasync("explain", "lou@x.example", "--language", "en").output == plain
    assert "owner chosen at 2026-03-02T09:05:00Z: Ana Albers" in plain


def test_a_language_there_is_not_is_a_wrong_call(handed: Desk) -> None:
    done = handed.slasync("explain", "lou@x.example", "--language", "fr")

    assert done.exit_code == 2
    assert "'fr' is not one of 'en', 'de'" in done.output
