"""hearing: what a system tells is kept before it is forgotten there, and polls fill every gap."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine

from slasync.cli.sync import until_idle
from slasync.clock import Seams
from slasync.domain.lead import Ref
from slasync.errors import SlasyncError, Stopped, TryLater
from slasync.ports import Change, Feed, Heard, Position, Rejected
from slasync.sandbox.world import Chance
from slasync.store.feeds import FeedPlace
from slasync.workers.pulling.hearing import APART, LEASE, MOST, REFUSED, Hearing
from slasync.workers.pulling.inbox import Inbox
from slasync.workers.pulling.pull import HEARD, Pull
from tests.builders import DAY, HOUR, MINUTE, MONDAY
from tests.connectors.salesforce.test_pubsub import Listening
from tests.faults.marks import fault
from tests.workers.given import Crash
from tests.workers.mirror import PACE, RULES, Mirror

SECOND = timedelta(seconds=1)


@dataclass
class Told:
    """A feed that tells what a test puts there, from any position on."""

    changes: list[Ref] = field(default_factory=list)
    polls: list[str] = field(default_factory=list)
    errors: list[SlasyncError] = field(default_factory=list)
    rejected: tuple[Rejected, ...] = ()
    alive: bool = True
    open: bool = False
    system, name = "salesforce", "changes"

    def hear(self, position: Position | None) -> Heard:
        self.open = True
        if self.errors:
            raise self.errors.pop(0)
        start = int(position or 0)
        changes = tuple(
            Change(f"change {n}", ref) for n, ref in enumerate(self.changes) if n >= start
        )
        poll = self.polls.pop(0) if self.polls else ""
        return Heard(str(len(self.changes)), changes, self.rejected, self.alive, poll)

    def close(self) -> None:
        self.open = False


@pytest.fixture
def mirror(sqlite_engine: Engine) -> Mirror:
    """A mirror whose first load is complete."""
    mirror = Mirror(sqlite_engine)
    mirror.read()
    return mirror


def hearing(mirror: Mirror, feed: Feed, owner: str = "one", crash_at: str = "") -> Hearing:
    def reached(name: str) -> None:
        if name == crash_at:
            raise Crash(name)

    seams = Seams(clock=mirror.clock, chance=Chance(1), reached=reached)
    streams = tuple(s for s in mirror.source.streams if not PACE.own(s))
    return Hearing(mirror.engine, seams, feed, streams, owner)


def work(mirror: Mirror) -> None:
    """Fetch what waits in the inbox."""
    seams = Seams(clock=mirror.clock)
    while Inbox(mirror.engine, seams, {"salesforce": mirror.source}, RULES, "one").run():
        pass


def place(mirror: Mirror) -> FeedPlace:
    [found] = mirror.ask(lambda unit: unit.feeds.all())
    assert isinstance(found, FeedPlace)
    return found


def waiting(mirror: Mirror) -> int:
    found: dict[str, int] = mirror.ask(lambda unit: unit.inbox.counts())
    return found.get("pending", 0)


def passes(mirror: Mirror, pull: Pull) -> int:
    """Poll if it is time; return how many polls there have been."""
    while pull.run():
        pass
    return mirror.cursor().passes


@fault("V46")
def test_a_change_that_is_told_has_its_record_read(mirror: Mirror) -> None:
    lead = mirror.lead(fields={"score": 7})
    assert hearing(mirror, Told([lead])).run()
    assert place(mirror).position == "1"
    work(mirror)
    found = mirror.lead_of(lead)
    assert found
    assert found.fields == {"score": 7}


def test_a_sign_of_life_is_no_work_and_is_remembered(mirror: Mirror) -> None:
    assert not hearing(mirror, Told()).run()
    assert place(mirror).heard_at == MONDAY


@fault("L1", "W11")
@pytest.mark.parametrize(("point", "kept"), [("feed.heard", 0), ("feed.kept", 2)])
def test_an_end_at_any_point_loses_nothing_and_keeps_nothing_twice(
    mirror: Mirror, point: str, kept: int
) -> None:
    feed = Told([mirror.lead(), mirror.lead()])
    with pytest.raises(Crash):
        hearing(mirror, feed, crash_at=point).run()
    assert waiting(mirror) == kept
    mirror.advance(LEASE)
    hearing(mirror, feed, "the next process").run()
    assert waiting(mirror) == 2
    assert place(mirror).position == "2"


@fault("L20")
def test_of_two_processes_one_listens_and_the_other_takes_over_where_it_was(
    mirror: Mirror,
) -> None:
    first, second = Told([mirror.lead()]), Told()
    one, other = hearing(mirror, first, "one"), hearing(mirror, second, "other")
    assert one.run()
    assert not other.run()
    assert (first.open, second.open) == (True, False)
    mirror.advance(LEASE)  # the one has stopped
    second.changes = [*first.changes, mirror.lead()]
    assert other.run()
    assert waiting(mirror) == 2
    assert place(mirror).position == "2"


@fault("L5")
def test_who_slept_while_another_took_over_lets_go_and_moves_nothing(mirror: Mirror) -> None:
    first, second = Told([mirror.lead()]), Told([mirror.lead()] * 3)
    one, other = hearing(mirror, first, "one"), hearing(mirror, second, "other")
    one.run()
    mirror.advance(2 * LEASE)
    other.run()
    assert not one.run()
    assert not first.open
    assert place(mirror).position == "3"


def test_who_listens_keeps_on_listening(mirror: Mirror) -> None:
    one, other = hearing(mirror, Told(), "one"), hearing(mirror, Told(), "other")
    for _ in range(20):
        one.run()
        assert not other.run()
        mirror.advance(LEASE / 3)
    assert place(mirror).heard_at == mirror.clock.now() - LEASE / 3


def test_what_ends_when_nothing_is_due_does_not_wait_for_a_feed(mirror: Mirror) -> None:
    step = hearing(mirror, Told([mirror.lead()])).step
    assert (step.name, step.next_at()) == ("feed:salesforce", None)
    assert until_idle([step], mirror.clock) == {}


@fault("V46")
def test_when_it_begins_to_listen_everything_is_polled_once(mirror: Mirror) -> None:
    pull = mirror.pull(every=HOUR)
    before = passes(mirror, pull)
    step = hearing(mirror, Told())
    mirror.advance(SECOND)
    step.run()
    assert passes(mirror, pull) == before + 1
    mirror.advance(MINUTE)
    step.run()
    assert passes(mirror, pull) == before + 1


@fault("V46")
def test_what_is_not_told_is_polled_at_once_but_not_at_every_deletion(mirror: Mirror) -> None:
    pull = mirror.pull(every=HOUR)
    step = hearing(mirror, Told(polls=["a record was deleted"] * 90))
    before = passes(mirror, pull)
    for _ in range(90):
        mirror.advance(SECOND)
        step.run()
        passes(mirror, pull)
    assert passes(mirror, pull) - before == 90 * SECOND // APART


@fault("V49")
def test_very_many_changes_are_read_by_a_poll_in_place_of_one_by_one(mirror: Mirror) -> None:
    pull = mirror.pull(every=HOUR)
    leads = [mirror.lead() for _ in range(MOST + 1)]
    feed = Told()
    step = hearing(mirror, feed)
    step.run()
    passes(mirror, pull)
    mirror.advance(APART)
    feed.changes = leads
    assert step.run()
    assert waiting(mirror) == 0
    assert place(mirror).position == str(len(leads))
    passes(mirror, pull)
    assert mirror.lead_of(leads[-1])


@fault("W12")
def test_while_too_many_wait_in_the_inbox_no_more_are_put_there(mirror: Mirror) -> None:
    lead = mirror.lead()
    feed = Told([lead] * MOST)
    step = hearing(mirror, feed)
    step.run()
    assert waiting(mirror) == MOST
    feed.changes = [*feed.changes, mirror.lead()]
    step.run()
    assert waiting(mirror) == MOST
    assert place(mirror).position == str(MOST + 1)


@fault("W9")
def test_an_event_that_cannot_be_read_is_set_aside(mirror: Mirror) -> None:
    broken = Rejected("salesforce.changes", "event 1", "it cannot be read", {})
    hearing(mirror, Told(rejected=(broken,))).run()
    assert mirror.set_aside() == {"event 1": "it cannot be read"}


@fault("V40")
def test_a_feed_that_fails_is_left_alone_longer_each_time(mirror: Mirror) -> None:
    feed = Told(errors=[TryLater("it is down")] * 6)
    step = hearing(mirror, feed)
    tried = []
    for second in range(150):
        before = len(feed.errors)
        step.run()
        if len(feed.errors) < before:
            tried.append(second)
        mirror.advance(SECOND)
    waits = [later - earlier for earlier, later in pairwise(tried)]
    assert len(tried) == 6
    assert waits == sorted(waits)
    assert waits[-1] > 10 * waits[0]


def test_why_a_feed_fails_is_kept_until_it_is_heard_again(mirror: Mirror) -> None:
    feed = Told(errors=[Stopped("no such channel")])
    step = hearing(mirror, feed)
    assert not step.run()
    assert (place(mirror).failures, place(mirror).error) == (1, "no such channel")
    mirror.advance(REFUSED - SECOND)
    step.run()
    assert place(mirror).failures == 1
    mirror.advance(2 * SECOND)
    step.run()
    assert place(mirror) == replace(
        place(mirror), failures=0, error=None, heard_at=mirror.clock.now()
    )


@fault("W3")
def test_polls_are_rare_while_a_feed_is_heard_and_as_often_as_before_once_it_is_not(
    mirror: Mirror,
) -> None:
    pull = mirror.pull(every=MINUTE, while_told=10 * MINUTE)
    feed = Told()
    step = hearing(mirror, feed)

    def polled_in(minutes: int) -> int:
        before = passes(mirror, pull)
        for _ in range(minutes):
            mirror.advance(MINUTE)
            step.run()
            passes(mirror, pull)
        return passes(mirror, pull) - before

    polled_in(1)
    assert polled_in(20) == 2
    feed.errors = [TryLater("it is down")] * 1000
    polled_in(HEARD // MINUTE + 1)
    assert polled_in(20) == 20


def test_that_polls_were_rare_while_a_feed_was_heard_is_no_outage(mirror: Mirror) -> None:
    pull = mirror.pull(every=MINUTE, while_told=HOUR)
    feed = Told()
    step = hearing(mirror, feed)
    for minute in range(70):
        if minute == 45:
            feed.errors = [TryLater("it is down")] * 1000
        mirror.advance(MINUTE)
        step.run()
        passes(mirror, pull)
    assert mirror.ask(lambda unit: unit.outages.all()) == []


@pytest.fixture
def listening() -> Iterator[Listening]:
    with closing(Listening()) as made:
        yield made


@fault("V46", "W3")
def test_a_real_feed_brings_a_lead_into_the_mirror_between_two_polls(
    sqlite_engine: Engine, listening: Listening
) -> None:
    mirror = Mirror(sqlite_engine, listening.rig.clock)
    source = listening.rig.source
    pull = mirror.pull(source, every=HOUR)
    passes(mirror, pull)
    step = hearing(mirror, listening.feed)
    while not step.run():
        listening.rig.lead()
    Inbox(mirror.engine, Seams(clock=mirror.clock), {"salesforce": source}, RULES, "one").run()
    assert mirror.keys()
    assert mirror.cursor().passes == 1


@fault("V46")
@pytest.mark.parametrize("lost", ["overflow", "three days"])
def test_what_a_real_feed_leaves_out_is_in_the_mirror_long_before_the_next_poll(
    sqlite_engine: Engine, listening: Listening, lost: str
) -> None:
    mirror = Mirror(sqlite_engine, listening.rig.clock)
    pull = mirror.pull(listening.rig.source, every=DAY * 30)
    step = hearing(mirror, listening.feed)
    while step.run() or not mirror.ask(lambda unit: unit.feeds.heard_since("salesforce", MONDAY)):
        listening.rig.lead()
    passes(mirror, pull)
    mirror.advance(MINUTE)
    leads = [listening.rig.lead() for _ in range(5)]
    if lost == "overflow":
        listening.server.log.gap("Lead", "GAP_OVERFLOW")
    else:
        mirror.advance(3 * DAY + HOUR)
        listening.rig.org.expire_sessions()
        listening.rig.lead()
    for _ in range(20):
        step.run()
        passes(mirror, pull)  # nothing is fetched by itself here
        mirror.advance(SECOND)
    assert all(mirror.lead_of(lead) for lead in leads)
    assert mirror.cursor().passes == 2
