"""The agreement's files are kept, from each change to the next."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from slasync.store.editions import Edition
from slasync.store.unit import transaction
from tests.store.given import HOUR, NOW

FIRST = Edition("a1", NOW, {"agreement": "name: Ümläut\n", "calendars": "", "teams": ""})
SECOND = Edition("b2", NOW + 2 * HOUR, {"agreement": "name: new\n"})


def test_the_edition_in_force_at_a_moment_is_the_last_that_had_begun(engine: Engine) -> None:
    with transaction(engine) as unit:
        assert unit.editions.keep(FIRST)
        assert unit.editions.keep(SECOND)

        assert unit.editions.at(NOW - HOUR) is None
        assert unit.editions.at(NOW) == FIRST
        assert unit.editions.at(NOW + HOUR) == FIRST
        assert unit.editions.at(NOW + 3 * HOUR) == SECOND
        assert unit.editions.of("a1") == FIRST
        assert unit.editions.of("c3") is None


def test_a_start_with_the_same_files_keeps_nothing_and_going_back_does(engine: Engine) -> None:
    again = Edition("a1", NOW + 4 * HOUR, FIRST.files)
    with transaction(engine) as unit:
        unit.editions.keep(FIRST)
        assert not unit.editions.keep(Edition("a1", NOW + HOUR, FIRST.files))
        unit.editions.keep(SECOND)
        assert unit.editions.keep(again)

        assert unit.editions.at(NOW + 5 * HOUR) == again


@pytest.mark.parametrize("change", ["UPDATE edition SET hash = 'x'", "DELETE FROM edition"])
def test_an_edition_is_never_changed_or_removed(engine: Engine, change: str) -> None:
    with transaction(engine) as unit:
        unit.editions.keep(FIRST)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as db:
        db.execute(text(change))
