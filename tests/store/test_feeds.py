"""Who listens to a feed, and how far it was heard."""

from dataclasses import replace

from sqlalchemy import Engine

from slasync.store.feeds import FeedPlace
from slasync.store.unit import transaction
from tests.builders import MINUTE
from tests.store.given import NOW


def hold(engine: Engine, by: str, at: int = 0) -> FeedPlace | None:
    now = NOW + at * MINUTE
    with transaction(engine) as unit:
        return unit.feeds.hold("changes", "salesforce", by, now, now + MINUTE)


def keep(engine: Engine, place: FeedPlace, by: str) -> bool:
    with transaction(engine) as unit:
        return unit.feeds.keep(place, by)


def test_a_feed_belongs_to_who_took_it_first_until_his_time_is_over(engine: Engine) -> None:
    assert hold(engine, "one") == FeedPlace("changes", "salesforce")
    assert hold(engine, "one")
    assert hold(engine, "other") is None
    assert hold(engine, "other", at=1)
    assert hold(engine, "one", at=1) is None


def test_where_it_was_heard_up_to_is_there_for_the_next(engine: Engine) -> None:
    place = hold(engine, "one")
    assert place
    there = replace(place, position="00ff", heard_at=NOW, failures=2, error="it is down")
    assert keep(engine, there, "one")
    assert hold(engine, "other", at=1) == there


def test_who_has_lost_it_does_not_move_it(engine: Engine) -> None:
    place = hold(engine, "one")
    assert place
    hold(engine, "other", at=1)
    assert not keep(engine, replace(place, position="00ff"), "one")
    assert hold(engine, "other", at=1) == place


def test_it_tells_whether_a_system_was_heard_lately(engine: Engine) -> None:
    place = hold(engine, "one")
    assert place
    keep(engine, replace(place, heard_at=NOW), "one")
    with transaction(engine) as unit:
        assert unit.feeds.heard_since("salesforce", NOW)
        assert not unit.feeds.heard_since("salesforce", NOW + MINUTE)
        assert not unit.feeds.heard_since("hubspot", NOW)
        assert [found.heard_at for found in unit.feeds.all()] == [NOW]


def test_a_feed_is_unheard_when_it_is_listened_to_and_tells_nothing(engine: Engine) -> None:
    def unheard(at: int) -> bool:
        now = NOW + at * MINUTE
        with transaction(engine) as unit:
            return bool(unit.feeds.unheard(now - 10 * MINUTE, now - 15 * MINUTE))

    place = hold(engine, "one")
    assert place
    assert not unheard(0)  # it has only begun
    keep(engine, replace(place, failures=1), "one")
    assert unheard(0)
    keep(engine, replace(place, heard_at=NOW), "one")
    assert [unheard(at) for at in (9, 11)] == [False, True]
    assert not unheard(17)  # nobody listens any more: changes are to be polled for
