"""How German and English write what slasync fills in."""

from datetime import UTC, date, datetime, timedelta
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from slasync.domain import languages
from slasync.domain.agreement import End
from slasync.domain.languages import Language, Locale

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
GERMAN = Locale(Language.DE, BERLIN, named=False)
ENGLISH = Locale(Language.EN, BERLIN, named=False)
AT = datetime(2026, 3, 2, 13, 5, tzinfo=UTC)


def test_both_languages_have_the_same_phrases_about_the_same_things() -> None:
    def named(language: Language) -> dict[str, set[str]]:
        phrases = languages._WORDBOOKS[language].phrases  # noqa: SLF001 - the table itself is tested
        return {
            key: {name for _, name, _, _ in Formatter().parse(phrase) if name}
            for key, phrase in phrases.items()
        }

    assert named(Language.DE) == named(Language.EN)


@pytest.mark.parametrize("end", End)
def test_a_task_can_say_how_its_clock_ended(end: End) -> None:
    for locale in (GERMAN, ENGLISH):
        assert "{" not in locale.say(f"over.{end.value}", at="now")


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        (GERMAN, "Mo, 02.03.2026, 14:05 Uhr"),
        (ENGLISH, "Mon 2 Mar 2026, 14:05"),
        (Locale(Language.DE, NEW_YORK), "Mo, 02.03.2026, 08:05 Uhr (America/New_York)"),
        (Locale(Language.EN, NEW_YORK), "Mon 2 Mar 2026, 08:05 (America/New_York)"),
    ],
)
def test_a_moment_is_the_reader_s_and_names_the_zone_where_it_is_another(
    locale: Locale, said: str
) -> None:
    assert locale.moment(AT) == said


@pytest.mark.parametrize(
    ("span", "german", "english"),
    [
        (timedelta(days=1), "1 Tag", "1 day"),
        (timedelta(days=3, hours=4, minutes=59), "3 Tagen und 4 Stunden", "3 days and 4 hours"),
        (timedelta(days=2, minutes=59), "2 Tagen", "2 days"),
        (timedelta(hours=1, minutes=30), "1 Stunde", "1 hour"),
        (timedelta(minutes=40), "40 Minuten", "40 minutes"),
        (timedelta(seconds=59), "weniger als einer Minute", "less than a minute"),
        (timedelta(hours=-5), "weniger als einer Minute", "less than a minute"),
    ],
)
def test_a_span_is_written_in_whole_words(span: timedelta, german: str, english: str) -> None:
    assert (GERMAN.span(span), ENGLISH.span(span)) == (german, english)


@pytest.mark.parametrize(
    ("value", "german", "english"),
    [
        (80, "80", "80"),
        (80.0, "80", "80"),
        (12.5, "12,5", "12.5"),
        (1000, "1000", "1000"),
        (-0.001, "0", "0"),
        (True, "ja", "yes"),
        ("2026-03-02T13:05:00+00:00", "Mo, 02.03.2026, 14:05 Uhr", "Mon 2 Mar 2026, 14:05"),
        ("2026-03-02", "02.03.2026", "2 Mar 2026"),
        ("2026-03-99", "2026-03-99", "2026-03-99"),
        ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59-14:00"),
        ("Demo request", "Demo request", "Demo request"),
        (None, "", ""),
    ],
)
def test_a_field_s_value_is_written_as_the_language_writes_it(
    value: str | float | bool | None,  # noqa: FBT001 - any value of a field
    german: str,
    english: str,
) -> None:
    assert (GERMAN.value(value), ENGLISH.value(value)) == (german, english)


def test_what_has_no_word_of_its_own_keeps_its_name() -> None:
    assert (GERMAN.field("score"), GERMAN.field("budget_known")) == ("Punktzahl", "budget known")
    assert (GERMAN.stage("opportunity"), GERMAN.stage("trial")) == ("Verkaufschance", "trial")


def test_days_are_written_without_the_weekday() -> None:
    assert (GERMAN.day(date(2026, 3, 2)), ENGLISH.day(date(2026, 3, 2))) == (
        "02.03.2026",
        "2 Mar 2026",
    )
