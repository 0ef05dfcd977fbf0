"""What a morning says, word for word, in German and English."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from slasync.domain.digests.morning import (
    AtRisk,
    Disputed,
    Late,
    LateOf,
    Morning,
    Moved,
    Named,
    Proposal,
    Waiting,
)
from slasync.domain.digests.morning_words import Item, hours, subject_of, write_morning
from slasync.domain.figures.forecast_breaches import Usual, Why
from slasync.domain.figures.kpis import Figure, Measure
from slasync.domain.figures.obligations import Aim
from slasync.domain.languages import Language
from slasync.domain.lead import LeadKey
from tests.builders import DAY, HOUR, MINUTE

AT = datetime(2026, 3, 3, 8, tzinfo=UTC)  # Tuesday, 09:00 in Berlin
BERLIN = ZoneInfo("Europe/Berlin")
LOU = Named(LeadKey("l1"), "Lou Reed", "VU", "https://acme.example/00Q1")
NICO = Named(LeadKey("l2"), "Nico", "Factory")
FULL = Morning(
    at=AT,
    since=AT - DAY,
    known_to=AT - 3 * HOUR,
    late=(
        LateOf("Ana", 5, (Late(LOU, AT - 20 * HOUR, 6 * HOUR + 10 * MINUTE),)),
        LateOf("", 1, (Late(NICO, AT - 9 * DAY, 40 * HOUR, AT - DAY),)),
    ),
    due_today=9,
    at_risk=(
        AtRisk(LOU, "Ana", AT + 5.5 * HOUR, Why.ABSENT,
               proposal=Proposal("Chi", 4, Usual(65 * MINUTE))),
        AtRisk(NICO, "Ben", AT + 2 * HOUR, Why.SLOW, Usual(3 * HOUR + 10 * MINUTE)),
    ),
    moved=(Moved(NICO, "Ana", "Ben", "first_touch", "day_3"),),
    moved_in_all=1,
    held=(Waiting("burst-0303", 40, "more than usual"),),
    disputed=(Disputed(LOU, "Ana", AT - DAY, "on holiday"),),
)  # fmt: skip
ENGLISH = """\
As of Tue 2026-03-03 09:00. Times are in Europe/Berlin.
The systems were last read at 06:00: what happened since is not in here.

Overdue: 6
Ana: 5
- Lou Reed, VU: since Mon 13:00, 6 h 10 min of working time https://acme.example/00Q1
- and 4 more
nobody's: 1
- Nico, Factory: since Sun 2026-02-22 09:00, 40 h of working time, here only since Mon 09:00

Likely to be missed today: 2 of 9 that are due
- Lou Reed, VU: due 14:30, Ana is absent until then. Proposal: reassign to Chi (4 open, usually\
 1 h 5 min). https://acme.example/00Q1
- Nico, Factory: due 11:00, Ben usually needs 3 h 10 min. Nobody in the team has room.
An estimate from due times, calendars, absences and what is usual, to help in time. Nothing is\
 moved by itself.

Reassigned since Mon 09:00: 1
- Nico, Factory: from Ana to Ben; first_touch had reached day_3

Held until somebody decides:
- burst-0303: 40 writes. more than usual. slasync held show burst-0303

Disputes to decide: 1
- Lou Reed, VU, Ana, since Mon 09:00: on holiday https://acme.example/00Q1

slasync sends this to those whom notify.digest.for in slasync.yaml names for it.
"""


def test_an_english_morning_word_for_word() -> None:
    written = write_morning(FULL, BERLIN, Language.EN)

    assert written.text == ENGLISH
    assert subject_of(written.counts, AT, BERLIN, Language.EN) == (
        "SLA: 6 overdue, 2 at risk today, 1 disputed, Tue 2026-03-03 09:00"
    )


def test_a_german_morning_word_for_word() -> None:
    written = write_morning(replace(FULL, held=(), disputed=(), known_to=AT), BERLIN, Language.DE)

    assert written.text == (
        "Stand Di 03.03.2026 09:00 Uhr. Zeiten in Europe/Berlin.\n\n"
        "Überfällig: 6\nAna: 5\n"
        "- Lou Reed, VU: seit Mo 13:00 Uhr, 6 h 10 min Arbeitszeit https://acme.example/00Q1\n"
        "- und 4 weitere\n"
        "ohne zuständige Person: 1\n"
        "- Nico, Factory: seit So 22.02.2026 09:00 Uhr, 40 h Arbeitszeit, hier erst seit Mo 09:00"
        " Uhr\n\n"
        "Heute voraussichtlich zu spät: 2 von 9, die heute fällig sind\n"
        "- Lou Reed, VU: fällig 14:30 Uhr, Ana ist bis dahin abwesend. Vorschlag: an Chi geben"
        " (4 offen, meist 1 h 5 min). https://acme.example/00Q1\n"
        "- Nico, Factory: fällig 11:00 Uhr, Ben braucht meist 3 h 10 min. Niemand im Team hat Zeit"
        " dafür.\n"
        "Eine Schätzung aus Fälligkeit, Arbeitszeiten, Abwesenheit und dem, was üblich ist, um"
        " rechtzeitig zu helfen. Verschoben wird nichts von selbst.\n\n"
        "Neu vergeben seit Mo 09:00 Uhr: 1\n"
        "- Nico, Factory: von Ana an Ben; first_touch hat day_3 erreicht\n\n"
        "slasync schickt das an alle, die notify.digest.for in slasync.yaml dafür nennt.\n"
    )
    assert written.counts == ("6 überfällig", "2 heute gefährdet", "1 neu vergeben")


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        (Language.EN, "SLA: all in time, Tue 2026-03-03 09:00"),
        (Language.DE, "SLA: alles in der Zeit, Di 03.03.2026 09:00"),
    ],
)
def test_a_quiet_morning_says_that_all_is_in_time(language: Language, subject: str) -> None:
    written = write_morning(Morning(at=AT, due_today=3), BERLIN, language)

    assert subject_of(written.counts, AT, BERLIN, language) == subject
    assert not written.items


def test_each_lead_stands_in_the_text_with_its_very_words() -> None:
    written = write_morning(FULL, BERLIN, Language.EN)

    assert {item.lead for item in written.items} == {"l1", "l2"}
    assert all(item.text in written.text.splitlines() for item in written.items)
    moved = "- Nico, Factory: from Ana to Ben; first_touch had reached day_3"
    assert Item(LeadKey("l2"), moved) in written.items


def test_times_are_the_reader_s_own() -> None:
    text = write_morning(FULL, ZoneInfo("America/New_York"), Language.EN).text

    assert "As of Tue 2026-03-03 03:00. Times are in America/New_York." in text
    assert "due 08:30, Ana is absent" in text


def test_of_many_the_first_are_named_and_the_rest_is_counted() -> None:
    late = tuple(LateOf(f"Rep {n}", 2) for n in range(12))
    risk = tuple(AtRisk(NICO, "Ben", AT + HOUR, Why.CLOSED) for _ in range(13))
    text = write_morning(
        replace(FULL, late=late, at_risk=risk, moved_in_all=25), BERLIN, Language.EN
    ).text

    assert "and with 2 more: 4" in text
    assert "Rep 10" not in text
    assert "Likely to be missed today: 13 of 13 that are due" in text
    assert text.count("Ben's hours begin after that") == 10
    assert "- and 3 more" in text
    assert "- and 24 more" in text


def test_the_team_s_pace_is_called_the_team_s() -> None:
    usual = Usual(HOUR, own=False)
    risk = AtRisk(NICO, "Ben", AT + HOUR, Why.SLOW, usual, Proposal("Chi", 0, usual))
    text = write_morning(Morning(at=AT, at_risk=(risk,)), BERLIN, Language.EN).text

    assert "the team usually needs 1 h, Ben has it" in text
    assert "(0 open, usual in the team: 1 h)" in text


def test_a_lead_s_own_words_do_no_harm() -> None:
    bad = Named(LeadKey("l3"), "Lou\n\nOverdue: 0\u202e", "VU\tLtd")
    late = LateOf("Ana", 1, (Late(bad, AT - HOUR, HOUR),))
    text = write_morning(Morning(at=AT, late=(late,)), BERLIN, Language.EN).text

    assert "- Lou Overdue: 0, VU Ltd: since 08:00" in text.replace("\ufffd", "")


@pytest.mark.parametrize(
    ("span", "said"),
    [(0 * HOUR, "0 min"), (40 * MINUTE, "40 min"), (HOUR, "1 h"), (75 * HOUR, "75 h"),
     (190 * MINUTE + timedelta(seconds=59), "3 h 10 min"), (-HOUR, "0 min")],
)  # fmt: skip
def test_working_time_is_said_in_hours_and_minutes(span: timedelta, said: str) -> None:
    assert hours(span) == said


def so_far(accepted: int, open_: int) -> Figure:
    return Figure(
        name="mql_to_sal", measure=Measure.SHARE, value=Fraction(accepted, 70), count=accepted,
        of=70, open=open_, aim=Aim(alarm_below=Fraction(1, 2)),
    )  # fmt: skip


def test_leadership_hears_of_the_running_month_and_an_alarm_is_news() -> None:
    waits, rings = Morning(at=AT, accepted=so_far(20, 20)), Morning(at=AT, accepted=so_far(20, 10))
    english, german = (
        write_morning(rings, BERLIN, language) for language in (Language.EN, Language.DE)
    )

    assert waits.is_quiet
    assert not rings.is_quiet
    assert (
        "MQL to SAL in the running month: 28.6 %, 20 of 70, 10 not decided yet.\nAlarm: that is"
        in (english.text)
    )
    assert english.counts == ("alarm: MQL to SAL",)
    assert (
        "28,6 %, 20 von 70, 10 noch nicht entschieden.\nAlarm: Das liegt unter 50,0 %"
        in german.text
    )
    told = write_morning(waits, BERLIN, Language.EN).text
    assert "below the alarm's 50.0 %; what is open may still lift it." in told
    assert (
        "larm"
        not in write_morning(Morning(at=AT, accepted=so_far(40, 0)), BERLIN, Language.EN).text
    )
