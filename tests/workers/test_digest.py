"""digest: one message a reader, when it is due, in open hours only; failures told, nothing lost."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import structlog
from sqlalchemy import Engine

from slasync.domain.digests.times import Rhythm
from slasync.domain.languages import Language
from slasync.domain.time.calendars import Calendar, CalendarSpec, Interval
from slasync.errors import Refused, Stopped, TryLater
from slasync.store.digest_lines import DigestState
from slasync.workers.digest import Digest, reaching_nobody, unsent
from tests.builders import DAY, HOUR, MINUTE, MONDAY, nine_to_five
from tests.faults.marks import fault
from tests.pains.marks import pain
from tests.workers.letters import LEA, Letterbox, Post, reader

# Monday the 2nd of March, 10:00 in Berlin, where the hours are nine to five
TUESDAY = datetime(2026, 3, 3, 8, tzinfo=UTC)  # 09:00 in Berlin
SECOND = timedelta(seconds=1)


@pytest.fixture
def post(engine: Engine) -> Post:
    return Post(engine)


def test_a_reader_s_lines_come_in_one_message_when_the_day_opens(post: Post) -> None:
    first, second = post.line(), post.line()
    digest = post.digest()

    assert digest.next_at() == TUESDAY  # asked for at 08:00, the hours begin at 09:00
    post.until(TUESDAY - SECOND, digest)
    assert not post.box.taken
    post.until(TUESDAY + HOUR, digest)
    (message,) = post.box.taken
    assert post.box.at == [TUESDAY]
    assert first.text in message.text
    assert second.text in message.text
    assert (message.to, message.at) == (LEA.name, TUESDAY)
    assert post.state() == DigestState.DONE
    assert post.untold() == {}
    assert digest.next_at() is None


def test_without_lines_there_is_no_message(post: Post) -> None:
    digest = post.digest()
    post.until(MONDAY + 7 * DAY, digest)

    assert digest.next_at() is None
    assert not digest.run()
    assert not post.box.taken


def test_a_line_is_told_once(post: Post) -> None:
    post.line()
    digest = post.digest()
    post.until(MONDAY + 7 * DAY, digest)

    assert len(post.box.taken) == 1


def test_each_reader_has_a_message_in_his_language_and_his_morning(post: Post) -> None:
    kim = reader(
        name="kim@x.example", addresses=frozenset({"kim@x.example"}),
        calendar=nine_to_five("America/New_York"), language=Language.DE,
    )  # fmt: skip
    hers, his = post.line(), post.line("Kim@X.example")
    post.until(TUESDAY + 12 * HOUR, post.digest(LEA, kim))

    german, english = post.box.taken
    assert (english.to, german.to) == (LEA.name, "kim@x.example")
    assert post.box.at == [datetime(2026, 3, 2, 14, tzinfo=UTC), TUESDAY]
    assert english.subject == "SLA: 1 notice about leads, Tue 2026-03-03 09:00"
    assert german.subject == "SLA: 1 Meldung zu Leads, Mo, 02.03.2026, 09:00 Uhr"
    assert hers.text in english.text
    assert "Mon 2026-03-02 10:00" in english.text  # when it was written, in Berlin
    assert his.text in german.text
    assert "Mo, 02.03.2026, 04:00 Uhr" in german.text  # and in New York


@pain("P14")
def test_a_weekly_reader_hears_on_mondays(post: Post) -> None:
    weekly = reader(rhythm=Rhythm(8 * 60, weekday=0))
    digest = post.digest(weekly)
    for _ in range(4):
        post.line()
        post.until(post.clock.now() + DAY, digest)
    assert not post.box.taken
    post.until(MONDAY + 8 * DAY, digest)

    assert post.box.at == [TUESDAY + 6 * DAY]
    assert post.box.subjects() == ["SLA: 4 notices about leads, Mon 2026-03-09 09:00"]


@fault("T18")
def test_after_days_of_absence_there_is_one_message(post: Post) -> None:
    post.line()
    post.clock.advance((4 * DAY + 2 * HOUR).total_seconds())  # Friday, 12:00 in Berlin
    digest = post.digest()

    assert digest.next_at() == post.clock.now()
    post.until(post.clock.now() + MINUTE, digest)
    assert post.box.subjects() == ["SLA: 1 notice about leads, Fri 2026-03-06 09:00"]


def test_nobody_is_written_to_after_hours(post: Post) -> None:
    post.line()
    post.clock.advance((1 * DAY + 11 * HOUR).total_seconds())  # Tuesday, 21:00 in Berlin
    digest = post.digest()

    assert digest.next_at() == TUESDAY + DAY
    assert not digest.run()
    post.until(MONDAY + 7 * DAY, digest)
    assert post.box.at == [TUESDAY + DAY]


def test_a_line_that_comes_too_late_for_a_digest_comes_with_the_next(post: Post) -> None:
    post.line()
    digest = post.digest()
    post.until(TUESDAY + MINUTE, digest)
    late = post.line(at=TUESDAY - SECOND)

    assert digest.next_at() == TUESDAY + DAY
    assert not digest.run()
    post.until(TUESDAY + DAY, digest)
    assert late.text in post.box.taken[-1].text
    assert len(post.box.taken) == 2


def test_what_is_written_after_the_slot_is_for_the_next_one(post: Post) -> None:
    post.line()
    post.clock.advance((1 * DAY + HOUR).total_seconds())  # Tuesday, 11:00: down since Monday
    new = post.line()
    post.until(TUESDAY + 4 * HOUR, post.digest())

    assert new.text not in post.box.taken[0].text
    assert len(post.box.taken) == 1
    assert post.untold()[LEA.name].count == 1


def test_lines_that_are_too_old_are_counted(post: Post) -> None:
    old = post.line(at=MONDAY - 20 * DAY)
    new = post.line(at=MONDAY - 2 * HOUR)
    post.until(MONDAY + HOUR, post.digest(max_age=14 * DAY))

    (message,) = post.box.taken
    assert old.text not in message.text
    assert new.text in message.text
    assert "older than 14 days: 1." in message.text
    assert post.untold() == {}


def test_a_channel_gets_one_message_for_all_its_people(post: Post) -> None:
    pool = reader(name="inbound", addresses=frozenset({LEA.name, "kim@x.example"}))
    post.box.channel = "webhook"
    post.line()
    post.line("kim@x.example")
    post.until(TUESDAY + HOUR, post.digest(pool))

    assert post.box.subjects() == ["SLA: 2 notices about leads, Tue 2026-03-03 09:00"]


# failures


@fault("V5")
def test_who_is_out_of_reach_is_tried_again_less_and_less_often(post: Post) -> None:
    post.box.fails = [TryLater("out of reach")] * 5
    post.line()
    digest = post.digest()
    post.until(TUESDAY, digest)
    assert post.last().outcome == "out of reach"
    assert post.state() == DigestState.PENDING
    post.until(TUESDAY + 5 * MINUTE, digest)

    assert len(post.box.taken) == 1
    assert post.box.at[0] > TUESDAY + 40 * SECOND
    assert post.state() == DigestState.DONE


@fault("V1")
def test_the_wait_that_was_asked_for_is_kept(post: Post) -> None:
    post.box.fails = [TryLater("greylisted", 17 * MINUTE)]
    post.line()
    post.until(TUESDAY + HOUR, post.digest())

    assert post.box.at == [TUESDAY + 17 * MINUTE]


def test_a_retry_waits_for_open_hours_as_well(post: Post) -> None:
    post.box.fails = [TryLater("down for the night", 9 * HOUR)]
    post.line()
    digest = post.digest()
    post.until(TUESDAY + 23 * HOUR, digest)
    assert not post.box.taken
    post.until(TUESDAY + 25 * HOUR, digest)

    assert post.box.at == [TUESDAY + DAY]


def test_one_reader_s_trouble_is_not_another_s(post: Post) -> None:
    kim = reader(name="kim@x.example", addresses=frozenset({"kim@x.example"}))
    post.box.fails = [TryLater("greylisted", 17 * MINUTE)]
    post.line()
    post.line(kim.name)
    post.until(TUESDAY + HOUR, post.digest(LEA, kim))

    assert sorted(post.box.at) == [TUESDAY, TUESDAY + 17 * MINUTE]


def test_what_did_not_go_out_comes_with_the_next_digest(post: Post) -> None:
    post.box.fails = [TryLater("down", HOUR)] * 20
    first = post.line()
    digest = post.digest()
    post.until(TUESDAY + 2 * HOUR, digest)
    second = post.line()
    post.box.fails = [TryLater("down", 2 * DAY)]
    post.until(MONDAY + 7 * DAY, digest)

    (message,) = post.box.taken
    assert first.text in message.text
    assert second.text in message.text


@fault("V14")
def test_a_login_that_is_refused_is_not_tried_for_every_reader(post: Post) -> None:
    kim = reader(name="kim@x.example", addresses=frozenset({"kim@x.example"}))
    post.line()
    post.line(kim.name)
    digest = post.digest(LEA, kim)
    post.box.fails = [Stopped("wrong password")] * 3
    post.until(TUESDAY + 4 * MINUTE, digest)
    assert len(post.box.fails) == 2
    assert digest.next_at() == TUESDAY + 5 * MINUTE
    post.until(TUESDAY + HOUR, digest)

    assert sorted(post.box.subjects()) == ["SLA: 1 notice about leads, Tue 2026-03-03 09:00"] * 2


@fault("V34")
def test_a_refused_digest_gives_its_lines_to_the_next_day_s(post: Post) -> None:
    post.box.fails = [Refused("550 no such mailbox")]
    line = post.line()
    digest = post.digest()
    post.until(TUESDAY + HOUR, digest)
    assert post.last().outcome == "550 no such mailbox"
    assert post.state() == DigestState.GIVEN_BACK
    assert digest.next_at() == TUESDAY + DAY
    post.until(TUESDAY + DAY, digest)

    assert [line.text in message.text for message in post.box.taken] == [True]


@fault("V6")
def test_what_may_have_gone_out_is_sent_again_as_the_same_message(post: Post) -> None:
    post.box.lost = [TryLater("the answer was lost", unknown=True)]
    post.line()
    digest = post.digest()
    post.until(TUESDAY, digest)
    assert post.state() == DigestState.MAYBE_SENT
    post.until(TUESDAY + HOUR, digest)

    first, again = post.box.taken
    assert first == again
    assert post.state() == DigestState.DONE


def test_what_may_have_gone_out_stays_so_when_a_retry_fails(post: Post) -> None:
    post.box.lost = [TryLater("the answer was lost", unknown=True)]
    post.line()
    digest = post.digest()
    post.until(TUESDAY, digest)
    post.box.fails = [TryLater("busy", 10 * MINUTE)]
    post.until(TUESDAY + MINUTE, digest)

    assert post.last().outcome == "busy"
    assert post.state() == DigestState.MAYBE_SENT


@fault("L5")
def test_a_process_held_up_before_sending_sends_nothing(post: Post) -> None:
    post.line()

    def asleep(point: str) -> None:
        if point == "digest.marked":
            post.clock.advance((14 * HOUR).total_seconds())

    digest = post.digest(reached=asleep)
    post.clock.advance((TUESDAY - MONDAY).total_seconds())
    digest.run()
    digest.run()
    assert not post.box.taken  # it is night by now
    post.until(TUESDAY + DAY, post.digest())
    assert post.box.at == [TUESDAY + DAY]


# what was configured otherwise meanwhile


def test_a_reader_who_is_named_no_more_gets_nothing_and_his_lines_are_counted(post: Post) -> None:
    post.box.fails = [TryLater("down", HOUR)]
    post.line()
    post.until(TUESDAY, post.digest())
    kim = reader(name="kim@x.example", addresses=frozenset({"kim@x.example"}))
    post.until(TUESDAY + 2 * HOUR, post.digest(kim))

    assert not post.box.taken
    assert reaching_nobody(post.untold(), (kim,)) == 1
    assert reaching_nobody(post.untold(), (LEA,)) == 0
    assert reaching_nobody(post.untold(), ()) == 1


def test_another_channel_takes_over_what_is_not_sent_yet(post: Post) -> None:
    post.box.fails = [TryLater("down", HOUR)]
    line = post.line()
    post.until(TUESDAY, post.digest())
    channel = Letterbox("webhook", clock=post.clock)
    team = reader(name="inbound")
    post.until(TUESDAY + 2 * DAY, post.digest(team, messenger=channel))

    assert not post.box.taken
    (message,) = channel.taken
    assert line.text in message.text


def short_calendar() -> Calendar:
    week = {day: (Interval.at("09:00", "17:00"),) for day in range(5)}
    spec = CalendarSpec("short", "UTC", week, {}, {}, date(2026, 1, 1), date(2026, 3, 1))
    return Calendar(spec)


def test_a_calendar_that_has_ended_stops_its_reader_only_and_is_said_once(post: Post) -> None:
    kim = reader(
        name="kim@x.example", addresses=frozenset({"kim@x.example"}), calendar=short_calendar()
    )
    post.line()
    post.line(kim.name)
    digest = post.digest(LEA, kim)
    with structlog.testing.capture_logs() as logs:
        post.until(TUESDAY + HOUR, digest)

    assert [message.to for message in post.box.taken] == [LEA.name]
    (error,) = [entry["error"] for entry in logs if entry["log_level"] == "error"]
    assert error.startswith("calendar 'short' covers 2026-01-01 to 2026-03-01")


# together


@fault("L20")
def test_two_processes_send_one_message(post: Post) -> None:
    post.line()
    one, other = post.digest(), post.digest()
    post.until(TUESDAY + HOUR, one, other)

    assert len(post.box.taken) == 1


@fault("L20")
def test_many_threads_at_once_send_one_message(post: Post) -> None:
    lines = [post.line() for _ in range(20)]
    post.clock.advance((TUESDAY - MONDAY).total_seconds())
    steps = [post.digest() for _ in range(4)]
    together = threading.Barrier(len(steps))

    def work(step: Digest) -> None:
        together.wait()
        for _ in range(5):
            step.run()

    with ThreadPoolExecutor(len(steps)) as pool:
        list(pool.map(work, steps))
    (message,) = post.box.taken
    assert [line.text in message.text for line in lines] == [True] * 20
    assert post.state() == DigestState.DONE


def test_the_key_is_the_reader_s_and_the_slot_s_so_that_a_restored_backup_says_the_same(
    new_sqlite: Callable[[], Engine],
) -> None:
    post, restored = Post(new_sqlite()), Post(new_sqlite())
    for each in (post, restored):
        each.line(text="Lou Reed waits")
        each.until(TUESDAY + HOUR, each.digest())
    post.line()
    post.until(TUESDAY + DAY, post.digest())

    (first, later), (again,) = post.box.taken, restored.box.taken
    assert first == again
    assert later.key != first.key


def test_what_has_not_gone_out_is_told_with_the_reason(post: Post) -> None:
    post.line()
    digest = post.digest()
    assert unsent([], (LEA,)) == ()
    post.box.fails = [TryLater("down", HOUR)]
    post.until(TUESDAY, digest)
    assert unsent([post.last()], (LEA,)) == ("down",)
    assert unsent([post.last()], ()) == ()
    post.until(TUESDAY + 2 * HOUR, digest)
    assert unsent([post.last()], (LEA,)) == ()
