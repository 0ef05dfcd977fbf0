"""What is likely to be missed today, computed by hand: office hours are nine to five, UTC."""

from datetime import date, timedelta
from typing import Any

import pytest

from slasync.domain.figures.forecast_breaches import (
    Due,
    House,
    Miss,
    Relief,
    Rep,
    Speeds,
    Usual,
    Waited,
    Why,
    forecast,
    likely,
    speeds,
)
from slasync.domain.lead import Absence, LeadKey, UserKey
from slasync.domain.time.calendars import Calendar, CalendarSpec, Interval
from tests.builders import DAY, HOUR, MINUTE, MONDAY, nine_to_five

OFFICE = nine_to_five()
NOW = MONDAY  # Monday, 09:00
ANA, BEN, CHI = UserKey("ana"), UserKey("ben"), UserKey("chi")
THREE_TEN = 3 * HOUR + 10 * MINUTE


def rep(key: UserKey = ANA, **changes: Any) -> Rep:
    ordinary: dict[str, Any] = {
        "key": key, "name": key.title(), "team": "inbound", "hours": OFFICE,
    }  # fmt: skip
    return Rep(**ordinary | changes)


def a_due(hours: float = 2, **changes: Any) -> Due:
    """A lead of Ana's that began now and is due so many hours later."""
    ordinary: dict[str, Any] = {
        "lead": LeadKey("l1"), "owner": ANA, "clock": "first_touch",
        "began": NOW, "due": NOW + hours * HOUR,
    }  # fmt: skip
    return Due(**ordinary | changes)


def house(*reps: Rep, known: Speeds | None = None, mates: tuple[UserKey, ...] = ()) -> House:
    people = {each.key: each for each in reps}
    return House(people, known or Speeds(), {"inbound": mates or tuple(people)}, "inbound")


def away(key: UserKey, begins: timedelta, ends: timedelta) -> Absence:
    return Absence(f"{key}@x.example", NOW + begins, NOW + ends)


def until(hour: str) -> Calendar:
    week = {day: (Interval.at("09:00", hour),) for day in range(5)}
    spec = CalendarSpec("short", "UTC", week, {}, {}, date(2026, 1, 1), date(2026, 12, 31))
    return Calendar(spec)


# what is usual


def test_what_is_usual_is_the_median_of_five_cases_or_more() -> None:
    cases = [Waited(ANA, "inbound", n * MINUTE) for n in (10, 20, 30, 40, 500)]

    assert speeds(cases) == Speeds({ANA: 30 * MINUTE}, {"inbound": 30 * MINUTE})
    assert speeds([*cases, Waited(ANA, "inbound", 50 * MINUTE)]).reps == {ANA: 35 * MINUTE}


def test_of_fewer_cases_the_team_s_counts() -> None:
    cases = [Waited(ANA, "inbound", n * MINUTE) for n in (10, 20, 30, 40)]
    found = speeds([*cases, Waited(BEN, "inbound", 90 * MINUTE)])

    assert found.of(ANA, "inbound") == Usual(30 * MINUTE, own=False)
    assert found.of(ANA, "elsewhere") is None
    assert speeds(cases) == Speeds()


# who will miss what


def test_who_usually_needs_longer_is_likely_to_miss_it() -> None:
    slow = house(rep(), known=Speeds({ANA: THREE_TEN}))

    assert likely(a_due(2), slow, NOW) == Miss(a_due(2), Why.SLOW, Usual(THREE_TEN))
    assert likely(a_due(4), slow, NOW) is None


def test_to_be_done_at_the_very_time_is_in_time() -> None:
    assert likely(a_due(2), house(rep(), known=Speeds({ANA: 2 * HOUR})), NOW) is None


def test_what_is_usual_counts_from_the_hand_over() -> None:
    """Begun Friday 15:00, three hours ten are up on Monday at 10:10."""
    slow = house(rep(), known=Speeds({ANA: THREE_TEN}))
    friday = NOW - 3 * DAY + 6 * HOUR
    due = a_due(1.5, began=friday)  # Monday, 10:30

    assert likely(due, slow, NOW) is None
    assert likely(a_due(1, began=friday), slow, NOW) is not None


def test_what_has_waited_for_longer_than_usual_is_taken_as_if_begun_now() -> None:
    slow = house(rep(), known=Speeds({ANA: 2 * HOUR}))
    friday = NOW - 3 * DAY

    assert likely(a_due(1.9, began=friday), slow, NOW) is not None
    assert likely(a_due(2, began=friday), slow, NOW) is None


def test_of_a_clock_that_no_touch_ends_what_is_usual_says_nothing() -> None:
    slow = house(rep(), known=Speeds({ANA: 20 * HOUR}))

    assert likely(a_due(1, touch=False), slow, NOW) is None


def test_where_nobody_knows_what_is_usual_nothing_is_said() -> None:
    assert likely(a_due(0.1), house(rep()), NOW) is None


@pytest.mark.parametrize(
    ("begins", "ends", "why"),
    [
        (0 * HOUR, DAY, Why.ABSENT),
        (0 * HOUR, 2 * HOUR, Why.ABSENT),  # back when it is due
        (0 * HOUR, HOUR, None),
        (-DAY, 0 * HOUR, None),
        (2 * HOUR, DAY, None),  # leaves when it is due
    ],
)
def test_who_is_absent_until_it_is_due_misses_it(
    begins: timedelta, ends: timedelta, why: Why | None
) -> None:
    miss = likely(a_due(2), house(rep(away=(away(ANA, begins, ends),))), NOW)

    assert (miss and miss.why) == why


def test_absences_that_touch_are_one() -> None:
    both = (away(ANA, HOUR, DAY), away(ANA, 0 * HOUR, HOUR))

    assert rep(away=both).back(NOW) == NOW + DAY


def test_who_is_back_later_begins_later() -> None:
    back_at_ten = rep(away=(away(ANA, 0 * HOUR, HOUR),))
    quick = house(back_at_ten, known=Speeds({ANA: HOUR + MINUTE}))

    assert likely(a_due(2), quick, NOW) is not None  # 10:00 and 61 minutes
    assert likely(a_due(2 + 1 / 60), quick, NOW) is None


def test_whose_hours_begin_after_it_is_due_misses_it() -> None:
    part_time = house(rep(hours=until("12:00")))
    at_one = NOW + 4 * HOUR

    miss = likely(a_due(6), part_time, at_one)
    assert miss
    assert miss.why is Why.CLOSED
    assert likely(a_due(6), part_time, NOW) is None


@pytest.mark.parametrize("owner", [None, UserKey("queue")])
def test_what_nobody_has_nobody_does(owner: UserKey | None) -> None:
    miss = likely(a_due(owner=owner), house(rep()), NOW)

    assert miss
    assert miss.why is Why.NOBODY


def test_who_works_no_more_does_nothing() -> None:
    miss = likely(a_due(), house(rep(works=False)), NOW)

    assert miss
    assert miss.why is Why.INACTIVE


def test_a_calendar_that_has_ended_forecasts_nothing() -> None:
    after = NOW + 400 * DAY
    due = a_due(began=after, due=after + HOUR)
    found = forecast([due], house(rep(hours=until("17:00")), rep(BEN, hours=until("17:00"))), after)

    assert found == []


# who could take it


def test_the_mate_with_the_fewest_open_leads_is_proposed() -> None:
    gone = rep(away=(away(ANA, 0 * HOUR, DAY),))
    (miss,) = forecast([a_due()], house(gone, rep(BEN, open=7), rep(CHI, open=4)), NOW)

    assert miss.relief == Relief(CHI, 4, None)


def test_proposals_go_round() -> None:
    """Ben has one lead fewer; after one proposal both have four, and his name comes first."""
    gone = rep(away=(away(ANA, 0 * HOUR, DAY),))
    dues = [a_due(n, lead=LeadKey(f"l{n}")) for n in (3, 1, 2)]
    found = forecast(dues, house(gone, rep(BEN, open=3), rep(CHI, open=4)), NOW)

    assert [miss.due.lead for miss in found] == ["l1", "l2", "l3"]
    assert [miss.relief and miss.relief.rep for miss in found] == [BEN, BEN, CHI]


@pytest.mark.parametrize(
    "mate",
    [
        rep(BEN, works=False),
        rep(BEN, away=(away(BEN, 0 * HOUR, DAY),)),
        rep(BEN, open=5, most_open=5),
        rep(BEN, hours=until("10:00"), away=(away(BEN, 0 * HOUR, HOUR),)),
    ],
    ids=["inactive", "absent", "full", "gone home"],
)  # fmt: skip
def test_who_cannot_is_not_proposed(mate: Rep) -> None:
    gone = rep(away=(away(ANA, 0 * HOUR, DAY),))
    (miss,) = forecast([a_due()], house(gone, mate), NOW)

    assert miss.relief is None


def test_a_proposal_counts_towards_what_somebody_may_have() -> None:
    gone = rep(away=(away(ANA, 0 * HOUR, DAY),))
    dues = [a_due(n, lead=LeadKey(f"l{n}")) for n in (1, 2)]
    found = forecast(dues, house(gone, rep(BEN, open=4, most_open=5)), NOW)

    assert [miss.relief and miss.relief.rep for miss in found] == [BEN, None]


def test_who_is_too_slow_as_well_is_not_proposed() -> None:
    known = Speeds({ANA: THREE_TEN, BEN: 3 * HOUR, CHI: 65 * MINUTE})
    (miss,) = forecast([a_due(2)], house(rep(), rep(BEN), rep(CHI, open=9), known=known), NOW)

    assert miss.relief == Relief(CHI, 9, Usual(65 * MINUTE))


def test_where_nobody_has_a_lead_the_default_team_is_asked() -> None:
    (miss,) = forecast([a_due(owner=None)], house(rep(BEN)), NOW)

    assert miss.relief == Relief(BEN, 0, None)
