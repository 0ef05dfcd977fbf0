"""What a digest says, in German and English, in its reader's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from slasync.domain.digests.words import MOST_LINES, Entry, write_digest
from slasync.domain.languages import Language

SLOT = datetime(2026, 3, 4, 8, tzinfo=UTC)
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
AGE = timedelta(days=14)
DAY = timedelta(days=1)


def entry(number: int = 1, at: datetime = SLOT - DAY, text: str = "") -> Entry:
    return Entry(f"lead {number}", text or f"Lead {number}: untouched for 3 d 0 h", at)


def written(
    *entries: Entry, zone: ZoneInfo = BERLIN, language: Language = Language.EN
) -> tuple[str, str]:
    return write_digest(entries, SLOT, AGE, zone, language)


def test_an_english_digest_word_for_word() -> None:
    subject, text = written(entry(1), entry(2, SLOT - timedelta(hours=1)))

    assert subject == "SLA: 2 notices about leads, Wed 2026-03-04 09:00"
    assert text == (
        "What was noticed since the last digest. Times are in Europe/Berlin.\n\n"
        "- Lead 1: untouched for 3 d 0 h\n  Tue 2026-03-03 09:00\n\n"
        "- Lead 2: untouched for 3 d 0 h\n  Wed 2026-03-04 08:00\n\n"
        "slasync sends this digest to everybody whom teams.yaml names for it.\n"
    )


def test_a_german_digest_word_for_word() -> None:
    subject, text = written(entry(1), entry(2, SLOT - 20 * DAY), language=Language.DE)

    assert subject == "SLA: 1 Meldung zu Leads, Mi, 04.03.2026, 09:00 Uhr"
    assert text == (
        "Was seit der letzten Übersicht gemeldet wurde. Zeiten in Europe/Berlin.\n\n"
        "- Lead 1: untouched for 3 d 0 h\n  Di, 03.03.2026, 09:00 Uhr\n\n"
        "Nicht mehr einzeln aufgeführt, weil älter als 14 Tage: 1.\n\n"
        "slasync schickt diese Übersicht an alle, die in teams.yaml dafür genannt sind.\n"
    )


def test_times_are_the_reader_s_own() -> None:
    _, text = written(entry(), zone=NEW_YORK)

    assert "Tue 2026-03-03 03:00" in text
    assert "America/New_York" in text


@pytest.mark.parametrize("language", Language)
def test_lines_that_are_too_old_are_counted_only(language: Language) -> None:
    old = [entry(number, SLOT - AGE - timedelta(seconds=1)) for number in range(3)]
    subject, text = written(*old, language=language)

    assert "3" in subject
    assert "Lead" not in text
    assert ": 3." in text


def test_of_very_many_lines_the_last_are_shown() -> None:
    many = [entry(n, SLOT - timedelta(minutes=200 - n)) for n in range(MOST_LINES + 7)]
    subject, text = written(*many)

    assert f"{MOST_LINES + 7} notices" in subject
    assert "Not listed one by one: 7 earlier ones." in text
    assert "- Lead 6:" not in text
    assert "- Lead 7:" in text


def test_what_several_were_told_about_one_lead_stands_there_once() -> None:
    same = "Lou Reed, VU: untouched"
    _, text = written(
        entry(1, text=same), entry(1, SLOT, text=same), entry(2, text=same), entry(1, text="x")
    )

    assert text.count(same) == 2  # two leads may be called the same
