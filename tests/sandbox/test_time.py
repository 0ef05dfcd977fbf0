from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from slasync.sandbox.hours import Hours
from slasync.sandbox.time import Driven, Paced, pass_time
from slasync.sandbox.world import Agenda

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_driven_time_stands_still_until_it_is_told_to_go_on() -> None:
    clock = Driven(MONDAY)

    assert clock.now() == clock.now() == MONDAY

    clock.advance_to(MONDAY + HOUR)

    assert clock.now() == MONDAY + HOUR


def test_driven_time_never_goes_back() -> None:
    clock = Driven(MONDAY)

    clock.advance_to(MONDAY - HOUR)

    assert clock.now() == MONDAY


def test_what_is_on_the_agenda_happens_at_its_own_instant() -> None:
    clock, agenda, seen = Driven(MONDAY), Agenda(), list[datetime]()
    agenda.add(MONDAY + 2 * HOUR, "second", lambda: seen.append(clock.now()))
    agenda.add(MONDAY + HOUR, "first", lambda: seen.append(clock.now()))
    agenda.add(MONDAY + 4 * HOUR, "later", lambda: seen.append(clock.now()))

    done = pass_time(clock, agenda, MONDAY + 3 * HOUR)

    assert seen == [MONDAY + HOUR, MONDAY + 2 * HOUR]
    assert (done, clock.now()) == (2, MONDAY + 3 * HOUR)


def test_what_an_event_puts_on_the_agenda_happens_on_the_same_way() -> None:
    clock, agenda, seen = Driven(MONDAY), Agenda(), list[datetime]()

    def first() -> None:
        agenda.add(clock.now() + HOUR, "second", lambda: seen.append(clock.now()))

    agenda.add(MONDAY + HOUR, "first", first)
    pass_time(clock, agenda, MONDAY + 3 * HOUR)

    assert seen == [MONDAY + 2 * HOUR]


def test_sped_up_time_passes_so_many_times_as_fast() -> None:
    seconds = iter([100.0, 102.0, 104.0])
    clock = Paced(MONDAY, 60, lambda: next(seconds))

    assert clock.now() == MONDAY + timedelta(minutes=2)
    assert clock.until(MONDAY + timedelta(minutes=5)) == 1.0


@pytest.mark.parametrize("speed", [0, -1, 61])
def test_a_speed_out_of_range_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        Paced(MONDAY, speed)


BERLIN = Hours(ZoneInfo("Europe/Berlin"), holidays=frozenset({date(2026, 3, 3)}))


def test_people_work_nine_to_five_in_their_own_zone() -> None:
    assert BERLIN.working(datetime(2026, 3, 2, 8, tzinfo=UTC))
    assert not BERLIN.working(datetime(2026, 3, 2, 7, 59, tzinfo=UTC))
    assert not BERLIN.working(datetime(2026, 3, 2, 16, tzinfo=UTC))


def test_work_left_over_in_the_evening_is_done_after_the_holiday() -> None:
    evening = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)  # half an hour before they go home

    assert BERLIN.after(evening, HOUR) == datetime(2026, 3, 4, 8, 30, tzinfo=UTC)


def test_the_weekend_and_the_change_of_the_clocks_are_kept() -> None:
    friday = datetime(2026, 3, 27, 15, tzinfo=UTC)  # summer time begins on Sunday

    assert BERLIN.after(friday, 2 * HOUR) == datetime(2026, 3, 30, 8, tzinfo=UTC)
