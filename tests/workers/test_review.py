"""Both heads are reminded of the review they agreed on: once for each, whoever restarts when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from slasync.clock import Seams
from slasync.domain.languages import Language
from slasync.domain.reviewing import Review, review_words
from slasync.sandbox.world import Chance
from slasync.store.unit import reading
from slasync.workers.deciding.review import Reminding
from tests.builders import DAY
from tests.connectors.in_process import DrivenClock
from tests.workers.letters import LEA, Letterbox, Post, reader

BERLIN = ZoneInfo("Europe/Berlin")
DUE = Review(date(2026, 3, 5), "Inbound", "3", ("nora@x.example", "lea@x.example"))
BEGINS = datetime(2026, 3, 4, 23, tzinfo=UTC)  # midnight in Berlin
SECOND = timedelta(seconds=1)
_orgs = count(1)


def a_step(
    engine: Engine, clock: DrivenClock, org: str, review: Review = DUE, **languages: Language
) -> Reminding:
    """Start a process."""
    spoken = {f"{name}@x.example": language for name, language in languages.items()}
    return Reminding(engine, Seams(clock=clock, chance=Chance(1)), review, org, BERLIN, spoken)


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock()


@pytest.fixture
def org() -> str:
    return f"org{next(_orgs)}"


def lines(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as unit:
        return sorted(
            (line.to, line.text) for line in unit.digests.since(datetime(1970, 1, 1, tzinfo=UTC))
        )


def go_to(clock: DrivenClock, at: datetime) -> None:
    clock.advance((at - clock.now()).total_seconds())


def test_nobody_is_reminded_before_the_day_begins_where_the_company_is(
    engine: Engine, clock: DrivenClock, org: str
) -> None:
    step = a_step(engine, clock, org)
    go_to(clock, BEGINS - SECOND)

    assert not step.run()
    assert lines(engine) == []
    assert step.next_at() == BEGINS


def test_on_the_day_each_head_gets_a_line(engine: Engine, clock: DrivenClock, org: str) -> None:
    step = a_step(engine, clock, org)
    go_to(clock, BEGINS)

    assert step.run()
    found = lines(engine)
    assert [to for to, _ in found] == ["lea@x.example", "nora@x.example"]
    assert "Inbound, version 3: the review was agreed for 2026-03-05" in found[0][1]
    assert step.next_at() is None


def test_a_thousand_rounds_and_a_restart_remind_nobody_again(
    engine: Engine, clock: DrivenClock, org: str
) -> None:
    go_to(clock, BEGINS)
    assert a_step(engine, clock, org).run()
    again = a_step(engine, clock, org)

    for _ in range(1000):
        assert not again.run()
        clock.advance(60)
    assert len(lines(engine)) == 2


def test_slasync_that_was_down_on_the_day_reminds_when_it_is_back(
    engine: Engine, clock: DrivenClock, org: str
) -> None:
    go_to(clock, BEGINS + 9 * DAY)

    assert a_step(engine, clock, org).run()
    assert len(lines(engine)) == 2


def test_a_review_that_was_signed_is_due_anew_and_told_anew(
    engine: Engine, clock: DrivenClock, org: str
) -> None:
    go_to(clock, BEGINS)
    a_step(engine, clock, org).run()
    signed = replace(DUE, due=date(2026, 9, 1))
    step = a_step(engine, clock, org, signed)

    assert not step.run()
    go_to(clock, datetime(2026, 8, 31, 22, tzinfo=UTC))
    assert step.run()
    assert len(lines(engine)) == 4


def test_one_who_heads_both_sides_is_reminded_once(
    engine: Engine, clock: DrivenClock, org: str
) -> None:
    go_to(clock, BEGINS)
    both = replace(DUE, heads=("lea@x.example", "lea@x.example"))

    a_step(engine, clock, org, both).run()

    assert len(lines(engine)) == 1


def test_a_head_named_later_is_reminded_and_the_other_not_again(
    engine: Engine, clock: DrivenClock, org: str
) -> None:
    go_to(clock, BEGINS)
    a_step(engine, clock, org, replace(DUE, heads=("lea@x.example",))).run()

    assert a_step(engine, clock, org).run()
    assert [to for to, _ in lines(engine)] == ["lea@x.example", "nora@x.example"]


def test_each_head_is_written_to_in_his_language(
    engine: Engine, clock: DrivenClock, org: str
) -> None:
    go_to(clock, BEGINS)

    a_step(engine, clock, org, lea=Language.DE).run()

    german, english = (text for _, text in lines(engine))
    assert "die Durchsicht war für den 2026-03-05 vereinbart" in german
    assert "the review was agreed" in english


def test_the_reminder_goes_out_with_the_digest_of_that_day(engine: Engine, org: str) -> None:
    post = Post(engine)
    post.box = box = Letterbox(clock=post.clock)
    step = a_step(engine, post.clock, org, replace(DUE, heads=(LEA.name,)))
    go_to(post.clock, BEGINS)
    step.run()

    post.until(BEGINS + DAY, post.digest(reader(), messenger=box))

    (message,) = box.taken
    assert "the review was agreed for 2026-03-05" in message.text
    assert message.to == LEA.name


@pytest.mark.parametrize(
    ("today", "verb"), [(date(2026, 3, 5), "is due on"), (date(2026, 3, 6), "was due on")]
)
def test_in_words_it_says_what_ends_it(today: date, verb: str) -> None:
    words = review_words(DUE.due, today)

    assert f"the review {verb} 2026-03-05" in words
    assert "sign or set sign_off.reviewed_on" in words
