"""digest: managers' and leadership's mornings: at their slot, once, with their lines; else none."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from slasync.domain.digests.morning import LateOf, Morning, Moved, Named
from slasync.domain.digests.readers import IfNothing, Reader, Sees
from slasync.domain.lead import LeadKey
from slasync.errors import Refused, TryLater
from slasync.store.digest_lines import DigestState
from slasync.store.unit import Unit, reading
from tests.builders import DAY, HOUR, MINUTE, MONDAY
from tests.workers.letters import LEA, Post, reader

TUESDAY = datetime(2026, 3, 3, 8, tzinfo=UTC)  # 09:00 in Berlin, where the hours begin
BOSS = reader(sees=Sees.ALL)
LOU = Named(LeadKey("hubspot:contact:1"), "Lou Reed", "VU")
BUSY = Morning(at=TUESDAY, late=(LateOf("Ana", 3),))


@dataclass
class Script:
    """Tells the same each morning, but None as often as it is `unread`."""

    says: Morning = BUSY
    more: tuple[Reader, ...] = ()
    unread: int = 0
    asked: list[tuple[datetime | None, datetime]] = field(default_factory=list)

    def readers(self, _: Unit, known: tuple[Reader, ...], __: datetime) -> tuple[Reader, ...]:
        return (*known, *self.more)

    def tell(self, _: Unit, __: Reader, since: datetime | None, at: datetime) -> Morning | None:
        self.asked.append((since, at))
        if len(self.asked) <= self.unread:
            return None
        return replace(self.says, at=at, since=since)


@pytest.fixture
def post(engine: Engine) -> Post:
    return Post(engine)


def test_a_morning_comes_at_its_reader_s_hour_without_any_line(post: Post) -> None:
    digest = post.digest(BOSS, mornings=Script())
    post.clock.advance((MONDAY + 6 * HOUR - post.clock.now()).total_seconds())
    assert digest.next_at() == TUESDAY  # today's is long over
    post.until(TUESDAY + HOUR, digest)

    (message,) = post.box.taken
    assert post.box.at == [TUESDAY]
    assert message.subject == "SLA: 3 overdue, Tue 2026-03-03 09:00"
    assert "Ana: 3" in message.text
    assert post.state() == DigestState.DONE


def test_it_comes_once_each_open_day_and_tells_what_was_since(post: Post) -> None:
    script = Script()
    post.clock.advance((MONDAY + 6 * HOUR - post.clock.now()).total_seconds())
    post.until(MONDAY + 7 * DAY, post.digest(BOSS, mornings=script))

    assert post.box.at == [*(TUESDAY + n * DAY for n in range(4)), TUESDAY + 6 * DAY]
    assert [since for since, _ in script.asked] == [None, *post.box.at[:-1]]


def test_two_processes_send_one_morning(post: Post) -> None:
    one, other = (post.digest(BOSS, mornings=Script()) for _ in range(2))
    post.clock.advance((MONDAY + 6 * HOUR - post.clock.now()).total_seconds())
    post.until(TUESDAY + HOUR, one, other)

    assert len(post.box.taken) == 1


def test_lines_come_in_the_same_message(post: Post) -> None:
    line = post.line()
    post.clock.advance((MONDAY + 6 * HOUR - post.clock.now()).total_seconds())
    post.until(TUESDAY + HOUR, post.digest(BOSS, mornings=Script()))

    (message,) = post.box.taken
    assert message.subject == "SLA: 3 overdue, Tue 2026-03-03 09:00"
    assert message.text.index("Ana: 3") < message.text.index(line.text)
    assert post.untold() == {}


def test_with_nothing_to_say_there_is_no_message_and_it_is_settled(post: Post) -> None:
    script = Script(Morning(at=TUESDAY, due_today=4))
    post.clock.advance((MONDAY + 6 * HOUR - post.clock.now()).total_seconds())
    digest = post.digest(BOSS, mornings=script)
    post.until(TUESDAY + HOUR, digest)

    assert not post.box.taken
    assert len(script.asked) == 1
    assert (post.state(), post.last().outcome) == (DigestState.DONE, "there was nothing to say")
    assert digest.next_at() == TUESDAY + DAY


def test_where_that_is_wished_for_it_says_that_all_is_in_time(post: Post) -> None:
    script = Script(Morning(at=TUESDAY))
    post.clock.advance((MONDAY + 6 * HOUR - post.clock.now()).total_seconds())
    digest = post.digest(BOSS, mornings=script, if_nothing=IfNothing.ALL_IN_TIME)
    post.until(TUESDAY + HOUR, digest)

    assert post.box.subjects() == ["SLA: all in time, Tue 2026-03-03 09:00"]


def test_lines_on_a_day_with_nothing_else_are_a_message_as_ever(post: Post) -> None:
    post.line()
    post.clock.advance((MONDAY + 6 * HOUR - post.clock.now()).total_seconds())
    post.until(TUESDAY + HOUR, post.digest(BOSS, mornings=Script(Morning(at=TUESDAY))))

    assert post.box.subjects() == ["SLA: 1 notice about leads, Tue 2026-03-03 09:00"]


def test_who_sees_nothing_has_no_morning(post: Post) -> None:
    digest = post.digest(LEA, mornings=Script())
    post.until(MONDAY + 2 * DAY, digest)

    assert not post.box.taken
    assert digest.next_at() is None


@pytest.mark.parametrize(("late", "sent"), [(3 * HOUR, True), (5 * HOUR, False)])
def test_after_an_outage_a_morning_is_made_up_for_within_four_hours(
    post: Post, late: timedelta, *, sent: bool
) -> None:
    digest = post.digest(BOSS, mornings=Script())
    post.clock.advance((TUESDAY + late - post.clock.now()).total_seconds())
    post.until(TUESDAY + late + 2 * HOUR, digest)

    assert bool(post.box.taken) is sent
    assert digest.next_at() == TUESDAY + DAY


def test_a_morning_that_cannot_be_told_yet_is_asked_for_again(post: Post) -> None:
    script = Script(unread=2)
    post.clock.advance((MONDAY + 6 * HOUR - post.clock.now()).total_seconds())
    post.until(TUESDAY + 2 * HOUR, post.digest(BOSS, mornings=script))

    assert post.box.at == [TUESDAY + 30 * MINUTE]


def test_a_manager_whom_only_the_crm_names_is_written_to(post: Post) -> None:
    tom = reader(name="tom@x.example", addresses=frozenset({"tom@x.example"}), sees=Sees.OWN)
    post.clock.advance((MONDAY + 6 * HOUR - post.clock.now()).total_seconds())
    post.until(TUESDAY + HOUR, post.digest(LEA, mornings=Script(more=(tom,))))

    assert [message.to for message in post.box.taken] == [tom.name]


def test_a_morning_whose_answer_was_lost_is_the_same_message_again(post: Post) -> None:
    post.box.lost = [TryLater("the answer was lost", unknown=True)]
    script = Script()
    post.clock.advance((MONDAY + 6 * HOUR - post.clock.now()).total_seconds())
    post.until(TUESDAY + HOUR, post.digest(BOSS, mornings=script))

    first, again = post.box.taken
    assert first == again
    assert len(script.asked) == 1


def moved() -> Morning:
    return replace(BUSY, moved=(Moved(LOU, "Ana", "Ben", why="asked"),), moved_in_all=1)


def test_which_leads_a_morning_names_is_known_and_told_to_nobody_again(post: Post) -> None:
    post.box.fails = [Refused("550 no such mailbox")]
    post.clock.advance((MONDAY + 6 * HOUR - post.clock.now()).total_seconds())
    post.until(TUESDAY + HOUR, post.digest(BOSS, mornings=Script(moved())))

    assert post.state() == DigestState.GIVEN_BACK
    assert post.untold() == {}
    with reading(post.engine) as unit:
        assert unit.digests.since(MONDAY) == []
        assert unit.digests.last_made(BOSS.name, TUESDAY + DAY) is None


def test_a_restored_backup_says_the_same_at_the_same_slot(
    new_sqlite: Callable[[], Engine],
) -> None:
    posts = [Post(new_sqlite()), Post(new_sqlite())]
    for each in posts:
        each.clock.advance((MONDAY + 6 * HOUR - each.clock.now()).total_seconds())
        each.until(TUESDAY + HOUR, each.digest(BOSS, mornings=Script()))

    first, again = (each.box.taken for each in posts)
    assert first == again
